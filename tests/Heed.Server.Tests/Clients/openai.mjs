// What the official client for JavaScript gets from a server: one JSON object on standard output. node openai.mjs URL
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "any", maxRetries: 0 });
const got = {};

const asked = { model: "chat", messages: [{ role: "user", content: "Hello" }], temperature: 0, max_tokens: 16 };
const chat = await client.chat.completions.create(asked);
got.chat = chat.choices[0].message.content;
got.chatTokens = chat.usage.completion_tokens;
got.chatStreamed = "";
for await (const part of await client.chat.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } })) {
  got.chatStreamed += part.choices[0]?.delta.content ?? "";
  got.chatStreamedTokens = part.usage?.completion_tokens;
}

const text = { model: "chat", prompt: "Once ", seed: 7, max_tokens: 24 };
got.completion = (await client.completions.create(text)).choices[0].text;
got.completionStreamed = "";
for await (const part of await client.completions.create({ ...text, stream: true })) got.completionStreamed += part.choices[0].text;

const zone = { type: "object", properties: { zone: { enum: ["utc", "cet"] } }, required: ["zone"] };
const call = { model: "caller", messages: [{ role: "user", content: "when?" }], tools: [{ type: "function", function: { name: "clock", parameters: zone } }], tool_choice: "required", parallel_tool_calls: false, seed: 3, max_tokens: 300 };
const called = (await client.chat.completions.create(call)).choices[0];
got.call = called.message.tool_calls[0].function;
got.callFinish = called.finish_reason;
got.callStreamed = (await client.chat.completions.stream(call).finalChatCompletion()).choices[0].message.tool_calls[0].function;
const after = [...call.messages, called.message, { role: "tool", tool_call_id: called.message.tool_calls[0].id, content: "noon" }];
got.after = (await client.chat.completions.create({ model: "caller", messages: after, max_tokens: 4 })).choices[0].message.content;

const respond = { model: "caller", input: "when?", tools: [{ type: "function", name: "clock", parameters: zone, strict: false }], tool_choice: "required", parallel_tool_calls: false, seed: 3, max_output_tokens: 300 };
const responseCall = ({ output }) => ({ name: output[0].name, arguments: output[0].arguments });
got.response = responseCall(await client.responses.create(respond));
got.responseStreamed = responseCall(await client.responses.stream(respond).finalResponse());
got.responseText = (await client.responses.create({ model: "chat", input: "Hello", temperature: 0, max_output_tokens: 16 })).output_text;

got.embedding = (await client.embeddings.create({ model: "bert-mlm", input: "a cat" })).data[0].embedding;
got.models = [];
for await (const model of client.models.list()) got.models.push(model.id);

const refused = async request => {
  try {
    await request;
  } catch (e) {
    return { kind: e.constructor.name, status: e.status, code: e.code, param: e.param };
  }
};
got.unknown = await refused(client.chat.completions.create({ ...asked, model: "nobody" }));
got.wrong = await refused(client.chat.completions.create({ ...asked, top_p: 7 }));

const endless = await client.completions.create({ model: "caller", prompt: "a", max_tokens: 10000, logit_bias: { 2: -100 }, stream: true });
got.parts = 0;
for await (const _ of endless) if (++got.parts === 5) break; // which ends the request

console.log(JSON.stringify(got));
