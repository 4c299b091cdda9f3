# SPDX-License-Identifier: Apache-2.0

"""Every view of the page at five widths, light and dark, by mouse, by keys and for screen readers:
python test_views.py [NAME…] (see harness.py)
"""

import glob
import gzip
import json
import os
import time
import urllib.parse

import axe_playwright_python
from playwright.sync_api import expect

from collector import Collector, binary, order, stamp
from harness import HERE, main

AXE = os.path.join(os.path.dirname(axe_playwright_python.__file__), "axe.min.js")
WIDTHS = [int(width) for width in os.environ.get("SPOOR_WIDTHS", "390 720 900 1024 1440").split()]
SCHEMES = os.environ.get("SPOOR_SCHEMES", "dark light").split()
DEEP = "d" * 32


def now():
    return int(time.time() * 1e6)


def deep(start, depth=60):
    """A trace in which every span calls the next one."""
    return [{"traceId": DEEP, "id": f"{index + 1:016x}", "name": f"level {index}", "timestamp": start + index * 1000, "duration": 200_000 - index * 2000,
             "localEndpoint": {"serviceName": f"service-{index % 5}"}, **({"parentId": f"{index:016x}"} if index else {}), "tags": {"depth": str(index)}} for index in range(depth)]


def services(count, start):
    """Traces of `count` services, each of which calls two others."""
    spans = []
    for number in range(count // 2):
        path = [number]
        while path[-1] // 2 != path[-1]:
            path.append(path[-1] // 2)
        for depth, service in enumerate([*reversed(path), number * 2 + 1]):
            spans.append({"traceId": f"{0xabc000 + number:032x}", "id": f"{depth + 1:016x}", "name": f"call {service}", "kind": "SERVER", "timestamp": start + depth * 900, "duration": 90_000 - depth * 9000,
                          "localEndpoint": {"serviceName": f"svc-{service:02d}"}, **({"parentId": f"{depth:016x}"} if depth else {})})
    return spans


def views(world):
    """The views by their names, each with what must be visible in it."""
    fast = world.orders[3][0]
    return {
        "list": ("?range=0", ".hit[data-trace]"), "trace": (f"?trace={world.slow}", ".span"), "flame": (f"?trace={world.slow}&view=flame", ".block"),
        "table": (f"?trace={world.slow}&view=table", ".span-table tbody tr"), "trace-map": (f"?trace={world.slow}&view=map", ".edge"), "compare": (f"?trace={fast}&view=compare&with={world.slow}", ".compare tbody tr"),
        "map": ("?view=map", ".edge"), "logs": ("?view=logs", ".record"), "nothing": ("?q=service%3Dgatewy", ".near"), "deep": (f"?trace={DEEP}&span={50:016x}", ".span.on"),
        "between": ("?from=1700000000000&to=1900000000000", "#between-from"), "missing": (f"?trace={1:032x}", ".empty"),
    }


def fill(world):
    world.collector.post(deep(now() - 10_000_000))
    world.collector.post(services(60, now() - 3_000_000))
    world.collector.log([{"timestamp": stamp(now() - index * 100_000), "level": ["INFO", "Warn", "ERROR", "debug"][index % 4], "service": "gateway", "event": f"loose {index}", "host": {"name": "h1"}} for index in range(40)])
    world.expected.append("404")


def every_view_fits_five_widths_light_and_dark(w):
    fill(w)
    for path in glob.glob(os.path.join(HERE, "../SpoorCollectTests/Fixtures/*.json")):
        with open(path) as file:
            spans = json.load(file)
        w.collector.post(spans if isinstance(spans, list) else [spans])
    pictures = 0
    for index, width in enumerate(WIDTHS):
        w.page.set_viewport_size({"width": width, "height": 844 if width == 390 else 900})
        for number, (name, (query, wanted)) in enumerate(views(w).items()):
            w.open(query)
            expect(w.page.locator(wanted).first).to_be_visible()
            for scheme in SCHEMES:
                w.page.emulate_media(color_scheme=scheme)
                over = w.page.evaluate("() => [document.documentElement.scrollWidth - innerWidth, document.querySelector('header').scrollWidth - innerWidth]")
                assert max(over) <= 0, (name, width, over)
                height = w.page.locator("main").bounding_box()["height"]
                assert height > 560, (name, width, height)
                if name == "list":
                    assert w.page.locator(".results").bounding_box()["height"] > 300, width
                if name in ("trace", "deep"):
                    assert w.page.locator(".waterfall").bounding_box()["height"] >= 90, (name, width)
                    assert w.page.locator(".span.on .op").bounding_box()["width"] > 20, (name, width)
                w.shot(f"view-{name}-{width}-{scheme}")
                pictures += 1
    assert pictures == len(WIDTHS) * len(SCHEMES) * len(views(w)), pictures


def every_feature_works_at_every_width(w):
    fill(w)
    for width in WIDTHS:
        w.page.set_viewport_size({"width": width, "height": 844 if width == 390 else 900})
        w.open("?range=0")
        if width <= 900:
            w.page.click("[data-show=operations]")
        w.page.click("[data-operation=charge]")
        expect(w.page.locator(".histogram rect").first).to_be_visible()
        w.page.fill("#query", "error")
        w.page.press("#query", "Enter")
        expect(w.page.locator(".hit[data-trace]")).to_have_count(2)
        w.page.locator(".hit[data-trace] a").first.click()
        expect(w.page.locator(".side h2")).to_have_text("charge")
        w.page.locator(".span .op").first.click()
        expect(w.page.locator(".side h2")).to_have_text("post /orders")
        w.page.locator(".log").first.click()
        expect(w.page.locator(".span.lit")).to_have_count(1)
        w.page.locator("[data-do=expand]").select_option("none")
        expect(w.page.locator(".span")).to_have_count(1)
        w.page.click("[data-do=flame]")
        w.page.locator(".block").nth(2).click()
        expect(w.page.locator(".block.on")).to_have_count(1)
        w.page.click("[data-do=table]")
        w.page.click("[data-sort=longest]")
        w.page.locator("[data-row='0']").click()
        expect(w.page.locator(".side h2")).to_have_text("post /orders")
        w.page.click("nav [data-go=logs]")
        w.page.locator(".record").first.click()
        expect(w.page.locator(".unfolded dd").first).to_be_visible()
        w.page.click("nav [data-go=map]")
        w.page.fill(".map-tools input", "payment")
        expect(w.page.locator(".edge")).to_have_count(2)
        w.page.locator(".map-table button").first.click()
        expect(w.page.locator(".about-edge")).to_be_visible()
        w.page.select_option("#range", "between")
        w.page.click("#between [type=submit]")
        w.page.wait_for_url("**from=*")
        w.page.click("#zone")
        expect(w.page.locator("#zone")).to_contain_text("UTC+")
        w.page.click("#zone")
        w.page.click("#help")
        w.page.click("dialog button")


def axe_finds_nothing_in_any_view(w):
    fill(w)
    with open(AXE) as file:
        script = file.read()
    for width in WIDTHS:
        w.page.set_viewport_size({"width": width, "height": 844})
        for name, (query, wanted) in views(w).items():
            w.open(query)
            expect(w.page.locator(wanted).first).to_be_visible()
            if name == "logs":
                w.page.locator(".record").first.click()
            if name == "list":
                w.page.locator("[data-key]").first.evaluate("(e) => e.click()")
            # The page forbids scripts of others, so axe runs where the debugger evaluates.
            w.page.evaluate(script + "; undefined")
            for scheme in SCHEMES:
                w.page.emulate_media(color_scheme=scheme)
                found = w.page.evaluate("async () => (await axe.run()).violations.map((one) => [one.impact, one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + node.failureSummary.slice(0, 200))])")
                assert not found, (name, width, scheme, json.dumps(found, indent=1))


def the_keyboard_walks_every_view(w):
    fill(w)
    w.open("?range=0")
    expect(w.page.locator(".hit[data-trace]").first).to_be_visible()
    press = w.page.keyboard.press
    focused = lambda selector: w.page.evaluate("(selector) => document.activeElement.matches(selector)", selector)
    # From the top to the list in few steps, whatever it holds.
    steps = 0
    while not focused(".hit a"):
        press("Tab")
        steps += 1
        assert steps < 20, w.page.evaluate("document.activeElement.outerHTML")
    press("ArrowDown")
    press("ArrowDown")
    selected = w.page.locator(".hit.on").get_attribute("data-trace")
    assert focused(f".hit[data-trace='{selected}'] a")
    press("Enter")
    expect(w.page.locator(".span.on")).to_have_count(1)
    # Back, with the focus where it was.
    press("Escape")
    expect(w.page.locator(f".hit[data-trace='{selected}'] a")).to_be_focused()
    press("l")
    expect(w.page.locator(".record").first).to_be_visible()
    press("j")
    press("j")
    press("Enter")
    expect(w.page.locator(".unfolded")).to_have_count(1)
    press("m")
    expect(w.page.locator(".edge").first).to_be_visible()
    press("j")
    expect(w.page.locator(".about-edge")).to_be_visible()
    press("+")
    press("ArrowRight")
    press("0")
    press("t")
    w.trace()
    title = w.page.locator(".side h2")
    expect(title).to_have_text("charge")
    press("Home")
    expect(title).to_have_text("post /orders")
    press("n")
    expect(title).to_have_text("charge")
    before = w.page.locator(".span.on .bar").bounding_box()["width"]
    press("+")
    assert w.page.locator(".span.on .bar").bounding_box()["width"] > before * 1.2
    press("]")
    press("0")
    assert abs(w.page.locator(".span.on .bar").bounding_box()["width"] - before) < 2
    press("f")
    w.page.keyboard.type("score")
    expect(w.page.locator(".find [role=status]")).to_have_text("1 found")
    press("Enter")
    expect(title).to_have_text("score")
    press("Escape")
    press("x")
    expect(w.page.locator(".span")).to_have_count(1)
    w.page.wait_for_url("**show=none**")
    for key, wanted in (("g", ".block"), ("o", ".span-table [data-row]"), ("m", ".edge"), ("d", ".compare form"), ("w", ".span")):
        press(key)
        expect(w.page.locator(wanted).first).to_be_visible()
    press("g")
    w.page.locator(".block").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        press(key)
    expect(w.page.locator(".block.on")).to_contain_text("fulfil")
    press("s")
    expect(title).to_have_text("fulfil")
    w.page.locator(".divider").focus()
    left = w.page.locator(".divider").bounding_box()["x"]
    press("ArrowLeft")
    assert w.page.locator(".divider").bounding_box()["x"] < left
    # What is open under a key is in its address.
    url = w.page.url
    w.page.goto(w.url)
    w.page.goto(url)
    expect(title).to_have_text("fulfil")


def what_the_user_holds_stays_while_traces_come_in(w):
    for first in range(100, 300, 50):
        w.collector.post([span for number in range(first, first + 50) for span in order(number, now() - (1000 - number) * 100_000)[2]])
    w.open("?range=0")
    rows = w.page.locator(".hit[data-trace]")
    expect(rows.first).to_be_visible()
    w.page.locator(".results").evaluate("(e) => { e.scrollTop = 2000; }")
    w.page.wait_for_timeout(200)
    held = w.page.evaluate("() => { const box = document.querySelector('.results').getBoundingClientRect(); const row = document.elementFromPoint(box.x + 200, box.y + 200).closest('.hit'); row.querySelector('a').focus(); return row.dataset.trace; }")
    place = lambda: w.page.evaluate("(id) => document.querySelector(`.hit[data-trace='${id}']`).getBoundingClientRect().y", held)
    before = place()
    for number in range(100):
        w.collector.post(order(5000 + number, now())[2])
    expect(w.page.locator(".fresh")).to_have_text("100 new", timeout=15_000)
    assert place() == before
    assert w.page.evaluate("() => document.activeElement.closest('.hit').dataset.trace") == held
    assert w.page.evaluate("document.querySelector('.results').scrollTop") == 2000
    expect(w.page.locator(".hit.on")).to_have_attribute("data-trace", held)
    # A trace and back: the list is where it was.
    w.page.keyboard.press("Enter")
    expect(w.page.locator(".span").first).to_be_visible()
    w.page.go_back()
    expect(w.page.locator(f".hit[data-trace='{held}'] a")).to_be_focused()
    assert place() == before
    expect(w.page.locator(".fresh")).to_have_text("100 new")
    w.page.click(".fresh")
    expect(w.page.locator(".fresh")).to_be_hidden()
    expect(rows.first).to_contain_text("post /orders")
    assert w.page.evaluate("document.querySelector('.results').scrollTop") == 0


def an_open_trace_takes_in_late_spans(w):
    w.trace()
    w.page.locator("[data-do=expand]").select_option("none")
    w.page.keyboard.press("ArrowRight")
    w.page.locator(".waterfall").focus()
    late = {"traceId": w.slow, "id": "00000000000000ee", "parentId": w.slow_ids[1], "name": "came late", "timestamp": now() - 90_000_000, "duration": 4000, "localEndpoint": {"serviceName": "order"}}
    w.collector.post([late])
    w.collector.log([{"timestamp": stamp(now()), "level": "info", "trace_id": w.slow, "span_id": "00000000000000ee", "event": "late_line"}])
    expect(w.page.locator(".late-note")).to_contain_text("1 span", timeout=15_000)
    expect(w.page.locator(".late-note")).to_contain_text("1 log record", timeout=15_000)
    expect(w.page.locator(".log", has_text="late_line")).to_be_visible()
    assert w.page.locator(".span").count() <= 3, "what was collapsed stays collapsed"
    expect(w.page.locator(".waterfall")).to_be_focused()
    w.page.locator("[data-do=expand]").select_option("all")
    expect(w.page.locator(".span", has_text="came late")).to_be_visible()


def a_list_goes_on_to_its_end_and_finds_the_future(w):
    ahead = now() + 48 * 3_600_000_000
    w.collector.post([{"traceId": "f" * 31 + "e", "id": "1", "name": "ahead", "timestamp": ahead, "duration": 1000, "localEndpoint": {"serviceName": "fast-clock"}}])
    for first in range(0, 1100, 100):
        w.collector.post([{"traceId": f"{0xbeef0000 + number:032x}", "id": "1", "name": "many", "timestamp": now() - 60_000_000 - number * 1000, "duration": 1000, "localEndpoint": {"serviceName": "many"}} for number in range(first, first + 100)])
    w.open()
    expect(w.page.locator(".hit", has_text="ahead")).to_contain_text("in 1 d")
    w.open("?q=service%3Dmany&range=0")
    expect(w.page.locator(".results-bar [role=status]")).to_have_text("1\u202f100 found")
    last = w.page.locator(f".hit[data-trace='{0xbeef0000 + 1099:016x}']")
    for _ in range(100):
        w.page.locator(".results").evaluate("(e) => { e.scrollTop = e.scrollHeight; }")
        if last.count():
            break
        w.page.wait_for_timeout(100)
    expect(last).to_be_visible()
    # One trace of another day does not flatten the others' bars.
    w.open("?range=0")
    wide = w.page.locator(f".hit[data-trace='{w.orders[50][0]}'] .meter i").bounding_box()
    assert wide["width"] > 10, wide
    # From and to, in UTC and in the browser's own time.
    w.page.select_option("#range", "between")
    w.page.fill("#between-from", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ahead // 10**6 - 3600)))
    w.page.fill("#between-to", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ahead // 10**6 + 3600)))
    w.page.click("#between [type=submit]")
    expect(w.page.locator(".hit[data-trace]")).to_have_count(1)
    expect(w.page.locator(".scatter")).to_contain_text("Z")


def nothing_found_names_what_is_near(w):
    w.open("?q=service%3Dgatewy+error")
    button = w.page.locator(".near button", has_text="service=gateway error")
    expect(button).to_be_visible()
    expect(w.page.locator(".near")).to_contain_text("without service=gatewy")
    button.click()
    expect(w.page.locator(".hit[data-trace]")).to_have_count(2)


def a_long_and_deep_trace_keeps_its_names(w):
    w.collector.post(deep(now() - 10_000_000))
    w.open(f"?trace={DEEP}&span={60:016x}")
    name = w.page.locator(".span.on .op")
    expect(name).to_have_text("level 59")
    assert name.evaluate("(e) => e.scrollWidth <= e.clientWidth"), "the name is whole"
    expect(w.page.locator(".crumbs")).to_contain_text("55 more")
    w.page.locator(".crumb", has_text="level 58").click()
    expect(w.page.locator(".side h2")).to_have_text("level 58")
    # A value can be searched for.
    w.page.locator(".tags dd").hover()
    w.page.click("[aria-label='Search for this value of depth']")
    expect(w.page.locator(".hit[data-trace]")).to_have_count(1)
    assert "depth%3D58" in w.page.url
    w.collector.post([{"traceId": "e" * 32, "id": "1", "name": "long", "timestamp": now(), "duration": 1000, "localEndpoint": {"serviceName": "a"}, "tags": {"text": "x" * 10_000}}])
    w.open(f"?trace={'e' * 32}")
    expect(w.page.locator(".tags .long summary")).to_contain_text("10\u202f000 characters")
    expect(w.page.locator(".logs")).to_be_hidden()


def five_thousand_spans_in_every_view(w):
    start = now()
    spans = [{"traceId": "5" * 32, "id": f"{index + 1:016x}", "name": f"step {index % 40}", "timestamp": start + index * 20, "duration": 2_000_000 - index * 20 if index < 30 else 400, "kind": "SERVER",
              "localEndpoint": {"serviceName": f"service-{index % 60}"}, **({"parentId": f"{(index if index < 30 else index // 30 + 1):016x}"} if index else {})} for index in range(5000)]
    w.collector.post(spans)
    for view, wanted in (("", ".span"), ("flame", ".block"), ("table", "[data-row]"), ("map", ".edge")):
        begun = time.monotonic()
        w.open(f"?trace={'5' * 32}&view={view}")
        expect(w.page.locator(wanted).first).to_be_visible()
        assert time.monotonic() - begun < 10, view
        w.shot(f"5000-{view or 'waterfall'}")
    w.open(f"?trace={'5' * 32}&find=service-59+step+39")
    expect(w.page.locator(".find [role=status]")).to_have_text("41 found")


def one_far_span_does_not_flatten_a_trace(w):
    start = now() - 10_000_000
    spans = [{"traceId": "4" * 32, "id": f"{index + 1:016x}", **({"parentId": f"{1:016x}"} if index else {}), "name": f"part {index}", "timestamp": start + index * 1000 + (172_800_000_000 if index == 7 else 0), "duration": 20_000 if index == 0 else 900, "localEndpoint": {"serviceName": "a"}} for index in range(12)]
    w.collector.post(spans)
    w.open(f"?trace={'4' * 32}")
    expect(w.page.locator(".note", has_text="far from all others")).to_be_visible()
    assert w.page.locator(f"[data-span='{1:016x}'] .bar").bounding_box()["width"] > 200
    expect(w.page.locator(f"[data-span='{8:016x}'] .took.away")).to_contain_text("later")
    w.page.click("text=show the whole time")
    assert w.page.locator(f"[data-span='{1:016x}'] .bar").bounding_box()["width"] < 10


def log_records_are_a_view_of_their_own(w):
    fill(w)
    w.page.goto(f"{w.url}/?view=logs")
    expect(w.page.locator(".record")).to_have_count(102)
    expect(w.page.locator(".record.warning", has_text="loose 1").first).to_be_visible()
    w.page.click("[data-level=error]")
    expect(w.page.locator(".record")).to_have_count(10)
    w.page.fill("#query", "host.name=h1 level>=warning not loose_5 event~^loose")
    w.page.press("#query", "Enter")
    expect(w.page.locator(".record")).to_have_count(20)
    w.page.locator(".record").first.click()
    expect(w.page.locator(".unfolded")).to_contain_text("without a trace")
    # Live: what comes in waits while the pointer holds the list.
    w.page.fill("#query", "")
    w.page.press("#query", "Enter")
    expect(w.page.locator(".record")).to_have_count(102)
    w.page.locator(".record").nth(3).hover()
    w.collector.log([{"timestamp": stamp(now()), "level": "FATAL", "event": "newest"}])
    expect(w.page.locator(".fresh")).to_have_text("1 new", timeout=15_000)
    w.page.mouse.move(5, 5)
    expect(w.page.locator(".fresh")).to_be_hidden()
    expect(w.page.locator(".record.critical")).to_contain_text("newest")
    w.page.fill("#query", "event=payment_timeout")
    w.page.press("#query", "Enter")
    w.page.locator(".record").first.click()
    w.page.locator(".unfolded a").click()
    expect(w.page.locator(".side h2")).to_have_text("charge")
    w.collector.request("/logs", "no json\n")
    w.page.goto(f"{w.url}/?view=logs&q=nothing_like_it")
    expect(w.page.locator(".empty")).to_contain_text("No record matches")
    expect(w.page.locator("#status")).to_contain_text("1 lines dropped")


def a_trace_page_counts_as_the_store_does(w):
    with Collector(binary()) as other:
        _, _, spans, _ = order(7, now(), slow=True)
        ends = [{"serviceName": name, "ipv4": f"10.1.0.{n}"} for n, name in enumerate(["here", "there"], 1)]
        more = [
            {"traceId": spans[0]["traceId"], "id": "a1", "parentId": spans[1]["id"], "kind": "CLIENT", "name": "ask", "timestamp": now(), "duration": 9000, "localEndpoint": {"serviceName": "order"}, "remoteEndpoint": {"serviceName": "db"}},
            {"traceId": spans[0]["traceId"], "id": "a2", "parentId": spans[1]["id"], "kind": "CLIENT", "name": "call", "timestamp": now(), "duration": 9000, "localEndpoint": ends[0], "tags": {"error": "reset"}},
            {"traceId": spans[0]["traceId"], "id": "a2", "kind": "SERVER", "shared": True, "name": "answer", "timestamp": now() - 700_000, "duration": 8000, "localEndpoint": ends[1]}]
        other.post(spans + more)
        other.post(spans[2:] + more[:1])
        range_ = f"endTs={now() // 1000 + 60_000}&lookback=3600000"
        links = {(one["parent"], one["child"]): (one["callCount"], one.get("errorCount", 0)) for one in json.loads(other.request(f"/api/v2/dependencies?{range_}")[1])}
        listed = json.loads(other.request(f"/api/spoor/search?{range_}")[1])["traces"][0]
        page = w.browser.new_page()
        page.goto(f"{other.url}/?trace={listed['id']}&view=map")
        expect(page.locator(".map-table tbody tr").first).to_be_visible()
        cells = page.locator(".map-table tbody tr").evaluate_all("(rows) => rows.map((row) => [...row.querySelectorAll('bdi')].map((e) => e.innerText).concat([...row.querySelectorAll('td')].slice(0, 2).map((e) => Number(e.innerText))))")
        assert {(one[0], one[1]): (one[2], one[3]) for one in cells} == links, (cells, links)
        expect(page.locator(".facts")).to_contain_text(f"{listed['spans']} spans")
        expect(page.locator(".facts")).to_contain_text(f"{listed['errors']} errors")
        page.goto(f"{other.url}/?range=0")
        took = page.locator(".hit[data-trace] .duration").inner_text()
        page.goto(f"{other.url}/?trace={listed['id']}")
        expect(page.locator(".facts")).to_contain_text(took)
        page.close()


def files_of_other_formats_are_shown(w):
    trace, ids, spans, logs = order(3000, 1_700_000_000_000_000, slow=True)
    upper = [{**one, "traceId": one["traceId"].upper(), "id": one["id"].upper(), **({"parentId": one["parentId"].upper()} if "parentId" in one else {})} for one in spans]
    otlp = {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": one["localEndpoint"]["serviceName"]}}]}, "scopeSpans": [{"spans": [
        {"traceId": one["traceId"], "spanId": one["id"], "parentSpanId": one.get("parentId", ""), "name": one["name"], "kind": 2, "startTimeUnixNano": str(one["timestamp"] * 1000), "endTimeUnixNano": str((one["timestamp"] + one["duration"]) * 1000),
         "status": {"code": 2, "message": one["tags"]["error"]} if "error" in one["tags"] else {}}]}]} for one in spans]}
    jaeger = {"data": [{"traceID": trace, "processes": {f"p{n}": {"serviceName": one["localEndpoint"]["serviceName"]} for n, one in enumerate(spans)}, "spans": [
        {"traceID": trace, "spanID": one["id"], "operationName": one["name"], "startTime": one["timestamp"], "duration": one["duration"], "processID": f"p{n}", "references": [{"refType": "CHILD_OF", "traceID": trace, "spanID": one["parentId"]}] if "parentId" in one else [],
         "tags": [{"key": key, "type": "string", "value": value} for key, value in one["tags"].items()], "logs": []} for n, one in enumerate(spans)]}]}
    w.open()
    for name, content in (("upper.json", json.dumps(upper)), ("otlp.json", json.dumps(otlp)), ("jaeger.json", json.dumps(jaeger)), ("packed.json.gz", gzip.compress(json.dumps(spans).encode()))):
        w.open()
        w.drop(name, content)
        expect(w.page.locator(".span")).to_have_count(6)
        expect(w.page.locator(".facts")).to_contain_text("6 services")
        expect(w.page.locator(".span.on .op")).to_have_text("charge")
    # A trace with its log records, saved and taken back.
    w.trace()
    with w.page.expect_download() as download:
        w.page.click("[data-do=whole]")
    with open(download.value.path()) as file:
        whole = file.read()
    w.open()
    w.drop("whole.json", whole.replace(w.slow, "7" * 32))
    expect(w.page.locator(".span")).to_have_count(6)
    expect(w.page.locator(".log")).to_have_count(2)


def a_file_is_shown_with_the_collector_gone(w):
    with Collector(binary()) as other:
        page = w.browser.new_page()
        page.goto(other.url)
        expect(page.locator(".empty")).to_contain_text("Nothing received yet")
        page.wait_for_timeout(500)
        other.process.kill()
        expect(page.locator("#live")).to_contain_text("retrying", timeout=20_000)
        page.set_input_files("#file", {"name": "t.json", "mimeType": "application/json", "buffer": json.dumps(order(1, 1_700_000_000_000_000)[2]).encode()})
        expect(page.locator(".span")).to_have_count(6)
        page.keyboard.press("g")
        expect(page.locator(".block").first).to_be_visible()
        page.close()


def links_of_zipkins_page_lead_here(w):
    parameters = urllib.parse.urlencode({"serviceName": "payment", "spanName": "charge", "minDuration": "300ms", "annotationQuery": "retry.count=2 and error", "lookback": "1h"})
    w.page.goto(f"{w.url}/zipkin/?{parameters}")
    expect(w.page.locator(".hit[data-trace]")).to_have_count(2)
    expect(w.page.locator("#query")).to_have_value("service=payment name=charge span.duration>=300ms retry.count=2 error")
    w.page.goto(f"{w.url}/zipkin/traces/{w.slow}")
    expect(w.page.locator("h1")).to_have_text("post /orders")


if __name__ == "__main__":
    main(dict(globals()))
