# SPDX-License-Identifier: Apache-2.0

"""Measures a collector: python collect.py SPOOR SECONDS RESULT

Spans per second over two connections in batches of 500, on processors shared with this client; processor time and memory;
the time of searches over a million spans; the time until it is ready. The spans are orders: six spans of six services per
trace, in bodies that are prepared before: Zipkin's JSON, then the same orders by Zipkin's JSON and OTLP's protobuf in
turn, each time with an empty store. The interpreter is that of `scripts/python-env.sh otlp`.
"""

import http.client
import json
import os
import re
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tools/Tests/Page"))

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2  # noqa: E402

from collector import Collector, order  # noqa: E402

JSON = ("/api/v2/spans", "application/json", 202)
PROTOBUF = ("/v1/traces", "application/x-protobuf", 200)
BATCH = 500
WHOLE = 1_000_000
SEARCHES = {
    "newest": "", "failed": "error", "service": "service=risk", "service and name": "service=payment name=charge",
    "slow": "duration>400ms", "a tag that one trace has": "order.id=ORD77", "a tag that none has": "order.id=NONE",
    "an error by a service": "service=payment error", "a word that many traces have": "reserve",
    "a word that none has": "payment_declined", "an event that none has": "event=payment_declined", "a number as a word": "ORD7731",
}


def otlp(spans):
    """An export request of Zipkin's spans: a resource for each service, what looks like a number as one."""
    request = trace_service_pb2.ExportTraceServiceRequest()
    scopes = {}
    for span in spans:
        service = span["localEndpoint"]["serviceName"]
        if service not in scopes:
            resource = request.resource_spans.add()
            resource.resource.attributes.add(key="service.name").value.string_value = service
            resource.resource.attributes.add(key="host.ip").value.string_value = span["localEndpoint"]["ipv4"]
            scopes[service] = resource.scope_spans.add()
            scopes[service].scope.name = "orders"
        trace_id = bytes.fromhex(span["traceId"])
        start = span["timestamp"] * 1000
        made = scopes[service].spans.add(
            trace_id=trace_id[:8] + b"@@@@" + trace_id[12:], span_id=bytes.fromhex(span["id"]), parent_span_id=bytes.fromhex(span.get("parentId", "")),
            name=span["name"], kind={"SERVER": 2, "CLIENT": 3, "CONSUMER": 5}.get(span.get("kind"), 1), start_time_unix_nano=start,
            end_time_unix_nano=start + span["duration"] * 1000, flags=0x101)
        for key, text in span["tags"].items():
            value = made.attributes.add(key=key).value
            if text.isdigit():
                value.int_value = int(text)
            else:
                value.string_value = text
        if "error" in span["tags"]:
            made.status.code = 2
            made.status.message = span["tags"]["error"]
    return request.SerializeToString()


def bodies(count):
    """Bodies in JSON and in protobuf with four open bytes in each trace id, so that each round has its own traces."""
    made = []
    protobuf = []
    number = 0
    now = int(time.time() * 1e6) - 60_000_000
    for _ in range(count):
        spans = []
        while len(spans) < BATCH:
            spans += order(number, now + number * 100, slow=number % 500 == 0)[2]
            number += 1
        text = json.dumps(spans[:BATCH])
        # The store uses the lower half of an id.
        made.append(re.sub(r'("traceId": "[0-9a-f]{16})[0-9a-f]{4}', r"\1@@@@", text).encode())
        protobuf.append(otlp(spans[:BATCH]))
    return made, protobuf


class Sender(threading.Thread):
    def __init__(self, port, prepared, index, until, protocol=JSON):
        super().__init__()
        self.port, self.prepared, self.index, self.until, self.protocol = port, prepared, index, until, protocol
        self.taken = self.refused = 0

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        turn = self.index
        path, content_type, expected = self.protocol
        while not self.until():
            body = self.prepared[turn % len(self.prepared)].replace(b"@@@@", b"%04x" % (turn // len(self.prepared)))
            connection.request("POST", path, body, {"Content-Type": content_type})
            answer = connection.getresponse()
            answer.read()
            if answer.status == expected:
                self.taken += BATCH
                turn += 2
            else:
                assert answer.status == 429, answer.status
                self.refused += 1
                time.sleep(0.05)


def processor(collector):
    """Seconds of processor time that a collector has used."""
    with open(f"/proc/{collector.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(collector, prepared, until, protocol=JSON):
    """Sends over two connections; spans taken, batches refused, bytes of memory at most."""
    senders = [Sender(collector.port, prepared, index, until, protocol) for index in range(2)]
    for sender in senders:
        sender.start()
    peak = 0
    while any(sender.is_alive() for sender in senders):
        peak = max(peak, collector.rss())
        time.sleep(0.05)
    return sum(sender.taken for sender in senders), sum(sender.refused for sender in senders), peak


def ingest(spoor, prepared, protocol, seconds):
    """Spans per second and their processor time, into an empty store."""
    with tempfile.TemporaryDirectory() as directory, Collector(spoor, "--storage", os.path.join(directory, "s.sqlite")) as collector:
        begun, used = time.monotonic(), processor(collector)
        total, refused, peak = fill(collector, prepared, lambda: time.monotonic() >= begun + seconds, protocol)
        took, used = time.monotonic() - begun, processor(collector) - used
    return {"spans_per_second": round(total / took), "processor_us_per_span": round(used / total * 1e6, 2), "refused_batches": refused, "peak_mib": peak >> 20}


def protocols(spoor, json_bodies, protobuf_bodies, seconds):
    """Zipkin's JSON and OTLP's protobuf in turn; the median of each figure."""
    runs = {"zipkin_json": [], "otlp_protobuf": []}
    for turn in range(3):
        for name, prepared, protocol in (("zipkin_json", json_bodies, JSON), ("otlp_protobuf", protobuf_bodies, PROTOBUF)):
            runs[name].append(ingest(spoor, prepared, protocol, seconds))
    return {name: {key: statistics.median(run[key] for run in figures) for key in figures[0]} for name, figures in runs.items()}


def readiness(spoor, turns):
    """Milliseconds from the start of the process to the answer of /health."""
    times = []
    for _ in range(turns):
        begun = time.monotonic()
        with Collector(spoor) as collector:
            assert collector.request("/health")[0] == 200
            times.append((time.monotonic() - begun) * 1000)
    return {"median": round(statistics.median(times)), "worst": round(max(times)), "turns": turns}


def search(collector, query):
    times = []
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", collector.port)
        begun = time.monotonic()
        connection.request("GET", "/api/spoor/search?limit=200&lookback=86400000&q=" + query.replace(" ", "%20").replace(">", "%3E"))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        times.append((time.monotonic() - begun) * 1000)
    return {"first_ms": round(times[0], 1), "median_ms": round(statistics.median(times), 1)}


def main():
    spoor, seconds, result = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    prepared, protobuf = bodies(120)
    compared = protocols(spoor, prepared, protobuf, seconds)
    with tempfile.TemporaryDirectory() as directory, Collector(spoor, "--storage", os.path.join(directory, "s.sqlite")) as collector:
        begun, used, ours = time.monotonic(), processor(collector), time.process_time()
        total, refused, peak = fill(collector, prepared, lambda: time.monotonic() >= begun + seconds)
        took, used, ours = time.monotonic() - begun, processor(collector) - used, time.process_time() - ours
        figures = {
            "spans_per_second": round(total / took), "spans": total, "seconds": round(took, 1), "refused_batches": refused,
            "processor_us_per_span": round(used / total * 1e6, 2), "client_us_per_span": round(ours / total * 1e6, 2),
            "peak_mib": peak >> 20}
        # The search is always over a million spans: add spans with new ids if the rate was lower.
        number = 0
        while total < WHOLE:
            body = prepared[number % len(prepared)].replace(b"@@@@", b"f%03x" % (number // len(prepared)))
            status, _ = collector.request("/api/v2/spans", body)
            if status == 202:
                total += BATCH
                number += 1
            else:
                time.sleep(0.05)
        figures["search_over_spans"] = total
        figures["searches"] = {name: search(collector, query) for name, query in SEARCHES.items()}
        figures["mib_after_searches"] = collector.rss() >> 20
    figures["protocols"] = compared
    figures["ready_ms"] = readiness(spoor, 11)
    figures["processors"] = os.cpu_count()
    figures["load_before"] = LOAD
    figures["command"] = f"scripts/bench.sh collect {seconds:g}"
    print(json.dumps(figures, indent=2))
    with open(result, "w") as file:
        json.dump(figures, file, indent=2)
        file.write("\n")


LOAD = round(os.getloadavg()[0], 2)

if __name__ == "__main__":
    main()
