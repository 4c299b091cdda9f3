#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs a recording process at the edges of its environment and adds up what became of every span and line.

    edges.py PROBE [SCENARIO ...] [--seconds N]

Scenarios: reader-killed, reader-stopped, disk-full, descriptors-closed, journal-truncated, journal-removed, refused,
slow-collector, failing, name-moves, forged-journals. The default is all of them. disk-full and name-moves need the right
to mount and are skipped without it. Exits with 1 if something is missing that was promised.
"""
import glob, json, os, random, signal, subprocess, sys, tempfile, threading, time

from torture import Sink


class Run:
    """One scenario: a journal directory, a collector, and the list of what the probe did."""

    def __init__(self, probe, seconds):
        self.probe, self.seconds, self.wrong = probe, seconds, []
        self.work = tempfile.mkdtemp(prefix="spoor-edges-")
        self.listing, self.output = os.path.join(self.work, "list"), os.path.join(self.work, "out")
        self.journal = os.path.join(self.work, "journal")
        self.sink = Sink(False, None)
        self.environment = dict(os.environ, OTEL_EXPORTER_ZIPKIN_ENDPOINT=self.sink.url, SPOOR_JOURNAL_DIR=self.journal)
        open(self.output, "wb").close()

    def start(self, run="r", pause=2, stdout=None, command=None, more=()):
        arguments = [self.probe, self.listing, run] + ([str(pause), *more] if run != "-" else [])
        stdout = open(self.output, "ab") if stdout is None else stdout
        return subprocess.Popen((command or []) + arguments, env=self.environment, stdout=stdout,
                                stderr=subprocess.DEVNULL)

    def ship(self):
        for _ in range(30):
            if self.start("-").wait() == 0:
                return
        self.wrong.append("the journal could not be shipped in 30 starts")

    def listed(self):
        kinds = {"S": set(), "E": set(), "L": set()}
        with open(self.listing) as file:
            for line in file:
                parts = line.split()
                if line.endswith("\n") and len(parts) == 3 and parts[2] == ".":
                    kinds[parts[0]].add(parts[1])
        return kinds["S"], kinds["E"], kinds["L"]

    def seen(self, *files):
        names, torn = set(), 0
        for name in files or (self.output,):
            with open(name, "rb") as file:
                for line in file:
                    try:
                        record = json.loads(line)
                        if record.get("event") == "line":
                            names.add(record["name"])
                    except ValueError:
                        torn += 1
        if torn:
            self.wrong.append(f"{torn} lines torn")
        return names

    def check_spans(self, may_be_missing=0):
        started, ended, _ = self.listed()
        missing, invented = ended - self.sink.spans.keys(), self.sink.spans.keys() - started
        unequal = [name for name, copies in self.sink.spans.items() if len({text for text, _ in copies}) > 1]
        if len(missing) > may_be_missing:
            self.wrong.append(f"{len(missing)} of {len(ended)} spans missing: {sorted(missing)[:3]}")
        for what, names in (("invented", invented), ("unequal copies", unequal)):
            if names:
                self.wrong.append(f"{len(names)} spans {what}: {sorted(names)[:3]}")

    def check_lines(self, seen, may_be_missing=0):
        lost = self.listed()[2] - seen
        if len(lost) > may_be_missing:
            self.wrong.append(f"{len(lost)} lines lost: {sorted(lost)[:3]}")

    def check_drops(self):
        with open(self.output) as file:
            dropped = sum(json.loads(line).get("count", 0) for line in file if '"event":"spans_dropped"' in line)
        if dropped:
            self.wrong.append(f"{dropped} spans dropped because the journal was full")

    def is_alive(self, process, what):
        if process.poll() is not None:
            self.wrong.append(f"the process ended with {process.returncode} when {what}")
            return False
        return True


class Reader(threading.Thread):
    """Reads a pipe into a file until its stop() is called or the pipe ends."""

    def __init__(self, descriptor, path):
        super().__init__(daemon=True)
        self.descriptor, self.path, self.goes = descriptor, path, True
        self.start()

    def run(self):
        with open(self.path, "ab") as file:
            while self.goes:
                data = os.read(self.descriptor, 65536)
                if not data:
                    return
                file.write(data)


def reader_killed(run):
    """The lines in the pipe go with its reader: at most 64 KiB. All others are written by the next start."""
    reading, writing = os.pipe()
    reader = subprocess.Popen(["cat"], stdin=reading, stdout=open(run.output, "ab"))
    process = run.start(stdout=writing)
    os.close(writing), os.close(reading)
    time.sleep(run.seconds / 2)
    reader.kill(), reader.wait()
    time.sleep(run.seconds / 2)
    run.is_alive(process, "the reader of its output was killed")
    process.kill(), process.wait()
    # cat may have been killed in the middle of a line, whose rest is lost with the pipe.
    with open(run.output, "rb+") as file:
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
    run.ship()
    run.check_spans()
    run.check_lines(run.seen(), may_be_missing=(128 << 10) // 150)


def reader_stopped(run):
    reading, writing = os.pipe()
    reader = subprocess.Popen(["cat"], stdin=reading, stdout=open(run.output, "ab"))
    process = run.start(stdout=writing)
    os.close(writing), os.close(reading)
    time.sleep(run.seconds / 3)
    reader.send_signal(signal.SIGSTOP)
    time.sleep(run.seconds / 3)
    run.is_alive(process, "the reader of its output was stopped")
    process.kill(), process.wait()
    reader.send_signal(signal.SIGCONT)
    reader.wait()
    # A line whose process was killed in the middle of it is completed by the next start only in a file.
    with open(run.output, "rb+") as file:
        file.truncate(file.read().rfind(b"\n") + 1)
    run.ship()
    run.check_spans()
    run.check_lines(run.seen())


def disk_full(run):
    disk = os.path.join(run.work, "disk")
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], stderr=subprocess.DEVNULL).returncode:
        print("edges: disk-full skipped: no right to mount a tmpfs")
        return
    try:
        small = os.path.join(disk, "out")
        process = run.start(stdout=open(small, "ab"))
        time.sleep(run.seconds)
        run.is_alive(process, "the disk was full")
        process.kill(), process.wait()
        with open(small, "rb") as file:
            content = file.read()
        with open(run.output, "ab") as file:
            file.write(content[: content.rfind(b"\n") + 1])
        run.ship()
        run.check_spans()
        run.check_lines(run.seen())
    finally:
        subprocess.run(["umount", "-l", disk])


def descriptors_closed(run):
    for number, closed in enumerate(("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-")):
        shell = ["bash", "-c", 'exec "$@" ' + closed, "bash"]
        process = run.start(f"c{number}", command=shell)
        time.sleep(run.seconds / 7)
        if run.is_alive(process, f"it was started with {closed}"):
            for descriptor in (0, 1, 2):
                try:
                    file = os.readlink(f"/proc/{process.pid}/fd/{descriptor}")
                except OSError:
                    continue
                if ".spoor" in file or file.startswith(("socket:", run.journal)):
                    run.wrong.append(f"started with {closed}, descriptor {descriptor} is {file}")
        process.kill(), process.wait()
    run.ship()
    run.check_spans()
    run.check_lines(run.seen())


def journal_truncated(run):
    """What was in the file is lost; everything after that is served, sent and written."""
    process = run.start()
    time.sleep(run.seconds / 2)
    before, ended, _ = run.listed()
    for name in glob.glob(os.path.join(run.journal, "*.spoor")):
        os.truncate(name, 0)
    open_now = len(before - ended) + len(ended - run.sink.spans.keys())
    time.sleep(run.seconds / 2)
    if run.is_alive(process, "its journal was truncated"):
        process.send_signal(signal.SIGTERM)
    process.wait()
    run.ship()
    run.check_spans(may_be_missing=open_now + 200)
    run.check_lines(run.seen(), may_be_missing=200)
    after = {name for name in run.listed()[1] if name not in ended}
    if not after & run.sink.spans.keys():
        run.wrong.append("no span arrived that ended after the truncation")


def journal_removed(run):
    process = run.start()
    time.sleep(run.seconds / 2)
    subprocess.run(["rm", "-rf", run.journal])
    time.sleep(run.seconds / 2)
    if run.is_alive(process, "its journal's directory was removed"):
        process.send_signal(signal.SIGTERM)
    process.wait()
    run.check_spans()
    run.check_lines(run.seen())


def refused(run):
    """Each status from 400 to 599 is the answer to one span, for as long as that span is in the body: its neighbours arrive,
    whatever the status."""
    statuses = range(400, 600)
    take = run.sink.take

    def answer(body, path):
        text = body.decode()
        for status in statuses:
            if f'"bad-{status}"' in text:
                return status
        take(text)
        return 202

    run.sink.answer = answer
    process = run.start("refused")
    deadline = time.monotonic() + 60 * run.seconds
    expected = {f"good-{status}-{number}" for status in statuses for number in range(21)}
    while time.monotonic() < deadline and process.poll() is None:
        if expected <= run.sink.spans.keys():
            break
        time.sleep(0.2)
    process.kill(), process.wait()
    missing = expected - run.sink.spans.keys()
    if missing:
        run.wrong.append(f"{len(missing)} innocent spans missing: {sorted(missing)[:3]}")


def slow_collector(run):
    """A collector that takes two seconds an answer gets more spans a request, so the journal does not fill."""
    take = run.sink.answer

    def answer(body, path):
        time.sleep(2 if process.poll() is None else 0)
        return take(body, path)

    run.environment["SPOOR_JOURNAL_BYTES"] = str(8 << 20)
    process = run.start("slow", pause=1)
    run.sink.answer = answer
    time.sleep(8 * run.seconds)
    run.is_alive(process, "its collector was slow")
    process.kill(), process.wait()
    run.ship()
    run.check_spans()
    run.check_drops()


def failing(run):
    """Failures of 40 kinds right after the start: reading the names of their stacks holds up no span."""
    run.environment["SPOOR_JOURNAL_BYTES"] = str(8 << 20)
    process = run.start("failing", pause=1, more=["failing"])
    time.sleep(5 * run.seconds)
    run.is_alive(process, "its spans failed")
    process.kill(), process.wait()
    run.ship()
    run.check_spans()
    run.check_drops()
    failed = [copies[0][1] for name, copies in run.sink.spans.items() if name.endswith("-inner")]
    unmarked = [span["name"] for span in failed if "error" not in span.get("tags", {})]
    if unmarked:
        run.wrong.append(f"{len(unmarked)} of {len(failed)} failed spans look successful: {unmarked[:3]}")


ANSWERING = r"""
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.serve_forever()
"""


def name_moves(run):
    """The collector's name comes to mean another address, and the old one is gone: it is resolved anew at once, and not
    after a minute."""
    if subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode:
        print("edges: name-moves skipped: no right to mount")
        return
    hosts = os.path.join(run.work, "hosts")

    def point(address):
        with open(hosts, "w") as file:
            file.write(f"127.0.0.1 localhost\n{address} collector.spoor.test\n")

    point("127.0.0.1")
    new = Sink(False, None, ("127.0.0.2", 0))
    port = new.server.server_port
    old = subprocess.Popen([sys.executable, "-c", ANSWERING, str(port)])
    time.sleep(0.5)
    run.environment["OTEL_EXPORTER_ZIPKIN_ENDPOINT"] = f"http://collector.spoor.test:{port}/api/v2/spans"
    run.environment["SPOOR_COMPRESSION"] = "never"  # As the collectors here read it.
    shell = ["unshare", "-m", "bash", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "bash"]
    process = run.start("moves", command=shell)
    time.sleep(run.seconds)
    if new.spans or not run.listed()[1]:
        run.wrong.append("the scenario checks nothing")
    point("127.0.0.2")
    old.kill(), old.wait()
    moved = time.monotonic()
    while time.monotonic() - moved < 120 and not new.spans and process.poll() is None:
        time.sleep(0.05)
    took = time.monotonic() - moved
    print(f"edges: name-moves: the new address was used after {took:.1f} s")
    if took > 20:
        run.wrong.append(f"the new address was found after {took:.0f} s")
    process.kill(), process.wait()


EXTREMES = [0, 1, 7, 8, 31, 32, 511, 512, 65528, 65535, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 62, (1 << 63) - 1, 1 << 63,
            (1 << 64) - 32, (1 << 64) - 16, (1 << 64) - 1]


def forge(path, pages, size, used, rng):
    """Writes a journal with one to four of its numbers at an extreme; its empty pages are holes."""
    with open(path, "wb") as file:
        for offset, page in pages:
            file.seek(offset)
            file.write(page)
        for _ in range(rng.randint(1, 4)):
            width = rng.choice((4, 8))
            file.seek(rng.randrange(0, 256, 4) if rng.random() < 0.3 else rng.choice(used))
            file.write((rng.choice(EXTREMES) & ((1 << 8 * width) - 1)).to_bytes(width, "little"))
        file.truncate(size)


def begin(run, name):
    """Starts a process. Returns it, and how long it took until it recorded."""
    began = time.monotonic()
    run.listing = os.path.join(run.work, f"list-{name}")
    process = run.start(name)
    while not os.path.exists(run.listing) or os.path.getsize(run.listing) == 0:
        if process.poll() is not None or time.monotonic() - began > 60:
            break
        time.sleep(0.001)
    return process, time.monotonic() - began


def peak(process):
    with open(f"/proc/{process.pid}/status") as file:
        return int(dict(line.split(":", 1) for line in file)["VmHWM"].split()[0]) >> 10


def forged_journals(run):
    """2 000 forged journals: no death, no memory beyond 64 MB, no start delayed by more than 200 ms."""
    rng = random.Random(int(os.environ.get("SPOOR_FUZZ_SEED", random.randrange(1 << 30))))
    print(f"edges: forged-journals: state {hash(rng.getstate()) & 0xffff:x}")
    run.environment["SPOOR_JOURNAL_BYTES"] = str(1 << 20)
    run.sink.down = True
    process, _ = begin(run, "sample")
    time.sleep(0.1)
    process.kill(), process.wait()
    [name] = glob.glob(os.path.join(run.journal, "*.spoor"))
    with open(name, "rb") as file:
        whole = file.read()
    os.remove(name)
    pages = [(offset, whole[offset:offset + 4096]) for offset in range(0, len(whole), 4096)]
    pages = [(offset, page) for offset, page in pages if any(page)]
    used = [start + offset for start, page in pages for offset in range(0, 4096, 4) if any(page[offset:offset + 4])]
    run.sink.down = False
    plain, plain_peak = [], 0
    for number in range(5):
        process, took = begin(run, f"plain{number}")
        plain.append(took)
        time.sleep(1)
        plain_peak = max(plain_peak, peak(process))
        process.send_signal(signal.SIGTERM), process.wait()
    # Within the directory's limit, and beyond it: then the oldest files are deleted at the start.
    for limit, what in ((64 << 30, "all"), (256 << 20, "limited")):
        run.environment["SPOOR_JOURNAL_MAX_BYTES"] = str(limit)
        delays = []
        for number in range(3):
            for index in range(2000):
                forge(os.path.join(run.journal, f"{number}-{index}.spoor"), pages, len(whole), used, rng)
            process, took = begin(run, f"{what}{number}")
            delays.append(took - min(plain))
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                if len(glob.glob(os.path.join(run.journal, "*.spoor"))) == 1:
                    break
                time.sleep(0.1)
            if run.is_alive(process, "there were forged journals"):
                most = peak(process)
                if most - plain_peak > 64:
                    run.wrong.append(f"{most} MB of memory, {plain_peak} without them")
                process.send_signal(signal.SIGTERM)
            # 1: spans are left in the files.
            if process.wait() not in (0, 1):
                run.wrong.append(f"the process ended with {process.returncode}")
            listing, left = run.listing, len(glob.glob(os.path.join(run.journal, "*.spoor")))
            run.ship()
            with open(listing) as file:
                ended = {line.split()[1] for line in file if line.startswith("E ") and line.endswith(".\n")}
            if ended - run.sink.spans.keys():
                run.wrong.append(f"{len(ended - run.sink.spans.keys())} of its own {len(ended)} spans missing")
            print(f"edges: forged-journals: {what}: start {took * 1000:.0f} ms, without them {min(plain) * 1000:.0f}-"
                  f"{max(plain) * 1000:.0f}; {most} MB, without them {plain_peak}; {left} files left", flush=True)
            subprocess.run(["find", run.journal, "-type", "f", "-delete"])
        # The quickest of three: a busy machine delays any start.
        if min(delays) > 0.2:
            run.wrong.append(f"starts delayed by {', '.join(f'{d * 1000:.0f}' for d in delays)} ms")


SCENARIOS = {function.__name__.replace("_", "-"): function for function in (
    reader_killed, reader_stopped, disk_full, descriptors_closed, journal_truncated, journal_removed, refused,
    slow_collector, failing, name_moves, forged_journals)}


def main():
    arguments = sys.argv[1:]
    seconds = 6.0
    if "--seconds" in arguments:
        index = arguments.index("--seconds")
        seconds = float(arguments[index + 1])
        del arguments[index:index + 2]
    failed = 0
    for name in arguments[1:] or SCENARIOS:
        run = Run(os.path.abspath(arguments[0]), seconds)
        began = time.monotonic()
        SCENARIOS[name](run)
        started, ended, logged = run.listed() if os.path.exists(run.listing) else (set(), set(), set())
        print(f"edges: {name}: {len(ended)} spans ended, {len(run.sink.spans)} arrived, {len(logged)} lines logged, "
              f"{time.monotonic() - began:.0f} s, {run.work}", flush=True)
        for line in run.wrong:
            print("edges: WRONG:", line, flush=True)
        failed += bool(run.wrong)
    print(f"{len(arguments[1:] or SCENARIOS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
