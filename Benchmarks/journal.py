#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs JournalCost in pairs, memory and file in turn, and writes the medians.

    journal.py PROGRAM PAIRS RESULT.json
"""
import json, statistics, subprocess, sys

from common import machine, write

program, pairs, result = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def run(kind):
    return json.loads(subprocess.run([program, kind], check=True, capture_output=True, text=True).stdout.splitlines()[-1])


runs = []
for number in range(pairs):
    kinds = ["memory", "file"] if number % 2 == 0 else ["file", "memory"]
    runs.append({kind: run(kind) for kind in kinds})
    last = {kind: statistics.median(runs[-1][kind]["ns_per_span"]) for kind in kinds}
    print(f"pair {number + 1}: memory {last['memory']:.0f} ns, file {last['file']:.0f} ns", flush=True)

medians = {kind: [statistics.median(r[kind]["ns_per_span"]) for r in runs] for kind in ("memory", "file")}
ratios = [file / memory for memory, file in zip(medians["memory"], medians["file"])]
single = {kind: {p: statistics.median(r[kind]["single_span_ns"][p] for r in runs) for p in ("p50", "p99", "p99.9")}
          for kind in ("memory", "file")}
summary = {
    "what": "a span with three attributes, tracer's concrete type, processor time of the recording thread",
    "command": f"scripts/bench.sh journal {pairs}",
    **machine(), "pairs": pairs,
    "ns_per_span": {kind: round(statistics.median(values)) for kind, values in medians.items()},
    "file_to_memory": {"median": round(statistics.median(ratios), 3), "min": round(min(ratios), 3),
                       "max": round(max(ratios), 3)},
    "single_span_ns_under_writeback": single,
    "undelivered": sum(r[kind]["undelivered"] for r in runs for kind in r),
}
write(result, summary)
