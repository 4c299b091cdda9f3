#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Runs tests in an optimised build, where inlining and tail calls change stacks:
#
#   scripts/test-release.sh [FILTER]     default SpoorStacksTests: ways to throw, crashes, symbols; then the matrix of
#                                        ways to throw and places to record, of the program's own throws and of those of
#                                        NIO, AsyncHTTPClient, GRDB and Hummingbird, in a debug build, an optimised one,
#                                        and an optimised one with the standard library inside; then a service in 128 MB
#                                        of memory: 1 000 failures, a trap, eight restarts
#
# Not part of scripts/test.sh, because an optimised build of all tests takes as long as everything else together.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_packages python3
# A folder of its own: other flags, other objects.
tests() { swift test -c release -Xswiftc -enable-testing --scratch-path .build-release-tests "$@"; }
tests --filter "${1:-SpoorStacksTests}" --skip PaceTests
# Nothing rests while a test beside it waits for names.
tests --filter PaceTests

# program PACKAGE SUFFIX NAME [OPTION…]: builds a program in .build SUFFIX of the package, and prints its path.
program() {
  local place=(--package-path "$1" --scratch-path "$1/.build$2" "${@:4}")
  swift build "${place[@]}" --product "$3" >&2
  echo "$(swift build "${place[@]}" --show-bin-path 2>/dev/null)/$3"
}
# probe SUFFIX [OPTION…]
probe() {
  say "Every way to throw, recorded in every place: ${*:2}"
  local own library
  own=$(program . "$1" ThrowProbe "${@:2}")
  "$own"
  "$own" always
  library=$(program Tests/Integrations "$1" LibraryThrowProbe "${@:2}")
  "$library"
}
probe '' -c debug
probe -release -c release
say 'A service in a small container'
python3 scripts/small_container.py "$(program Tests/Integrations -release FailingService -c release)"
probe -release-static -c release --static-swift-stdlib
