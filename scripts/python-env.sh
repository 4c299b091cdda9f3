#!/bin/sh
# SPDX-License-Identifier: Apache-2.0

# Creates a Python environment of this checkout's tests and prints the path of its interpreter:
#
#   scripts/python-env.sh          .venv, from scripts/python-requirements.txt
#   scripts/python-env.sh otlp     .venv-otlp, from scripts/python-requirements-otlp.txt: what needs a later protobuf
#   scripts/python-env.sh deploy   .venv-deploy, from scripts/python-requirements-deploy.txt: checks of deploy/
#
# Does nothing if the environment is up to date. Concurrent callers wait for each other.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
suffix=${1:+-$1}
requirements=$root/scripts/python-requirements$suffix.txt
environment=$root/.venv$suffix
stamp=$environment/installed.txt

exec 9<"$requirements"
flock 9
packages() { grep -v '^#' "$1" 2>/dev/null; }
if [ "$(packages "$requirements")" != "$(packages "$stamp")" ]; then
  rm -rf "$environment"
  python3 -m venv "$environment" >&2 || {
    echo "python-env.sh: python3 must be able to create a virtual environment, but is not (Debian: apt-get install python3-venv)" >&2
    exit 1
  }
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  cp "$requirements" "$stamp"
fi
echo "$environment/bin/python"
