namespace Heed.Generation;

/// <summary>How far an object or a list of JSON reaches in a text that is still being written. It counts brackets outside of strings; whether what they enclose is JSON is for a parser to say.</summary>
internal static class JsonExtent
{
    /// <summary>Neither begins here.</summary>
    public const int None = -1;

    /// <summary>It does not end within the text.</summary>
    public const int Unfinished = -2;

    /// <summary>The place behind the last bracket.</summary>
    public static int Of(string text, int start)
    {
        if (start == text.Length) return Unfinished;
        if (text[start] is not ('{' or '[')) return None;
        int depth = 0;
        bool quoted = false;
        for (int at = start; at < text.Length; at++)
        {
            char c = text[at];
            if (quoted)
            {
                if (c == '\\') at++;
                else quoted = c != '"';
            }
            else if (c == '"') quoted = true;
            else if (c is '{' or '[') depth++;
            else if (c is '}' or ']' && --depth == 0) return at + 1;
        }
        return Unfinished;
    }
}
