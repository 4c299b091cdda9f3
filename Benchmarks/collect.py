"""Measures a collector: python collect.py SPOOR SECONDS RESULT

How many spans a second it takes from two connections in batches of 500, on the processors that it shares with this client;
what that costs in processor time and memory; how long searches take over a million spans; how long it takes to be ready.
The spans are orders: six spans of six services a trace, as JSON that was made before.
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

from collector import Collector, order  # noqa: E402

BATCH = 500
WHOLE = 1_000_000
SEARCHES = {
    "newest": "", "failed": "error", "service": "service=risk", "service and name": "service=payment name=charge",
    "slow": "duration>400ms", "a tag that one trace has": "order.id=ORD77", "a tag that none has": "order.id=NONE",
    "an error by a service": "service=payment error",
}


def bodies(count):
    """Bodies in which four digits of each trace's id are left open, for each round to have traces of its own."""
    made = []
    number = 0
    now = int(time.time() * 1e6) - 60_000_000
    for _ in range(count):
        spans = []
        while len(spans) < BATCH:
            spans += order(number, now + number * 100, slow=number % 500 == 0)[2]
            number += 1
        text = json.dumps(spans[:BATCH])
        # The lower half of an id is what the store goes by.
        made.append(re.sub(r'("traceId": "[0-9a-f]{16})[0-9a-f]{4}', r"\1@@@@", text).encode())
    return made


class Sender(threading.Thread):
    def __init__(self, port, prepared, index, until):
        super().__init__()
        self.port, self.prepared, self.index, self.until = port, prepared, index, until
        self.taken = self.refused = 0

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        turn = self.index
        while not self.until():
            body = self.prepared[turn % len(self.prepared)].replace(b"@@@@", b"%04x" % (turn // len(self.prepared)))
            connection.request("POST", "/api/v2/spans", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 202:
                self.taken += BATCH
                turn += 2
            else:
                assert answer.status == 429, answer.status
                self.refused += 1
                time.sleep(0.05)


def readiness(spoor, turns):
    """Milliseconds from the start of the process until /health has answered."""
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
    prepared = bodies(120)
    with tempfile.TemporaryDirectory() as directory, Collector(spoor, "--storage", os.path.join(directory, "s.sqlite")) as collector:
        def fill(until):
            senders = [Sender(collector.port, prepared, index, until) for index in range(2)]
            for sender in senders:
                sender.start()
            peak = 0
            while any(sender.is_alive() for sender in senders):
                peak = max(peak, collector.rss())
                time.sleep(0.05)
            return sum(sender.taken for sender in senders), sum(sender.refused for sender in senders), peak

        def processor():
            with open(f"/proc/{collector.process.pid}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        begun, used, ours = time.monotonic(), processor(), time.process_time()
        total, refused, peak = fill(lambda: time.monotonic() >= begun + seconds)
        took, used, ours = time.monotonic() - begun, processor() - used, time.process_time() - ours
        figures = {
            "spans_per_second": round(total / took), "spans": total, "seconds": round(took, 1), "refused_batches": refused,
            "processor_us_per_span": round(used / total * 1e6, 2), "client_us_per_span": round(ours / total * 1e6, 2),
            "peak_mib": peak >> 20}
        # The search is over a million spans whatever the rate was: more of the same, with ids of their own.
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
