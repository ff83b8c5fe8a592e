#!/usr/bin/env python3
"""References of recurrent language models: embedding, torch.nn.RNN, LSTM or GRU, output projection (PyTorch 1.13, CPU), small random weights.

    python3 make_recurrent_language_references.py OUT

Each case becomes OUT/CASE/{config.json, model.safetensors, reference.json}. The text is read in two windows, the second with the state that the first
left, detached; for each window: logits, mean cross-entropy and its gradients by every weight, in float32. Differences to float64 stay below 1e-6.
"""
import json
import os
import sys

import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_recurrent_references import save_safetensors  # noqa: E402

# name: module, vocabulary, embedding width, width, layers, tied, nonlinearity
CASES = {
    "lstm-tied": ("LSTM", 11, 8, 8, 2, True, None),
    "gru": ("GRU", 9, 5, 7, 1, False, None),
    "rnn-relu": ("RNN", 7, 6, 4, 2, False, "relu"),
}


class LanguageModel(torch.nn.Module):
    def __init__(self, kind, vocabulary, embedding, width, layers, tied, nonlinearity):
        super().__init__()
        self.encoder = torch.nn.Embedding(vocabulary, embedding)
        more = {} if nonlinearity is None else {"nonlinearity": nonlinearity}
        self.rnn = getattr(torch.nn, kind)(embedding, width, layers, batch_first=True, **more)
        self.decoder = torch.nn.Linear(width, vocabulary)
        if tied:
            self.decoder.weight = self.encoder.weight

    def forward(self, tokens, state):
        output, state = self.rnn(self.encoder(tokens), state)
        return self.decoder(output), state


def main(out):
    for name, (kind, vocabulary, embedding, width, layers, tied, nonlinearity) in CASES.items():
        torch.manual_seed(sum(map(ord, name)))
        model = LanguageModel(kind, vocabulary, embedding, width, layers, tied, nonlinearity)
        with torch.no_grad():
            for weight in model.parameters():
                weight.normal_(0, 0.4)
        folder = os.path.join(out, name)
        os.makedirs(folder, exist_ok=True)
        weights = dict(model.named_parameters())  # a tied weight once
        save_safetensors(os.path.join(folder, "model.safetensors"), weights)
        config = {"architectures": ["RNNModel"], "model_type": f"heed_{kind.lower()}", "vocab_size": vocabulary, "embedding_size": embedding, "hidden_size": width,
                  "num_hidden_layers": layers, "tie_word_embeddings": tied, "max_position_embeddings": 5}
        if nonlinearity:
            config["nonlinearity"] = nonlinearity
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file, indent=2)
        ids = torch.randint(vocabulary, (3, 9))
        state, windows = None, []
        for first in (0, 4):
            tokens, targets = ids[:, first:first + 4], ids[:, first + 1:first + 5]
            model.zero_grad()
            logits, state = model(tokens, state)
            loss = torch.nn.functional.cross_entropy(logits.reshape(-1, vocabulary), targets.reshape(-1))
            loss.backward()
            state = tuple(s.detach() for s in state) if kind == "LSTM" else state.detach()
            windows.append({"tokens": tokens.flatten().tolist(), "targets": targets.flatten().tolist(), "logits": logits.flatten().tolist(), "loss": loss.item(),
                            "gradients": {n: w.grad.flatten().tolist() for n, w in weights.items()}})
        with open(os.path.join(folder, "reference.json"), "w") as file:
            json.dump({"torch": torch.__version__, "batch": 3, "length": 4, "windows": windows}, file)


if __name__ == "__main__":
    main(sys.argv[1])
