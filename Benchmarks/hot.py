#!/usr/bin/env python3
"""Runs HotPath and the peers' programs in turn, and writes the medians.

    hot.py HOTPATH PEERS TURNS RESULT.json
"""
import sys

from common import machine, median, run, write

program, peers, turns, result = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
COUNT = "300000"
PEERS = {
    "zerolog, 6 fields": [f"{peers}/go-peers", "hot", "zerolog", COUNT],
    "zap, 6 fields": [f"{peers}/go-peers", "hot", "zap", COUNT],
    "spdlog, 6 fields": [f"{peers}/spdlog-peer", "hot", COUNT],
    "zipkin-go span, 3 tags": [f"{peers}/go-peers", "hot", "zipkin-go", COUNT],
    "OpenTelemetry Go span, 3 attributes": [f"{peers}/go-peers", "hot", "otel-go", COUNT],
}
spoor = {backend: {} for backend in ("nothing", "spoor", "unsampled")}
allocations = {backend: {} for backend in spoor}
others = {name: [] for name in PEERS}
for turn in range(turns):
    for backend in spoor:
        figures = run([program, backend, "5"])
        assert figures["undelivered"] == 0, figures
        for name, values in figures["ns"].items():
            spoor[backend].setdefault(name, []).append(median(values))
            allocations[backend][name] = figures["allocations"][name]
    for name, command in PEERS.items():
        others[name].append(run(command)["cpu_ns"])
    print(f"turn {turn + 1} of {turns}", flush=True)

write(result, {
    "what": "processor time of the calling thread per operation, ns; of peers that of all their threads",
    "command": f"scripts/bench.sh hot {turns}", **machine(), "turns": turns,
    "spoor": {name: median(values) for name, values in sorted(spoor["spoor"].items())},
    "spoor, not sampled": {name: median(values) for name, values in sorted(spoor["unsampled"].items()) if "span" in name},
    "the APIs without a backend": {name: median(values) for name, values in sorted(spoor["nothing"].items())},
    "allocations": dict(sorted(allocations["spoor"].items())),
    "peers": {name: median(values) for name, values in others.items()},
})
