#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Counts the instructions of each operation of HotPath under callgrind. They do not depend on the machine's load, so a loss
shows without a quiet machine.

    instructions.py HOTPATH INSTRUCTIONS.json [--write]

Fails if an operation needs more instructions than INSTRUCTIONS.json says, beyond the tolerance there. --write replaces the
counts. Operations that become cheaper by more than the tolerance are named, so that the file follows them.
"""
import json, os, re, subprocess, sys, tempfile

program, path, write = sys.argv[1], sys.argv[2], "--write" in sys.argv
OPERATIONS = [
    "span, 0 attributes", "span, 3 attributes", "span, 8 attributes", "concrete span, 3 attributes set directly",
    "inject", "extract", "log, 0 fields", "log, 3 fields", "typed event, 5 fields", "throw and catch inside a span",
]
# HotPath calls an operation 10 000 times in each round, and takes two more rounds than its argument says.
CALLS, ROUNDS = 10_000, 3
TOLERANCE = 3


def instructions(stripped, operation):
    """Only what the measuring function calls counts, on its thread."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=$s7HotPathAAV7measure*",
         stripped, "spoor", str(ROUNDS - 2), operation],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"instructions.py: callgrind failed on {operation!r}:\n{done.stderr[-2000:]}")
    return round(int(found.group(1)) / (CALLS * ROUNDS))


with tempfile.TemporaryDirectory() as folder:
    stripped = os.path.join(folder, "HotPath")
    # Valgrind cannot read the debug information of Swift's compiler.
    subprocess.run(["strip", "-g", "-o", stripped, program], check=True)
    measured = {operation: instructions(stripped, operation) for operation in OPERATIONS}

if write:
    with open(path, "w") as file:
        json.dump({"tolerance_percent": TOLERANCE, "instructions": measured}, file, indent=2)
        file.write("\n")
    print(f"wrote {path}")
    sys.exit()
known = json.load(open(path))
failed = False
for operation, count in measured.items():
    expected = known["instructions"][operation]
    change = 100 * (count - expected) / expected
    verdict = "as before"
    if change > known["tolerance_percent"]:
        verdict, failed = "MORE THAN ALLOWED", True
    elif change < -known["tolerance_percent"]:
        verdict = "fewer: write the file anew"
    print(f"{operation}: {count} instructions, {expected} expected, {change:+.1f} %: {verdict}")
print("more instructions than allowed" if failed else "no operation needs more instructions than it may")
sys.exit(failed)
