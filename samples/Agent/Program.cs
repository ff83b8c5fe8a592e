// An agent of the Microsoft Agent Framework, with a tool, that remembers the conversation; an empty line ends it:
//   dotnet run --project samples/Agent -- models/Qwen3-0.6B
using Heed.Extensions.AI;
using Heed.Samples;

if (args is not [string model])
{
    Console.Error.WriteLine("say which model to use: a folder or a .gguf file");
    return 2;
}
using HeedChatClient client = HeedChatClient.Load(model);
await ClockAgent.Run(client, TimeProvider.System, Console.In, Console.Out);
return 0;
