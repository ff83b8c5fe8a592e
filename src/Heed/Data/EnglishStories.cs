namespace Heed.Data;

/// <summary>Words and kinds of the English stories, in the notation of <see cref="StoryLibrary"/>.</summary>
internal static class EnglishStories
{
    public const string Words = """
        child: name he him his He His kind
        Lily|she|her|her|She|Her|girl
        Mia|she|her|her|She|Her|girl
        Anna|she|her|her|She|Her|girl
        Rosa|she|her|her|She|Her|girl
        Emma|she|her|her|She|Her|girl
        Nora|she|her|her|She|Her|girl
        Lucy|she|her|her|She|Her|girl
        Ella|she|her|her|She|Her|girl
        Zoe|she|her|her|She|Her|girl
        Grace|she|her|her|She|Her|girl
        Ruby|she|her|her|She|Her|girl
        Sara|she|her|her|She|Her|girl
        Tom|he|him|his|He|His|boy
        Ben|he|him|his|He|His|boy
        Max|he|him|his|He|His|boy
        Sam|he|him|his|He|His|boy
        Leo|he|him|his|He|His|boy
        Jack|he|him|his|He|His|boy
        Noah|he|him|his|He|His|boy
        Finn|he|him|his|He|His|boy
        Oscar|he|him|his|He|His|boy
        Peter|he|him|his|He|His|boy
        Hugo|he|him|his|He|His|boy
        David|he|him|his|He|His|boy
        animal: name he him his He His
        Pip|he|him|his|He|His
        Coco|she|her|her|She|Her
        Momo|she|her|her|She|Her
        Bobo|he|him|his|He|His
        Dot|she|her|her|She|Her
        Rusty|he|him|his|He|His
        Daisy|she|her|her|She|Her
        Teddy|he|him|his|He|His
        Poppy|she|her|her|She|Her
        Biscuit|he|him|his|He|His
        Luna|she|her|her|She|Her
        Hazel|she|her|her|She|Her
        Toby|he|him|his|He|His
        Barley|he|him|his|He|His
        Willow|she|her|her|She|Her
        Nutmeg|he|him|his|He|His
        kind: name
        rabbit
        fox
        bear
        squirrel
        mouse
        duck
        frog
        turtle
        kitten
        puppy
        hedgehog
        goat
        pig
        lamb
        beaver
        badger
        trait: name
        kind
        brave
        clever
        shy
        cheerful
        curious
        gentle
        playful
        careful
        lively
        quiet
        home: name
        in a small house by the river
        in a quiet village
        at the edge of the forest
        near the sea
        on a green hill
        beside a blue lake
        in a busy town
        on a little farm
        next to an old mill
        in a valley full of flowers
        time: Time time
        One morning|one morning
        One afternoon|one afternoon
        One day|one day
        One Sunday|one Sunday
        Early one morning|early one morning
        One quiet morning|one quiet morning
        One Saturday|one Saturday
        Late one afternoon|late one afternoon
        weather: name
        The sun was shining
        A soft wind was blowing
        The sky was clear and blue
        White clouds filled the sky
        A little rain was falling
        The air was fresh and cool
        Birds were singing
        Leaves were dancing in the wind
        colour: name
        red
        blue
        green
        yellow
        white
        purple
        pink
        brown
        thing: name
        ball
        hat
        scarf
        book
        toy car
        doll
        drum
        teddy bear
        bell
        basket
        flute
        kite
        key
        toy boat
        lamp
        purse
        spot: name
        under the old bench
        behind the big tree
        beside the pond
        near the garden gate
        under a pile of leaves
        between two rocks
        in the tall grass
        behind the door
        at the bottom of a box
        under the bridge
        next to the well
        in the corner of the shed
        playground: name
        park
        garden
        field
        yard
        market
        school
        beach
        meadow
        glad: name
        happy
        glad
        joyful
        excited
        praise: name
        kind
        brave
        clever
        gentle
        good
        helpful
        grown: name he
        mother|she
        father|he
        grandmother|she
        grandfather|he
        aunt|she
        uncle|he
        trouble: was help thanks
        was stuck in deep mud|found a long rope and pulled hard|Now I am out of the mud
        had a sharp thorn in one foot|pulled the thorn out very gently|Now my foot does not hurt
        could not carry a heavy box|took one side of the heavy box|Now the box is home
        could not find the way home|held up a lantern and led the way|Now I am home again
        was cold and wet after a fall into the river|brought a warm blanket and hot soup|Now I am warm and dry
        had nothing to eat|shared bread and cheese|Now I am not hungry
        could not reach the nuts on a high branch|climbed up and shook the branch|Now I have nuts for the winter
        had a broken cart|fixed the wheel with a strong nail|Now my cart rolls again
        was caught in a thick bush|cut the branches one by one|Now I am free
        had dropped a bag of seeds in the dust|brought a broom and swept the seeds together|Now I can plant my seeds
        broken: name
        window
        vase
        cup
        plate
        mirror
        clock
        flower pot
        bowl
        cake: name bare filling
        an apple cake|apple cake|apples
        a carrot cake|carrot cake|carrots
        a berry pie|berry pie|berries
        a honey cake|honey cake|honey
        a banana cake|banana cake|bananas
        a pear tart|pear tart|pears
        a cherry pie|cherry pie|cherries
        a pumpkin pie|pumpkin pie|pumpkin
        a nut cake|nut cake|nuts
        a lemon cake|lemon cake|lemons
        food: name
        apples
        pears
        berries
        nuts
        plums
        cookies
        carrots
        grapes
        fruit: name
        apples
        pears
        eggs
        shells
        stones
        berries
        flowers
        buttons
        nuts
        coins
        plums
        feathers
        number: name Name
        two|Two
        three|Three
        four|Four
        five|Five
        six|Six
        seven|Seven
        eight|Eight
        nine|Nine
        ten|Ten
        eleven|Eleven
        twelve|Twelve
        opposite: one other more less deed turn
        big|small|bigger|smaller|slipped into a narrow hole and took it out|lifted a heavy branch off the road
        fast|slow|faster|slower|looked under every leaf and found it|ran home first and brought an umbrella
        tall|short|taller|shorter|crawled under a fence and took it back|opened the latch of the high gate
        strong|light|stronger|lighter|walked out on a thin branch and took it down|pushed a fallen tree out of the way
        loud|quiet|louder|quieter|walked past a sleeping dog and took it back|called so well that help came
        old|young|older|younger|climbed up the steep rocks and found it|remembered the way home
        nest: name
        under an oak tree
        in the tall grass
        beside the pond
        in the shade of a wall
        on a soft green hill
        next to the well
        bed: name
        in the garden
        near the garden gate
        beside the pond
        behind the house
        next to the well
        at the foot of the hill
        fear: name truth
        the dark|it was only night
        the thunder|it was only a noise in the clouds
        a shadow on the wall|it was only a coat on a chair
        the wind at the window|it was only a branch that tapped
        a strange sound in the attic|it was only a cat with a ball of wool
        seed: name grew
        sunflower|a tall yellow sunflower
        pumpkin|a round orange pumpkin
        tomato|a plant full of red tomatoes
        bean|a green plant full of beans
        rose|a bush of sweet roses
        strawberry|a bed of sweet strawberries
        carrot|a row of orange carrots
        melon|a big sweet melon
        """;

    public const string Shapes = """
        # lost and found
        - (Once upon a time|Once), there was a {trait} {hero.kind} named {hero} who lived {home}.
        / {hero} was a {trait} {hero.kind} who lived {home}.
        / (Once upon a time|Long ago), a {trait} {hero.kind} called {hero} lived {home}.
        - {hero.He} had a {colour} {thing} and (loved it very much|took it everywhere|played with it every day).
        / Of all {hero.his} things, {hero} loved {hero.his} {colour} {thing} best.
        / {hero.His} favorite thing in the world was a {colour} {thing}.
        ? {weather}.
        - {time}, the {thing} was gone.
        / {time}, {hero} could not find the {thing}.
        / But {time.time}, {hero} saw that the {thing} was missing.
        - {hero.He} looked {spot2}, but it was not there.
        / First {hero.he} looked {spot2}, but there was nothing.
        / {hero} ran out and looked {spot2}. There was no {thing}.
        ? {hero} (felt very sad|began to cry|sat down and sighed).
        / Tears came to {hero.his} eyes.
        - "What is wrong?" asked {hero.his} friend {friend}. "I have lost my {thing}," said {hero}.
        / {friend} came by and asked, "Why are you so sad?" "My {colour} {thing} is gone," said {hero}.
        ? "Do not worry, {hero}," said {friend}. "We will (find it|look for it) together."
        / "Two can look better than one," said {friend} with a smile.
        - They looked {spot3}. Then they looked {spot}, and there it was!
        / They went to the {playground} and looked {spot3}. At last {friend} found the {thing} {spot}.
        / {friend} looked {spot}. "Here it is!" {friend.he} cried, and held up the {colour} {thing}.
        - {hero} hugged {friend} and said, "Thank you! You are a (good|true) friend."
        / "Thank you, {friend}!" said {hero}. {hero.He} was so {glad} that {hero.he} (danced|jumped up and down).
        - From that day on, {hero} (always knew where the {thing} was|kept the {thing} in a safe place).
        / They played with the {thing} until (the sun went down|it was time for dinner).
        / That night {hero} slept with the {thing} beside {hero.him}.

        # helping a friend
        - (Once upon a time|Once), there was a {trait} {kind} named {beast}. {beast.He} lived {home}.
        / {beast} the {kind} lived {home}. {beast.He} was {trait} and had many friends.
        ? {time}, {beast} went for a walk (in the forest|along the river|over the hill). {weather}.
        / {weather}, so {time.time} {beast} went out (to play|for a walk).
        - On the way {beast.he} heard a (small|sad|soft) voice. "Help! Please help me!"
        / Suddenly somebody called, "Help me, please!"
        / "Is anybody there?" called a voice. "I need help!"
        - It was {mate} the {kind2}, who {trouble}.
        / There was {mate} the {kind2}. Poor {mate} {trouble}.
        ? "Oh, {mate}!" said {beast}. "(Wait here|Stay calm). I will help you."
        / {beast} (did not run away|did not wait). "I am here, {mate}," {beast.he} said.
        / "What shall I do?" thought {beast}. Then {beast.he} had an idea.
        - {beast} {trouble.help}.
        / Soon {beast} came back and {trouble.help}.
        ? It was hard work, but {beast.he} did not give up.
        / It took a long time, but {beast} was patient.
        - "Thank you, {beast}!" said {mate}. "{trouble.thanks}."
        / "{trouble.thanks}," said {mate}. "You are so {praise}!"
        ? {beast} smiled. "That is what friends are for," {beast.he} said.
        / "You would do the same for me," said {beast}.
        - The next day {mate} brought {beast} a basket of {food}.
        / {mate} gave {beast} some {food}, and they ate them together.
        / {mate} did not forget it, and baked {cake} for {beast}.
        - From then on, {beast} and {mate} were best friends.
        / And that is how {beast} and {mate} became good friends.
        / A friend in need is a friend indeed.

        # telling the truth
        - {hero} was a {trait} {hero.kind} who lived {home} with {hero.his} {grown}.
        / (Once upon a time|Once), a {trait} {hero.kind} named {hero} lived with {hero.his} {grown} {home}.
        - {time}, {hero} was playing with a {colour} {thing} in the house.
        / {time}, {hero} ran through the house with a {colour} {thing}.
        - Crash! The {broken} fell down and broke.
        / {hero.He} did not look, and the {broken} fell to the floor. It broke into (many|small) pieces.
        ? {hero} was afraid. "(What will|What would) my {grown} say?" {hero.he} thought.
        / {hero.His} heart beat fast. {hero.He} wanted to hide the pieces.
        / First {hero.he} put the pieces under the bed, but {hero.he} did not feel good.
        ? Soon {hero.his} {grown} came in. "Who broke the {broken}?" {grown.he} asked.
        / {hero.His} {grown} saw it and asked, "What happened to the {broken}?"
        - {hero} looked (down|at the floor). "I could say it was the (cat|wind)," {hero.he} thought. But that was not true.
        / {hero} was quiet for a long time. Then {hero.he} took a deep breath.
        - "I broke it," said {hero}. "I am (so|very) sorry."
        / "It was me," {hero.he} said. "I broke the {broken}, and I am sorry."
        - {hero.His} {grown} was not angry. "Thank you for telling the truth," {grown.he} said.
        / "I am sad about the {broken}," said {hero.his} {grown}, "but I am glad that you told me the truth."
        ? Together they (swept up the pieces|cleaned the floor).
        / Then they glued the {broken} together, piece by piece.
        - {hero} felt (light|much better) again. It is (good|best) to tell the truth.
        / {hero} learned that the truth is better than a lie.
        / From that day on, {hero} did not play with the {thing} in the house.

        # a race
        - {beast} the {kind} was very fast, and {beast.he} told everybody about it.
        / (Once upon a time|Once), there was a {kind} named {beast} who could run like the wind.
        - "Nobody is as fast as I am," said {beast}. {mate} the {kind2} only smiled.
        / {beast.He} often laughed at {mate}, a slow and {trait} {kind2}.
        - "Let us have a race," said {mate} {time.time}. "From the {playground} to the old bridge."
        / {time}, {mate} said, "I will race you to the old bridge, {beast}."
        ? {weather}. All the animals came to (watch|see the race).
        / All the animals stood beside the road. {weather}.
        ? "One, two, three, go!" called the owl.
        / The owl rang a bell, and the race began.
        - {beast} ran ahead and was soon far away. {mate} went step by step.
        / {beast} was in front at once. {mate} walked on and did not stop.
        - "I have so much time," thought {beast}, and {beast.he} lay down {nest} to (sleep|take a nap).
        / On the way {beast} saw some {food}, sat down {nest} and ate until {beast.he} fell asleep.
        - {mate} came along, slow but sure. {mate.He} passed {beast} without a sound.
        / Step by step, {mate} went past {beast} and came closer to the bridge.
        - When {beast} woke up, {beast.he} ran as fast as {beast.he} could. It was too late: {mate} had won!
        / At last {beast} opened {beast.his} eyes and ran and ran. But {mate} was already there.
        ? "Well done, {mate}," said {beast}. "I will not laugh at you again."
        / {beast} was ashamed. {mate} held out a paw and said, "It was a good race."
        - Slow and steady wins the race.
        / After that, {beast} never laughed at slow friends.
        / Those who keep going will reach the end.

        # baking
        - {time}, {hero} wanted to bake {cake} for {hero.his} {grown}.
        / {hero} was a {trait} {hero.kind} who loved to bake. {time}, {hero.he} wanted to make {cake}.
        - "It is a birthday surprise," {hero.he} said to {friend}. "(Will you|Can you) help me?" "Yes, of course!" said {friend}.
        / {hero.He} asked {friend}, "Do you want to bake with me?" {friend} (nodded|clapped) and put on {friend.his} hat.
        - They needed flour, milk, butter and {cake.filling}. But there was no (milk|flour|butter) in the kitchen.
        / First they put flour, sugar and eggs on the table. But there were no {cake.filling}.
        - So they (ran|walked) to the market. {weather}.
        / "Let us go to the market," said {friend}, and off they went. {weather}.
        - Back home, {hero} (mixed|stirred) everything in a big {colour} bowl.
        / In the kitchen, {friend} washed the {cake.filling} while {hero} mixed the flour and the milk.
        ? There was flour on {hero.his} nose, and {friend} laughed.
        / {friend} dropped an egg, and they both laughed.
        ? Then they put it into the hot oven and waited.
        / {hero} put it into the oven. "Now we must be patient," {hero.he} said.
        - Soon the whole house smelled (sweet|wonderful).
        / After one hour it was golden and smelled so good.
        - {hero.His} {grown} came in and (could not believe it|was surprised). "Is this for me?" {grown.he} asked.
        / "What smells so good?" asked {hero.his} {grown} at the door.
        ? They cut the {cake.bare} into {a} pieces and ate it together.
        / Everybody had a big piece, and nothing was left.
        - "This is the best day," said {hero.his} {grown}. {hero} and {friend} were very {glad}.
        / "You are good bakers," said {hero.his} {grown}, and hugged them both.
        / Food tastes best when it is shared with friends.

        # counting together
        - {hero} and {friend} went to the {playground}. {weather}.
        / {time}, {hero} met {friend} at the {playground}. {weather}.
        ? They wanted to (collect|find) {fruit}, and each of them had a {colour} basket.
        / "Let us look for {fruit}," said {hero}. {friend} liked the idea.
        - {hero} looked {spot} and found {a} {fruit}.
        / {hero} found {a} {fruit} {spot}.
        - {friend} looked {spot2} and found {b} {fruit}.
        / {friend} found {b} {fruit} {spot2}.
        - "How many do we have together?" asked {hero}.
        / "I have {a}," said {hero}. "You have {b}. How many is that?"
        - {friend} counted slowly. "{a.Name} and {b} make {sum}," {friend.he} said.
        / They put all the {fruit} on the ground and counted. {a.Name} {fruit} and {b} {fruit} make {sum} {fruit}.
        ? "{sum.Name} {fruit}!" cried {hero}. "That is a lot."
        / "So we have {sum} {fruit}," said {hero}. {hero.He} was very {glad}.
        - They carried the {sum} {fruit} home and showed them to {hero.his} {grown}.
        / On the way home they sang a song and carried the {sum} {fruit} together.
        ? "You can count very well," said {hero.his} {grown}.
        / {hero.His} {grown} counted again. There were {sum}, and everybody smiled.
        - It is fun to count with a friend.
        / That day {hero} and {friend} learned that {a} and {b} make {sum}.

        # counting what is left
        - {beast} the {kind} lived {home}. {beast.He} had {total} {food} in a {colour} basket.
        / (Once upon a time|Once), a {trait} {kind} named {beast} had {total} {food}.
        ? {beast.He} was very {glad} and counted them every day.
        / Every morning {beast.he} counted them: {total} {food}.
        - {time}, {mate} the {kind2} came to the door. {mate.He} looked (sad|tired|hungry).
        / {time}, {beast} met {mate} the {kind2}, who had no {food} at all.
        - "I have no {food}," said {mate}. "(May|Can) I have some of yours?"
        / "You have so many {food}," said {mate}, "and I have none."
        ? {beast} thought about it. "They are mine," {beast.he} thought, "but {mate} is my friend."
        / At first {beast} did not want to share. Then {beast.he} saw the sad eyes of {mate}.
        - So {beast} gave {mate} {part} {food}.
        / "Here, take {part} of them," said {beast}.
        ? {mate} was so {glad2} that {mate.he} danced. "Thank you, {beast}!"
        / "Thank you!" said {mate}. "You are a (true|good) friend."
        - {beast} counted again. {total.Name} take away {part} is {left}.
        / Now {beast} had only {left} {food}, because {total} take away {part} is {left}.
        - But {left} {food} and a friend are better than {total} {food} alone.
        / {beast} had {left} {food} left and one more friend.
        - They sat {nest} and ate together.
        / Sharing makes everybody happy.

        # opposites
        - {beast} and {mate} were two {kind} friends, but they were not the same. {beast} was {opposite.one} and {mate} was {opposite.other}.
        / (Once upon a time|Once), there were two {kind} friends. One was {opposite.one}, and {beast.his} name was {beast}. The other was {opposite.other}, and {mate.his} name was {mate}.
        ? "I am {opposite.more} than you," said {beast}. "And I am {opposite.less} than you," said {mate}.
        / "Why are you so {opposite.other}?" asked {beast}. "Why are you so {opposite.one}?" asked {mate}.
        ? "It is better to be {opposite.one}," said {beast}. "No, it is better to be {opposite.other}," said {mate}.
        / Each of them thought, "My way is the best way."
        - {time}, they lost their {colour} {thing} in the forest.
        / {time}, the wind took their {colour} {thing} away.
        - {beast} was too {opposite.one} to get it. But {mate} {opposite.deed}.
        / "Let me try," said {mate}. {mate.He} was {opposite.other}, so {mate.he} {opposite.deed}.
        - On the way home there was new trouble. This time {beast} {opposite.turn}, because {beast.he} was {opposite.one}.
        / Then it was {beast.his} turn to help. {beast} was {opposite.one} and {opposite.turn}.
        ? "Now I see," said {beast}. "You are {opposite.other}, and that is good."
        / "You helped me because you are {opposite.one}," said {mate}. "And I helped you because I am {opposite.other}."
        - One is {opposite.one}, one is {opposite.other}, and together they can do everything.
        / They laughed and were {glad} that they were not the same.
        / From then on, nobody said which was better, {opposite.one} or {opposite.other}.

        # being afraid
        - {hero} was a {trait} {hero.kind} who lived {home}. But {hero.he} was afraid of {fear}.
        / There was only one thing that {hero} did not like. {hero.He} was a {trait} {hero.kind}, but {hero.he} was afraid of {fear}.
        - One night, {hero} (could not sleep|lay awake). {hero.He} held {hero.his} {colour} {thing} tight.
        / One night, {hero.he} hid under a blanket with {hero.his} {colour} {thing}.
        - "What is the matter?" asked {hero.his} {grown}.
        / {hero.His} {grown} came and sat down beside {hero.him}.
        - "I am afraid of {fear}," (whispered|said) {hero}.
        / {hero} pointed with one finger. "I am afraid of {fear}," {hero.he} said.
        - "Everybody is afraid of something," said {hero.his} {grown}. "Give me your hand. We will look together."
        / "When I was small, I was afraid of {fear} too," said {hero.his} {grown}. "Come, I will show you something."
        ? They went step by step. {hero} held the hand of {hero.his} {grown} and looked.
        / {hero} took a deep breath and counted to {a}. Then {hero.he} looked.
        - And what did {hero.he} see? There was nothing bad at all: {fear.truth}.
        / "Oh!" said {hero}. There was nothing to be afraid of: {fear.truth}.
        ? {hero} laughed. "(Is that all|Was that all)?" {hero.he} said.
        / {hero} began to smile, and {hero.his} {grown} smiled too.
        ? "You were brave," said {hero.his} {grown}. "To be brave means to go on when you are afraid."
        / "I am proud of you," said {hero.his} {grown}. "You looked, and now you know."
        - After that, {hero} was not afraid of {fear} any more.
        / That night {hero} slept well.
        / The next time, {hero} told {friend} about it and helped {friend.him} to be brave.

        # a seed that grows
        - {time}, {hero.his} {grown} gave {hero} a small {seed} seed.
        / {hero} found a small {seed} seed {spot}. {time}, {hero.he} showed it to {hero.his} {grown}.
        - "Put it into the earth and give it water," said {hero.his} {grown}. "Then wait."
        / "What shall I do with it?" asked {hero}. "Plant it, water it and be patient," said {hero.his} {grown}.
        - {hero} planted the seed {bed}.
        / {hero.He} took a {colour} pot, filled it with earth and put the seed inside.
        - The next morning {hero.he} ran out to look. There was nothing.
        / Every day {hero} gave it water, but nothing happened.
        ? "It does not grow!" said {hero}. {hero.He} wanted to dig it up.
        / "Maybe it is asleep," said {hero.his} friend {friend}. "Sing it a song!" So {hero} sang.
        ? "Good things need time," said {hero.his} {grown}.
        / "You must wait a little longer," said {hero.his} {grown}. "Sun and rain will help."
        - One day passed, then another. {weather}. Then a tiny green leaf came out!
        / After {a} days {hero} saw something green. "It is growing!" {hero.he} shouted.
        - Spring went by and summer came. In the end there was {seed.grew}.
        / It grew and grew, week after week, until there was {seed.grew}.
        ? {hero} called {friend} to see it, and they were both very {glad}.
        / "I was patient," said {hero}. {hero.He} was very {glad}.
        - {hero} kept one new seed for the next spring.
        / Good things need time.
        / And {hero} gave a new seed to {friend}, so that {friend.he} could plant it too.
        """;
}
