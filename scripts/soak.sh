#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Runs a service under steady load for five minutes while its collector is killed every four seconds: nothing is lost,
# memory stays within 5 MB, threads and descriptors stay the same, and at most two lines a minute are logged about
# delivery.
#
#   scripts/soak.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
swift build -c release --product JournalProbe
python3 Tests/Torture/soak.py .build/release/JournalProbe "${1:-300}"
