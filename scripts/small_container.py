#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""A service in a small container: 1 000 failures of 50 kinds, a trap, and eight restarts in 128 MB of memory.

  scripts/small_container.py FAILING-SERVICE [--megabytes 128]

FAILING-SERVICE is the program of that name in Tests/Integrations, a release build. Its memory is limited by a cgroup where
one can be made (version 1 or 2), else by `ulimit -d`. Fails if the kernel ends the service, if a failure has no record,
if a kind has no names, or if the crash is not reported exactly once, with its stack.
"""
import argparse
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

KINDS, FAILURES, RESTARTS = 50, 1000, 8


class Limit:
    """The memory limit of the service's processes."""

    def __init__(self, megabytes):
        self.bytes = megabytes << 20
        name = f"spoor-small-{os.getpid()}"
        self.group = None
        for parent, file in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
            group = f"{parent}/{name}"
            try:
                os.mkdir(group)
                with open(f"{group}/{file}", "w") as limit:
                    limit.write(str(self.bytes))
                # Swapping would hide what does not fit.
                self.group = group
                break
            except OSError:
                if os.path.isdir(group):
                    os.rmdir(group)
        self.kind = f"a memory cgroup of {megabytes} MB" if self.group else f"ulimit -d of {megabytes} MB"

    def enter(self):
        """Called in the child, before the program starts."""
        if self.group:
            with open(f"{self.group}/cgroup.procs", "w") as members:
                members.write(str(os.getpid()))
        else:
            resource.setrlimit(resource.RLIMIT_DATA, (self.bytes, self.bytes))

    def number(self, *names):
        for name in names:
            try:
                with open(f"{self.group}/{name}") as file:
                    return int(file.read())
            except (OSError, ValueError):
                pass
        return None

    def peak_mb(self):
        peak = self.number("memory.max_usage_in_bytes", "memory.peak") if self.group else None
        return peak / (1 << 20) if peak else None

    def kills(self):
        if not self.group:
            return 0
        for name in ("memory.oom_control", "memory.events"):
            try:
                with open(f"{self.group}/{name}") as file:
                    for line in file:
                        if line.startswith("oom_kill "):
                            return int(line.split()[1])
            except OSError:
                pass
        return 0

    def remove(self):
        if self.group:
            os.rmdir(self.group)


class Service:
    def __init__(self, program, folder, limit, number):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPOOR_", "OTEL_"))}
        # No collector: what is under test is memory, and the spans stay in the journal for the next start.
        environment |= {"SPOOR_JOURNAL_DIR": f"{folder}/journal", "SPOOR_LOG_FORMAT": "json",
                        "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:1/api/v2/spans"}
        self.log = f"{folder}/{number}.log"
        with open(self.log, "wb") as output, open(f"{folder}/{number}.stderr", "wb") as errors:
            self.process = subprocess.Popen([program, str(self.port)], env=environment, stdout=output, stderr=errors,
                                            preexec_fn=limit.enter)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def is_ready(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.get("/health") == 200:
                return True
            time.sleep(0.02)
        return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def records(self):
        found = []
        with open(self.log, "rb") as file:
            for line in file:
                try:
                    found.append(json.loads(line))
                except ValueError:
                    pass
        return found


def frame(record):
    lines = (record.get("error.stack_trace") or "").split("\n")
    return next((line for line in lines if line and not line.startswith("…")), "")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--megabytes", type=int, default=128)
    arguments = parser.parse_args()
    wrong = []

    def expect(is_right, text):
        if not is_right:
            wrong.append(text)
        print(f"{'ok   ' if is_right else 'WRONG'} {text}", flush=True)

    limit = Limit(arguments.megabytes)
    print(f"{limit.kind}, a binary of {os.path.getsize(arguments.program) / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        service = Service(arguments.program, folder, limit, 0)
        try:
            expect(service.is_ready(), "the service starts")
            codes = [service.get(f"/kinds/{number % KINDS}") for number in range(FAILURES)]
            expect(codes == [500] * FAILURES, f"{codes.count(500)} of {FAILURES} failures are answered with 500")
            time.sleep(2)  # for the names of the last ones
            expect(limit.kills() == 0, f"the kernel ended {limit.kills()} processes before the trap")
            service.get("/trap")
            code = service.process.wait(60)
            expect(code in (-signal.SIGILL, -signal.SIGTRAP), f"the trap ends the service: {code}")
            # Swift's own backtracer runs in the group, too, and needs more than there is. The kill is its own.
            kills = limit.kills()
            died = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1))
            failed = [r for r in service.records() if r.get("event") == "request_failed"]
            time.sleep(2)
            crashes = []
            for number in range(1, RESTARTS + 1):
                service = Service(arguments.program, folder, limit, number)
                is_ready = service.is_ready()
                codes = [service.get(f"/kinds/{kind}") for kind in range(5)] if is_ready else []
                time.sleep(1)
                code = service.stop() if is_ready else service.process.wait(60)
                expect(is_ready and code == 0 and codes == [500] * 5, f"restart {number} serves, and ends with {code}")
                records = service.records()
                crashes += [r for r in records if r.get("event") == "process_crashed"]
                # Lines that had not been written when the process died.
                failed += [r for r in records if r.get("event") == "request_failed" and r["timestamp"] < died]
            expect(len(failed) == FAILURES, f"{len(failed)} of {FAILURES} failures have a record")
            named = {f for f in map(frame, failed) if ".swift:" in f and "Kinds.fail" in f}
            expect(len(named) == KINDS, f"{len(named)} of {KINDS} kinds have their function and line")
            expect(len(crashes) == 1, f"the crash is reported {len(crashes)} times")
            trace = "\n".join(r.get("error.stack_trace", "") for r in crashes)
            expect("Traps.element" in trace and ".swift:" in trace, f"the crash has its stack: {trace.splitlines()[:3]}")
            expect(limit.kills() == kills, f"the kernel ended {limit.kills() - kills} services for memory")
            if peak := limit.peak_mb():
                print(f"the peak of the group was {peak:.0f} MB, page cache included")
        finally:
            if service.process.poll() is None:
                service.process.kill()
                service.process.wait()
            limit.remove()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
