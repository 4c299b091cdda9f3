#!/usr/bin/env bash
# Spoor among what others wrote, with the real things: Hummingbird, AsyncHTTPClient, gRPC Swift 2 and swift-service-lifecycle
# in one process; then Envoy, zipkin-go and OpenTelemetry Python around Swift services, and Envoy in front of the whole order
# flow, their spans in `spoor collect`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_build_packages
need_peer_packages

say "The documentation's code, and instrumented Swift libraries"
python3 scripts/snippets.py Tests/Integrations/DocumentationSnippets/Generated
swift test --package-path Tests/Integrations
say 'Envoy, zipkin-go and OpenTelemetry Python in one trace with Swift services'
# Each package builds into a folder of its own: this one has everything that the service needs.
swift build --package-path Tests/Integrations --product trace-context-service
swift build --package-path Tools --product spoor
python=$(scripts/python-env.sh)
relay=$(mktemp -d)
trap 'rm -rf "$relay"' EXIT
Tests/Peers/build-zipkin-go.sh Tests/Peers/zipkin-go-relay "$relay/zipkin-go-relay"
"$python" Tests/Integrations/Peers/test_peers.py Tools/.build/debug/spoor \
  Tests/Integrations/.build/debug/trace-context-service "$(dirname "$python")/envoy" "$relay/zipkin-go-relay"
say 'Envoy in front of the order flow'
swift build --package-path Examples/OrderFlow --product order-flow
"$python" Tests/Integrations/Peers/test_order_flow.py Tools/.build/debug/spoor Examples/OrderFlow/.build/debug/order-flow \
  "$(dirname "$python")/envoy"
