#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""The same work as Benchmarks' own programs, with OpenTelemetry's library for Python.

    otel.py hot span|unsampled COUNT    processor time of the process per span; nothing is sent
    otel.py spans PORT full|ticks       20 000 traces of a root and four children to a Zipkin collector, at full rate or
                                        one for each byte on standard input

Each prints one JSON object, to standard error.
"""
import json, logging, os, select, sys, time

from opentelemetry import trace
from opentelemetry.exporter.zipkin.json import ZipkinExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult


class Discard(SpanExporter):
    def export(self, spans):
        return SpanExportResult.SUCCESS


def attributes(span, number):
    span.set_attribute("order.id", "ORD7890")
    span.set_attribute("user.id", "U5678")
    span.set_attribute("retry.count", number & 3)


def report(figures):
    print(json.dumps(figures), file=sys.stderr)


def hot(kind, count):
    sampler = sampling.ALWAYS_OFF if kind == "unsampled" else sampling.ALWAYS_ON
    provider = TracerProvider(sampler=sampler)
    provider.add_span_processor(BatchSpanProcessor(Discard()))
    tracer = provider.get_tracer("peers")

    def work(number):
        with tracer.start_as_current_span("charge", kind=trace.SpanKind.CLIENT) as span:
            attributes(span, number)

    for number in range(count // 10):
        work(number)
    began = time.process_time_ns()
    for number in range(count):
        work(number)
    report({"cpu_ns": (time.process_time_ns() - began) / count})


def spans(port, pace):
    logging.disable(logging.CRITICAL)  # It logs every time that a queue is full.
    traces = 20_000
    provider = TracerProvider(resource=Resource.create({"service.name": "cost"}))
    provider.add_span_processor(BatchSpanProcessor(ZipkinExporter(endpoint=f"http://127.0.0.1:{port}/api/v2/spans")))
    tracer = provider.get_tracer("peers")

    def one(number):
        with tracer.start_as_current_span("POST /orders", kind=trace.SpanKind.SERVER) as root:
            attributes(root, number)
            for _ in range(4):
                with tracer.start_as_current_span("charge", kind=trace.SpanKind.CLIENT) as child:
                    attributes(child, number)

    for _ in range(100):
        one(0)
    provider.force_flush()
    while pace == "ticks" and select.select([0], [], [], 0)[0]:
        os.read(0, 4096)  # Exclude the time before the measurement.
    began, start = time.process_time_ns(), time.monotonic()
    for number in range(traces):
        if pace == "ticks":
            os.read(0, 1)
        one(number)
    recorded = time.monotonic() - start
    provider.shutdown()
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    report({"spans": traces * 5, "cpu_ns_per_span": (time.process_time_ns() - began) / (traces * 5),
            "recorded_s": recorded, "peak_memory_kib": peak})


match sys.argv[1:]:
    case ["hot", ("span" | "unsampled") as kind, count]:
        hot(kind, int(count))
    case ["spans", port, ("full" | "ticks") as pace]:
        spans(port, pace)
    case _:
        sys.exit(__doc__)
