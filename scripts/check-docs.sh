#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Checks that every public symbol has a doc comment and that every article and link of the DocC catalogue resolves:
#
#   scripts/check-docs.sh [BUILD_DIRECTORY]     default .build/debug; must be built already
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
build=${1:-.build/debug}
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT
symbol_graphs "$build" "$graphs"
python3 scripts/undocumented.py "$graphs"
# Only the catalogue's own module, because DocC does not resolve links between modules.
mkdir "$graphs/own"
mv "$graphs"/Spoor.symbols.json "$graphs/own"
docc=$(command -v docc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc")
"$docc" convert Sources/Spoor/Spoor.docc --additional-symbol-graph-dir "$graphs/own" --fallback-display-name Spoor \
  --fallback-bundle-identifier spoor --warnings-as-errors --output-dir "$graphs/out"
echo 'documented'
