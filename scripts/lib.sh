# SPDX-License-Identifier: Apache-2.0

# Functions that the scripts share. Sourced, not run.

# say TEXT: prints a heading.
say() { printf '\n== %s\n' "$*"; }

# usage: prints the comment at the head of the calling script.
usage() {
  awk 'NR == 1 || /^# SPDX/ { next } !/^#/ { if (seen) exit; next } { seen = 1; sub(/^# ?/, ""); print }' "$0"
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# need_packages PACKAGE…: installs the Debian packages that are missing, and prints their names. Without root and sudo
# it prints the command that installs them, and ends the script.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return 0
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    echo "$(basename "$0"): Debian packages are missing, and only root can install them. As root, run:" >&2
    echo "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  say "Installing with apt-get: ${missing[*]}"
  as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# What a build of the library and the tools needs.
need_build_packages() { need_packages libcurl4-openssl-dev zlib1g-dev libzstd-dev libsqlite3-dev pkg-config \
  g++ libsimdjson-dev libre2-dev liblzma-dev libbz2-dev; }

# What the tests need in addition: Python for validators and tracing clients from PyPI (scripts/python-env.sh),
# OpenZipkin's Go library and log libraries for Go, openssl for certificates, compressors.
need_peer_packages() {
  need_packages python3 python3-venv openssl golang-go golang-github-openzipkin-zipkin-go-dev golang-go.uber-zap-dev \
    golang-github-rs-zerolog-dev gzip xz-utils bzip2 zstd jq
}

# symbol_graphs BUILD FOLDER: writes the symbol graphs of the public modules of a build into a folder.
symbol_graphs() {
  local target module
  target=$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p' | head -1)
  for module in Spoor SpoorContext SpoorJournal SpoorLogging SpoorStacks SpoorTracing SpoorTesting; do
    swift symbolgraph-extract -module-name "$module" -target "$target" -I "$1/Modules" \
      -Xcc -fmodule-map-file="$PWD/$1/CSpoor.build/module.modulemap" -Xcc -I -Xcc Sources/CSpoor/include \
      -I Sources/CLibcurl -I Sources/CZlib \
      -minimum-access-level public -skip-synthesized-members -output-dir "$2"
  done
}
