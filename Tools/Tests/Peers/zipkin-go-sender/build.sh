#!/bin/sh
# Builds the sender into the given file. Needs Debian's golang-go and golang-github-openzipkin-zipkin-go-dev.
set -eu
cd "$(dirname "$0")"
GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE="$1.cache" go build -o "$1" .
