"""Times one layer of torch.nn.RNN, LSTM or GRU, one pass for each line read from standard input.

    python3 torch_recurrent.py KIND BATCH STEPS INPUTS WIDTH THREADS forward|train

After each pass it prints a JSON object: seconds, ids (the tokens). "train" is forward and backward to the weights and the input.
"""
import json
import sys
import time

import torch

kind, batch, steps, inputs, width, threads, mode = sys.argv[1], *map(int, sys.argv[2:7]), sys.argv[7]
torch.set_num_threads(threads)
torch.manual_seed(1)
module = {"RnnTanh": torch.nn.RNN, "Lstm": torch.nn.LSTM, "Gru": torch.nn.GRU}[kind](inputs, width, batch_first=True)
x = torch.randn(batch, steps, inputs, requires_grad=mode == "train")
weights = torch.randn(batch, steps, width)


def run():
    if mode == "forward":
        with torch.no_grad():
            module(x)
        return
    output, _ = module(x)
    output.backward(weights)
    module.zero_grad()
    x.grad = None


for _ in range(3):
    run()
for _ in sys.stdin:
    start = time.perf_counter()
    run()
    print(json.dumps({"seconds": time.perf_counter() - start, "ids": batch * steps}), flush=True)
