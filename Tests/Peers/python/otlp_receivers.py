# SPDX-License-Identifier: Apache-2.0

"""Receivers of OTLP that nobody here wrote, and Spoor's spans and log records on their way through them.

    otlp_receivers.py CASE ENDING_PROBE

Each case starts a receiver, runs Tests/Fixtures/EndingProbe, and ends with 1 unless everything that the probe recorded
has come out of the receiver. The interpreter is that of `scripts/python-env.sh otlp`.

Rotel forwards what it takes to a server of this script, which reads it with opentelemetry-proto's messages. OtelTap
prints what it takes. The Collector reads the lines of a log file with the configuration of the article
`RealCollectors`.
"""
import collections
import contextlib
import gzip
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from processes import PATIENCE_SECONDS, collector_program, free_port, start, start_rotel, until

SPANS, LINES, KILLED = 500, 300, 50
ROOT = pathlib.Path(__file__).resolve().parents[3]
Span = collections.namedtuple("Span", "name trace id service instance")
Record = collections.namedtuple("Record", "event trace id attributes severity service instance scope")


def plain(value):
    """The Python value of an AnyValue."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {one.key: plain(one.value) for one in value.kvlist_value.values}
    return getattr(value, kind) if kind else None


def attributes(message):
    return {one.key: plain(one.value) for one in message.attributes}


def spans_of(request):
    for group in request.resource_spans:
        resource = attributes(group.resource)
        for scope in group.scope_spans:
            for span in scope.spans:
                yield Span(span.name, span.trace_id.hex(), span.span_id.hex(), resource.get("service.name"),
                           resource.get("service.instance.id"))


def records_of(request):
    for group in request.resource_logs:
        resource = attributes(group.resource)
        for scope in group.scope_logs:
            for record in scope.log_records:
                yield Record(plain(record.body), record.trace_id.hex(), record.span_id.hex(), attributes(record),
                             record.severity_number, resource.get("service.name"), resource.get("service.instance.id"),
                             scope.scope.name)


class Sink:
    """Takes what a receiver forwards."""

    def __init__(self, stack):
        self.spans, self.records = [], []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path == "/v1/traces":
                    sink.spans += spans_of(trace_service_pb2.ExportTraceServiceRequest.FromString(body))
                elif self.path == "/v1/logs":
                    sink.records += records_of(logs_service_pb2.ExportLogsServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        self.address = f"http://127.0.0.1:{server.server_port}"


class OtelTap:
    """OtelTap, which prints each span and record in protobuf's JSON form, without resource and scope."""

    def __init__(self, stack, directory):
        port = free_port()
        self._output = directory / "oteltap"
        start(stack, [sys.executable, "-u", "-m", "oteltap", "--port", str(port)], self._output)
        until("OtelTap listens", lambda: "Listening" in self._output.read_text())
        self.address = f"http://127.0.0.1:{port}"

    def _printed(self, key):
        lines = self._output.read_text().splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]
        return [one for one in found if key in one]

    @property
    def spans(self):
        return [Span(one["name"], one["traceId"], one["spanId"], None, None) for one in self._printed("startTimeUnixNano")]

    @property
    def records(self):
        def numbers(one):
            return {item["key"]: int(item["value"]["intValue"]) for item in one["attributes"] if "intValue" in item["value"]}
        return [
            Record(one["body"]["stringValue"], one["traceId"], one["spanId"], numbers(one), one["severityNumber"], None, None, None)
            for one in self._printed("severityNumber")]


def rotel_before(stack, directory, sink):
    """Rotel in front of a sink. Returns its address."""
    return start_rotel(stack, directory, "--exporter", "otlp", "--otlp-exporter-endpoint", sink.address,
                       "--otlp-exporter-protocol", "http")


def run(probe, directory, arguments, expected=0, **variables):
    """Runs the probe and returns the JSON lines that it wrote."""
    with tempfile.TemporaryFile() as output:
        status = subprocess.run(
            [probe, *map(str, arguments)], stdout=output, timeout=5 * PATIENCE_SECONDS,
            # The probe's own journal is so small that lines are given up if a busy receiver takes 200 ms for a request.
            env={**os.environ, "SPOOR_JOURNAL_DIR": str(directory / "journal"), "SPOOR_JOURNAL_BYTES": str(32 << 20),
                 "SWIFT_BACKTRACE": "enable=no", **variables}).returncode
        output.seek(0)
        lines = [json.loads(line) for line in output.read().splitlines()]
    assert status == expected, f"{arguments}: status {status}"
    return lines


def send_everything(probe, directory, receiver, address, **variables):
    """Spans, lines, and both of a process that is killed. Waits until the receiver has all of it, and returns its
    records of lines."""
    variables = {
        "OTEL_TRACES_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "console,otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": address,
        **variables}
    run(probe, directory, ["spans", SPANS], **variables)
    lines = run(probe, directory, ["long", LINES], **variables)
    # Nothing is sent before the process is killed, so all of it is left to the next start.
    run(probe, directory, ["descriptors", KILLED], -signal.SIGKILL, **{
        **variables, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"})
    run(probe, directory, ["ship"], **variables)

    # The killed process repeats the first names and numbers.
    wanted = collections.Counter(f"span {number}" for number in range(SPANS))
    wanted.update(f"span {number}" for number in range(KILLED))
    wanted.update(range(LINES))
    wanted.update(range(KILLED))
    wanted["process_interrupted"] = 1

    def missing():
        found = collections.Counter(span.name for span in set(receiver.spans))
        for record in receiver.records:
            found[record.attributes["number"] if record.event == "line" else record.event] += 1
        return wanted - found

    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := missing():
        assert time.monotonic() < deadline, f"{left.total()} have not come: {list(left)[:10]}"
        time.sleep(0.1)
    assert sum(line["event"] == "line" for line in lines) == LINES, "the destination has the lines as well"
    own = [record for record in receiver.records if record.event == "line"]
    assert all(record.severity == 9 for record in own)
    return own


def check_resources(sink, lines):
    """Spans and lines of the killed process have one instance, which no other process has."""
    assert {span.service for span in sink.spans} == {record.service for record in sink.records} == {"ending"}
    assert {record.scope for record in lines} == {"probe"}
    spans = collections.Counter(span.instance for span in set(sink.spans))
    records = collections.Counter(record.instance for record in lines)
    assert sorted(spans.values()) == [KILLED, SPANS] and sorted(records.values()) == [KILLED, LINES], (spans, records)
    assert len(spans.keys() & records.keys()) == 1 and len(spans.keys() | records.keys()) == 3, (spans, records)


def through_rotel(probe, directory, stack, **variables):
    sink = Sink(stack)
    lines = send_everything(probe, directory, sink, rotel_before(stack, directory, sink), **variables)
    check_resources(sink, lines)


def rotel_with_protobuf(probe, directory, stack):
    through_rotel(probe, directory, stack)


def rotel_with_json(probe, directory, stack):
    through_rotel(probe, directory, stack, OTEL_EXPORTER_OTLP_PROTOCOL="http/json")


def rotel_with_gzip(probe, directory, stack):
    through_rotel(probe, directory, stack, OTEL_EXPORTER_OTLP_COMPRESSION="gzip")


def oteltap(probe, directory, stack):
    receiver = OtelTap(stack, directory)
    send_everything(probe, directory, receiver, receiver.address)


def the_articles_configuration(log_file, endpoint):
    """The Collector's configuration with `filelog`, for another file and another receiver."""
    article = (ROOT / "Sources/Spoor/Spoor.docc/RealCollectors.md").read_text()
    text = next(block for block in re.findall(r"```yaml\n(.*?)```", article, re.S) if "filelog" in block)
    for found, other in {"/var/log/orders/*.log": str(log_file), "http://localhost:4318": endpoint}.items():
        assert text.count(found) == 1, f"{found} is not in the article's configuration"
        text = text.replace(found, other)
    return text


def filelog(probe, directory, stack):
    """The lines of a log file: the Collector reads them, sends them to Rotel, and Rotel to the sink."""
    sink = Sink(stack)
    lines = run(probe, directory, ["long", LINES], OTEL_TRACES_EXPORTER="none")
    # A process that is killed within a span leaves a line with a stack, which the next start writes.
    run(probe, directory, ["failure"], -signal.SIGKILL, OTEL_TRACES_EXPORTER="none")
    lines += run(probe, directory, ["ship"], OTEL_TRACES_EXPORTER="none")
    log_file = directory / "orders.log"
    log_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    configuration = directory / "collector.yaml"
    configuration.write_text(the_articles_configuration(log_file, rotel_before(stack, directory, sink)))
    output = directory / "collector"
    start(stack, [collector_program(), "--config", str(configuration)], output)
    try:
        until("all lines have come", lambda: len(sink.records) >= len(lines))
    except AssertionError as error:
        raise AssertionError(f"{error}: {len(sink.records)} of {len(lines)}: {output.read_text()[-3000:]}") from None
    assert len(sink.records) == len(lines)
    severities = {"trace": 1, "debug": 5, "info": 9, "notice": 10, "warning": 13, "error": 17, "critical": 18}
    found = collections.Counter((one.event, one.trace, one.id, one.severity, one.scope) for one in sink.records)
    wanted = collections.Counter(
        (line["event"], line.get("trace_id", ""), line.get("span_id", ""), severities[line["level"]], line["logger"])
        for line in lines)
    assert found == wanted, (found - wanted, wanted - found)
    assert any(line.get("trace_id") for line in lines)
    numbers = sorted(one.attributes["number"] for one in sink.records if one.event == "line")
    assert numbers == list(range(LINES)) and all(type(number) is int for number in numbers), numbers[:10]


CASES = {case.__name__: case for case in (rotel_with_protobuf, rotel_with_json, rotel_with_gzip, oteltap, filelog)}


def main(case, probe):
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        CASES[case](probe, directory, stack)
    print("passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
