#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Kills a process that records at full rate, many times, and compares its work with what a collector received.

    torture.py PROBE [ROUNDS] [SEED] [--down SECONDS] [--flaky] [--otlp] [--agent AGENT]

Every span that had ended must have arrived, none may be invented, and duplicates must be byte-identical. An open span must
have arrived as interrupted. Every logged line must be complete; beside it, its beginning may stand where the kill ended a write. With --otlp spans and log records go to a receiver of OTLP: every
logged line must have arrived there as well, and all that one process recorded under one resource. With --agent no process
starts a second time: each has a directory of its own below a tree that an agent (AgentProbe) watches. The agent is killed
after every fourth round. Prints the violations and exits with 1 if there are any.
"""
import http.server, json, os, random, signal, subprocess, sys, tempfile, threading, time


class Sink:
    """A real HTTP server that keeps the bytes of every span."""

    def __init__(self, flaky, rng, address=("127.0.0.1", 0)):
        self.spans, self.lock, self.flaky, self.rng, self.down = {}, threading.Lock(), flaky, rng, False
        self.records, self.instances = {}, {}
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = sink.answer(body, self.path)
                answer = b"{}" if self.path.startswith("/v1/") and status == 200 else b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(address, Handler)
        self.server.handle_error = lambda *arguments: None  # A killed client resets its connection.
        self.url = f"http://{address[0]}:{self.server.server_port}/api/v2/spans"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, body, path):
        """The status for a request. The spans of an accepted one are kept."""
        if self.down or (self.flaky and self.rng.random() < 0.5):
            return 503
        if path.startswith("/v1/"):
            self.take_otlp(json.loads(body))
            return 200
        self.take(body.decode())
        return 202

    def take_otlp(self, document):
        with self.lock:
            for part in document.get("resourceSpans", []):
                for scope in part["scopeSpans"]:
                    for span in scope["spans"]:
                        tags = attributes(span)
                        if "spoor.interrupted" in tags:
                            tags["error"] = span["status"]["message"]
                        self.spans.setdefault(span["name"], []).append((json.dumps(span), {"tags": tags}))
                        self.note(span["name"], part)
            for part in document.get("resourceLogs", []):
                for scope in part["scopeLogs"]:
                    for record in scope["logRecords"]:
                        if record["body"].get("stringValue") == "line":
                            name = attributes(record)["name"]
                            self.records[name] = self.records.get(name, 0) + 1
                            self.note(name, part)

    def note(self, name, part):
        """Which processes a run's records came under."""
        instance = attributes(part["resource"])["service.instance.id"]
        self.instances.setdefault(name.split("-")[0], set()).add(instance)

    def take(self, text):
        decoder, position = json.JSONDecoder(), 1
        with self.lock:
            while position < len(text) and text[position] != "]":
                span, end = decoder.raw_decode(text, position)
                self.spans.setdefault(span.get("name", ""), []).append((text[position:end], span))
                position = end + 1 if text[end] == "," else end


class Agents:
    """One agent after the other."""

    def __init__(self, program, tree, environment, output):
        self.program, self.tree, self.environment, self.output = program, tree, environment, output
        self.process = None
        self.own = environment["SPOOR_JOURNAL_DIR"]
        os.makedirs(tree)

    def restart(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        with open(self.output, "ab") as lines:
            self.process = subprocess.Popen([self.program, self.tree], env=self.environment, stdout=lines)

    def finish(self, sink):
        """Waits until every journal is shipped, or no span has arrived for five minutes, and ends the agent: it waits
        longer after each refusal in a row. If the collector refused its own last lines, they are in its own journal, and
        it starts again."""
        arrived, deadline = -1, 0
        while journals(self.tree):
            if len(sink.spans) > arrived:
                arrived, deadline = len(sink.spans), time.monotonic() + 300
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        for attempt in range(30):
            self.process.terminate()
            self.process.wait()
            left = set(journals(self.own))
            if attempt == 29 or not left:
                return
            self.restart()
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and left.intersection(journals(self.own)):
                time.sleep(0.1)


def journals(folder):
    return [name for _, _, names in os.walk(folder) for name in names if name.endswith(".spoor")]


def attributes(message):
    return {pair["key"]: next(iter(pair["value"].values()), None) for pair in message.get("attributes", [])}


def main():
    arguments = list(sys.argv[1:])
    agent = None
    if "--agent" in arguments:
        position = arguments.index("--agent")
        agent = arguments[position + 1]
        del arguments[position:position + 2]
    arguments = [a for a in arguments if not a.startswith("--")]
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
    is_otlp = "--otlp" in sys.argv
    if is_otlp:
        environment.update(OTEL_TRACES_EXPORTER="otlp", OTEL_LOGS_EXPORTER="console,otlp", OTEL_EXPORTER_OTLP_PROTOCOL="http/json",
                           OTEL_EXPORTER_OTLP_ENDPOINT=sink.url[:sink.url.index("/api")])
    print(f"torture: {rounds} rounds, seed {seed}, {work}", flush=True)
    began = time.monotonic()
    tree = os.path.join(work, "tree")
    if agent:  # Each process has a file of its own, and with a collector that is down all of them stay.
        environment["SPOOR_JOURNAL_BYTES"] = str(64 << 20)
    # An agent pauses after each refused request, so it ships what optimised builds leave in larger ones.
    agents = Agents(agent, tree, dict(environment, SPOOR_JOURNAL_DIR=os.path.join(work, "agent"), SPOOR_BATCH_BYTES="5000000"),
                    output) if agent else None
    with open(output, "ab") as lines:
        for number in range(rounds):
            sink.down = down > 0 and time.monotonic() - began < down
            if agents:
                environment["SPOOR_JOURNAL_DIR"] = os.path.join(tree, f"pod-{number}", "journal")
                if number % 4 == 0:
                    agents.restart()
            process = subprocess.Popen([probe, listing, f"r{number}"] + (["1"] if is_otlp else []), env=environment, stdout=lines)
            time.sleep(rng.uniform(0.02, 0.25))
            if rng.random() < 0.2:
                process.send_signal(signal.SIGSTOP)
                time.sleep(0.02)
                process.send_signal(signal.SIGCONT)
                time.sleep(0.01)
            process.kill()
            process.wait()
        sink.down = False
        if agents:
            agents.finish(sink)
            return check(sink, listing, output, work, is_otlp)
        for attempt in range(30):  # Refusing half of the requests takes time; what matters is that nothing is lost.
            if subprocess.run([probe, listing, "-"], env=environment, stdout=lines).returncode == 0:
                break
    return check(sink, listing, output, environment["SPOOR_JOURNAL_DIR"], is_otlp)


def was_cut_by_kill(fragment, end, output):
    """Whether Linux cut a line: a SIGKILL ends a write to a file between two of the file's pages. The next process begins a
    new line, and the whole line comes again from the journal."""
    if end % os.sysconf("SC_PAGE_SIZE"):
        return False
    with open(output, "rb") as file:
        return any(line.startswith(fragment) and len(line) > len(fragment) + 1 and line.endswith(b"}\n") for line in file)


def check(sink, listing, output, journal, is_otlp):
    started, ended, logged = set(), set(), set()
    with open(listing) as file:
        for line in file:
            if not line.endswith("\n"):
                continue
            parts = line.split()
            if len(parts) != 3 or parts[2] != ".":
                continue  # The process was killed during a write.
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
        # The span was open, or its end was not written to the list before the kill.
        tags = copies[0][1].get("tags", {})
        if "spoor.interrupted" in tags:
            interrupted += 1
            if not tags.get("error", "").startswith("interrupted"):
                unreported.append(name)
    falsely = [n for n in ended if n in sink.spans and "spoor.interrupted" in sink.spans[n][0][1].get("tags", {})]
    fragments, seen, end = [], set(), 0
    with open(output, "rb") as file:
        for line in file:
            end += len(line)
            try:
                record = json.loads(line)
                if record["event"] == "line":
                    seen.add(record["name"])
            except (ValueError, KeyError):
                fragments.append((line.rstrip(b"\n"), end - line.endswith(b"\n")))
    torn = sum(1 for fragment, end in fragments if not was_cut_by_kill(fragment, end, output))
    lost = logged - seen
    not_exported = (logged - sink.records.keys()) if is_otlp else set()
    mixed = [run for run, instances in sink.instances.items() if len(instances) > 1]
    left = journals(journal)
    for what, names in [("missing", missing), ("invented", invented), ("unequal copies", unequal),
                        ("interrupted without saying so", unreported), ("ended, sent as interrupted", falsely),
                        ("lines lost", lost), ("files left", left), ("records not exported", not_exported),
                        ("runs under several resources", mixed)]:
        if names:
            wrong.append(f"{len(names)} {what}: {sorted(names)[:3]}")
    if torn:
        wrong.append(f"{torn} lines torn")
    copies = sum(len(c) for c in sink.spans.values())
    print(f"torture: {len(ended)} ended, {len(sink.spans)} arrived ({copies - len(sink.spans)} duplicates), "
          f"{interrupted} interrupted, {len(logged)} lines logged, {len(seen)} seen, {len(fragments) - torn} also cut by a kill"
          + (f", {len(sink.records)} exported ({sum(sink.records.values()) - len(sink.records)} twice)" if is_otlp else ""))
    for line in wrong:
        print("torture: WRONG:", line)
    print(f"{9 - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
