namespace Heed.Data;

/// <summary>Says a <see cref="Clause"/> in English.</summary>
internal static class EnglishPhrases
{
    private static readonly string[] Small =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];

    private static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    /// <summary>The sentence with its capital letter and its full stop or question mark.</summary>
    public static string Sentence(Clause clause)
    {
        string text = Say(clause);
        return char.ToUpperInvariant(text[0]) + text[1..] + (Asks(clause) ? "?" : ".");
    }

    /// <summary>Zero to ninety-nine.</summary>
    public static string Number(int n) => n < 20 ? Small[n] : Tens[n / 10] + (n % 10 == 0 ? "" : "-" + Small[n % 10]);

    /// <summary>Whether the clause is a question, in either language.</summary>
    public static bool Asks(Clause clause) => clause switch
    {
        Event e => e.Form == Form.Question || e.Subject is Asked || e.Object is Asked || e.Place is Asked || e.Time == PairLexicon.When,
        Identity i => i.Form == Form.Question || i.Complement is Asked,
        Quality q => q.Form == Form.Question,
        Possession p => p.Form == Form.Question || p.Object is Asked,
        Existence x => x.Form == Form.Question,
        Location l => l.Form == Form.Question || l.Spot is null,
        Age a => a.Form == Form.Question,
        _ => false,
    };

    private static string Say(Clause clause) => clause switch
    {
        Event e => Say(e),
        Order o => Join(o.Request switch { Request.Please => "please", Request.DoNot => "do not", _ => "let us" }, o.Verb.Base, o.Verb.Tail, Object(o.Object), Object(o.Place)),
        Identity i => Be(i.Subject, i.Complement, i.Form),
        Quality q => Be(q.Subject, Join(q.Form != Form.Statement || q.Adjective.IsColour ? "" : q.Too ? "too" : "very", q.Adjective.English), q.Form),
        Comparison c => Compare(c),
        Possession p => p.Object is Asked how ? Join(how.English, Do(p.Subject), Subject(p.Subject), "have") : Finite(p.Subject, p.Form, "have", Third(p.Subject) ? "has" : "have", Object(p.Object)),
        Existence x => Exists(x),
        Location l => l.Spot is { } spot ? Be(l.Subject, spot.English, l.Form) : Join("where", BeForm(l.Subject), Subject(l.Subject)),
        Age a => Be(a.Subject, $"{Number(a.Years)} years old", a.Form),
        Price p => Join(Subject(p.Subject), Third(p.Subject) ? "costs" : "cost", Number(p.Yuan), "yuan"),
        Pattern p => p.In(w => w.English),
        Contrast c => $"{Say(c.First)}, but {Say(c.Second)}",
        Reason r => $"{Subject(r.Subject)} {BeForm(r.Subject)} very {r.Adjective.English} because {Say(r.Cause with { Subject = r.Pronoun })}",
        Condition c => $"if {c.If.English}, {Say(c.Then)}",
        _ => throw new NotSupportedException($"no English for a {clause.GetType().Name}"),
    };

    private static string Say(Event e)
    {
        (string auxiliary, string main, string finite) = Verbs(e);
        string subject = Subject(e.Subject), often = e.Frequency?.English ?? "";
        string place = e.Place is Asked ? "" : Object(e.Place), thing = e.Object is Asked ? "" : Object(e.Object);
        bool asksWhen = e.Time == PairLexicon.When;
        string rest = Join(e.Verb.Tail, Object(e.Receiver), thing, With(e.Adjunct), place, asksWhen ? "" : e.Time?.English ?? "");
        string asked = asksWhen ? e.Time!.English : (e.Object as Asked ?? e.Place as Asked)?.English ?? "";
        return asked.Length > 0 || e.Form == Form.Question ? Join(asked, auxiliary, subject, often, main, rest)
            : e.Form == Form.Negation ? Join(subject, auxiliary == "can" ? "cannot" : auxiliary + " not", main, rest)
            : Join(subject, often, finite, rest);
    }

    // What stands before "not" or moves in a question, what follows it, and the two as one in a statement.
    private static (string Auxiliary, string Main, string Finite) Verbs(Event e)
    {
        Verb v = e.Verb;
        string be = BeForm(e.Subject), does = Do(e.Subject);
        bool third = Third(e.Subject);
        return e.Aspect switch
        {
            Aspect.Now => (be, v.Ing, Join(be, v.Ing)),
            Aspect.Past => ("did", v.Base, v.Past),
            Aspect.Future => ("will", v.Base, "will " + v.Base),
            Aspect.Habit => (does, v.Base, third ? v.Third : v.Base),
            Aspect.Want => (does, "want to " + v.Base, (third ? "wants to " : "want to ") + v.Base),
            Aspect.Like => (does, "like to " + v.Base, (third ? "likes to " : "like to ") + v.Base),
            Aspect.Can => ("can", v.Base, "can " + v.Base),
            _ => ("should", v.Base, "should " + v.Base),
        };
    }

    private static string With(Adjunct? adjunct) => adjunct switch
    {
        null => "",
        { Kind: AdjunctKind.Companion } => "with " + Object(adjunct.Phrase),
        { Kind: AdjunctKind.Beneficiary } => "for " + Object(adjunct.Phrase),
        _ => Object(adjunct.Phrase),
    };

    private static string Finite(Phrase subject, Form form, string main, string finite, string rest) => form switch
    {
        Form.Question => Join(Do(subject), Subject(subject), main, rest),
        Form.Negation => Join(Subject(subject), Do(subject), "not", main, rest),
        _ => Join(Subject(subject), finite, rest),
    };

    private static string Be(Phrase subject, Phrase complement, Form form) => complement is Asked asked
        ? Join(asked.English, BeForm(subject), Subject(subject))
        : Be(subject, Object(complement), form);

    private static string Be(Phrase subject, string complement, Form form) => form switch
    {
        Form.Question => Join(BeForm(subject), Subject(subject), complement),
        Form.Negation => Join(Subject(subject), BeForm(subject), "not", complement),
        _ => Join(Subject(subject), BeForm(subject), complement),
    };

    private static string Compare(Comparison c) => Join(Subject(c.Subject), BeForm(c.Subject), c.Degree switch
    {
        Degree.More => $"{c.Adjective.Comparative} than",
        Degree.Less => $"not as {c.Adjective.English} as",
        _ => $"as {c.Adjective.English} as",
    }, Object(c.Other));

    private static string Exists(Existence x)
    {
        string be = BeForm(x.Phrase), what = Object(x.Phrase);
        Noun noun = x.Phrase.Noun;
        return x.Form switch
        {
            Form.Question => Join(be, "there", what, x.Spot.English),
            Form.Negation => Join("there", noun.Kind == NounKind.Plural ? "are" : "is", "no", noun.English, x.Spot.English),
            _ => Join("there", be, what, x.Spot.English),
        };
    }

    private static string Do(Phrase subject) => Third(subject) ? "does" : "do";

    private static bool Third(Phrase subject) => AgreementOf(subject) == Agreement.Third;

    private static string BeForm(Phrase subject) => AgreementOf(subject) switch { Agreement.First => "am", Agreement.Third => "is", _ => "are" };

    private static Agreement AgreementOf(Phrase phrase) => phrase switch
    {
        Pronoun p => p.Agreement,
        Joined => Agreement.Plural,
        Nominal n => IsPlural(n) ? Agreement.Plural : Agreement.Third,
        _ => Agreement.Third,
    };

    private static bool IsPlural(Nominal n) => n.Determiner switch
    {
        Determiner.These or Determiner.Those or Determiner.Many => true,
        Determiner.Counted => n.Number > 1,
        Determiner.This or Determiner.That or Determiner.Indefinite => false,
        Determiner.Bare => n.Noun.Kind != NounKind.Mass,
        _ => n.Noun.Kind == NounKind.Plural,
    };

    private static string Subject(Phrase phrase) => phrase is Pronoun p ? p.Subject : Object(phrase);

    private static string Object(Phrase? phrase) => phrase switch
    {
        null => "",
        Pronoun p => p.Object,
        Named n => n.English,
        Asked a => a.English,
        Joined j => $"{Object(j.First)} and {Object(j.Second)}",
        Nominal n => Say(n),
        _ => throw new NotSupportedException($"no English for a {phrase.GetType().Name}"),
    };

    private static string Say(Nominal n)
    {
        Noun noun = n.Noun;
        bool counts = noun.Kind == NounKind.Count;
        string adjective = n.Adjective?.English ?? "";
        string portioned = counts ? adjective : Join(IsPlural(n) ? noun.Portions : noun.Portion, "of", adjective);
        string head = counts && IsPlural(n) ? noun.Many : noun.English;
        return n.Determiner switch
        {
            Determiner.Bare => Join(adjective, head),
            Determiner.Definite => Join("the", adjective, head),
            Determiner.Indefinite => Join(Article(Join(portioned, head)), portioned, head),
            Determiner.This => Join("this", portioned, head),
            Determiner.That => Join("that", portioned, head),
            Determiner.These => Join("these", adjective, head),
            Determiner.Those => Join("those", adjective, head),
            Determiner.Counted => Join(Number(n.Number), portioned, head),
            Determiner.Many => Join("many", adjective, head),
            _ => Join(Possessive(n.Owner!), adjective, head),
        };
    }

    private static string Possessive(Phrase owner) => owner is Pronoun p ? p.Possessive : Object(owner) + "'s";

    private static string Article(string next) => "aeiou".Contains(next[0], StringComparison.Ordinal) && !next.StartsWith("uni", StringComparison.Ordinal) ? "an" : "a";

    private static string Join(params ReadOnlySpan<string> words)
    {
        System.Text.StringBuilder text = new();
        foreach (string word in words)
            if (word.Length > 0) text.Append(text.Length > 0 ? " " : "").Append(word);
        return text.ToString();
    }
}
