#!/usr/bin/env python3
"""A collector that only counts. Prints its port, and at the end of its standard input what it has had, as JSON.

    sink.py [MILLISECONDS]     answers only so long after a request has come, as a collector far away would
"""
import json, sys, threading, time, zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

spans, requests, body_bytes = 0, 0, 0
lock = threading.Lock()
delay = float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0


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
            spans += body.count(b'"traceId":')
            requests += 1
            body_bytes += received
        if delay:
            time.sleep(delay)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
print(json.dumps({"spans": spans, "requests": requests, "bytes": body_bytes}), flush=True)
