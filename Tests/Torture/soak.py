#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""A service under steady load while its collector is killed every few seconds.

    soak.py PROBE [SECONDS] [--kill-every SECONDS]

Checks that no span and no line is lost, that the process's own memory stays within 5 MB, that the numbers of its threads and
descriptors stay the same, and that Spoor logs at most two lines a minute about delivery. Exits with 1 if not.
"""
import json, os, signal, subprocess, sys, tempfile, time

COLLECTOR = r"""
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        os.write(store, b"\n" + body + b"\n")  # before the answer: a killed collector loses nothing it has answered
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *arguments): pass
store = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.handle_error = lambda *arguments: None
print(server.server_port, flush=True)
server.serve_forever()
"""
DELIVERY = {"spans_not_delivered", "spans_delivered_again", "span_rejected", "spans_dropped"}


def collector(port, store):
    process = subprocess.Popen([sys.executable, "-c", COLLECTOR, str(port), store], stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def state(pid):
    with open(f"/proc/{pid}/status") as file:
        status = dict(line.split(":", 1) for line in file)
    files = [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]
    # A connection to the collector comes and goes with it.
    return (int(status["RssAnon"].split()[0]), int(status["Threads"]), sum(not f.startswith("socket:") for f in files),
            sum(f.startswith("socket:") for f in files))


def main():
    arguments = sys.argv[1:]
    every = 4.0
    if "--kill-every" in arguments:
        index = arguments.index("--kill-every")
        every = float(arguments[index + 1])
        del arguments[index:index + 2]
    seconds = float(arguments[1]) if len(arguments) > 1 else 300
    work = tempfile.mkdtemp(prefix="spoor-soak-")
    listing, output, store = (os.path.join(work, name) for name in ("list", "out", "store"))
    process, port = collector(0, store)
    environment = dict(os.environ, OTEL_EXPORTER_ZIPKIN_ENDPOINT=f"http://127.0.0.1:{port}/api/v2/spans",
                       SPOOR_JOURNAL_DIR=os.path.join(work, "journal"))
    with open(output, "ab") as lines:
        probe = subprocess.Popen([arguments[0], listing, "soak", "5"], env=environment, stdout=lines)
    began = time.monotonic()
    states, kills = [], 0
    while time.monotonic() - began < seconds:
        time.sleep(every)
        process.kill(), process.wait()
        kills += 1
        time.sleep(0.5)
        process, _ = collector(port, store)
        if probe.poll() is not None:
            break
        states.append(state(probe.pid))
    wrong = []
    if probe.poll() is None:
        probe.send_signal(signal.SIGTERM)
        if probe.wait() != 0:
            wrong.append("spans were left at the end")
    else:
        wrong.append(f"the process ended with {probe.returncode}")
    process.kill()

    ended, logged, arrived, written, delivery, torn = set(), set(), set(), set(), [], 0
    with open(listing) as file:
        for line in file:
            parts = line.split()
            if len(parts) == 3:
                {"S": set(), "E": ended, "L": logged}[parts[0]].add(parts[1])
    with open(store, "rb") as file:
        for line in file:
            if line.startswith(b"["):
                try:
                    arrived.update(span["name"] for span in json.loads(line))
                except ValueError:
                    torn += 1  # The collector was killed in the middle of it, and had not answered.
    with open(output, "rb") as file:
        for line in file:
            record = json.loads(line)
            if record["event"] == "line":
                written.add(record["name"])
            elif record["event"] in DELIVERY:
                stamp = record["timestamp"]
                delivery.append(int(stamp[11:13]) * 3600 + int(stamp[14:16]) * 60 + float(stamp[17:-1]))
    if ended - arrived:
        wrong.append(f"{len(ended - arrived)} of {len(ended)} spans lost: {sorted(ended - arrived)[:3]}")
    if logged - written:
        wrong.append(f"{len(logged - written)} of {len(logged)} lines lost: {sorted(logged - written)[:3]}")
    most = max((sum(t <= other < t + 60 for other in delivery) for t in delivery), default=0)
    if most > 2:
        wrong.append(f"{most} lines about delivery in a minute")
    steady = states[len(states) // 5:]
    memory = [s[0] for s in steady]
    if memory and max(memory) - min(memory) > 5 << 10:
        wrong.append(f"memory between {min(memory)} and {max(memory)} KiB")
    for index, what in ((1, "threads"), (2, "files")):
        values = {s[index] for s in steady}
        if len(values) > 1:
            wrong.append(f"{what} between {min(values)} and {max(values)}")
    sockets = [s[3] for s in steady]
    if sockets and max(sockets) - min(sockets) > 1:
        wrong.append(f"sockets between {min(sockets)} and {max(sockets)}")
    print(f"soak: {time.monotonic() - began:.0f} s, {kills} kills, {len(ended)} spans, {len(logged)} lines, "
          f"{torn} bodies torn, {len(delivery)} lines about delivery, memory {min(memory, default=0)}-{max(memory, default=0)} KiB, {work}")
    for line in wrong:
        print("soak: WRONG:", line)
    print(f"{'0 passed, 1' if wrong else '1 passed, 0'} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
