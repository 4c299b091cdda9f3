#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# The collector's slower tests, against a running `spoor collect`:
#
#   scripts/test-page.sh           the page in a real Chromium, its views at one width, a page of another origin, behind
#                                  a real nginx, attacks (bombs, slow and idle clients, a kill), and a short run of
#                                  hostile input (in full: scripts/hostile.sh)
#   scripts/test-page.sh views     every view at five widths, light and dark, with screenshots, by keys, with axe-core
#   scripts/test-page.sh api       schemathesis against the API descriptions of Zipkin and of the routes for OTLP
#
# Prints what it installs (apt-get, and pip into .venv and .venv-api). Screenshots go to Tools/.build/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_build_packages
case "${1:-page}" in
  page)
    need_packages python3 python3-venv chromium fonts-dejavu-core nginx-light openssl
    python=$(scripts/python-env.sh)
    swift build --package-path Tools --product spoor
    say 'The page in Chromium'
    "$python" Tools/Tests/Page/test_page.py
    say 'The views of the page'
    # The tests of the page itself are at 1440 pixels, light.
    SPOOR_WIDTHS=390 SPOOR_SCHEMES=dark "$python" Tools/Tests/Page/test_views.py
    say 'Behind nginx, with TLS and with a token'
    "$python" Tools/Tests/Page/test_serving.py
    say 'A page of another origin in Chromium'
    "$python" Tools/Tests/Page/test_foreign.py
    say 'Attacks'
    "$python" Tools/Tests/Page/test_attacks.py
    say 'Hostile input'
    "$python" Tools/Tests/Page/hostile.py --short --seed 1
    ;;
  views)
    need_packages python3 python3-venv chromium fonts-dejavu-core
    python=$(scripts/python-env.sh)
    swift build --package-path Tools --product spoor
    "$python" Tools/Tests/Page/test_views.py
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
  *) usage; exit 2 ;;
esac
