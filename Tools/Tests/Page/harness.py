# SPDX-License-Identifier: Apache-2.0

"""Runs tests of the page in a real browser, each with a collector of its own.

Screenshots land in $SPOOR_SCREENSHOTS (default: Tools/.build/screenshots). Every test also fails on a message in the
browser's console, an uncaught error, or a request to another host.
"""

import json
import os
import sys
import time
import traceback

from playwright.sync_api import expect, sync_playwright

from collector import Collector, binary, order

HERE = os.path.dirname(os.path.abspath(__file__))
SHOTS = os.environ.get("SPOOR_SCREENSHOTS", os.path.join(HERE, "../../.build/screenshots"))
# Time is not what these tests are about, and a debug build on a busy machine is slow.
expect.set_options(timeout=20_000)
CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]}


class World:
    """A collector with 60 orders, two of them slow, and a page."""

    def __init__(self, collector, page):
        self.collector, self.page, self.url = collector, page, collector.url
        self.problems, self.expected = [], []
        now = int(time.time() * 1e6)
        self.orders = [order(n, now - (60 - n) * 5_000_000, slow=n in (7, 41)) for n in range(60)]
        for _, _, spans, logs in self.orders:
            collector.post(spans)
            collector.log(logs)
        self.slow, self.slow_ids = self.orders[41][0], self.orders[41][1]
        self.watch(page)

    def watch(self, page):
        """Collects what a page must not do."""
        page.set_default_timeout(20_000)
        page.on("console", lambda message: self.problems.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith((self.url, "blob:", "data:")) else self.problems.append(request.url))

    def open(self, query=""):
        self.page.goto(f"{self.url}/{query}")

    def trace(self, more=""):
        self.open(f"?trace={self.slow}{more}")
        self.page.wait_for_selector(".span")

    def shot(self, name):
        self.page.screenshot(path=os.path.join(SHOTS, f"{name}.png"))

    def drop(self, name, content):
        buffer = content if isinstance(content, bytes) else content.encode()
        self.page.set_input_files("#file", {"name": name, "mimeType": "text/plain", "buffer": buffer})


def tests_of(names):
    """The functions whose only parameter is called `w`, in order."""
    return [value for value in names.values() if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("w",)]


def run(tests, wanted):
    """The names of the tests that failed."""
    os.makedirs(SHOTS, exist_ok=True)
    failed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        for test in tests:
            if wanted and test.__name__ not in wanted:
                continue
            with Collector(binary()) as collector:
                context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True, color_scheme="light")
                page = context.new_page()
                world = World(collector, page)
                world.browser = browser
                begun = time.monotonic()
                try:
                    test(world)
                    # The browser drops requests when another program changes this machine's network.
                    if any("ERR_NETWORK_CHANGED" in one for one in world.problems):
                        world.expected += ["ERR_NETWORK_CHANGED", "Failed to fetch dynamically imported module"]
                    left = [one for one in world.problems if not any(text in one for text in world.expected)]
                    assert not left, left
                    print(f"ok    {test.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)
                except Exception:
                    failed.append(test.__name__)
                    page.screenshot(path=os.path.join(SHOTS, f"failed-{test.__name__}.png"))
                    print(f"FAIL  {test.__name__} {world.problems}\n{traceback.format_exc()}", flush=True)
                context.close()
        browser.close()
    print(f"{len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    return failed


def main(names):
    sys.exit(1 if run(tests_of(names), sys.argv[1:]) else 0)
