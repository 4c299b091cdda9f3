# What the scripts share: saying what they do, and installing what they need. Sourced, not run.

say() { printf '\n== %s\n' "$*"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# need_packages PACKAGE…: installs the Debian packages that are missing, and says so.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return 0
  say "Installing with apt-get: ${missing[*]}"
  as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# What a build of the library needs.
need_build_packages() { need_packages libcurl4-openssl-dev zlib1g-dev libzstd-dev libsqlite3-dev pkg-config; }

# What the tests need besides: validators and tracing clients from PyPI (scripts/python-env.sh), OpenZipkin's Go library,
# openssl for certificates.
need_peer_packages() {
  need_packages python3 python3-venv openssl golang-go golang-github-openzipkin-zipkin-go-dev gzip jq
}
