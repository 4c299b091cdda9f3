#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Builds and runs Examples/Quickstart against a port where nothing listens. Checks that its records are written with one
# trace id, and that its spans are reported as undelivered.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --package-path Examples/Quickstart
# A new journal directory, because undelivered spans of an earlier run would be counted here.
SPOOR_JOURNAL_DIR=$(mktemp -d)
export SPOOR_JOURNAL_DIR
trap 'rm -rf "$SPOOR_JOURNAL_DIR"' EXIT
output=$(OTEL_EXPORTER_ZIPKIN_ENDPOINT=http://127.0.0.1:9/api/v2/spans \
  Examples/Quickstart/.build/debug/Quickstart)
printf '%s\n' "$output"
passed=0
expect() { # expect WHAT PATTERN
  if printf '%s\n' "$output" | grep -Eq "$2"; then passed=$((passed + 1)); else echo "missing: $1 ($2)"; exit 1; fi
}
expect 'the order, with its number of items as a JSON number' '"event":"order_placed".*"items":3,"order_id":"ORD7890"'
expect 'the recovered failure' '"event":"payment_timeout".*"error.message":"no answer in 300 ms".*"error.handled":true'
expect 'the stack of the throw' '"event":"payment_timeout".*"error.stack_trace":"closure #1 in charge\(_:\) at Quickstart.swift:[0-9]+'
expect 'the number of undelivered spans' '"event":"spans_undelivered".*"count":2'
trace=$(printf '%s\n' "$output" | sed -n 's/.*"trace_id":"\([0-9a-f]*\)".*/\1/p' | sort -u)
[ "$(printf '%s\n' "$trace" | wc -l)" = 1 ] && [ ${#trace} = 32 ] && passed=$((passed + 1))
echo "$passed passed, $((5 - passed)) failed"
[ "$passed" = 5 ]
