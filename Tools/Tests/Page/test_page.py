"""Drives the page in a real browser, one test per feature: python test_page.py [NAME…]

Screenshots land in $SPOOR_SCREENSHOTS (default: Tools/.build/screenshots). Every test also fails on a message in the
browser's console, an uncaught error, or a request to another host.
"""

import glob
import json
import os
import sys
import time
import traceback
import urllib.parse

from playwright.sync_api import expect, sync_playwright

from collector import Collector, binary, order, wide

HERE = os.path.dirname(os.path.abspath(__file__))
SHOTS = os.environ.get("SPOOR_SCREENSHOTS", os.path.join(HERE, "../../.build/screenshots"))
HOSTILE = "<script>alert(1)</script>\u202e\u2066evil\u0007 \U0001f4a5 <img src=x onerror=alert(2)>"


class World:
    def __init__(self, collector, page):
        self.collector, self.page, self.url = collector, page, collector.url
        now = int(time.time() * 1e6)
        self.orders = [order(n, now - (60 - n) * 5_000_000, slow=n in (7, 41)) for n in range(60)]
        for _, _, spans, logs in self.orders:
            collector.post(spans)
            collector.log(logs)
        self.slow, self.slow_ids = self.orders[41][0], self.orders[41][1]

    def open(self, query=""):
        self.page.goto(f"{self.url}/{query}")

    def trace(self, more=""):
        self.open(f"?trace={self.slow}{more}")
        self.page.wait_for_selector(".span")

    def shot(self, name):
        self.page.screenshot(path=os.path.join(SHOTS, f"{name}.png"))

    def drop(self, name, text):
        self.page.set_input_files("#file", {"name": name, "mimeType": "text/plain", "buffer": text.encode()})


def the_first_screen_shows_traces_dots_and_operations(w):
    w.open()
    expect(w.page.locator(".hit").first).to_be_visible()
    assert w.page.locator(".scatter circle").count() == 60
    assert w.page.locator(".scatter circle.bad").count() == 2
    expect(w.page.locator("[data-operation=charge] td").nth(4)).to_have_text("2")
    expect(w.page.locator("#status")).to_have_text("60 traces, 0 evicted, 0 dropped")
    w.shot("search")


def a_dot_opens_its_trace(w):
    w.open()
    w.page.locator(f".scatter circle[data-trace='{w.slow}']").click()
    expect(w.page.locator("h1")).to_have_text("post /orders")
    assert w.slow in w.page.url


def a_line_of_text_filters(w):
    w.open()
    for line, found in [("error", 2), ("event=payment_timeout", 2), ("service=risk duration>200ms", 2),
                        ("retry_count>1", 2), ("error.type~timeout", 2), ("order.id=ORD5", 1), ("name=nothing", 0)]:
        w.page.fill("#query", line)
        w.page.press("#query", "Enter")
        expect(w.page.locator(".results-bar span").last).to_have_text(f"{found} found")
        expect(w.page.locator(".hit")).to_have_count(min(found, 60))
    w.page.fill("#query", "duration>soon")
    w.page.press("#query", "Enter")
    w.expected.append("400")
    expect(w.page.locator(".empty")).to_contain_text("expected a number with µs, ms, s or m")


def a_pasted_trace_id_opens_the_trace(w):
    w.open("?range=300000")
    w.page.fill("#query", w.orders[0][0])
    w.page.press("#query", "Enter")
    expect(w.page.locator("h1")).to_have_text("post /orders")


def the_box_completes_services_and_tags(w):
    w.open()
    w.page.fill("#query", "ser")
    expect(w.page.locator("#completions option[value='service=']")).to_have_count(1)
    w.page.fill("#query", "error service=pay")
    expect(w.page.locator("#completions option[value='error service=payment']")).to_have_count(1)


def slowest_first_and_time_ranges(w):
    w.open()
    w.page.click("[data-order=slowest]")
    # Both that failed took longest.
    expect(w.page.locator(".hit.error")).to_have_count(2)
    top = "translateY(0px)"
    expect(w.page.locator(f".hit.error[style*='{top}']")).to_have_count(1)
    w.page.select_option("#range", "86400000")
    w.page.wait_for_url("**range=86400000**")


def new_traces_appear_by_themselves(w):
    w.open()
    expect(w.page.locator(".hit").first).to_be_visible()
    trace, _, spans, _ = order(1000, int(time.time() * 1e6))
    w.collector.post(spans)
    expect(w.page.locator(f".hit[data-trace='{trace}']")).to_be_visible(timeout=15000)
    w.page.click("#live")
    expect(w.page.locator("#live")).to_have_attribute("aria-pressed", "false")


def an_operation_shows_its_histogram(w):
    w.open()
    w.page.click("[data-operation=charge]")
    expect(w.page.locator(".histogram rect").first).to_be_visible()
    w.shot("histogram")
    w.page.click("text=show its traces")
    w.page.wait_for_url("**service%3Dpayment**")


def the_waterfall_shows_the_failure_with_its_stack(w):
    w.trace()
    assert w.page.locator(".span").count() == 6
    expect(w.page.locator(".side h2")).to_have_text("charge")
    side = w.page.locator(".side")
    for text in ["PaymentTimeout", "no answer in 300 ms", "(handled)", "PaymentClient.charge(_:)",
                 "PaymentClient.swift:42", "2 frames of the runtime", "caused by", "HTTPTimeout", "retry.count"]:
        expect(side).to_contain_text(text)
    assert not w.page.locator(".stack details").first.evaluate("e => e.open")
    assert w.page.locator(".crit").count() >= 4
    assert w.page.locator(".mark.bad").count() == 1
    # Amber says what took long by itself.
    slow = w.page.locator(f"[data-span='{w.slow_ids[4]}'] .took.slow")
    expect(slow).to_contain_text("over 200 ms")
    assert slow.evaluate("e => getComputedStyle(e).color") != side.evaluate("e => getComputedStyle(e).color")
    w.shot("trace")


def selections_are_in_the_address(w):
    w.trace()
    w.page.click(f"[data-span='{w.slow_ids[2]}']")
    expect(w.page.locator(".side h2")).to_have_text("reserve")
    url = w.page.url
    w.page.goto(w.url)
    w.page.goto(url)
    expect(w.page.locator(".side h2")).to_have_text("reserve")


def logs_of_span_subtree_and_trace(w):
    w.trace()
    expect(w.page.locator(".log")).to_have_count(2)
    w.page.click("[data-scope=span]")
    expect(w.page.locator(".log")).to_have_count(1)
    w.page.click(f"[data-span='{w.slow_ids[1]}']")
    expect(w.page.locator(".log")).to_have_count(0)
    w.page.click("[data-scope=subtree]")
    expect(w.page.locator(".log")).to_have_count(2)
    w.page.locator(".log").first.click()
    expect(w.page.locator(".span.lit")).to_have_attribute("data-span", w.slow_ids[2])


def the_keyboard_does_everything(w):
    w.trace()
    press = w.page.keyboard.press
    title = w.page.locator(".side h2")
    expect(title).to_have_text("charge")
    press("j")
    expect(title).to_have_text("score")
    press("k")
    press("ArrowLeft")
    expect(w.page.locator(".span")).to_have_count(5)
    press("ArrowRight")
    expect(w.page.locator(".span")).to_have_count(6)
    press("c")
    expect(w.page.locator(".crit")).to_have_count(0)
    press("c")
    press("l")
    expect(w.page.locator("[data-scope=span]")).to_have_attribute("aria-pressed", "true")
    press("j")
    press("n")
    expect(title).to_have_text("charge")
    press("m")
    expect(w.page.locator(".map svg")).to_be_visible()
    press("d")
    expect(w.page.locator(".compare form")).to_be_visible()
    press("?")
    expect(w.page.locator("dialog")).to_be_visible()
    press("Escape")
    press("/")
    expect(w.page.locator("#query")).to_be_focused()


def the_first_screen_by_keyboard(w):
    w.open()
    expect(w.page.locator(".hit").first).to_be_visible()
    w.page.keyboard.press("j")
    w.page.keyboard.press("j")
    expect(w.page.locator(".hit.on")).to_have_count(1)
    w.page.keyboard.press("Enter")
    expect(w.page.locator(".span").first).to_be_visible()


def the_service_map_counts_calls_and_errors(w):
    w.open()
    w.page.click("#home-map")
    expect(w.page.locator(".edge").first).to_be_visible()
    expect(w.page.locator("[data-edge='order payment'] text")).to_contain_text("2✗")
    w.shot("map")
    w.page.locator("[data-edge='payment risk']").click()
    w.page.wait_for_url("**service%3Drisk**")


def a_traces_own_map_leads_to_its_calls(w):
    w.open(f"?trace={w.slow}&view=map")
    w.page.locator("[data-edge='order payment']").click()
    w.page.locator(".calls tr").first.click()
    expect(w.page.locator(".side h2")).to_have_text("charge")


def two_traces_are_compared(w):
    other = order(2000, int(time.time() * 1e6))
    extra = {**other[2][4], "id": "00000000000000ab", "name": "score again"}
    w.collector.post([one for one in other[2] if one["name"] != "reserve"] + [extra])
    w.open(f"?trace={other[0]}&view=compare")
    w.page.fill(".compare input", w.slow)
    w.page.click(".compare button[type=submit]")
    expect(w.page.locator(".compare tr.slower").first).to_be_visible()
    expect(w.page.locator(".compare tr.gone")).to_contain_text("score again")
    expect(w.page.locator(".compare tr.new")).to_contain_text("reserve")
    w.shot("compare")


def clocks_are_corrected_and_raw_on_request(w):
    start = int(time.time() * 1e6)
    trace = "c10c" + "0" * 27 + "1"
    ends = [{"serviceName": name, "ipv4": f"10.1.0.{n}"} for n, name in enumerate(["here", "there"], 1)]
    w.collector.post([
        {"traceId": trace, "id": "1", "kind": "CLIENT", "name": "call", "timestamp": start, "duration": 100_000, "localEndpoint": ends[0]},
        {"traceId": trace, "id": "2", "parentId": "1", "kind": "SERVER", "name": "answer", "timestamp": start - 500_000, "duration": 80_000, "localEndpoint": ends[1]}])
    w.open(f"?trace={trace}")
    expect(w.page.locator(".facts")).to_contain_text("100 ms")
    w.page.click("[data-do=raw]")
    expect(w.page.locator(".facts")).to_contain_text("600 ms")
    w.page.click("[data-do=raw]")
    w.page.click("[data-span='0000000000000002']")
    expect(w.page.locator(".side")).to_contain_text("moved by +510 ms")


def interrupted_and_missing_are_shown_as_such(w):
    start = int(time.time() * 1e6)
    trace = "dead" + "0" * 27 + "1"
    w.collector.post([
        {"traceId": trace, "id": "1", "parentId": "99", "name": "cut off", "timestamp": start, "duration": 5000, "localEndpoint": {"serviceName": "a"}},
        {"traceId": trace, "id": "2", "parentId": "1", "name": "was at it", "timestamp": start, "duration": 4000, "localEndpoint": {"serviceName": "a"},
         "tags": {"error": "interrupted: the process ended", "spoor.interrupted": "true", "link.0": f"{w.slow}-{w.slow_ids[0]}"}}])
    w.open(f"?trace={trace}")
    expect(w.page.locator(".note")).to_contain_text("1 parent not received")
    expect(w.page.locator(".span.missing")).to_contain_text("? (not received)")
    expect(w.page.locator(".span.interrupted .took")).to_contain_text("▒")
    expect(w.page.locator(".side")).to_contain_text("The process ended in the middle of it")
    w.shot("interrupted")
    w.page.click(".tags a")
    expect(w.page.locator("h1")).to_have_text("post /orders")


def long_gaps_are_folded(w):
    start = int(time.time() * 1e6)
    trace = "9a9" + "0" * 28 + "1"
    w.collector.post([
        {"traceId": trace, "id": "1", "name": "wait", "timestamp": start, "duration": 10_000_000, "localEndpoint": {"serviceName": "a"}},
        {"traceId": trace, "id": "2", "parentId": "1", "name": "early", "timestamp": start + 10, "duration": 100_000, "localEndpoint": {"serviceName": "a"}},
        {"traceId": trace, "id": "3", "parentId": "1", "name": "late", "timestamp": start + 9_800_000, "duration": 150_000, "localEndpoint": {"serviceName": "a"}}])
    w.open(f"?trace={trace}")
    width = lambda: w.page.locator("[data-span='0000000000000002'] .bar").bounding_box()["width"]
    w.page.wait_for_selector(".span")
    before = width()
    w.page.click("[data-do=fold]")
    expect(w.page.locator(".fold").first).to_be_visible()
    assert width() > 5 * before
    w.shot("folded")


def the_minimap_zooms(w):
    w.trace()
    box = w.page.locator(".minimap").bounding_box()
    bar = w.page.locator(f"[data-span='{w.slow_ids[2]}'] .bar")
    before = bar.bounding_box()["width"]
    w.page.mouse.move(box["x"] + 2, box["y"] + 10)
    w.page.mouse.down()
    w.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 10, steps=4)
    w.page.mouse.up()
    expect(w.page.locator(".minimap .window")).to_be_visible()
    assert bar.bounding_box()["width"] > 3 * before
    w.page.locator(".minimap").dblclick()
    expect(w.page.locator(".minimap .window")).to_be_hidden()


def exports_are_zipkin_json_and_chrome_events(w):
    w.trace()
    with w.page.expect_download() as download:
        w.page.click("[data-do=json]")
    with open(download.value.path()) as file:
        spans = json.load(file)
    assert len(spans) == 6
    w.collector.post(spans)
    with w.page.expect_download() as download:
        w.page.click("[data-do=chrome]")
    with open(download.value.path()) as file:
        events = json.load(file)["traceEvents"]
    assert sum(event["ph"] == "X" for event in events) == 6
    assert {event["args"]["name"] for event in events if event["ph"] == "M"} >= {"gateway", "risk"}


def a_dropped_file_needs_no_collector(w):
    trace, _, spans, logs = order(3000, 1_700_000_000_000_000, slow=True)
    w.open()
    w.drop("trace.json", json.dumps(spans))
    expect(w.page.locator(".span")).to_have_count(6)
    w.open()
    # The records' trace is asked for, for the collector may have its spans.
    w.expected.append("404")
    w.drop("service.log", "not json\n" + "\n".join(map(json.dumps, logs)))
    expect(w.page.locator(".log")).to_have_count(2)
    w.open()
    w.drop("both.json", json.dumps([spans, order(3001, 1_700_000_000_000_000)[2]]))
    expect(w.page.locator(".file-traces tr")).to_have_count(2)
    w.page.locator(".file-traces tr").first.click()
    expect(w.page.locator(".span")).to_have_count(6)
    w.open()
    w.drop("nothing.txt", "nothing in here")
    expect(w.page.locator("#status")).to_contain_text("Neither spans nor log records")


def every_sample_of_zipkin_is_shown(w):
    files = glob.glob(os.path.join(HERE, "../SpoorCollectTests/Fixtures/*.json"))
    assert len(files) >= 6
    for path in files:
        with open(path) as file:
            spans = json.load(file)
        spans = spans if isinstance(spans, list) else [spans]
        w.collector.post(spans)
        for trace in {span["traceId"] for span in spans}:
            # Found by each service that recorded a span of it.
            for service in {span["localEndpoint"]["serviceName"].lower() for span in spans}:
                w.open("?" + urllib.parse.urlencode({"q": f"service={service}", "range": "0"}))
                expect(w.page.locator(f".hit[data-trace$='{trace[-16:]}']")).to_have_count(1)
            w.open(f"?trace={trace}")
            expect(w.page.locator(".span").first).to_be_visible()
            assert w.page.locator(".span:not(.missing)").count() >= len({s["id"] for s in spans if s["traceId"][-16:] == trace[-16:]})


def hostile_names_are_text(w):
    start = int(time.time() * 1e6)
    trace = "bad" + "0" * 28 + "1"
    w.collector.post([{"traceId": trace, "id": "1", "name": HOSTILE, "timestamp": start, "duration": 1000,
                       "localEndpoint": {"serviceName": HOSTILE}, "remoteEndpoint": {"serviceName": HOSTILE + "2"}, "kind": "CLIENT",
                       "annotations": [{"timestamp": start + 1, "value": HOSTILE}],
                       "tags": {HOSTILE: HOSTILE, "long": "x" * 10_000, "error": HOSTILE, "link.0": "javascript:alert(3)", "__proto__": "p"}}])
    w.collector.log([{"timestamp": "2026-01-01T00:00:00Z", "level": HOSTILE, "trace_id": trace, "span_id": "0" * 15 + "1",
                      "event": HOSTILE, "service": HOSTILE, "error.type": HOSTILE, "error.message": {"not": "text"}, "error.stack_trace": 7, "error.causes": [None, 5]}])
    w.page.on("dialog", lambda dialog: w.problems.append("a dialog opened"))
    for query in ["", f"?trace={trace}", f"?trace={trace}&view=map", f"?trace={trace}&view=compare&with={trace}", "?view=map"]:
        w.open(query)
        expect(w.page.locator("main")).to_contain_text("<script>")
        assert w.page.locator("main script, main img").count() == 0
        assert "\u202e" not in w.page.locator("main").inner_text()
    w.open(f"?trace={trace}")
    w.page.wait_for_selector(".span")
    w.shot("hostile")
    assert w.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def a_hundred_thousand_spans_are_few_rows(w):
    trace, spans = wide(100_000, int(time.time() * 1e6))
    for first in range(0, len(spans), 20_000):
        w.collector.post(spans[first:first + 20_000])
    begun = time.monotonic()
    w.open(f"?trace={trace}")
    w.page.wait_for_selector(".span", timeout=60_000)
    print(f"    opened in {time.monotonic() - begun:.1f} s (debug build or not, busy machine or not)")
    rows = lambda: w.page.locator(".span").count()
    assert 0 < rows() <= 200
    w.page.keyboard.press("k")
    w.page.keyboard.press("n")
    expect(w.page.locator(".side")).to_contain_text("the last error")
    assert rows() <= 200
    frames = w.page.evaluate("""() => new Promise((done) => {
      const scroller = document.querySelector('.waterfall');
      scroller.scrollTop = 0;
      const times = [];
      const step = (time) => {
        times.push(time);
        scroller.scrollTop += 1300;
        if (times.length < 90) requestAnimationFrame(step);
        else done({rate: 1000 * (times.length - 1) / (times.at(-1) - times[0]), rows: document.querySelectorAll('.span').length});
      };
      requestAnimationFrame(step);
    })""")
    print(f"    scrolled at {frames['rate']:.0f} frames a second")
    assert frames["rows"] <= 200
    w.shot("hundred-thousand")


def a_trace_that_is_not_here_says_so(w):
    w.open("?trace=00000000000000000000000000000abc")
    expect(w.page.locator(".empty")).to_contain_text("This trace is not here")
    w.expected.append("404")


def light_and_dark(w):
    w.trace()
    before = w.page.evaluate("getComputedStyle(document.body).backgroundColor")
    w.page.click("#theme")
    assert before != w.page.evaluate("getComputedStyle(document.body).backgroundColor")
    w.shot("trace-dark")
    w.page.reload()
    assert before != w.page.evaluate("getComputedStyle(document.body).backgroundColor")


TESTS = [value for value in list(globals().values()) if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("w",)]


def nothing_received_and_collector_gone(playwright, browser):
    with Collector(binary()) as collector:
        page = browser.new_page()
        page.goto(collector.url)
        expect(page.locator(".empty")).to_contain_text("Nothing received yet")
        expect(page.locator(".empty")).to_contain_text("curl")
        page.screenshot(path=os.path.join(SHOTS, "empty.png"))
        collector.process.kill()
        expect(page.locator("#live")).to_contain_text("retrying", timeout=20_000)
        page.set_input_files("#file", {"name": "t.json", "mimeType": "application/json", "buffer": json.dumps(order(1, 1_700_000_000_000_000)[2]).encode()})
        page.close()


def main():
    os.makedirs(SHOTS, exist_ok=True)
    wanted = sys.argv[1:]
    failed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for test in TESTS:
            if wanted and test.__name__ not in wanted:
                continue
            with Collector(binary()) as collector:
                context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True, color_scheme="light")
                page = context.new_page()
                page.set_default_timeout(20_000)
                problems = []
                page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
                page.on("pageerror", lambda error: problems.append(str(error)))
                page.on("request", lambda request: None if request.url.startswith((collector.url, "blob:", "data:")) else problems.append(request.url))
                world = World(collector, page)
                world.problems, world.expected = problems, []
                try:
                    test(world)
                    left = [one for one in problems if not any(text in one for text in world.expected)]
                    assert not left, left
                    print(f"ok    {test.__name__}", flush=True)
                except Exception:
                    failed.append(test.__name__)
                    page.screenshot(path=os.path.join(SHOTS, f"failed-{test.__name__}.png"))
                    print(f"FAIL  {test.__name__} {problems}\n{traceback.format_exc()}", flush=True)
                context.close()
        if not wanted:
            nothing_received_and_collector_gone(playwright, browser)
            print("ok    nothing_received_and_collector_gone")
        browser.close()
    print(f"{len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
