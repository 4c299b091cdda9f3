#!/bin/sh
# SPDX-License-Identifier: Apache-2.0

# Builds a program that writes logs with zap and zerolog: build-go-logs.sh OUTPUT. Needs Debian's golang-go,
# golang-go.uber-zap-dev and golang-github-rs-zerolog-dev.
set -eu
library=/usr/share/gocode/src
if ! command -v go >/dev/null || [ ! -d "$library/go.uber.org/zap" ] || [ ! -d "$library/github.com/rs/zerolog" ]; then
  echo "go-logs: missing (Debian: apt-get install golang-go golang-go.uber-zap-dev golang-github-rs-zerolog-dev)" >&2
  exit 1
fi
cd "$(dirname "$0")/go-logs"
GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE="$1.cache" go build -o "$1" .
