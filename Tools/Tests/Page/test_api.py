"""Runs schemathesis against Zipkin's API description: python test_api.py (see scripts/test-page.sh).

The description is the real project's, unchanged. It leaves out what the real server answers, which is
added here before the run: 400 for what makes no sense, and that GET /spans gives names rather than spans.
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


def main():
    api = description()
    for path in api["paths"].values():
        for operation in path.values():
            operation["responses"].setdefault("400", {"description": "what was wrong, as text"})
    api["paths"]["/spans"]["get"]["responses"]["200"]["schema"] = {"type": "array", "items": {"type": "string"}}
    # A body that is not JSON is what a sender of another format sends; schemathesis cannot make protobuf.
    api["paths"]["/spans"]["post"]["consumes"] = ["application/json"]
    with tempfile.TemporaryDirectory() as directory, Collector(binary()) as collector:
        for number in range(20):
            collector.post(order(number, 1_700_000_000_000_000 + number)[2])
        path = os.path.join(directory, "api.yaml")
        with open(path, "w") as file:
            yaml.safe_dump(api, file)
        tool = os.path.join(os.path.dirname(sys.executable), "schemathesis")
        code = subprocess.run(
            [tool, "run", path, "--url", collector.url + "/api/v2", "--checks",
             "not_a_server_error,status_code_conformance,response_schema_conformance", "--max-examples", os.environ.get("SPOOR_API_EXAMPLES", "60"),
             "--phases", "examples,coverage,fuzzing", "--seed", "7", "--workers", "1"], cwd=directory).returncode
        assert collector.request("/health")[0] == 200
    sys.exit(code)


if __name__ == "__main__":
    main()
