#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Compares how the cause of each failure of the order flow is found with `spoor` alone and with grep and jq:
#
#   scripts/evidence.sh [--write | CASE…]
#
# Plays the cases in a release build, runs the commands of both ways on the logs, checks that their output has the
# cause, and prints a table of calls and bytes; --write puts it into Tools/README.md. The exit status is 1 if a cause is
# not found, or if spoor needs more than 5 calls, more than 10 kB, or more than half of the bytes of the other way.
#
# SPOOR_EVIDENCE_BUILD=debug uses a debug build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_packages python3 jq
build=${SPOOR_EVIDENCE_BUILD:-release}
swift build -c "$build" --package-path Examples/OrderFlow --product order-flow
exec python3 scripts/evidence.py "Examples/OrderFlow/.build/$build" "$@"
