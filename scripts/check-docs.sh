#!/usr/bin/env bash
# Every public symbol has a doc comment, and every article and link of the DocC catalog can be resolved:
#
#   scripts/check-docs.sh [BUILD_DIRECTORY]     default .build/debug, which must be built
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-.build/debug}
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT
target=$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p' | head -1)
for module in Spoor SpoorContext SpoorJournal SpoorLogging SpoorStacks SpoorTracing SpoorTesting; do
  swift symbolgraph-extract -module-name "$module" -target "$target" -I "$build/Modules" \
    -Xcc -fmodule-map-file="$PWD/$build/CSpoor.build/module.modulemap" -Xcc -I -Xcc Sources/CSpoor/include \
    -I Sources/CLibcurl -I Sources/CZlib \
    -minimum-access-level public -skip-synthesized-members -output-dir "$graphs"
done
python3 scripts/undocumented.py "$graphs"
# The catalog with its own module only: DocC does not resolve links between modules.
mkdir "$graphs/own"
mv "$graphs"/Spoor.symbols.json "$graphs/own"
docc=$(command -v docc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc")
"$docc" convert Sources/Spoor/Spoor.docc --additional-symbol-graph-dir "$graphs/own" --fallback-display-name Spoor \
  --fallback-bundle-identifier spoor --warnings-as-errors --output-dir "$graphs/out"
echo 'documented'
