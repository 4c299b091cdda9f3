#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Three hosts with an agent and services each and a fourth with the collector, as network namespaces. The hosts are cut
# off and joined again in turn while services are killed on all of them: nothing may be lost, and nothing may come under
# another host's name. Needs root (or sudo) for `ip netns`.
#
#   scripts/test-hosts.sh [--release] [ROUNDS]   rounds of a service on each host, 12 by default
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_packages iproute2 python3
build=debug
if [ "${1:-}" = --release ]; then build=release; shift; fi
swift build -c "$build" --product JournalProbe
swift build -c "$build" --product AgentProbe
as_root python3 Tests/Torture/hosts.py ".build/$build/JournalProbe" ".build/$build/AgentProbe" "${1:-12}"
