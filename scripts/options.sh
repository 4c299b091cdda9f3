#!/usr/bin/env bash
# Writes docs/OPTIONS.md anew from the settings in Sources/Spoor/Configuration/Settings.
set -euo pipefail
cd "$(dirname "$0")/.."
SPOOR_WRITE_DOCS=1 swift test --filter OptionTableTests/theTableInTheDocumentationIsWhatTheCodeSays
