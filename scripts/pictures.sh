#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Runs the order flow and takes screenshots of the collector's page in Chromium, into docs/pictures.
#
#   scripts/pictures.sh
#
# Prints what it installs (apt-get, and pip into .venv).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_build_packages
need_packages python3 python3-venv chromium fonts-dejavu-core
python=$(scripts/python-env.sh)
swift build --package-path Tools --product spoor
swift build --package-path Examples/OrderFlow --product order-flow
"$python" Tools/Tests/Page/pictures.py Examples/OrderFlow/.build/debug/order-flow docs/pictures
