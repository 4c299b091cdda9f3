# SPDX-License-Identifier: Apache-2.0

"""Reads bodies of OTLP with opentelemetry-proto's own messages.

    check_otlp.py traces|logs PROTO JSON

Fails unless protobuf's library writes the same bytes for the message that it has read from PROTO, and the body in JSON
is the same message. Prints the message in protobuf's JSON form, with ids in hexadecimal digits.
"""
import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IDS = ("traceId", "spanId", "parentSpanId")


def with_ids(value, change):
    if isinstance(value, dict):
        return {key: change(item) if key in IDS else with_ids(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [with_ids(item, change) for item in value]
    return value


def main(signal, proto_file, json_file):
    kind = ExportTraceServiceRequest if signal == "traces" else ExportLogsServiceRequest
    with open(proto_file, "rb") as file:
        body = file.read()
    message = kind.FromString(body)
    again = message.SerializeToString(deterministic=True)
    if again != body:
        first = next(index for index, (one, other) in enumerate(zip(again, body)) if one != other)
        sys.exit(f"protobuf's library writes other bytes from byte {first} on: {again[first:first + 40]} for {body[first:first + 40]}")
    with open(json_file, encoding="utf-8") as file:
        document = json.load(file)
    # protobuf's JSON has bytes in base64, OTLP's has ids in hexadecimal digits.
    document = with_ids(document, lambda text: base64.b64encode(bytes.fromhex(text)).decode())
    # "Integer enums" and 64-bit integers as text are read by protobuf's library as they are.
    other = json_format.ParseDict(document, kind())
    if other != message:
        for one, two in zip(str(message).splitlines(), str(other).splitlines()):
            if one != two:
                sys.exit(f"the JSON is another message: {two!r}, in protobuf it is {one!r}")
        sys.exit("the JSON is another message")
    printed = json_format.MessageToDict(message, use_integers_for_enums=True)
    json.dump(with_ids(printed, lambda text: base64.b64decode(text).hex()), sys.stdout)


main(*sys.argv[1:])
