#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Tests the package and docs/DEPLOYMENT.md in empty Debian roots, made with debootstrap. Needs root.
#
#   scripts/test-package.sh          after scripts/package.sh
#
# 1. The .deb is installed in a root, runs there, and is removed again without a trace.
# 2. A service (Examples/Quickstart) is built in a second root, with the packages that the document names for a build.
# 3. It runs in a third root, with the packages that the document names for a service and no others, as another user,
#    with everything read-only but a tmpfs of 4 MB. Its spans reach `spoor collect` in the first root. What it could
#    not deliver, its next start sends.
#
# SUITE and MIRROR select the Debian release (bookworm) and the server. SERVICE names a built Quickstart (release,
# static standard library), which 2. then does not build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
[ "$(id -u)" = 0 ] || { echo 'test-package.sh: must be run as root, which mounts and debootstrap need' >&2; exit 1; }
need_packages debootstrap python3 util-linux curl jq
suite=${SUITE:-bookworm}
# The mirror that this machine's own packages come from.
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 1p)}
deb=$(ls dist/spoor_*.deb)
if [ "${1:-}" != --inside ]; then
  # Namespaces of its own: mounts and processes end with it, before the folder is removed.
  place=$(mktemp -d)
  chmod 755 "$place"
  status=0
  unshare --mount --pid --fork --kill-child --mount-proc "$0" --inside "$place" || status=$?
  rm -rf --one-file-system "$place"
  exit "$status"
fi
place=$2
passed=0
fail() { echo "test-package.sh: $*" >&2; exit 1; }
# check TEXT COMMAND…: the text is what holds if the command succeeds.
check() {
  "${@:2}" || fail "this must hold, but does not: $1"
  passed=$((passed + 1))
  echo "ok   $1"
}

# root NAME: a new empty Debian.
root() {
  cp -a "$place/empty" "$place/$1"
  mount -t proc proc "$place/$1/proc"
  mount --rbind /dev "$place/$1/dev"
}
# inside NAME COMMAND…
inside() { chroot "$place/$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "${@:2}"; }
# packages HEADING: the Debian packages in the block of docs/DEPLOYMENT.md that a comment names.
packages() { awk -v mark="<!-- $1 -->" '$0 == mark { on = 1; next } on && /^```/ { if (seen) exit; seen = 1; next } on' docs/DEPLOYMENT.md; }

say "An empty Debian $suite"
debootstrap --variant=minbase "$suite" "$place/empty" "$mirror" >/dev/null
cp /etc/resolv.conf "$place/empty/etc/resolv.conf"
inside empty apt-get update -qq

say "1. $deb in an empty root"
root tool
cp "$deb" "$place/tool/tmp/"
before=$(cd "$place/tool" && find etc usr lib/ var/lib -xdev -not -path 'var/lib/dpkg*' -not -path 'var/lib/apt*' | sort)
inside tool apt-get install -y -qq --no-install-recommends "/tmp/$(basename "$deb")" >/dev/null
check 'spoor --version is the version of the package' \
  [ "$(inside tool spoor --version)" = "$(basename "$deb" | cut -d_ -f2)" ]
check 'every file is as the package has it' inside tool dpkg --verify spoor
check 'the completion for bash is a script' inside tool bash -n /usr/share/bash-completion/completions/spoor
check 'there is a manual page of each command' \
  [ "$(find "$place/tool/usr/share/man/man1" -name 'spoor*' -exec gzip -t {} \; -print | wc -l)" -ge 7 ]
check 'the bill of materials has its parts' jq -e '.bomFormat == "CycloneDX" and (.components | length) > 20' \
  "$place/tool/usr/share/doc/spoor/spoor.cdx.json"
line='{"timestamp":"2026-11-30T14:00:00.000Z","level":"error","service":"orders","event":"payment_failed"}'
check 'spoor grep finds a line' \
  [ "$(inside tool sh -c "echo '$line' | spoor grep 'level>=error' | grep -c payment_failed")" = 1 ]
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
chroot --userspec=65534:65534 "$place/tool" spoor collect --port "$port" --otlp-port 0 >"$place/collect" 2>&1 &
collector=$!
for _ in $(seq 100); do curl -sf "http://127.0.0.1:$port/health" >/dev/null && break; sleep 0.1; done
check 'spoor collect answers, as the user nobody' curl -sf -o /dev/null "http://127.0.0.1:$port/health"

if [ -n "${SERVICE:-}" ]; then
  service=$SERVICE
else
  say '2. A service, built with the packages of docs/DEPLOYMENT.md'
  root build
  # shellcheck disable=SC2046 # one word for each package
  inside build apt-get install -y -qq --no-install-recommends $(packages 'packages: toolchain') $(packages 'packages: build') >/dev/null
  toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
  mkdir -p "$place/build/opt/swift" "$place/build/source"
  mount --bind -o ro "$toolchain" "$place/build/opt/swift"
  git archive HEAD | tar -x -C "$place/build/source"
  # Where Git fetches from folders of this machine, they are needed inside too.
  git config --get-regexp '^url\./.*\.insteadof$' | sed -n 's/^url\.\(.*\)\.insteadof .*/\1/p' | sort -u | while read -r folder; do
    mkdir -p "$place/build$folder"
    mount --bind -o ro "$folder" "$place/build$folder"
    cp /etc/gitconfig "$place/build/etc/gitconfig"
  done
  inside build env PATH=/opt/swift/usr/bin:/usr/bin:/bin nice -n 10 swift build -c release --package-path /source/Examples/Quickstart \
    --static-swift-stdlib >"$place/build.log" 2>&1 || { tail -20 "$place/build.log"; fail 'the build failed'; }
  service=$(ls "$place"/build/source/Examples/Quickstart/.build/*/release/Quickstart)
  check "the service is built: $(du -h "$service" | cut -f1)" [ -x "$service" ]
fi

say '3. The service, with the packages of docs/DEPLOYMENT.md and no others'
root service
before_packages=$(inside service dpkg-query -W -f '${Package}\n' | sort)
# shellcheck disable=SC2046
inside service apt-get install -y -qq --no-install-recommends $(packages 'packages: run') >/dev/null
echo "beside Debian's minimum: $(comm -13 <(echo "$before_packages") <(inside service dpkg-query -W -f '${Package}\n' | sort) | tr '\n' ' ')"
install -m 755 "$service" "$place/service/usr/local/bin/service"
strip -g "$place/service/usr/local/bin/service"
mkdir -p "$place/service/journal"
# run [VARIABLE=VALUE…]: the service as user 10001, everything read-only but /journal.
mount -t tmpfs -o size=4m,mode=1777 journal "$place/service/journal"
run() {
  unshare --mount sh -c 'mount --rbind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"' sh \
    "$place/service" chroot --userspec=10001:10001 "$place/service" env -i SPOOR_JOURNAL_DIR=/journal/quickstart \
    SPOOR_JOURNAL_BYTES=2097152 SPOOR_LOG_FORMAT=json "$@" /usr/local/bin/service
}
chroot --userspec=10001:10001 "$place/service" sh -c 'touch /journal/x && rm /journal/x'
# spans TRACE: the number of spans that the collector has of it.
spans() { curl -s "http://127.0.0.1:$port/api/v2/trace/$1" | jq 'arrays | length'; }
trace_of() { jq -rs 'map(.trace_id // empty) | first'; }
reachable=OTEL_EXPORTER_ZIPKIN_ENDPOINT=http://127.0.0.1:$port/api/v2/spans
output=$(run "$reachable")
check 'the journal is in the tmpfs' [ -z "$(grep journal_in_memory <<<"$output")" ]
check 'the stripped service names the function that threw' jq -es \
  'any(.event == "payment_timeout" and (.["error.stack_trace"] | contains("charge")))' <<<"$output"
check 'the collector has the spans' [ "$(spans "$(trace_of <<<"$output")")" = 2 ]
trace=$(run OTEL_EXPORTER_ZIPKIN_ENDPOINT=http://127.0.0.1:9/api/v2/spans | trace_of)
run "$reachable" >/dev/null
check 'the next start sends what the last one kept' [ "$(spans "$trace")" = 2 ]

say 'The package is removed'
kill "$collector"
wait "$collector" 2>/dev/null || true
inside tool apt-get purge -y -qq --autoremove spoor >/dev/null
after=$(cd "$place/tool" && find etc usr lib/ var/lib -xdev -not -path 'var/lib/dpkg*' -not -path 'var/lib/apt*' | sort)
left=$(comm -13 <(echo "$before") <(echo "$after") | grep -i spoor || true)
check "no file of the package is left${left:+, but $left is}" [ -z "$left" ]
echo "$passed checks passed"
