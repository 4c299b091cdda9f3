#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Runs every test, on a machine with a Swift toolchain and nothing else:
#
#   scripts/test.sh                       format, prose, licences, builds with warnings as errors, all tests, examples
#   scripts/test.sh --sanitize thread     the library's tests under ThreadSanitizer (or address)
#   scripts/test.sh --only library        one part: format, library, budgets, quickstart, tools, orderflow, integrations
#
# Prints what it installs (apt-get, and pip into .venv). The test runners print their own summaries.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

parts='format library budgets quickstart tools orderflow integrations deploy'
sanitizer=''
only=''
while [ $# -gt 0 ]; do
  case "$1" in
    --sanitize) sanitizer=${2:?thread or address}; shift 2 ;;
    --only) only=${2:?a part}; shift 2 ;;
    *) usage; exit 2 ;;
  esac
done
if [ -n "$only" ] && [[ " $parts " != *" $only "* ]]; then
  echo "test.sh: --only must be one of: $parts, but is $only" >&2
  exit 2
fi
wants() { [ -z "$only" ] || [ "$only" = "$1" ]; }

export SPOOR_WARNINGS_AS_ERRORS=1
# Suites that set what the whole process has once (which throws are captured, signals), measure its memory, or need its
# places for threads: in processes of their own.
stacks='SpoorStacksTests\.|SpoorBaseTests\.ThreadPlaceTests/'
options='SpoorTests\.OptionEffectTests/'
# Nothing rests while a test beside it waits for names.
pace='SpoorStacksTests\.PaceTests/'
need_build_packages

if [ -n "$sanitizer" ]; then
  say "The library under the $sanitizer sanitizer"
  need_peer_packages
  scripts/python-env.sh >/dev/null
  # LeakSanitizer reports memory that XCTest's runner and Foundation's Process keep. Other tests look for Spoor's leaks.
  export ASAN_OPTIONS=detect_leaks=0
  # Tests that a sanitizer's own memory use or its handling of fork invalidates skip themselves.
  export SPOOR_SANITIZER=$sanitizer
  # A few tests at a time: a sanitizer makes a hundred exporters in one process so slow that limits of time are missed.
  export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=6
  # Without the tests that crash a process on purpose: a sanitizer handles the fatal signals itself and ends the process
  # before Spoor's handler runs.
  sanitized() { swift test --sanitize "$sanitizer" --scratch-path ".build-$sanitizer" "$@"; }
  sanitized --skip CrashTests --skip CrashReportTests --skip "^($stacks|SpoorTests\.)"
  sanitized --skip CrashTests --skip CrashReportTests --filter '^SpoorTests\.' --skip "^($options)"
  sanitized --skip CrashTests --skip CrashReportTests --filter "^($options)"
  sanitized --skip CrashTests --skip CrashReportTests --filter "^($stacks)" --skip "^($pace)"
  sanitized --filter "^($pace)"
  exit
fi

if wants format; then
  say 'Format'
  git ls-files -z -- '*.swift' | xargs -0 swift format lint --strict --configuration .swift-format
  echo 'formatted'
  need_packages python3
  scripts/check-prose.sh
  scripts/check-spdx.sh
  scripts/test-scripts.sh
fi

if wants library; then
  say 'The library: build and tests'
  need_peer_packages
  scripts/python-env.sh >/dev/null
  # Foundation's Process crashes in a process with more than about 1350 descriptors, so SpoorTests run apart.
  swift test --explicit-target-dependency-import-check error --skip "^($stacks|SpoorTests\.)"
  swift test --skip-build --filter '^SpoorTests\.' --skip "^($options)"
  swift test --skip-build --filter "^($options)"
  swift test --skip-build --filter "^($stacks)" --skip "^($pace)"
  swift test --skip-build --filter "^($pace)"
  say 'Tracing and logging without what is assumed about the memory of other packages'
  SPOOR_RUNTIME_SHORTCUTS=0 swift test --skip-build --filter '^Spoor(Base|Tracing|Logging)Tests\.'
  say 'Doc comments, articles, links'
  scripts/check-docs.sh
  say 'The public API against docs/API.txt'
  scripts/api.sh
  scripts/test-weak-symbols.sh
  say 'A process killed in the middle of its work, 10 times (scripts/torture.sh: 200 times)'
  python3 Tests/Torture/torture.py .build/debug/JournalProbe 10
  python3 Tests/Torture/torture.py .build/debug/JournalProbe 10 1 --otlp
  python3 Tests/Torture/torture.py .build/debug/JournalProbe 12 1 --otlp --flaky --agent .build/debug/AgentProbe
fi

if wants budgets; then
  say 'Allocations per operation, in an optimised build'
  need_packages python3
  swift build -c release --package-path Benchmarks --product HotPath
  python3 Benchmarks/check.py Benchmarks/.build/release/HotPath Benchmarks/allocations.json
  say 'Every way to throw, recorded in every place, in an optimised build'
  swift build -c release --package-path Benchmarks --product ThrowMatrix
  Benchmarks/.build/release/ThrowMatrix
  python3 Benchmarks/render.py --check
fi

if wants quickstart; then
  say 'The quickstart'
  scripts/test-quickstart.sh
fi

if wants tools && [ -e Tools/Package.swift ]; then
  say 'Tools: build and tests'
  need_peer_packages
  scripts/python-env.sh >/dev/null
  scripts/python-env.sh otlp >/dev/null
  # Not all at once: so many collectors in one process have more descriptors than Foundation's Process survives (above).
  SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=24 swift test --package-path Tools
  scripts/test-page.sh
  scripts/test-page.sh api
  scripts/test-mcp.sh
fi

if wants orderflow && [ -e Examples/OrderFlow/Package.swift ]; then
  say 'The order flow: build and tests'
  need_packages python3
  swift test --package-path Examples/OrderFlow
fi

if wants integrations; then
  scripts/test-integrations.sh
fi

if wants deploy; then
  say 'Through Rotel and Kafka into the collector, every span counted'
  scripts/test-chain.sh
  say 'Images, manifests, units and configurations in deploy/'
  scripts/check-deploy.sh --spoor Tools/.build/debug/spoor
fi

if [ -n "$only" ]; then say "Passed: $only, and nothing else was run"; else say 'All passed'; fi
