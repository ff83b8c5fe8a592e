#!/usr/bin/env python3
"""Prefill and decoding of .gguf files by Heed and by llama.cpp's llama-bench, in turn, on the same files and threads; medians and their ratio.

    python3 bench/peers/llama_compare.py --llama-bench PATH --heed "dotnet src/Heed.Cli/bin/Release/net10.0/Heed.Cli.dll" FILE.gguf...
"""
import argparse
import json
import shlex
import statistics
import subprocess


def heed(command, file, threads, prompt, generate):
    line = shlex.split(command) + ["bench", file, "--threads", str(threads), "--prompt", str(prompt), "--generate", str(generate), "--rounds", "3", "--json"]
    answer = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    return answer["prefill_tokens_per_second"], answer["decode_tokens_per_second"], answer["prefill_of_peak"], answer["decode_of_bandwidth"]


def llama(command, file, threads, prompt, generate):
    line = shlex.split(command) + ["-m", file, "-t", str(threads), "-p", str(prompt), "-n", str(generate), "-r", "3", "-o", "json"]
    rates = {True: 0.0, False: 0.0}
    for row in json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout):
        rates[row["n_prompt"] > 0] = statistics.median(row["samples_ts"])
    return rates[True], rates[False]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--llama-bench", required=True)
    parser.add_argument("--heed", required=True)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--generate", type=int, default=128)
    options = parser.parse_args()
    print(f"{'file':34}{'threads':>8}{'prefill':>10}{'peer':>10}{'ratio':>7}{'of peak':>9}{'decode':>10}{'peer':>10}{'ratio':>7}{'of memory':>11}")
    for file in options.files:
        for threads in map(int, options.threads.split(",")):
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(heed(options.heed, file, threads, options.prompt, options.generate))
                theirs.append(llama(options.llama_bench, file, threads, options.prompt, options.generate))
            p, d, peak, memory = (statistics.median(column) for column in zip(*ours))
            q, e = (statistics.median(column) for column in zip(*theirs))
            name = file.rsplit("/", 1)[-1]
            print(f"{name:34}{threads:8}{p:10.0f}{q:10.0f}{p / q if q else 0:7.2f}{peak:9.0%}{d:10.1f}{e:10.1f}{d / e if e else 0:7.2f}{memory:11.0%}", flush=True)


if __name__ == "__main__":
    main()
