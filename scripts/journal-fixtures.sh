#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Makes the journals that later versions must ship (Tests/SpoorTests/UpgradeTests.swift), with this checkout's version:
#
#   scripts/journal-fixtures.sh     Tests/Fixtures/Journals/VERSION-MODE.spoor.gz
#
# Run it once for each release; files of released versions are never made again.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/.*static let text = "\(.*\)"/\1/p' Sources/SpoorBase/SpoorVersion.swift)
swift build --product EndingProbe
probe=$PWD/.build/debug/EndingProbe
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
for mode in crash failure trap; do
  target=Tests/Fixtures/Journals/$version-$mode.spoor.gz
  if [ -e "$target" ]; then echo "$target is there already"; continue; fi
  # The end by a signal is the point.
  env -i PATH="$PATH" SPOOR_JOURNAL_DIR="$place/$mode" SPOOR_RESOURCE_DETECTORS=none SWIFT_BACKTRACE=enable=no \
    OTEL_RESOURCE_ATTRIBUTES="service.version=$version,service.instance.id=fixture" \
    OTEL_EXPORTER_ZIPKIN_ENDPOINT=http://127.0.0.1:9/api/v2/spans "$probe" "$mode" 3 >/dev/null 2>&1 || true
  gzip -9nc "$place/$mode"/*.spoor >"$target"
  echo "$target"
done
