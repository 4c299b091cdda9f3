# SPDX-License-Identifier: Apache-2.0

"""Runs schemathesis against the collector: python test_api.py (see scripts/test-page.sh).

Zipkin's API description is the real project's, unchanged. It lacks two facts about the real server, which are added
here before the run: invalid requests get 400, and GET /spans returns names and not spans. The description of the
routes for OTLP is our own (`schemas/collector-otlp.openapi.yaml`), and is used as it is.
"""

import os
import subprocess
import sys
import tempfile

import yaml

from collector import Collector, binary, order

HERE = os.path.dirname(os.path.abspath(__file__))


def description():
    with open(os.path.join(HERE, "../SpoorCollectTests/Fixtures/zipkin2-api.yaml")) as file:
        return yaml.safe_load(file)


def run(path, url, directory):
    """The exit status of schemathesis."""
    tool = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    return subprocess.run(
        [tool, "run", path, "--url", url, "--checks",
         "not_a_server_error,status_code_conformance,response_schema_conformance", "--max-examples", os.environ.get("SPOOR_API_EXAMPLES", "60"),
         "--phases", "examples,coverage,fuzzing", "--seed", "7", "--workers", "1"], cwd=directory).returncode


def otlp(directory, collector):
    """A copy of the description without protobuf, which schemathesis cannot make."""
    with open(os.path.join(HERE, "../../../schemas/collector-otlp.openapi.yaml")) as file:
        api = yaml.safe_load(file)
    for path in api["paths"].values():
        del path["post"]["requestBody"]["content"]["application/x-protobuf"]
    path = os.path.join(directory, "otlp.yaml")
    with open(path, "w") as file:
        yaml.safe_dump(api, file)
    return run(path, collector.url, directory)


def main():
    api = description()
    for path in api["paths"].values():
        for operation in path.values():
            operation["responses"].setdefault("400", {"description": "the error as text"})
    api["paths"]["/spans"]["get"]["responses"]["200"]["schema"] = {"type": "array", "items": {"type": "string"}}
    # A body that is not JSON stands for a sender of another format, because schemathesis cannot generate protobuf.
    api["paths"]["/spans"]["post"]["consumes"] = ["application/json"]
    with tempfile.TemporaryDirectory() as directory, Collector(binary()) as collector:
        for number in range(20):
            collector.post(order(number, 1_700_000_000_000_000 + number)[2])
        path = os.path.join(directory, "api.yaml")
        with open(path, "w") as file:
            yaml.safe_dump(api, file)
        code = run(path, collector.url + "/api/v2", directory) or otlp(directory, collector)
        assert collector.request("/health")[0] == 200
    sys.exit(code)


if __name__ == "__main__":
    main()
