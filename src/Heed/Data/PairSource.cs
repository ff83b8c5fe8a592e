namespace Heed.Data;

/// <summary>Draws what sentences say: one <see cref="Clause"/> after the other, from a seed and an index alone.</summary>
internal sealed class PairSource(ulong seed, ulong index)
{
    private readonly PairChance chance = new(seed, index);

    /// <summary>One sentence's meaning.</summary>
    public Clause Draw() => chance.Below(100) switch
    {
        < 36 => Action(chance.Form()),
        < 45 => AskedAction(),
        < 49 => Order(),
        < 54 => Travel(),
        < 57 => Giving(),
        < 59 => Living(),
        < 66 => Identity(),
        < 73 => Quality(),
        < 78 => Comparison(),
        < 83 => Possession(),
        < 87 => Existence(),
        < 91 => Location(),
        < 94 => Fact(),
        < 96 => Amount(),
        < 98 => Contrast(),
        < 99 => Reason(),
        _ => new Condition(chance.Pick(PairLexicon.Phrases("condition")), Plan()),
    };

    // ---- actions

    private Event Action(Form form)
    {
        if (chance.In(12)) return AnimalAction(form);
        PairPerson who = chance.Person();
        return chance.In(50) ? Doing(who, form, chance.Pick(PairLexicon.Verbs("activity"))) : Doing(who, form, chance.Pick(PairLexicon.Verbs("person")));
    }

    private Event Doing(PairPerson who, Form form, Verb verb) => Doing(who, form, verb, chance.Pick(verb.Aspects));

    private Event Doing(PairPerson who, Form form, Verb verb, Aspect aspect)
    {
        if (aspect == Aspect.Habit && who.Phrase is Nominal { Determiner: Determiner.Definite } job) who = who with { Phrase = job with { Determiner = Determiner.Bare } }; // farmers sell apples
        bool timeless = verb.Aspects.Length == 1 && aspect == Aspect.Habit;
        (Wording? time, Wording? frequency) = timeless ? (null, null) : TimeOf(aspect, form);
        Phrase? thing = verb.Objects.Length == 0 ? null : chance.Thing(verb, aspect, form, who, time is not null);
        Phrase? place = aspect is Aspect.Can or Aspect.Should || !chance.In(40) ? null : PlaceOf(verb);
        return new Event(who.Phrase, verb, aspect, form, thing, Place: place, Time: time, Frequency: frequency, Adjunct: AdjunctOf(verb, aspect, who, thing));
    }

    private Event AnimalAction(Form form)
    {
        bool eats = chance.In(30);
        Verb verb = chance.Pick(PairLexicon.Verbs(eats ? "feeding" : "animal"));
        Aspect aspect = chance.Pick(verb.Aspects);
        bool legs = verb.Base is "run" or "jump" or "play" or "eat";
        PairPerson who = chance.Animal(generic: aspect is Aspect.Habit or Aspect.Like or Aspect.Can, legs);
        (Wording? time, Wording? frequency) = TimeOf(aspect, form);
        Phrase? thing = eats ? chance.Thing(verb, aspect, form, who, timed: false) : null;
        Phrase? place = aspect != Aspect.Can && chance.In(50) ? PlaceOf(verb) : null;
        return new Event(who.Phrase, verb, aspect, form, thing, Place: place, Time: time, Frequency: frequency);
    }

    private (Wording? Time, Wording? Frequency) TimeOf(Aspect aspect, Form form) => aspect switch
    {
        Aspect.Past => (form == Form.Negation || chance.In(75) ? chance.Pick(PairLexicon.Phrases("past")) : null, null),
        Aspect.Future => (chance.Pick(PairLexicon.Phrases("future")), null), // without a time, Chinese would say "can"
        Aspect.Want => (chance.In(25) ? chance.Pick(PairLexicon.Phrases("future")) : null, null),
        Aspect.Habit when form != Form.Negation => chance.In(60) ? (chance.Pick(PairLexicon.Phrases("habit")), null) : (null, chance.Pick(PairLexicon.Phrases("frequency"))),
        _ => (null, null),
    };

    private Named? PlaceOf(Verb verb) => verb.Places.Length == 0 ? null : Name(chance.Pick(PairLexicon.Phrases(chance.Pick(verb.Places))));

    private Adjunct? AdjunctOf(Verb verb, Aspect aspect, PairPerson who, Phrase? thing)
    {
        if (aspect is Aspect.Can or Aspect.Should || who.Phrase is Joined || !chance.In(18)) return null;
        bool serves = verb.Base is "buy" or "draw" or "cook" or "sing";
        if (!serves && thing is not null) return null;
        Phrase other = chance.Other(who).Phrase;
        return new Adjunct(serves && chance.In(70) ? AdjunctKind.Beneficiary : AdjunctKind.Companion, other);
    }

    private Event AskedAction()
    {
        switch (chance.Below(4))
        {
            case 0: // what; of a hat Chinese would need another "wear"
                Verb verb = chance.Pick([.. PairLexicon.Verbs("person").Where(v => v.Base is not ("clean" or "open" or "close" or "help" or "visit") && v.Objects[0] != "headwear")]);
                return Doing(chance.Person(), Form.Statement, verb) with { Object = PairLexicon.What };
            case 1:
                return Doing(chance.Person(), Form.Statement, chance.Pick(PairLexicon.Verbs(chance.In(50) ? "person" : "activity"))) with { Subject = PairLexicon.Who, Adjunct = null };
            case 2:
                Verb placed = chance.Pick([.. PairLexicon.Verbs(chance.In(50) ? "person" : "activity").Where(v => v.Places.Length > 0)]);
                Aspect aspect = chance.Pick([.. placed.Aspects.Where(a => a is not (Aspect.Now or Aspect.Can or Aspect.Should))]);
                return Doing(chance.Person(), Form.Statement, placed, aspect) with { Place = PairLexicon.Where };
            default:
                Verb planned = chance.Pick([.. PairLexicon.Verbs(chance.In(50) ? "person" : "activity").Where(v => v.Aspects.Contains(Aspect.Future))]);
                return Doing(chance.Person(), Form.Statement, planned, Aspect.Future) with { Time = PairLexicon.When };
        }
    }

    private Order Order()
    {
        Request request = (Request)chance.Below(3);
        if (request == Request.LetUs || chance.In(30))
        {
            Verb verb = chance.Pick([.. PairLexicon.Verbs("activity").Where(v => v.Aspects.Contains(Aspect.Future))]);
            return new Order(request, verb, null, chance.In(50) ? PlaceOf(verb) : null);
        }
        Verb done = chance.Pick([.. PairLexicon.Verbs("person").Where(v => v.Aspects.Contains(Aspect.Should) && v.Base != "write")]);
        return new Order(request, done, chance.Definite(chance.Pick(done.Objects), PairLexicon.Pronouns[1]), null);
    }

    private Event Travel()
    {
        Verb go = PairLexicon.Verbs("travel")[0];
        Form form = chance.Form();
        PairPerson who = chance.Person();
        bool asks = form == Form.Question && chance.In(50);
        Aspect aspect = chance.Pick(go.Aspects);
        (Wording? time, Wording? frequency) = TimeOf(aspect, form);
        Phrase where = asks ? PairLexicon.Where : Name(chance.Pick(PairLexicon.Phrases("destination")));
        Adjunct? adjunct = asks || !chance.In(45) ? null
            : chance.In(65) ? new Adjunct(AdjunctKind.Means, Name(chance.Pick(PairLexicon.Phrases("means"))))
            : new Adjunct(AdjunctKind.Companion, chance.Other(who).Phrase);
        return new Event(who.Phrase, go, aspect, asks ? Form.Statement : form, where, Time: time, Frequency: frequency, Adjunct: who.Phrase is Joined ? null : adjunct);
    }

    private Event Giving()
    {
        Verb give = PairLexicon.Verbs("giving")[0];
        PairPerson who = chance.Person();
        Aspect aspect = chance.Pick(give.Aspects);
        Form form = chance.Form();
        return new Event(who.Phrase, give, aspect, form, chance.Thing(give, aspect, form, who, timed: false), chance.Other(who).Phrase, Time: TimeOf(aspect, form).Time);
    }

    private Event Living()
    {
        Verb live = PairLexicon.Verbs("living")[0];
        Form form = chance.Form();
        bool asks = form == Form.Question && chance.In(50);
        Phrase where = asks ? PairLexicon.Where : Name(chance.Pick(PairLexicon.Phrases("city")));
        return new Event(chance.Person(jobs: false).Phrase, live, Aspect.Habit, asks ? Form.Statement : form, where);
    }

    // ---- states

    private Identity Identity()
    {
        Form form = chance.Form();
        if (chance.In(55))
        {
            PairPerson who = chance.Person(jobs: false);
            return new Identity(who.Phrase, chance.Kind("job", who.IsPlural), form);
        }
        bool plural = chance.In(25), near = chance.In(50);
        Pronoun pointer = plural ? near ? new("these", "these", "", "这些", Agreement.Plural) : new("those", "those", "", "那些", Agreement.Plural)
            : near ? new("this", "this", "", "这", Agreement.Third) : new("that", "that", "", "那", Agreement.Third);
        if (chance.In(8)) return new Identity(pointer, PairLexicon.What, Form.Statement);
        if (chance.In(8)) return new Identity(chance.Pointed(chance.Pick(PairLexicon.Nouns(chance.In(50) ? "human" : "job"))), PairLexicon.Who, Form.Statement);
        Noun noun = chance.Noun("animal", "fruit", "reading", "clothes", "headwear", "thing", "plant", "vehicle");
        if (noun.Kind == NounKind.Plural) pointer = near ? new("these", "these", "", "这些", Agreement.Plural) : new("those", "those", "", "那些", Agreement.Plural);
        plural |= noun.Kind == NounKind.Plural;
        if (chance.In(12)) return new Identity(pointer, new Asked("whose " + (plural && noun.Kind == NounKind.Count ? noun.Many : noun.English), "谁的" + noun.Chinese), Form.Statement);
        if (chance.In(35) && (!plural || noun.Kind == NounKind.Plural)) return new Identity(pointer, new Nominal(noun, Determiner.Owned, Owner: chance.Owner()), form);
        return new Identity(pointer, new Nominal(noun, plural ? Determiner.Bare : Determiner.Indefinite, Adjective: chance.Attribute(noun)), form);
    }

    private Quality Quality()
    {
        (Phrase subject, string sort) = chance.Described();
        Adjective adjective = chance.Pick(PairLexicon.PredicatesOf(sort));
        Form form = chance.Form();
        return new Quality(subject, adjective, form, form == Form.Statement && !adjective.IsColour && chance.In(20));
    }

    private Comparison Comparison()
    {
        Degree degree = (Degree)chance.Below(3);
        if (chance.In(40))
        {
            PairPerson who = chance.Person();
            return new Comparison(who.Phrase, chance.Other(who).Phrase, chance.Pick(PairLexicon.ComparablesOf("person")), degree);
        }
        Noun one = chance.Noun("animal", "fruit", "dish", "drink", "reading", "clothes", "headwear", "thing", "vehicle", "place"), other = chance.Pick(PairLexicon.Nouns(one.Sort));
        Adjective adjective = chance.Pick(PairLexicon.ComparablesOf(one.Sort));
        if (one != other && one.Sort is "animal" or "fruit" && chance.In(50)) return new Comparison(new Nominal(one, Determiner.Bare), new Nominal(other, Determiner.Bare), adjective, degree);
        bool near = chance.In(50);
        return new Comparison(new Nominal(one, near ? Determiner.This : Determiner.That), new Nominal(other, near ? Determiner.That : Determiner.This), adjective, degree);
    }

    private Possession Possession()
    {
        PairPerson who = chance.Person();
        Form form = chance.Form();
        Noun noun = chance.In(20) ? chance.Pick(PairLexicon.Family.Where(f => f.Noun.English.Contains(' ', StringComparison.Ordinal)).ToArray()).Noun
            : chance.Noun("animal", "friend", "fruit", "reading", "clothes", "headwear", "thing", "vehicle");
        if (chance.In(10)) return new Possession(who.Phrase, HowMany(noun), Form.Statement);
        if (form != Form.Statement || chance.In(35)) return new Possession(who.Phrase, new Nominal(noun, Determiner.Indefinite, Adjective: form == Form.Negation ? null : chance.Attribute(noun)), form);
        bool many = noun.Kind == NounKind.Count && noun.Sort != "kin" && chance.In(15);
        return new Possession(who.Phrase, new Nominal(noun, many ? Determiner.Many : Determiner.Counted, chance.Number(), chance.Attribute(noun)), form);
    }

    private static Asked HowMany(Noun noun) => new("how many " + (noun.Kind == NounKind.Count ? noun.Many : $"{noun.Portions} of {noun.English}"), $"几{noun.Measure}{noun.Chinese}");

    private Existence Existence()
    {
        Form form = chance.Form();
        bool animal = chance.In(35);
        Noun noun = animal ? chance.Noun("animal") : chance.Noun("fruit", "dish", "drink", "reading", "clothes", "headwear", "belonging");
        Wording spot = chance.Pick(PairLexicon.Phrases(animal || chance.In(30) ? "spot" : "top"));
        Nominal what = form != Form.Statement ? new Nominal(noun, form == Form.Negation && noun.Kind == NounKind.Mass ? Determiner.Bare : Determiner.Indefinite)
            : chance.In(50) ? new Nominal(noun, Determiner.Indefinite, Adjective: chance.Attribute(noun))
            : new Nominal(noun, Determiner.Counted, chance.Number(), chance.Attribute(noun));
        return new Existence(what, spot, form);
    }

    private Location Location()
    {
        Form form = chance.Form();
        bool asks = form == Form.Question && chance.In(60);
        if (chance.In(45))
        {
            string[] lists = ["home", "outside", "town", "eatery", "market", "city"];
            return new Location(chance.Person().Phrase, asks ? null : chance.Pick(PairLexicon.Phrases(chance.Pick(lists))), asks ? Form.Statement : form);
        }
        Noun noun = chance.Noun("animal", "reading", "clothes", "headwear", "belonging");
        string spots = noun.Sort == "animal" || chance.In(40) ? "spot" : "top";
        return new Location(chance.Definite(noun, chance.Owner()), asks ? null : chance.Pick(PairLexicon.Phrases(spots)), asks ? Form.Statement : form);
    }

    // ---- numbers, days, weather

    private Pattern Fact()
    {
        int n = 1 + chance.Below(12), a = 1 + chance.Below(20), b = 1 + chance.Below(20);
        Wording day = chance.Pick(PairLexicon.Phrases("day"));
        Wording hour = new(EnglishPhrases.Number(n), ChinesePhrases.Count(n));
        return chance.Below(10) switch
        {
            < 5 => new(chance.Pick(PairLexicon.Phrases("weather")), chance.Pick(PairLexicon.Phrases("town name"))),
            5 => new(new("it is {0} o'clock now", "现在{0}点"), hour),
            6 => new(new("it is half past {0} now", "现在{0}点半"), hour),
            7 => new(chance.Pick(PairLexicon.Phrases("calendar")), day),
            8 => new(new("{0} plus {1} is {2}", "{0}加{1}等于{2}"), Digits(a), Digits(b), Digits(a + b)),
            _ => new(new("{0} minus {1} is {2}", "{0}减{1}等于{2}"), Digits(a + b), Digits(a), Digits(b)),
        };
    }

    private static Wording Digits(int n) => new(EnglishPhrases.Number(n), ChinesePhrases.Number(n));

    private Clause Amount()
    {
        if (chance.In(50)) return new Price(chance.Pointed(chance.Noun("fruit", "dish", "drink", "reading", "clothes", "headwear", "thing")), 2 + chance.Below(98));
        Phrase who = chance.Known().Phrase;
        bool elder = who is Nominal { Noun.English: var name } && !name.Contains(' ', StringComparison.Ordinal); // a father, not a little brother
        return new Age(who, elder ? 30 + chance.Below(60) : 3 + chance.Below(40), chance.In(70) ? Form.Statement : chance.Form());
    }

    // ---- two clauses

    private Contrast Contrast()
    {
        PairPerson one = chance.Known(), other = chance.Other(one);
        Verb skill = chance.Pick([.. PairLexicon.Verbs("activity").Where(v => v.Aspects.Contains(Aspect.Can))]);
        if (chance.In(40)) return new(Doing(one, Form.Statement, skill, Aspect.Can), Doing(other, Form.Negation, skill, Aspect.Can));
        Verb like = PairLexicon.Verbs("person").First(v => v.Base == "like");
        like = like with { Objects = [chance.Pick(like.Objects)] }; // both of one sort
        Event likes = Doing(one, Form.Statement, like);
        return chance.In(50) ? new(likes, Doing(one with { Phrase = one.Pronoun }, Form.Negation, like)) : new(likes, Doing(other, chance.In(50) ? Form.Statement : Form.Negation, like));
    }

    private Reason Reason()
    {
        PairPerson who = chance.Known();
        (string feeling, Verb verb) = chance.Below(4) switch
        {
            0 => ("happy", PairLexicon.Verbs("person").First(v => v.Base == "find")),
            1 => ("sad", PairLexicon.Verbs("person").First(v => v.Base == "lose")),
            2 => ("angry", PairLexicon.Verbs("person").First(v => v.Base == "lose")),
            _ => ("tired", chance.Pick([.. PairLexicon.Verbs("activity").Where(v => v.Base is "run" or "swim" or "work" or "study" or "dance" or "play")])),
        };
        return new Reason(who.Phrase, who.Pronoun, PairLexicon.Adjective(feeling), Doing(who, Form.Statement, verb, Aspect.Past) with { Adjunct = null });
    }

    private Event Plan()
    {
        Verb verb = chance.Pick([.. PairLexicon.Verbs("activity").Where(v => v.Aspects.Contains(Aspect.Future))]);
        return Doing(chance.Person(), chance.In(75) ? Form.Statement : Form.Negation, verb, Aspect.Future) with { Time = null };
    }

    private static Named Name(Wording wording) => new(wording.English, wording.Chinese);
}
