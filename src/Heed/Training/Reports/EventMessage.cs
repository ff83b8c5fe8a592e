namespace Heed.Training;

/// <summary>The messages of an event file. The numbers of the fields are those of event.proto.</summary>
internal static class EventMessage
{
    /// <summary>The first message of every file.</summary>
    public static byte[] Version(double time)
    {
        ProtobufMessage m = new();
        m.Double(1, time);
        m.Text(3, "brain.Event:2");
        return m.ToArray();
    }

    /// <summary>A process begins with <paramref name="step"/>: what readers know of this step and later ones, from another process, they forget.</summary>
    public static byte[] Start(double time, long step)
    {
        ProtobufMessage session = new(), m = new();
        session.Integer(1, 1); // SessionLog.START
        m.Double(1, time);
        m.Integer(2, step);
        m.Message(7, session);
        return m.ToArray();
    }

    /// <summary>Values of a step.</summary>
    public static byte[] Summary(double time, long step, IReadOnlyList<SummaryValue> values)
    {
        ProtobufMessage summary = new(), m = new();
        foreach (SummaryValue value in values) summary.Message(1, value.Message);
        m.Double(1, time);
        m.Integer(2, step);
        m.Message(5, summary);
        return m.ToArray();
    }
}

/// <summary>One value of a summary. The numbers of the fields are those of summary.proto and tensor.proto.</summary>
internal readonly struct SummaryValue
{
    private const int Float = 1, String = 7;            // DataType
    private const int ScalarClass = 1, TensorClass = 2; // DataClass

    private SummaryValue(ProtobufMessage message) => Message = message;

    public ProtobufMessage Message { get; }

    public static SummaryValue Number(string tag, float value, ScalarForm form)
    {
        ProtobufMessage m = new();
        m.Text(1, tag);
        if (form == ScalarForm.SimpleValue)
        {
            m.Float(2, value);
            return new SummaryValue(m);
        }
        ProtobufMessage tensor = Scalar(Float);
        tensor.PackedFloat(5, value);
        m.Message(8, tensor);
        m.Message(9, Metadata("scalars", ScalarClass));
        return new SummaryValue(m);
    }

    public static SummaryValue Words(string tag, string text)
    {
        ProtobufMessage m = new(), tensor = Scalar(String);
        tensor.Text(8, text);
        m.Text(1, tag);
        m.Message(8, tensor);
        m.Message(9, Metadata("text", TensorClass));
        return new SummaryValue(m);
    }

    // A tensor without dimensions.
    private static ProtobufMessage Scalar(int type)
    {
        ProtobufMessage tensor = new();
        tensor.Integer(1, type);
        tensor.Message(2, new ProtobufMessage());
        return tensor;
    }

    private static ProtobufMessage Metadata(string plugin, int kind)
    {
        ProtobufMessage data = new(), m = new();
        data.Text(1, plugin);
        m.Message(1, data);
        m.Integer(4, kind);
        return m;
    }
}
