#!/usr/bin/env bash
# Kills a recording process with SIGKILL 200 times and counts what a collector got: nothing missing, nothing invented,
# duplicates equal to the byte. Then the same with the collector down at first, and with it answering 503 half the time.
#
#   scripts/torture.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
swift build --product JournalProbe
rounds=${1:-200}
python3 Tests/Torture/torture.py .build/debug/JournalProbe "$rounds"
python3 Tests/Torture/torture.py .build/debug/JournalProbe "$rounds" 2 --down 30
python3 Tests/Torture/torture.py .build/debug/JournalProbe "$rounds" 3 --flaky
