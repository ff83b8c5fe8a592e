namespace Heed.Data;

/// <summary>What the Chinese masked-word sentences say, in the notation of <see cref="FactLibrary"/>.</summary>
internal static class ChineseFacts
{
    public const string Text = """
        # capital: country city
        法国|巴黎
        中国|北京
        日本|东京
        意大利|罗马
        西班牙|马德里
        德国|柏林
        俄罗斯|莫斯科
        英国|伦敦
        希腊|雅典
        埃及|开罗
        波兰|华沙
        韩国|首尔
        泰国|曼谷
        越南|河内
        挪威|奥斯陆
        - [{country}]的[首都]是[{city}]。
        - [{city}]是[{country}]的[首都]。
        - 在[{country}]，[首都]叫[{city}]。
        - {name}去了[{country}]的[首都][{city}]。
        - {name}住在[{country}]，离[首都][{city}]很近。
        # language: country speech
        法国|法语
        中国|汉语
        日本|日语
        意大利|意大利语
        西班牙|西班牙语
        德国|德语
        俄罗斯|俄语
        英国|英语
        希腊|希腊语
        波兰|波兰语
        韩国|韩语
        泰国|泰语
        越南|越南语
        挪威|挪威语
        - [{country}]人说[{speech}]。
        - 在[{country}]，大家都说[{speech}]。
        - {name}学[{speech}]，因为{he}要去[{country}]。
        - 这本书是从[{country}]来的，用[{speech}]写成。
        - 要和[{country}]的朋友聊天，就得学[{speech}]。
        # sound: animal says
        狗|汪汪
        猫|喵喵
        鸭子|嘎嘎
        羊|咩咩
        牛|哞哞
        青蛙|呱呱
        蜜蜂|嗡嗡
        老鼠|吱吱
        母鸡|咯咯
        小鸟|叽叽喳喳
        - [{animal}][{says}]地叫。
        - {name}听见[{animal}][{says}]叫。
        - 什么动物[{says}]叫？是[{animal}]。
        - 如果它[{says}]叫，它就是[{animal}]。
        - 院子里的[{animal}]又在[{says}]叫了。
        # food: animal food
        牛|草
        猫|鱼
        狗|骨头
        兔子|萝卜
        猴子|香蕉
        熊猫|竹子
        鸡|米
        老虎|肉
        蚕|桑叶
        蜜蜂|花蜜
        松鼠|松子
        - [{animal}]最爱吃[{food}]。
        - {name}拿[{food}]给[{animal}]吃。
        - 喜欢吃[{food}]的动物是[{animal}]。
        - [{animal}]饿了，要吃[{food}]。
        - 有[{food}]吃，[{animal}]就很高兴。
        # opposite both ways: one other
        大|小
        高|低
        冷|热
        新|旧
        快|慢
        好|坏
        长|短
        轻|重
        黑|白
        远|近
        多|少
        早|晚
        胖|瘦
        干|湿
        甜|苦
        贵|便宜
        强|弱
        硬|软
        - [{one}]的反义词是[{other}]。
        - [{one}]和[{other}]是一对[反]义词。
        - 它不[{one}]，它很[{other}]。
        - 一个[{one}]，另一个[{other}]。
        - {name}要[{one}]的，不要[{other}]的。
        # colour: thing colour
        草|绿
        雪|白
        煤|黑
        血|红
        牛奶|白
        天空|蓝
        太阳|红
        大海|蓝
        黑夜|黑
        柠檬|黄
        西红柿|红
        香蕉|黄
        青蛙|绿
        草莓|红
        乌鸦|黑
        黄瓜|绿
        盐|白
        树叶|绿
        天鹅|白
        金子|黄
        葡萄|紫
        茄子|紫
        - {thing}是[{colour}]色的。
        - {thing}是什么颜色？是[{colour}]色。
        - {name}画{thing}，要用[{colour}]色的笔。
        - {thing}的颜色是[{colour}]色。
        - {name}的帽子是[{colour}]色的，像{thing}一样。
        # weekday: first next
        星期一|星期二
        星期二|星期三
        星期三|星期四
        星期四|星期五
        星期五|星期六
        星期六|星期天
        星期天|星期一
        - [{first}]的后一天是[{next}]。
        - [{next}]在[{first}]的后面。
        - 今天是[{first}]，[明]天是[{next}]。
        - 昨天是[{first}]，[今]天是[{next}]。
        - [{next}]的前一天是[{first}]。
        # month: first next
        一月|二月
        二月|三月
        三月|四月
        四月|五月
        五月|六月
        六月|七月
        七月|八月
        八月|九月
        九月|十月
        十月|十一月
        十一月|十二月
        十二月|一月
        - [{first}]的后一个月是[{next}]。
        - [{next}]在[{first}]的后面。
        - 这个月是[{first}]，[下]个月是[{next}]。
        - 上个月是[{first}]，[这]个月是[{next}]。
        - [{next}]的前一个月是[{first}]。
        # season: first next
        春天|夏天
        夏天|秋天
        秋天|冬天
        冬天|春天
        - [{first}]过去了，[{next}]就来了。
        - [{first}]的后面是[{next}]。
        - 现在是[{first}]，下一个季节是[{next}]。
        - {name}等[{first}]过完，等[{next}]到来。
        # sum: a b c
        - [{a}]加[{b}]等于[{c}]。
        - [{c}]减[{b}]等于[{a}]。
        - [{a}]和[{b}]的和是[{c}]。
        - {name}算出来了，[{a}]再加上[{b}]就是[{c}]。
        - 从[{c}]里拿走[{b}]，还剩[{a}]。
        # work: job place
        老师|学校
        医生|医院
        农民|田
        厨师|厨房
        司机|汽车
        演员|剧院
        服务员|饭馆
        售货员|商店
        水手|船
        法官|法院
        园丁|花园
        工人|工厂
        飞行员|飞机
        科学家|实验室
        图书管理员|图书馆
        - {name}是[{job}]，在[{place}]里工作。
        - [{job}]在[{place}]里工作。
        - [{job}]每天早上到[{place}]去。
        - {name}在[{place}]里工作，因为{he}是[{job}]。
        - 在[{place}]里可以找到[{job}]。
        # tool: tool act
        钥匙|开门
        笔|写字
        刀|切菜
        扫帚|扫地
        锤子|钉钉子
        勺子|喝汤
        针|缝衣服
        相机|拍照
        钟|看时间
        毛巾|擦脸
        地图|找路
        雨伞|挡雨
        梯子|爬上屋顶
        剪刀|剪纸
        斧头|砍树
        锅|煮饭
        - {name}用[{tool}]{act}。
        - 要{act}，就需要[{tool}]。
        - [{tool}]可以用来{act}。
        - {name}想{act}，可是找不到[{tool}]。
        - 没有[{tool}]，怎么{act}呢？
        # sense: part does
        眼睛|看东西
        耳朵|听声音
        鼻子|闻味道
        舌头|尝味道
        牙齿|咬苹果
        腿|走路
        手|拿东西
        脑子|想问题
        - 我们用[{part}]{does}。
        - {name}用{his}[{part}]{does}。
        - [{part}]是用来{does}的。
        - 没有[{part}]，就不能{does}。
        # pair: man woman
        爸爸|妈妈
        哥哥|姐姐
        弟弟|妹妹
        爷爷|奶奶
        儿子|女儿
        叔叔|阿姨
        丈夫|妻子
        国王|王后
        王子|公主
        外公|外婆
        - [{man}]和[{woman}]住在一起。
        - {name}看见[{man}]和[{woman}]来了。
        - 他是[{man}]，她是[{woman}]。
        - 男的叫[{man}]，女的叫[{woman}]。
        # made: thing from
        面包|面粉
        奶酪|牛奶
        豆腐|黄豆
        纸|木头
        玻璃|沙子
        毛衣|羊毛
        皮鞋|牛皮
        砖|泥土
        饭|大米
        葡萄酒|葡萄
        - {thing}是用[{from}]做的。
        - 要做{thing}，需要[{from}]。
        - {name}用[{from}]做{thing}。
        - 有了[{from}]，就能做{thing}。
        """;
}
