using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The chat template of a recipe, and the tokens that end what it writes.</summary>
internal static class RecipeChat
{
    private const string Usual = "zephyr";

    /// <summary>The template that <c>data.template</c> names; where it names none, that of the model or tokenizer that the recipe starts from; else the built-in one whose tokens the tokenizer has.</summary>
    /// <exception cref="RecipeException">There is none of that name, or it needs a token that ends a text and the tokenizer has none.</exception>
    public static ChatTemplate Template(Recipe recipe, Tokenizer tokenizer)
    {
        (string, TemplateValue)[] tokens = [.. Named(tokenizer, "bos_token", Begin(recipe, tokenizer)), .. Named(tokenizer, "eos_token", End(recipe, tokenizer))];
        if (recipe.Data.Template is { } name)
            return BuiltInChatTemplates.Names.Contains(name) ? BuiltIn(name) : ChatTemplate.Parse(ChatTemplate.Load(recipe.Resolve(name)).Source, tokens);
        foreach (string? folder in (string?[])[recipe.Algorithm.StartFrom is { } start ? recipe.Resolve(start) : null, Path.GetDirectoryName(recipe.Resolve(recipe.Data.Tokenizer))])
            if (folder is not null && (Directory.Exists(folder) || GgufModel.IsFile(folder)) && ModelTokenizer.HasTemplate(folder)) return ModelTokenizer.LoadTemplate(folder);
        return BuiltIn(BuiltInChatTemplates.Names.FirstOrDefault(n => BuiltInChatTemplates.Tokens(n) is { Count: > 0 } own && own.All(t => tokenizer.TokenToId(t) is not null)) ?? Usual);

        ChatTemplate BuiltIn(string name)
        {
            string source = BuiltInChatTemplates.Source(name);
            if (source.Contains("eos_token", StringComparison.Ordinal) && !tokens.Any(t => t.Item1 == "eos_token"))
                throw new RecipeException($"data.template: the template {name} ends each turn with the token that ends a text, and the tokenizer has none", "data.template");
            return ChatTemplate.Parse(source, tokens);
        }
    }

    /// <summary>Special tokens that a tokenizer must have to be trained for the recipe's template.</summary>
    public static string[] SpecialTokens(Recipe recipe) => recipe.Data.Template is { } name && BuiltInChatTemplates.Names.Contains(name) ? [.. BuiltInChatTemplates.Tokens(name)] : [];

    /// <summary>The id that ends a text.</summary>
    public static int? End(Recipe recipe, Tokenizer tokenizer) =>
        Known(recipe)?.EndTokens.Select(id => (int?)id).FirstOrDefault() ?? tokenizer.TokenToId(TrainingData.EndOfText) ?? RecipeTokenizer.Find(tokenizer, "eos_token");

    /// <summary>The id that begins a text.</summary>
    public static int? Begin(Recipe recipe, Tokenizer tokenizer) => Known(recipe) is { } config ? config.BeginToken : RecipeTokenizer.Find(tokenizer, "bos_token");

    private static TransformerConfig? Known(Recipe recipe) => RecipeStart.Is(recipe) ? RecipeStart.Config(recipe) : null;

    private static (string, TemplateValue)[] Named(Tokenizer tokenizer, string name, int? id) => id is { } known && known < tokenizer.VocabularySize ? [(name, tokenizer.IdToToken(known)!)] : [];
}
