using MudBlazor;

namespace Heed.Studio.Layout;

/// <summary>Colours and letters of the pages. The fonts are those of the reader's system: none is fetched.</summary>
internal static class StudioTheme
{
    private static readonly string[] Font = ["system-ui", "Segoe UI", "Roboto", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#0f6e66",
            Secondary = "#9a4f10",
            Tertiary = "#5b4bb5",
            AppbarBackground = "#ffffff",
            AppbarText = "#1c2526",
            Background = "#f6f8f7",
            Surface = "#ffffff",
            DrawerBackground = "#ffffff",
            DrawerText = "#1c2526",
            DrawerIcon = "#4a5a5a",
            TextPrimary = "#1c2526",
            TextSecondary = "#51605f",
            LinesDefault = "#dde4e2",
            Divider = "#dde4e2",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#4fd1c0",
            PrimaryContrastText = "#06211e",
            Secondary = "#f0a35e",
            Tertiary = "#a99bf5",
            AppbarBackground = "#141b1c",
            AppbarText = "#e6edeb",
            Background = "#0e1415",
            Surface = "#161e1f",
            DrawerBackground = "#141b1c",
            DrawerText = "#e6edeb",
            DrawerIcon = "#9fb0ad",
            TextPrimary = "#e6edeb",
            TextSecondary = "#a3b3b0",
            LinesDefault = "#2a3536",
            Divider = "#2a3536",
        },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = Font } },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "10px", DrawerWidthLeft = "210px" },
    };
}
