using Heed.Studio.Language;

namespace Heed.Studio.Pages.Map;

/// <summary>A member of the family of artificial intelligence.</summary>
/// <param name="Id">What addresses call it.</param>
/// <param name="English">Its name, and what it is in two sentences.</param>
/// <param name="Chinese">The same in Chinese.</param>
/// <param name="Runs">What in Heed shows it, best first; none = nothing yet.</param>
/// <param name="Children">What is a part of it.</param>
public sealed record FamilyNode(string Id, (string Name, string Text) English, (string Name, string Text) Chinese, IReadOnlyList<FamilyRun> Runs, params IReadOnlyList<FamilyNode> Children)
{
    public string Name(Words words) => words.Either(English.Name, Chinese.Name);

    public string Text(Words words) => words.Either(English.Text, Chinese.Text);

    /// <summary>It and all that is a part of it.</summary>
    public IEnumerable<FamilyNode> All => [this, .. Children.SelectMany(c => c.All)];
}

/// <summary>A page that shows a member of the family at work.</summary>
/// <param name="English">What a reader does there.</param>
/// <param name="Chinese">The same in Chinese.</param>
/// <param name="Url">The page.</param>
/// <param name="Model">The model that it needs; null = none.</param>
/// <param name="Recipe">The recipe that it needs; null = none.</param>
public sealed record FamilyRun(string English, string Chinese, string Url, string? Model = null, string? Recipe = null)
{
    public static FamilyRun Train(string recipe, string english, string chinese) => new(english, chinese, $"/train?recipe={recipe}", Recipe: recipe);

    public static FamilyRun With(string model, string page, string english, string chinese, string text = "") => new(english, chinese, $"/{page}?model={model}{(text.Length > 0 ? $"&text={Uri.EscapeDataString(text)}" : "")}", Model: model);
}

/// <summary>The family: what contains what, as it is usually drawn (the parts of machine learning and of deep learning are not parts of each other).</summary>
public static class Family
{
    public static FamilyNode Tree { get; } = new("ai",
        ("Artificial intelligence", "The part of computer science that makes machines do what needs intelligence in people: understand, decide, speak. It has been a field of its own since 1956; some of it learns, some of it follows rules that people wrote."),
        ("人工智能 AI", "计算机科学的一个分支，让机器完成人类需要动用智能才能做的事：理解、判断、表达。自 1956 年起成为独立的学科；其中有的会学习，有的按人写的规则行事。"),
        [FamilyRun.With("stories-en", "chat", "Let a model tell a story", "让模型讲个故事", "Once upon a time")],
        new FamilyNode("learning",
            ("Machine learning", "Nobody writes the rules: the program finds them in examples, and is measured on examples that it has not seen. A rule that says \"red is a rose\" is not machine learning; a thousand pictures of roses and sunflowers from which the program finds the rule are."),
            ("机器学习", "规则不由人来写：程序从样例中自己找出规律，再用没见过的样例检验。写死“红色就是玫瑰”不是机器学习；给程序一千张玫瑰和向日葵的图片，让它自己找规律，才是。"),
            [FamilyRun.Train("quickstart-bert", "Train one that guesses hidden words", "训练一个会猜遮住的词的模型")],
            new FamilyNode("supervised",
                ("Supervised", "Every example carries its answer, and the model learns the way from one to the other. Answers that are classes make it classification (is this review good?), numbers make it regression (what does this house cost?)."),
                ("监督学习", "每个样例都带着答案，模型学习从样例到答案的映射。答案是类别就是分类（这条评论是好评吗？），答案是数字就是回归（这套房子值多少钱？）。"),
                [FamilyRun.Train("quickstart-moods", "Classification: the mood of a sentence", "分类：句子的情绪"), FamilyRun.Train("house-prices", "Regression: prices of houses", "回归：房价")]),
            new FamilyNode("unsupervised",
                ("Unsupervised", "There are no answers: the model finds the order that lies in the data. News fall into groups by topic; a language model learns its language from nothing but text."),
                ("无监督学习", "没有答案：模型自己发现数据里的规律。新闻按主题自动成组；语言模型只读文本就学会语言。"),
                [FamilyRun.Train("stories", "A language model from raw text", "从纯文本训练语言模型"), FamilyRun.Train("news-topics", "News by topic", "新闻主题")]),
            new FamilyNode("reinforcement",
                ("Reinforcement", "A model acts, gets a reward or a punishment, and learns which action pays, as a puppy learns from treats. Programs that play Go learn so, and chat models learn so what people prefer."),
                ("强化学习", "模型采取行动，得到奖励或惩罚，从中学会哪种行动最划算，就像小狗从零食中学习。下围棋的程序这样学棋，对话模型这样学会人的偏好。"),
                []),
            new FamilyNode("deep",
                ("Deep learning", "Machine learning with artificial neural networks of many layers: each layer makes of the numbers of the one before something more telling. It can be supervised, unsupervised or reinforced, so it lies across the three and within none."),
                ("深度学习", "用多层人工神经网络做的机器学习：每一层都把前一层的数字变成更有意义的表示。它可以是监督、无监督或强化学习，所以横跨三者，不属于其中任何一个。"),
                [FamilyRun.With("stories-en", "inside", "Look into the layers of a model", "看看模型的每一层", "The little dog")],
                new FamilyNode("cnn",
                    ("CNN", "Convolutional networks slide small filters over an image: edges, then shapes, then things. For years they were the best that there was for pictures."),
                    ("卷积神经网络 CNN", "卷积网络用小小的滤波器扫过图像：先是边缘，再是形状，最后是物体。多年里它是图像识别的最佳方法。"),
                    []),
                new FamilyNode("rnn",
                    ("RNN", "Recurrent networks read word by word and carry a state along. One step has to wait for the one before, and what was said long ago fades."),
                    ("循环神经网络 RNN", "循环网络逐字阅读，并带着一个状态往前走。每一步都要等上一步算完，而且很久以前的内容会被淡忘。"),
                    [new FamilyRun("Compare it with the others", "与其他网络比较", "/compare")]),
                new FamilyNode("lstm",
                    ("LSTM", "A recurrent network with gates that decide what to keep and what to forget, so that it remembers for longer. It still reads one word after the other."),
                    ("长短期记忆网络 LSTM", "带门控的循环网络，由门决定记住什么、忘掉什么，所以记得更久。但它仍然只能逐字阅读。"),
                    [new FamilyRun("Compare it with the others", "与其他网络比较", "/compare")]),
                new FamilyNode("transformer",
                    ("Transformer", "All words look at all others at once, and attention says how much each takes from each. That is why it learns far connections, and why it learns them fast: the words of a text are computed side by side."),
                    ("Transformer", "所有词同时互相“看”，注意力决定每个词从其他词那里取多少。因此它能学到远距离的联系，而且学得快：一段文本的所有词可以并行计算。"),
                    [FamilyRun.With("zh-en", "inside", "See the attention of a translator", "看翻译模型的注意力", "我是一个学生"), new FamilyRun("Compare it with the others", "与其他网络比较", "/compare")]),
                new FamilyNode("generative",
                    ("Generative AI", "Networks that make something new of what they learned: texts, pictures, sound. What they make is called AIGC."),
                    ("生成式 AI", "用学到的规律创造新内容的网络：文字、图片、声音。它们生成的内容就叫 AIGC。"),
                    [FamilyRun.With("poems-zh", "chat", "Let a model write a Tang poem", "让模型写一首唐诗", "五言绝句\n春夜\n")]),
                new FamilyNode("llm",
                    ("Large language models", "Transformers that learned a language from very much text: data + algorithm + computing power. Those that write (GPT) are generative AI; those that only read (BERT) are language models as well, but not generative."),
                    ("大语言模型 LLM", "从海量文本学会语言的 Transformer：数据 + 算法 + 算力。会写的（GPT）属于生成式 AI；只读的（BERT）也是大语言模型，但不算生成式。"),
                    [FamilyRun.With("stories-en", "next", "See how it chooses the next token", "看它怎样选下一个词元", "Once upon a")],
                    new FamilyNode("encoder",
                        ("Reads: BERT", "Encoder-only models look at a text from both sides and guess words that were covered. They are good at understanding: search, mood, topics."),
                        ("只读：BERT", "只有编码器的模型从左右两侧看文本，猜出被遮住的词。擅长理解：搜索、情感、主题。"),
                        [FamilyRun.Train("quickstart-bert", "Train a small BERT", "训练一个小 BERT")]),
                    new FamilyNode("both",
                        ("Reads and writes: T5", "Encoder-decoder models read one text and write another: translation, summaries. It is the form of the first Transformer of 2017."),
                        ("读与写：T5", "编码器-解码器模型读一段文本、写另一段文本：翻译、摘要。2017 年最早的 Transformer 就是这种结构。"),
                        [FamilyRun.With("zh-en", "chat", "Let a model translate", "让模型翻译", "我是一个学生"), FamilyRun.Train("quickstart-t5", "Train a small T5", "训练一个小 T5")]),
                    new FamilyNode("decoder",
                        ("Writes: GPT", "Decoder-only models continue a text, token by token, and each token sees only what stands before it. Chat is the same: the conversation is the text that they continue."),
                        ("只写：GPT", "只有解码器的模型一个词元一个词元地续写，每个词元只看得到前面的内容。聊天也是如此：对话就是它们续写的文本。"),
                        [FamilyRun.With("stories-en", "chat", "Let one write", "让它写", "The little dog"), FamilyRun.Train("stories", "Train one", "训练一个")])))));
}
