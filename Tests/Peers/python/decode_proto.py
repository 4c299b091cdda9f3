# SPDX-License-Identifier: Apache-2.0

"""Decodes a proto3 request body with py-zipkin's message classes and prints the spans in the form of the tests' DecodedSpan.

    decode_proto.py FILE
"""
import ipaddress
import json
import sys

from py_zipkin.encoding.protobuf import zipkin_pb2


def side(message):
    seen = {}
    if message.service_name:
        seen["serviceName"] = message.service_name
    if message.ipv4:
        seen["ipv4"] = str(ipaddress.IPv4Address(message.ipv4))
    if message.ipv6:
        seen["ipv6"] = str(ipaddress.IPv6Address(message.ipv6))
    if message.port:
        seen["port"] = message.port
    return seen


def seen(span):
    result = {"traceId": span.trace_id.hex(), "id": span.id.hex()}
    if span.parent_id:
        result["parentId"] = span.parent_id.hex()
    if span.kind:
        result["kind"] = zipkin_pb2.Span.Kind.Name(span.kind)
    for field in ("name", "timestamp", "duration", "debug", "shared"):
        if getattr(span, field):
            result[field] = getattr(span, field)
    if span.HasField("local_endpoint"):
        result["localEndpoint"] = side(span.local_endpoint)
    if span.HasField("remote_endpoint"):
        result["remoteEndpoint"] = side(span.remote_endpoint)
    if span.annotations:
        result["annotations"] = [{"timestamp": a.timestamp, "value": a.value} for a in span.annotations]
    if span.tags:
        result["tags"] = dict(span.tags)
    return result


with open(sys.argv[1], "rb") as file:
    spans = zipkin_pb2.ListOfSpans.FromString(file.read()).spans
unknown = [str(span.UnknownFields()) for span in spans if len(span.UnknownFields())]
if unknown:
    sys.exit(f"fields that zipkin.proto does not have: {unknown}")
json.dump([seen(span) for span in spans], sys.stdout)
