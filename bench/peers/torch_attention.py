"""Attention alone in PyTorch, beside `Heed.Bench attention`: scaled_dot_product_attention and the product by product form, f32, on the processor.

    python3 bench/peers/torch_attention.py [--threads 1] [--rounds 7]

Prints the median milliseconds of forward and of forward + backward. Run it in turn with the benchmark of Heed.
"""
import argparse
import statistics
import time

import torch
import torch.nn.functional as F

SHAPES = [("B1 H12 T1024 D64 causal", 1, 12, 1024, 64, True), ("B8 H12 T128 D64", 8, 12, 128, 64, False), ("B8 H12 T128 D64 masked", 8, 12, 128, 64, False)]


def eager(q, k, v, mask, causal):
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    if causal:
        scores = scores.masked_fill(torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).triu(1), float("-inf"))
    if mask is not None:
        scores = scores + mask
    return scores.softmax(-1) @ v


def fused(q, k, v, mask, causal):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    for name, batch, heads, length, depth, causal in SHAPES:
        # Heads as columns of one matrix, as a model has them.
        qkv = torch.randn(batch, length, 3, heads, depth)
        q, k, v = (qkv[:, :, i].transpose(1, 2).detach().requires_grad_() for i in range(3))
        mask = None
        if "masked" in name:
            mask = torch.zeros(batch, 1, 1, length)
            mask[1::2, :, :, -32:] = float("-inf")
        gradient = torch.randn(batch, heads, length, depth)
        times = {}
        for _ in range(options.rounds + 2):
            for label, attention in (("fused", fused), ("eager", eager)):
                with torch.no_grad():
                    start = time.perf_counter()
                    attention(q, k, v, mask, causal)
                    times.setdefault((label, "forward"), []).append(time.perf_counter() - start)
                start = time.perf_counter()
                attention(q, k, v, mask, causal).backward(gradient)
                times.setdefault((label, "both"), []).append(time.perf_counter() - start)
                q.grad = k.grad = v.grad = None
        for label in ("fused", "eager"):
            forward, both = (statistics.median(times[label, part][2:]) * 1e3 for part in ("forward", "both"))
            print(f"{name:28}{label:8} threads {options.threads}  forward {forward:8.2f} ms  forward + backward {both:8.2f} ms")


main()
