#!/usr/bin/env bash
# Passes every test, on a machine that has a Swift toolchain and nothing else:
#
#   scripts/test.sh                       format, builds with warnings as errors, all tests, schemas, examples
#   scripts/test.sh --sanitize thread     the library's tests under ThreadSanitizer (or address)
#   scripts/test.sh --only library        one part: format, library, budgets, quickstart, tools, orderflow, integrations
#
# It says what it installs (apt-get, and pip into .venv) and ends with the test runners' own closing lines.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

sanitizer=''
only=''
while [ $# -gt 0 ]; do
  case "$1" in
    --sanitize) sanitizer=${2:?thread or address}; shift 2 ;;
    --only) only=${2:?a part}; shift 2 ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done
wants() { [ -z "$only" ] || [ "$only" = "$1" ]; }

export SPOOR_WARNINGS_AS_ERRORS=1
need_build_packages

if [ -n "$sanitizer" ]; then
  say "The library under the $sanitizer sanitizer"
  need_peer_packages
  scripts/python-env.sh >/dev/null
  # LeakSanitizer counts what XCTest's runner and Foundation's Process keep; leaks of ours have tests of their own.
  export ASAN_OPTIONS=detect_leaks=0
  # Tests that a sanitizer's own memory, or its trouble with fork, makes meaningless leave themselves out.
  export SPOOR_SANITIZER=$sanitizer
  # Without the tests that crash a process on purpose: a sanitizer takes the fatal signals itself, and ends the process
  # with a report of its own before anybody else hears of it.
  exec swift test --sanitize "$sanitizer" --scratch-path ".build-$sanitizer" --skip CrashTests --skip CrashReportTests
fi

if wants format; then
  say 'Format'
  git ls-files -z -- '*.swift' | xargs -0 swift format lint --strict --configuration .swift-format
  echo 'formatted'
fi

if wants library; then
  say 'The library: build and tests'
  need_peer_packages
  scripts/python-env.sh >/dev/null
  swift test
  say 'Doc comments, articles, links'
  scripts/check-docs.sh
  say 'A process killed in the middle of its work, 10 times (scripts/torture.sh: 200 times)'
  python3 Tests/Torture/torture.py .build/debug/JournalProbe 10
fi

if wants budgets; then
  say 'Allocations per operation, in an optimised build'
  need_packages python3
  swift build -c release --package-path Benchmarks --product HotPath
  python3 Benchmarks/check.py Benchmarks/.build/release/HotPath Benchmarks/allocations.json
  python3 Benchmarks/render.py --check
fi

if wants quickstart; then
  say "The README's code"
  scripts/test-quickstart.sh
fi

if wants tools && [ -e Tools/Package.swift ]; then
  say 'Tools: build and tests'
  need_peer_packages
  scripts/python-env.sh >/dev/null
  swift test --package-path Tools
  scripts/test-page.sh
  scripts/test-page.sh api
fi

if wants orderflow && [ -e Examples/OrderFlow/Package.swift ]; then
  say 'The order flow: build and tests'
  swift test --package-path Examples/OrderFlow
fi

if wants integrations; then
  scripts/test-integrations.sh
fi

say 'All passed'
