#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Builds Examples/OrderFlow and runs `order-flow demo` with the given arguments.
#
#   scripts/demo.sh           on a terminal: runs until Ctrl-C
#   scripts/demo.sh --exit    ends when the demo is over
#   scripts/demo.sh --otlp    spans and log records as OTLP over HTTP
#   scripts/demo.sh --collector-port 0    if something else listens on port 9411
#
# Needs a Swift toolchain. Installs missing Debian packages with apt-get and prints their names.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/lib.sh"

need_build_packages
say 'Building Examples/OrderFlow (debug); the first time takes some minutes'
swift build --package-path "$root/Examples/OrderFlow" --product order-flow
say 'order-flow demo'
exec "$root/Examples/OrderFlow/.build/debug/order-flow" demo "$@"
