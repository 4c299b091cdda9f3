#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Latency of a small service in half a core, in the seconds before and after its first failure.

    first_failure_p99.py FAILING-SERVICE [--rate 200] [--turns 5] [--json FILE]

The service runs in a cgroup with half a core (cpu.cfs_quota_us, or cpu.max). Requests for `/orders` are sent at a constant
rate, each at its own time whether or not the ones before it were answered; after five seconds, one request fails. Each
turn is a fresh process. Prints the median over the turns of the 99th percentile of each second.
"""
import argparse, asyncio, json, os, signal, socket, statistics, subprocess, sys, tempfile, time

from common import machine

BEFORE, AFTER = 5, 5


class HalfACore:
    def __init__(self):
        name = f"spoor-half-{os.getpid()}"
        self.path = None
        for parent, files in (("/sys/fs/cgroup/cpu", (("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", "50000"))),
                              ("/sys/fs/cgroup", (("cpu.max", "50000 100000"),))):
            try:
                os.mkdir(f"{parent}/{name}")
            except OSError:
                continue
            try:
                for file, text in files:
                    with open(f"{parent}/{name}/{file}", "w") as limit:
                        limit.write(text)
                self.path = f"{parent}/{name}"
                return
            except OSError:
                os.rmdir(f"{parent}/{name}")
        sys.exit("no cgroup with half a core can be made here")

    def enter(self):
        with open(f"{self.path}/cgroup.procs", "w") as members:
            members.write(str(os.getpid()))

    def remove(self):
        os.rmdir(self.path)


class Client:
    """Keeps connections open, and adds one when all are busy."""

    def __init__(self, port):
        self.port, self.free = port, []

    async def get(self, path):
        reader, writer = self.free.pop() if self.free else await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(l.split(b":")[1]) for l in head.lower().split(b"\r\n") if l.startswith(b"content-length:")), 0)
        await reader.readexactly(length)
        self.free.append((reader, writer))
        return int(head.split()[1])


async def measure(port, rate):
    client, took = Client(port), []

    async def ask(path, due, began):
        await client.get(path)
        took.append((due - began, (time.perf_counter() - due) * 1000))

    for _ in range(rate):  # connections, and code that runs for the first time
        await client.get("/orders")
    began, tasks = time.perf_counter() + 0.1, []
    for number in range((BEFORE + AFTER) * rate):
        due = began + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(ask("/orders", due, began)))
        if number == BEFORE * rate:
            tasks.append(asyncio.create_task(client.get("/decode")))
    await asyncio.gather(*tasks)
    seconds = [sorted(ms for due, ms in took if second <= due < second + 1) for second in range(BEFORE + AFTER)]
    return [values[int(len(values) * 0.99)] for values in seconds]


def turn(program, rate, group, names):
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPOOR_", "OTEL_"))}
        environment |= {"SPOOR_JOURNAL_DIR": f"{folder}/journal", "SPOOR_LOG_FORMAT": "json", "SPOOR_STACK_NAMES": names,
                        "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:1/api/v2/spans"}
        with open(f"{folder}/log", "wb") as log:
            service = subprocess.Popen([program, str(port)], env=environment, stdout=log, stderr=subprocess.DEVNULL,
                                       preexec_fn=group.enter)
        try:
            for _ in range(1000):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.02)
            return asyncio.run(measure(port, rate))
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    group, load = HalfACore(), os.getloadavg()[0]
    try:
        turns = {names: [] for names in ("inlined", "off")}
        for _ in range(arguments.turns):
            for names in turns:
                turns[names].append(turn(arguments.program, arguments.rate, group, names))
    finally:
        group.remove()
    rise = {names: [each[BEFORE] - statistics.median(each[1:BEFORE]) for each in found] for names, found in turns.items()}
    result = {"what": "99th percentile of a service in half a core, ms, by second; the first failure is in second 6",
              "command": "scripts/bench.sh failure",
              **machine(), "load": round(load, 2),
              "p99_ms": {names: [round(statistics.median(values), 2) for values in zip(*found)] for names, found in turns.items()},
              "rise_ms": {names: {"median": round(statistics.median(v), 2), "worst": round(max(v), 2)} for names, v in rise.items()}}
    text = json.dumps(result, indent=2)
    print(text)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    sys.exit(0 if result["rise_ms"]["inlined"]["median"] <= 5 else 1)


if __name__ == "__main__":
    main()
