# SPDX-License-Identifier: Apache-2.0

"""Measures the page with a trace of 100 000 spans in a real Chromium: python page.py SPOOR TURNS RESULT

`open`: the time from the navigation to the first row on the screen. `scroll`: frames per second over 200 frames, each
1 300 pixels (50 rows) further. Browser, collector and this script share the processors; the browser renders in software.
"""

import json
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tools/Tests/Page"))

from collector import Collector, wide  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

SPANS = 100_000
SCROLL = """() => new Promise((done) => {
  const scroller = document.querySelector('.waterfall');
  const times = [];
  const step = (time) => {
    times.push(time);
    scroller.scrollTop += 1300;
    if (times.length <= 200) requestAnimationFrame(step);
    else done({rate: 1000 * (times.length - 1) / (times.at(-1) - times[0]), rows: document.querySelectorAll('.span').length});
  };
  requestAnimationFrame(step);
})"""


def main():
    spoor, turns, result = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    opened, rates, rows = [], [], 0
    with Collector(spoor) as collector, sync_playwright() as playwright:
        trace, spans = wide(SPANS, int(time.time() * 1e6))
        for first in range(0, len(spans), 20_000):
            collector.post(spans[first:first + 20_000])
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for _ in range(turns):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            # In the page, from the navigation's clock: the first row that exists after a frame was drawn.
            page.add_init_script("""(() => {
              const look = () => { if (document.querySelector('.span')) window.firstRow = performance.now(); else requestAnimationFrame(look); };
              requestAnimationFrame(look);
            })()""")
            page.goto(f"{collector.url}/?trace={trace}")
            opened.append(page.evaluate("""() => new Promise((done) => {
              const look = () => (window.firstRow === undefined ? requestAnimationFrame(look) : done(window.firstRow));
              look();
            })"""))
            frames = page.evaluate(SCROLL)
            rates.append(frames["rate"])
            rows = max(rows, frames["rows"])
            page.close()
        version = browser.version
        browser.close()
    figures = {
        "spans": SPANS, "open_ms": {"median": round(statistics.median(opened)), "worst": round(max(opened))},
        "frames_per_second": {"median": round(statistics.median(rates), 1), "worst": round(min(rates), 1)},
        "rows_in_the_document": rows, "turns": turns, "chromium": version, "processors": os.cpu_count(),
        "load_before": LOAD, "command": f"scripts/bench.sh page {turns}"}
    print(json.dumps(figures, indent=2))
    with open(result, "w") as file:
        json.dump(figures, file, indent=2)
        file.write("\n")


LOAD = round(os.getloadavg()[0], 2)

if __name__ == "__main__":
    main()
