# SPDX-License-Identifier: Apache-2.0

"""One trace through other projects' programs: Envoy, OpenZipkin's zipkin-go and OpenTelemetry Python around Swift
services, with all spans in `spoor collect`.

    test_peers.py SPOOR TRACE_CONTEXT_SERVICE ENVOY ZIPKIN_GO_RELAY

Every service accepts a list of calls (`POST /test`), whose arguments may be lists for the called services: a chain of
services is a value.
"""
import contextlib
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

PATIENCE_SECONDS = 60
HERE = pathlib.Path(__file__).resolve().parent


class Process:
    """A program and the lines that it writes. Ends with the block."""

    def __init__(self, arguments, **environment):
        self.lines = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment})
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()

    def find(self, pattern, patience=PATIENCE_SECONDS):
        """Waits for the first match in any line."""
        def search():
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)
        with self._changed:
            match = self._changed.wait_for(search, patience)
        assert match, f"{pattern} is not in what the process wrote: {''.join(self.lines)[-2000:]}"
        return match

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def request(url, body=None, headers=()):
    data = None if body is None else json.dumps(body).encode()
    made = urllib.request.Request(url, data, {"content-type": "application/json", **dict(headers)})
    with urllib.request.urlopen(made, timeout=PATIENCE_SECONDS) as answer:
        return answer.read()


class Collector:
    """`spoor collect` and its traces."""

    def __init__(self, stack, spoor):
        process = stack.enter_context(Process([spoor, "collect", "--port", "0", "--otlp-port", "0"]))
        self.address = process.find(r"(http://127\.0\.0\.1:\d+)/").group(1)
        self.spans = self.address + "/api/v2/spans"

    def trace(self, trace_id, is_whole):
        """Waits until `is_whole` holds for the spans of a trace, and returns them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        spans = []
        while not is_whole(spans):
            assert time.monotonic() < deadline, f"the trace is incomplete, {len(spans)} spans: {json.dumps(spans, indent=1)}"
            time.sleep(0.05)
            with contextlib.suppress(urllib.error.HTTPError):
                spans = json.loads(request(f"{self.address}/api/v2/trace/{trace_id}"))
        return spans

    def has_trace(self, trace_id):
        try:
            request(f"{self.address}/api/v2/trace/{trace_id}")
            return True
        except urllib.error.HTTPError as error:
            assert error.code == 404
            return False


def start_envoy(stack, envoy, directory, name, service_port, collector):
    """Starts Envoy in front of a service, with `name` in its spans. Returns the addresses of its listeners by name."""
    text = (HERE / "envoy.yaml").read_text()
    text = text.replace("SERVICE_PORT", service_port).replace("COLLECTOR_PORT", collector.address.rsplit(":", 1)[1])
    (directory / "envoy.yaml").write_text(text)
    address = directory / "admin"
    process = stack.enter_context(Process([
        envoy, "-c", str(directory / "envoy.yaml"), "--admin-address-path", str(address), "--service-cluster", name,
        "--service-node", name, "--use-dynamic-base-id", "--concurrency", "1"]))
    process.find("starting main dispatch loop")
    found = json.loads(request(f"http://{address.read_text()}/listeners?format=json"))["listener_statuses"]
    ports = {listener["name"]: listener["local_address"]["socket_address"]["port_value"] for listener in found}
    return {listener: f"http://127.0.0.1:{port}" for listener, port in ports.items()}


def run(tests, fleet):
    """Runs each test and prints the result. Returns the number of failures."""
    failed = 0
    for test in tests:
        try:
            test(fleet)
            print("passed", test.__name__, flush=True)
        except (AssertionError, OSError) as error:
            failed += 1
            print("FAILED", test.__name__, error, flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed


class Fleet:
    def __init__(self, stack, spoor, service, envoy, zipkin_go):
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.collector = Collector(stack, spoor)
        spans = self.collector.spans

        def swift(name):
            # zipkin-go reads B3's separate headers, OpenTelemetry reads `traceparent`.
            return stack.enter_context(Process(
                [service, "0", name], OTEL_EXPORTER_ZIPKIN_ENDPOINT=spans, SPOOR_JOURNAL_DIR="off",
                OTEL_PROPAGATORS="b3multi,tracecontext,baggage", OTEL_BSP_SCHEDULE_DELAY="50"))

        self.first, self.second = swift("swift-first"), swift("swift-second")
        started = r'"event":"service_started".*"port":(\d+)'
        go = stack.enter_context(Process([zipkin_go, spans]))
        python = stack.enter_context(Process([sys.executable, str(HERE.parent.parent / "Peers/python/otel_relay.py"), spans]))
        ports = {
            "swift-first": self.first.find(started), "swift-second": self.second.find(started),
            "zipkin-go": go.find(r"^(\d+)$"), "otel-python": python.find(r"^(\d+)$")}
        self.urls = {name: f"http://127.0.0.1:{port.group(1)}/test" for name, port in ports.items()}
        listeners = start_envoy(stack, envoy, directory, "gateway", ports["swift-first"].group(1), self.collector)
        self.urls["envoy"] = listeners["sampling"] + "/test"
        self.urls["quiet-envoy"] = listeners["not-sampling"] + "/test"

    def call(self, *names, headers=()):
        """Makes each service call the next one; Envoy calls `swift-first`."""
        arguments = []
        for name in reversed(names[1:]):
            arguments = [{"url": self.urls[name], "arguments": arguments}]
        request(self.urls[names[0]], arguments, headers)

    def trace(self, trace_id, spans):
        """Waits until a trace has the given number of spans, and returns them."""
        return self.collector.trace(trace_id, lambda found: len(found) >= spans)


def new_ids():
    return secrets.token_hex(16), secrets.token_hex(8)


def chain(spans):
    """The spans from the root down, as (service, kind), if they form a chain."""
    children = {}
    for span in spans:
        children.setdefault(span.get("parentId"), []).append(span)
    ids = {span["id"] for span in spans}
    roots = [span for span in spans if span.get("parentId") not in ids]
    assert len(roots) == 1, f"{len(roots)} roots: {json.dumps(roots)}"
    found, span = [], roots[0]
    while span:
        found.append((span["localEndpoint"]["serviceName"], span.get("kind")))
        below = children.get(span["id"], [])
        assert len(below) <= 1, f"{len(below)} children of {span}"
        span = below[0] if below else None
    assert len(found) == len(spans), f"{len(spans) - len(found)} spans are not in the chain: {json.dumps(spans)}"
    return found


def hop(name):
    """The spans of a service that is called and calls; zipkin-go has an additional one for the whole call."""
    if name == "zipkin-go":
        return [(name, "SERVER"), (name, None), (name, "CLIENT")]
    return [(name, "SERVER"), (name, "CLIENT")]


def expect(found, wanted):
    assert found == wanted, f"expected {wanted}, found {found}"


def a_request_through_envoy_is_one_trace_with_what_it_calls(fleet):
    before = len(fleet.first.lines)
    fleet.call("envoy", "swift-second")
    # Envoy began the trace: its id is in the spans of the Swift services.
    deadline = time.monotonic() + PATIENCE_SECONDS
    traces = []
    while not any(len(trace) >= 5 for trace in traces):
        assert time.monotonic() < deadline, f"no trace of Envoy's with 5 spans: {json.dumps(traces, indent=1)}"
        time.sleep(0.05)
        traces = json.loads(request(f"{fleet.collector.address}/api/v2/traces?serviceName=gateway&limit=10"))
    trace = next(trace for trace in traces if len(trace) >= 5)
    expect(chain(trace), [*hop("gateway"), *hop("swift-first"), ("swift-second", "SERVER")])
    assert len(fleet.first.lines) == before, "".join(fleet.first.lines[before:])


def a_callers_trace_goes_on_through_envoy(fleet):
    trace, span = new_ids()
    fleet.call("envoy", "swift-second", headers={
        "x-b3-traceid": trace, "x-b3-spanid": span, "x-b3-sampled": "1"})
    spans = fleet.trace(trace, 5)
    expect(chain(spans), [*hop("gateway"), *hop("swift-first"), ("swift-second", "SERVER")])


def what_envoy_does_not_sample_nobody_records(fleet):
    # A failed call is logged with the trace id, sampled or not, which shows what Envoy decided.
    before = len(fleet.first.lines)
    with contextlib.suppress(urllib.error.HTTPError):
        request(fleet.urls["quiet-envoy"], [{"url": "http://127.0.0.1:9/nobody", "arguments": []}])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (lines := [line for line in fleet.first.lines[before:] if '"call_failed"' in line]):
        assert time.monotonic() < deadline, "the failed call is not in the log"
        time.sleep(0.05)
    record = json.loads(lines[0])
    expect(record["trace_flags"], "00")
    # The next trace is sent after this one would have been sent.
    later, span = new_ids()
    fleet.call("envoy", headers={"x-b3-traceid": later, "x-b3-spanid": span, "x-b3-sampled": "1"})
    fleet.trace(later, 3)
    assert not fleet.collector.has_trace(record["trace_id"]), "an unsampled trace was recorded"


def a_callers_no_goes_through_envoy(fleet):
    trace, span = new_ids()
    fleet.call("envoy", "swift-second", headers={"x-b3-traceid": trace, "x-b3-spanid": span, "x-b3-sampled": "0"})
    later, span = new_ids()
    fleet.call("envoy", "swift-second", headers={"x-b3-traceid": later, "x-b3-spanid": span, "x-b3-sampled": "1"})
    fleet.trace(later, 5)
    assert not fleet.collector.has_trace(trace), "an unsampled trace was recorded"


def a_trace_of_64_bits_stays_one(fleet):
    trace, span = secrets.token_hex(8), secrets.token_hex(8)
    fleet.call("swift-first", "zipkin-go", "swift-second", headers={
        "x-b3-traceid": trace, "x-b3-spanid": span, "x-b3-sampled": "1"})
    spans = fleet.trace(trace, 6)
    expect({span["traceId"].removeprefix("0" * 16) for span in spans}, {trace})
    expect(chain(spans), [*hop("swift-first"), *hop("zipkin-go"), ("swift-second", "SERVER")])


def zipkin_go_calls_swift_and_is_called(fleet):
    trace, span = new_ids()
    fleet.call("zipkin-go", "swift-first", "zipkin-go", headers={
        "x-b3-traceid": trace, "x-b3-spanid": span, "x-b3-sampled": "1"})
    expect(chain(fleet.trace(trace, 6)), [*hop("zipkin-go"), *hop("swift-first"), ("zipkin-go", "SERVER")])


def opentelemetry_python_calls_swift_and_is_called(fleet):
    trace, span = new_ids()
    fleet.call("otel-python", "swift-first", "otel-python", headers={"traceparent": f"00-{trace}-{span}-01"})
    expect(chain(fleet.trace(trace, 5)), [*hop("otel-python"), *hop("swift-first"), ("otel-python", "SERVER")])


def all_of_them_in_one_trace(fleet):
    trace, span = new_ids()
    fleet.call(
        "envoy", "zipkin-go", "swift-second", "otel-python", "swift-first",
        headers={"x-b3-traceid": trace, "x-b3-spanid": span, "x-b3-sampled": "1"})
    expect(chain(fleet.trace(trace, 12)), [
        *hop("gateway"), *hop("swift-first"), *hop("zipkin-go"), *hop("swift-second"), *hop("otel-python"),
        ("swift-first", "SERVER")])


TESTS = [
    a_request_through_envoy_is_one_trace_with_what_it_calls,
    a_callers_trace_goes_on_through_envoy,
    what_envoy_does_not_sample_nobody_records,
    a_callers_no_goes_through_envoy,
    a_trace_of_64_bits_stays_one,
    zipkin_go_calls_swift_and_is_called,
    opentelemetry_python_calls_swift_and_is_called,
    all_of_them_in_one_trace,
]

if __name__ == "__main__":
    with contextlib.ExitStack() as stack:
        sys.exit(1 if run(TESTS, Fleet(stack, *sys.argv[1:])) else 0)
