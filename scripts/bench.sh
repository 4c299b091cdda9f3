#!/usr/bin/env bash
# Measures, in pairs within one run, and writes what came out to Benchmarks/results:
#
#   scripts/bench.sh journal [PAIRS]     what a span costs with the journal in a file, beside one in memory
#   scripts/bench.sh throw [PAIRS]       what a throw costs more with the capture of its stack armed
#   scripts/bench.sh grep [TURNS]        a literal query over 1 GiB of log: spoor grep, grep, jq
#
# Nothing here passes or fails: the figures are for people, and depend on the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_packages python3
case "${1:-}" in
  journal)
    swift build -c release --package-path Benchmarks --product JournalCost
    python3 Benchmarks/journal.py Benchmarks/.build/release/JournalCost "${2:-7}" Benchmarks/results/journal.json
    ;;
  throw)
    swift build -c release --package-path Benchmarks --product ThrowCost
    python3 Benchmarks/throw.py Benchmarks/.build/release/ThrowCost "${2:-11}" Benchmarks/results/throw.json
    ;;
  grep)
    need_packages jq
    swift build -c release --package-path Tools --product spoor
    python3 Benchmarks/grep.py Tools/.build/release/spoor "${2:-5}" Benchmarks/results/grep.json
    ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
