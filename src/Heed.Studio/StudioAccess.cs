using System.Collections.Concurrent;
using System.Security.Cryptography;
using Heed.Server;
using Heed.Studio.Layout;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Heed.Studio;

/// <summary>
/// Who may see the pages, and what a browser may do with them. Where the server demands keys, a visitor shows one once on a form and then a cookie,
/// which dies with the process. A page of another origin can neither load these pages in a frame nor speak to them.
/// </summary>
internal sealed class StudioAccess(ApiKeys keys)
{
    public const string SignInPath = "/sign-in";
    private const string Cookie = "heed-session";
    private const int MostSessions = 10_000;

    // Blazor's own script and MudBlazor's need no inline scripts, but both write styles.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    private readonly ConcurrentDictionary<string, byte> sessions = new();

    /// <summary>Lets a request pass, or shows the form.</summary>
    public Task Watch(HttpContext context, RequestDelegate next)
    {
        if (ApiPaths.IsApi(context) || ApiPaths.IsPage(context)) return next(context);
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers["Referrer-Policy"] = "same-origin"; // without any, a browser hides even from us where a form came from
        HttpRequest request = context.Request;
        if (request.Headers.Origin is [{ } origin] && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }
        if (!keys.Needed || request.Path == SignInPath || request.Path.StartsWithSegments("/studio") || IsKnown(request)) return next(context);
        if (HttpMethods.IsGet(request.Method) && !request.Path.StartsWithSegments("/_blazor")) context.Response.Redirect(SignInPath);
        else context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    /// <summary>Adds the form's routes.</summary>
    public void Map(WebApplication app)
    {
        if (!keys.Needed) return;
        app.MapGet(SignInPath, () => new RazorComponentResult<SignIn>()).ExcludeFromDescription();
        app.MapPost(SignInPath, (Delegate)Enter).ExcludeFromDescription();
    }

    // Fields of a form cannot be sent here by pages of other origins: Watch refuses them.
    private async Task<IResult> Enter(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (keys.Find(form["key"].ToString()) is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), context.RequestAborted); // guessing is slow
            return new RazorComponentResult<SignIn>(new { Refused = true }) { StatusCode = StatusCodes.Status401Unauthorized };
        }
        if (sessions.Count >= MostSessions) sessions.Clear();
        string session = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        sessions.TryAdd(Hash(session), 0);
        context.Response.Cookies.Append(Cookie, session, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, IsEssential = true });
        return Results.LocalRedirect("/");
    }

    private bool IsKnown(HttpRequest request) => request.Cookies[Cookie] is { Length: 64 } session && sessions.ContainsKey(Hash(session));

    private static string Hash(string session) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(session)));
}
