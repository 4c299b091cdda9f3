# SPDX-License-Identifier: Apache-2.0

"""Takes the README's pictures: python pictures.py ORDER_FLOW DIRECTORY (see scripts/pictures.sh).

Runs the order flow's six processes against a running `spoor collect` that follows their logs, sends orders, and
photographs the real page in a real browser: the first screen with what the orders left behind (light), and the trace of an
order whose payment timed out, opened at the failure with its stack (dark).
"""

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from playwright.sync_api import expect, sync_playwright

from collector import Collector, binary

SIZE = {"width": 1360, "height": 800}


def search(collector, query):
    status, body = collector.request("/api/spoor/search?" + urllib.parse.urlencode({"q": query, "lookback": 86_400_000}))
    assert status == 200, body
    return json.loads(body)["traces"]


def failure(collector):
    """The trace of a payment that timed out, and the span whose record has the names of the throw's stack."""
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        for trace in search(collector, "event=payment_timeout"):
            whole = json.loads(collector.request(f"/api/spoor/trace/{trace['id']}")[1])
            services = {span["localEndpoint"]["serviceName"] for span in whole["spans"]}
            ids = {span["id"] for span in whole["spans"]}
            complete = len(services) >= 5 and all(span.get("parentId", span["id"]) in ids for span in whole["spans"])
            for record in whole["logs"]:
                if record["event"] == "payment_timeout" and complete and ".swift:" in record.get("error.stack_trace", ""):
                    return trace["id"], record["span_id"]
        time.sleep(0.5)
    sys.exit("no trace with a payment that timed out and the names of its stack")


class Flow:
    """The order flow's processes, ended with the block."""

    SERVICES = [("risk", "risk-service", []), ("inventory", "inventory-service", []),
                ("payment", "payment-service", ["risk"]), ("order", "order-service", ["inventory", "payment"]),
                ("worker", "fulfilment-worker", []), ("gateway", "gateway", ["order"])]

    def __init__(self, binary, directory, url):
        self.binary, self.directory, self.url = binary, directory, url
        self.addresses, self.processes = {}, []

    def __enter__(self):
        for command, name, callees in self.SERVICES:
            arguments = [argument for callee in callees for argument in (f"--{callee}", self.addresses[callee])]
            if command == "risk":
                arguments += ["--slow-every", "12"]
            environment = {**os.environ, "SPOOR_LOG_FORMAT": "json", "OTEL_BSP_SCHEDULE_DELAY": "100",
                           "SPOOR_JOURNAL_DIR": os.path.join(self.directory, "journal", name),
                           "OTEL_EXPORTER_ZIPKIN_ENDPOINT": self.url + "/api/v2/spans"}
            with open(os.path.join(self.directory, f"{name}.log"), "wb") as log:
                self.processes.append(subprocess.Popen(
                    [self.binary, command, "--directory", self.directory, *arguments], env=environment, stdout=log,
                    stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL))
            self.addresses[command] = self.address(name)
        return self

    def address(self, name):
        path = os.path.join(self.directory, f"{name}.port")
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            with contextlib.suppress(OSError, ValueError):
                with open(path) as file:
                    address = f"http://127.0.0.1:{int(file.read())}"
                urllib.request.urlopen(address + "/health", timeout=5).close()
                return address
            time.sleep(0.1)
        sys.exit(f"{name} does not answer")

    def order(self, number, card="tok_accepted", **fields):
        body = {"order_id": f"ORD{number}", "sku": "SKU-LAMP", "quantity": 1, "amount_cents": 4990, "card": card,
                "customer": {"id": f"U{number % 7000}", "name": "Ada Lovelace", "email": "ada@example.org", "age": 36}, **fields}
        request = urllib.request.Request(
            self.addresses["gateway"] + "/orders", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=30).close()

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main():
    flow, pictures = sys.argv[1:]
    os.makedirs(pictures, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        logs = [os.path.join(directory, f"{name}.log") for _, name, _ in Flow.SERVICES]
        with Collector(binary(), "--logs", *logs) as collector, Flow(flow, directory, collector.url) as stage:
            rng = random.Random(7890)
            # The first failure waits for the names of its stack.
            stage.order(7000, card="tok_timeout")
            for number in range(7001, 7121):
                odd = {40: {"card": "tok_declined"}, 70: {"sku": "SKU-RARE"}, 100: {"card": "tok_timeout"}}.get(number - 7000, {})
                stage.order(number, **odd)
                time.sleep(rng.uniform(0.02, 0.25))
            trace, span = failure(collector)
            take(collector, pictures, trace, span)


def take(collector, pictures, trace, span):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, scheme, path, wanted in [
            ("search", "light", "?", ".hit[data-trace]"), ("failure", "dark", f"?trace={trace}&span={span}", ".stack li"),
        ]:
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            page.goto(f"{collector.url}/{path}")
            expect(page.locator(wanted).first).to_be_visible()
            page.screenshot(path=os.path.join(pictures, f"{name}.png"))
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
