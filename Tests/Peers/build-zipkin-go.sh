#!/bin/sh
# SPDX-License-Identifier: Apache-2.0

# Builds a program that uses OpenZipkin's Go library: build-zipkin-go.sh FOLDER OUTPUT. Needs Debian's golang-go and
# golang-github-openzipkin-zipkin-go-dev.
set -eu
library=/usr/share/gocode/src/github.com/openzipkin/zipkin-go
if ! command -v go >/dev/null || [ ! -d "$library" ]; then
  echo "zipkin-go: missing (Debian: apt-get install golang-go golang-github-openzipkin-zipkin-go-dev)" >&2
  exit 1
fi
cd "$1"
GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE="$2.cache" go build -o "$2" .
