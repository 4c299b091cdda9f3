#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs Delivery with increasing values of one parameter, all others fixed, and writes the medians.

    curves.py DELIVERY TURNS RESULT.json
"""
import sys

from common import deliver, machine, median, write

program, turns, result = sys.argv[1], int(sys.argv[2]), sys.argv[3]
# (64 MiB − 8 MiB of log ring − 128 KiB of heads) / 512: SpoorJournal's layout with a service's defaults.
PLACES = (64 * 1024 - 8 * 1024 - 128) * 2


def run(*options, threads=1, delay_ms=0, ticks=None):
    pace = "ticks" if ticks else "full"
    return lambda: deliver([program, "spans", "PORT", "memory", "plain", str(threads), pace, *options], delay_ms, ticks)


def paced(count):
    """Spans as in a service: a few, then a wait. The cost of the waiting without spans is measured as well."""
    options = ("spans=10000", f"per-trace={count}")
    ticks = [program, "ticks", str(5000 / count)]

    def once():
        figures = run(*options, ticks=ticks)()
        figures["waiting_alone"] = run(*options, "record=0", ticks=ticks)()["cpu_ns_per_span"]
        return figures
    return once


def point(taken):
    figures = {
        "cpu_ns_per_span": median(run["cpu_ns_per_span"] for run in taken),
        "delivered_percent": median([100 * (1 - run["lost"] / run["spans"]) for run in taken], 1),
        "bytes_per_span": median(run["bytes_per_span"] for run in taken),
        "recorded_s": median([run["recorded_s"] for run in taken], 2),
    }
    if "waiting_alone" in taken[0]:
        figures["waiting_alone_ns_per_span"] = median(run["waiting_alone"] for run in taken)
    return figures


CURVES = {
    "spans per trace": {str(count): run(f"per-trace={count}") for count in (1, 10, 100, 1000)},
    "attributes per span": {str(count): run(f"attributes={count}") for count in (0, 3, 8, 16, 32, 64)},
    "threads": {str(count): run(threads=count) for count in (1, 2, 4, 8)},
    "journal usage, %": {str(share): run(f"open={PLACES * share // 100}") for share in (0, 50, 90, 99)},
    "round trip to the collector, ms": {str(delay): run(delay_ms=delay) for delay in (0, 1, 10, 100)},
    "spans between two waits, 5 000 a second": {str(count): paced(count) for count in (1, 5, 25, 100, 500)},
}
runs = {name: {size: [] for size in points} for name, points in CURVES.items()}
for turn in range(turns):
    for name, points in CURVES.items():
        for size, once in points.items():
            runs[name][size].append(once())
    print(f"turn {turn + 1} of {turns}", flush=True)

write(result, {
    "what": "100 000 spans at full rate until a collector has them, with increasing values of one parameter; the defaults "
            "are traces of a root and 4 children, 3 attributes each, one thread, the journal in memory and empty, no "
            "delay and 10 000 spans between waits; processor time of all threads",
    "command": f"scripts/bench.sh curves {turns}", **machine(), "turns": turns,
    "curves": {name: {size: point(taken) for size, taken in points.items()} for name, points in runs.items()},
})
