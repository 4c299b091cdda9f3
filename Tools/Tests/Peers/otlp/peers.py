# SPDX-License-Identifier: Apache-2.0

"""Senders that nobody here wrote, towards a running collector: python peers.py CASE COLLECTOR [OTLP]

COLLECTOR is the collector's address, OTLP that of its port for OTLP. Each case sends, reads back what the collector then
has, and ends with 1 if something is not as it was sent. The interpreter is that of `scripts/python-env.sh otlp`.
"""

import base64
import contextlib
import gzip
import http.server
import json
import os
import random

import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from google.protobuf import json_format
from google.rpc import status_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

PATIENCE_SECONDS = 60
PROTOBUF, JSON = "application/x-protobuf", "application/json"


def post(url, body, content_type, **headers):
    """Status, headers and body of an answer."""
    request = urllib.request.Request(
        url, body, {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def get(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return json.loads(answer.read())


def trace(collector, trace_id, is_whole=lambda spans, logs: spans):
    """Waits until the collector has all of a trace. Returns its spans and log records."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = {"spans": [], "logs": []}
    while not is_whole(found["spans"], found["logs"]):
        assert time.monotonic() < deadline, f"{trace_id} is incomplete: {json.dumps(found)[:2000]}"
        with contextlib.suppress(urllib.error.HTTPError):
            found = get(f"{collector}/api/spoor/trace/{trace_id}")
        time.sleep(0.05)
    return found["spans"], found["logs"]


def message_of(kind, value):
    """A message of the protobuf library from OTLP's JSON, whose identifiers are hexadecimal and not base64."""
    def fix(one):
        if isinstance(one, dict):
            return {key: base64.b64encode(bytes.fromhex(member)).decode() if key in ("traceId", "spanId", "parentSpanId") else fix(member)
                    for key, member in one.items()}
        return [fix(member) for member in one] if isinstance(one, list) else one
    return json_format.ParseDict(fix(value), kind())


def json_of(message):
    """OTLP's JSON of a message."""
    def fix(one):
        if isinstance(one, dict):
            return {key: base64.b64decode(member).hex() if key in ("traceId", "spanId", "parentSpanId") else fix(member)
                    for key, member in one.items()}
        return [fix(member) for member in one] if isinstance(one, list) else one
    return fix(json.loads(json_format.MessageToJson(message, use_integers_for_enums=True)))


class Generator:
    """Random messages from a seed, with every field and type."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        return self.random.choice(["", "a", "Größe", "\u202e", "\x00", "x" * 300, "true", "5", "emoji \U0001f600", 'quote " \\ \n'])

    def value(self, depth=0):
        r = self.random
        kinds = ["string_value", "bool_value", "int_value", "double_value", "bytes_value", None]
        kind = r.choice(kinds + (["array_value", "kvlist_value"] if depth < 4 else []))
        value = common_pb2.AnyValue()
        if kind == "string_value":
            value.string_value = self.text()
        elif kind == "bool_value":
            value.bool_value = r.random() < 0.5
        elif kind == "int_value":
            value.int_value = r.choice([0, 1, -1, 2**53 + 1, 2**63 - 1, -2**63, r.randrange(10**6)])
        elif kind == "double_value":
            value.double_value = r.choice([0.0, 1.0, -0.5, 1e300, 5e-324, float("inf"), float("-inf"), r.random()])
        elif kind == "bytes_value":
            value.bytes_value = r.randbytes(r.randrange(5))
        elif kind == "array_value":
            value.array_value.values.extend(self.value(depth + 1) for _ in range(r.randrange(4)))
            value.array_value.SetInParent()
        elif kind == "kvlist_value":
            value.kvlist_value.values.extend(self.attributes(depth + 1))
            value.kvlist_value.SetInParent()
        return value

    def attributes(self, depth=0):
        return [common_pb2.KeyValue(key=f"key.{number}", value=self.value(depth)) for number in range(self.random.randrange(5))]

    def identifier(self, count):
        return self.random.randbytes(count - 1) + b"\x01"

    def span(self, trace_id):
        r = self.random
        start = 1_700_000_000_000_000_000 + r.randrange(10**12)
        span = trace_pb2.Span(
            trace_id=trace_id, span_id=self.identifier(8), trace_state=r.choice(["", "a=b,c=d"]), name=self.text(),
            parent_span_id=r.choice([b"", self.identifier(8)]), flags=r.choice([0, 1, 0x101, 0x301]), kind=r.randrange(6),
            start_time_unix_nano=start, end_time_unix_nano=start + r.randrange(10**10), attributes=self.attributes(),
            dropped_attributes_count=r.choice([0, 3]), dropped_events_count=r.choice([0, 2**32 - 1]), dropped_links_count=r.choice([0, 1]))
        for _ in range(r.randrange(3)):
            span.events.add(time_unix_nano=start + r.randrange(10**9), name=self.text(), attributes=self.attributes(), dropped_attributes_count=r.choice([0, 1]))
        for _ in range(r.randrange(3)):
            span.links.add(trace_id=self.identifier(16), span_id=self.identifier(8), trace_state=r.choice(["", "x=y"]), attributes=self.attributes(), flags=r.choice([0, 0x101]))
        if r.random() < 0.5:
            span.status.code = r.randrange(3)
            span.status.message = self.text()
        return span

    def origin(self):
        return (resource_pb2.Resource(attributes=self.attributes() + [common_pb2.KeyValue(key="service.name", value=common_pb2.AnyValue(string_value="generated"))]),
                common_pb2.InstrumentationScope(name=self.random.choice(["", "scope"]), version=self.random.choice(["", "1.2"]), attributes=self.attributes()))


# Cases


def every_field_of_a_span_comes_back(collector, _):
    """Generated spans in both encodings, with and without gzip: each message comes back equal."""
    for seed in range(40):
        generator = Generator(seed)
        trace_id = generator.identifier(16)
        request = trace_service_pb2.ExportTraceServiceRequest()
        sent = {}
        for _ in range(3):
            resource, scope = generator.origin()
            spans = [generator.span(trace_id) for _ in range(4)]
            request.resource_spans.add(resource=resource).scope_spans.add(scope=scope, spans=spans)
            sent.update({span.span_id: (resource, scope, span) for span in spans})
        is_json = seed % 2 == 1
        body = json.dumps(json_of(request)).encode() if is_json else request.SerializeToString()
        headers = {"Content_Encoding": "gzip"} if seed % 4 > 1 else {}
        status, fields, answer = post(
            f"{collector}/v1/traces", gzip.compress(body) if headers else body, JSON + "; charset=utf-8" if is_json else PROTOBUF, **headers)
        assert (status, fields["Content-Type"]) == (200, JSON if is_json else PROTOBUF), (status, answer)
        response = trace_service_pb2.ExportTraceServiceResponse()
        json_format.Parse(answer, response) if is_json else response.ParseFromString(answer)
        assert response == trace_service_pb2.ExportTraceServiceResponse(), response
        spans, _ = trace(collector, trace_id.hex(), lambda spans, logs: len(spans) == len(sent))
        for span in spans:
            resource, scope, original = sent[bytes.fromhex(span["id"])]
            content = span["otlp"]
            for kind, expected, found in ((trace_pb2.Span, original, content["span"]), (resource_pb2.Resource, resource, content["resource"]),
                                          (common_pb2.InstrumentationScope, scope, content["scope"])):
                back = message_of(kind, found)
                assert back == expected, f"seed {seed}: sent {expected}, got back {back}"


def every_field_of_a_log_record_is_kept(collector, _):
    """Generated log records: identifiers, severity, body and attributes are in the collector's record with their types."""
    def expected(value):
        kind = value.WhichOneof("value")
        if kind is None:
            return None
        if kind == "array_value":
            return [expected(one) for one in value.array_value.values]
        if kind == "kvlist_value":
            return {one.key: expected(one.value) for one in value.kvlist_value.values}
        if kind == "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        if kind == "double_value" and value.double_value in (float("inf"), float("-inf")):
            return "Infinity" if value.double_value > 0 else "-Infinity"
        return getattr(value, kind)

    levels = {1: "trace", 5: "debug", 9: "info", 10: "notice", 13: "warning", 17: "error", 18: "critical", 21: "critical"}
    for seed in range(100, 140):
        generator = Generator(seed)
        r = generator.random
        trace_id = generator.identifier(16)
        request = logs_service_pb2.ExportLogsServiceRequest()
        resource, scope = generator.origin()
        scope.name = "label"
        records = []
        for number in range(5):
            severity = r.choice(list(levels))
            records.append(logs_pb2.LogRecord(
                time_unix_nano=1_700_000_000_000_000_000 + number, severity_number=severity, severity_text="X", event_name=f"event_{number}",
                body=generator.value(), attributes=generator.attributes(), trace_id=trace_id, span_id=generator.identifier(8), flags=1,
                dropped_attributes_count=r.choice([0, 2])))
        request.resource_logs.add(resource=resource).scope_logs.add(scope=scope, log_records=records)
        is_json = seed % 2 == 1
        body = json.dumps(json_of(request)).encode() if is_json else request.SerializeToString()
        status, _, answer = post(f"{collector}/v1/logs", body, JSON if is_json else PROTOBUF)
        response = logs_service_pb2.ExportLogsServiceResponse()
        json_format.Parse(answer, response) if is_json else response.ParseFromString(answer)
        assert status == 200 and response == logs_service_pb2.ExportLogsServiceResponse(), (status, answer)
        _, logs = trace(collector, trace_id.hex(), lambda spans, logs: len(logs) == len(records))
        for record, log in zip(records, logs):
            assert log["timestamp"] == f"2023-11-14T22:13:20.{record.time_unix_nano % 10**9:09}Z" or record.time_unix_nano % 1000 == 0, log
            assert (log["trace_id"], log["span_id"], log["trace_flags"]) == (trace_id.hex(), record.span_id.hex(), "01"), log
            assert (log["level"], log["service"], log["event"], log["logger"]) == (levels[record.severity_number], "generated", record.event_name, "label"), log
            assert log["severity_text"] == "X" and (record.severity_number != 21 or log["severity_number"] == 21), log
            assert log.get("dropped_attributes_count", 0) == record.dropped_attributes_count
            body = expected(record.body)
            assert log.get("body") == body and type(log.get("body")) is type(body), (log, record)
            for attribute in record.attributes:
                value = expected(attribute.value)
                assert log[attribute.key] == value and type(log[attribute.key]) is type(value), (log, attribute)
            for attribute in resource.attributes:
                assert attribute.key == "service.name" or log["resource"][attribute.key] == expected(attribute.value), log


def what_makes_no_sense_is_refused_by_name(collector, _):
    """`partial_success` for single records, a `Status` for whole bodies, in the request's content type."""
    good = trace_pb2.Span(trace_id=b"\x02" * 16, span_id=b"\x03" * 8, name="good", start_time_unix_nano=1_700_000_000_000_000_000)
    bad = [dict(trace_id=b"\0" * 16), dict(span_id=b"\0" * 8), dict(trace_id=b"\x01" * 8), dict(span_id=b"\x01" * 16), dict(trace_id=b""), dict(parent_span_id=b"\x01" * 3)]
    for content_type in (PROTOBUF, JSON):
        for change in bad:
            request = trace_service_pb2.ExportTraceServiceRequest()
            spans = request.resource_spans.add().scope_spans.add().spans
            wrong = spans.add()
            wrong.CopyFrom(good)
            for name, value in change.items():
                setattr(wrong, name, value)
            spans.add().CopyFrom(good)
            body = request.SerializeToString() if content_type == PROTOBUF else json.dumps(json_of(request)).encode()
            status, fields, answer = post(f"{collector}/v1/traces", body, content_type)
            assert status == 200 and fields["Content-Type"] == content_type, (status, answer)
            response = trace_service_pb2.ExportTraceServiceResponse()
            response.ParseFromString(answer) if content_type == PROTOBUF else json_format.Parse(answer, response)
            assert response.partial_success.rejected_spans == 1, (change, response)
            assert next(iter(change)) in response.partial_success.error_message, (change, response)
        record = logs_service_pb2.ExportLogsServiceRequest()
        record.resource_logs.add().scope_logs.add().log_records.add(trace_id=b"\x01" * 7)
        # Without a trace it makes sense, and is not kept.
        record.resource_logs[0].scope_logs[0].log_records.add(trace_id=b"\0" * 16, span_id=b"")
        body = record.SerializeToString() if content_type == PROTOBUF else json.dumps(json_of(record)).encode()
        status, _, answer = post(f"{collector}/v1/logs", body, content_type)
        response = logs_service_pb2.ExportLogsServiceResponse()
        response.ParseFromString(answer) if content_type == PROTOBUF else json_format.Parse(answer, response)
        assert status == 200 and response.partial_success.rejected_log_records == 1 and "trace_id" in response.partial_success.error_message, response
        for broken, headers, expected, code in (
            (b"\x0a\xff\x01", {}, 400, 3), (b'{"resourceSpans":[{]}', {}, 400, 3), (b"no gzip", {"Content_Encoding": "gzip"}, 400, 3),
            (b"x", {"Content_Encoding": "br"}, 415, 12), (gzip.compress(b"\0" * (65 << 20)), {"Content_Encoding": "gzip"}, 413, 11),
            (b"x", {"Origin": "http://elsewhere.example"}, 403, 7),
        ):
            status, fields, answer = post(f"{collector}/v1/traces", broken, content_type, **headers)
            assert status == expected and fields["Content-Type"] == content_type, (broken[:20], status, fields["Content-Type"], answer)
            message = status_pb2.Status()
            message.ParseFromString(answer) if content_type == PROTOBUF else json_format.Parse(answer, message)
            assert message.code == code and message.message, (broken[:20], message)
    spans, _ = trace(collector, "02" * 16)
    assert [span["name"] for span in spans] == ["good"], spans


def opentelemetry_python(collector, endpoint, is_json):
    """OpenTelemetry's SDK with its own exporters: spans with events, links, an exception, and log records."""
    import logging

    if is_json:
        from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry import trace as api
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "python-service", "answer": 42, "flags": [True, False]})
    spans, logs = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(endpoint=f"{endpoint}/v1/logs")))
    tracer, logger = spans.get_tracer("peers", "1.5"), logs.get_logger("peers.log", "1.6")
    other = tracer.start_span("other")
    other.end()
    with tracer.start_as_current_span("root", kind=api.SpanKind.SERVER) as root:
        root.set_attributes({"text": "5", "number": 5, "fraction": 2.0, "flag": True, "list": [1, 2, 3]})
        root.add_event("reached", {"step": 7})
        try:
            with tracer.start_as_current_span("failing", kind=api.SpanKind.CLIENT, links=[api.Link(other.get_span_context(), {"why": "test"})]) as failing:
                failing.set_attribute("server.address", "db.internal")
                raise ValueError("no such order")
        except ValueError:
            pass
        logger.emit(LogRecord(timestamp=time.time_ns(), severity_number=SeverityNumber.ERROR, severity_text="ERROR", body={"deep": {"list": [1, 2.5, "x"]}},
                              event_name="order_failed", attributes={"exception.type": "ValueError", "exception.message": "no such order", "retry": 3}))
    spans.shutdown()
    logs.shutdown()
    logging.shutdown()
    trace_id = format(root.get_span_context().trace_id, "032x")
    found, records = trace(collector, trace_id, lambda spans, logs: len(spans) == 2 and len(logs) == 1)
    by_name = {span["name"]: span for span in found}
    one, two = by_name["root"], by_name["failing"]
    attributes = {one["key"]: one["value"] for one in one["otlp"]["span"]["attributes"]}
    assert attributes["text"] == {"stringValue": "5"} and attributes["number"] == {"intValue": "5"} and attributes["flag"] == {"boolValue": True}, attributes
    assert attributes["fraction"] == {"doubleValue": 2.0} and len(attributes["list"]["arrayValue"]["values"]) == 3, attributes
    assert one["tags"]["number"] == "5" and one["tags"]["answer"] == "42" and one["tags"]["flags"] == "[true,false]" and one["kind"] == "SERVER", one
    assert one["localEndpoint"] == {"serviceName": "python-service"} and one["otlp"]["span"]["events"][0]["attributes"][0]["value"] == {"intValue": "7"}, one
    assert one["otlp"]["scope"] == {"name": "peers", "version": "1.5"}, one
    assert two["parentId"] == one["id"] and two["remoteEndpoint"] == {"serviceName": "db.internal"}, two
    assert two["tags"]["error"].startswith("ValueError: no such order") and "answer" not in two["tags"], two
    link = two["otlp"]["span"]["links"][0]
    assert link["spanId"] == format(other.get_span_context().span_id, "016x") and two["tags"]["link.0.why"] == "test", two
    [record] = records
    assert record["event"] == "order_failed" and record["level"] == "error" and record["body"] == {"deep": {"list": [1, 2.5, "x"]}}, record
    assert record["error.type"] == "ValueError" and record["error.message"] == "no such order" and record["retry"] == 3, record
    assert record["logger"] == "peers.log" and record["scope"] == {"version": "1.6"} and record["resource"]["answer"] == 42, record
    # Zipkin's queries know the span as well.
    assert get(f"{collector}/api/v2/remoteServices?serviceName=python-service") == ["db.internal"]
    listed = get(f"{collector}/api/v2/traces?serviceName=python-service&annotationQuery=number%3D5")
    assert [span["id"] for span in listed[0]] and all("otlp" not in span for span in listed[0]), listed


def opentelemetry_python_with_protobuf(collector, endpoint):
    opentelemetry_python(collector, endpoint, is_json=False)


def opentelemetry_python_with_json(collector, endpoint):
    opentelemetry_python(collector, endpoint, is_json=True)


def opentelemetry_python_with_gzip(collector, endpoint):
    os.environ["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip"
    opentelemetry_python(collector, endpoint, is_json=False)


def rotel_forwards(collector, endpoint):
    """Rotel takes spans and log records and forwards them, in a request of its own."""
    import rotel
    agent = os.path.join(os.path.dirname(rotel.__file__), "rotel-agent")
    port, grpc = free_port(), free_port()
    arguments = [agent, "start", "--otlp-http-endpoint", f"127.0.0.1:{port}", "--otlp-grpc-endpoint", f"127.0.0.1:{grpc}", "--exporter", "otlp",
                 "--otlp-exporter-endpoint", endpoint, "--otlp-exporter-protocol", "http", "--batch-timeout", "50ms", "--logs-batch-timeout", "50ms"]
    with tempfile.TemporaryFile() as log, subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT) as process:
        try:
            generator = Generator(1000)
            trace_id = generator.identifier(16)
            resource, scope = generator.origin()
            span = generator.span(trace_id)
            request = trace_service_pb2.ExportTraceServiceRequest()
            request.resource_spans.add(resource=resource).scope_spans.add(scope=scope, spans=[span])
            records = logs_service_pb2.ExportLogsServiceRequest()
            records.resource_logs.add(resource=resource).scope_logs.add(scope=scope, log_records=[
                logs_pb2.LogRecord(time_unix_nano=1_700_000_000_000_000_000, severity_number=9, body=common_pb2.AnyValue(string_value="forwarded"), trace_id=trace_id, span_id=span.span_id)])
            deadline = time.monotonic() + PATIENCE_SECONDS
            while True:
                try:
                    assert post(f"http://127.0.0.1:{port}/v1/traces", request.SerializeToString(), PROTOBUF)[0] == 200
                    break
                except urllib.error.URLError:
                    assert time.monotonic() < deadline and process.poll() is None, "rotel does not listen"
                    time.sleep(0.05)
            assert post(f"http://127.0.0.1:{port}/v1/logs", records.SerializeToString(), PROTOBUF)[0] == 200
            spans, logs = trace(collector, trace_id.hex(), lambda spans, logs: spans and logs)
            assert message_of(trace_pb2.Span, spans[0]["otlp"]["span"]) == span, spans
            assert logs[0]["event"] == "forwarded" and logs[0]["span_id"] == span.span_id.hex(), logs
        finally:
            # Not SIGTERM, which may be blocked: the mask is inherited from the tests.
            process.kill()
            process.wait()


def free_port():
    import socket
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def envoy_sends_over_http(collector, endpoint):
    """Envoy's OpenTelemetry tracer, with its HTTP exporter, in front of a service."""
    program = os.path.join(os.path.dirname(sys.executable), "envoy")

    class Service(http.server.BaseHTTPRequestHandler):
        seen = []

        def do_GET(self):
            Service.seen.append(self.headers.get("traceparent"))
            self.send_response(503 if self.path == "/fail" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "envoy.yaml")) as file:
        text = file.read().replace("SERVICE_PORT", str(service.server_port)).replace("OTLP_PORT", endpoint.rsplit(":", 1)[1])
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "envoy.yaml"), "w") as file:
            file.write(text)
        address = os.path.join(directory, "admin")
        arguments = [program, "-c", os.path.join(directory, "envoy.yaml"), "--admin-address-path", address, "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"]
        with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                deadline = time.monotonic() + PATIENCE_SECONDS
                port = None
                while port is None:
                    assert time.monotonic() < deadline and process.poll() is None, "Envoy does not listen"
                    time.sleep(0.1)
                    with contextlib.suppress(OSError, ValueError, IndexError, KeyError):
                        with open(address) as file:
                            listeners = get(f"http://{file.read()}/listeners?format=json")["listener_statuses"]
                        port = listeners[0]["local_address"]["socket_address"]["port_value"]
                trace_id = random.SystemRandom().randbytes(16).hex()
                parent = f"00-{trace_id}-{'2b' * 8}-01"
                request = urllib.request.Request(f"http://127.0.0.1:{port}/fail", headers={"traceparent": parent})
                with contextlib.suppress(urllib.error.HTTPError):
                    urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)
                spans, _ = trace(collector, trace_id, lambda spans, logs: len(spans) >= 2)
            finally:
                process.kill()
                process.wait()
    service.shutdown()
    server = next(span for span in spans if span["kind"] == "SERVER")
    client = next(span for span in spans if span["kind"] == "CLIENT")
    assert server["parentId"] == "2b" * 8 and client["parentId"] == server["id"], spans
    assert server["localEndpoint"]["serviceName"] == "envoy-gateway", server
    assert client["id"] in Service.seen[0] and client["tags"]["http.status_code"] == "503" and "error" in client["tags"], (client, Service.seen)
    attributes = {one["key"]: one["value"] for one in client["otlp"]["resource"]["attributes"]}
    assert attributes["service.name"] == {"stringValue": "envoy-gateway"}, attributes


CASES = [
    every_field_of_a_span_comes_back, every_field_of_a_log_record_is_kept, what_makes_no_sense_is_refused_by_name,
    opentelemetry_python_with_protobuf, opentelemetry_python_with_json, opentelemetry_python_with_gzip, rotel_forwards, envoy_sends_over_http,
]

if __name__ == "__main__":
    next(case for case in CASES if case.__name__ == sys.argv[1])(sys.argv[2], sys.argv[3])
    print("passed")
