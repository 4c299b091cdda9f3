#!/usr/bin/env bash
# Reads mutated journal files for 10 minutes under AddressSanitizer: no crash, no hang, no read outside.
#
#   scripts/fuzz.sh [SECONDS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
export ASAN_OPTIONS=detect_leaks=0 SPOOR_SANITIZER=address SPOOR_FUZZ_SECONDS=${1:-600}
[ -z "${2:-}" ] || export SPOOR_FUZZ_SEED=$2
swift test --sanitize address --scratch-path .build-address --filter JournalFuzzTests
