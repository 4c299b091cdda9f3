#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs Delivery with a sink that only counts, and the loggers with a pipe into cat, and writes the medians.

    delivery.py DELIVERY PEERS PYTHON TURNS RESULT.json
"""
import os, subprocess, sys, tempfile, time

from common import deliver, machine, median, run, write

program, peers, python, turns, result = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
SPOOR = [program, "spans", "PORT"]
OTEL_PYTHON = [python, f"{os.path.dirname(os.path.abspath(__file__))}/Peers/python/otel.py", "spans", "PORT"]
LINES = "1000000"
OTLP = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:PORT",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
# The logging thread waits for the receiver, so that no record is dropped.
OTLP_RECORDS = {"OTEL_LOGS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:PORT",
                "OTEL_EXPORTER_OTLP_COMPRESSION": "none", "SPOOR_LOG_PATIENCE": "60000", "SPOOR_SHUTDOWN_TIMEOUT": "60000"}


def paced(spans_a_second, command, *options):
    """The command, and the program that paces its traces of five spans."""
    return [*command, "ticks", *options], [program, "ticks", str(spans_a_second // 5)]


# Each with its ticks, if it has some.
SPANS = {
    "full rate, journal in memory": ([*SPOOR, "memory", "plain", "1", "full"], None),
    "full rate, journal in a file": ([*SPOOR, "file", "plain", "1", "full"], None),
    "full rate, gzip": ([*SPOOR, "memory", "gzip", "1", "full"], None),
    "full rate, OTLP protobuf": ([*SPOOR, "memory", "plain", "1", "full"], None, OTLP),
    "full rate, OTLP JSON": ([*SPOOR, "memory", "plain", "1", "full"], None, dict(OTLP, OTEL_EXPORTER_OTLP_PROTOCOL="http/json")),
    "full rate, 2 threads": ([*SPOOR, "memory", "plain", "2", "full"], None),
    "full rate, 4 threads": ([*SPOOR, "memory", "plain", "4", "full"], None),
    "full rate, 8 threads": ([*SPOOR, "memory", "plain", "8", "full"], None),
    "10 000 spans a second": paced(10_000, [*SPOOR, "memory", "plain", "1"]),
    "5 000 spans a second": paced(5_000, [*SPOOR, "memory", "plain", "1"]),
    "5 000 spans a second, 4 threads": paced(5_000, [*SPOOR, "memory", "plain", "4"]),
    "1 000 spans a second": paced(1_000, [*SPOOR, "memory", "plain", "1"], "spans=20000"),
    "5 000 spans a second, its own timer": ([*SPOOR, "memory", "plain", "1", "5000"], None),
    "OpenTelemetry Python, full rate": ([*OTEL_PYTHON, "full"], None),
    "OpenTelemetry Python, 5 000 spans a second": paced(5_000, OTEL_PYTHON),
}
LOGGERS = {
    "spoor, swift-log": [program, "lines", "logger", LINES],
    "spoor, EventLog": [program, "lines", "events", LINES],
    "zerolog": [f"{peers}/go-peers", "lines", "zerolog", LINES],
    "zap": [f"{peers}/go-peers", "lines", "zap", LINES],
    "spdlog": [f"{peers}/spdlog-peer", "lines", LINES],
}


def lines(command):
    read, write_end = os.pipe()
    file = tempfile.NamedTemporaryFile()
    with open(file.name, "wb") as output:
        reader = subprocess.Popen(["cat"], stdin=read, stdout=output)
        os.close(read)
        start = time.monotonic()
        figures = run(command, stdout=write_end)
        os.close(write_end)
        reader.wait()
        figures["wall_s"] = time.monotonic() - start
    whole = sum(1 for line in file if b'"payment_timeout"' in line and line.startswith(b"{") and line.endswith(b"}\n"))
    file.close()
    figures["lost"] = int(LINES) - whole
    figures.setdefault("cpu_ns", figures.get("cpu_ns_per_line"))
    return figures


def records():
    """A million log records until a receiver of OTLP has them."""
    figures = deliver([program, "lines", "logger", LINES], environment=OTLP_RECORDS)
    figures.update(lost=int(LINES) - figures["received"], cpu_ns=figures["cpu_ns_per_line"])
    return figures


span_runs = {name: [] for name in SPANS}
record_runs = []
line_runs = {name: [] for name in LOGGERS}
for turn in range(turns):
    record_runs.append(records())
    for name, (command, ticks, *environment) in SPANS.items():
        if "a second" in name and turn >= 3:
            continue  # These take as long as they take.
        figures = deliver(command, ticks=ticks, environment=environment[0] if environment else None)
        if "a second" in name and command[0] == program:
            # The cost of the same waiting without recording spans.
            figures["waiting_alone"] = deliver([*command, "record=0"], ticks=ticks)["cpu_ns_per_span"]
        span_runs[name].append(figures)
    for name, command in LOGGERS.items():
        line_runs[name].append(lines(command))
    print(f"turn {turn + 1} of {turns}", flush=True)

write(result, {
    "what": "100 000 spans until a collector has them (20 000 traces of a root and 4 children, 3 attributes each, global "
            "withSpan); if a rate is given, another process writes a byte to a pipe when each trace is due, or the "
            "process sleeps itself; 1 000 000 lines until the reader of the pipe has them; processor time of all threads",
    "command": f"scripts/bench.sh delivery {turns}", **machine(), "turns": turns,
    "spans": {name: {
        "cpu_ns_per_span": median(run["cpu_ns_per_span"] for run in runs), "lost": max(run["lost"] for run in runs),
        "bytes_per_span": median(run["bytes_per_span"] for run in runs),
        "peak_memory_mib": median([run["peak_memory_kib"] / 1024 for run in runs]),
        **({"waiting_alone_ns_per_span": median(run["waiting_alone"] for run in runs)} if "waiting_alone" in runs[0] else {}),
    } for name, runs in span_runs.items()},
    "log_records_otlp": {
        "cpu_ns_per_record": median(run["cpu_ns"] for run in record_runs), "lost": max(run["lost"] for run in record_runs),
        "wall_s": median([run["wall_s"] for run in record_runs], 2),
    },
    "lines": {name: {
        "wall_s": median([run["wall_s"] for run in runs], 2), "cpu_ns_per_line": median(run["cpu_ns"] for run in runs),
        "lost": max(run["lost"] for run in runs),
    } for name, runs in line_runs.items()},
})
