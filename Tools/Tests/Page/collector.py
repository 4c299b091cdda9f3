# SPDX-License-Identifier: Apache-2.0

"""A running `spoor collect` for tests, and traces for it."""

import json
import os
import random
import re
import subprocess
import time
import urllib.error
import urllib.request


class Collector:
    """`spoor collect` on a free port, ended with the block."""

    def __init__(self, binary, *arguments):
        self.process = subprocess.Popen([binary, "collect", "--port", "0", "--otlp-port", "0", *arguments], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.url = re.search(r"(http://127\.0\.0\.1:\d+)/", line).group(1)
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def request(self, path, body=None, **headers):
        """The status and the body, whatever the status is."""
        data = body if isinstance(body, (bytes, type(None))) else body.encode()
        headers = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def post(self, spans):
        status, text = self.request("/api/v2/spans", json.dumps(spans))
        assert status == 202, (status, text)

    def log(self, records):
        status, text = self.request("/logs", "\n".join(map(json.dumps, records)))
        assert status == 202, (status, text)

    def rss(self):
        """The memory of the process in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) << 10

    def peak(self):
        """The peak memory of the process in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) << 10


def stamp(microseconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(microseconds // 10**6)) + f".{microseconds // 1000 % 1000:03d}Z"


def order(number, start, slow=False):
    """Spans and logs of one order with six services, one of which fails if it is slow."""
    rng = random.Random(number)
    trace = f"{rng.getrandbits(128) | 1 << 127:032x}"
    ids = [f"{rng.getrandbits(64) | 1:016x}" for _ in range(6)]
    total = 412_000 if slow else int(36_000 * rng.lognormvariate(0, 0.3))

    def span(index, parent, service, name, offset, duration, kind=None, **tags):
        value = {"traceId": trace, "id": ids[index], "name": name, "timestamp": start + int(offset * total),
                 "duration": max(1, int(duration * total)), "tags": tags,
                 "localEndpoint": {"serviceName": service, "ipv4": f"10.0.0.{index + 1}"}}
        if parent is not None:
            value["parentId"] = ids[parent]
        if kind:
            value["kind"] = kind
        return value

    failed = {"error": "no answer in 300 ms", "retry.count": "2"} if slow else {}
    spans = [
        span(0, None, "gateway", "post /orders", 0, 1, "SERVER", **{"http.method": "POST"}),
        span(1, 0, "order", "place order", 0.02, 0.96, **{"order.id": f"ORD{number}"}),
        span(2, 1, "inventory", "reserve", 0.04, 0.08, "SERVER", sku="A-17"),
        span(3, 1, "payment", "charge", 0.13, 0.83, "CLIENT", **failed),
        span(4, 3, "risk", "score", 0.16, 0.78, "SERVER"),
        span(5, 1, "worker", "fulfil", 1, 0.12, "CONSUMER"),
    ]
    base = {"trace_id": trace, "trace_flags": "01", "logger": "orders"}
    logs = [{"timestamp": stamp(start + int(0.06 * total)), "level": "info", "service": "inventory", **base,
             "span_id": ids[2], "event": "stock_reserved", "sku": "A-17", "left": 3}]
    if slow:
        logs.append({"timestamp": stamp(start + int(0.84 * total)), "level": "warning", "service": "payment", **base,
                     "span_id": ids[3], "event": "payment_timeout", "order_id": f"ORD{number}", "retry_count": 2,
                     "error.type": "PaymentTimeout", "error.message": "no answer in 300 ms", "error.handled": True,
                     "error.stack_trace": "PaymentClient.charge(_:) at PaymentClient.swift:42\n"
                     "OrderService.place(_:) at OrderService.swift:88\n"
                     "swift_task_switch at libswift_Concurrency.so\nstart_thread at libc.so.6",
                     "error.causes": [{"type": "HTTPTimeout", "message": "read timed out"}]})
    return trace, ids, spans, logs


def wide(count, start):
    """One trace of `count` spans, three levels deep."""
    trace = "f" * 31 + "1"
    spans = []
    for index in range(count):
        value = {"traceId": trace, "id": f"{index + 1:016x}", "name": f"step {index % 50}",
                 "timestamp": start + index * 10, "duration": 1000 if index % 100 else 20_000,
                 "localEndpoint": {"serviceName": f"service-{index % 7}"}}
        if index:
            value["parentId"] = f"{1 if index % 100 == 0 else max(1, index // 100 * 100 + 1):016x}"
        else:
            value["duration"] = count * 10
        if index == count - 5:
            value["tags"] = {"error": "the last error"}
        spans.append(value)
    return trace, spans


def binary():
    here = os.path.dirname(os.path.abspath(__file__))
    return os.environ.get("SPOOR", os.path.join(here, "../../.build/debug/spoor"))
