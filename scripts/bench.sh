#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Measures, in pairs within one run, and writes the results to Benchmarks/results:
#
#   scripts/bench.sh journal [PAIRS]     a span with the journal in a file and in memory
#   scripts/bench.sh hot [TURNS]         each operation of the hot path, and libraries in Go and C++
#   scripts/bench.sh delivery [TURNS]    spans until a collector has them, lines until a pipe's reader has them
#   scripts/bench.sh curves [TURNS]      the same with more spans, attributes, threads, journal usage, distance
#   scripts/bench.sh throw [PAIRS]       a throw with and without the capture of its stack
#   scripts/bench.sh names               names of addresses: Spoor, llvm-symbolizer, addr2line
#   scripts/bench.sh failure [PAIRS]     the first failure of each service of the order flow; a service under load;
#                                        latency around the first failure in half a core
#   scripts/bench.sh grep [TURNS]        searches over 1 GiB of logs: spoor grep, grep, ripgrep, jq, lnav
#   scripts/bench.sh collect [SECONDS]   spans per second into spoor collect, its memory, searches over a million spans
#   scripts/bench.sh page [TURNS]        a trace of 100 000 spans in Chromium: time to open, frames per second
#   scripts/bench.sh live [TURNS]        spoor journal --live on 10 000 open spans, and what it costs the process
#   scripts/bench.sh latency [TURNS]     how long single spans and records keep their caller: quiet, disk writeback,
#                                        stuck collector, first failure; swift-log's own handler, zerolog
#   scripts/bench.sh service [TURNS]     a small service under load: no tracing, Spoor to Zipkin, Spoor to OTLP; the
#                                        same in Go with OpenTelemetry
#   scripts/bench.sh endings [RUNS [SECONDS]]   jobs that exit, and processes that are stopped, after their last span
#   scripts/bench.sh check [--write]     instructions and allocations of each operation, compared with the numbers in
#                                        instructions.json and allocations.json; --write replaces the instructions
#   scripts/bench.sh orderflow [PAIRS]   processor time of an order with all traces recorded and with none
#
# Nothing passes or fails here, except `check`, and that no span may be missing in `endings`. The figures depend on the
# machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_packages python3
need_peers() {
  need_packages golang-go golang-github-rs-zerolog-dev golang-go.uber-zap-dev golang-opentelemetry-otel-dev \
    golang-github-openzipkin-zipkin-go-dev golang-github-codahale-hdrhistogram-dev libspdlog-dev g++
  Benchmarks/Peers/build.sh Benchmarks/.build/peers
  need_packages python3-venv
  python=$(scripts/python-env.sh)
}
# release PRODUCT…: builds programs of the integration tests' package, which has the order flow, too.
folder=Tests/Integrations/.build-release/release
release() {
  local product
  for product; do
    swift build -c release --package-path Tests/Integrations --scratch-path Tests/Integrations/.build-release --product "$product"
  done
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
  names)
    need_packages llvm binutils elfutils
    swift build -c release --package-path Benchmarks --product NameCost
    release order-flow spoor
    python3 Benchmarks/names.py "$folder/order-flow" "$folder/spoor" Benchmarks/.build/release/NameCost \
      --json Benchmarks/results/names.json
    ;;
  failure)
    need_packages wrk llvm binutils elfutils
    release order-flow spoor FailingService
    python3 Benchmarks/first_failure.py "$folder/order-flow" "$folder/spoor" --pairs "${2:-5}" \
      --json Benchmarks/results/first_failure.json
    python3 Benchmarks/first_failures.py "$folder/FailingService" --json Benchmarks/results/first_failures.json
    python3 Benchmarks/first_failure_p99.py "$folder/FailingService" --turns "${2:-5}" \
      --json Benchmarks/results/first_failure_p99.json
    ;;
  grep)
    need_packages jq ripgrep lnav
    swift build -c release --package-path Tools --product spoor
    python3 Benchmarks/grep.py Tools/.build/release/spoor "${2:-5}" Benchmarks/results/grep.json
    ;;
  collect)
    need_packages python3-venv
    python=$(scripts/python-env.sh otlp)
    swift build -c release --package-path Tools --product spoor
    "$python" Benchmarks/collect.py Tools/.build/release/spoor "${2:-15}" Benchmarks/results/collect.json
    ;;
  page)
    need_packages python3-venv chromium fonts-dejavu-core
    python=$(scripts/python-env.sh)
    swift build -c release --package-path Tools --product spoor
    "$python" Benchmarks/page.py Tools/.build/release/spoor "${2:-5}" Benchmarks/results/page.json
    ;;
  live)
    swift build -c release --package-path Benchmarks --product LiveCost
    swift build -c release --package-path Tools --product spoor
    python3 Benchmarks/live.py Benchmarks/.build/release/LiveCost Tools/.build/release/spoor "${2:-5}" Benchmarks/results/live.json
    ;;
  latency)
    need_peers
    swift build -c release --package-path Benchmarks --product Latency
    python3 Benchmarks/latency.py Benchmarks/.build/release/Latency Benchmarks/.build/peers "${2:-3}" Benchmarks/results/latency.json
    ;;
  service)
    need_peers
    need_packages wrk nghttp2-client
    release FailingService
    python3 Benchmarks/service.py "$folder/FailingService" Benchmarks/.build/peers "${2:-3}" Benchmarks/results/service.json
    ;;
  endings)
    swift build -c release --product EndingProbe
    swift build -c release --product AgentProbe
    python3 Benchmarks/endings.py .build/release/EndingProbe .build/release/AgentProbe "${2:-100}" "${3:-60}" \
      Benchmarks/results/endings.json
    ;;
  check)
    need_packages valgrind binutils
    swift build -c release --package-path Benchmarks --product HotPath
    python3 Benchmarks/instructions.py Benchmarks/.build/release/HotPath Benchmarks/instructions.json ${2:+"$2"}
    python3 Benchmarks/check.py Benchmarks/.build/release/HotPath Benchmarks/allocations.json
    ;;
  orderflow)
    swift build -c release --package-path Examples/OrderFlow --product order-flow
    python3 Benchmarks/orderflow.py Examples/OrderFlow/.build/release/order-flow "${2:-5}" Benchmarks/results/orderflow.json
    ;;
  *) usage; exit 2 ;;
esac
