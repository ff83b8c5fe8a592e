namespace Heed.Data;

/// <summary>Says a <see cref="Clause"/> in Chinese, simplified characters.</summary>
internal static class ChinesePhrases
{
    private const string Digits = "零一二三四五六七八九";

    /// <summary>The sentence with its full stop or question mark.</summary>
    public static string Sentence(Clause clause) => Say(clause) + (EnglishPhrases.Asks(clause) ? "？" : "。");

    /// <summary>零 to 九十九, as in sums.</summary>
    public static string Number(int n) => n < 10 ? Digits[n].ToString() : (n < 20 ? "" : Digits[n / 10].ToString()) + "十" + (n % 10 == 0 ? "" : Digits[n % 10].ToString());

    /// <summary>A number before a measure word: two is 两 there.</summary>
    public static string Count(int n) => n == 2 ? "两" : Number(n);

    private static string Say(Clause clause) => clause switch
    {
        Event e => Say(e),
        Order { Request: Request.LetUs } o => $"我们{At(o.Place)}{o.Verb.Chinese}{Object(o.Verb, o.Object)}吧",
        Order o => $"{(o.Request == Request.Please ? "请" : "不要")}{At(o.Place)}{o.Verb.Chinese}{Object(o.Verb, o.Object)}",
        Identity i => $"{Say(i.Subject)}{(i.Form == Form.Negation ? "不" : "")}是{(i.Form == Form.Statement ? Say(i.Complement) : Unspecific(i.Complement))}{Particle(i.Form)}",
        Quality q => Say(q),
        Comparison c => Compare(c),
        Possession p => $"{Say(p.Subject)}{(p.Form == Form.Negation ? "没有" + Unspecific(p.Object) : "有" + Say(p.Object))}{Particle(p.Form)}",
        Existence x => $"{x.Spot.Chinese}{(x.Form == Form.Negation ? "没有" + Unspecific(x.Phrase) : "有" + Say(x.Phrase))}{Particle(x.Form)}",
        Location l => $"{Say(l.Subject)}{(l.Form == Form.Negation ? "不" : "")}在{l.Spot?.Chinese ?? "哪里"}{Particle(l.Form)}",
        Age a => $"{Say(a.Subject)}{(a.Form == Form.Negation ? "不是" : "")}{Count(a.Years)}岁{Particle(a.Form)}",
        Price p => $"{Say(p.Subject)}{Count(p.Yuan)}元",
        Pattern p => p.In(w => w.Chinese),
        Contrast c => $"{Say(c.First)}，但是{Say(c.Second)}",
        Reason r => $"因为{Say(r.Cause with { Subject = r.Subject })}，所以{Say(r.Pronoun)}很{r.Adjective.Chinese}",
        Condition c => $"如果{c.If.Chinese}，{Say(c.Then)}",
        _ => throw new NotSupportedException($"no Chinese for a {clause.GetType().Name}"),
    };

    // Who, when, how often, [正在, 想, 会, 不, ...], where, with whom, does, to whom, what.
    private static string Say(Event e)
    {
        bool not = e.Form == Form.Negation;
        string attitude = e.Aspect switch
        {
            Aspect.Now => not ? "没有在" : "正在",
            Aspect.Past => not ? "没有" : "",
            Aspect.Future or Aspect.Can => not ? "不会" : "会",
            Aspect.Want => not ? "不想" : "想",
            Aspect.Like => not ? "不喜欢" : "喜欢",
            Aspect.Should => not ? "不应该" : "应该",
            _ => not ? "不" : "",
        };
        // 正在 and 没有在 end with the 在 of the place.
        string place = e.Aspect == Aspect.Now && e.Place is not null ? Say(e.Place) : At(e.Place);
        string done = e.Aspect == Aspect.Past && !not ? "了" : "";
        string receiver = e.Receiver is null ? "" : Say(e.Receiver);
        string thing = not && e.Object is not null ? Unspecific(e.Object) : Object(e.Verb, e.Object);
        return $"{Say(e.Subject)}{e.Time?.Chinese}{e.Frequency?.Chinese}{attitude}{place}{With(e.Adjunct)}{e.Verb.Chinese}{done}{receiver}{thing}{Particle(e.Form)}";
    }

    private static string Object(Verb verb, Phrase? thing) => thing is null ? verb.Complement : Say(thing);

    private static string At(Phrase? place) => place is null ? "" : "在" + Say(place);

    private static string With(Adjunct? adjunct) => adjunct switch
    {
        null => "",
        { Kind: AdjunctKind.Companion } => $"和{Say(adjunct.Phrase)}一起",
        { Kind: AdjunctKind.Beneficiary } => $"给{Say(adjunct.Phrase)}",
        _ => Say(adjunct.Phrase),
    };

    private static string Say(Quality q)
    {
        string not = q.Form == Form.Negation ? "不" : "";
        string said = q.Adjective.IsColour ? $"{not}是{q.Adjective.Attribute}"
            : q.Form != Form.Statement ? not + q.Adjective.Chinese
            : q.Too ? $"太{q.Adjective.Chinese}了" : "很" + q.Adjective.Chinese;
        return Say(q.Subject) + said + Particle(q.Form);
    }

    private static string Compare(Comparison c) => c.Degree switch
    {
        Degree.More => $"{Say(c.Subject)}比{Say(c.Other)}{c.Adjective.Chinese}",
        Degree.Less => $"{Say(c.Subject)}没有{Say(c.Other)}{c.Adjective.Chinese}",
        _ => $"{Say(c.Subject)}和{Say(c.Other)}一样{c.Adjective.Chinese}",
    };

    private static string Particle(Form form) => form == Form.Question ? "吗" : "";

    // What is denied or asked about has no number: 我没有书, 你是学生吗.
    private static string Unspecific(Phrase phrase) => Say(phrase is Nominal { Determiner: Determiner.Indefinite } n ? n with { Determiner = Determiner.Bare } : phrase);

    private static string Say(Phrase phrase) => phrase switch
    {
        Pronoun p => p.Chinese,
        Named n => n.Chinese,
        Asked a => a.Chinese,
        Joined j => $"{Say(j.First)}和{Say(j.Second)}",
        Nominal n => Say(n),
        _ => throw new NotSupportedException($"no Chinese for a {phrase.GetType().Name}"),
    };

    private static string Say(Nominal n)
    {
        string head = n.Adjective?.Attribute + n.Noun.Chinese;
        return n.Determiner switch
        {
            Determiner.Bare or Determiner.Definite => head,
            Determiner.Indefinite => "一" + n.Noun.Measure + head,
            Determiner.This => "这" + n.Noun.Measure + head,
            Determiner.That => "那" + n.Noun.Measure + head,
            Determiner.These => "这些" + head,
            Determiner.Those => "那些" + head,
            Determiner.Counted => Count(n.Number) + n.Noun.Measure + head,
            Determiner.Many => "很多" + head,
            // Family stands next to its pronoun: 我妈妈, but 我的书 and 汤姆的妈妈. A colour needs no second 的: 我的红色帽子.
            _ => Say(n.Owner!) + (n.Noun.Sort == "kin" && n.Owner is Pronoun ? "" : "的") + (n.Adjective is { IsColour: true } colour ? colour.Attribute[..^1] + n.Noun.Chinese : head),
        };
    }
}
