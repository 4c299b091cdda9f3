#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Renders Benchmarks/results into Benchmarks/README.md, Benchmarks/lines.svg and the figures in README.md.

    render.py [--check]     with --check nothing is written; fails if a file differs from the results
"""
import json, os, re, sys

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)


def load(name):
    path = f"{here}/results/{name}.json"
    return json.load(open(path)) if os.path.exists(path) else None


def number(value):
    return f"{value:,.0f}".replace(",", " ") if isinstance(value, (int, float)) and abs(value) >= 100 else f"{value:g}"


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
                     + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def source(result):
    load = f", load {result['load']:.1f}" if "load" in result else ""
    return f"{result['cpu']}, {result['cores']} cores{load}, {result['date']}: `{result['command']}`\n"


def hot(result):
    columns = [("Spoor", "spoor"), ("with `SPOOR_RUNTIME_SHORTCUTS=0`", "spoor, without shortcuts"),
               ("minimal tracer", "the least tracer"), ("the API alone", "the APIs without a backend"),
               ("Spoor, not sampled", "spoor, not sampled"), ("minimal tracer, not sampled", "the least tracer, not sampled")]
    columns = [(head, key) for head, key in columns if key in result]
    rows = [[name, *(number(result[key][name]) if name in result.get(key, {}) else "" for _, key in columns),
             f"{result['allocations'][name]:.1f}"] for name in result["spoor"]]
    peers = [[name, number(cost)] for name, cost in result["peers"].items()]
    return (f"## What an operation costs its caller\n\nNanoseconds of processor time of the calling thread, median of "
            f"{result['turns']} turns. The minimal tracer makes ids, sets them in the context, reads the clock twice and keeps "
            "the attributes in the API's own type; it records and sends nothing. The API alone is swift-distributed-tracing "
            f"without a backend, and swift-log with a handler that discards records. {source(result)}\n"
            + table(["operation", *(head for head, _ in columns), "allocations"], rows)
            + "\nOther libraries in the same run, with sinks that discard:\n\n" + table(["library", "ns"], peers))


def ceilings(result):
    """The project's targets, for a machine on which an empty `withSpan` costs 220 ns, and the results."""
    spoor, peers, least = result["spoor"], result["peers"], result["the least tracer"]
    unsampled, alone = result["spoor, not sampled"], result["the APIs without a backend"]

    def row(what, asked, cost, *beside):
        return [what, asked, number(cost), "; ".join(f"{cost / other:.2f} of {name} ({number(other)})" for name, other in beside)]

    zipkin_go, otel_go = peers["zipkin-go span, 3 tags"], peers["OpenTelemetry Go span, 3 attributes"]
    rows = [
        row("span, 3 attributes, global `withSpan`", "1 200", spoor["span, 3 attributes"],
            ("the minimal tracer", least["span, 3 attributes"]), ("OpenTelemetry Go", otel_go)),
        row("span on the tracer's own type, 3 attributes set directly", "500",
            spoor["concrete span, 3 attributes set directly"], ("zipkin-go", zipkin_go), ("OpenTelemetry Go", otel_go)),
        row("unsampled span, 0 attributes", "300", unsampled["span, 0 attributes"],
            ("the minimal tracer", result["the least tracer, not sampled"]["span, 0 attributes"]),
            ("the API alone", alone["span, 0 attributes"])),
        row("unsampled span on the tracer's own type", "300", unsampled["concrete span, 0 attributes"]),
        row("typed event, 5 fields", "130", spoor["typed event, 5 fields"], ("zerolog", peers["zerolog, 6 fields"]),
            ("spdlog", peers["spdlog, 6 fields"])),
        row("swift-log record, 3 fields", "450", spoor["log, 3 fields"], ("zap", peers["zap, 6 fields"]),
            ("the API alone", alone["log, 3 fields"])),
    ]
    sent = (load("delivery") or {}).get("spans", {})
    for what, asked, name, peer in [
        ("span until delivered, full rate", "1 700", "full rate, journal in memory", "OpenTelemetry Python, full rate"),
        ("span until delivered, full rate, 4 threads", "1 700", "full rate, 4 threads", "OpenTelemetry Python, full rate"),
        ("span until delivered, 5 per millisecond", "4 000", "5 000 spans a second", "OpenTelemetry Python, 5 000 spans a second"),
        ("span until delivered, 5 per millisecond, 4 threads", "4 000", "5 000 spans a second, 4 threads", "OpenTelemetry Python, 5 000 spans a second"),
    ]:
        if name not in sent:
            continue
        cost, beside = sent[name]["cpu_ns_per_span"], [("OpenTelemetry Python", sent[peer]["cpu_ns_per_span"])]
        rows.append(row(what, asked, cost, *beside))
        if "waiting_alone_ns_per_span" in sent[name]:
            rows[-1][3] += f"; {number(cost - sent[name]['waiting_alone_ns_per_span'])} without the waiting"
    return ("## Targets\n\nThe project's targets in ns, for a machine on which an empty `withSpan` without a backend costs 220 ns "
            f"(here {number(alone['span, 0 attributes'])}), and the results. Comparisons are from the same run.\n\n"
            + table(["", "target", "measured", "compared with others"], rows))


def delivery(result):
    spans = [[name, number(run["cpu_ns_per_span"]),
              number(run["waiting_alone_ns_per_span"]) if "waiting_alone_ns_per_span" in run else "",
              run["lost"], run["bytes_per_span"], number(run["peak_memory_mib"])]
             for name, run in result["spans"].items()]
    lines = [[name, f"{run['wall_s']:.2f}", number(run["cpu_ns_per_line"]), run["lost"]]
             for name, run in result["lines"].items()]
    return (f"## Until delivered\n\n{result['what'][0].upper() + result['what'][1:]}. Median of {result['turns']} turns. "
            f"{source(result)}\n" + table(["100 000 spans", "ns per span", "of this, waiting alone", "lost", "bytes sent per span", "peak MiB"], spans)
            + "\n" + table(["1 000 000 lines into a pipe", "seconds", "ns per line, all threads", "lost"], lines)
            + "\n![Seconds for a million lines](lines.svg)\n")


def curves(result):
    parts = []
    for name, points in result["curves"].items():
        more = {"waiting_alone_ns_per_span": "of this, waiting alone"}
        more = {key: head for key, head in more.items() if all(key in point for point in points.values())}
        parts.append(table([name, "ns per span", *more.values(), "delivered, %", "bytes sent per span"],
                           [[n, number(point["cpu_ns_per_span"]), *(number(point[key]) for key in more),
                             point["delivered_percent"], point["bytes_per_span"]] for n, point in points.items()]))
    return (f"## As work grows\n\n{result['what'][0].upper() + result['what'][1:]}. Median of {result['turns']} turns. "
            f"{source(result)}\n![Cost per span as work grows](curves.svg)\n\n" + "\n".join(parts))


def curves_plot(result):
    blocks, y = [], 34
    for name, points in result["curves"].items():
        # Each group has its own scale; a common one would make the cheaper groups invisible.
        longest = max(point["cpu_ns_per_span"] for point in points.values())
        blocks.append(f'<text x="8" y="{y + 12}" class="head">{name}</text>')
        y += 20
        for n, point in points.items():
            width = 420 * point["cpu_ns_per_span"] / longest
            blocks.append(f'<text x="66" y="{y + 12}" text-anchor="end">{n}</text>'
                          f'<rect x="74" y="{y}" width="{width:.0f}" height="16" rx="3" fill="#d9661f"/>'
                          f'<text x="{80 + width:.0f}" y="{y + 12}">{number(point["cpu_ns_per_span"])} ns</text>')
            y += 21
        y += 8
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="{y}" viewBox="0 0 600 {y}" role="img" '
            'aria-label="Cost per span as work grows">\n<style>text { font: 12px sans-serif; fill: #3c4149 } '
            '.head { font-weight: 600 } @media (prefers-color-scheme: dark) { text { fill: #d5d8dd } }</style>\n'
            '<text x="8" y="18">Processor time of all threads per span until a collector has it; each group has its own scale</text>\n'
            + "\n".join(blocks)
            + "\n</svg>\n")


def journal(result):
    ratio = result["file_to_memory"]
    return (f"## The journal in a file\n\n{number(result['ns_per_span']['memory'])} ns per span with the journal in memory, "
            f"{number(result['ns_per_span']['file'])} in a file: a ratio of {ratio['median']} in the median of "
            f"{result['pairs']} pairs ({ratio['min']} to {ratio['max']}). {source(result)}")


def throw(result):
    more = result["more_with_the_capture_armed"]
    return (f"## A captured throw\n\n{more['inside a span']} ns more inside a span and {more['outside a span']} outside, in addition to "
            f"{result['ns_per_throw']['inside a span, not armed']} ns for a throw caught 10 calls up. {source(result)}")


def orderflow(result):
    cost, times, ratio = result["processor_ms_per_order"], result["p50_ms"], result["all_to_off"]
    return (f"## An order\n\n{result['what'][0].upper() + result['what'][1:]}. {number(result['orders_per_run'])} orders per run, "
            f"{result['orders_per_second']} per second, {result['pairs']} pairs. {source(result)}\n"
            + table(["", "processor ms per order", "p50 ms"],
                    [["no spans", f"{cost['off']:.3f}", f"{times['off']:.2f}"],
                     ["every span recorded and sent", f"{cost['all']:.3f}", f"{times['all']:.2f}"]])
            + f"\n{ratio['median']} is the ratio in the median of the pairs ({ratio['min']} to {ratio['max']}).\n")


def stack_names(result):
    rows = [[row["addresses"], f"`{row['tool']}`", number(row["cpu_ms"]), number(row["wall_ms"]), row["anonymous_mb"]]
            for row in result["rows"]]
    service = [[count, number(round(each["first_ms"], 1)), f"{each['median_ms'] * 1000:.0f} µs", f"{each['p99_ms']:.2f}",
                f"{each['worst_ms']:.2f}", f"{each['grew_kb'] / 1024:.1f}"]
               for count, each in result["service"].items() if int(count) > 1]
    same = ", ".join(f"{same} of {count}" for count, same in result["same_places_as_llvm_symbolizer"].items())
    return (f"## Names of stacks\n\nThe names of one address, of a stack and of 2 000 random addresses in the release build of the order "
            f"flow ({result['program_mb']} MB, {number(result['functions'])} functions), each tool in a process of its own. Same files and "
            f"lines as llvm-symbolizer: {same} addresses. {source(result)}\n"
            + table(["addresses", "tool", "processor ms", "wall ms", "anonymous memory, MB"], rows)
            + "\nThe reader inside a service, one address after another, ms of processor time:\n\n"
            + table(["addresses", "the first", "median of the others", "99 %", "worst", "memory grew, MB"], service))


def first_failure(result):
    rows = [[row["service"], row["grew_mb"], row["names_mb"], row["processor_ms"], row["names_ms"], row["names_after_ms"],
             f"`{row['first_frame']}`"] for row in result["rows"]]
    return (f"## The first failure of a service\n\n`order-flow run log-record` in release: a payment times out in services that have just "
            f"started. Growth of anonymous memory and processor time from \"service_started\" to the end, in MB and ms, the largest of "
            f"{result['pairs']} runs; in brackets the reading of names: memory as the median difference to runs with "
            f"`SPOOR_STACK_NAMES=off`, processor time of the threads `spoor-stacks` and `spoor-names`. {source(result)}\n"
            + table(["service", "grew by", "(names)", "processor ms", "(names)", "names after, ms", "first frame"], rows)
            + f"\nTools for the {result['addresses']} addresses of these stacks, each in a process of its own, in the same run:\n\n"
            + table(["tool", "processor ms", "wall ms", "anonymous memory, MB"],
                    [[f"`{each['tool']}`", number(each["cpu_ms"]), number(each["wall_ms"]), each["anonymous_mb"]]
                     for each in result["tools"]]))


def first_failures(result):
    frames = [[path, f"`{frame}`"] for path, frame in result["first_frame_of_first_record"].items()]
    return (f"## A fresh service under load\n\n{number(result['requests'])} requests of 50 connections in turn to seven paths, of which five "
            f"fail, right after the start ({number(result['requests_per_second'])} a second): {number(result['failures'])} failures with "
            f"{number(result['failure_records'])} records, {number(result['spans_started'])} spans started, "
            f"{number(result['spans_received'])} received, {result['spans_dropped']} dropped. {source(result)}\n"
            + table(["path", "first frame of its first record"], frames))


def first_failure_p99(result):
    rows = [[f"`SPOOR_STACK_NAMES={name}`", *(f"{value:.1f}" for value in values), f"{result['rise_ms'][name]['median']:.1f}"]
            for name, values in result["p99_ms"].items()]
    seconds = len(rows[0]) - 2
    return (f"## Latency around the first failure\n\nA service in half a core, 99th percentile of each second in ms; the first failure is "
            f"at the beginning of second 6. The last column is the rise of that second over the ones before. {source(result)}\n"
            + table(["", *(str(second + 1) for second in range(seconds)), "rise"], rows))


def live(result):
    rows = [[name, *(number(window[key]) if key in window else "" for key in ("read_ms", "slowest_read_ms")),
             *(number(window[key]) for key in ("p50_us", "p99_us", "p99.9_us", "worst_us", "worst_of_all_us", "stall_us"))]
            for name, window in result["windows"].items()]
    return (f"## What is in flight\n\n{result['what'][0].upper() + result['what'][1:]}. Operations of the process in µs, one window of "
            f"work each turn, median of {result['turns']} turns; a stall is the longest time in which the recording thread did not run. "
            "The reader of a copy takes as much of the machine without touching the process's file: what `--live` costs the process "
            f"is the difference to it. The agent's page took {number(result['agents_page_ms'])} ms. {source(result)}\n"
            + table(["in the window", "read in, ms", "slowest read", "p50", "p99", "p99.9", "worst", "worst of all turns", "stall"], rows))


def latency(result):
    percentiles = list(result["rows"][0]["us"])
    rows = [[row["condition"], row["library"], row["operation"], *(number(row["us"][key]) for key in percentiles)]
            for row in result["rows"]]
    return (f"## How long an operation keeps its caller\n\n{result['what'][0].upper() + result['what'][1:]}. Percentiles of "
            f"HdrHistograms in µs, median of {result['turns']} turns of {result['seconds']} s; the log goes to a file. The clock alone "
            "shows how long the machine keeps a thread from running, which every other row has as well. In the row of the first "
            f"failure it is one of the records. {source(result)}\n"
            + table(["while", "library", "operation", *(f"{key} %" if key != "100" else "worst" for key in percentiles)], rows))


def service(result):
    rows = [[name, number(each["closed"]["requests_per_second"]), *(number(each["closed"][key]) for key in ("p50_ms", "p99_ms", "processor_us")),
             *(number(each["open"][key]) for key in ("p50_ms", "p99_ms", "p99.9_ms", "processor_us")), each["peak_mib"]]
            for name, each in result["services"].items()]
    spans = "; ".join(f"{name}: {number(each['started'])} spans, {each['missing']} missing" for name, each in result["spans"].items())
    return (f"## A service under load\n\n{result['what'][0].upper() + result['what'][1:]}. Median of {result['turns']} turns, memory at most. "
            "Compare the rows of one language: the services in Go are built on another server. Debian's OpenTelemetry for Go sends in "
            f"Jaeger's format. {spans}. {source(result)}\n"
            + table(["service", "requests a second", "p50, ms", "p99, ms", "processor, µs", "open loop: p50, ms", "p99, ms", "p99.9, ms",
                     "processor, µs", "peak, MiB"], rows))


def endings(result):
    jobs = [[name, f"{each['last_span_within_200_ms']} of {each['runs']}", each["last_span_ms"], each["slowest_last_span_ms"],
             each["whole_process_ms"], each["missing_spans"], each["missing_lines"]] for name, each in result["jobs"].items()]
    stopped = [[name, each["processes"], each["requests_while_stopped"], each["requests_after"], each["most_requests_of_one"],
                each["flush_ms"], each["slowest_flush_ms"], each["missing_spans"], each["missing_lines"]]
               for name, each in result["stopped"].items()]
    seconds = next(iter(result["stopped"].values()))["stopped_s"]
    return (f"## Processes that end or freeze\n\nA batch job calls `exit(0)` right after the last of its three spans; the times are "
            f"from the end of that span until the collector has it. {source(result)}\n"
            + table(["collector", "within 200 ms", "median, ms", "slowest, ms", "whole process, ms", "missing spans", "missing lines"], jobs)
            + f"\nProcesses that are stopped (SIGSTOP) side by side, each right after an answer with a flush, and continued after "
            f"{seconds:g} seconds; requests in the ten seconds after that:\n\n"
            + table(["collector", "processes", "requests while stopped", "requests after", "most of one process", "flush, ms", "slowest flush",
                     "missing spans", "missing lines"], stopped))


def other(name, result):
    text = json.dumps({key: value for key, value in result.items() if key not in ("what", "command", "date", "cpu", "cores")},
                      indent=2)
    what = result.get("what")
    described = f"{what[0].upper() + what[1:]}. " if what else ""
    measured = source(result) if {"cpu", "cores", "date", "command"} <= result.keys() else ""
    return f"## {name[0].upper() + name[1:].replace('-', ' ')}\n\n{described}{measured}\n```json\n{text}\n```\n"


def plot(result):
    runs = sorted(result["lines"].items(), key=lambda item: item[1]["wall_s"])
    longest = max(run["wall_s"] for _, run in runs)
    bars = []
    for row, (name, run) in enumerate(runs):
        y, width = 34 + row * 28, 420 * run["wall_s"] / longest
        colour = "#d9661f" if name.startswith("spoor") else "#8a8f98"
        bars.append(f'<text x="146" y="{y + 14}" text-anchor="end">{name}</text>'
                    f'<rect x="154" y="{y}" width="{width:.0f}" height="20" rx="3" fill="{colour}"/>'
                    f'<text x="{160 + width:.0f}" y="{y + 14}">{run["wall_s"]:.2f} s</text>')
    height = 46 + len(runs) * 28
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="660" height="{height}" viewBox="0 0 660 {height}" role="img" '
            'aria-label="Seconds for a million lines into a pipe">\n<style>text { font: 13px sans-serif; fill: #3c4149 } '
            '@media (prefers-color-scheme: dark) { text { fill: #d5d8dd } }</style>\n'
            '<text x="8" y="20">A million JSON lines through a pipe into cat</text>\n' + "\n".join(bars) + "\n</svg>\n")


def summary(hot_result, delivery_result):
    cost, peers = hot_result["spoor"], hot_result["peers"]
    spans, lines = delivery_result["spans"], delivery_result["lines"]
    rows = [
        ["a span with 3 attributes, `withSpan`", f"{number(cost['span, 3 attributes'])} ns",
         f"OpenTelemetry Go {number(peers['OpenTelemetry Go span, 3 attributes'])} ns (queued, neither encoded nor sent)"],
        ["a span with 3 attributes set directly on `SpoorSpan`", f"{number(cost['concrete span, 3 attributes set directly'])} ns",
         f"zipkin-go {number(peers['zipkin-go span, 3 tags'])} ns (discarded)"],
        ["a typed event with 5 fields", f"{number(cost['typed event, 5 fields'])} ns",
         f"zerolog {number(peers['zerolog, 6 fields'])} ns, spdlog {number(peers['spdlog, 6 fields'])} ns (discarded)"],
        ["a swift-log record with 3 fields", f"{number(cost['log, 3 fields'])} ns", f"zap {number(peers['zap, 6 fields'])} ns (discarded)"],
        ["a span until the collector has it, all threads",
         f"{number(spans['full rate, journal in a file']['cpu_ns_per_span'])} ns, "
         f"{spans['full rate, journal in a file']['lost']} of 100 000 lost", ""],
        ["a million lines into a pipe", f"{lines['spoor, EventLog']['wall_s']:.2f} s, through swift-log {lines['spoor, swift-log']['wall_s']:.2f} s",
         f"zerolog {lines['zerolog']['wall_s']:.2f} s, spdlog {lines['spdlog']['wall_s']:.2f} s"],
    ]
    return (table(["", "Spoor", "other libraries, same run"], rows)
            + f"\n{hot_result['cpu']}, {hot_result['cores']} cores, {hot_result['date']}; "
            "`scripts/bench.sh hot` and `delivery`; all figures in [Benchmarks](Benchmarks/README.md).\n")


known = {"hot": lambda result: hot(result) + "\n" + ceilings(result), "delivery": delivery, "curves": curves, "journal": journal, "throw": throw,
         "names": stack_names, "first_failure": first_failure, "first_failures": first_failures, "first_failure_p99": first_failure_p99,
         "live": live, "latency": latency, "service": service, "endings": endings, "orderflow": orderflow}
names = [name for name in known if load(name)] + sorted(
    entry[:-5] for entry in os.listdir(f"{here}/results") if entry.endswith(".json") and entry[:-5] not in known)
pages = {f"{here}/README.md": "# Benchmarks\n\n`Benchmarks/render.py` writes this page from `Benchmarks/results`; the commands repeat the "
         "measurements. The machine is shared, so compare within a table, not between machines.\n\n"
         + "\n".join(known[name](load(name)) if name in known else other(name, load(name)) for name in names)}
if load("delivery"):
    pages[f"{here}/lines.svg"] = plot(load("delivery"))
if load("curves"):
    pages[f"{here}/curves.svg"] = curves_plot(load("curves"))
if load("hot") and load("delivery"):
    readme = open(f"{root}/README.md").read()
    pages[f"{root}/README.md"] = re.sub(
        r"(<!-- figures:begin -->\n).*?(<!-- figures:end -->)",
        lambda match: match[1] + summary(load("hot"), load("delivery")) + match[2], readme, flags=re.S)
stale = [path for path, text in pages.items() if not os.path.exists(path) or open(path).read() != text]
if "--check" in sys.argv:
    for path in stale:
        print(f"{os.path.relpath(path, root)} must match Benchmarks/results, but differs; run Benchmarks/render.py")
    sys.exit(bool(stale))
for path in stale:
    with open(path, "w") as file:
        file.write(pages[path])
    print(f"written: {os.path.relpath(path, root)}")
