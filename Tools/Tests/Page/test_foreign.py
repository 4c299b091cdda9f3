# SPDX-License-Identifier: Apache-2.0

"""A page of another origin, in a real browser, tries to change and to read what a collector on this machine has.

    python test_foreign.py
"""

import http.server
import sys
import threading
import time

from playwright.sync_api import sync_playwright

from collector import Collector, binary, order

# The requests that a page can send without permission, and those whose responses it could read.
ATTACK = """async (base) => {
  const span = JSON.stringify([{traceId: 'bad', id: 'bad', name: 'forged'}]);
  const read = [];
  const paths = ['/', '/page/app.js', '/health', '/metrics', '/api/v2/services', '/api/v2/traces?limit=1000&lookback=999999999999', '/api/spoor/search?lookback=999999999999',
    '/api/spoor/map?lookback=9223372036854775807', '/api/spoor/live', '/api/v2/trace/TRACE'];
  const posts = ['/api/v2/spans', '/zipkin/api/v2/spans', '/logs'];
  const settle = (promise) => Promise.race([promise.catch(() => undefined), new Promise((done) => setTimeout(done, 1500))]);
  const element = (tag, attributes) => settle(new Promise((done) => {
    const one = document.createElement(tag);
    one.onload = () => done(tag);
    one.onerror = () => done(undefined);
    Object.assign(one, attributes);
    document.body.append(one);
  }));
  for (const path of paths) {
    const url = base + path;
    const tried = await Promise.all([
      settle(fetch(url).then(async (answer) => (answer.ok ? `fetch ${path} ${(await answer.text()).slice(0, 100)}` : undefined))),
      settle(fetch(url, {mode: 'no-cors', credentials: 'include'}).then((answer) => answer.text()).then((text) => text && `no-cors ${path}`)),
      element('img', {src: url}).then((tag) => tag && `img ${path}`),
      element('script', {src: url}).then((tag) => tag && `script ${path}`),
      element('link', {rel: 'stylesheet', href: url}).then((tag) => tag && `link ${path}`),
      element('iframe', {src: url}).then(() => { try { return [...document.querySelectorAll('iframe')].pop().contentDocument?.body?.innerText && `iframe ${path}`; } catch { return undefined; } }),
      settle(new Promise((done) => { const events = new EventSource(url); events.onopen = () => done(`events ${path}`); events.onerror = () => { events.close(); done(undefined); }; })),
    ]);
    read.push(...tried.filter(Boolean));
  }
  for (const path of posts) {
    const url = base + path;
    navigator.sendBeacon(url, span);
    navigator.sendBeacon(url, new Blob([span], {type: 'application/x-www-form-urlencoded'}));
    for (const options of [{mode: 'no-cors', body: span}, {body: span}, {body: span, headers: {'Content-Type': 'application/json'}}, {mode: 'no-cors', body: span, headers: {'Content-Type': 'text/plain'}}]) {
      const text = await settle(fetch(url, {method: 'POST', ...options}).then((answer) => answer.text()));
      if (text) read.push(`post ${path} ${text}`);
    }
    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const frame = document.createElement('iframe');
      frame.name = `frame${Math.random()}`;
      const form = document.createElement('form');
      Object.assign(form, {method: 'POST', action: url, enctype, target: frame.name});
      const field = document.createElement('input');
      field.name = '[{"traceId":"bad","id":"bad","name":"';
      field.value = '"}]';
      form.append(field);
      document.body.append(frame, form);
      form.submit();
      await new Promise((done) => setTimeout(done, 200));
    }
    const request = new XMLHttpRequest();
    await settle(new Promise((done) => { request.onloadend = done; request.open('POST', url); request.send(span); }));
    if (request.responseText) read.push(`xhr ${path} ${request.responseText}`);
  }
  return read;
}"""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>foreign</title><body>")

    def log_message(self, *_):
        pass


def held(collector):
    """The collector's content, without values that change by themselves."""
    status, body = collector.request("/api/v2/traces?limit=1000&lookback=999999999999")
    metrics = collector.request("/metrics")[1].decode()
    taken = [line for line in metrics.splitlines() if line.startswith(("spoor_collector_spans_total", "spoor_collector_logs"))]
    return status, sorted(body.decode()), taken


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright, Collector(binary()) as collector:
        trace, _, spans, _ = order(1, int(time.time() * 1e6))
        collector.post(spans)
        before = held(collector)
        # Both names resolve to this machine, as an attacker's name server would answer after a moment (DNS rebinding).
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[
            "--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1,MAP rebound.example 127.0.0.1",
            # The browser's own protection of this machine is not tested here.
            "--disable-features=BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights,LocalNetworkAccessChecks"])
        for origin in [f"http://evil.example:{server.server_port}", f"http://127.0.0.1:{server.server_port}", f"http://localhost:{server.server_port}"]:
            for base in [collector.url, collector.url.replace("127.0.0.1", "localhost"), f"http://rebound.example:{collector.port}"]:
                page = browser.new_page()
                page.goto(origin)
                read = page.evaluate(ATTACK.replace("TRACE", trace), base)
                assert not read, (origin, base, read)
                page.close()
        # Rebinding: the page itself comes from the collector's port by a name of its own.
        page = browser.new_page()
        answer = page.goto(f"http://rebound.example:{collector.port}/")
        assert answer.status == 421, answer.status
        page.close()
        # A link from elsewhere opens the page, which works.
        page = browser.new_page()
        page.goto(f"http://evil.example:{server.server_port}")
        page.evaluate("(url) => { const link = document.createElement('a'); link.href = url; document.body.append(link); link.click(); }", f"{collector.url}/?trace={trace}")
        page.wait_for_selector(".span", timeout=20_000)
        browser.close()
        assert held(collector) == before
        assert collector.process.poll() is None and collector.request("/health")[0] == 200
    print("ok    pages of other origins change nothing and read nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
