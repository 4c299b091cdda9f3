#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs ThrowCost and writes the medians.

    throw.py PROGRAM PAIRS RESULT.json
"""
import json, statistics, subprocess, sys

from common import machine, write

program, pairs, result = sys.argv[1], sys.argv[2], sys.argv[3]
figures = json.loads(subprocess.run([program, pairs], check=True, capture_output=True, text=True).stdout.splitlines()[-1])


summary = {
    "what": "an untyped throw, 10 calls below its catch, processor time of the throwing thread",
    "command": f"scripts/bench.sh throw {pairs}",
    **machine(), "pairs": int(pairs),
    "ns_per_throw": {name: round(statistics.median(values), 1) for name, values in sorted(figures.items())},
    "more_with_the_capture_armed": {
        place: round(statistics.median(on - off for on, off in zip(figures[f"{place}, armed"],
                                                                   figures[f"{place}, not armed"])), 1)
        for place in ("inside a span", "outside a span")},
    "more_in_throws_not_armed": {
        place: round(statistics.median(on / off - 1 for on, off in zip(figures[f"{place}, armed"],
                                                                       figures[f"{place}, not armed"])), 2)
        for place in ("inside a span", "outside a span")},
}
write(result, summary)
