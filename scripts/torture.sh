#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Kills a recording process with SIGKILL 200 times and compares what it recorded with what a collector received: no span
# is missing, none is invented, duplicates are byte-identical. Then the same with the collector down at first, and with
# a collector that answers 503 half of the time. Then with an agent, and processes that never start again.
#
#   scripts/torture.sh [ROUNDS]         all of it
#   scripts/torture.sh otlp [ROUNDS]    spans and log records by OTLP only
#   scripts/torture.sh agent [ROUNDS]   with an agent only
#
# With --release as the first argument the programs are optimised builds.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
build=debug
if [ "${1:-}" = --release ]; then build=release; shift; fi
swift build -c "$build" --product JournalProbe
swift build -c "$build" --product AgentProbe
only=''
case "${1:-}" in otlp | agent) only=$1; shift ;; esac
rounds=${1:-200}
if [ "$only" != otlp ]; then
  for mode in '' --otlp; do
    # shellcheck disable=SC2086  # No argument if the mode is empty.
    python3 Tests/Torture/torture.py ".build/$build/JournalProbe" "$rounds" 4 --flaky $mode --agent ".build/$build/AgentProbe"
    # shellcheck disable=SC2086
    python3 Tests/Torture/torture.py ".build/$build/JournalProbe" "$rounds" 5 --down 20 $mode --agent ".build/$build/AgentProbe"
  done
fi
if [ "$only" = agent ]; then exit; fi
python3 Tests/Torture/torture.py ".build/$build/JournalProbe" "$rounds" 1 --otlp
python3 Tests/Torture/torture.py ".build/$build/JournalProbe" "$rounds" 2 --otlp --down 30
if [ -n "$only" ]; then exit; fi
python3 Tests/Torture/torture.py ".build/$build/JournalProbe" "$rounds"
python3 Tests/Torture/torture.py ".build/$build/JournalProbe" "$rounds" 2 --down 30
python3 Tests/Torture/torture.py ".build/$build/JournalProbe" "$rounds" 3 --flaky
# The edges: a reader that is killed or stopped, a full disk, closed descriptors, a journal that is truncated or
# removed, and single spans that are refused with each status from 400 to 599.
python3 Tests/Torture/edges.py ".build/$build/JournalProbe"
