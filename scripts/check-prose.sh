#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Checks the wording of everything that a person reads, and the width of comments (120 columns):
#
#   scripts/check-prose.sh             all files, except those in the list PENDING of scripts/prose.py
#   scripts/check-prose.sh --all       the files of that list too
#   scripts/check-prose.sh PATH…       these files and folders only
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 scripts/prose.py "$@"
