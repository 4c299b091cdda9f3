#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Hostile input for `spoor collect` and the terminal's commands, from generators with seeds:
#
#   scripts/hostile.sh                      2 000 queries, 400 batches of spans, 100 kinds of log line, 900 runs of
#                                           commands, a store damaged at 200 places, 200 kills, a full disk, a
#                                           file system that becomes read-only
#   scripts/hostile.sh --short              a tenth of each
#   scripts/hostile.sh --seed 7 queries     one part, with the seed that a failure printed
#
# SPOOR names the command to test (default: the debug build, which is built first).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_build_packages
need_packages python3
[ -n "${SPOOR:-}" ] || swift build --package-path Tools --product spoor
exec python3 Tools/Tests/Page/hostile.py "$@"
