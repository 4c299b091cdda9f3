#!/usr/bin/env bash
# Measures, in pairs within one run, and writes what came out to Benchmarks/results:
#
#   scripts/bench.sh journal [PAIRS]     what a span costs with the journal in a file, beside one in memory
#   scripts/bench.sh hot [TURNS]         what each operation costs its caller, beside Go's and C++'s libraries
#   scripts/bench.sh delivery [TURNS]    what spans and lines cost until they have left
#   scripts/bench.sh curves [TURNS]      the same as traces, spans, threads, the journal's fill and the way there grow
#   scripts/bench.sh throw [PAIRS]       what a throw costs more with the capture of its stack armed
#   scripts/bench.sh grep [TURNS]        a literal query over 1 GiB of log: spoor grep, grep, jq
#   scripts/bench.sh collect [SECONDS]   spans a second into spoor collect, its memory, searches over a million spans
#   scripts/bench.sh page [TURNS]        a trace of 100 000 spans in Chromium: until it is open, frames a second
#   scripts/bench.sh orderflow [PAIRS]   processor time of an order with every trace recorded, beside none
#
# Nothing here passes or fails: the figures are for people, and depend on the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_packages python3
need_peers() {
  need_packages golang-go golang-github-rs-zerolog-dev golang-go.uber-zap-dev golang-opentelemetry-otel-dev \
    golang-github-openzipkin-zipkin-go-dev libspdlog-dev g++
  Benchmarks/Peers/build.sh Benchmarks/.build/peers
  need_packages python3-venv
  python=$(scripts/python-env.sh)
}
case "${1:-}" in
  journal)
    swift build -c release --package-path Benchmarks --product JournalCost
    python3 Benchmarks/journal.py Benchmarks/.build/release/JournalCost "${2:-7}" Benchmarks/results/journal.json
    ;;
  hot)
    need_peers
    swift build -c release --package-path Benchmarks --product HotPath
    python3 Benchmarks/hot.py Benchmarks/.build/release/HotPath Benchmarks/.build/peers "$python" "${2:-5}" \
      Benchmarks/results/hot.json
    ;;
  delivery)
    need_peers
    swift build -c release --package-path Benchmarks --product Delivery
    python3 Benchmarks/delivery.py Benchmarks/.build/release/Delivery Benchmarks/.build/peers "$python" "${2:-3}" \
      Benchmarks/results/delivery.json
    ;;
  curves)
    swift build -c release --package-path Benchmarks --product Delivery
    python3 Benchmarks/curves.py Benchmarks/.build/release/Delivery "${2:-3}" Benchmarks/results/curves.json
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
  collect)
    swift build -c release --package-path Tools --product spoor
    python3 Benchmarks/collect.py Tools/.build/release/spoor "${2:-15}" Benchmarks/results/collect.json
    ;;
  page)
    need_packages python3-venv chromium fonts-dejavu-core
    python=$(scripts/python-env.sh)
    swift build -c release --package-path Tools --product spoor
    "$python" Benchmarks/page.py Tools/.build/release/spoor "${2:-5}" Benchmarks/results/page.json
    ;;
  orderflow)
    swift build -c release --package-path Examples/OrderFlow --product order-flow
    python3 Benchmarks/orderflow.py Examples/OrderFlow/.build/release/order-flow "${2:-5}" Benchmarks/results/orderflow.json
    ;;
  *) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
