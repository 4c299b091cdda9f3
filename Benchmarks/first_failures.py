#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""The first half minute of a fresh Hummingbird service under load: seven paths, five of which fail, each in its own way.

    first_failures.py FAILING-SERVICE [--seconds 30] [--connections 50] [--json FILE]

FAILING-SERVICE is the program of that name in Tests/Integrations, a release build; `wrk` asks for all paths in turn.
Counts spans at a collector that only counts. Ends with 1 if a span was lost or dropped, if a log line was, or if the
first record of a failure has no names.
"""
import argparse, json, os, re, signal, socket, subprocess, sys, tempfile, time, urllib.request

from common import last_json, machine

PATHS = ["/orders", "/stock", "/reserve", "/charge", "/decode", "/call", "/query"]
LUA = """local paths, number = {%s}, 0
request = function()
  number = number + 1
  return wrk.format("GET", paths[number %% #paths + 1])
end
""" % ", ".join(f'"{path}"' for path in PATHS)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        sink = subprocess.Popen([sys.executable, f"{here}/sink.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        collector = sink.stdout.readline().strip()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPOOR_", "OTEL_"))}
        environment |= {"SPOOR_JOURNAL_DIR": f"{folder}/journal", "SPOOR_LOG_FORMAT": "json", "SPOOR_SHUTDOWN_TIMEOUT": "60000",
                        "OTEL_EXPORTER_ZIPKIN_ENDPOINT": f"http://127.0.0.1:{collector}/api/v2/spans"}
        with open(f"{folder}/log", "wb") as log, open(f"{folder}/errors", "wb") as errors:
            service = subprocess.Popen([arguments.program, str(port)], env=environment, stdout=log, stderr=errors)
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
                break
            except OSError:
                if time.monotonic() > deadline or service.poll() is not None:
                    sys.exit("the service does not answer")
                time.sleep(0.05)
        with open(f"{folder}/paths.lua", "w") as script:
            script.write(LUA)
        load = subprocess.run(
            ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s", "-s", f"{folder}/paths.lua", "--latency",
             f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True).stdout
        service.send_signal(signal.SIGTERM)
        if service.wait(120) != 0:
            wrong.append(f"the service ended with {service.returncode}")
        with open(f"{folder}/errors") as errors:
            account = last_json(errors.read())
        taken = last_json(sink.communicate()[0])
        # Connections fail for several requests with one error. Its stack is in the record that has its id, and the
        # others refer to that one; which of them is written first is chance.
        first, records, known, referred = {}, 0, set(), {}
        with open(f"{folder}/log", "rb") as log:
            for line in log:
                try:
                    record = json.loads(line)
                except ValueError:
                    wrong.append("a line of the log is no JSON")
                    continue
                if record.get("event") == "request_failed":
                    records += 1
                    known.add(record.get("error.id"))
                    if "error.same_as" in record:
                        referred.setdefault(record["error.same_as"], record["path"])
                    else:
                        first.setdefault(record["path"], record)
    requests = sum(account["requests"].values())
    failed = sum(account["requests"].get(path, 0) for path in PATHS[2:])
    if account["started"] != account["expected_spans"]:
        wrong.append(f"{account['started']} spans were started, {account['expected_spans']} expected")
    if taken["spans"] != account["started"]:
        wrong.append(f"the collector has {taken['spans']} of {account['started']} spans")
    for key in ("dropped", "open", "undelivered"):
        if account[key]:
            wrong.append(f"{account[key]} spans are {key}")
    for number in referred.keys() - known:
        wrong.append(f"a record of {referred[number]} refers to the error {number}, and none has that id")
    if records != failed:
        wrong.append(f"{records} records of {failed} failures")
    frames = {}
    for path in PATHS[2:]:
        lines = (first.get(path, {}).get("error.stack_trace") or "").split("\n")
        # What a decoder calls of the program's has no line: the compiler made it.
        frames[path] = next((line for line in lines if re.search(r" at FailingService\.swift:\d+$", line)), lines[0] or "no frame")
        if not re.search(r" at FailingService\.swift:\d+$", frames[path]):
            wrong.append(f"the first record of {path} has no names: {frames[path]}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", load)
    result = {
        "what": "a fresh service under load, five of seven paths fail", **machine(),
        "command": "scripts/bench.sh failure",
        "load": round(os.getloadavg()[0], 2), "requests": requests, "requests_per_second": float(rate[1]) if rate else None,
        "failures": failed, "failure_records": records, "spans_started": account["started"], "spans_received": taken["spans"],
        "spans_dropped": account["dropped"], "first_frame_of_first_record": frames, "wrong": wrong}
    text = json.dumps(result, indent=2, ensure_ascii=False)
    print(text)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
