namespace Heed.Data;

/// <summary>The tables behind <see cref="MoodSentences"/>: for each mood what happens and what one then does; {name}, {he}, {his} are somebody.</summary>
internal static class MoodWords
{
    /// <summary>A line that ends with a colon names a mood; "- " begins what happens, "+ " what one does.</summary>
    public const string English = """
        happy:
        - {name} won the race
        - {name} found {his} lost dog
        - {name} got a new bicycle for {his} birthday
        - {name}'s best friend came back from far away
        - {name} heard that the exam went well
        - {name} baked a cake and everybody liked it
        - {name} was allowed to stay up late with {his} cousins
        - {name}'s team scored in the last minute
        - {name} saw the sea for the first time
        - {name} learned to swim at last
        - {name} was chosen for the school play
        - {name}'s grandmother got well again
        + {he} danced around the room
        + {he} could not stop smiling
        + {he} laughed out loud
        + {he} sang all the way home
        + {he} hugged everybody
        + {he} jumped up and clapped
        + {he} whistled a merry tune
        + {his} eyes were shining
        sad:
        - {name} lost the race
        - {name}'s dog ran away and did not come back
        - {name} got nothing for {his} birthday
        - {name}'s best friend moved far away
        - {name} heard that the exam went badly
        - {name} baked a cake and nobody ate it
        - {name} had to say goodbye to {his} cousins
        - {name}'s team lost in the last minute
        - {name} saw that the old tree was dead
        - {name} was too ill to swim
        - {name} was not chosen for the school play
        - {name}'s grandmother had to go to hospital
        + {he} cried in {his} room
        + {he} could not stop the tears
        + {he} sat alone for a long time
        + {he} walked home without a word
        + {he} wept into {his} pillow
        + {he} looked at the floor and sighed
        + {he} did not want to eat
        + {his} eyes were full of tears
        angry:
        - somebody cheated {name} in the race
        - a neighbour kicked {name}'s dog
        - somebody stole {name}'s new bicycle
        - {name}'s best friend told a lie about it
        - {name} was blamed for what others did
        - {name}'s brother threw the cake on the floor on purpose
        - {name}'s cousins broke {his} toys and laughed
        - the other team insulted {name}'s team
        - somebody painted on {name}'s door again
        - {name} was pushed into the water on purpose
        - somebody tore {name}'s picture to pieces
        - the neighbours were rude to {name}'s grandmother
        + {he} stamped {his} foot
        + {he} could not stop shouting
        + {he} slammed the door
        + {he} threw {his} bag on the ground
        + {he} clenched {his} fists
        + {he} yelled at everybody
        + {he} demanded an apology
        + {his} face was red with rage
        afraid:
        - {name} heard footsteps behind the race track at night
        - a huge dog growled at {name}
        - {name}'s bicycle had no brakes on the steep hill
        - {name} was lost in the dark forest
        - {name} woke up from a nightmare
        - {name} smelled smoke in the kitchen
        - {name}'s cousins left {him} alone in the old cellar
        - lightning struck close to {name}'s team
        - {name} saw a shadow at the window
        - {name} was in deep water and could not swim
        - {name} had to stand on the high tower
        - {name} heard a strange noise under the bed
        + {he} hid under the blanket
        + {he} could not stop trembling
        + {he} screamed for help
        + {he} ran as fast as {he} could
        + {he} did not dare to move
        + {he} held {his} breath
        + {he} turned pale
        + {his} knees were shaking
        """;

    /// <summary>The same moods in Chinese.</summary>
    public const string Chinese = """
        happy:
        - {name}赢了比赛
        - {name}找到了丢失的小狗
        - {name}过生日收到了一辆新自行车
        - {name}最好的朋友从远方回来了
        - {name}听说自己考得很好
        - {name}做的蛋糕大家都喜欢
        - {name}的球队在最后一分钟进了球
        - {name}第一次看见了大海
        - {name}终于学会了游泳
        - {name}的奶奶病好了
        + {he}跳起舞来
        + {he}笑个不停
        + {he}哈哈大笑
        + {he}一路唱着歌回家
        + {he}高高地跳起来拍手
        + {he}的眼睛闪闪发光
        + {he}拥抱了每一个人
        + {he}吹起了口哨
        sad:
        - {name}输了比赛
        - {name}的小狗跑丢了，再也没有回来
        - {name}过生日什么也没收到
        - {name}最好的朋友搬到远方去了
        - {name}听说自己考得很差
        - {name}做的蛋糕没有人吃
        - {name}的球队在最后一分钟输了球
        - {name}看见老树枯死了
        - {name}病得不能去游泳
        - {name}的奶奶住院了
        + {he}在房间里哭了
        + {he}的眼泪流个不停
        + {he}一个人坐了很久
        + {he}一句话也不说就回家了
        + {he}低着头叹气
        + {he}的眼睛里都是泪水
        + {he}什么也不想吃
        + {he}趴在枕头上哭
        angry:
        - 比赛的时候有人欺骗了{name}
        - 邻居踢了{name}的小狗
        - 有人偷了{name}的新自行车
        - {name}最好的朋友说了{he}的坏话
        - 别人做错了事，却怪{name}
        - 弟弟故意把{name}的蛋糕扔在地上
        - 对方球队骂了{name}的球队
        - 又有人在{name}的门上乱画
        - 有人故意把{name}推到水里
        - 邻居对{name}的奶奶很不礼貌
        + {he}气得直跺脚
        + {he}大喊大叫
        + {he}用力把门关上
        + {he}把书包摔在地上
        + {he}握紧了拳头
        + {he}的脸气得通红
        + {he}要那个人道歉
        + {he}对着大家大吼
        afraid:
        - {name}夜里听见身后有脚步声
        - 一只大狗对着{name}吼叫
        - {name}的自行车下坡时刹不住了
        - {name}在黑暗的森林里迷路了
        - {name}从噩梦里醒来
        - {name}闻到厨房里有烟味
        - 闪电打在{name}的球队旁边
        - {name}看见窗外有一个黑影
        - {name}掉进深水里，又不会游泳
        - {name}听见床下有奇怪的声音
        + {he}躲进被子里
        + {he}抖个不停
        + {he}大声喊救命
        + {he}拼命地跑
        + {he}一动也不敢动
        + {he}的脸吓得发白
        + {he}的腿一直在发抖
        + {he}吓得不敢喘气
        """;
}
