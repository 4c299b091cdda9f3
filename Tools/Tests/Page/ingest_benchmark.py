"""How many spans a second a collector takes: python ingest_benchmark.py [SECONDS]

Two connections, batches of 500 spans of orders (six spans, five services a trace), JSON made beforehand. Prints one JSON
object: spans a second, processor time a span, memory, and how long searches take over what is then stored.
Use a release build: SPOOR=…/.build/release/spoor.
"""

import http.client
import json
import os
import re
import sys
import threading
import time

from collector import Collector, binary, order

BATCH = 500


def bodies(count):
    made = []
    number = 0
    for _ in range(count):
        spans = []
        while len(spans) < BATCH:
            spans += order(number, int(time.time() * 1e6) - 1_000_000 + number, slow=number % 500 == 0)[2]
            number += 1
        made.append(json.dumps(spans[:BATCH]))
    return made


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15
    prepared = bodies(120)
    counts = [0, 0]
    refused = [0, 0]
    with Collector(binary()) as collector:
        end = time.monotonic() + seconds

        def send(index):
            connection = http.client.HTTPConnection("127.0.0.1", collector.port)
            turn = 0
            while time.monotonic() < end:
                # Ids of their own for each round.
                body = prepared[(turn * 2 + index) % len(prepared)]
                mark = f"{(turn * 2 + index) // len(prepared) + 1:04x}"
                # The lower half is what the store goes by.
                body = renumber(body, mark)
                connection.request("POST", "/api/v2/spans", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 202:
                    counts[index] += BATCH
                else:
                    refused[index] += 1
                    time.sleep(0.1)
                turn += 1

        begun = time.monotonic()
        workers = [threading.Thread(target=send, args=(index,)) for index in range(2)]
        for worker in workers:
            worker.start()
        peak = 0
        while any(worker.is_alive() for worker in workers):
            peak = max(peak, collector.rss())
            time.sleep(0.1)
        took = time.monotonic() - begun
        with open(f"/proc/{collector.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        processor = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        total = sum(counts)
        searches = {}
        for name, query in [("newest", "limit=200"), ("failed", "limit=200&q=error"), ("service", "limit=200&q=service%3Drisk"),
                            ("tag", "limit=200&q=order.id%3DORD77"), ("nothing", "limit=200&q=order.id%3DNONE")]:
            start = time.monotonic()
            status, _ = collector.request(f"/api/spoor/search?lookback=86400000&{query}")
            assert status == 200
            searches[name] = round((time.monotonic() - start) * 1000)
        print(json.dumps({
            "spans_per_second": round(total / took), "spans": total, "refused_batches": sum(refused),
            "processor_us_per_span": round(processor / total * 1e6, 2), "peak_mib": peak >> 20,
            "search_ms_over_all": searches, "load": os.getloadavg()[0]}))


def renumber(body, mark):
    """Gives every trace of a prepared body another id, by four digits of its lower half."""
    return PATTERN.sub(lambda match: f"{match.group(1)}{mark}{match.group(3)}", body)


PATTERN = re.compile(r'("traceId": "[0-9a-f]{16})([0-9a-f]{4})([0-9a-f]{12}")')

if __name__ == "__main__":
    main()
