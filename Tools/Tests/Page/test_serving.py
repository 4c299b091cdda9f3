# SPDX-License-Identifier: Apache-2.0

"""The collector behind a real nginx under another path and name with TLS, and by itself with TLS and a token:
python test_serving.py (see scripts/test-page.sh)
"""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
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
