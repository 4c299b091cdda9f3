#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""What the names of one address, one stack and a thousand addresses cost, beside llvm-symbolizer and addr2line.

  Benchmarks/names.py PROGRAM SPOOR NAME-COST [--json FILE]

PROGRAM is a large unstripped binary, such as Examples/OrderFlow/.build/release/order-flow; SPOOR is the `spoor` command and
NAME-COST the program NameCost of a release build. The addresses are the same for every tool, and so is the run: each tool is
a process of its own, measured from its start to its end. NameCost does what a service does: it names one address after
another, within a service's limits. Memory is the peak of the process's anonymous pages, sampled every millisecond: pages of
the mapped file are shared, and the kernel takes them back. The answers are compared, too: files and lines with those of
llvm-symbolizer.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from common import last_json, machine


def functions(program):
    """Start and size of every function of the symbol table."""
    found = []
    for line in subprocess.run(["nm", "-S", "--defined-only", program], capture_output=True, text=True).stdout.splitlines():
        parts = line.split()
        if len(parts) == 4 and parts[2] in "tTwW" and int(parts[0], 16) and int(parts[1], 16):
            found.append((int(parts[0], 16), int(parts[1], 16)))
    return sorted(found)


def anonymous(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("RssAnon"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def measure(command, text=""):
    """Runs a command; returns its output, processor time in ms, wall time in ms, and peak anonymous memory in kB."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.DEVNULL)
        try:
            process.stdin.write(text.encode())
            process.stdin.close()
        except BrokenPipeError:
            pass  # a tool that takes its addresses from its arguments
        peak = 0
        while True:
            peak = max(peak, anonymous(process.pid))
            pid, _, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.001)
        process.returncode = 0
        wall = (time.perf_counter() - began) * 1000
        output.seek(0)
        return output.read(), (usage.ru_utime + usage.ru_stime) * 1000, wall, peak


def build_id(program):
    notes = subprocess.run(["readelf", "-n", program], capture_output=True, text=True).stdout
    return re.search(r"Build ID: ([0-9a-f]+)", notes)[1]


def tools(program, spoor, addresses):
    text = "".join(f"0x{a:x}\n" for a in addresses)
    hexadecimal = [f"0x{a:x}" for a in addresses]
    yield "spoor symbolicate", [spoor, "symbolicate", program] + hexadecimal, ""
    symbolizer = shutil.which("llvm-symbolizer")
    if symbolizer:
        yield "llvm-symbolizer", [symbolizer, f"--obj={program}", "--inlines"], text
    if shutil.which("addr2line"):
        yield "addr2line -fie", ["addr2line", "-fie", program], text
    if shutil.which("eu-addr2line"):
        yield "eu-addr2line -if", ["eu-addr2line", "-if", "-e", program], text


def places_of_spoor(text):
    """File and line of each function, address by address."""
    places = []
    for line in text.splitlines():
        match = re.search(r" at ((?:(?! at ).)+):(\d+)$", line)
        place = f"{match[1]}:{match[2]}" if match else "-"
        if re.match(r"0x", line):
            places.append([])
        places[-1].append(place)
    return places


def places_of_llvm(text):
    places = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line]
        if not lines:
            continue
        found = [re.sub(r":\d+$", "", place) for place in lines[1::2]]
        places.append(["-" if place.endswith(":0") or "<compiler-generated>" in place else place for place in found])
    return places


def normal(place):
    return "-" if "<compiler-generated>" in place else os.path.normpath(place)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("spoor")
    parser.add_argument("name_cost")
    parser.add_argument("--json")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    known = functions(arguments.program)
    chosen = random.Random(arguments.seed)
    rows, same_places, service = [], {}, {}
    for count in (1, 30, 2000):
        addresses = [start + chosen.randrange(size) for start, size in chosen.sample(known, min(count, len(known)))]
        answers = {}
        for name, command, text in tools(arguments.program, arguments.spoor, addresses):
            measure(command, text)  # the file is in the page cache for all of them
            output, cpu, wall, memory = measure(command, text)
            answers[name] = output
            rows.append({"addresses": len(addresses), "tool": name, "cpu_ms": round(cpu, 1), "wall_ms": round(wall, 1),
                         "anonymous_mb": round(memory / 1024, 1)})
        output, *_ = measure([arguments.name_cost, arguments.program, build_id(arguments.program)],
                             "".join(f"{a:x}\n" for a in addresses))
        service[len(addresses)] = last_json(output)
        if "llvm-symbolizer" in answers:
            ours = places_of_spoor(answers["spoor symbolicate"])
            theirs = places_of_llvm(answers["llvm-symbolizer"])
            same = [[normal(p) for p in a] == [normal(p) for p in b] for a, b in zip(ours, theirs)]
            same_places[len(addresses)] = sum(same)
            for address, agrees, a, b in zip(addresses, same, ours, theirs):
                if not agrees:
                    print(f"0x{address:x}: {a}, llvm-symbolizer: {b}", file=sys.stderr)
    result = {"what": "names of addresses of one binary, each tool in a process of its own",
              "command": "scripts/bench.sh names", **machine(), "load": round(os.getloadavg()[0], 2),
              "program": os.path.basename(arguments.program), "program_mb": round(os.path.getsize(arguments.program) / 1e6),
              "functions": len(known), "rows": rows, "same_places_as_llvm_symbolizer": same_places, "service": service}
    text = json.dumps(result, indent=2, ensure_ascii=False)
    print(text)
    if arguments.json:
        with open(arguments.json, "w") as output:
            output.write(text + "\n")


if __name__ == "__main__":
    main()
