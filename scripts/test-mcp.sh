#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# `spoor mcp` against PyPI's client library of the Model Context Protocol:
#
#   scripts/test-mcp.sh            every tool in each version of the protocol, hostile arguments and messages
#   scripts/test-mcp.sh cases      cases of the order flow: is the cause found in six calls and 20 kB? Writes the table
#                                  in Tools/MCP.md (some minutes)
#   scripts/test-mcp.sh load       100 000 traces in a collector and 1 GB of logs: time and bytes of each tool (long)
#
# Prints what it installs (apt-get, and pip into .venv-mcp).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_build_packages
need_packages python3 python3-venv gzip
python=$(scripts/python-env.sh mcp)
case "${1:-tools}" in
  tools)
    swift build --package-path Tools --product spoor
    swift build --package-path Tools --product OpenSpans
    say 'The tools of spoor mcp'
    "$python" Tools/Tests/MCP/test_mcp.py
    ;;
  cases)
    swift build --package-path Tools --product spoor
    swift build --package-path Examples/OrderFlow --product order-flow
    shift
    "$python" Tools/Tests/MCP/cases.py Examples/OrderFlow/.build/debug/order-flow Tools/MCP.md "$@"
    ;;
  load)
    swift build -c release --package-path Tools --product spoor
    SPOOR=$PWD/Tools/.build/release/spoor "$python" Tools/Tests/MCP/load.py
    ;;
  *) usage; exit 2 ;;
esac
