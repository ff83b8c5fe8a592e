// Encodes the lines of a file with Hugging Face tokenizers, the Rust original as it is in the npm package "tokenizers";
// one pass for each line read from standard input.
//
//     RAYON_NUM_THREADS=1 node huggingface_encode.mjs PACKAGE_FOLDER TOKENIZER_JSON TEXT
//
// After each pass it prints a JSON object: seconds, ids.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const [folder, model, text] = process.argv.slice(2);
const { Tokenizer } = createRequire(import.meta.url)(resolve(folder));
const tokenizer = Tokenizer.fromFile(model);
const lines = readFileSync(text, "utf8").split("\n");
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const encoded = await tokenizer.encodeBatch(lines, { addSpecialTokens: false });
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, ids: encoded.reduce((sum, e) => sum + e.getLength(), 0) }));
}
