#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# Checks every file in deploy/ with a tool that its reader uses too:
#
#   scripts/check-deploy.sh                    Dockerfiles: hadolint; Compose, Kubernetes: their schemas; units:
#                                              `systemd-analyze verify`; node-logs.yaml: the Collector's own `validate`;
#                                              other configurations: references to parts and files
#   scripts/check-deploy.sh --spoor PROGRAM    and the arguments of every `spoor` in it, against that program's help
#
# A file that no check knows is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
need_packages python3 python3-venv systemd
exec "$(scripts/python-env.sh deploy)" scripts/check_deploy.py "$@"
