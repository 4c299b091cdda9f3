# SPDX-License-Identifier: Apache-2.0

"""Measures `spoor mcp` with 100 000 traces in a collector and 1 GB of log files: python load.py [TRACES [MEGABYTES]]

Prints the time and the bytes of each tool, and the processor time of the server, which is what a machine with other work
can be judged by. The exit status is 1 if an answer takes more than 500 ms (the median of five) or 64 KiB. Needs about 3 GB in
the temporary directory.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time

from mcp import Client, StdioServerParameters

from evidence import Collector, binary, order, stamp
from test_mcp import NEWEST, data

TRACES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
MEGABYTES = int(sys.argv[2]) if len(sys.argv) > 2 else 1000


def fill(collector, start, count):
    for first in range(0, count, 500):
        spans, logs = [], []
        for number in range(first, min(first + 500, count)):
            _, _, more, records = order(number, start + number * 10_000, slow=number % 97 == 0)
            spans += more
            logs += records
        while collector.request("/api/v2/spans", json.dumps(spans))[0] == 429:
            time.sleep(0.2)
        while collector.request("/logs", "\n".join(map(json.dumps, logs)))[0] == 429:
            time.sleep(0.2)


def write_logs(directory, start, megabytes, traces):
    """Files of 100 MB with the records of many traces, one of which fails in 97."""
    written, number = 0, 0
    files = max(1, megabytes // 100)
    per_file = megabytes * 10**6 // files
    per_trace = max(1, megabytes * 10**6 // traces // 300)
    for index in range(files):
        with open(os.path.join(directory, f"orders-{index}.log"), "w") as file:
            size = 0
            while size < per_file:
                trace = f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}{number + 1:016x}"
                lines = []
                for step in range(per_trace):
                    lines.append(
                        f'{{"timestamp":"{stamp(start + number * 10_000 + step * 100)}","level":"info","service":"service-{step % 8}",'
                        f'"trace_id":"{trace}","span_id":"{step + 1:016x}","event":"step_{step % 20}","order_id":"ORD{number}",'
                        f'"user_id":"U{number % 5000}","duration_ms":{step * 7 % 90},"region":"eu-{number % 5}","note":"reserved one item of the order"}}\n')
                if number % 97 == 0:
                    lines.append(json.dumps({
                        "timestamp": stamp(start + number * 10_000), "level": "error", "service": "payment", "trace_id": trace,
                        "event": "payment_timeout", "error.type": "PaymentTimeout", "error.message": "no answer in 300 ms",
                        "error.stack_trace": "PaymentClient.charge(_:) at PaymentClient.swift:42", "retry_count": 2}) + "\n")
                text = "".join(lines)
                file.write(text)
                size += len(text)
                number += 1
        written += size
    return written, number, trace


def server_time():
    """The processor time of the server that this process has started, in milliseconds."""
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat") as file, open(f"/proc/{name}/cmdline") as command:
                fields = file.read().rpartition(")")[2].split()
                if name.isdigit() and int(fields[1]) == os.getpid() and "\0mcp\0" in command.read():
                    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
        except OSError:
            pass
    raise RuntimeError("the server must be a child of this process")


async def measure(name, arguments, calls):
    worst = True
    async with Client(StdioServerParameters(command=binary(), args=["mcp", *arguments]), mode=NEWEST, read_timeout_seconds=60) as client:
        begin = time.monotonic()
        while any("call again later" in note for note in (await client.call_tool("services", {})).structured_content["notes"]):
            await asyncio.sleep(0.5)
        print(f"\n{name}: read after {time.monotonic() - begin:.1f} s\n\n| tool | median | slowest | processor | answer | left out, notes |\n|---|---|---|---|---|---|")
        for tool, parameters in calls:
            times, size, before = [], 0, server_time()
            for _ in range(5):
                begin = time.monotonic()
                result = await client.call_tool(tool, parameters)
                times.append((time.monotonic() - begin) * 1000)
                size = max(size, len(result.model_dump_json(by_alias=True, exclude_none=True)))
                assert not result.is_error, (tool, result.content[0].text)
            answer = result.structured_content
            cpu = (server_time() - before) / 5
            notes = "; ".join([f"{rest['count']} {rest['what']}" for rest in answer["left_out"]] + answer["notes"])
            print(f"| `{tool}` {json.dumps(parameters)} | {statistics.median(times):.0f} ms | {max(times):.0f} ms | {cpu:.0f} ms | {size / 1000:.1f} kB | {notes} |", flush=True)
            worst = worst and statistics.median(times) <= 500 and size <= 64 << 10
    return worst


async def main():
    start = int((time.time() - 3600) * 1e6)
    big = {"max_bytes": 65_536}
    with tempfile.TemporaryDirectory() as directory:
        with Collector(binary(), "--storage", os.path.join(directory, "store.sqlite"), "--max-bytes", str(8 << 30)) as collector:
            fill(collector, start, TRACES)
            slow, ids, _, _ = order(97, start + 97 * 10_000, slow=True)
            good = order(98, start, slow=False)[0]
            holds = await measure(f"{TRACES} traces in a collector", ["--collector", collector.url], [
                ("services", {}), ("search_traces", {"limit": 100, **big}), ("search_traces", {"errors": True, "order": "slowest"}),
                ("search_traces", {"query": "event=payment_timeout"}), ("trace_topology", {"trace_id": slow}),
                ("critical_path", {"trace_id": slow}), ("span_details", {"trace_id": slow, "span_ids": ids}),
                ("trace_errors", {"trace_id": slow}), ("error_groups", {}), ("search_logs", {"query": "event=payment_timeout"}),
                ("compare_traces", {"before": good, "after": slow}), ("trace_chains", {"trace_id": slow}), ("crashes", {})])
        logs = os.path.join(directory, "logs")
        os.mkdir(logs)
        size, traces, last = write_logs(logs, start, MEGABYTES, TRACES)
        holds = await measure(f"{size / 1e9:.2f} GB of logs with {traces} traces", [logs], [
            ("services", {}), ("search_traces", {"limit": 100, **big}), ("search_traces", {"errors": True}),
            ("search_traces", {"query": "event=payment_timeout"}), ("trace_topology", {"trace_id": last}),
            ("trace_errors", {"trace_id": last}), ("error_groups", {}), ("error_groups", {"since": "30m"}),
            ("search_logs", {"query": "order_id=ORD777"}), ("search_logs", {"query": "level>=error"}),
            ("search_logs", {"trace_id": last}), ("trace_chains", {"trace_id": last}), ("crashes", {})]) and holds
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    asyncio.run(main())
