"""Writes tests/Heed.Tests/Fixtures/gguf: a file with every kind of metadata and every type of tensor that Heed reads, by gguf-py.

    PYTHONPATH=LLAMA_CPP/gguf-py python3 make_gguf_references.py

`every-type.gguf` holds each tensor `x` beside `x.values`, what gguf-py decodes it to, as F32; `every-type.json` the metadata. Types that gguf-py
cannot encode get random bits under a scale of usual size. Made with gguf-py 0.17.0 and numpy 1.24.
"""
import json
import pathlib

import numpy as np
from gguf import GGMLQuantizationType as T, GGUFValueType as V, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize

folder = pathlib.Path(__file__).parent.parent / "Heed.Tests" / "Fixtures" / "gguf"
folder.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(5)
writer = GGUFWriter(str(folder / "every-type.gguf"), "llama")
writer.add_custom_alignment(64)
metadata = {"general.architecture": "llama", "general.alignment": 64}


def add(key, value, kind, shown=None):
    writer.add_key_value(key, value, kind)
    metadata[key] = value if shown is None else shown


add("uint8", 255, V.UINT8)
add("int8", -128, V.INT8)
add("uint16", 65535, V.UINT16)
add("int16", -32768, V.INT16)
add("uint32", 4294967295, V.UINT32)
add("int32", -2147483648, V.INT32)
add("float32", 0.1, V.FLOAT32)
add("true", True, V.BOOL)
add("false", False, V.BOOL)
add("string", "naïve 中文 \U0001f600\n", V.STRING)
add("uint64", 18446744073709551615, V.UINT64)
add("int64", -9223372036854775808, V.INT64)
add("float64", 0.1, V.FLOAT64)
add("array.int32", [1, -2, 3], V.ARRAY)
add("array.float32", [0.5, -0.25], V.ARRAY)
add("array.bool", [True, False, True], V.ARRAY)
add("array.string", ["a", "", "\u2581the", "\U0001f600"], V.ARRAY)
add("array.array", [[1, 2], [3], [4, 5, 6]], V.ARRAY)
add("array.array.string", [["x", "y"], ["z"]], V.ARRAY)

K_SCALES = {T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208], T.IQ4_NL: [0]}


def bits(kind, rows, columns):
    """Random blocks whose scales (halves at these places of a block) are near 0.01."""
    length, size = GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (rows, columns // length, size), dtype=np.uint8)
    for place in K_SCALES[kind]:
        scale = random.normal(0, 0.01, blocks.shape[:2]).astype(np.float16)
        blocks[:, :, place:place + 2] = scale[:, :, None].view(np.uint8)
    return blocks.reshape(rows, -1)


for kind in [T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q4_K, T.Q5_K, T.Q6_K, T.IQ4_NL]:
    rows, columns = 3, 512 if kind in (T.Q4_K, T.Q5_K, T.Q6_K) else 96
    data = bits(kind, rows, columns) if kind in K_SCALES else quantize(random.normal(0, 1, (rows, columns)).astype(np.float32), kind)
    values = dequantize(data, kind).astype(np.float32).reshape(rows, columns)
    writer.add_tensor(kind.name, data, raw_dtype=None if kind in (T.F32, T.F16) else kind)
    writer.add_tensor(kind.name + ".values", values)
for name, kind in [("I8", np.int8), ("I16", np.int16), ("I32", np.int32), ("I64", np.int64)]:
    limits = np.iinfo(kind)
    writer.add_tensor(name, np.array([limits.min, -1, 0, limits.max], dtype=kind))
writer.add_tensor("F64", np.array([[0.1, -1e300]], dtype=np.float64))
writer.add_tensor("cube", np.arange(24, dtype=np.float32).reshape(2, 3, 4))
writer.add_tensor("one", np.array([7], dtype=np.float32))

writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
(folder / "every-type.json").write_text(json.dumps(metadata, indent=1, ensure_ascii=False) + "\n")
