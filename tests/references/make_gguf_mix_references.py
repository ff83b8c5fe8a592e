"""Which type llama-quantize gives to each tensor: writes tests/Heed.Tests/Fixtures/gguf/mixes.json.

    PYTHONPATH=LLAMA_CPP/gguf-py python3 make_gguf_mix_references.py PATH_OF_LLAMA_QUANTIZE

The models are zeros of the right names and shapes. Of each mix only the tensors are named that have another type than most.
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from gguf import GGUFReader, GGUFWriter

MIXES = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "IQ4_NL", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K"]
MODELS = {
    "llama, grouped by 4": dict(arch="llama", depth=24, width=256, heads=4, kv=1, fused=False, tied=False),
    "llama, tied, rows of 288": dict(arch="llama", depth=9, width=288, heads=4, kv=4, fused=False, tied=True),
    "gpt2": dict(arch="gpt2", depth=12, width=256, heads=4, kv=4, fused=True, tied=True),
}


def tensors(arch, depth, width, heads, kv, fused, tied):
    columns = width // heads * kv
    yield "token_embd.weight", (32, width)
    yield "output_norm.weight", (width,)
    if not tied:
        yield "output.weight", (32, width)
    if arch == "gpt2":
        yield "position_embd.weight", (16, width)
    for i in range(depth):
        block = f"blk.{i}."
        yield block + "attn_norm.weight", (width,)
        if fused:
            yield block + "attn_qkv.weight", (3 * width, width)
        else:
            yield block + "attn_q.weight", (width, width)
            yield block + "attn_k.weight", (columns, width)
            yield block + "attn_v.weight", (columns, width)
            yield block + "ffn_gate.weight", (width, width)
        yield block + "attn_output.weight", (width, width)
        yield block + "ffn_norm.weight", (width,)
        yield block + "ffn_up.weight", (width, width)
        yield block + "ffn_down.weight", (width, width)


def write(path, model):
    writer = GGUFWriter(path, model["arch"])
    writer.add_block_count(model["depth"])
    writer.add_context_length(16)
    writer.add_embedding_length(model["width"])
    writer.add_feed_forward_length(model["width"])
    writer.add_head_count(model["heads"])
    writer.add_head_count_kv(model["kv"])
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_layer_norm_eps(1e-5)
    for name, shape in tensors(**model):
        writer.add_tensor(name, np.zeros(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/source.gguf", f"{folder}/target.gguf"
        for title, model in MODELS.items():
            write(source, model)
            mixes = {}
            for mix in MIXES:
                subprocess.run([sys.argv[1], source, target, mix, "1"], check=True, capture_output=True)
                types = {t.name: t.tensor_type.name for t in GGUFReader(target).tensors}
                most = collections.Counter(types[name] for name in types if name.startswith("blk.") and len(types[name]) > 3).most_common(1)[0][0]
                others = collections.defaultdict(list)
                for name, kind in types.items():
                    if kind not in ("F32", most):
                        others[kind].append(name)
                mixes[mix] = {"most": most, "others": others}
            cases.append({"title": title, "blocks": model["depth"], "queries_per_key": model["heads"] // model["kv"], "tensors": {n: list(s) for n, s in tensors(**model)}, "mixes": mixes})
    target = pathlib.Path(__file__).parent.parent / "Heed.Tests" / "Fixtures" / "gguf" / "mixes.json"
    target.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
