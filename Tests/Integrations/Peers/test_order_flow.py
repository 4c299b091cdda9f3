# SPDX-License-Identifier: Apache-2.0

"""Envoy as the gateway in front of the order flow: its trace, B3 headers and sampling decisions pass through all six
services, over HTTP and in the message that an order leaves for the worker.

    test_order_flow.py SPOOR ORDER_FLOW ENVOY
"""
import contextlib
import json
import pathlib
import sys
import tempfile

from test_peers import Collector, Process, expect, new_ids, request, run, start_envoy

# Each process with those that it calls, callees first.
SERVICES = {
    "risk": ("risk-service", []),
    "inventory": ("inventory-service", []),
    "payment": ("payment-service", ["risk"]),
    "order": ("order-service", ["inventory", "payment"]),
    "worker": ("fulfilment-worker", []),
    "gateway": ("gateway", ["order"]),
}
NAMES = {name for name, _ in SERVICES.values()}


class OrderFlow:
    def __init__(self, stack, spoor, order_flow, envoy):
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.collector = Collector(stack, spoor)
        self.processes, ports = {}, {}
        for command, (name, callees) in SERVICES.items():
            arguments = [order_flow, command, "--directory", str(directory)]
            for callee in callees:
                arguments += [f"--{callee}", f"http://127.0.0.1:{ports[callee]}"]
            self.processes[name] = stack.enter_context(Process(
                arguments, OTEL_EXPORTER_ZIPKIN_ENDPOINT=self.collector.spans, SPOOR_JOURNAL_DIR="off",
                OTEL_BSP_SCHEDULE_DELAY="50", SPOOR_LOG_FORMAT="json"))
            ports[command] = self.processes[name].find(r'"event":"service_started".*"port":(\d+)').group(1)
        self.doors = start_envoy(stack, envoy, directory, "envoy", ports["gateway"], self.collector)
        self._count = 0

    def order(self, door, **headers):
        """Places a valid order and waits until it is fulfilled. Returns the records about it by service."""
        self._count += 1
        order_id = f"order-{self._count}"
        before = {name: len(process.lines) for name, process in self.processes.items()}
        request(self.doors[door] + "/orders", {
            "order_id": order_id, "sku": "SKU-LAMP", "quantity": 1, "amount_cents": 4990, "card": "tok_accepted",
            "customer": {"id": "U1234", "name": "Ada Lovelace", "email": "ada@example.org", "age": 36},
        }, {f"x-b3-{name}": value for name, value in headers.items()})
        self.processes["fulfilment-worker"].find(f'"event":"order_fulfilled".*"{order_id}"|"{order_id}".*"order_fulfilled"')
        written = {}
        for name, process in self.processes.items():
            process.find(f'"{order_id}"')  # each pipe has its own reader thread, so the worker's may be ahead
            records = [json.loads(line) for line in process.lines[before[name]:] if f'"{order_id}"' in line]
            written[name] = [record for record in records if "trace_id" in record]
        return written


def is_whole(spans):
    """Whether all services have sent their spans, Envoy two, and only one span has no parent."""
    ids = {span["id"] for span in spans}
    from_envoy = [span for span in spans if span["localEndpoint"]["serviceName"] == "envoy"]
    roots = [span for span in spans if span.get("parentId") not in ids]
    names = {span["localEndpoint"]["serviceName"] for span in spans}
    return len(from_envoy) == 2 and len(roots) == 1 and names == NAMES | {"envoy"}


def trace_id(written):
    """The common trace of all records."""
    found = {record["trace_id"] for records in written.values() for record in records}
    assert len(found) == 1, f"records of {len(found)} traces: {json.dumps(written)}"
    return found.pop()


def check_joined(spans, parent):
    """Envoy's span is the root or a child of the caller's span; the order flow's gateway is a child of Envoy's call."""
    ids = {span["id"]: span for span in spans}
    root = next(span for span in spans if span.get("parentId") not in ids)
    expect((root["localEndpoint"]["serviceName"], root["kind"], root.get("parentId")), ("envoy", "SERVER", parent))
    served = next(
        span for span in spans if span["localEndpoint"]["serviceName"] == "gateway" and span.get("kind") == "SERVER")
    above = ids[served["parentId"]]
    expect((above["localEndpoint"]["serviceName"], above["kind"]), ("envoy", "CLIENT"))


def an_order_through_envoy_is_one_trace(flow):
    written = flow.order("sampling")
    spans = flow.collector.trace(trace_id(written), is_whole)
    check_joined(spans, None)
    assert not any(span.get("debug") for span in spans), "a debug trace without a request for it"


def a_callers_yes_goes_through_the_whole_order_flow(flow):
    trace, span = new_ids()
    written = flow.order("not-sampling", traceid=trace, spanid=span, sampled="1")
    expect(trace_id(written), trace)
    check_joined(flow.collector.trace(trace, is_whole), span)


def check_debug(spans):
    ours = [span for span in spans if span["localEndpoint"]["serviceName"] != "envoy"]
    assert all(span.get("debug") for span in ours), "not all spans have the debug flag of the caller"


def a_callers_debug_flag_goes_through_the_whole_order_flow(flow):
    trace, span = new_ids()
    written = flow.order("sampling", traceid=trace, spanid=span, flags="1")
    expect(trace_id(written), trace)
    spans = flow.collector.trace(trace, is_whole)
    check_joined(spans, span)
    check_debug(spans)


def a_debug_flag_counts_more_than_an_envoy_that_does_not_sample(flow):
    # Envoy passes the flag on, but sends no spans of its own.
    trace, span = new_ids()
    flow.order("not-sampling", traceid=trace, spanid=span, flags="1")
    spans = flow.collector.trace(trace, lambda spans: {span["localEndpoint"]["serviceName"] for span in spans} == NAMES)
    check_debug(spans)


def check_unrecorded(flow, written):
    trace = trace_id(written)
    flags = {(name, record["trace_flags"]) for name, records in written.items() for record in records}
    expect({flag for _, flag in flags}, {"00"})
    expect({name for name, _ in flags}, NAMES)
    # The next trace is sent after this one would have been sent.
    flow.collector.trace(trace_id(flow.order("sampling")), is_whole)
    assert not flow.collector.has_trace(trace), "an unsampled trace was recorded"


def what_envoy_does_not_sample_no_service_records(flow):
    check_unrecorded(flow, flow.order("not-sampling"))


def a_callers_no_goes_through_the_whole_order_flow(flow):
    trace, span = new_ids()
    written = flow.order("sampling", traceid=trace, spanid=span, sampled="0")
    expect(trace_id(written), trace)
    check_unrecorded(flow, written)


TESTS = [
    an_order_through_envoy_is_one_trace,
    a_callers_yes_goes_through_the_whole_order_flow,
    a_callers_debug_flag_goes_through_the_whole_order_flow,
    a_debug_flag_counts_more_than_an_envoy_that_does_not_sample,
    what_envoy_does_not_sample_no_service_records,
    a_callers_no_goes_through_the_whole_order_flow,
]

if __name__ == "__main__":
    with contextlib.ExitStack() as stack:
        sys.exit(1 if run(TESTS, OrderFlow(stack, *sys.argv[1:])) else 0)
