#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Checks that every source file names its licence in its first lines, in the form of https://spdx.dev:
#
#   scripts/check-spdx.sh             lists the files without the line; exit status 1 if there are any
#   scripts/check-spdx.sh --write     adds the line to them
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 scripts/spdx.py "$@"
