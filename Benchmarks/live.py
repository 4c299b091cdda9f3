#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Measures `spoor journal --live` on a process with open spans, and what it costs that process.

    live.py LIVECOST SPOOR TURNS RESULT.json

Each turn has three windows of the process's own work: without a reader, with `spoor journal --verify` on a copy of its
journal, which takes as much of the machine without touching the process's file, and with `--live` on its journal.
"""
import json, os, shutil, subprocess, sys, tempfile, time, urllib.request

from common import free_port, machine, median, write

program, spoor, turns, result = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
OPEN, READS = 10_000, 10


def timed(command):
    start = time.monotonic()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return (time.monotonic() - start) * 1000, done.stdout


def page(address):
    """The agent's page of what is in flight: the milliseconds until the whole of it was read, and its text."""
    start = time.monotonic()
    with urllib.request.urlopen(address, timeout=60) as answer:
        text = answer.read()
    return (time.monotonic() - start) * 1000, text


def agents_page(journal, own, sink):
    port = free_port()
    agent = subprocess.Popen([spoor, "agent", journal, "--zipkin", sink, "--state", own, "--port", str(port)])
    try:
        while True:
            try:
                page(f"http://127.0.0.1:{port}/health")
                break
            except OSError:
                assert agent.poll() is None, "the agent must run"
                time.sleep(0.05)
        times = []
        for _ in range(READS):
            took, text = page(f"http://127.0.0.1:{port}/")
            assert text.startswith(f"{OPEN} open spans".encode()), text[:80]
            times.append(took)
        return median(times, 1)
    finally:
        agent.terminate()
        agent.wait()


def main():
    load = os.getloadavg()[0]
    folder = tempfile.mkdtemp(prefix="spoor-live-")
    journal, copies, own = (os.path.join(folder, name) for name in ("journal", "copy", "agent"))
    sink = subprocess.Popen([sys.executable, f"{os.path.dirname(os.path.abspath(__file__))}/sink.py"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{sink.stdout.readline().strip()}/api/v2/spans"
    process = subprocess.Popen(
        [program, str(OPEN)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env=dict(os.environ, SPOOR_JOURNAL_DIR=journal, OTEL_EXPORTER_ZIPKIN_ENDPOINT=url, SPOOR_LOG_FORMAT="json"))

    def said(wanted):
        """The next line on standard error that begins like this; Spoor's own reports may stand before it."""
        while line := process.stderr.readline():
            if line.startswith(wanted):
                return line
        raise SystemExit(f"the process ended with {process.wait()}")

    def window(read):
        process.stdin.write("begin\n")
        process.stdin.flush()
        times = []
        for _ in range(READS):
            time.sleep(0.2)
            if read:
                took, text = timed(read)
                times.append(took)
                if "--live" in read:
                    assert text.startswith(f"{OPEN} open spans".encode()) or text.startswith(f"{OPEN + 1} open spans".encode()), text[:80]
        time.sleep(0.2)
        process.stdin.write("end\n")
        process.stdin.flush()
        return {**json.loads(said("{")), "read_ms": times}

    try:
        said("ready")
        time.sleep(1)
        modes = {"no reader": None, "a reader of a copy": [spoor, "journal", copies, "--verify"],
                 "journal --live": [spoor, "journal", journal, "--live"],
                 "journal --live --limit 10000": [spoor, "journal", journal, "--live", "--limit", "10000"]}
        runs = {name: [] for name in modes}
        window(None)
        for turn in range(turns):
            shutil.copytree(journal, copies)
            for name, read in modes.items():
                runs[name].append(window(read))
            shutil.rmtree(copies)
            print(f"turn {turn + 1} of {turns}", flush=True)
        agent_ms = agents_page(journal, own, url)
        process.stdin.close()
        process.wait()
    finally:
        process.kill()
        sink.communicate()
        shutil.rmtree(folder)

    def figures(windows):
        reads = [took for window in windows for took in window["read_ms"]]
        return {
            **({"read_ms": median(reads, 1), "slowest_read_ms": round(max(reads), 1)} if reads else {}),
            "operations": round(sum(window["operations"] for window in windows)),
            **{key: median([window[key] for window in windows], 1)
               for key in ("p50_us", "p99_us", "p99.9_us", "worst_us", "stall_us")},
            "worst_of_all_us": round(max(window["worst_us"] for window in windows), 1),
        }

    write(result, {
        "what": f"spoor journal --live on a process with {OPEN:,} open spans of three attributes each, {READS} times in each "
                "window, and the process's own work meanwhile: 5 000 spans with a log record in a second".replace(",", " ", 1),
        "command": f"scripts/bench.sh live {turns}", **machine(), "load": load, "turns": turns,
        "windows": {name: figures(windows) for name, windows in runs.items()}, "agents_page_ms": agent_ms,
    })


main()
