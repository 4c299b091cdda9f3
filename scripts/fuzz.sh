#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Reads mutated journal files, 20 000 forged ones, and damaged and forged programs (for the symbols of stacks), for 10
# minutes each under AddressSanitizer; fails on a crash, a hang, a read out of bounds, or too much memory.
#
#   scripts/fuzz.sh [SECONDS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
export ASAN_OPTIONS=detect_leaks=0 SPOOR_SANITIZER=address SPOOR_FUZZ_SECONDS=${1:-600} SPOOR_FORGED_FILES=20000
[ -z "${2:-}" ] || export SPOOR_FUZZ_SEED=$2
swift test --sanitize address --scratch-path .build-address --filter 'FuzzTests|ForgedJournalTests'
