namespace Heed.Data;

/// <summary>Somebody in a sentence, and the pronoun that takes them up.</summary>
internal sealed record PairPerson(Phrase Phrase, Pronoun Pronoun, bool IsPlural = false);

/// <summary>The draws that all kinds of sentence share: people, things and what stands before them.</summary>
internal sealed class PairChance(ulong seed, ulong index)
{
    private StoryRandom random = new(seed, index);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => random.Below(bound);

    /// <summary>True in so many of a hundred.</summary>
    public bool In(int percent) => random.Below(100) < percent;

    /// <summary>One of a list.</summary>
    public T Pick<T>(T[] list) => list[random.Below(list.Length)];

    /// <summary>Mostly a statement.</summary>
    public Form Form() => Below(100) switch { < 64 => Data.Form.Statement, < 82 => Data.Form.Negation, _ => Data.Form.Question };

    /// <summary>Two to ten, small ones more often.</summary>
    public int Number() => 2 + Math.Min(Below(9), Below(9));

    // ---- people

    /// <summary>Anybody: a pronoun, a name, one of the family, a friend, somebody by what they are.</summary>
    public PairPerson Person(bool jobs = true) => Below(100) switch
    {
        < 36 => Of(Pick(PairLexicon.Pronouns)),
        < 60 => Of(Pick(PairLexicon.Names)),
        < 80 => OfFamily(),
        < 86 => new(new Nominal(Pick(PairLexicon.Nouns("friend")), Determiner.Owned, Owner: Owner()), PairLexicon.Pronouns[2]),
        < 90 => Pair(),
        < 96 when jobs => new(new Nominal(Pick(PairLexicon.Nouns("job")), Determiner.Definite), PairLexicon.Pronouns[2]),
        _ => new(Pointed(Pick(PairLexicon.Nouns("human"))), PairLexicon.Pronouns[2]),
    };

    /// <summary>Somebody whose pronoun is certain.</summary>
    public PairPerson Known() => Below(3) switch { 0 => Of(Pick(PairLexicon.Pronouns)), 1 => Of(Pick(PairLexicon.Names)), _ => OfFamily() };

    /// <summary>Somebody else than <paramref name="who"/>, by name or family.</summary>
    public PairPerson Other(PairPerson who)
    {
        while (true)
        {
            PairPerson other = Below(10) < 3 && who.Phrase is not Pronoun ? Of(Pick(PairLexicon.Pronouns[..2])) : Known();
            bool takesUp = other.Phrase is Pronoun p && (who.Phrase is Pronoun || p == who.Pronoun || p.Agreement == Agreement.Plural && p.Subject != "you");
            if (other.Phrase != who.Phrase && !takesUp) return other;
        }
    }

    private static PairPerson Of(Pronoun pronoun) => new(pronoun, pronoun, pronoun.Subject is "we" or "they");

    private static PairPerson Of((Named Name, Pronoun Pronoun) name) => new(name.Name, name.Pronoun);

    private PairPerson OfFamily()
    {
        (Noun noun, Pronoun pronoun) = Pick(PairLexicon.Family);
        Phrase owner = In(80) ? PairLexicon.Pronouns[Below(4)] : Pick(PairLexicon.Names).Name;
        return new(new Nominal(noun, Determiner.Owned, Owner: owner), pronoun);
    }

    private PairPerson Pair()
    {
        int first = Below(PairLexicon.Names.Length), second = (first + 1 + Below(PairLexicon.Names.Length - 1)) % PairLexicon.Names.Length;
        return new(new Joined(PairLexicon.Names[first].Name, PairLexicon.Names[second].Name), PairLexicon.Pronouns[5], IsPlural: true);
    }

    /// <summary>Whose a thing is.</summary>
    public Phrase Owner() => In(75) ? Pick(PairLexicon.Pronouns) : In(50) ? Pick(PairLexicon.Names).Name : OfFamily().Phrase;

    /// <summary>An animal that does something; a whole kind of animal if <paramref name="generic"/>; none that 条 counts (fish, snakes) if it needs legs.</summary>
    public PairPerson Animal(bool generic, bool legs)
    {
        Noun noun = Pick([.. PairLexicon.Nouns("animal").Where(n => !legs || n.Measure != "条")]);
        Pronoun it = PairLexicon.Pronouns[5];
        return generic ? new(new Nominal(noun, Determiner.Bare), it, IsPlural: true)
            : In(25) ? new(new Nominal(noun, Determiner.Counted, Number(), Attribute(noun)), it, IsPlural: true)
            : new(Definite(noun, Owner()), it);
    }

    // ---- things

    /// <summary>A noun of one of the sorts.</summary>
    public Noun Noun(params string[] sorts) => Pick(PairLexicon.Nouns(Pick(sorts)));

    /// <summary>Sometimes an adjective that fits before the noun.</summary>
    public Adjective? Attribute(Noun noun)
    {
        Adjective[] fitting = PairLexicon.AttributesOf(noun.Sort);
        return fitting.Length > 0 && In(35) ? Pick(fitting) : null;
    }

    /// <summary>A kind that somebody is: a kind teacher, teachers.</summary>
    public Nominal Kind(string sort, bool plural)
    {
        Noun noun = Pick(PairLexicon.Nouns(sort));
        return new Nominal(noun, plural ? Determiner.Bare : Determiner.Indefinite, Adjective: In(25) ? Attribute(noun) : null);
    }

    /// <summary>This or that; of a thing.</summary>
    public Nominal Pointed(Noun noun) => new(noun, In(50) ? Determiner.This : Determiner.That, Adjective: Attribute(noun));

    /// <summary>A thing that both speakers know.</summary>
    public Nominal Definite(Noun noun, Phrase owner) => noun.Sort switch
    {
        "kin" or "friend" => new(noun, Determiner.Owned, Owner: owner),
        "animal" or "room" or "openable" when In(50) => new(noun, Determiner.Definite),
        "human" or "room" or "openable" or "fruit" or "dish" or "drink" or "plant" => Pointed(noun),
        _ when noun.Kind != NounKind.Mass && In(60) => new(noun, Determiner.Owned, Adjective: Attribute(noun), Owner: owner),
        _ => Pointed(noun),
    };

    /// <summary>The same, of a sort.</summary>
    public Nominal Definite(string sort, Phrase owner) => Definite(OfSort(sort), owner);

    private Noun OfSort(string sort) => sort == "kin" ? Pick(PairLexicon.Family).Noun : Pick(PairLexicon.Nouns(sort));

    /// <summary>What an action is done to. Habits and likings are about kinds, others about single things; what is denied is not counted.</summary>
    public Nominal Thing(Verb verb, Aspect aspect, Form form, PairPerson who, bool timed)
    {
        Noun noun = OfSort(Pick(verb.Objects));
        Phrase owner = In(70) ? who.Pronoun : Owner();
        if (noun.Sort == "kin" && owner is not Pronoun { Agreement: not Agreement.Plural } and not Named) owner = PairLexicon.Pronouns[0];
        if (noun.Sort is "kin" or "friend" or "human" or "room" or "openable") return Definite(noun, owner);
        bool food = noun.Kind == NounKind.Mass || noun.Sort == "dish";
        bool kinds = aspect is Aspect.Habit or Aspect.Like or Aspect.Can or Aspect.Should && verb.Base != "need";
        if (verb.Base is "find" or "lose" && In(60)) return new(noun, Determiner.Owned, Adjective: Attribute(noun), Owner: owner);
        if (verb.Base is not ("find" or "lose" or "write") && (!kinds || verb.Base == "like" || aspect == Aspect.Should) && In(22)) return noun.Sort == "animal" ? Pointed(noun) : Definite(noun, owner);
        if (kinds && !(timed && form == Data.Form.Statement && In(40))) return new(noun, Determiner.Bare);
        if (form == Data.Form.Negation) return new(noun, food ? Determiner.Bare : Determiner.Indefinite);
        return Below(100) switch
        {
            < 45 => new(noun, food && In(50) ? Determiner.Bare : Determiner.Indefinite, Adjective: Attribute(noun)),
            < 70 => new(noun, Determiner.Counted, Number(), Attribute(noun)),
            < 80 when noun.Kind == NounKind.Count => new(noun, In(50) ? Determiner.These : Determiner.Those, Adjective: Attribute(noun)),
            _ => new(noun, Determiner.Indefinite, Adjective: Attribute(noun)),
        };
    }

    /// <summary>Somebody or something to be described, and its sort.</summary>
    public (Phrase Phrase, string Sort) Described()
    {
        if (In(40)) return (Person().Phrase, "person");
        Noun noun = Noun("animal", "fruit", "dish", "drink", "reading", "clothes", "headwear", "thing", "plant", "vehicle", "room", "openable", "place");
        if (noun.Sort == "animal" && In(30)) return (new Nominal(noun, Determiner.Bare), noun.Sort);
        if (noun.Kind == NounKind.Count && In(25)) return (new Nominal(noun, In(50) ? Determiner.These : Determiner.Those), noun.Sort);
        bool owns = noun.Sort is "animal" or "reading" or "clothes" or "headwear" or "thing" or "vehicle" && In(50);
        return (owns ? new Nominal(noun, Determiner.Owned, Owner: Owner()) : new Nominal(noun, In(50) ? Determiner.This : Determiner.That), noun.Sort);
    }
}
