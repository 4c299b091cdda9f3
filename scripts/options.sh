#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Rewrites docs/OPTIONS.md from the settings in Sources/Spoor/Configuration/Settings.
set -euo pipefail
cd "$(dirname "$0")/.."
SPOOR_WRITE_DOCS=1 swift test --filter OptionTableTests/theTableInTheDocumentationIsWhatTheCodeSays
