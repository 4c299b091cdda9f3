#!/usr/bin/env python3
"""Kills a process that records at full rate, again and again, and compares what it had done with what a collector got.

    torture.py PROBE [ROUNDS] [SEED] [--down SECONDS] [--flaky]

Every span that had ended must have arrived, none may be invented, duplicates must be the same to the byte; a span that
was open must have arrived as interrupted. Every line that was logged must be there whole. Exits 1 with what is wrong.
"""
import http.server, json, os, random, signal, subprocess, sys, tempfile, threading, time


class Sink:
    """A real HTTP server that keeps the bytes of every span."""

    def __init__(self, flaky, rng):
        self.spans, self.lock, self.flaky, self.rng, self.down = {}, threading.Lock(), flaky, rng, False
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = 202
                if sink.down or (sink.flaky and sink.rng.random() < 0.5):
                    status = 503
                else:
                    sink.take(body.decode())
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *arguments: None  # A client that is killed resets its connection.
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v2/spans"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, text):
        decoder, position = json.JSONDecoder(), 1
        with self.lock:
            while position < len(text) and text[position] != "]":
                span, end = decoder.raw_decode(text, position)
                self.spans.setdefault(span["name"], []).append((text[position:end], span))
                position = end + 1 if text[end] == "," else end


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    probe = arguments[0]
    rounds = int(arguments[1]) if len(arguments) > 1 else 200
    seed = int(arguments[2]) if len(arguments) > 2 else random.randrange(1 << 30)
    rng = random.Random(seed)
    sink = Sink("--flaky" in sys.argv, rng)
    down = float(sys.argv[sys.argv.index("--down") + 1]) if "--down" in sys.argv else 0
    work = tempfile.mkdtemp(prefix="spoor-torture-")
    listing, output = os.path.join(work, "list"), os.path.join(work, "out")
    environment = dict(os.environ, OTEL_EXPORTER_ZIPKIN_ENDPOINT=sink.url, SPOOR_JOURNAL_DIR=os.path.join(work, "journal"),
                       SPOOR_JOURNAL_MAX_BYTES=str(64 << 30))
    print(f"torture: {rounds} rounds, seed {seed}, {work}", flush=True)
    began = time.monotonic()
    with open(output, "ab") as lines:
        for number in range(rounds):
            sink.down = down > 0 and time.monotonic() - began < down
            process = subprocess.Popen([probe, listing, f"r{number}"], env=environment, stdout=lines)
            time.sleep(rng.uniform(0.02, 0.25))
            if rng.random() < 0.2:
                process.send_signal(signal.SIGSTOP)
                time.sleep(0.02)
                process.send_signal(signal.SIGCONT)
                time.sleep(0.01)
            process.kill()
            process.wait()
        sink.down = False
        for attempt in range(30):  # Half of them refused takes its time: what matters is that nothing is lost.
            if subprocess.run([probe, listing, "-"], env=environment, stdout=lines).returncode == 0:
                break
    return check(sink, listing, output, environment["SPOOR_JOURNAL_DIR"])


def check(sink, listing, output, journal):
    started, ended, logged = set(), set(), set()
    with open(listing) as file:
        for line in file:
            if not line.endswith("\n"):
                continue
            parts = line.split()
            if len(parts) != 3 or parts[2] != ".":
                continue  # A kill in the middle of a write.
            kind, name, _ = parts
            {"S": started, "E": ended, "L": logged}[kind].add(name)
    wrong = []
    missing = ended - sink.spans.keys()
    invented = sink.spans.keys() - started
    unequal = [name for name, copies in sink.spans.items() if len({text for text, _ in copies}) > 1]
    unreported = []
    interrupted = 0
    for name, copies in sink.spans.items():
        if name in ended:
            continue
        # It was open, or it ended and the list did not get to hear of it.
        tags = copies[0][1].get("tags", {})
        if "spoor.interrupted" in tags:
            interrupted += 1
            if not tags.get("error", "").startswith("interrupted"):
                unreported.append(name)
    falsely = [n for n in ended if n in sink.spans and "spoor.interrupted" in sink.spans[n][0][1].get("tags", {})]
    torn, seen = 0, set()
    with open(output, "rb") as file:
        for line in file:
            try:
                record = json.loads(line)
                if record["event"] == "line":
                    seen.add(record["name"])
            except (ValueError, KeyError):
                torn += 1
    lost = logged - seen
    left = [name for name in os.listdir(journal) if name.endswith(".spoor")]
    for what, names in [("missing", missing), ("invented", invented), ("unequal copies", unequal),
                        ("interrupted without saying so", unreported), ("ended, sent as interrupted", falsely),
                        ("lines lost", lost), ("files left", left)]:
        if names:
            wrong.append(f"{len(names)} {what}: {sorted(names)[:3]}")
    if torn:
        wrong.append(f"{torn} lines torn")
    copies = sum(len(c) for c in sink.spans.values())
    print(f"torture: {len(ended)} ended, {len(sink.spans)} arrived ({copies - len(sink.spans)} duplicates), "
          f"{interrupted} interrupted, {len(logged)} lines logged, {len(seen)} seen")
    for line in wrong:
        print("torture: WRONG:", line)
    print(f"{7 - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


sys.exit(main())
