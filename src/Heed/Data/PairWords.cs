namespace Heed.Data;

/// <summary>The tables behind <see cref="PairLexicon"/>: a line that ends with a colon names a table, the others are its entries.</summary>
internal static class PairWords
{
    /// <summary>english|plural|chinese|measure word; a mass ("-") and a plural ("=") also say what English counts: portion|portions.</summary>
    public const string Nouns = """
        noun job:
        teacher|teachers|老师|个
        student|students|学生|个
        doctor|doctors|医生|个
        nurse|nurses|护士|个
        farmer|farmers|农民|个
        cook|cooks|厨师|个
        driver|drivers|司机|个
        singer|singers|歌手|个
        writer|writers|作家|个
        painter|painters|画家|个
        worker|workers|工人|个
        police officer|police officers|警察|个
        noun human:
        boy|boys|男孩|个
        girl|girls|女孩|个
        man|men|男人|个
        woman|women|女人|个
        child|children|孩子|个
        noun friend:
        friend|friends|朋友|个
        neighbour|neighbours|邻居|个
        classmate|classmates|同学|个
        noun animal:
        cat|cats|猫|只
        dog|dogs|狗|只
        bird|birds|鸟|只
        rabbit|rabbits|兔子|只
        duck|ducks|鸭子|只
        monkey|monkeys|猴子|只
        tiger|tigers|老虎|只
        panda|pandas|熊猫|只
        mouse|mice|老鼠|只
        sheep|sheep|羊|只
        bear|bears|熊|只
        horse|horses|马|匹
        cow|cows|牛|头
        pig|pigs|猪|头
        fish|fish|鱼|条
        snake|snakes|蛇|条
        noun fruit:
        apple|apples|苹果|个
        orange|oranges|橙子|个
        pear|pears|梨|个
        peach|peaches|桃子|个
        egg|eggs|鸡蛋|个
        cake|cakes|蛋糕|个
        tomato|tomatoes|西红柿|个
        potato|potatoes|土豆|个
        dumpling|dumplings|饺子|个
        banana|bananas|香蕉|根
        carrot|carrots|胡萝卜|根
        noun dish:
        rice|-|米饭|碗|bowl|bowls
        noodles|=|面条|碗|bowl|bowls
        bread|-|面包|块|piece|pieces
        meat|-|肉|块|piece|pieces
        chocolate|-|巧克力|块|piece|pieces
        noun drink:
        water|-|水|杯|glass|glasses
        milk|-|牛奶|杯|glass|glasses
        juice|-|果汁|杯|glass|glasses
        tea|-|茶|杯|cup|cups
        coffee|-|咖啡|杯|cup|cups
        soup|-|汤|碗|bowl|bowls
        noun reading:
        book|books|书|本
        magazine|magazines|杂志|本
        newspaper|newspapers|报纸|份
        letter|letters|信|封
        story|stories|故事|个
        poem|poems|诗|首
        noun writing:
        letter|letters|信|封
        story|stories|故事|个
        poem|poems|诗|首
        noun clothes:
        shirt|shirts|衬衫|件
        sweater|sweaters|毛衣|件
        jacket|jackets|外套|件
        dress|dresses|裙子|条
        trousers|=|裤子|条|pair|pairs
        shoes|=|鞋子|双|pair|pairs
        socks|=|袜子|双|pair|pairs
        noun headwear:
        hat|hats|帽子|顶
        scarf|scarves|围巾|条
        glasses|=|眼镜|副|pair|pairs
        gloves|=|手套|双|pair|pairs
        noun thing:
        chair|chairs|椅子|把
        lamp|lamps|灯|盏
        box|boxes|盒子|个
        bag|bags|包|个
        cup|cups|杯子|个
        bottle|bottles|瓶子|个
        key|keys|钥匙|把
        umbrella|umbrellas|雨伞|把
        pen|pens|笔|支
        knife|knives|刀|把
        map|maps|地图|张
        picture|pictures|画|幅
        phone|phones|手机|部
        computer|computers|电脑|台
        camera|cameras|相机|台
        ball|balls|球|个
        toy|toys|玩具|个
        noun belonging:
        bag|bags|包|个
        key|keys|钥匙|把
        umbrella|umbrellas|雨伞|把
        pen|pens|笔|支
        map|maps|地图|张
        phone|phones|手机|部
        camera|cameras|相机|台
        ball|balls|球|个
        toy|toys|玩具|个
        noun plant:
        flower|flowers|花|朵
        tree|trees|树|棵
        noun vehicle:
        car|cars|汽车|辆
        bicycle|bicycles|自行车|辆
        noun room:
        kitchen|kitchens|厨房|个
        room|rooms|房间|个
        classroom|classrooms|教室|间
        noun openable:
        door|doors|门|扇
        window|windows|窗户|扇
        noun place:
        park|parks|公园|个
        school|schools|学校|所
        shop|shops|商店|家
        city|cities|城市|座
        house|houses|房子|座
        restaurant|restaurants|饭馆|家
        pronouns:
        I|me|my|我|First
        you|you|your|你|Plural
        he|him|his|他|Third
        she|her|her|她|Third
        we|us|our|我们|Plural
        they|them|their|他们|Plural
        names:
        Tom|汤姆|he
        Peter|彼得|he
        David|大卫|he
        Jack|杰克|he
        Xiaoming|小明|he
        Mary|玛丽|she
        Anna|安娜|she
        Lucy|露西|she
        Lily|莉莉|she
        Xiaohong|小红|she
        family:
        mother|妈妈|she
        father|爸爸|he
        big brother|哥哥|he
        little brother|弟弟|he
        big sister|姐姐|she
        little sister|妹妹|she
        grandmother|奶奶|she
        grandfather|爷爷|he
        uncle|叔叔|he
        aunt|阿姨|she
        """;

    /// <summary>key|english|comparative|chinese|before a noun; a colour has no comparative.</summary>
    public const string Adjectives = """
        adjectives:
        big|big|bigger|大|大
        small|small|smaller|小|小
        new|new|newer|新|新
        worn|old|older|旧|旧
        aged|old|older|老|老
        young|young|younger|年轻|年轻的
        tall|tall|taller|高|高高的
        long|long|longer|长|长
        fast|fast|faster|快|快
        strong|strong|stronger|强壮|强壮的
        heavy|heavy|heavier|重|重
        light|light|lighter|轻|轻
        cheap|cheap|cheaper|便宜|便宜的
        expensive|expensive|more expensive|贵|昂贵的
        beautiful|beautiful|more beautiful|漂亮|漂亮的
        cute|cute|cuter|可爱|可爱的
        clever|clever|cleverer|聪明|聪明的
        kind|kind|kinder|善良|善良的
        famous|famous|more famous|出名|出名的
        happy|happy|happier|高兴|快乐的
        sad|sad|sadder|难过|难过的
        angry|angry|angrier|生气|生气的
        tired|tired|more tired|累|很累的
        busy|busy|busier|忙|很忙的
        hungry|hungry|hungrier|饿|很饿的
        thirsty|thirsty|thirstier|渴|很渴的
        delicious|delicious|more delicious|好吃|好吃的
        fresh|fresh|fresher|新鲜|新鲜的
        sweet|sweet|sweeter|甜|甜甜的
        hot|hot|hotter|热|热
        cold|cold|colder|冷|冷
        interesting|interesting|more interesting|有趣|有趣的
        boring|boring|more boring|无聊|无聊的
        easy|easy|easier|容易|容易的
        difficult|difficult|more difficult|难|很难的
        clean|clean|cleaner|干净|干净的
        dirty|dirty|dirtier|脏|脏
        quiet|quiet|quieter|安静|安静的
        red|red||红|红色的
        blue|blue||蓝|蓝色的
        green|green||绿|绿色的
        yellow|yellow||黄|黄色的
        black|black||黑|黑色的
        white|white||白|白色的
        predicates:
        person|happy sad angry tired busy hungry thirsty clever kind young tall famous
        animal|big small cute clever fast strong hungry tired black white
        fruit|big small delicious fresh sweet expensive cheap
        dish|delicious expensive cheap
        drink|hot cold sweet expensive cheap
        reading|interesting boring long easy difficult
        clothes|new worn beautiful expensive cheap clean dirty long red blue green yellow black white
        headwear|new worn beautiful expensive cheap clean dirty red blue green yellow black white
        thing|new worn big small expensive cheap heavy light clean dirty red blue green yellow black white
        plant|big small beautiful tall
        vehicle|new worn big small expensive cheap fast clean dirty red blue green yellow black white
        room|big small clean dirty quiet
        openable|big small clean dirty new worn
        place|big small beautiful clean quiet new
        attributes:
        job|kind young famous clever
        human|clever kind happy
        friend|new aged kind
        animal|big small cute beautiful black white
        fruit|big small delicious fresh
        dish|delicious
        drink|hot cold
        reading|interesting boring
        clothes|new worn beautiful expensive cheap red blue green yellow black white
        headwear|new worn beautiful expensive cheap red blue green yellow black white
        thing|new worn big small expensive cheap red blue green yellow black white
        belonging|new worn small red blue green yellow black white
        plant|big small beautiful
        vehicle|new worn expensive cheap red blue green yellow black white
        room|big small clean
        place|big small beautiful quiet
        comparables:
        person|tall young clever busy kind famous tired happy
        animal|big small fast strong cute clever
        fruit|big small sweet fresh delicious expensive cheap
        dish|delicious expensive cheap
        drink|hot cold sweet expensive cheap
        reading|interesting boring long easy difficult
        clothes|new worn beautiful expensive cheap clean dirty long
        headwear|new worn beautiful expensive cheap clean dirty
        thing|new worn big small expensive cheap heavy light
        vehicle|new worn big small expensive cheap fast
        place|big small beautiful clean quiet
        """;

    /// <summary>base third ing past|what follows it|chinese|complement|sorts of objects|lists of places|aspects: Now Past Future Habit Want Like Can Should.</summary>
    public const string Verbs = """
        verb person:
        eat eats eating ate||吃||fruit dish|home outside eatery|NPFHWLS
        drink drinks drinking drank||喝||drink|home outside eatery|NPFHWLS
        buy buys buying bought||买||fruit dish drink reading clothes headwear thing|market|NPFHWLS
        buy buys buying bought||买||vehicle||PFWS
        sell sells selling sold||卖||fruit reading clothes headwear thing vehicle|market|H
        read reads reading read||读||reading|home outside town|NPFHWLS
        write writes writing wrote||写||writing|home town|NPFHWLS
        draw draws drawing drew||画||animal plant fruit|home outside town|NPFHWLC
        see sees seeing saw||看见||animal human plant|outside town|P
        wash washes washing washed||洗||clothes fruit vehicle|home|NPFHWS
        wear wears wearing wore||穿||clothes||PFHWLS
        wear wears wearing wore||戴||headwear||PFHWLS
        find finds finding found||找到||belonging headwear|home outside town|P
        lose loses losing lost||丢||belonging headwear|outside town market|P
        clean cleans cleaning cleaned||打扫||room||NPFHWS
        open opens opening opened||打开||openable||PFS
        close closes closing closed||关上||openable||PFS
        like likes liking liked||喜欢||animal fruit dish drink plant||H
        need needs needing needed||需要||thing clothes headwear||H
        help helps helping helped||帮助||human friend kin|home outside town|NPFHWLS
        visit visits visiting visited||看望||friend kin||PFWS
        verb activity:
        swim swims swimming swam||游|泳||water|NPFHWLC
        dance dances dancing danced||跳|舞||home outside|NPFHWLC
        sing sings singing sang||唱|歌||home outside town|NPFHWLC
        run runs running ran||跑|步||outside|NPFHWLS
        sleep sleeps sleeping slept||睡|觉||home|NPFHWLS
        work works working worked||工作|||town city|NPFHWLS
        study studies studying studied||学习|||home town city|NPFHWLS
        rest rests resting rested||休息|||home outside|NPFHWLS
        cook cooks cooking cooked||做|饭||home|NPFHWLCS
        play plays playing played|football|踢|足球||outside|NPFHWLC
        play plays playing played|basketball|打|篮球||outside|NPFHWLC
        play plays playing played|the piano|弹|钢琴||home town|NPFHWLC
        play plays playing played|the guitar|弹|吉他||home outside|NPFHWLC
        play plays playing played|chess|下|棋||home outside|NPFHWLC
        watch watches watching watched|television|看|电视||home|NPFHWL
        watch watches watching watched|a film|看|电影||home city|NPFWL
        listen listens listening listened|to music|听|音乐||home outside|NPFHWLS
        have has having had|breakfast|吃|早饭||home eatery|NPFHWS
        have has having had|lunch|吃|午饭||home eatery|NPFHWS
        have has having had|dinner|吃|晚饭||home eatery|NPFHWS
        do does doing did|homework|做|作业||home town|NPFHS
        learn learns learning learned|English|学|英语||home town city|NPFHWLS
        learn learns learning learned|Chinese|学|中文||home town city|NPFHWLS
        speak speaks speaking spoke|English|说|英语||town|FHLCS
        speak speaks speaking spoke|Chinese|说|中文||town|FHLCS
        ride rides riding rode|a horse|骑|马||outside|NPFHWLC
        drive drives driving drove||开|车||city|NPFHWLC
        take takes taking took|photos|拍|照||outside city|NPFHWLC
        verb animal:
        sleep sleeps sleeping slept||睡|觉||spot outside|NPFHL
        play plays playing played||玩|||outside|NPFHL
        jump jumps jumping jumped||跳|||outside|NP
        run runs running ran||跑|||outside|NP
        swim swims swimming swam||游|泳||water|NPFHLC
        verb feeding:
        eat eats eating ate||吃||fruit|outside spot|NPFHL
        verb travel:
        go goes going went||去||||PFHWLS
        verb giving:
        give gives giving gave||给||fruit reading clothes headwear thing||PFW
        verb living:
        live lives living lived||住在||||H
        """;

    /// <summary>english|chinese</summary>
    public const string Phrases = """
        phrase home:
        at home|家
        in the kitchen|厨房里
        in the living room|客厅里
        in the bedroom|卧室里
        phrase outside:
        in the park|公园里
        in the garden|花园里
        in the yard|院子里
        in the forest|森林里
        by the river|河边
        at the beach|海边
        phrase water:
        in the river|河里
        in the lake|湖里
        in the sea|海里
        phrase town:
        at school|学校
        in the library|图书馆里
        in the office|办公室里
        in the classroom|教室里
        at the hospital|医院
        at the station|车站
        phrase eatery:
        in the restaurant|饭馆里
        in the hotel|酒店里
        on the train|火车上
        phrase market:
        at the market|市场
        in the shop|商店里
        in the supermarket|超市里
        phrase city:
        in Beijing|北京
        in Shanghai|上海
        in London|伦敦
        in Paris|巴黎
        in China|中国
        in England|英国
        phrase destination:
        to school|学校
        to the park|公园
        to the library|图书馆
        to the hospital|医院
        to the market|市场
        to the station|车站
        to the beach|海边
        to the supermarket|超市
        to Beijing|北京
        to Shanghai|上海
        to London|伦敦
        to Paris|巴黎
        phrase spot:
        under the table|桌子下面
        under the bed|床下面
        behind the door|门后面
        on the chair|椅子上
        on the bed|床上
        in the box|盒子里
        in the room|房间里
        next to the window|窗户旁边
        under the tree|树下面
        phrase top:
        on the table|桌子上
        on the desk|书桌上
        in the bag|包里
        in the cupboard|柜子里
        phrase means:
        by train|坐火车
        by bus|坐公共汽车
        by plane|坐飞机
        by taxi|坐出租车
        by bicycle|骑自行车
        on foot|走路
        phrase past:
        yesterday|昨天
        this morning|今天早上
        yesterday evening|昨天晚上
        last week|上个星期
        last month|上个月
        last year|去年
        last Monday|上个星期一
        last Friday|上个星期五
        last Sunday|上个星期天
        phrase future:
        tomorrow|明天
        tomorrow morning|明天早上
        tonight|今天晚上
        next week|下个星期
        next month|下个月
        next year|明年
        next Tuesday|下个星期二
        next Wednesday|下个星期三
        next Saturday|下个星期六
        phrase habit:
        every day|每天
        every morning|每天早上
        every afternoon|每天下午
        every evening|每天晚上
        every week|每个星期
        in summer|夏天
        in winter|冬天
        phrase frequency:
        always|总是
        often|常常
        usually|通常
        sometimes|有时候
        phrase day:
        Monday|星期一
        Tuesday|星期二
        Wednesday|星期三
        Thursday|星期四
        Friday|星期五
        Saturday|星期六
        Sunday|星期天
        phrase calendar:
        today is {0}|今天是{0}
        tomorrow is {0}|明天是{0}
        yesterday was {0}|昨天是{0}
        today is not {0}|今天不是{0}
        phrase condition:
        it rains tomorrow|明天下雨
        it snows tomorrow|明天下雪
        it is very cold tomorrow|明天很冷
        it is very hot tomorrow|明天很热
        the weather is good tomorrow|明天天气好
        phrase weather:
        it is very cold in {0} today|{0}今天很冷
        it is very hot in {0} today|{0}今天很热
        it is raining in {0} now|{0}现在正在下雨
        it is snowing in {0} now|{0}现在正在下雪
        it rained in {0} yesterday|{0}昨天下雨了
        it snowed in {0} yesterday|{0}昨天下雪了
        it did not rain in {0} yesterday|{0}昨天没有下雨
        it will rain in {0} tomorrow|{0}明天会下雨
        it will snow in {0} tomorrow|{0}明天会下雪
        it will not rain in {0} tomorrow|{0}明天不会下雨
        the weather in {0} is very good today|{0}今天天气很好
        phrase town name:
        Beijing|北京
        Shanghai|上海
        London|伦敦
        Paris|巴黎
        """;
}
