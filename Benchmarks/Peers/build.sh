#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Builds the programs of other libraries into a folder: build.sh FOLDER.
#
# Needs Debian's golang-go, golang-github-rs-zerolog-dev, golang-go.uber-zap-dev,
# golang-github-openzipkin-zipkin-go-dev, golang-opentelemetry-otel-dev, golang-github-codahale-hdrhistogram-dev,
# libspdlog-dev, g++.
set -euo pipefail
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")"
for program in go service; do
  (cd $program && GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE="$out/go-cache" go build -o "$out/$program-peers" .)
done
g++ -O3 -march=native -std=c++17 -DSPDLOG_COMPILED_LIB cpp/spdlog.cpp -o "$out/spdlog-peer" -lspdlog -lfmt -lpthread
