namespace Heed.Data;

/// <summary>What the English masked-word sentences say, in the notation of <see cref="FactLibrary"/>.</summary>
internal static class EnglishFacts
{
    public const string Text = """
        # capital: country city
        France|Paris
        China|Beijing
        Japan|Tokyo
        Italy|Rome
        Spain|Madrid
        Germany|Berlin
        Russia|Moscow
        England|London
        Greece|Athens
        Egypt|Cairo
        Portugal|Lisbon
        Poland|Warsaw
        Sweden|Stockholm
        Norway|Oslo
        Denmark|Copenhagen
        Korea|Seoul
        Thailand|Bangkok
        Vietnam|Hanoi
        Turkey|Ankara
        Hungary|Budapest
        - The [capital] of [{country}] is [{city}].
        - [{city}] is the [capital] of [{country}].
        - In [{country}], the [capital] is [{city}].
        - [{country}] has a [capital] called [{city}].
        - {name} went to [{city}], the [capital] of [{country}].
        - {name} lives in [{country}], near the [capital], [{city}].
        # language: country city speech
        France|Paris|French
        China|Beijing|Chinese
        Japan|Tokyo|Japanese
        Italy|Rome|Italian
        Spain|Madrid|Spanish
        Germany|Berlin|German
        Russia|Moscow|Russian
        England|London|English
        Greece|Athens|Greek
        Portugal|Lisbon|Portuguese
        Poland|Warsaw|Polish
        Sweden|Stockholm|Swedish
        Norway|Oslo|Norwegian
        Denmark|Copenhagen|Danish
        Korea|Seoul|Korean
        Thailand|Bangkok|Thai
        Vietnam|Hanoi|Vietnamese
        Turkey|Ankara|Turkish
        Hungary|Budapest|Hungarian
        - People in [{country}] speak [{speech}].
        - [{speech}] is spoken in [{country}].
        - In [{city}], everybody speaks [{speech}].
        - {name} learns [{speech}] to talk with friends in [{country}].
        - A book from [{country}] is written in [{speech}].
        - The [{speech}] language comes from [{country}].
        # sound: animal says saying
        dog|barks|barking
        cat|meows|meowing
        cow|moos|mooing
        duck|quacks|quacking
        lion|roars|roaring
        wolf|howls|howling
        horse|neighs|neighing
        sheep|bleats|bleating
        pig|oinks|oinking
        frog|croaks|croaking
        bee|buzzes|buzzing
        snake|hisses|hissing
        owl|hoots|hooting
        mouse|squeaks|squeaking
        hen|clucks|clucking
        rooster|crows|crowing
        - A/an [{animal}] [{says}].
        - {name} hears a/an [{animal}] [{saying}].
        - What [{says}]? A/an [{animal}].
        - If it [{says}], it is a/an [{animal}].
        - The [{animal}] is [{saying}] again.
        - Listen to the [{animal}]: it is [{saying}].
        - Nobody can sleep when the [{animal}] [{says}].
        # young: animal child
        cow|calf
        dog|puppy
        cat|kitten
        horse|foal
        sheep|lamb
        pig|piglet
        hen|chick
        duck|duckling
        lion|cub
        frog|tadpole
        goat|kid
        deer|fawn
        goose|gosling
        swan|cygnet
        owl|owlet
        - A/an [{child}] is a [young] [{animal}].
        - A baby [{animal}] is called a/an [{child}].
        - The mother of the [{child}] is a/an [{animal}].
        - When a/an [{child}] grows up, it will be a/an [{animal}].
        - The [{animal}] looks after her little [{child}].
        - {name} saw a/an [{animal}] with her [{child}].
        # home: animal place
        bee|hive
        bird|nest
        dog|kennel
        horse|stable
        spider|web
        rabbit|burrow
        pig|sty
        cow|barn
        hen|coop
        lion|den
        fish|aquarium
        squirrel|tree
        - A [{animal}] [lives] in a/an [{place}].
        - The home of a [{animal}] is a/an [{place}].
        - In the [{place}] lives a [{animal}].
        - The [{animal}] goes back to its [{place}] at night.
        - {name} found the [{animal}] in its [{place}].
        # product: source thing
        cow|milk
        hen|eggs
        sheep|wool
        bee|honey
        goose|feathers
        silkworm|silk
        vine|grapes
        forest|wood
        mine|coal
        sea|salt
        river|water
        - We get [{thing}] from the [{source}].
        - The [{source}] gives us [{thing}].
        - [{thing}] comes from the [{source}].
        - {name} gets [{thing}] from a [{source}].
        - Without the [{source}] there would be no [{thing}].
        # opposite both ways: one other
        hot|cold
        big|small
        new|old
        fast|slow
        rich|poor
        good|bad
        happy|sad
        long|short
        heavy|light
        wet|dry
        hard|soft
        open|closed
        clean|dirty
        strong|weak
        full|empty
        early|late
        loud|quiet
        sweet|bitter
        cheap|expensive
        easy|difficult
        - The opposite of [{one}] is [{other}].
        - [{one}] is the [opposite] of [{other}].
        - If it is not [{one}], it is [{other}].
        - [{one}] and [{other}] are opposites.
        - One of them is [{one}], but the other is [{other}].
        - {name} wants it [{one}], not [{other}].
        # colour: thing colour
        grass|green
        snow|white
        coal|black
        blood|red
        milk|white
        chocolate|brown
        gold|yellow
        salt|white
        mud|brown
        the sky|blue
        the sun|yellow
        the sea|blue
        the night|black
        a lemon|yellow
        a tomato|red
        a carrot|orange
        a frog|green
        a strawberry|red
        a crow|black
        a cucumber|green
        a pumpkin|orange
        a mouse|grey
        a flamingo|pink
        a swan|white
        an elephant|grey
        - {thing} is [{colour}].
        - What colour is {thing}? It is [{colour}].
        - {name} paints {thing} and needs [{colour}] paint.
        - The colour of {thing} is [{colour}].
        - It is as [{colour}] as {thing}.
        - {name} has a/an [{colour}] hat; it looks like {thing}.
        # weekday: first next
        Monday|Tuesday
        Tuesday|Wednesday
        Wednesday|Thursday
        Thursday|Friday
        Friday|Saturday
        Saturday|Sunday
        Sunday|Monday
        - The [day] after [{first}] is [{next}].
        - [{next}] comes after [{first}].
        - If today is [{first}], [tomorrow] is [{next}].
        - Yesterday was [{first}], so [today] is [{next}].
        - The day before [{next}] is [{first}].
        - {name} came on [{first}] and left a day later, on [{next}].
        # month: first next
        January|February
        February|March
        March|April
        April|May
        May|June
        June|July
        July|August
        August|September
        September|October
        October|November
        November|December
        December|January
        - The [month] after [{first}] is [{next}].
        - [{next}] comes after [{first}].
        - If it is [{first}] now, next [month] is [{next}].
        - Last month was [{first}], so this month is [{next}].
        - The month before [{next}] is [{first}].
        - {name} came in [{first}] and left a month later, in [{next}].
        # sum: a b c
        - [{a}] plus [{b}] is [{c}].
        - [{a}] and [{b}] make [{c}].
        - [{c}] minus [{b}] is [{a}].
        - If you add [{b}] to [{a}], you get [{c}].
        - {name} counted [{a}] and then [{b}] more, [{c}] in all.
        - Take [{b}] from [{c}], and you have [{a}].
        # work: job place
        teacher|school
        doctor|hospital
        farmer|farm
        cook|kitchen
        baker|bakery
        pilot|plane
        sailor|ship
        waiter|restaurant
        judge|court
        actor|theatre
        librarian|library
        gardener|garden
        mechanic|garage
        scientist|laboratory
        priest|church
        banker|bank
        painter|studio
        miner|mine
        dentist|clinic
        - {name} is a/an [{job}] and works in a [{place}].
        - A/an [{job}] works in a [{place}].
        - The [{job}] goes to the [{place}] every morning.
        - {name} works in a [{place}], because {he} is a/an [{job}].
        - In the [{place}] you can meet a/an [{job}].
        - {name} needs a/an [{job}] and looks in the [{place}].
        # tool: tool act acting
        key|open a door|opening a door
        pen|write a letter|writing a letter
        knife|cut bread|cutting bread
        broom|sweep the floor|sweeping the floor
        hammer|hit a nail|hitting a nail
        spoon|eat soup|eating soup
        needle|sew a button|sewing a button
        camera|take a photo|taking a photo
        clock|know the time|knowing the time
        towel|dry your hands|drying your hands
        map|find the way|finding the way
        oven|bake a cake|baking a cake
        lamp|read in the dark|reading in the dark
        ladder|climb on a roof|climbing on a roof
        brush|paint a wall|painting a wall
        saw|cut wood|cutting wood
        umbrella|stay dry in the rain|staying dry in the rain
        bicycle|ride to school|riding to school
        - You need a/an [{tool}] to {act}.
        - With a/an [{tool}], {name} can {act}.
        - A/an [{tool}] is good for {acting}.
        - {name} wants to {act} and looks for a/an [{tool}].
        - To {act}, take a/an [{tool}].
        - {name} bought a/an [{tool}] for {acting}.
        # sense: part does
        eyes|see
        ears|hear
        nose|smell
        tongue|taste
        teeth|bite
        legs|walk
        hands|hold things
        brain|think
        lungs|breathe
        - We {does} with our [{part}].
        - {name} uses {his} [{part}] to {does}.
        - To {does}, you need your [{part}].
        - Our [{part}] help us {does}.
        # pair: man woman
        king|queen
        man|woman
        boy|girl
        brother|sister
        son|daughter
        uncle|aunt
        husband|wife
        prince|princess
        father|mother
        grandfather|grandmother
        - The [{man}] and the [{woman}] live together.
        - If he is a/an [{man}], she is a/an [{woman}].
        - Here comes the [{man}] with the [{woman}].
        - What a/an [{man}] is among men, a/an [{woman}] is among women.
        - {name} knows both the [{man}] and the [{woman}].
        # made: thing from
        bread|flour
        cheese|milk
        wine|grapes
        paper|wood
        glass|sand
        chocolate|cocoa
        an omelette|eggs
        a sweater|wool
        a shoe|leather
        a window|glass
        a knife|steel
        a brick|clay
        a chip|potatoes
        - {thing} is made from [{from}].
        - You need [{from}] to make {thing}.
        - {name} makes {thing} from [{from}].
        - With [{from}], people make {thing}.
        - There is [{from}] in {thing}.
        # way: vehicle moves place
        ship|sails|sea
        plane|flies|air
        train|runs|rails
        car|drives|road
        rocket|travels|space
        boat|floats|river
        sledge|slides|snow
        - A [{vehicle}] [{moves}] and needs the [{place}].
        - The [{vehicle}] [{moves}]; look at the [{place}].
        - What [{moves}] and belongs to the [{place}]? A [{vehicle}].
        - {name} sees a [{vehicle}] that [{moves}] as the [{place}] lets it.
        """;
}
