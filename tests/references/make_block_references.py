"""Writes tests/Heed.Tests/Fixtures/blocks: block types decoded and encoded by gguf-py, and the error of llama.cpp's own quantiser.

    PYTHONPATH=LLAMA_CPP/gguf-py python3 make_block_references.py --output FOLDER [--library libggml-base.so]

TYPE.decoded: random blocks (finite scales), then the float32 values that gguf-py reads from them.
TYPE.encoded: float32 values, then the blocks that gguf-py writes for them.
errors.json:  root mean square error of llama.cpp's quantiser (ggml_quantize_chunk) on two rows that every language can make:
              splitmix64 from seed 1, two draws a value, Box-Muller; `heavy` is the normal value times exp(normal).
"""
import argparse
import ctypes
import json
import math
import pathlib

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize

DECODED = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL"]
ENCODED = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]
SEARCHED = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL"]
HALVES = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0]}
MASK = (1 << 64) - 1


def rows(count):
    state = 1

    def uniform():
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (((z ^ (z >> 31)) >> 11) + 0.5) / 2**53

    def normal():
        radius = math.sqrt(-2 * math.log(uniform()))
        return radius * math.cos(2 * math.pi * uniform())

    return {"normal": np.array([normal() for _ in range(count)], np.float32), "heavy": np.array([normal() * math.exp(normal()) for _ in range(count)], np.float32)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--library")
    args = parser.parse_args()
    random = np.random.default_rng(5)
    for name in DECODED:
        kind = Type[name]
        length, size = GGML_QUANT_SIZES[kind]
        count = 64 if length == 1 else 4 if length == 32 else 2
        blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
        if length == 1:
            blocks = random.standard_normal(count).astype(np.float32)
            blocks = blocks.astype(np.float16).view(np.uint8) if name == "F16" else (blocks.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
        for offset in HALVES.get(name, []):
            blocks[:, offset:offset + 2] = (random.standard_normal((count, 1)) * 0.05).astype(np.float16).view(np.uint8)
        values = dequantize(blocks.reshape(-1), kind).astype(np.float32)
        (args.output / f"{name}.decoded").write_bytes(blocks.tobytes() + values.tobytes())
    for name in ENCODED:
        values = (random.standard_normal((5, 32)) * np.array([[1e-3], [0.02], [1], [30], [0]])).astype(np.float32)
        blocks = quantize(values, Type[name])
        (args.output / f"{name}.encoded").write_bytes(values.tobytes() + blocks.tobytes())
    if args.library:
        ggml = ctypes.CDLL(args.library)
        ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
        ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
        columns, errors = 4096, {}
        for shape, values in rows(columns).items():
            importance = np.linspace(0.2, 3, columns, dtype=np.float32)
            for name in SEARCHED:
                length, size = GGML_QUANT_SIZES[Type[name]]
                for weights in (None, importance):
                    blocks = np.zeros(columns // length * size, np.uint8)
                    ggml.ggml_quantize_chunk(int(Type[name]), values.ctypes.data, blocks.ctypes.data, 0, 1, columns, None if weights is None else weights.ctypes.data)
                    off = (dequantize(blocks, Type[name]).astype(np.float64) - values) ** 2
                    if weights is not None:
                        off = off * weights / weights.mean()
                    errors[f"{shape} {name}" + ("" if weights is None else " importance")] = float(np.sqrt(off.mean()))
        (args.output / "errors.json").write_text(json.dumps(errors, indent=1) + "\n")


main()
