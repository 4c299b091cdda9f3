#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs `order-flow load` in pairs, with every trace recorded and with none, and writes the medians.

    orderflow.py PROGRAM PAIRS RESULT.json
"""
import json, os, statistics, subprocess, sys, tempfile

from common import machine, write

program, pairs, result = sys.argv[1], int(sys.argv[2]), sys.argv[3]
orders, rate = 3000, 150


def run(tracing):
    with tempfile.TemporaryDirectory() as directory:
        file = os.path.join(directory, "load.json")
        subprocess.run(
            [program, "load", "--orders", str(orders), "--before", "0", "--rate", str(rate), "--tracing", tracing,
             "--collector-port", "0", "--directory", os.path.join(directory, "run"), "--json", file],
            check=True, stdout=subprocess.DEVNULL)
        with open(file) as text:
            return json.load(text)[0]


runs = []
for number in range(pairs):
    kinds = ["off", "all"] if number % 2 == 0 else ["all", "off"]
    runs.append({kind: run(kind) for kind in kinds})
    cost = {kind: runs[-1][kind]["processor_ms_per_order"] for kind in kinds}
    print(f"pair {number + 1}: off {cost['off']:.3f} ms, all {cost['all']:.3f} ms an order", flush=True)

cost = {kind: [r[kind]["processor_ms_per_order"] for r in runs] for kind in ("off", "all")}
ratios = [on / off for off, on in zip(cost["off"], cost["all"])]
summary = {
    "what": "processor time of all services per order (5 HTTP requests, 18 spans), with every trace recorded "
            "and sent, and with none; logs in both",
    "command": f"scripts/bench.sh orderflow {pairs}",
    **machine(), "pairs": pairs,
    "orders_per_run": orders, "orders_per_second": rate,
    "processor_ms_per_order": {kind: round(statistics.median(values), 3) for kind, values in cost.items()},
    "all_to_off": {"median": round(statistics.median(ratios), 3), "min": round(min(ratios), 3),
                   "max": round(max(ratios), 3)},
    "p50_ms": {kind: round(statistics.median(r[kind]["rows"][0]["p50"] for r in runs), 2) for kind in cost},
    "lost": sum(r[kind]["rows"][0]["lost"] for r in runs for kind in r),
}
write(result, summary)
