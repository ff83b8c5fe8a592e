using Heed.Data;
using Heed.Tests.Formats;

namespace Heed.Tests.Data;

public sealed class TextFileTests
{
    private static string Read(params byte[] bytes)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["text.txt"], bytes);
        return TextFile.Read(folder["text.txt"]);
    }

    [Fact]
    public void TextIsReadAsItIsWithoutAByteOrderMark()
    {
        Assert.Equal("a\r\n月😀", Read([.. "a\r\n月😀"u8]));
        Assert.Equal("月", Read([0xEF, 0xBB, 0xBF, .. "月"u8]));
        Assert.Equal("\uFFFD", Read([.. "\uFFFD"u8])); // a replacement character in the file is text
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0xFF, 0x62 }, "0xFF at offset 1")]
    [InlineData(new byte[] { 0x61, 0x62, 0xE6, 0x9C }, "0xE6 at offset 2")] // a character cut at the end
    [InlineData(new byte[] { 0x61, 0xC0, 0x80 }, "0xC0 at offset 1")]       // an overlong form
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "0xED at offset 0")]       // half a surrogate pair
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, 0x61, 0x80 }, "0x80 at offset 4")]
    [InlineData(new byte[] { }, "is empty")]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF }, "is empty")]
    public void WhatIsNotTextIsNamedWithItsPlace(byte[] bytes, string expected)
    {
        var e = Assert.Throws<InvalidDataException>(() => Read(bytes));
        Assert.Contains("text.txt", e.Message);
        Assert.Contains(expected, e.Message);
    }

    [Fact]
    public void AMissingFileAndAFolderAreNamed()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(folder["no.txt"], Assert.Throws<FileNotFoundException>(() => TextFile.Read(folder["no.txt"])).Message);
        Assert.Contains("is a folder", Assert.Throws<InvalidDataException>(() => TextFile.Read(folder.Path)).Message);
    }
}
