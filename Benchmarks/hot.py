#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs HotPath and the peers' programs in turn, and writes the medians.

    hot.py HOTPATH PEERS PYTHON TURNS RESULT.json
"""
import os, sys

from common import machine, median, run, write

program, peers, python, turns, result = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
here = os.path.dirname(os.path.abspath(__file__))
COUNT = "300000"
PEERS = {
    "zerolog, 6 fields": [f"{peers}/go-peers", "hot", "zerolog", COUNT],
    "zap, 6 fields": [f"{peers}/go-peers", "hot", "zap", COUNT],
    "spdlog, 6 fields": [f"{peers}/spdlog-peer", "hot", COUNT],
    "zipkin-go span, 3 tags": [f"{peers}/go-peers", "hot", "zipkin-go", COUNT],
    "OpenTelemetry Go span, 3 attributes": [f"{peers}/go-peers", "hot", "otel-go", COUNT],
    "OpenTelemetry Python span, 3 attributes": [python, f"{here}/Peers/python/otel.py", "hot", "span", "30000"],
    "OpenTelemetry Python span, not sampled": [python, f"{here}/Peers/python/otel.py", "hot", "unsampled", "30000"],
}
# "plain" is Spoor without what it assumes about the memory of other packages.
spoor = {backend: {} for backend in ("nothing", "floor", "floor-unsampled", "spoor", "unsampled", "plain")}
allocations = {backend: {} for backend in spoor}
others = {name: [] for name in PEERS}
for turn in range(turns):
    for backend in spoor:
        shortcuts = "0" if backend == "plain" else "1"
        figures = run([program, "spoor" if backend == "plain" else backend, "5"],
                      env=dict(os.environ, SPOOR_RUNTIME_SHORTCUTS=shortcuts))
        assert figures["undelivered"] == 0, figures
        for name, values in figures["ns"].items():
            spoor[backend].setdefault(name, []).append(median(values))
            allocations[backend][name] = figures["allocations"][name]
    for name, command in PEERS.items():
        others[name].append(run(command)["cpu_ns"])
    print(f"turn {turn + 1} of {turns}", flush=True)



def spans_of(backend):
    return {name: median(values) for name, values in sorted(spoor[backend].items()) if "span" in name and "throw" not in name}


def without_events(figures):  # EventLog is Spoor's own, so there is nothing to compare with.
    return {name: value for name, value in figures.items() if "event" not in name}


write(result, {
    "what": "processor time per operation in ns: of the calling thread, and for peers of all their threads",
    "command": f"scripts/bench.sh hot {turns}", **machine(), "turns": turns,
    "spoor": {name: median(values) for name, values in sorted(spoor["spoor"].items())},
    "spoor, without shortcuts": {name: median(values) for name, values in sorted(spoor["plain"].items())},
    "spoor, not sampled": spans_of("unsampled"),
    "the least tracer": spans_of("floor"),
    "the least tracer, not sampled": spans_of("floor-unsampled"),
    "the APIs without a backend": without_events(
        {name: median(values) for name, values in sorted(spoor["nothing"].items())}),
    "allocations": dict(sorted(allocations["spoor"].items())),
    "peers": {name: median(values) for name, values in others.items()},
})
