#!/usr/bin/env bash
# The collector's heavier tests, against a running `spoor collect`:
#
#   scripts/test-page.sh           the page in a real Chromium, then attacks (bombs, slow and idle clients, a kill)
#   scripts/test-page.sh api       schemathesis against Zipkin's API description
#
# It says what it installs (apt-get, and pip into .venv and .venv-api). Screenshots: Tools/.build/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_build_packages
case "${1:-page}" in
  page)
    need_packages python3 python3-venv chromium fonts-dejavu-core
    python=$(scripts/python-env.sh)
    swift build --package-path Tools --product spoor
    say 'The page in Chromium'
    "$python" Tools/Tests/Page/test_page.py
    say 'Attacks'
    "$python" Tools/Tests/Page/test_attacks.py
    ;;
  api)
    need_packages python3 python3-venv
    [ -x .venv-api/bin/schemathesis ] || {
      say 'Installing schemathesis into .venv-api'
      python3 -m venv .venv-api
      .venv-api/bin/pip install --quiet --disable-pip-version-check schemathesis==4.32.5
    }
    swift build --package-path Tools --product spoor
    .venv-api/bin/python Tools/Tests/Page/test_api.py
    ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
