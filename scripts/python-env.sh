#!/bin/sh
# Makes .venv, the private Python of this checkout's tests, with what scripts/python-requirements.txt pins.
# Does nothing when it is there already; prints the path of its interpreter. Callers at the same time wait for each other.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
requirements=$root/scripts/python-requirements.txt
stamp=$root/.venv/installed.txt

exec 9<"$requirements"
flock 9
if ! cmp -s "$requirements" "$stamp"; then
  rm -rf "$root/.venv"
  python3 -m venv "$root/.venv" >&2 || {
    echo "python-env.sh: python3 cannot make a virtual environment (Debian: apt-get install python3-venv)" >&2
    exit 1
  }
  "$root/.venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  cp "$requirements" "$stamp"
fi
echo "$root/.venv/bin/python"
