"""Writes tests/Heed.Tests/Fixtures/gguf/vocabularies.json: small vocabularies of every kind, texts, and the ids that llama.cpp gives them.

    PYTHONPATH=LLAMA_CPP/gguf-py python3 make_gguf_vocabularies.py GGUF_TOKENIZE

GGUF_TOKENIZE is the program of gguf_tokenize.cpp, built with llama.cpp of June 2025. The vocabularies are learned here from a few lines.
"""
import collections
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

from gguf import GGUFWriter

LINES = ["the quick brown fox jumps over the lazy dog", "the dog isn't lazy, it's quick; the fox sleeps in the den", "I'LL go there, you'll stay here and they've gone",
         "12345 apples, 678 pears and 90 plums cost 3.14 each", "def f(x):\n    return x + 1\n", "Hello world! HelloWorld helloWorld", "中文字符 中文 和 English 混合", "naïve café Übergröße",
         "the the there then these those this that", "Hello there, brown dog: hello!"] * 3
TEXTS = ["", " ", "  ", "\n", "\t", "hello", " hello", "Hello world", "Hello, world!", "the quick brown fox isn't lazy", "I'LL you'll they've 'S 's", "12345", " 1234 567", "3.14", "x=1;\n\n\ty = 2  \n",
         "def f(x):\n    return x + 1\n", "HelloWorld helloWorld HELLO", "中文字符和English", "naïve café", "Übergröße", "🦙 llama", "a  b   c", "  two", "end  ", "<|end|>hi<|end|>", "<tool> x <tool>", "<s>hello</s>",
         "…—“quoted”", "$1 + 2 = 3 ^ ~ `|", "русский язык", "한국어", "zzz qqq", "\u3000wide", "http://a.b/c?d=e&f#g", "it's\r\nthe\r\nend"]
SPACE = "\u2581"


def byte_alphabet():
    """GPT-2's: bytes that print stand for themselves, the others for characters from 256 on."""
    plain = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255]
    others = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + i) for i, b in enumerate(others)}}


def learn(words, count):
    """Byte-pair encoding, naively: the pairs in the order learned."""
    merges = []
    while len(merges) < count:
        pairs = collections.Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        merged = collections.Counter()
        for word, n in words.items():
            out = []
            for symbol in word:
                if out and (out[-1], symbol) == best:
                    out[-1] += symbol
                else:
                    out.append(symbol)
            merged[tuple(out)] += n
        words = merged
    return merges


alphabet = byte_alphabet()
byte_words = collections.Counter(tuple(alphabet[b] for b in word.encode()) for line in LINES for word in re.findall(r" ?\w+|\s+|[^\s\w]+", line))
byte_merges = learn(byte_words, 160)
byte_tokens = sorted(alphabet.values()) + [a + b for a, b in byte_merges] + ["<|end|>", "<tool>"]
byte_kinds = [1] * (len(byte_tokens) - 2) + [3, 4]
byte_level = dict(model="gpt2", tokens=byte_tokens, kinds=byte_kinds, merges=[f"{a} {b}" for a, b in byte_merges], bos=len(byte_tokens) - 2, eos=len(byte_tokens) - 2)

characters = sorted({c for line in LINES for c in line.replace(" ", SPACE)} - {"\n"})
piece_words = collections.Counter(tuple(word) for line in LINES for word in re.findall(f"{SPACE}?[^{SPACE}\n]+", SPACE + line.replace(" ", SPACE)))
pieces = list(dict.fromkeys(a + b for a, b in learn(piece_words, 120)))
spm_tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + pieces + characters + ["<|end|>", "<tool>"]
spm_kinds = [2, 3, 3] + [6] * 256 + [1] * (len(pieces) + len(characters)) + [3, 4]
spm_scores = [0.0] * 259 + [-float(i) for i in range(len(pieces) + len(characters))] + [0.0, 0.0]
spm = dict(model="llama", tokens=spm_tokens, kinds=spm_kinds, scores=spm_scores, bos=1, eos=2, unk=0)

# Pieces in the middle of merges that are user-defined: their text is found as it is, and they merge.
user_kinds = [4 if token in (SPACE + "t", SPACE + "the", "lo") else kind for token, kind in zip(spm_tokens, spm_kinds)]

uni_tokens = ["<pad>", "</s>", "<unk>"] + pieces + characters + ["<|end|>", "<tool>"]
uni_kinds = [3, 3, 2] + [1] * (len(pieces) + len(characters)) + [3, 4]
uni_scores = [0.0] * 3 + [-2 - 0.05 * i - 1.5 / len(p) for i, p in enumerate(pieces)] + [-12 - 0.01 * i for i in range(len(characters))] + [0.0, 0.0]
unigram = dict(model="t5", tokens=uni_tokens, kinds=uni_kinds, scores=uni_scores, eos=1, unk=2, pad=0)

words = sorted({w.lower() for line in LINES for w in re.findall(r"[A-Za-z]+|[^\w\s]", line)})
letters = list("abcdefghijklmnopqrstuvwxyz0123456789") + ["中", "文"]
bert_tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [SPACE + w for w in words if len(w) > 1 or w not in letters] + [SPACE + c for c in letters] + letters + ["ing", "ed", "low", "orld"]
bert = dict(model="bert", tokens=list(dict.fromkeys(bert_tokens)), kinds=[3] * 5 + [1] * (len(dict.fromkeys(bert_tokens)) - 5), unk=1, cls=2, bos=2, sep=3, pad=0, mask=4)

bases = {"spm-user": {**spm, "kinds": user_kinds}, "bytes": byte_level, "spm": spm, "unigram": unigram, "bert": bert}
PATTERNS = ["gpt-2", "llama-bpe", "dbrx", "qwen2", "stablelm2", "gpt-4o", "smollm", "falcon", "tekken", "deepseek-llm", "deepseek-coder", "deepseek-v3", "chatglm-bpe", "bloom", "viking", "default"]
cases = [dict(base="bytes", pre=pre) for pre in PATTERNS] + [dict(base="bytes", pre="gpt-2", add_bos=True, add_eos=True), dict(base="bytes", pre="llama-bpe", add_bos=False)]
cases += [dict(base="spm"), dict(base="spm", add_space_prefix=False, add_bos=False, add_eos=True)]
cases += [dict(base="unigram", add_space_prefix=True, remove_extra=True), dict(base="unigram", add_space_prefix=True, remove_extra=False, add_eos=False), dict(base="unigram")]
cases += [dict(base="bert"), dict(base="spm-user")]
KEYS = dict(bos="bos_token_id", eos="eos_token_id", unk="unknown_token_id", sep="seperator_token_id", pad="padding_token_id", cls="cls_token_id", mask="mask_token_id")
payload = b"".join(struct.pack("<I", len(b)) + b for b in (text.encode() for text in TEXTS))
with tempfile.TemporaryDirectory() as folder:
    for case in cases:
        base = bases[case["base"]]
        path = folder + "/v.gguf"
        writer = GGUFWriter(path, "llama")
        for key, value in [("context_length", 64), ("embedding_length", 32), ("block_count", 1), ("feed_forward_length", 32), ("attention.head_count", 1)]:
            writer.add_uint32("llama." + key, value)
        writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
        writer.add_tokenizer_model(base["model"])
        if "pre" in case:
            writer.add_tokenizer_pre(case["pre"])
        writer.add_token_list(base["tokens"])
        writer.add_token_types(base["kinds"])
        if "scores" in base:
            writer.add_token_scores(base["scores"])
        if "merges" in base:
            writer.add_token_merges(base["merges"])
        for name, key in KEYS.items():
            if name in base:
                writer.add_uint32("tokenizer.ggml." + key, base[name])
        for name, key in [("add_bos", "add_bos_token"), ("add_eos", "add_eos_token"), ("add_space_prefix", "add_space_prefix"), ("remove_extra", "remove_extra_whitespaces")]:
            if name in case:
                writer.add_bool("tokenizer.ggml." + key, case[name])
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
        for name, flags in [("plain", "0"), ("added_and_parsed", "3")]:
            lines = subprocess.run([sys.argv[1], path, flags], input=payload, stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")[:-1]
            assert len(lines) == len(TEXTS)
            case[name] = lines
target = pathlib.Path(__file__).parent.parent / "Heed.Tests" / "Fixtures" / "gguf" / "vocabularies.json"
target.write_text(json.dumps(dict(texts=TEXTS, vocabularies=bases, cases=cases), ensure_ascii=True, separators=(",", ":")) + "\n")
