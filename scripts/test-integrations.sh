#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Tests Spoor with other projects' software: Hummingbird, AsyncHTTPClient, gRPC Swift 2 and swift-service-lifecycle in
# one process; Envoy, zipkin-go and OpenTelemetry Python around Swift services; Envoy in front of the order flow. Their
# spans go to `spoor collect`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_peer_packages

say "The documentation's code, and instrumented Swift libraries"
python3 scripts/snippets.py Tests/Integrations/DocumentationSnippets/Generated
# A process bootstraps once, and a test of each of these suites does.
swift test --package-path Tests/Integrations --skip ShutdownOrderTests
swift test --package-path Tests/Integrations --skip-build --filter ShutdownOrderTests
say 'Envoy, zipkin-go and OpenTelemetry Python in one trace with Swift services'
# Built in this package, which already has the service's dependencies in its build folder.
swift build --package-path Tests/Integrations --product trace-context-service
swift build --package-path Tools --product spoor
python=$(scripts/python-env.sh)
relay=$(mktemp -d)
trap 'rm -rf "$relay"' EXIT
Tests/Peers/build-zipkin-go.sh Tests/Peers/zipkin-go-relay "$relay/zipkin-go-relay"
"$python" Tests/Integrations/Peers/test_peers.py Tools/.build/debug/spoor \
  Tests/Integrations/.build/debug/trace-context-service "$(dirname "$python")/envoy" "$relay/zipkin-go-relay"
say 'Envoy in front of the order flow'
swift build --package-path Tests/Integrations --product order-flow
"$python" Tests/Integrations/Peers/test_order_flow.py Tools/.build/debug/spoor Tests/Integrations/.build/debug/order-flow \
  "$(dirname "$python")/envoy"
