# SPDX-License-Identifier: Apache-2.0

"""Shared by the drivers: running programs, medians, and a description of the machine."""
import datetime, json, os, platform, socket, statistics, subprocess, sys


def machine():
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return {"date": datetime.date.today().isoformat(), "cpu": cpu, "cores": os.cpu_count()}


def last_json(text):
    return json.loads(text.strip().splitlines()[-1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command, **options):
    """The last JSON object that a program prints on standard error."""
    done = subprocess.run(command, check=True, stdout=options.pop("stdout", subprocess.DEVNULL), stderr=subprocess.PIPE,
                          text=True, **options)
    return last_json(done.stderr)


def deliver(command, delay_ms=0, ticks=None, environment=None):
    """Runs a program that sends spans to a sink on the port "PORT". Returns its result and the sink's.

    `ticks` is a program whose output is the standard input, and which ends when the reader does."""
    sink = subprocess.Popen([sys.executable, f"{os.path.dirname(os.path.abspath(__file__))}/sink.py", str(delay_ms)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = sink.stdout.readline().strip()
    ticker = subprocess.Popen(ticks, stdout=subprocess.PIPE) if ticks else None
    variables = {name: value.replace("PORT", port) for name, value in (environment or {}).items()}
    figures = run([port if part == "PORT" else part for part in command], stdin=ticker.stdout if ticker else None,
                  env=dict(os.environ, **variables))
    if ticker:
        ticker.stdout.close()
        ticker.wait()
    taken = last_json(sink.communicate()[0])
    # 100 traces of five spans warm up unless the program reports another number.
    figures["received"] = taken["spans"]
    figures["lost"] = figures.get("spans", 0) + figures.get("warm_up_spans", 500) - taken["spans"]
    figures["bytes_per_span"] = taken["bytes"] / max(taken["spans"], 1)
    figures["requests"] = taken["requests"]
    return figures


def median(values, digits=0):
    value = statistics.median(values)
    return round(value, digits) if digits else round(value)


def write(path, summary):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        json.dump(summary, file, indent=2)
        file.write("\n")
    print(json.dumps(summary, indent=2))
