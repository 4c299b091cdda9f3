#!/usr/bin/env python3
"""Runs ThrowCost and writes the medians.

    throw.py PROGRAM PAIRS RESULT.json
"""
import datetime, json, os, platform, statistics, subprocess, sys

program, pairs, result = sys.argv[1], sys.argv[2], sys.argv[3]
figures = json.loads(subprocess.run([program, pairs], check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def cpu():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())


summary = {
    "what": "an untyped throw, 10 calls below its catch, processor time of the throwing thread",
    "command": f"scripts/bench.sh throw {pairs}",
    "date": datetime.date.today().isoformat(), "cpu": cpu(), "cores": os.cpu_count(), "pairs": int(pairs),
    "ns_per_throw": {name: round(statistics.median(values), 1) for name, values in sorted(figures.items())},
    "more_with_the_capture_armed": {
        place: round(statistics.median(on - off for on, off in zip(figures[f"{place}, armed"],
                                                                   figures[f"{place}, not armed"])), 1)
        for place in ("inside a span", "outside a span")},
}
os.makedirs(os.path.dirname(result), exist_ok=True)
with open(result, "w") as file:
    json.dump(summary, file, indent=2)
    file.write("\n")
print(json.dumps(summary, indent=2))
