namespace Heed.Data;

/// <summary>How a noun is counted.</summary>
internal enum NounKind
{
    /// <summary>One cat, two cats.</summary>
    Count,

    /// <summary>Water, a cup of water.</summary>
    Mass,

    /// <summary>Shoes, a pair of shoes; always plural.</summary>
    Plural,
}

/// <summary>A noun of both languages with its Chinese measure word; portions are what English counts in its place ("cup", "cups").</summary>
internal sealed record Noun(string English, string Many, string Chinese, string Measure, string Portion, string Portions, NounKind Kind, string Sort);

/// <summary>An adjective; <paramref name="Attribute"/> is its Chinese form before a noun. A colour is said with 是...的.</summary>
internal sealed record Adjective(string English, string Comparative, string Chinese, string Attribute, bool IsColour);

/// <summary>A verb; what follows it in English and what its Chinese form takes behind 了 is part of it ("play football", 踢|足球).</summary>
internal sealed record Verb(string Base, string Third, string Ing, string Past, string Tail, string Chinese, string Complement, string[] Objects, string[] Places, Aspect[] Aspects);

/// <summary>A phrase that is the same in all sentences: a time, a place, a means.</summary>
internal sealed record Wording(string English, string Chinese);

/// <summary>Which form the English verb takes.</summary>
internal enum Agreement
{
    /// <summary>I am.</summary>
    First,

    /// <summary>She is.</summary>
    Third,

    /// <summary>We are.</summary>
    Plural,
}

/// <summary>What stands before a noun.</summary>
internal enum Determiner
{
    /// <summary>Cats, water / 猫, 水.</summary>
    Bare,

    /// <summary>The cat / 猫: Chinese leaves it to the sentence.</summary>
    Definite,

    /// <summary>A cat / 一只猫.</summary>
    Indefinite,

    /// <summary>This cat / 这只猫.</summary>
    This,

    /// <summary>That cat / 那只猫.</summary>
    That,

    /// <summary>These cats / 这些猫.</summary>
    These,

    /// <summary>Those cats / 那些猫.</summary>
    Those,

    /// <summary>Three cats / 三只猫.</summary>
    Counted,

    /// <summary>My cat / 我的猫.</summary>
    Owned,

    /// <summary>Many cats / 很多猫.</summary>
    Many,
}

/// <summary>Somebody or something.</summary>
internal abstract record Phrase;

/// <summary>I, you, he, she, we, they.</summary>
internal sealed record Pronoun(string Subject, string Object, string Possessive, string Chinese, Agreement Agreement) : Phrase;

/// <summary>A name, of a person or a place, which may bring its English preposition ("to Beijing").</summary>
internal sealed record Named(string English, string Chinese) : Phrase;

/// <summary>A noun with what stands before it.</summary>
internal sealed record Nominal(Noun Noun, Determiner Determiner, int Number = 1, Adjective? Adjective = null, Phrase? Owner = null) : Phrase;

/// <summary>Tom and Mary.</summary>
internal sealed record Joined(Phrase First, Phrase Second) : Phrase;

/// <summary>The word of a question: who, what, where, how many of something.</summary>
internal sealed record Asked(string English, string Chinese) : Phrase;

/// <summary>How an action stands in time, or how somebody stands to it.</summary>
internal enum Aspect
{
    /// <summary>Is eating / 正在吃.</summary>
    Now,

    /// <summary>Ate / 吃了.</summary>
    Past,

    /// <summary>Will eat / 会吃.</summary>
    Future,

    /// <summary>Eats / 吃.</summary>
    Habit,

    /// <summary>Wants to eat / 想吃.</summary>
    Want,

    /// <summary>Likes to eat / 喜欢吃.</summary>
    Like,

    /// <summary>Can swim / 会游泳.</summary>
    Can,

    /// <summary>Should eat / 应该吃.</summary>
    Should,
}

/// <summary>Statement, its negation, or a question to be answered with yes or no.</summary>
internal enum Form
{
    /// <summary>It is.</summary>
    Statement,

    /// <summary>It is not.</summary>
    Negation,

    /// <summary>Is it?</summary>
    Question,
}

/// <summary>What somebody does it with, for or by.</summary>
internal enum AdjunctKind
{
    /// <summary>With my mother / 和我妈妈一起.</summary>
    Companion,

    /// <summary>For my mother / 给我妈妈.</summary>
    Beneficiary,

    /// <summary>By train / 坐火车.</summary>
    Means,
}

/// <summary>Something that goes with an action.</summary>
internal sealed record Adjunct(AdjunctKind Kind, Phrase Phrase);

/// <summary>What a sentence says, in no language.</summary>
internal abstract record Clause;

/// <summary>Somebody does something, perhaps to something, for somebody, somewhere, at some time.</summary>
internal sealed record Event(Phrase Subject, Verb Verb, Aspect Aspect, Form Form, Phrase? Object = null, Phrase? Receiver = null, Phrase? Place = null, Wording? Time = null, Wording? Frequency = null, Adjunct? Adjunct = null) : Clause;

/// <summary>The three ways to ask for an action.</summary>
internal enum Request
{
    /// <summary>Please open the door. / 请打开门。</summary>
    Please,

    /// <summary>Do not open the door. / 不要打开门。</summary>
    DoNot,

    /// <summary>Let us open the door. / 我们打开门吧。</summary>
    LetUs,
}

/// <summary>Asking somebody for an action.</summary>
internal sealed record Order(Request Request, Verb Verb, Phrase? Object, Phrase? Place) : Clause;

/// <summary>Somebody or something is somebody or something.</summary>
internal sealed record Identity(Phrase Subject, Phrase Complement, Form Form) : Clause;

/// <summary>Something is so: very, in a statement; too much, if <paramref name="Too"/>.</summary>
internal sealed record Quality(Phrase Subject, Adjective Adjective, Form Form, bool Too = false) : Clause;

/// <summary>How two things compare.</summary>
internal enum Degree
{
    /// <summary>Bigger than / 比...大.</summary>
    More,

    /// <summary>Not as big as / 没有...大.</summary>
    Less,

    /// <summary>As big as / 和...一样大.</summary>
    Same,
}

/// <summary>One thing compared with another.</summary>
internal sealed record Comparison(Phrase Subject, Phrase Other, Adjective Adjective, Degree Degree) : Clause;

/// <summary>Somebody has something; how many, if <paramref name="Object"/> is asked.</summary>
internal sealed record Possession(Phrase Subject, Phrase Object, Form Form) : Clause;

/// <summary>There is something somewhere.</summary>
internal sealed record Existence(Nominal Phrase, Wording Spot, Form Form) : Clause;

/// <summary>Something is somewhere; where, if <paramref name="Spot"/> is null.</summary>
internal sealed record Location(Phrase Subject, Wording? Spot, Form Form) : Clause;

/// <summary>Somebody is so many years old.</summary>
internal sealed record Age(Phrase Subject, int Years, Form Form) : Clause;

/// <summary>Something costs so many yuan.</summary>
internal sealed record Price(Phrase Subject, int Yuan) : Clause;

/// <summary>A sentence whose two wordings share a number, a day, a place: weather, time, age, price, sums. "{0}", "{1}" stand for the parts.</summary>
internal sealed record Pattern(Wording Wording, params Wording[] Parts) : Clause
{
    /// <summary>The sentence in the chosen language.</summary>
    public string In(Func<Wording, string> language) => string.Format(System.Globalization.CultureInfo.InvariantCulture, language(Wording), [.. Parts.Select(language)]);
}

/// <summary>Two clauses with "but" between them.</summary>
internal sealed record Contrast(Clause First, Clause Second) : Clause;

/// <summary>Somebody feels so because of what they did; the second mention is a pronoun, and languages differ in which comes first.</summary>
internal sealed record Reason(Phrase Subject, Pronoun Pronoun, Adjective Adjective, Event Cause) : Clause;

/// <summary>If the weather is so, something will happen.</summary>
internal sealed record Condition(Wording If, Event Then) : Clause;
