#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Counts what processes deliver that end or freeze right after their last span.

    endings.py ENDINGPROBE AGENTPROBE RUNS STOPPED_SECONDS RESULT.json

- A batch job calls `exit(0)` right after its last span: how long until the collector has it, and who delivers what a collector
  that refuses one request in five did not take: the next start, or an agent.
- Processes are stopped (SIGSTOP) right after their answers and continued later: what is lost, and how many requests each sends
  when it is continued. The first group has a collector that accepts, the second one that refused until then.

Exits with 1 if a span or a line is missing or a process sends more than three requests after it was continued.
"""
import concurrent.futures, http.server, json, os, shutil, signal, subprocess, sys, tempfile, threading, time

from common import machine, median, write

probe, agent_probe, runs, pause, result = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
SPANS = 3
LIMIT_MS = 200


class Collector:
    """An HTTP server that notes when each span arrived, and which requests came to each path."""

    def __init__(self):
        self.lock, self.arrived, self.requests, self.refuses = threading.Lock(), {}, [], lambda number: False
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                spans = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = collector.take(self.path, spans, time.time())
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 1024

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *arguments: None  # A process that ends resets its connection.
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, spans, now):
        with self.lock:
            self.requests.append((path, now))
            if self.refuses(len(self.requests)):
                return 503
            for span in spans:
                # The moment of the span's end, and the first arrival.
                end = (span["timestamp"] + span["duration"]) / 1e6
                self.arrived.setdefault((path, span["traceId"], span["id"]), (span["name"], end, now))
            return 202

    def end(self):
        self.server.shutdown()
        self.server.server_close()


def environment(folder, url):
    return dict(os.environ, SPOOR_JOURNAL_DIR=folder, OTEL_EXPORTER_ZIPKIN_ENDPOINT=url, SWIFT_BACKTRACE="enable=no")


def journals(folder):
    return [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names if name.endswith(".spoor")]


def lines(path, event):
    with open(path) as file:
        return sum(1 for line in file if f'"{event}"' in line)


def jobs(follower):
    """Runs jobs one after the other. `follower` is who delivers what is left: "next start" or "agent"; None for a collector
    that refuses nothing."""
    folder = tempfile.mkdtemp(prefix="spoor-jobs-")
    output = os.path.join(folder, "lines")
    collector = Collector()
    if follower:
        collector.refuses = lambda number: number % 5 == 0
    url = f"{collector.address}/api/v2/spans"
    agent, wall, left = None, [], 0
    try:
        if follower == "agent":
            with open(output, "ab") as file:
                agent = subprocess.Popen([agent_probe, os.path.join(folder, "tree")], stdout=file, stderr=subprocess.DEVNULL,
                                         env=environment(os.path.join(folder, "own"), url))
        for number in range(runs):
            # With an agent no job starts a second time: each has a directory of its own.
            own = os.path.join(folder, "tree", f"job-{number}" if agent else "job")
            before = len(journals(os.path.join(folder, "tree")))
            began = time.monotonic()
            with open(output, "ab") as file:
                subprocess.run([probe, "job", str(SPANS)], check=True, stdin=subprocess.DEVNULL, stdout=file,
                               stderr=subprocess.DEVNULL, env=environment(own, url), timeout=60)
            wall.append((time.monotonic() - began) * 1000)
            if not agent:
                left += len(journals(os.path.join(folder, "tree"))) > before
        if follower == "next start":
            collector.refuses = lambda number: False
            with open(output, "ab") as file:
                subprocess.run([probe, "ship"], check=True, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL,
                               env=environment(os.path.join(folder, "tree", "job"), url), timeout=60)
        deadline = time.monotonic() + 60
        while agent and journals(os.path.join(folder, "tree")) and time.monotonic() < deadline:
            time.sleep(0.1)
        if agent:
            agent.terminate()
            agent.wait()
            agent = None
        kept = len(journals(os.path.join(folder, "tree")))
        written = lines(output, "line")
    finally:
        if agent:
            agent.kill()
        collector.end()
        shutil.rmtree(folder)
    with collector.lock:
        spans = [span for span in collector.arrived.values() if span[0].startswith("span ")]
    # The last span of each job is what the promise is about.
    after = sorted((arrival - end) * 1000 for name, end, arrival in spans if name == f"span {SPANS - 1}")
    return {
        "runs": runs, "last_span_within_200_ms": sum(1 for took in after if took <= LIMIT_MS), "last_span_ms": median(after, 1),
        "slowest_last_span_ms": round(after[-1], 1), "whole_process_ms": median(wall, 1), "slowest_process_ms": round(max(wall), 1),
        "missing_spans": runs * SPANS - len(spans), "missing_lines": runs * SPANS - written, "journals_left": kept,
        **({"runs_that_left_spans": left} if follower == "next start" else {}),
    }


def stopped(refuses):
    """Processes that are stopped side by side right after their answers."""
    folder = tempfile.mkdtemp(prefix="spoor-stopped-")
    collector = Collector()
    processes, slowest = [], []
    if refuses:
        collector.refuses = lambda number: True
    try:
        with concurrent.futures.ThreadPoolExecutor(25 if refuses else 1) as pool:
            # A flush to a collector that is down takes its whole timeout, so these are asked side by side.
            slowest += pool.map(lambda number: begin(number, folder, collector.address, processes), range(runs))
        collector.refuses = lambda number: False
        with collector.lock:
            before = len(collector.requests)
        time.sleep(pause)
        with collector.lock:
            meanwhile = len(collector.requests) - before
        for process in processes:
            process.send_signal(signal.SIGCONT)
        time.sleep(10)
        with collector.lock:
            after = [path for path, _ in collector.requests[before + meanwhile:]]
        counts = [after.count(f"/{number}/api/v2/spans") for number in range(runs)]
        for process in processes:
            slowest.append(asked(process, "second"))
            process.stdin.close()
        for process in processes:
            assert process.wait(timeout=60) == 0
        written = sum(lines(os.path.join(folder, f"lines-{number}"), "handled") for number in range(runs))
        kept = len(journals(folder))
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
        collector.end()
        shutil.rmtree(folder)
    with collector.lock:
        spans = len(collector.arrived)
    return {
        "processes": runs, "stopped_s": pause, "requests_while_stopped": meanwhile, "requests_after": sum(counts),
        "most_requests_of_one": max(counts), "flush_ms": median(slowest), "slowest_flush_ms": max(slowest),
        "missing_spans": 2 * runs - spans, "missing_lines": 2 * runs - written, "journals_left": kept,
    }


def begin(number, folder, address, processes):
    """Starts a process, asks it once, and stops it. Returns how long its flush took."""
    with open(os.path.join(folder, f"lines-{number}"), "wb") as output:
        process = subprocess.Popen(
            [probe, "function"], stdin=subprocess.PIPE, stdout=output, stderr=subprocess.PIPE, text=True,
            env=environment(os.path.join(folder, f"journal-{number}"), f"{address}/{number}/api/v2/spans"))
    processes.append(process)
    took = asked(process, "first")
    process.send_signal(signal.SIGSTOP)
    return took


def asked(process, request):
    """Hands a request to a process and returns how long its flush took, in milliseconds."""
    process.stdin.write(f"{request}\n")
    process.stdin.flush()
    # Its own reports may stand before the answer.
    while line := process.stderr.readline():
        if line.startswith(f"{request} "):
            return int(line.split()[2])
    raise SystemExit(f"a process ended with {process.wait()}")


def main():
    load = os.getloadavg()[0]
    figures = {
        "jobs": {"collector up": jobs(None), "one request in five refused, then the next start": jobs("next start"),
                 "one request in five refused, then the agent": jobs("agent")},
        "stopped": {"collector up": stopped(False), "collector down before the stop": stopped(True)},
    }
    write(result, {
        "what": "jobs that call exit(0) right after their last span, and processes that are stopped right after an answer",
        "command": f"scripts/bench.sh endings {runs} {pause:g}", **machine(), "load": load, **figures})
    groups = [*figures["jobs"].values(), *figures["stopped"].values()]
    lost = sum(abs(group["missing_spans"]) + abs(group["missing_lines"]) for group in groups)
    storm = max(group["most_requests_of_one"] for group in figures["stopped"].values())
    if lost or storm > 3:
        sys.exit(f"{lost} spans and lines are missing; a continued process sent up to {storm} requests")


main()
