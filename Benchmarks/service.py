#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""A small Hummingbird service under load, without tracing, with Spoor to Zipkin and with Spoor to OTLP; and one in Go, without
tracing and with OpenTelemetry.

    service.py FAILING-SERVICE PEERS TURNS RESULT.json

Each request has three spans. `wrk` is the closed loop: 16 connections, each sends its next request after an answer. `h2load`
is the open one: 1 000 requests a second, whatever the answers take. FAILING-SERVICE is the program of that name in
Tests/Integrations, a release build; the requests go to a path that does not fail. Debian's OpenTelemetry for Go has no
exporter but Jaeger's, so it sends in that format, to a collector that counts nothing.
"""
import os, re, signal, subprocess, sys, tempfile, time, urllib.request

from common import free_port, last_json, machine, median, write

program, peers, turns, result = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
SECONDS, CONNECTIONS, RATE = 10, 16, 1000
here = os.path.dirname(os.path.abspath(__file__))


def environment(journal, **more):
    return dict(os.environ, SPOOR_JOURNAL_DIR=journal, SPOOR_LOG_FORMAT="json", SPOOR_LOG_LEVEL="warning", **more)


# For each: its command, and its environment, for a port, a collector's port and a folder.
SERVICES = {
    "no tracing": lambda port, sink, folder: ([program, port], environment(folder, OTEL_SDK_DISABLED="true")),
    "Spoor to Zipkin": lambda port, sink, folder: (
        [program, port], environment(folder, OTEL_EXPORTER_ZIPKIN_ENDPOINT=f"http://127.0.0.1:{sink}/api/v2/spans")),
    "Spoor to OTLP": lambda port, sink, folder: (
        [program, port], environment(folder, OTEL_TRACES_EXPORTER="otlp", OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{sink}",
                                     OTEL_EXPORTER_OTLP_COMPRESSION="none")),
    "Go, no tracing": lambda port, sink, folder: ([f"{peers}/service-peers", port], dict(os.environ)),
    "Go, OpenTelemetry": lambda port, sink, folder: (
        [f"{peers}/service-peers", port, f"http://127.0.0.1:{sink}/api/traces"], dict(os.environ)),
}


def processor(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return round(int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) / 1024)


def milliseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def closed(url, pid):
    before = processor(pid)
    text = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", url], check=True, capture_output=True,
                          text=True).stdout
    assert "Non-2xx" not in text, text
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    return {
        "requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
        "p50_ms": milliseconds(re.search(r"50%\s+(\S+)", text).group(1)),
        "p99_ms": milliseconds(re.search(r"99%\s+(\S+)", text).group(1)),
        "processor_us": (processor(pid) - before) / requests * 1e6,
    }


def opened(url, pid, folder):
    log, before = f"{folder}/requests", processor(pid)
    subprocess.run(["h2load", "--h1", "-t1", f"-c{CONNECTIONS}", f"--rps={RATE / CONNECTIONS:g}", f"-n{RATE * SECONDS}",
                    f"--log-file={log}", url], check=True, capture_output=True)
    with open(log) as file:
        lines = [line.split("\t") for line in file]
    assert all(line[1] == "200" for line in lines), lines[0]
    times = sorted(int(line[2]) / 1000 for line in lines)
    return {
        "p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100], "p99.9_ms": times[len(times) * 999 // 1000],
        "processor_us": (processor(pid) - before) / len(times) * 1e6,
    }


def measure(make):
    with tempfile.TemporaryDirectory() as folder:
        sink = subprocess.Popen([sys.executable, f"{here}/sink.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = free_port()
        command, variables = make(str(port), sink.stdout.readline().strip(), f"{folder}/journal")
        service = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health").read()
                    break
                except OSError:
                    time.sleep(0.05)
            url = f"http://127.0.0.1:{port}/orders"
            subprocess.run(["wrk", "-t1", "-c4", "-d1s", url], check=True, capture_output=True)
            slow = opened(url, service.pid, folder)
            fast = closed(url, service.pid)
            peak = peak_mib(service.pid)
            service.send_signal(signal.SIGTERM)
            said = service.communicate(timeout=60)[1]
        finally:
            service.kill()
            received = last_json(sink.communicate()[0])["spans"]
    # FailingService says at its end how many spans it began.
    started = last_json(said)["started"] if said.strip() else 0
    return {"closed": fast, "open": slow, "peak_mib": peak, "started": started, "missing": started - received}


load = os.getloadavg()[0]
taken = {name: [] for name in SERVICES}
for turn in range(turns):
    for name, make in SERVICES.items():
        taken[name].append(measure(make))
    print(f"turn {turn + 1} of {turns}", flush=True)


def medians(runs, loop):
    return {key: median([run[loop][key] for run in runs], 2) for key in runs[0][loop]}


write(result, {
    "what": f"a small service, three spans a request; {CONNECTIONS} connections in a closed loop, and {RATE} requests a second "
            "in an open one; the load generator and the collector share its processors",
    "command": f"scripts/bench.sh service {turns}", **machine(), "load": load, "turns": turns,
    "services": {name: {"closed": medians(runs, "closed"), "open": medians(runs, "open"),
                        "peak_mib": max(run["peak_mib"] for run in runs)} for name, runs in taken.items()},
    "spans": {name: {"started": sum(run["started"] for run in runs), "missing": sum(run["missing"] for run in runs)}
              for name, runs in taken.items() if name.startswith("Spoor")},
})
