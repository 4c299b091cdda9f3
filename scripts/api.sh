#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares the public API with docs/API.txt, so that every change of it shows in a diff:
#
#   scripts/api.sh [BUILD_DIRECTORY]            compares; default .build/debug, which must be built
#   scripts/api.sh --write [BUILD_DIRECTORY]    writes docs/API.txt
#
# It fails as well if `import Spoor` shows more than 35 types.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
mode=--check
if [ "${1:-}" = --write ]; then mode=--write; shift; fi
build=${1:-.build/debug}
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT
symbol_graphs "$build" "$graphs"
python3 scripts/api.py "$mode" "$graphs" Sources docs/API.txt
