# SPDX-License-Identifier: Apache-2.0

"""Serves the contract of Examples/TraceContextService with OpenTelemetry Python: POST /test with [{"url", "arguments"}]
posts the arguments of each to its url, within the trace of the request.

    otel_relay.py SPANS_URL

Prints its port. It uses W3C Trace Context, OpenTelemetry's default, and not B3.
"""
import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import propagate, trace
from opentelemetry.exporter.zipkin.json import ZipkinExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "otel-python"}))
provider.add_span_processor(SimpleSpanProcessor(ZipkinExporter(endpoint=sys.argv[1])))
tracer = provider.get_tracer("relay")


class Relay(BaseHTTPRequestHandler):
    def do_POST(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        with tracer.start_as_current_span(self.path, propagate.extract(headers), trace.SpanKind.SERVER):
            for call in json.loads(body):
                with tracer.start_as_current_span("POST", kind=trace.SpanKind.CLIENT):
                    outgoing = {"content-type": "application/json"}
                    propagate.inject(outgoing)
                    data = json.dumps(call["arguments"]).encode()
                    urllib.request.urlopen(urllib.request.Request(call["url"], data, outgoing), timeout=30).read()
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
print(server.server_port, flush=True)
server.serve_forever()
