namespace Heed.Data;

/// <summary>Words and kinds of the Chinese stories, in the notation of <see cref="StoryLibrary"/>.</summary>
internal static class ChineseStories
{
    public const string Words = """
        child: name he kind
        小红|她|女孩
        小兰|她|女孩
        小芳|她|女孩
        小雪|她|女孩
        小雨|她|女孩
        丽丽|她|女孩
        朵朵|她|女孩
        圆圆|她|女孩
        婷婷|她|女孩
        莉莉|她|女孩
        安安|她|女孩
        甜甜|她|女孩
        小明|他|男孩
        小军|他|男孩
        小华|他|男孩
        小刚|他|男孩
        大伟|他|男孩
        乐乐|他|男孩
        冬冬|他|男孩
        天天|他|男孩
        强强|他|男孩
        亮亮|他|男孩
        阿宝|他|男孩
        石头|他|男孩
        animal: name one
        小兔|一只小兔
        小熊|一只小熊
        小猫|一只小猫
        小狗|一只小狗
        小猴|一只小猴
        小狐狸|一只小狐狸
        小松鼠|一只小松鼠
        小鸭|一只小鸭
        小羊|一只小羊
        小象|一头小象
        小刺猬|一只小刺猬
        小乌龟|一只小乌龟
        小鹿|一头小鹿
        小老鼠|一只小老鼠
        小青蛙|一只小青蛙
        小猪|一头小猪
        trait: name
        善良
        勇敢
        聪明
        害羞
        快乐
        好奇
        温柔
        活泼
        细心
        可爱
        安静
        home: name
        河边的小房子里
        一个安静的村子里
        森林旁边
        大海边
        绿绿的山坡上
        蓝蓝的湖边
        热闹的小镇上
        一座小农场里
        老磨坊旁边
        开满鲜花的山谷里
        time: name
        一天早上
        一天下午
        有一天
        一个星期天
        一个清晨
        一天上午
        一个星期六
        有一回
        weather: name
        金色的太阳照着大地
        微风轻轻地吹着
        天空又高又蓝
        天上飘着白云
        下着一点儿小雨
        空气又凉爽又新鲜
        小鸟在树上唱歌
        树叶在风里沙沙地响
        colour: name
        红色
        蓝色
        绿色
        黄色
        白色
        紫色
        粉色
        棕色
        thing: name m
        皮球|个
        帽子|顶
        围巾|条
        图画书|本
        玩具车|辆
        布娃娃|个
        小鼓|面
        小熊玩偶|个
        小铃铛|个
        篮子|个
        笛子|支
        风筝|只
        钥匙|把
        小木船|只
        灯笼|个
        书包|个
        spot: name
        旧长椅下面
        大树后面
        池塘旁边
        花园门口
        落叶堆里
        两块石头中间
        高高的草丛里
        门后面
        箱子底下
        小桥下面
        水井旁边
        屋子的角落里
        playground: name
        公园
        花园
        田野
        院子
        集市
        学校
        海滩
        草地
        glad: name
        高兴
        开心
        快活
        欢喜
        praise: name
        善良
        勇敢
        聪明
        细心
        热心
        能干
        grown: name he
        妈妈|她
        爸爸|他
        奶奶|她
        爷爷|他
        姑姑|她
        叔叔|他
        trouble: was help thanks
        陷在深深的泥里|找来一根长绳子，用力把它拉了出来|我终于从泥里出来了
        脚上扎了一根尖刺|轻轻地把刺拔了出来|我的脚不疼了
        搬不动一个很重的箱子|抬起箱子的另一头，和它一起往家搬|箱子搬回家了
        找不到回家的路|提着灯笼，在前面带路|我又回到家了
        刚从河里爬上来，又湿又冷|拿来暖和的毯子和热汤|我又暖和又舒服了
        一点儿吃的也没有了|拿出面包，分给它一半|我不饿了
        够不着高处的坚果|爬上树，把树枝摇了摇|我有过冬的坚果了
        的小车坏在了路上|用一根结实的钉子把轮子修好了|我的小车又能走了
        被困在密密的树丛里|把树枝一根一根地剪断了|我自由了
        的种子撒了一地|拿来扫帚，把种子都扫到了一起|我可以去播种了
        broken: name
        花瓶
        杯子
        盘子
        镜子
        闹钟
        花盆
        大碗
        玻璃窗
        cake: name filling
        苹果蛋糕|苹果
        胡萝卜蛋糕|胡萝卜
        草莓派|草莓
        蜂蜜蛋糕|蜂蜜
        香蕉蛋糕|香蕉
        梨子派|梨子
        樱桃派|樱桃
        南瓜饼|南瓜
        核桃酥|核桃
        红豆糕|红豆
        food: name m
        苹果|个
        梨子|个
        草莓|颗
        核桃|个
        桃子|个
        饼干|块
        萝卜|根
        葡萄|颗
        fruit: name m
        苹果|个
        梨子|个
        鸡蛋|个
        贝壳|个
        石子|颗
        草莓|颗
        鲜花|朵
        纽扣|颗
        核桃|个
        糖果|块
        桃子|个
        羽毛|根
        number: name
        两
        三
        四
        五
        六
        七
        八
        九
        十
        十一
        十二
        opposite: one other deed turn
        大|小|钻进窄窄的洞里，把它拿了出来|把挡路的大树枝搬开了
        快|慢|把每一片叶子都翻开，找到了它|先跑回家，拿来了雨伞
        高|矮|从篱笆下面钻过去，把它拿了回来|伸手打开了高高的门闩
        重|轻|走上细细的树枝，把它取了下来|用身子推开了倒下的树
        吵|静|悄悄走过睡着的大狗，把它拿了回来|大声一喊，就有人来帮忙了
        老|年轻|爬上陡陡的山坡，找到了它|记得回家的路
        nest: name
        大橡树下
        高高的草丛里
        池塘边
        墙边的阴凉里
        软软的草坡上
        水井旁边
        bed: name
        花园里
        花园门口
        池塘边
        屋子后面
        水井旁边
        山脚下
        fear: name truth
        黑夜|只是天黑了，星星还在天上
        打雷|只是云里的声音
        墙上的影子|只是椅子上挂着一件大衣
        窗外的风声|只是树枝在敲窗户
        阁楼上的怪声|只是一只猫在玩毛线球
        空空的走廊|只是一条长长的路，尽头亮着灯
        seed: name grew
        向日葵|一棵高高的、黄黄的向日葵
        南瓜|一个圆圆的大南瓜
        西红柿|满满一架红红的西红柿
        豆子|满满一架绿绿的豆子
        玫瑰|一丛香香的玫瑰
        草莓|一片甜甜的草莓
        萝卜|一排又大又白的萝卜
        西瓜|一个又大又甜的西瓜
        """;

    public const string Shapes = """
        # 失而复得
        - 从前，有一个{trait}的{hero.kind}，名叫{hero}，住在{home}。
        / {hero}是一个{trait}的{hero.kind}，住在{home}。
        / (很久以前|从前)，{home}住着一个{trait}的{hero.kind}，(大家都叫{hero.he}{hero}|名字叫{hero})。
        - {hero.he}有一{thing.m}{colour}的{thing}，(非常喜欢它|走到哪儿都带着它|每天都要玩一会儿)。
        / 在所有的东西里，{hero}最喜欢那{thing.m}{colour}的{thing}。
        / {hero.he}最心爱的东西，是一{thing.m}{colour}的{thing}。
        ? {weather}。
        - {time}，{thing}不见了。
        / {time}，{hero}怎么也找不到那{thing.m}{thing}。
        / 可是{time}，{hero}发现{thing}丢了。
        - {hero.he}跑到{spot2}找，可是那里没有。
        / {hero.he}先看了看{spot2}，什么也没有找到。
        / {hero}急忙跑出去，在{spot2}找来找去，还是没有。
        ? {hero}(心里很难过|急得快要哭了|坐下来，叹了一口气)。
        / 眼泪在{hero.he}的眼睛里打转。
        - “你怎么了？”好朋友{friend}问。“我的{thing}丢了。”{hero}说。
        / {friend}走过来问：“你为什么不高兴？”“我那{thing.m}{colour}的{thing}不见了。”{hero}说。
        ? “别着急，{hero}，”{friend}说，“我们一起去(找|找找看)。”
        / “两个人找，总比一个人找要好。”{friend}笑着说。
        - 两个人先找了{spot3}，又去看{spot}。啊，原来它在这儿！
        / 两个人来到{playground}，看了看{spot3}。最后，{friend}在{spot}找到了{thing}。
        / {friend}看了看{spot}。“找到了！”{friend.he}大声喊，手里举着那{thing.m}{colour}的{thing}。
        - {hero}抱住{friend}，说：“谢谢你！你真是我的好朋友。”
        / “谢谢你，{friend}！”{hero}{glad}得(跳了起来|唱起歌来)。
        - 从那以后，{hero}(总是把{thing}放在固定的地方|再也没有丢过{thing})。
        / 两个人一起玩{thing}，一直玩到(太阳下山|吃晚饭的时候)。
        / 那天晚上，{hero}把{thing}放在枕头边，睡得很香。

        # 帮助朋友
        - 从前，{home}住着{beast.one}。{beast}很{trait}，大家都喜欢它。
        / {beast}住在{home}，它又{trait}又热心，有很多朋友。
        / 森林里有{beast.one}，它的家就在{home}。
        ? {time}，{weather}，{beast}出门去(散步|玩)。
        / {time}，{beast}到(森林里|小河边|山坡上)散步。{weather}。
        - 路上，它听见一个(小小的|难过的|轻轻的)声音：“救命啊！谁来帮帮我？”
        / 忽然，有人喊：“请帮帮我！”
        / “有人吗？”一个声音在叫，“我需要帮忙！”
        - 原来是{mate}，{mate}{trouble}。
        / {beast}跑过去一看，是{mate}。可怜的{mate}{trouble}。
        ? “{mate}，别怕，”{beast}说，“(在这儿等我|你别动)，我来帮你。”
        / {beast}没有走开。“我在这儿呢，{mate}。”它说。
        / “怎么办呢？”{beast}想了想，想出了一个好办法。
        - {beast}{trouble.help}。
        / 不一会儿，{beast}{trouble.help}。
        ? 这件事很不容易，可是{beast}没有放弃。
        / {beast}累得满头大汗，心里却很{glad}。
        - “谢谢你，{beast}！”{mate}说，“{trouble.thanks}。”
        / “{trouble.thanks}，”{mate}说，“你真{praise}！”
        ? {beast}笑着说：“朋友就应该互相帮助。”
        / “如果是我遇到困难，你也会帮我的。”{beast}说。
        - 第二天，{mate}给{beast}送来了一篮子{food}。
        / {mate}拿出一些{food}，两个朋友坐下来一起吃。
        / {mate}一直记着这件事，还给{beast}做了{cake}。
        - 从此，{beast}和{mate}成了最好的朋友。
        / 就这样，{beast}和{mate}成了好朋友。
        / 有困难的时候，才知道谁是真正的朋友。

        # 说实话
        - {hero}是一个{trait}的{hero.kind}，和{grown}一起住在{home}。
        / 从前，{home}住着一个{trait}的{hero.kind}，名叫{hero}。{hero.he}和{grown}住在一起。
        - {time}，{hero}在屋里玩一{thing.m}{colour}的{thing}。
        / {time}，{hero}拿着一{thing.m}{colour}的{thing}，在屋里跑来跑去。
        - “哗啦”一声，{broken}掉下来，碎了。
        / {hero.he}没有看路，把{broken}碰到了地上，摔成了(很多片|小碎片)。
        ? {hero}害怕极了。“{grown}会怎么说呢？”{hero.he}想。
        / {hero.he}的心怦怦直跳，真想把碎片藏起来。
        / {hero.he}先把碎片藏到床底下，可是心里很不舒服。
        ? 不久，{grown}进来了。“是谁打碎了{broken}？”{grown.he}问。
        / {grown}看见了，问：“{broken}怎么了？”
        - {hero}低下了头。“我可以说是(小猫|大风)弄的，”{hero.he}想。可是，那不是真的。
        / {hero}好久没有说话，然后深深地吸了一口气。
        - “是我打碎的，”{hero}说，“对不起。”
        / “是我，”{hero.he}小声说，“我打碎了{broken}，真对不起。”
        - {grown}没有生气，{grown.he}说：“谢谢你对我说实话。”
        / “{broken}碎了，我有点儿难过，”{grown}说，“可是你说了实话，我很高兴。”
        ? 两个人一起把(地扫干净了|碎片收拾好了)。
        / 后来，两个人一片一片地把{broken}粘好了。
        - {hero}觉得心里(轻松|舒服)多了。做人要诚实。
        / {hero}明白了：说实话比说谎好。
        / 从那以后，{hero}再也不在屋里玩{thing}了。

        # 赛跑
        - {beast}跑得很快，它对谁都说自己跑得快。
        / 从前，有{beast.one}，跑起来像风一样快。
        - “谁也没有我快。”{beast}说。{mate}听了，只是笑了笑。
        / 它常常笑话{mate}，因为{mate}走得很慢。
        - {time}，{mate}说：“我们来比赛吧，从{playground}跑到小桥边。”
        / “{beast}，我要和你赛跑，”{time}，{mate}说，“看谁先到小桥边。”
        ? {weather}，动物们都来(看热闹|看比赛)。
        / 动物们站在路的两边。{weather}。
        ? “一、二、三，跑！”猫头鹰喊道。
        / 猫头鹰摇了摇铃，比赛开始了。
        - {beast}一下子就跑得很远，{mate}一步一步地往前走。
        / {beast}很快跑到了前面，{mate}不停地走着。
        - “时间还早呢。”{beast}想，就在{nest}(睡起觉来|躺下来休息)。
        / 路上，{beast}看见一些{food}，就坐在{nest}吃起来，吃着吃着就睡着了。
        - {mate}慢慢地走过来，悄悄地从{beast}身边走了过去。
        / {mate}一步也没有停，走过了{beast}身边，离小桥越来越近。
        - {beast}醒来以后，拼命地跑。可是太晚了，{mate}已经赢了！
        / 等{beast}睁开眼睛，跑到小桥边一看，{mate}早就到了。
        ? “你真了不起，{mate}，”{beast}说，“我再也不笑话你了。”
        / {beast}的脸红了。{mate}说：“这是一场很好的比赛。”
        - 一步一步不停地走，就能走到终点。
        / 从那以后，{beast}再也不笑话走得慢的朋友了。
        / 骄傲的会落后，坚持的会胜利。

        # 做点心
        - {time}，{hero}想给{grown}做{cake}。
        / {hero}是一个{trait}的{hero.kind}，很喜欢做点心。{time}，{hero.he}想做{cake}。
        - “这是{grown}的生日惊喜，”{hero.he}对{friend}说，“你能帮我吗？”“当然可以！”{friend}说。
        / {hero.he}问{friend}：“你想和我一起做吗？”{friend}高兴地(点点头|拍起手来)。
        - 做点心需要面粉、牛奶和{cake.filling}，可是厨房里没有(牛奶|面粉)了。
        / 两个人把面粉、白糖和鸡蛋放在桌上，才发现没有{cake.filling}。
        - 于是两个人(跑|走)到集市上去买。{weather}。
        / “我们去集市上买吧。”{friend}说。路上，{weather}。
        - 回到家，{hero}把东西放进一个{colour}的大碗里，慢慢地搅。
        / 在厨房里，{friend}洗{cake.filling}，{hero}和面。
        ? {hero}的鼻子上沾了面粉，{friend}看着{hero.he}笑了。
        / {friend}不小心打碎了一个鸡蛋，两个人都笑了。
        ? 然后，两个人把它放进热热的烤炉里，等着。
        / {hero}把它放进烤炉，说：“现在要耐心地等一等。”
        - 不一会儿，屋子里到处都是(甜甜的|香香的)味道。
        / 一个小时以后，{cake}变成了金黄色，香极了。
        - {grown}走进来，(不敢相信自己的眼睛|吃了一惊)。“这是给我的吗？”{grown.he}问。
        / “什么东西这么香？”{grown}在门口问。
        ? 两个人把{cake}切成{a}块，大家一起吃。
        / 每个人都吃了一大块，一点儿也没有剩下。
        - “今天真是最好的一天！”{grown}说。{hero}和{friend}都很{glad}。
        / “你们真能干！”{grown}说着，抱住了两个孩子。
        / 和朋友一起分享的东西，吃起来最香。

        # 一起数一数
        - {hero}和{friend}来到{playground}。{weather}。
        / {time}，{hero}在{playground}遇见了{friend}。{weather}。
        ? 两个人要去(找|捡){fruit}，每人提着一个{colour}的篮子。
        / “我们一起找{fruit}吧。”{hero}说。{friend}觉得这个主意很好。
        - {hero}在{spot}找到了{a}{fruit.m}{fruit}。
        / {hero}看了看{spot}，那里有{a}{fruit.m}{fruit}。
        - {friend}在{spot2}找到了{b}{fruit.m}{fruit}。
        / {friend}看了看{spot2}，那里有{b}{fruit.m}{fruit}。
        - “我们一共有多少{fruit.m}？”{hero}问。
        / “我有{a}{fruit.m}，你有{b}{fruit.m}，”{hero}说，“一共是多少呢？”
        - {friend}慢慢地数：“{a}{fruit.m}加{b}{fruit.m}，一共是{sum}{fruit.m}。”
        / 两个人把{fruit}都放在地上数。{a}{fruit.m}{fruit}和{b}{fruit.m}{fruit}，合起来是{sum}{fruit.m}{fruit}。
        ? “{sum}{fruit.m}{fruit}！”{hero}喊道，“真不少啊！”
        / “那么，我们有{sum}{fruit.m}{fruit}。”{hero}{glad}地说。
        - 两个人把{sum}{fruit.m}{fruit}带回家，给{grown}看。
        / 回家的路上，两个人唱着歌，一起提着{sum}{fruit.m}{fruit}。
        ? “你们数得真好！”{grown}说。
        / {grown}又数了一遍，正好是{sum}{fruit.m}，大家都笑了。
        - 和朋友一起数数，真有意思。
        / 这一天，{hero}和{friend}学会了：{a}{fruit.m}加{b}{fruit.m}是{sum}{fruit.m}。

        # 还剩几个
        - {beast}住在{home}。它的{colour}篮子里有{total}{food.m}{food}。
        / 从前，有{beast.one}，它有{total}{food.m}{food}。
        ? 它很{glad}，每天都要数一数。
        / 每天早上，它都要数一遍：一共{total}{food.m}{food}。
        - {time}，{mate}来到它家门口，样子(很难过|很累|饿极了)。
        / {time}，{beast}遇见了{mate}。{mate}一{food.m}{food}也没有。
        - “我没有{food}，”{mate}说，“能给我几{food.m}吗？”
        / “你有那么多{food}，”{mate}说，“我却一{food.m}也没有。”
        ? {beast}想了想：“这些是我的，可是{mate}是我的朋友。”
        / 开始，{beast}舍不得。后来，它看见了{mate}难过的眼睛。
        - 于是，{beast}给了{mate}{part}{food.m}{food}。
        / “来，这{part}{food.m}给你。”{beast}说。
        ? {mate}{glad2}得跳起舞来：“谢谢你，{beast}！”
        / “谢谢你！”{mate}说，“你真是我的好朋友。”
        - {beast}又数了一遍：{total}{food.m}减去{part}{food.m}，还剩{left}{food.m}。
        / 现在，{beast}只有{left}{food.m}{food}了，因为{total}{food.m}减去{part}{food.m}是{left}{food.m}。
        - 可是，{left}{food.m}{food}加上一个朋友，比一个人有{total}{food.m}{food}更好。
        / {beast}还有{left}{food.m}{food}，又多了一个好朋友。
        - 它们坐在{nest}，一起吃了起来。
        / 学会分享，大家都快乐。

        # 各有所长
        - {beast}和{mate}是好朋友，可是它们很不一样：{beast}很{opposite.one}，{mate}很{opposite.other}。
        / 从前，有两个好朋友，一个是{beast}，一个是{mate}。{beast}很{opposite.one}，{mate}很{opposite.other}。
        ? “我比你{opposite.one}。”{beast}说。“我比你{opposite.other}。”{mate}说。
        / “你为什么这么{opposite.other}？”{beast}问。“你为什么这么{opposite.one}？”{mate}问。
        ? “还是{opposite.one}一点儿好。”{beast}说。“不，还是{opposite.other}一点儿好。”{mate}说。
        / 它们都觉得自己比对方好。
        - {time}，它们的{thing}丢在了森林里。
        / {time}，大风把它们那{thing.m}{colour}的{thing}吹走了。
        - {beast}太{opposite.one}了，没有办法。{mate}却{opposite.deed}。
        / “让我来吧。”{mate}说。它很{opposite.other}，所以{opposite.deed}。
        - 回家的路上又遇到了麻烦。这一次，{beast}{opposite.turn}，因为它很{opposite.one}。
        / 接着，轮到{beast}帮忙了。它很{opposite.one}，{opposite.turn}。
        ? “我明白了，”{beast}说，“你{opposite.other}，也有{opposite.other}的好处。”
        / “你很{opposite.one}，帮了我，”{mate}说，“我很{opposite.other}，也帮了你。”
        - 一个{opposite.one}，一个{opposite.other}，合在一起，什么事都能做好。
        / 它们都笑了，觉得不一样也很好。
        / 从那以后，它们再也不争{opposite.one}好还是{opposite.other}好了。

        # 不再害怕
        - {hero}是一个{trait}的{hero.kind}，住在{home}。可是，{hero.he}害怕{fear}。
        / {hero}是一个{trait}的{hero.kind}，{hero.he}什么都不怕，就怕{fear}。
        - 一天夜里，{hero}(怎么也睡不着|翻来覆去睡不着)，紧紧地抱着那{thing.m}{colour}的{thing}。
        / 一天夜里，{hero.he}躲在毯子下面，抱着那{thing.m}{colour}的{thing}。
        - “你怎么了？”{grown}问。
        / {grown}走过来，坐在{hero.he}身边。
        - “我害怕{fear}。”{hero}(小声|轻轻地)说。
        / {hero}用手指了指，说：“我害怕{fear}。”
        - “每个人都有害怕的东西，”{grown}说，“把手给我，我们一起去看看。”
        / “我小时候也害怕{fear}，”{grown}说，“来，我带你去看看。”
        ? 两个人一步一步地走过去。{hero}拉着{grown}的手，睁大了眼睛。
        / {hero}深深地吸了一口气，数了{a}下，才睁开眼睛看。
        - {hero.he}看见了什么呢？根本没有可怕的东西，{fear.truth}。
        / “啊！”{hero}说。原来没什么可怕的，{fear.truth}。
        ? {hero}笑了：“原来是这样啊！”
        / {hero}慢慢地笑了，{grown}也笑了。
        ? “你真勇敢，”{grown}说，“勇敢就是心里害怕，也能往前走。”
        / “我为你骄傲，”{grown}说，“你自己去看了，现在你知道了。”
        - 从那以后，{hero}再也不害怕{fear}了。
        / 那天晚上，{hero}睡得很香。
        / 后来，{hero}把这件事讲给{friend}听，让{friend.he}也变得勇敢起来。

        # 种子发芽
        - {time}，{grown}给了{hero}一颗小小的{seed}种子。
        / {hero}在{spot}找到了一颗小小的{seed}种子。{time}，{hero.he}把它拿给{grown}看。
        - “把它种到土里，给它浇水，”{grown}说，“然后耐心地等。”
        / “我该怎么办呢？”{hero}问。“把它种下去，给它浇水，要有耐心。”{grown}说。
        - {hero}把种子种在{bed}。
        / {hero.he}拿来一个{colour}的花盆，装满土，把种子埋了进去。
        - 第二天早上，{hero.he}跑出去看，什么也没有。
        / {hero}每天都给它浇水，可是一点儿动静也没有。
        ? “它不长啊！”{hero}说。{hero.he}真想把它挖出来看看。
        / “也许它睡着了，”好朋友{friend}说，“给它唱首歌吧！”于是，{hero}唱起歌来。
        ? “好东西都需要时间。”{grown}说。
        / “再等一等，”{grown}说，“太阳和雨水会帮助它的。”
        - 过了一天，又过了一天。{weather}。忽然，一片小小的绿叶钻出来了！
        / 过了{a}天，{hero}看见了一点儿绿色。“它发芽了！”{hero.he}大声喊。
        - 春天过去了，夏天来了，那里长出了{seed.grew}。
        / 它长啊长，一个星期又一个星期，最后长出了{seed.grew}。
        ? {hero}叫{friend}来看，两个人都很{glad}。
        / “我等到了！”{hero}{glad}地说。
        - {hero}留下一颗新的种子，等明年春天再种。
        / 好东西都需要时间，也需要耐心。
        / {hero}还送给{friend}一颗新的种子，让{friend.he}也种下去。
        """;
}
