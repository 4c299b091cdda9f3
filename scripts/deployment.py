#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Makes the table of docs/DEPLOYMENT.md: what a stack shows in each form of a binary, for a handled failure and a trap.

  scripts/deployment.py PROGRAM [--static PROGRAM] [--write]

PROGRAM is FailureProbe of a release build; the one of --static is linked with the static standard library. `strip` and
`objcopy` (binutils) make the other forms. --write replaces the table in docs/DEPLOYMENT.md.
"""
import argparse
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

BEGIN, END = "<!-- stacks: begin -->", "<!-- stacks: end -->"


def forms(folder, program, static):
    def copy(name, source):
        os.makedirs(f"{folder}/{name}")
        return shutil.copy(source, f"{folder}/{name}/FailureProbe")

    yield "release", copy("release", program)
    if static:
        yield "release, static standard library", copy("static", static)
    path = copy("strip-g", program)
    subprocess.run(["strip", "-g", path], check=True)
    yield "`strip -g`", path
    path = copy("strip", program)
    subprocess.run(["strip", path], check=True)
    yield "`strip`", path
    path = copy("debuglink", program)
    subprocess.run(["objcopy", "--only-keep-debug", path, path + ".debug"], check=True)
    subprocess.run(["strip", path], check=True)
    subprocess.run(["objcopy", f"--add-gnu-debuglink={path}.debug", path], check=True)
    yield "`strip`, symbols in a debug file (`.gnu_debuglink`)", path


@functools.cache
def collector():
    """Starts a collector that takes everything, and returns its port. Without one, a process that ends at once leaves the
    report of a crash to a later start."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def run(path, journal, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPOOR_", "OTEL_"))}
    environment |= {"SPOOR_JOURNAL_DIR": journal, "OTEL_TRACES_EXPORTER": "zipkin",
                    "OTEL_EXPORTER_ZIPKIN_ENDPOINT": f"http://127.0.0.1:{collector()}/api/v2/spans",
                    "SWIFT_BACKTRACE": "enable=no"}
    result = subprocess.run([path, *arguments], env=environment, capture_output=True, timeout=120)
    records = []
    for line in result.stdout.split(b"\n"):
        try:
            records.append(json.loads(line))
        except ValueError:
            pass
    return records


def stack(records, event=None):
    for record in records:
        if record.get("error.stack_trace") and (event is None or event in record.values()):
            return record["error.stack_trace"].split("\n")
    return []


def shown(stack):
    """What a person learns from the first frame."""
    if not stack:
        return "no stack"
    # A line that begins with … stands for frames that are not the program's.
    first = next((line for line in stack if not line.startswith("…")), stack[0])
    if re.search(r"\+0x[0-9a-f]+ \(build [0-9a-f]+\)$", first):
        kind = "`module+0xOFFSET (build ID)`"
    elif re.search(r" at \S+:\d+$", first):
        kind = "functions, files, lines, inlined functions"
    elif " in " in first:
        kind = "functions"
    else:
        kind = "unknown"
    return f"{kind}; {len(stack)} lines, first `{re.sub(r'[0-9a-f]{12,}', lambda m: m[0][:4] + '…', first)}`"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--static")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    lines = ["| binary | size, MB | handled failure | trap, told by the next start |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for name, path in forms(folder, arguments.program, arguments.static):
            journal = f"{os.path.dirname(path)}/journal"
            handled = stack(run(path, journal, "logged"))
            run(path, journal, "crash", "index", "task")
            crash = stack(run(path, journal, "ship"), "process_crashed")
            size = os.path.getsize(path) / 1e6
            lines.append(f"| {name} | {size:.1f} | {shown(handled)} | {shown(crash)} |")
            print(lines[-1], file=sys.stderr)
    table = "\n".join(lines)
    if not arguments.write:
        return print(table)
    document = os.path.join(os.path.dirname(__file__), "../docs/DEPLOYMENT.md")
    with open(document) as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    with open(document, "w") as file:
        file.write(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
