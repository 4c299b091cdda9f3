# SPDX-License-Identifier: Apache-2.0

"""A collector behind Python's TLS that answers 202 to every POST. Prints its port, and runs until its standard input ends.

    tls_server.py CERTIFICATE KEY [CLIENT-CA]    with a CLIENT-CA, clients need a certificate signed by it
"""
import http.server
import os
import ssl
import sys
import threading


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


certificate, key, *client_ca = sys.argv[1:]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)
if client_ca:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(client_ca[0])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
