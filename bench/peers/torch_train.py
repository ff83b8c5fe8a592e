"""Times a GPT-2-type training step in PyTorch: the peer of `heed bench train`.

    python3 torch_train.py [--config small|gpt2|gpt2-64|nano] [--threads 2] [--steps 5] [--autocast]

Prints one JSON line: milliseconds of the median step, model GFLOP/s by the same count as Heed's
(2 for each multiply-add of every matrix product and of attention over all pairs; backward twice forward), peak memory.
With --whole FILE it trains nanoGPT's character configuration on a text instead and reports time and validation loss.
"""
import argparse
import json
import math
import resource
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIGS = {  # depth, width, heads, context, batch, vocabulary
    "small": (6, 384, 6, 256, 16, 4096),
    "gpt2": (12, 768, 12, 256, 4, 50257),
    "gpt2-64": (12, 768, 12, 64, 4, 50257),
    "nano": (4, 128, 4, 64, 12, 65),
}
FUSED = hasattr(F, "scaled_dot_product_attention")


class Block(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("mask", torch.tril(torch.ones(context, context)).bool(), persistent=False)

    def attend(self, x):
        b, t, c = x.shape
        q, k, v = (y.view(b, t, self.heads, c // self.heads).transpose(1, 2) for y in self.qkv(x).split(c, dim=2))
        if FUSED:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1)) / math.sqrt(c // self.heads)
            y = scores.masked_fill(~self.mask[:t, :t], float("-inf")).softmax(-1) @ v
        return self.proj(y.transpose(1, 2).reshape(b, t, c))

    def forward(self, x):
        x = x + self.attend(self.n1(x))
        return x + self.down(F.gelu(self.up(self.n2(x)), **({"approximate": "tanh"})))


class Gpt(nn.Module):
    def __init__(self, depth, width, heads, context, vocabulary):
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads, context) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.tokens.weight
        for name, p in self.named_parameters():
            if p.dim() >= 2:
                scaled = name.endswith(("proj.weight", "down.weight"))
                nn.init.normal_(p, 0, 0.02 / (math.sqrt(2 * depth) if scaled else 1))
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.norm(x))
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def optimizer_of(model, lr, beta2):
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    plain = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, beta2))


def peak_mb():
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def time_steps(args):
    depth, width, heads, context, batch, vocabulary = CONFIGS[args.config]
    model = Gpt(depth, width, heads, context, vocabulary)
    optimizer = optimizer_of(model, 1e-4, 0.95)
    ids = torch.randint(vocabulary, (batch, context + 1))
    times = []
    for _ in range(args.steps + 1):
        start = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.autocast):
            loss = model(ids[:, :-1], ids[:, 1:].contiguous())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()
        times.append(time.perf_counter() - start)
    median = statistics.median(times[1:])
    per_token = 3 * (depth * (2 * 12 * width * width + 4 * context * width) + 2 * width * vocabulary)
    print(json.dumps({"peer": f"torch {torch.__version__}{' bf16 autocast' if args.autocast else ''}", "config": args.config, "threads": args.threads,
                      "ms": round(median * 1e3, 2), "min_ms": round(min(times[1:]) * 1e3, 2),
                      "gflops": round(per_token * batch * context / median / 1e9, 1), "peak_rss_mb": peak_mb()}))


def train_whole(args):
    depth, width, heads, context, batch, _ = CONFIGS["nano"]
    text = open(args.whole, encoding="utf-8").read()
    index = {c: i for i, c in enumerate(sorted(set(text)))}
    data = torch.tensor([index[c] for c in text])
    split = len(text) - int(len(text) * 0.1)
    training, validation = data[:split], data[split:]
    torch.manual_seed(1337)
    model = Gpt(depth, width, heads, context, len(index))
    optimizer = optimizer_of(model, 1e-3, 0.99)
    start = time.perf_counter()
    for step in range(args.iterations):
        if step < 100:
            lr = 1e-3 * (step + 1) / 101
        else:
            lr = 1e-4 + 9e-4 * 0.5 * (1 + math.cos(math.pi * (step - 100) / (2000 - 100)))
        for group in optimizer.param_groups:
            group["lr"] = lr
        at = torch.randint(len(training) - context, (batch,))
        ids = torch.stack([training[i:i + context + 1] for i in at])
        loss = model(ids[:, :-1], ids[:, 1:].contiguous())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    seconds = time.perf_counter() - start
    model.eval()
    with torch.no_grad():
        windows = (len(validation) - 1) // context
        losses = []
        for first in range(0, windows, batch):
            rows = [validation[w * context:w * context + context + 1] for w in range(first, min(windows, first + batch))]
            ids = torch.stack(rows)
            losses.append(model(ids[:, :-1], ids[:, 1:].contiguous()).item() * len(rows))
    print(json.dumps({"peer": f"torch {torch.__version__}", "threads": args.threads, "steps": args.iterations,
                      "seconds": round(seconds, 2), "validation_loss": round(sum(losses) / windows, 4), "peak_rss_mb": peak_mb()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", choices=CONFIGS, default="small")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--autocast", action="store_true")
    parser.add_argument("--whole", metavar="FILE")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train_whole(arguments) if arguments.whole else time_steps(arguments)
