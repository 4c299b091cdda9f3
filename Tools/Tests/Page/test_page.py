# SPDX-License-Identifier: Apache-2.0

"""Drives the page in a real browser, one test per feature: python test_page.py [NAME…] (see harness.py)"""

import glob
import json
import os
import time
import urllib.parse

from playwright.sync_api import expect

from collector import Collector, binary, order, wide
from harness import HERE, SHOTS, main

HOSTILE = "<script>alert(1)</script>\u202e\u2066evil\u0007 \U0001f4a5 <img src=x onerror=alert(2)>"


def the_first_screen_shows_traces_dots_and_operations(w):
    w.open()
    expect(w.page.locator(".hit[data-trace]").first).to_be_visible()
    assert w.page.locator(".scatter circle").count() == 60
    assert w.page.locator(".scatter circle.bad").count() == 2
    expect(w.page.locator("tr:has([data-operation=charge]) td").last).to_have_text("2")
    expect(w.page.locator("#status")).to_have_text("60 traces, 62 log records, 0 evicted, 0 spans and 0 lines dropped")
    w.shot("search")


def a_dot_opens_its_trace(w):
    w.open()
    w.page.locator(f".scatter circle[data-trace='{w.slow}']").click()
    expect(w.page.locator("h1")).to_have_text("post /orders")
    assert w.slow in w.page.url


def a_line_of_text_filters(w):
    w.open()
    for line, found in [("error", 2), ("event=payment_timeout", 2), ("service=risk duration>200ms", 2),
                        ("retry_count>1", 2), ("error.type~timeout", 2), ("order.id=ORD5", 1), ("name=nothing", 0), ("level>=warning", 2),
                        ("service!=risk", 0), ("order.id=ORD5 or order.id=ord6", 1), ("not error order.id~ORD4", 10), ("PAYMENT_timeout", 2), ("span.duration>300ms service=risk", 2)]:
        w.page.fill("#query", line)
        w.page.press("#query", "Enter")
        expect(w.page.locator(".results-bar [role=status]")).to_have_text(f"{found} found")
        expect(w.page.locator(".hit[data-trace]")).to_have_count(min(found, 60))
    w.page.fill("#query", "duration>soon")
    w.page.press("#query", "Enter")
    w.expected.append("400")
    expect(w.page.locator(".empty")).to_contain_text("needs a number, a duration (200ms)")


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
    expect(w.page.locator(".hit[data-trace]").first).to_be_visible()
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
    expect(w.page.locator(".hit[data-trace]").first).to_be_visible()
    w.page.keyboard.press("j")
    w.page.keyboard.press("j")
    expect(w.page.locator(".hit.on")).to_have_count(1)
    w.page.keyboard.press("Enter")
    expect(w.page.locator(".span").first).to_be_visible()


def the_service_map_counts_calls_and_errors(w):
    w.open()
    w.page.click("nav [data-go=map]")
    expect(w.page.locator(".edge").first).to_be_visible()
    expect(w.page.locator("[data-edge='order payment'] text")).to_contain_text("2✗")
    w.shot("map")
    w.page.locator("[data-edge='payment risk']").click()
    expect(w.page.locator(".about-edge")).to_contain_text("60 calls, 2 errors")
    w.page.click("text=traces of the called")
    w.page.wait_for_url("**service%3Drisk**")


def a_span_of_otlp_is_shown_with_its_types(w):
    trace, start = "5" * 32, int(time.time() * 1e6) * 1000
    other = {"traceId": "6" * 32, "spanId": "7" * 16, "attributes": [{"key": "why", "value": {"stringValue": "retry"}}]}
    attributes = [
        {"key": "text", "value": {"stringValue": "5"}}, {"key": "whole", "value": {"intValue": "9007199254740993"}}, {"key": "fraction", "value": {"doubleValue": 2}},
        {"key": "flag", "value": {"boolValue": True}}, {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "1"}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": "a", "value": {"doubleValue": 0.5}}]}}}, {"key": HOSTILE, "value": {"stringValue": HOSTILE}}]
    span = {"traceId": trace, "spanId": "1" * 16, "name": "typed", "kind": 2, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**9),
            "attributes": attributes, "traceState": "vendor=x", "links": [other], "droppedEventsCount": 3,
            "events": [{"timeUnixNano": str(start + 5 * 10**8), "name": "reached", "attributes": [{"key": "step", "value": {"intValue": "7"}}]}]}
    failed = {"traceId": trace, "spanId": "2" * 16, "parentSpanId": "1" * 16, "name": "failing", "kind": 3, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**8), "status": {"code": 2},
              "events": [{"timeUnixNano": str(start), "name": "exception", "attributes": [
                  {"key": "exception.type", "value": {"stringValue": "ValueError"}}, {"key": "exception.message", "value": {"stringValue": "no such order"}},
                  {"key": "exception.stacktrace", "value": {"stringValue": 'Traceback (most recent call last):\n  File "a.py", line 3, in place\nValueError: no such order'}}]}]}
    record = {"timeUnixNano": str(start), "severityNumber": 17, "traceId": trace, "spanId": "1" * 16, "eventName": "order_failed",
              "attributes": [{"key": "retry", "value": {"intValue": "3"}}, {"key": "exception.type", "value": {"stringValue": "Timeout"}}]}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "Orders"}}, {"key": "host.cores", "value": {"intValue": "2"}}]}
    scope = {"name": "spoor", "version": "1.0"}
    for path, body in (("traces", {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": [span, failed]}]}]}),
                       ("logs", {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": scope, "logRecords": [record]}]}]})):
        assert w.collector.request(f"/v1/{path}", json.dumps(body)) == (200, b"{}")
    w.open(f"?trace={trace}&span={'2' * 16}")
    side = w.page.locator(".side")
    expect(side.locator("pre.stack")).to_contain_text("line 3, in place")
    expect(side.locator(".failure", has=w.page.locator("pre"))).to_contain_text("ValueError no such order")
    w.page.click(f"[data-span='{'1' * 16}']")
    expect(side.locator("h2")).to_have_text("typed")
    found = dict(zip(side.locator(".tags > dt").all_inner_texts(), side.locator(".tags > dd").evaluate_all("all => all.map((e) => [e.title, e.querySelector('bdi').innerText])")))
    assert found["text"] == ["string", "5"] and found["whole"] == ["int", "9007199254740993"] and found["fraction"] == ["double", "2.0"], found
    assert found["flag"] == ["bool", "true"] and found["list"] == ["array", '[1, "1"]'] and found["map"] == ["map", "{a: 0.5}"], found
    whole, text = (side.locator(f".tags dd[title={kind}]").first.evaluate("e => getComputedStyle(e).color") for kind in ("int", "string"))
    assert whole != text
    expect(side.locator(".events")).to_contain_text("reached")
    expect(side.locator(".events dd dl")).to_have_text("step7")
    expect(side.locator(".links a")).to_have_attribute("href", f"/?trace={'6' * 32}&span={'7' * 16}")
    expect(side.locator(".links")).to_contain_text("retry")
    expect(side.locator(".scope")).to_have_text("spoor 1.0")
    expect(side.locator(".resource")).to_contain_text("host.cores")
    for text in ["vendor=x", "3 events"]:
        expect(side).to_contain_text(text)
    assert side.locator("h3", has_text="tags").count() == 0 and side.locator("h3", has_text="annotations").count() == 0
    log = w.page.locator(".log")
    expect(log).to_contain_text("order_failed")
    expect(log).to_contain_text("retry=3")
    expect(log).not_to_contain_text("host.cores")
    w.shot("otlp")
    # A saved file has the same, and one from anywhere may hold anything.
    answer = w.collector.request(f"/api/spoor/trace/{trace}")[1].decode()
    odd = json.dumps([{"traceId": "8" * 32, "id": f"{n:016x}", "name": "odd", "timestamp": 1, "otlp": otlp} for n, otlp in enumerate(
        [1, [], {}, {"span": 3}, {"span": {"attributes": {"a": 1}, "events": [None, 1, {"attributes": [1]}], "links": [{"traceId": 1}], "status": []}, "scope": [], "resource": {"attributes": [{"value": {"arrayValue": 7}}, {"key": {"x": 1}, "value": {"intValue": {}}}]}}], 1)])
    w.drop("odd.json", odd)
    expect(w.page.locator(".span")).to_have_count(5)
    for number in range(1, 6):
        w.page.click(f"[data-span='{number:016x}']")
        expect(side.locator("h2")).to_have_text("odd")
    w.open()
    w.drop("saved.json", answer.replace(trace, "9" * 32))
    w.page.click(f"[data-span='{'1' * 16}']")
    expect(side.locator(".tags dd[title=int] bdi")).to_have_text("9007199254740993")


def a_traces_own_map_leads_to_its_calls(w):
    w.open(f"?trace={w.slow}&view=map")
    w.page.locator("[data-edge='order payment']").click()
    w.page.locator(".calls button").first.click()
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
    expect(w.page.locator(".incomplete")).to_contain_text("1 parent not received")
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
    for query in ["", f"?trace={trace}", f"?trace={trace}&view=flame", f"?trace={trace}&view=table", f"?trace={trace}&view=map", f"?trace={trace}&view=compare&with={trace}", "?view=map", "?view=logs&range=0"]:
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


def any_json_value_in_a_record_is_shown(w):
    trace, ids, spans, _ = w.orders[3]
    odd = [{"toString": 1}, {"toString": {"valueOf": 1}}, [], [[]], {}, None, 0, -1.5, True, "\ud800", "on error", "x" * 5000, {"toJSON": 1}, {"constructor": 1}]
    keys = ["event", "level", "service", "message", "timestamp", "span_id", "logger", "error.type", "error.message", "error.stack_trace", "error.causes", "error.handled", "__proto__", "any"]
    records = [{"trace_id": trace, "span_id": ids[0], key: value} for key in keys for value in odd]
    w.collector.log(records)
    w.open(f"?trace={trace}")
    w.page.wait_for_selector(".span")
    expect(w.page.locator(".logs .tools .soft")).to_contain_text(f"of {len(records) + 1}")
    # A level that is no level adds no class: no record is shown as selected.
    assert w.page.locator(".log.on").count() == 0
    for index in range(6):
        w.page.locator(".log").nth(index).click()
    # The same from a file, where spans may be anything as well.
    bad = [{"traceId": "ab", "id": "1", "name": value, "tags": {"t": value, "error": value}, "kind": value, "localEndpoint": {"serviceName": value},
            "annotations": [{"timestamp": 5, "value": value}], "timestamp": value, "duration": value} for value in odd]
    w.drop("odd.json", json.dumps({"spans": bad, "logs": [{**record, "trace_id": "00000000000000ab"} for record in records] + odd}))
    w.page.wait_for_selector("[data-span='0000000000000001']")


def files_with_ids_that_share_their_lower_half_are_two_traces(w):
    w.open()
    low = "0" * 15 + "7"
    w.drop("two.json", json.dumps([{"traceId": high + low, "id": "1", "name": f"of {high[0]}", "timestamp": 1} for high in ("1" * 16, "2" * 16)]))
    expect(w.page.locator(".file-traces tr")).to_have_count(2)


def light_and_dark(w):
    w.trace()
    before = w.page.evaluate("getComputedStyle(document.body).backgroundColor")
    w.page.click("#theme")
    assert before != w.page.evaluate("getComputedStyle(document.body).backgroundColor")
    w.shot("trace-dark")
    w.page.reload()
    assert before != w.page.evaluate("getComputedStyle(document.body).backgroundColor")


def nothing_received_and_collector_gone(w):
    with Collector(binary()) as collector:
        page = w.browser.new_page()
        page.goto(collector.url)
        expect(page.locator(".empty")).to_contain_text("Nothing received yet")
        expect(page.locator(".empty")).to_contain_text("curl")
        page.screenshot(path=os.path.join(SHOTS, "empty.png"))
        collector.process.kill()
        expect(page.locator("#live")).to_contain_text("retrying", timeout=20_000)
        page.set_input_files("#file", {"name": "t.json", "mimeType": "application/json", "buffer": json.dumps(order(1, 1_700_000_000_000_000)[2]).encode()})
        page.close()


if __name__ == "__main__":
    main(dict(globals()))
