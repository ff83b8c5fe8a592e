namespace Heed.Studio.Tests;

/// <summary>What a model writes may be hostile.</summary>
public sealed class SafeMarkdownTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("a <img src=x onerror=alert(1)> b")]
    [InlineData("<svg/onload=alert(1)>")]
    [InlineData("<!-- --><iframe src=https://e.org></iframe>")]
    [InlineData("<a href=\"javascript:alert(1)\" onclick=\"x\">y</a>")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt:alert(1))")]
    [InlineData("[x](&#106;avascript:alert(1))")]
    [InlineData("[x](<java\nscript:alert(1)>)")]
    [InlineData("[x]( javascript:alert(1))")]
    [InlineData("[x](vbscript:y)")]
    [InlineData("[x](data:text/html,<script>alert(1)</script>)")]
    [InlineData("[x][r]\n\n[r]: javascript:alert(1)")]
    [InlineData("![x](javascript:alert(1))")]
    [InlineData("![x](https://e.org/spy.png)")]
    [InlineData("<javascript:alert(1)>")]
    [InlineData("[x](/sign-out)")]
    [InlineData("[x](//e.org)")]
    [InlineData("# t {onclick=alert(1) .c}")]
    [InlineData("[x](https://e.org \"t\"){onclick=alert(1)}")]
    [InlineData("`` <b> ``\n\n```js\" onload=\"x\n</code></pre><script>\n```")]
    [InlineData("| <b> | [x](javascript:y) |\n|--|--|\n| <i> | ![](x) |")]
    public void No_text_becomes_more_than_text(string text)
    {
        string html = SafeMarkdown.Html(text);
        // Tags that markdown itself makes, with the attributes that it gives them, and nothing else.
        foreach (System.Text.RegularExpressions.Match tag in System.Text.RegularExpressions.Regex.Matches(html, "<[^>]*>"))
            Assert.Matches("^</?(p|h1|ul|ol|li|em|strong|blockquote|hr|br|table|thead|tbody|tr|th|td|pre)( /)?>$|^<code( class=\"language-[^\"<>]*\")?>$|^</code>$|^</a>$|^<a href=\"(https?://|mailto:)[^\"<>]*\" rel=\"noopener noreferrer nofollow\" target=\"_blank\"( title=\"[^\"<>]*\")?>$", tag.Value);
        Assert.DoesNotContain("<a href=\"j", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_is_harmless_looks_as_meant()
    {
        Assert.Equal("<p><strong>a</strong> <em>b</em> <code>c&lt;</code></p>\n", SafeMarkdown.Html("**a** *b* `c<`"));
        Assert.Equal("<p><a href=\"https://e.org/?a=1&amp;b\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">x</a></p>\n", SafeMarkdown.Html("[x](https://e.org/?a=1&b)"));
        Assert.Contains(">https://e.org</a>", SafeMarkdown.Html("see https://e.org"), StringComparison.Ordinal);
        Assert.Contains("<th>a</th>", SafeMarkdown.Html("|a|b|\n|-|-|\n|1|2|"), StringComparison.Ordinal);
        Assert.Equal("<p>kept <em>text</em></p>\n", SafeMarkdown.Html("[kept *text*](javascript:x)"));
        Assert.Contains("&gt;&gt;", SafeMarkdown.Html(new string('>', 5000) + " <b>").Replace("<blockquote>", "&gt;", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
