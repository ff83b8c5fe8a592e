using System.Net;
using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace Heed.Studio;

/// <summary>
/// Markdown of strangers, as a model's answers are. HTML in it is text, images are links, and links lead only to web pages and mail addresses, in a
/// window of their own that knows nothing of this one.
/// </summary>
internal static class SafeMarkdown
{
    // No generic attributes: they would let a text write event handlers.
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseEmphasisExtras().UseAutoLinks().Build();

    /// <summary>The text as HTML.</summary>
    public static MarkupString Render(string text) => new(Html(text));

    internal static string Html(string text)
    {
        try
        {
            MarkdownDocument document = Markdown.Parse(text, Pipeline);
            foreach (AutolinkInline link in document.Descendants<AutolinkInline>().ToArray())
                if (Safe(link.IsEmail ? $"mailto:{link.Url}" : link.Url)) Guard(link);
                else link.ReplaceBy(new LiteralInline(link.Url));
            foreach (LinkInline link in document.Descendants<LinkInline>().ToArray())
            {
                link.IsImage = false;
                link.GetDynamicUrl = null;
                if (Safe(link.Url)) Guard(link);
                else link.ReplaceBy(new ContainerInline(), copyChildren: true);
            }
            return document.ToHtml(Pipeline);
        }
        catch (ArgumentException) // nested too deeply to mean anything
        {
            return $"<p>{WebUtility.HtmlEncode(text)}</p>";
        }
    }

    private static bool Safe(string? url) => Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeMailto);

    private static void Guard(MarkdownObject link)
    {
        HtmlAttributes attributes = link.GetAttributes();
        attributes.AddPropertyIfNotExist("rel", "noopener noreferrer nofollow");
        attributes.AddPropertyIfNotExist("target", "_blank");
    }
}
