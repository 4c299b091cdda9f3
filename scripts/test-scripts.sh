#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Tests what the scripts print to somebody who meets them for the first time: missing packages, unknown parts.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
# as_stranger COMMAND…: runs a command as a user who is not root, in a place without sudo.
mkdir "$place/bin"
for tool in bash basename cat dpkg-query grep id; do ln -s "$(command -v "$tool")" "$place/bin/$tool"; done
as_stranger() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH="$place/bin" "$@"
  else
    env -i PATH="$place/bin" "$@"
  fi
}

tests=0
fail() { echo "test-scripts.sh: $1, but the output is:" >&2; cat "$place/output" >&2; exit 1; }

# The packages are asked of the real dpkg; no such package exists.
cp scripts/lib.sh "$place/lib.sh"
chmod 644 "$place/lib.sh"
# shellcheck disable=SC2016 # for the inner shell
as_stranger bash -c '. "$1"; need_packages base-files no-such-package-1 no-such-package-2; echo went on' \
  demo.sh "$place/lib.sh" >"$place/output" 2>&1 && fail 'a missing package must end the script'
grep -qx 'apt-get update && apt-get install -y --no-install-recommends no-such-package-1 no-such-package-2' \
  "$place/output" || fail 'the missing packages must be in one line that can be run'
grep -q 'went on' "$place/output" && fail 'the script must end'
tests=$((tests + 1))

scripts/test.sh --only nonsense >"$place/output" 2>&1 && fail 'an unknown part must be an error'
for part in format library integrations deploy; do
  grep -q "must be one of: .*$part.*, but is nonsense" "$place/output" || fail "the error must name the part $part"
done
tests=$((tests + 1))

echo "$tests tests of the scripts passed"
