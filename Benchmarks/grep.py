"""Measures a literal query that does not match over 1 GiB of log, with spoor grep, grep and jq in one run.

The file lies in memory (/dev/shm), so that no disk is measured; each tool gets one thread. What counts is processor time
(user and system), the best of several turns that take the tools in alternation.
"""
import json, os, resource, subprocess, sys, tempfile, time

spoor, turns, result = sys.argv[1], int(sys.argv[2]), sys.argv[3]
SIZE = 1 << 30


def line(i):
    return (
        '{"timestamp":"2023-11-07T14:%02d:%02d.%03dZ","level":"info","service":"order-service",'
        '"trace_id":"%032x","span_id":"%016x","trace_flags":"01","event":"stock_reserved","logger":"orders",'
        '"order_id":"ORD%d","retry_count":%d,"sku":"SKU-LAMP","user_id":"U%d"}\n'
        % (i // 60000 % 60, i // 1000 % 60, i % 1000, i * 0x9E3779B97F4A7C15 % (1 << 128), i + 1, i, i % 3, i % 9999)
    ).encode()


def cost(command):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    status = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return status, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - start


with tempfile.NamedTemporaryFile(dir="/dev/shm", suffix=".log") as file:
    block = b"".join(line(i) for i in range(100_000))
    while file.tell() + len(block) <= SIZE:
        file.write(block)
    file.flush()
    size = os.path.getsize(file.name)
    tools = {
        "spoor grep event=payment_timeout": [spoor, "grep", "event=payment_timeout", file.name],
        "grep -F payment_timeout": ["grep", "-F", "payment_timeout", file.name],
        "jq select(.event==\"payment_timeout\")": ["jq", "-c", 'select(.event=="payment_timeout")', file.name],
    }
    best = {}
    for turn in range(turns):
        for name, command in tools.items():
            if command[0] == "jq" and turn > 0:
                continue  # Minutes each: once says enough.
            status, cpu, wall = cost(command)
            expected = 0 if command[0] == "jq" else 1
            if status != expected:
                sys.exit(f"{name}: exit status {status}, expected {expected}")
            best[name] = min(best.get(name, (cpu, wall)), (cpu, wall))
figures = {
    name: {"cpu_seconds": round(cpu, 3), "gib_per_core_second": round(size / 2**30 / cpu, 3), "wall_seconds": round(wall, 3)}
    for name, (cpu, wall) in best.items()
}
for name, figure in figures.items():
    print(f"{figure['gib_per_core_second']:8.3f} GiB per core-second   {name}")
with open(result, "w") as out:
    json.dump({"bytes": size, "turns": turns, "tools": figures}, out, indent=2)
    out.write("\n")
