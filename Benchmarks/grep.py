# SPDX-License-Identifier: Apache-2.0

"""Measures searches over 1 GiB of JSON logs with spoor grep, grep, ripgrep, jq and lnav in one run.

The file is in memory (/dev/shm), so no disk is measured. The searches find nothing, so no output is measured: a literal text;
a condition for which every line is parsed; counting by a field. Each figure is the best of several turns in which the
tools alternate, as wall-clock time and as processor time (user and system). Slow tools get a part of the file.
"""
import json, os, resource, shutil, subprocess, sys, tempfile, time

spoor, turns, result = sys.argv[1], int(sys.argv[2]), sys.argv[3]
SIZE = int(os.environ.get("SPOOR_BENCH_BYTES", 1 << 30))


def line(i):
    return (
        '{"timestamp":"2023-11-07T14:%02d:%02d.%03dZ","level":"info","service":"order-service",'
        '"trace_id":"%032x","span_id":"%016x","trace_flags":"01","event":"stock_reserved","logger":"orders",'
        '"order_id":"ORD%d","retry_count":%d,"sku":"SKU-LAMP","user_id":"U%d"}\n'
        % (i // 60000 % 60, i // 1000 % 60, i % 1000, i * 0x9E3779B97F4A7C15 % (1 << 128), i + 1, i, i % 3, i % 9999)
    ).encode()


def cost(command):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return status, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
    block = b"".join(line(i) for i in range(100_000))
    whole, part = f"{folder}/whole.log", f"{folder}/part.log"
    with open(whole, "wb") as file:
        while file.tell() + len(block) <= SIZE:
            file.write(block)
    with open(part, "wb") as file:
        file.write(block * 3)
    # name, file, exit status, command
    tools = [
        ("literal", whole, 1, [spoor, "grep", "payment_timeout"]),
        ("literal", whole, 1, ["grep", "-F", "payment_timeout"]),
        ("literal", whole, 1, ["rg", "-F", "payment_timeout"]),
        ("field", whole, 1, [spoor, "grep", "event=payment_timeout"]),
        ("field", part, 0, ["jq", "-c", 'select(.event=="payment_timeout")']),
        ("every line parsed", whole, 1, [spoor, "grep", "level>=warning"]),
        ("every line parsed", whole, 1, [spoor, "grep", "retry_count>7"]),
        ("every line parsed", part, 0, ["jq", "-c", "select(.retry_count>7)"]),
        ("every line parsed", part, 0, ["lnav", "-n", "-c", ':filter-expr :log_level = "warning"']),
        ("count by a field", whole, 0, [spoor, "grep", "--by", "retry_count"]),
        ("count by a field", whole, 0, [spoor, "grep", "--by", "user_id"]),
        ("count by a field", part, 0, ["jq", "-s", "group_by(.retry_count)|map(length)"]),
    ]
    tools = [tool for tool in tools if tool[3][0] == spoor or shutil.which(tool[3][0])]
    best = {}
    for turn in range(turns):
        for search, path, expected, command in tools:
            name = (search, " ".join(["spoor" if word == spoor else word for word in command]))
            if turn > 0 and path == part and command[0] != spoor:
                continue  # Slow, so once is enough.
            status, wall, cpu = cost(command + [path])
            if status != expected:
                sys.exit(f"{name[1]}: the exit status must be {expected}, but is {status}")
            gib = os.path.getsize(path) / 2**30
            known = best.get(name, {"seconds_per_gib": 1e9, "cpu_seconds_per_gib": 1e9})
            best[name] = {
                "seconds_per_gib": min(known["seconds_per_gib"], round(wall / gib, 3)),
                "cpu_seconds_per_gib": min(known["cpu_seconds_per_gib"], round(cpu / gib, 3)),
            }
    size = os.path.getsize(whole)
print("  s/GiB  cpu s/GiB")
for (search, name), figure in best.items():
    print(f"{figure['seconds_per_gib']:7.3f}  {figure['cpu_seconds_per_gib']:9.3f}  {search}: {name}")
with open(result, "w") as out:
    json.dump(
        {"bytes": size, "turns": turns, "searches": [{"search": s, "command": n, **f} for (s, n), f in best.items()]},
        out,
        indent=2,
    )
    out.write("\n")
