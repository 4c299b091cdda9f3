# SPDX-License-Identifier: Apache-2.0

"""Runs cases of the order flow, and asks `spoor mcp` for the cause of each by a fixed sequence of calls:

    python cases.py ORDER_FLOW DOCUMENT [CASE…]

Writes the table of the calls into the document, between `<!-- cases:begin -->` and `<!-- cases:end -->`. The exit status
is 1 if a case needs more than six calls or 20 kB of answers, or if its cause is not in the answers.
"""

import asyncio
import glob
import os
import re
import subprocess
import sys
import tempfile
import traceback

from mcp import Client, StdioServerParameters

from evidence import Collector, binary
from test_mcp import NEWEST, data

MAXIMUM_CALLS, MAXIMUM_BYTES = 6, 20_000


class Asked:
    """The answers so far, by the names of the tools."""

    def __init__(self):
        self.answers, self.text = {}, ""

    def origin(self):
        """The group of failures that explains most others."""
        return max(self.answers["error_groups"]["groups"], key=lambda group: group["explains"])

    def consequence(self):
        """The group whose traces lead back to others most often."""
        return max(self.answers["error_groups"]["groups"], key=lambda group: sum(chain["traces"] for chain in group["chains"]))

    def interrupted(self):
        return self.answers["crashes"]["traces"][0]["trace_id"]

    def trace(self):
        return self.answers["search_traces"]["traces"][0]["trace_id"]

    def longest(self):
        return max(self.answers["critical_path"]["path"], key=lambda step: step["own_us"])["span_id"]

    def tag(self, key):
        tags = [tag for span in self.answers["span_details"]["spans"] for tag in span["tags"]]
        return next(tag["value"] for tag in tags if tag["key"] == key)


# What fails: the groups of failures, an example, and where its chain leads.
FAILS = [
    lambda asked: ("error_groups", {"limit": 4, "max_bytes": 20_000}),
    lambda asked: ("trace_errors", {"trace_id": asked.origin()["trace_id"], "max_bytes": 12_000}),
]
CHAIN = [lambda asked: ("trace_chains", {"trace_id": asked.consequence()["trace_id"], "max_bytes": 8_000})]
# What is slow: the slowest trace, its critical path, the span that took longest.
SLOW = [
    lambda asked: ("search_traces", {"order": "slowest", "limit": 3, "max_bytes": 8_000}),
    lambda asked: ("critical_path", {"trace_id": asked.trace(), "max_bytes": 10_000}),
    lambda asked: ("span_details", {"trace_id": asked.trace(), "span_ids": [asked.longest()], "max_bytes": 10_000}),
]
# What a span waited for: one of the traces that it names.
HOLDER = [lambda asked: ("critical_path", {"trace_id": asked.tag("pool.holders").split()[0], "max_bytes": 10_000})]
# What took long, as far as records say; most of these traces have no spans, because they were not sampled.
SLOW_STEP = [
    lambda asked: ("search_logs", {"query": "duration_ms>200", "limit": 5, "max_bytes": 10_000}),
    lambda asked: ("trace_topology", {"trace_id": asked.answers["search_logs"]["records"][0]["trace_id"], "max_bytes": 20_000}),
]
# What died, and what it was doing.
DIED = [
    lambda asked: ("crashes", {"max_bytes": 16_000}),
    lambda asked: ("trace_topology", {"trace_id": asked.interrupted(), "max_bytes": 20_000}),
]

# The case, what a user sees, the calls, the planted cause in words, and texts that the answers must have.
CASES = [
    ("log-record", "an order is not paid", FAILS, "the provider does not answer; two retries",
     ["payment_timeout", "ORD7890", r'"retry_count"\},"value":\{"data":"2"']),
    ("pool-poison", "most orders fail", FAILS + CHAIN,
     "a failed query leaves a transaction open, and its connection returns to the pool",
     ["within a transaction", "previous_holder", "coupon"]),
    ("pool-starvation", "orders take seconds", SLOW + HOLDER,
     "all connections are held by orders that wait for the inventory",
     ["pool.acquire", "pool.holders", "inventory-service"]),
    ("recover", "quotes have fallback values", FAILS[:1], "a division by zero, a failed parse, a downstream error",
     ["(?i)division|divided", "handled"]),
    ("beyond-recovery", "payments stop for a moment", DIED[:1], "a trap in `PaymentProvider.checkDigit(of:)`",
     [r"PaymentProvider\.checkDigit\(of:\)", "process_crashed"]),
    ("journal-replay", "one order is not paid", DIED, "payment-service was killed during `authorise`",
     ["process_interrupted", r'"payment-service"\},"name":\{"data":"authorise"\}[^{]*"interrupted":true']),
    ("task-recovery", "an order is late", DIED + [lambda asked: ("search_logs", {"query": "event=task_recovering", "max_bytes": 8_000})],
     "the worker was killed during task T1001, and its next start resumed it", [r'"fulfil order"\}[^{]*"interrupted":true', "task_recovering", "T1001"]),
    ("validation", "orders are refused", [lambda asked: ("search_logs", {"query": "level>=notice event~refused", "limit": 5, "max_bytes": 12_000})],
     "a field of each order is not valid", ["customer.name|customer.age|customer.email|order_id", "order_refused"]),
    ("slow-decisions", "some payments take longer", SLOW_STEP, "the risk service takes more than 200 ms",
     [r'"risk_assessed"', r'"risk-service"\},"name":\{"data":"/assessments"\}[^{]*"duration_us":[2-9]\d{5}']),
    ("hot-key", "a flash sale is slow", SLOW, "one lock for all products", ["lock.acquire"]),
]


async def asked(arguments, steps):
    state = Asked()
    async with Client(StdioServerParameters(command=binary(), args=["mcp", "--time-limit", "60000", *arguments]), mode=NEWEST) as client:
        for step in steps:
            name, parameters = step(state)
            result = await client.call_tool(name, parameters)
            text = result.content[0].text
            if result.is_error:
                raise RuntimeError(f"{name} {parameters}: {text}")
            state.answers[name] = data(result.structured_content)
            state.text += text + "\n"
            yield name, len(text.encode()), state.text


async def play(order_flow, case, scratch):
    name, symptom, steps, cause, expected = case
    directory = os.path.join(scratch, name)
    storage = os.path.join(scratch, f"{name}.sqlite")
    with Collector(binary(), "--storage", storage) as collector:
        run = subprocess.run(
            [order_flow, "run", name, "--directory", directory, "--collector-port", str(collector.port)],
            capture_output=True, text=True, timeout=600)
        print(f"{name}: exit status {run.returncode}", flush=True)
        journals = [part for path in glob.glob(f"{directory}/journal/*") for part in ("--journal", path)]
        names, total, text = [], 0, ""
        async for tool, size, text in asked(
                ["--collector", collector.url, *journals, *sorted(glob.glob(f"{directory}/*.log"))], steps):
            names.append(tool)
            total += size
    missing = [pattern for pattern in expected if not re.search(pattern, text)]
    holds = not missing and len(names) <= MAXIMUM_CALLS and total <= MAXIMUM_BYTES
    print(f"  {len(names)} calls, {total} bytes" + ("" if holds else f"; missing: {missing}"), flush=True)
    if os.environ.get("SHOW"):
        print(text)
    row = f"| `{name}` | {symptom} | {' → '.join(f'`{tool}`' for tool in names)} | {len(names)} | {total / 1000:.1f} kB | {cause} |"
    return row, holds


async def main():
    order_flow, document, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
    rows, all_hold = [], True
    with tempfile.TemporaryDirectory() as scratch:
        for case in [case for case in CASES if not wanted or case[0] in wanted]:
            try:
                row, holds = await play(order_flow, case, scratch)
            except Exception:
                traceback.print_exc()
                all_hold = False
                continue
            rows.append(row)
            all_hold = all_hold and holds
    head = ["| case | what is seen | calls | number | answers | the cause that they show |", "|---|---|---|---|---|---|"]
    if not wanted and all_hold:
        text = open(document).read()
        begin, end = "<!-- cases:begin -->", "<!-- cases:end -->"
        before, rest = text.split(begin)
        with open(document, "w") as file:
            file.write(before + begin + "\n" + "\n".join(head + rows) + "\n" + end + rest.split(end)[1])
    sys.exit(0 if all_hold else 1)


if __name__ == "__main__":
    asyncio.run(main())
