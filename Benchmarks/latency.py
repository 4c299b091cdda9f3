#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Measures how long single spans and log records keep their caller, in good and in bad conditions.

    latency.py LATENCY PEERS TURNS RESULT.json

Conditions: nothing else happens; another process writes to the same disk and has it written back; the collector accepts
requests and never answers; the first failure of the process is thrown and logged. The log goes to a file. Beside Spoor:
swift-log's handler for standard output, zerolog, and two readings of the clock, which show what the machine itself adds.
"""
import json, os, shutil, socket, subprocess, sys, tempfile, threading

from common import last_json, machine, median, write

program, peers, turns, result = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
SECONDS = 10


class Stuck:
    """A collector that accepts connections, reads, and never answers."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/api/v2/spans"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.read, args=(connection,), daemon=True).start()

    def read(self, connection):
        while connection.recv(1 << 20):
            pass


def writeback(folder):
    """Writes 64 MB after 64 MB and waits for the disk each time, until it is ended."""
    loop = f"while :; do dd if=/dev/zero of={folder}/load bs=1M count=64 conv=fdatasync 2>/dev/null; done"
    return subprocess.Popen(["sh", "-c", loop], start_new_session=True)


def measure(command, condition):
    folder = tempfile.mkdtemp(prefix="spoor-latency-")
    sink = subprocess.Popen([sys.executable, f"{os.path.dirname(os.path.abspath(__file__))}/sink.py"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{sink.stdout.readline().strip()}/api/v2/spans"
    if condition == "stuck collector":
        url = Stuck().url
    load = writeback(folder) if condition == "disk writeback" else None
    try:
        with open(f"{folder}/log", "wb") as log:
            done = subprocess.run(
                command, check=True, stdout=log, stderr=subprocess.PIPE, text=True,
                env=dict(os.environ, SPOOR_JOURNAL_DIR=f"{folder}/journal", OTEL_EXPORTER_ZIPKIN_ENDPOINT=url,
                         SPOOR_LOG_FORMAT="json"))
        return last_json(done.stderr)
    finally:
        if load:
            os.killpg(load.pid, 9)
            load.wait()
        sink.communicate()
        shutil.rmtree(folder, ignore_errors=True)


SPOOR = [program, "spoor", str(SECONDS)]
STREAM, ZEROLOG = [program, "stream", str(SECONDS)], [f"{peers}/go-peers", "latency", "zerolog", str(SECONDS)]
RUNS = [
    ("quiet", "the clock alone", [program, "nothing", str(SECONDS)]),
    ("quiet", "Spoor", SPOOR), ("quiet", "StreamLogHandler", STREAM), ("quiet", "zerolog", ZEROLOG),
    ("disk writeback", "the clock alone", [program, "nothing", str(SECONDS)]),
    ("disk writeback", "Spoor", SPOOR), ("disk writeback", "StreamLogHandler", STREAM), ("disk writeback", "zerolog", ZEROLOG),
    ("stuck collector", "Spoor", SPOOR),
    ("first failure", "Spoor", [program, "failing", str(SECONDS)]),
]
load = os.getloadavg()[0]
taken = {}
for turn in range(turns):
    for condition, library, command in RUNS:
        for kind, figures in measure(command, condition).items():
            taken.setdefault((condition, library, kind), []).append(figures)
    print(f"turn {turn + 1} of {turns}", flush=True)

rows = []
for (condition, library, kind), figures in taken.items():
    percentiles = [percentile for percentile, _ in figures[0]["ns"]]
    rows.append({
        "condition": condition, "library": library, "operation": "two readings" if kind == "nothing" else kind,
        "count": figures[0]["count"],
        "us": {f"{percentile:g}": round(median([run["ns"][index][1] for run in figures]) / 1000, 2)
               for index, percentile in enumerate(percentiles)},
    })
write(result, {
    "what": "how long single operations keep their caller, from the moment at which they are due; 5 000 a second of each kind",
    "command": f"scripts/bench.sh latency {turns}", **machine(), "load": load, "turns": turns, "seconds": SECONDS, "rows": rows})
