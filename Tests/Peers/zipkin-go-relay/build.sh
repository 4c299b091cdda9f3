#!/bin/sh
# Builds the relay into the given file. Needs Debian's golang-go and golang-github-openzipkin-zipkin-go-dev.
set -eu
cd "$(dirname "$0")"
library=/usr/share/gocode/src/github.com/openzipkin/zipkin-go
if ! command -v go >/dev/null || [ ! -d "$library" ]; then
  echo "zipkin-go: missing (Debian: apt-get install golang-go golang-github-openzipkin-zipkin-go-dev)" >&2
  exit 1
fi
GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE="$1.cache" go build -o "$1" .
