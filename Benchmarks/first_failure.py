#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""What the first handled failure of each service of the order flow costs: `order-flow run log-record`, a payment that
times out, in services that have just started.

    first_failure.py ORDER-FLOW SPOOR [--pairs N] [--json FILE]

Each pair is one run with the names of stacks and one without (SPOOR_STACK_NAMES=off). A sampler reads the anonymous
memory and the processor time of every process of the run. The threads that read the names (`spoor-stacks` for the log,
`spoor-names` for spans) are counted apart. The addresses of the stacks are then named by `spoor symbolicate` (SPOOR is
that command), llvm-symbolizer and addr2line, each as a process of its own.

Ends with 1 if a process grew by more than 20 MB or used more than 150 ms for its first failure, or if the names took
longer than 1 s.
"""
import argparse, json, os, re, statistics, subprocess, sys, tempfile, time

from common import machine
from names import measure, tools

MEMORY_LIMIT_MB, PROCESSOR_LIMIT_MS, NAMES_LIMIT_MS = 20, 150, 1000
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def children(pid):
    return [int(number) for task in os.listdir(f"/proc/{pid}/task")
            for number in read(f"/proc/{pid}/task/{task}/children").split()]


def processor_ms(path):
    """User and system time of a process or thread, from the scheduler's account in ns, which counts every tick."""
    text = read(path + "/schedstat").split()
    return int(text[0]) / 1e6 if text else 0


def sample(pid):
    threads = {}
    try:
        numbers = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return None
    for number in numbers:
        name = read(f"/proc/{pid}/task/{number}/comm").strip()
        threads[name] = threads.get(name, 0) + processor_ms(f"/proc/{pid}/task/{number}")
    fields = dict(line.split(":", 1) for line in read(f"/proc/{pid}/status").splitlines() if ":" in line)
    if "RssAnon" not in fields:
        return None
    return {"anonymous_kb": int(fields["RssAnon"].split()[0]), "processor_ms": sum(threads.values()),
            "names_ms": threads.get("spoor-names", 0) + threads.get("spoor-stacks", 0)}


class Log:
    """The log of one service, as it grows: when its first record of a failure was written, and when it was made."""

    def __init__(self, path):
        self.path, self.offset, self.rest = path, 0, b""
        self.started = self.failed_after_ms = self.top = None
        self.addresses = []

    def poll(self, now):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                data = file.read()
        except OSError:
            return
        self.offset += len(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record.get("event") == "service_started":
                self.started = now
            if self.top is None and record.get("error.stack_trace"):
                made = record["timestamp"]
                seconds = time.mktime(time.strptime(made[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float(
                    "0" + made[19:].rstrip("Z"))
                self.failed_after_ms = (now - seconds) * 1000
                self.addresses = [int(a, 16) for a in re.findall(r"^order-flow\+0x([0-9a-f]+) ", record["error.stack_trace"], re.M)]
                self.top = next((l for l in record["error.stack_trace"].split("\n") if not l.startswith("…")), "no frame")


def run(program, names):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPOOR_", "OTEL_"))}
    environment["SPOOR_STACK_NAMES"] = names
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [program, "run", "log-record", "--collector-port", "0", "--directory", folder], env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        services = {}
        while process.poll() is None:
            now = time.time()
            for pid in children(process.pid) if os.path.exists(f"/proc/{process.pid}/task") else []:
                if pid not in services:
                    role = read(f"/proc/{pid}/cmdline").split("\0")
                    # Until it has become a service, a child has the command line of its parent.
                    if len(role) < 2 or role[1] in ("", "run", "collector"):
                        continue
                    name = {"gateway": "gateway", "worker": "fulfilment-worker"}.get(role[1], f"{role[1]}-service")
                    services[pid] = {"role": name, "log": Log(f"{folder}/{name}.log"), "samples": []}
                service, found = services[pid], sample(pid)
                service["log"].poll(now)
                if found:
                    service["samples"].append(found | {"is_ready": service["log"].started is not None})
            time.sleep(0.002)
        output = process.stdout.read()
        for service in services.values():
            service["log"].poll(time.time())
        if process.returncode:
            print(output, file=sys.stderr)
            raise SystemExit(f"order-flow ended with {process.returncode}")
    found = {}
    for service in services.values():
        log, ready = service["log"], [s for s in service["samples"] if s["is_ready"]]
        if log.top is None or not ready:
            continue
        first, peak = ready[0], max(s["anonymous_kb"] for s in ready)
        found[service["role"]] = {
            "grew_mb": (peak - first["anonymous_kb"]) / 1024, "peak_mb": peak / 1024,
            "processor_ms": ready[-1]["processor_ms"] - first["processor_ms"],
            "names_ms": max(s["names_ms"] for s in service["samples"]), "names_after_ms": log.failed_after_ms,
            "first_frame": log.top, "addresses": log.addresses}
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("spoor")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    runs = [{names: run(arguments.program, names) for names in ("inlined", "off")} for _ in range(arguments.pairs)]
    rows, wrong = [], []
    for role in sorted(set.intersection(*(set(r["inlined"]) for r in runs))):
        def each(key, names="inlined"):
            return [r[names][role][key] for r in runs if role in r[names]]

        def more(key):
            return statistics.median(r["inlined"][role][key] - r["off"][role][key] for r in runs if role in r["off"])

        row = {"service": role, "grew_mb": round(max(each("grew_mb")), 1), "names_mb": round(more("grew_mb"), 1),
               "processor_ms": round(max(each("processor_ms"))), "names_ms": round(max(each("names_ms"))),
               "names_after_ms": round(max(each("names_after_ms"))), "first_frame": each("first_frame")[0]}
        rows.append(row)
        if row["grew_mb"] > MEMORY_LIMIT_MB:
            wrong.append(f"{role} grew by {row['grew_mb']} MB")
        if row["processor_ms"] > PROCESSOR_LIMIT_MS:
            wrong.append(f"{role} used {row['processor_ms']} ms")
        if row["names_after_ms"] > NAMES_LIMIT_MS:
            wrong.append(f"{role} had its names after {row['names_after_ms']} ms")
        if "+0x" in row["first_frame"] or ":" not in row["first_frame"]:
            wrong.append(f"{role} has no names: {row['first_frame']}")
    if not rows:
        wrong.append("no service recorded a failure with a stack")
    addresses = sorted({a for service in runs[0]["off"].values() for a in service["addresses"]})
    beside = []
    for name, command, text in tools(arguments.program, arguments.spoor, addresses):
        measure(command, text)  # the file is in the page cache for all of them
        _, cpu, wall, memory = measure(command, text)
        beside.append({"tool": name, "cpu_ms": round(cpu, 1), "wall_ms": round(wall, 1), "anonymous_mb": round(memory / 1024, 1)})
    result = {"what": "the first failure of each service that has one, worst of all runs",
              "command": f"scripts/bench.sh failure {arguments.pairs}", **machine(),
              "load": os.getloadavg()[0], "pairs": arguments.pairs, "binary_mb": round(os.path.getsize(arguments.program) / 1e6),
              "rows": rows, "addresses": len(addresses), "tools": beside, "over_the_limits": wrong}
    text = json.dumps(result, indent=2, ensure_ascii=False)
    print(text)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
