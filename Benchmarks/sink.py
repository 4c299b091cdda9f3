#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""A collector that only counts. Prints its port, and when its standard input ends its counts as JSON.

    sink.py [MILLISECONDS]     delays each answer, like a distant collector
"""
import json, sys, threading, time, zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

spans, requests, body_bytes = 0, 0, 0
lock = threading.Lock()
delay = float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0


def fields(body):
    """The fields of a protobuf message: number and, for those with a length, the bytes."""
    position, end = 0, len(body)

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = body[position]
            position += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    while position < end:
        tag = varint()
        if tag & 7 == 2:
            size = varint()
            yield tag >> 3, body[position:position + size]
            position += size
        elif tag & 7 == 0:
            varint()
        else:
            position += 8 if tag & 7 == 1 else 4


def count(body, is_proto):
    """Spans or log records: in OTLP's protobuf the second field of the second field of the first one."""
    if not is_proto:
        return body.count(b'"traceId":')
    return sum(1 for number, part in fields(memoryview(body)) if number == 1 for scopes, scope in fields(part) if scopes == 2
               for records, _ in fields(scope) if records == 2)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global spans, requests, body_bytes
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received = len(body)
        if self.headers.get("Content-Encoding") == "gzip":
            body = zlib.decompress(body, 31)
        with lock:
            spans += count(body, self.path.startswith("/v1/") and self.headers["Content-Type"] == "application/x-protobuf")
            requests += 1
            body_bytes += received
        if delay:
            time.sleep(delay)
        self.send_response(200 if self.path.startswith("/v1/") else 202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
print(json.dumps({"spans": spans, "requests": requests, "bytes": body_bytes}), flush=True)
