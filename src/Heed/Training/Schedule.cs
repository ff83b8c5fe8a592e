namespace Heed.Training;

/// <summary>The learning rate of every step: a linear warm-up, then one of four courses.</summary>
public static class Schedule
{
    /// <summary>The learning rate of a step, counted from 0.</summary>
    /// <param name="algorithm">The recipe's section: steps, schedule and peak learning rate.</param>
    /// <param name="step">The step, 0 .. steps - 1.</param>
    public static double LearningRate(AlgorithmSection algorithm, int step)
    {
        ScheduleSection schedule = algorithm.Schedule;
        double peak = algorithm.Optimizer.LearningRate, floor = schedule.MinLearningRate;
        int warmup = schedule.WarmupSteps, steps = algorithm.Steps;
        if (step < warmup) return peak * (step + 1) / (warmup + 1);
        switch (schedule.Kind)
        {
            case "constant":
                return peak;
            case "linear":
                return peak + (floor - peak) * Progress(warmup, steps, step);
            case "cosine": // Loshchilov and Hutter 2017
                return floor + (peak - floor) * 0.5 * (1 + Math.Cos(Math.PI * Progress(warmup, steps, step)));
            case "wsd": // warm-up, stable, decay: Hu et al. 2024
                int decay = schedule.DecayStepsOf(steps);
                return peak + (floor - peak) * Progress(Math.Max(warmup, steps - decay), steps, step);
            default:
                throw new ArgumentException($"schedule kind \"{schedule.Kind}\" is not known; known are cosine, linear, wsd, constant");
        }
    }

    private static double Progress(int from, int to, int step) => to <= from ? 1 : Math.Clamp((step - from) / (double)(to - from), 0, 1);
}
