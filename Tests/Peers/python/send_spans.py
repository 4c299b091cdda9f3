# SPDX-License-Identifier: Apache-2.0

"""Sends real spans of another project's client, and prints them as JSON: [{name, kind, tags, …}].

    send_spans.py URL otel-json|otel-proto|py-zipkin-json|py-zipkin-proto

OpenTelemetry's protobuf exporter and py-zipkin cannot share a process, so each run uses one of them.
"""
import json
import sys

url, client = sys.argv[1:]


def otel(exporter_class):
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "python-service"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter_class(endpoint=url)))
    tracer = provider.get_tracer("peer")
    sent = []
    with tracer.start_as_current_span("place order", kind=trace.SpanKind.SERVER) as parent:
        with tracer.start_as_current_span("charge", kind=trace.SpanKind.CLIENT) as child:
            child.set_attribute("order.id", "ORD7890")
            child.set_attribute("retry.count", 2)
            child.add_event("retried")
            child.set_status(trace.StatusCode.ERROR, "no answer")
    provider.shutdown()
    for span, kind in ((parent, "SERVER"), (child, "CLIENT")):
        sent.append({
            "traceId": format(span.context.trace_id, "032x"), "id": format(span.context.span_id, "016x"),
            "name": span.name, "kind": kind, "timestamp": span.start_time // 1000,
            "tags": {key: str(value) for key, value in span.attributes.items()},
            "parentId": format(span.parent.span_id, "016x") if span.parent else None,
            "annotations": [event.name for event in span.events],
        })
    return sent


def py_zipkin(encoding):
    import requests
    from py_zipkin.encoding import Encoding
    from py_zipkin.zipkin import zipkin_span

    kind = {"json": Encoding.V2_JSON, "proto": Encoding.V2_PROTO3}[encoding]
    content = {"json": "application/json", "proto": "application/x-protobuf"}[encoding]

    def send(body):
        answer = requests.post(url, data=body, headers={"Content-Type": content}, timeout=10)
        assert answer.status_code == 202, answer.text

    with zipkin_span(service_name="python-service", span_name="place order", transport_handler=send, sample_rate=100,
                     encoding=kind, binary_annotations={"order.id": "ORD7890"}) as context:
        context.add_annotation("retried")
        attributes = context.zipkin_attrs
    return [{"traceId": attributes.trace_id, "id": attributes.span_id, "name": "place order", "parentId": None,
             "tags": {"order.id": "ORD7890"}, "annotations": ["retried"]}]


if client == "otel-json":
    from opentelemetry.exporter.zipkin.json import ZipkinExporter
    sent = otel(ZipkinExporter)
elif client == "otel-proto":
    from opentelemetry.exporter.zipkin.proto.http import ZipkinExporter
    sent = otel(ZipkinExporter)
else:
    sent = py_zipkin(client.removeprefix("py-zipkin-"))
print(json.dumps(sent))
