"""Exports a BERT encoder from a model folder (config.json, model.safetensors) as an ONNX graph: ids and mask in, last hidden state out.

usage: export_bert.py FOLDER FILE.onnx      needs torch
"""
import json
import math
import struct
import sys

import torch
from torch import nn


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start = file.tell()
        tensors = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            first, last = entry["data_offsets"]
            file.seek(start + first)
            tensors[name] = torch.frombuffer(bytearray(file.read(last - first)), dtype=torch.float32).reshape(entry["shape"])
        return tensors


class Layer(nn.Module):
    def __init__(self, width, heads, inner, epsilon):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)

    def split(self, x):
        batch, tokens, width = x.shape
        return x.view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)

    def forward(self, x, hidden):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + hidden, -1)
        mixed = (weights @ v).transpose(1, 2).reshape(x.shape)
        x = self.norm1(x + self.output(mixed))
        return self.norm2(x + self.down(nn.functional.gelu(self.up(x))))


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, epsilon = config["hidden_size"], config["layer_norm_eps"]
        self.words = nn.Embedding(config["vocab_size"], width)
        self.positions = nn.Embedding(config["max_position_embeddings"], width)
        self.types = nn.Embedding(config["type_vocab_size"], width)
        self.norm = nn.LayerNorm(width, epsilon)
        self.layers = nn.ModuleList(Layer(width, config["num_attention_heads"], config["intermediate_size"], epsilon) for _ in range(config["num_hidden_layers"]))

    def forward(self, ids, mask):
        places = torch.arange(ids.shape[1]).unsqueeze(0)
        x = self.norm(self.words(ids) + self.types(torch.zeros_like(ids)) + self.positions(places))
        hidden = (1.0 - mask[:, None, None, :].float()) * -10000.0
        for layer in self.layers:
            x = layer(x, hidden)
        return x


NAMES = {
    "words": "embeddings.word_embeddings", "positions": "embeddings.position_embeddings", "types": "embeddings.token_type_embeddings", "norm": "embeddings.LayerNorm",
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value", "output": "attention.output.dense", "norm1": "attention.output.LayerNorm",
    "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm",
}


def file_name(name):
    parts = name.split(".")
    return f"encoder.layer.{parts[1]}.{NAMES[parts[2]]}.{parts[3]}" if parts[0] == "layers" else f"{NAMES[parts[0]]}.{parts[1]}"


def main():
    folder, target = sys.argv[1:]
    with open(f"{folder}/config.json") as file:
        config = json.load(file)
    weights = {name.removeprefix("bert."): value for name, value in read_safetensors(f"{folder}/model.safetensors").items()}
    model = Encoder(config).eval()
    model.load_state_dict({name: weights[file_name(name)] for name in model.state_dict()})
    ids = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(model, (ids, torch.ones_like(ids)), target, input_names=["input_ids", "attention_mask"], output_names=["last_hidden_state"],
                      dynamic_axes={name: axes for name in ("input_ids", "attention_mask", "last_hidden_state")}, opset_version=14)


if __name__ == "__main__":
    main()
