"""Encodes the lines of a file with sentencepiece, one pass for each line read from standard input.

    python3 sentencepiece_encode.py MODEL TEXT

After each pass it prints a JSON object: seconds, ids. One thread. Needs Debian's python3-sentencepiece or the like.
"""
import json
import sys
import time

import sentencepiece

processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
with open(sys.argv[2], encoding="utf-8", newline="\n") as file:
    lines = file.read().split("\n")
for _ in sys.stdin:
    start = time.perf_counter()
    encoded = processor.encode(lines, num_threads=1)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "ids": sum(map(len, encoded))}), flush=True)
