#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if an operation allocates more often than its threshold. Counts do not depend on the machine's load.

    check.py HOTPATH THRESHOLDS.json
"""
import json, subprocess, sys

program, thresholds = sys.argv[1], json.load(open(sys.argv[2]))
failed = False
for backend, limits in thresholds.items():
    done = subprocess.run([program, backend, "3"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    measured = json.loads(done.stderr.strip().splitlines()[-1])["allocations"]
    for name in sorted(measured.keys() | limits.keys()):
        if name not in limits or name not in measured:
            print(f"{backend}: {name}: {'has no threshold' if name in measured else 'was not measured'}")
            failed = True
        elif measured[name] > limits[name]:
            print(f"{backend}: {name}: {measured[name]:.2f} allocations, {limits[name]} at most")
            failed = True
print("more allocations than allowed" if failed else "no operation allocates more than it may")
sys.exit(failed)
