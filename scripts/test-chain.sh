#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# The way beyond one machine, with every span and log record counted:
#
#   scripts/test-chain.sh [SPANS]      default 20 000
#
# Spoor -> OTLP -> Rotel -> a broker that speaks Kafka's protocol -> `spoor collect`, and a node's log files through
# deploy/otelcol/node-logs.yaml. A service and the collector are killed on the way.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_packages python3 python3-venv
swift build --product EndingProbe
swift build --package-path Tools --product spoor
exec "$(scripts/python-env.sh deploy)" Tests/Peers/python/kafka_chain.py Tools/.build/debug/spoor .build/debug/EndingProbe \
  "${1:-20000}"
