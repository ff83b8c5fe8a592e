"""Runs Heed and PyTorch training steps in turn and prints the ratio of their medians.

    python3 compare.py [--config small] [--rounds 3] [--threads 2] [--python 'python3'] [--autocast]

Build first: dotnet build -c Release. --python may be any command that starts a Python with torch (a chroot, a container).
"""
import argparse
import json
import os
import pathlib
import shlex
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEED = ["dotnet", str(ROOT / "src/Heed.Cli/bin/Release/net10.0/Heed.Cli.dll")]


def run(command):
    environment = dict(os.environ, OPENBLAS_CORETYPE=os.environ.get("OPENBLAS_CORETYPE", "SkylakeX"))
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--config", default="small")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--steps", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--python", default="python3")
parser.add_argument("--script", default=str(ROOT / "bench/peers/torch_train.py"))
parser.add_argument("--autocast", action="store_true")
args = parser.parse_args()
heed, peer = [], []
for _ in range(args.rounds):
    heed.append(run([*HEED, "bench", "train", "--model", args.config, "--steps", str(args.steps), "--threads", str(args.threads), "--json"]))
    peer.append(run([*shlex.split(args.python), args.script, "--config", args.config, "--steps", str(args.steps), "--threads", str(args.threads)]
                    + (["--autocast"] if args.autocast else [])))
ms, peer_ms = (statistics.median(r["ms"] for r in rows) for rows in (heed, peer))
print(json.dumps({
    "config": args.config, "threads": args.threads, "rounds": args.rounds, "peer": peer[0]["peer"],
    "heed_ms": round(ms, 1), "peer_ms": round(peer_ms, 1), "peer_over_heed": round(peer_ms / ms, 2),
    "heed_mfu": round(statistics.median(r["of_peak"] for r in heed), 3), "peak_gflops": round(max(r["peak"] for r in heed)),
    "heed_mb": round(max(r["peak_rss_mb"] for r in heed)), "peer_mb": round(max(r["peak_rss_mb"] for r in peer)),
}))
