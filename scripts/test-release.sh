#!/usr/bin/env bash
# The tests of stacks in an optimised build, where inlining and tail calls change what a stack looks like:
#
#   scripts/test-release.sh [FILTER]     by default SpoorStacksTests: the matrix of ways to throw, crashes, symbols
#
# Not part of scripts/test.sh, because an optimised build of all tests takes as long as everything else together.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
swift test -c release -Xswiftc -enable-testing --scratch-path .build-release --filter "${1:-SpoorStacksTests}"
