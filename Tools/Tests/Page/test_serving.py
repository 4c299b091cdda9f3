# SPDX-License-Identifier: Apache-2.0

"""The collector behind a real nginx under another path and name with TLS, and by itself with TLS and a token, also asked
by the terminal's commands:
python test_serving.py (see scripts/test-page.sh)
"""

import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from playwright.sync_api import expect, sync_playwright

from collector import Collector, binary, order
from harness import CHROMIUM, SHOTS

NAME = "traces.example.com"

NGINX = """
daemon off; pid {directory}/nginx.pid; error_log stderr warn; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
  server {{
    listen 127.0.0.1:{port} ssl; server_name {name};
    ssl_certificate {directory}/cert.pem; ssl_certificate_key {directory}/key.pem;
    location /traces-ui/ {{
      proxy_pass http://127.0.0.1:{collector}{target};
      proxy_set_header Host $host; proxy_http_version 1.1; proxy_buffering off; client_max_body_size 64m;
    }}
  }}
}}
"""


def certificate(directory):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},DNS:localhost,IP:127.0.0.1",
                    "-keyout", f"{directory}/key.pem", "-out", f"{directory}/cert.pem"], check=True, stderr=subprocess.DEVNULL)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait(condition, seconds=20):
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            return condition()
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    return condition()


def walk(page, url, slow):
    """Every view, the live list, a dropped file: all through the proxy."""
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((url, "blob:", "data:")) else problems.append(request.url))
    page.on("response", lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.goto(url)
    try:
        expect(page.locator(".hit[data-trace]").first).to_be_visible()
    except AssertionError:
        raise AssertionError(problems) from None
    expect(page.locator("#live")).to_have_text("live")
    page.click(f".hit[data-trace='{slow}'] a")
    expect(page.locator(".side h2")).to_have_text("charge")
    assert page.url.startswith(f"{url}?trace="), page.url
    for key, wanted in (("g", ".block"), ("o", ".span-table"), ("m", ".edge"), ("d", ".compare form"), ("w", ".span")):
        page.keyboard.press(key)
        expect(page.locator(wanted).first).to_be_visible()
    page.reload()
    expect(page.locator(".span").first).to_be_visible()
    page.click("nav [data-go=logs]")
    expect(page.locator(".record").first).to_be_visible()
    page.click("nav [data-go=map]")
    expect(page.locator(".edge").first).to_be_visible()
    page.click("nav [data-go='']")
    expect(page.locator(".hit[data-trace]").first).to_be_visible()
    left = [one for one in problems if "ERR_NETWORK_CHANGED" not in one]
    assert not left, left


def behind_nginx(browser, target, arguments):
    with tempfile.TemporaryDirectory() as directory, Collector(binary(), *arguments) as collector:
        certificate(directory)
        port = free_port()
        os.chmod(directory, 0o755)
        with open(f"{directory}/nginx.conf", "w") as file:
            file.write(NGINX.format(directory=directory, port=port, name=NAME, collector=collector.port, target=target))
        nginx = subprocess.Popen(["nginx", "-p", directory, "-c", f"{directory}/nginx.conf"])
        try:
            context = ssl.create_default_context(cafile=f"{directory}/cert.pem")
            def ask(path, body=None):
                request = urllib.request.Request(f"https://localhost:{port}/traces-ui/{path}", body, {"Host": NAME, "Content-Type": "application/json"})
                return urllib.request.urlopen(request, context=context, timeout=30)
            wait(lambda: ask("health").read())
            trace, _, spans, logs = order(41, int(time.time() * 1e6) - 5_000_000, slow=True)
            assert ask("api/v2/spans", json.dumps(spans).encode()).status == 202
            assert ask("logs", "\n".join(map(json.dumps, logs)).encode()).status == 202
            page = browser.new_context(ignore_https_errors=True, viewport={"width": 1024, "height": 800}).new_page()
            walk(page, f"https://{NAME}:{port}/traces-ui/", trace)
            page.goto(f"https://{NAME}:{port}/traces-ui/zipkin/?serviceName=payment")
            page.wait_for_url(f"https://{NAME}:{port}/traces-ui/?q=service%3Dpayment")
            expect(page.locator(".hit[data-trace]")).to_have_count(1)
            page.context.close()
        finally:
            nginx.terminate()
            nginx.wait(20)


def alone_with_tls_and_a_token(browser):
    token = "correct-horse-battery"
    with tempfile.TemporaryDirectory() as directory:
        certificate(directory)
        process = subprocess.Popen([binary(), "collect", "--listen", "0.0.0.0", "--port", "0", "--otlp-port", "0", "--tls-certificate", f"{directory}/cert.pem", "--tls-key", f"{directory}/key.pem"],
                                   stdout=subprocess.PIPE, text=True, env={**os.environ, "SPOOR_COLLECT_TOKEN": token})
        try:
            port = int(re.search(r"https://0\.0\.0\.0:(\d+)/", process.stdout.readline()).group(1))
            context = ssl.create_default_context(cafile=f"{directory}/cert.pem")
            def ask(path, headers, body=None):
                try:
                    return urllib.request.urlopen(urllib.request.Request(f"https://localhost:{port}{path}", body, {"Content-Type": "application/json", **headers}), context=context, timeout=30).status
                except urllib.error.HTTPError as error:
                    return error.code
            assert ask("/api/v2/services", {}) == 401
            trace, _, spans, logs = order(41, int(time.time() * 1e6) - 5_000_000, slow=True)
            own = {"Authorization": f"Bearer {token}"}
            assert ask("/api/v2/spans", own, json.dumps(spans).encode()) == 202
            assert ask("/logs", own, "\n".join(map(json.dumps, logs)).encode()) == 202
            try:
                urllib.request.urlopen(f"http://localhost:{port}/health", timeout=10)
                raise AssertionError("HTTP without TLS is not answered")
            except (urllib.error.URLError, OSError):
                pass
            page = browser.new_context(ignore_https_errors=True, http_credentials={"username": "me", "password": token}).new_page()
            walk(page, f"https://localhost:{port}/", trace)
            page.context.close()
        finally:
            process.terminate()
            process.wait(20)


def the_terminal_gives_a_token():
    """`trace`, `errors`, `diff` and `mcp` with the token in their environment, as an option, wrong, and missing."""
    token = "correct-horse-battery"
    clean = {key: value for key, value in os.environ.items() if key != "SPOOR_COLLECT_TOKEN"}
    own = {**clean, "SPOOR_COLLECT_TOKEN": token}

    def run(*arguments, environment=own, text=None):
        done = subprocess.run([binary(), *arguments], capture_output=True, text=True, env=environment, input=text, timeout=60)
        return done.returncode, done.stdout + done.stderr

    with Collector(binary(), "--token", token) as collector:
        now = int(time.time() * 1e6) - 5_000_000
        for number, slow in ((41, True), (7, False)):
            trace, _, spans, logs = order(number, now, slow)
            for path, body in (("/api/v2/spans", json.dumps(spans)), ("/logs", "\n".join(map(json.dumps, logs)))):
                assert collector.request(path, body)[0] == 401
                assert collector.request(path, body, Authorization=f"Bearer {token}")[0] == 202
        slow, fast = order(41, now, True)[0], order(7, now)[0]
        place = ["--collector", collector.url]
        ask = "\n".join(json.dumps({"jsonrpc": "2.0", **one}) for one in (
            {"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}},
            {"method": "notifications/initialized"}, {"id": 2, "method": "tools/call", "params": {"name": "trace_errors", "arguments": {"trace_id": slow}}})) + "\n"
        for arguments, wanted, text in (
            (["trace", slow], "charge ✗", None), (["trace", "--errors"], "payment_timeout", None), (["errors"], "payment_timeout", None),
            (["diff", slow, fast], "charge", None), (["mcp"], "payment_timeout", ask),
        ):
            code, said = run(*arguments, *place, text=text)
            assert code == 0 and wanted in said, (arguments, code, said)
            code, said = run(*arguments, *place, "--token", token, environment=clean, text=text)
            assert code == 0 and wanted in said, (arguments, code, said)
            code, said = run(*arguments, *place, environment=clean, text=text)
            assert "needs a token" in said and "SPOOR_COLLECT_TOKEN" in said and wanted not in said, (arguments, code, said)
            code, said = run(*arguments, *place, environment={**clean, "SPOOR_COLLECT_TOKEN": "wrong-horse-battery"}, text=text)
            assert "refuses the token" in said and wanted not in said, (arguments, code, said)
        code, said = run("trace", slow, *place, "--token", "two\nlines")
        assert code != 0 and "printable ASCII" in said, (code, said)


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Keeps what was asked of it; leads to another place if it has one."""

    def do_GET(self):
        self.server.asked.append(dict(self.headers))
        self.send_response(302 if self.server.place else 404)
        if self.server.place:
            self.send_header("Location", self.server.place + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def a_token_does_not_follow_to_another_place():
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) for _ in range(2)]
    for server in servers:
        server.asked, server.place = [], None
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].place = f"http://127.0.0.1:{servers[1].server_port}"
    environment = {**os.environ, "SPOOR_COLLECT_TOKEN": "correct-horse-battery"}
    done = subprocess.run([binary(), "trace", "--last", "--collector", f"http://127.0.0.1:{servers[0].server_port}"], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 2 and servers[0].asked[0]["Authorization"] == "Bearer correct-horse-battery", (done.stderr, servers[0].asked)
    assert not servers[1].asked, servers[1].asked
    # Over plain HTTP it goes to this machine only.
    name = socket.gethostname()
    with socket.socket() as one:
        one.bind(("0.0.0.0", 0))
        port = one.getsockname()[1]
    outer = http.server.ThreadingHTTPServer(("0.0.0.0", port), Elsewhere)
    outer.asked, outer.place = [], None
    threading.Thread(target=outer.serve_forever, daemon=True).start()
    subprocess.run([binary(), "trace", "--last", "--collector", f"http://{name}:{port}"], capture_output=True, env=environment, timeout=60)
    assert outer.asked and all("Authorization" not in one for one in outer.asked), outer.asked
    for server in (*servers, outer):
        server.shutdown()


def what_cannot_be_served_is_refused():
    with tempfile.TemporaryDirectory() as directory:
        certificate(directory)
        with open(f"{directory}/empty.pem", "w"):
            pass
        pair = ["--tls-certificate", f"{directory}/cert.pem", "--tls-key", f"{directory}/key.pem"]
        for arguments, reason in [
            (["--listen", "0.0.0.0"], "--listen must be an address of this machine alone"), (["--listen", "0.0.0.0", *pair], "add --token"),
            (["--listen", "0.0.0.0", "--token", "correct-horse-battery"], "add --tls-certificate and --tls-key"), (["--tls-key", "x"], "--tls-key needs --tls-certificate"),
            (["--tls-certificate", "/nowhere.pem", "--tls-key", f"{directory}/key.pem"], "--tls-certificate must be a file"),
            (["--tls-certificate", f"{directory}/cert.pem", "--tls-key", f"{directory}/empty.pem"], "--tls-key must be a file"),
        ]:
            done = subprocess.run([binary(), "collect", "--port", "0", "--otlp-port", "0", *arguments], capture_output=True, text=True, timeout=60)
            assert done.returncode != 0 and reason in done.stderr, (arguments, done.returncode, done.stderr)


def main():
    os.makedirs(SHOTS, exist_ok=True)
    what_cannot_be_served_is_refused()
    print("ok    what_cannot_be_served_is_refused", flush=True)
    the_terminal_gives_a_token()
    print("ok    the_terminal_gives_a_token", flush=True)
    a_token_does_not_follow_to_another_place()
    print("ok    a_token_does_not_follow_to_another_place", flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM["executable_path"], args=[*CHROMIUM["args"], f"--host-resolver-rules=MAP {NAME} 127.0.0.1"])
        # The proxy removes the path, or leaves it.
        behind_nginx(browser, "/", ["--allow-host", NAME, "--base-path", "/traces-ui"])
        print("ok    behind_nginx, which removes the path", flush=True)
        behind_nginx(browser, "", ["--allow-host", NAME, "--base-path", "/traces-ui"])
        print("ok    behind_nginx, which leaves the path", flush=True)
        alone_with_tls_and_a_token(browser)
        print("ok    alone_with_tls_and_a_token", flush=True)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
