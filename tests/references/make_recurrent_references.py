#!/usr/bin/env python3
"""Reference outputs of torch.nn.RNN, LSTM and GRU (PyTorch 2.6, CPU) with small random weights.

    python3 make_recurrent_references.py OUT [CASE ...]

Each case becomes OUT/CASE/{weights.safetensors, reference.json}: outputs, last states, a loss that weights them, and every gradient, computed in
float32; beside them the difference to the same module in float64, of which the tolerance is made: 10 times as much, at least 1e-5, rounded up to
1, 2 or 5 times a power of ten. Everything depends on the case's seed alone.
"""
import copy
import json
import math
import os
import random
import struct
import sys

import numpy
import torch

# name: module, keyword arguments, batch, steps, runs (name -> whether states are given, lengths)
CASES = {
    "rnn-tanh": ("RNN", dict(input_size=5, hidden_size=7), 2, 6, {"zero_state": (False, None), "given_state": (True, None)}),
    "rnn-relu-time-first": ("RNN", dict(input_size=4, hidden_size=9, num_layers=2, nonlinearity="relu", batch_first=False), 3, 5,
                            {"zero_state": (False, None), "given_state": (True, None)}),
    "rnn-packed-bidirectional": ("RNN", dict(input_size=6, hidden_size=5, bidirectional=True), 4, 7,
                                 {"zero_state": (False, [3, 7, 1, 5]), "given_state": (True, [3, 7, 1, 5])}),
    "gru": ("GRU", dict(input_size=6, hidden_size=8, num_layers=2), 2, 7, {"zero_state": (False, None), "given_state": (True, None)}),
    "gru-packed-bidirectional": ("GRU", dict(input_size=5, hidden_size=6, num_layers=2, bidirectional=True), 4, 8,
                                 {"zero_state": (False, [2, 6, 6, 1]), "given_state": (True, [8, 4, 3, 5])}),
    "gru-no-bias-time-first": ("GRU", dict(input_size=3, hidden_size=11, bias=False, batch_first=False), 3, 6, {"zero_state": (False, None), "given_state": (True, None)}),
    "lstm-packed": ("LSTM", dict(input_size=7, hidden_size=10, num_layers=3), 5, 9, {"zero_state": (False, [9, 1, 4, 7, 4]), "given_state": (True, [5, 6, 2, 3, 1])}),
    "lstm-packed-bidirectional-time-first": ("LSTM", dict(input_size=5, hidden_size=6, num_layers=2, bidirectional=True, batch_first=False), 3, 6,
                                             {"zero_state": (False, [4, 6, 2]), "given_state": (True, [1, 3, 5])}),
    "lstm-wide-no-bias": ("LSTM", dict(input_size=9, hidden_size=21, bias=False), 8, 4, {"zero_state": (False, None), "given_state": (True, None)}),
    "lstm-unbatched": ("LSTM", dict(input_size=6, hidden_size=5, bidirectional=True), None, 6, {"zero_state": (False, None), "given_state": (True, None)}),
}

GATES = {
    "RNN": (1, "one block of hidden_size rows: h' = act(W x + b + U h + c), act = nonlinearity"),
    "LSTM": (4, "rows of the weights in blocks of hidden_size: i, f, g, o; c' = s(f)*c + s(i)*tanh(g), h' = s(o)*tanh(c')"),
    "GRU": (3, "rows of the weights in blocks of hidden_size: r, z, n; n = tanh(W x + b + s(r)*(U h + c)), h' = (1 - s(z))*n + s(z)*h"),
}


def tensor(value):
    """A tensor in the form of reference.json; float32 as the shortest decimals that read back."""
    kind = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}[value.dtype]
    flat = value.detach().contiguous().reshape(-1)
    data = [float(str(x)) for x in flat.numpy()] if kind == "F32" else flat.tolist()
    return {"dtype": kind, "shape": list(value.shape), "data": data}


def eighths(generator, *shape):
    """Random inputs that float32 holds exactly: multiples of 1/64."""
    count = math.prod(shape)
    return torch.tensor([round(generator.gauss(0, 1) * 64) / 64 for _ in range(count)], dtype=torch.float32).reshape(shape)


def tolerance(difference, least):
    wanted = max(10 * difference, least)
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(float(f"{step * power:.0e}") for step in (1, 2, 5, 10) if step * power >= wanted * (1 - 1e-9))


def save_safetensors(path, tensors):
    """Header length, JSON header, then the values, little-endian; names in alphabetical order."""
    header, offset, blobs = {"__metadata__": {"format": "pt"}}, 0, []
    for name in sorted(tensors):
        blob = tensors[name].detach().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def evaluate(module, inputs, batch_first, lstm, dtype):
    """Outputs and gradients of the module in one precision, as a dict of tensors."""
    module = copy.deepcopy(module).to(dtype)
    values = {name: v.to(dtype) if v.is_floating_point() else v for name, v in inputs.items()}
    leaves = {name: values[name].clone().requires_grad_() for name in ("input", "h0", "c0") if name in values}
    x, state = leaves["input"], None
    if "h0" in leaves:
        state = (leaves["h0"], leaves["c0"]) if lstm else leaves["h0"]
    lengths = values.get("lengths")
    if lengths is not None:
        x = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=batch_first, enforce_sorted=False)
    output, last = module(x, state)
    if lengths is not None:
        output, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=batch_first)
    h_n, c_n = last if lstm else (last, None)
    loss = (output * values["loss_weight_output"]).sum() + (h_n * values["loss_weight_hn"]).sum()
    if lstm:
        loss = loss + (c_n * values["loss_weight_cn"]).sum()
    loss.backward()
    result = {"output": output, "h_n": h_n, "loss": loss}
    if lstm:
        result["c_n"] = c_n
    for name, weight in module.named_parameters():
        result[f"grad:{name}"] = weight.grad
    for name, leaf in leaves.items():
        result[f"grad:{name}"] = leaf.grad
    return {name: v.detach() for name, v in result.items()}


def make_run(name, module, generator, kind, arguments, batch, steps, given, lengths):
    lstm, batch_first = kind == "LSTM", arguments["batch_first"]
    directions = 2 if arguments.get("bidirectional") else 1
    states = arguments.get("num_layers", 1) * directions
    width, outputs = arguments["hidden_size"], directions * arguments["hidden_size"]
    longest = max(lengths) if lengths else steps

    def sequence(length, columns):
        if batch is None:
            return eighths(generator, length, columns)
        return eighths(generator, *((batch, length) if batch_first else (length, batch)), columns)

    def state():
        return eighths(generator, states, width) if batch is None else eighths(generator, states, batch, width)

    inputs = {"input": sequence(steps, arguments["input_size"]), "loss_weight_output": sequence(longest, outputs), "loss_weight_hn": state()}
    if given:
        inputs["h0"] = state()
    if lstm:
        inputs["loss_weight_cn"] = state()
        if given:
            inputs["c0"] = state()
    if lengths:
        inputs["lengths"] = torch.tensor(lengths)
    single = evaluate(module, inputs, batch_first, lstm, torch.float32)
    double = evaluate(module, inputs, batch_first, lstm, torch.float64)

    def precision(names):
        difference = max((single[n].double() - double[n]).abs().max().item() for n in names)
        largest = max(double[n].abs().max().item() for n in names)
        return {"f32_vs_f64_max_abs": float(f"{difference:.3g}"), "max_abs": float(f"{largest:.3g}"), "tolerance": tolerance(difference, 1e-5)}

    plain = [n for n in single if not n.startswith("grad:")]
    precisions = {n: precision([n]) for n in plain}
    precisions["grads"] = precision([n for n in single if n.startswith("grad:")])
    return {"name": name, "inputs": {n: tensor(v) for n, v in inputs.items()}, "outputs": {n: tensor(v) for n, v in single.items()}, "precision": precisions}


def make_case(folder, case, seed):
    kind, arguments, batch, steps, runs = CASES[case]
    arguments = {"batch_first": True, **arguments}
    generator = random.Random(seed)
    module = getattr(torch.nn, kind)(**arguments)
    with torch.no_grad():
        for _, weight in sorted(module.named_parameters()):
            scale = 0.4 if weight.dim() == 2 else 0.2
            weight.copy_(torch.tensor([generator.gauss(0, scale) for _ in range(weight.numel())], dtype=torch.float32).reshape(weight.shape))
    hyper = {"input_size": arguments["input_size"], "hidden_size": arguments["hidden_size"], "num_layers": arguments.get("num_layers", 1),
             "batch_first": arguments["batch_first"], "bidirectional": arguments.get("bidirectional", False)}
    hyper.update({key: arguments[key] for key in ("bias", "nonlinearity") if key in arguments})
    reference = {
        "format": "transformer-fixture/1",
        "case": case,
        "family": "torch.nn",
        "class": f"torch.nn.{kind}",
        "what": f"torch.nn.{kind}; forward and gradients of loss = sum(output*loss_weight_output) + sum(h_n*loss_weight_hn)"
                + (" + sum(c_n*loss_weight_cn)" if kind == "LSTM" else "") + "; lengths: packed sequences",
        "parameter_layout": [GATES[kind][1], "weight_ih_lK [gates*hidden, layer input], weight_hh_lK [gates*hidden, hidden], bias_ih_lK, bias_hh_lK; suffix _reverse = backward direction",
                             "h_n, c_n: [num_layers*directions, batch, hidden]", "input/output: [batch, time, feature]" if arguments["batch_first"] else "input/output: [time, batch, feature]"],
        "hyper_parameters": hyper,
        "versions": {"torch": torch.__version__, "numpy": numpy.__version__},
        "seed": seed,
        "parameters": sum(p.numel() for p in module.parameters()),
        "runs": [make_run(name, module, generator, kind, arguments, batch, steps, given, lengths) for name, (given, lengths) in runs.items()],
    }
    os.makedirs(folder, exist_ok=True)
    save_safetensors(os.path.join(folder, "weights.safetensors"), dict(module.named_parameters()))
    with open(os.path.join(folder, "reference.json"), "w", encoding="utf-8") as file:
        json.dump(reference, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for number, case in enumerate(CASES):
        if len(sys.argv) == 2 or case in sys.argv[2:]:
            make_case(os.path.join(sys.argv[1], case), case, 7000 + number)
            print(case)
