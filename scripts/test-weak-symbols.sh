#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Checks that Spoor refers to Swift's runtime by weak symbols only: a runtime without one of them costs a feature, never
# a link error. Links Spoor's C without any Swift runtime, runs it, and looks at the symbols.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

say "Spoor's C without Swift's runtime"
compiler=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for source in Sources/CSpoor/*.c; do
  "$compiler" -O1 -fPIC -ISources/CSpoor/include -c "$source" -o "$folder/$(basename "$source" .c).o"
done
"$compiler" -O1 -fPIE -pie -ISources/CSpoor/include Tests/WeakSymbols/main.c "$folder"/*.o -lpthread -ldl -lm -lz \
  -o "$folder/program"
"$folder/program"

strong=$(nm "$folder"/*.o | grep -E ' [^wvV] _?swift_' || true)
if [ -n "$strong" ]; then
  echo "WRONG these symbols of Swift's runtime are not weak:"
  echo "$strong"
  exit 1
fi
echo "ok    all $(nm "$folder"/*.o | grep -oE ' [wv] _?swift_\w+' | sort -u | wc -l) symbols of Swift's runtime are weak"
