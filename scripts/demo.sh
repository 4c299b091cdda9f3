#!/usr/bin/env bash
# Shows the order flow: builds Examples/OrderFlow, and runs `order-flow demo` with the arguments that it is given.
#
#   scripts/demo.sh           stays up until Ctrl-C on a terminal
#   scripts/demo.sh --exit    ends by itself
#
# On a machine that has a Swift toolchain and nothing else: what is missing is installed with apt-get, and said.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/lib.sh"

need_build_packages
say 'Building Examples/OrderFlow (debug); the first time takes some minutes'
swift build --package-path "$root/Examples/OrderFlow" --product order-flow
say 'order-flow demo'
exec "$root/Examples/OrderFlow/.build/debug/order-flow" demo "$@"
