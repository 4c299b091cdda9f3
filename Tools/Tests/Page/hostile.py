# SPDX-License-Identifier: Apache-2.0

"""Hostile input for a running collector and for the terminal's commands, from generators with seeds.

    python hostile.py [--seed N] [--short] [queries|batches|lines|terminal|damage|kills|full|remount ...]

It fails if a process dies, if a status is above 499 other than 503 with Retry-After, if an answer that says it is JSON is
not, if the collector takes more than 256 MB, if something that was answered 202 is neither there nor named in an error,
or if a command writes a raw control character. `--short` runs a tenth of each.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from collector import Collector, binary

LIMIT = 256 << 20
NUMBERS = [0, 1, -1, 2**31, 2**53, 2**62, 2**63 - 1, -(2**63), 2**64, 10**30, "1e999", "NaN", "", "x", " 1 ", "1.5", "٣", "0x10"]
TEXTS = ["", "a", "a\0b", "\0", "é", "e\u0301", "\ud83d\ude00", "\u202egnp", "\x1b[2J", "\x9b31m", "%", "%00", "'", '"', "\\", "a" * 5000, "<script>",
         "__proto__", "constructor", "toString", " and ", "=", "k=v", "null", "\ufeff", "\u2028", "../../etc/passwd", "%2e%2e", ";", "--"]


class Failure(Exception):
    """A failed expectation."""


def check(condition, *what):
    if not condition:
        raise Failure(what)


def ask(collector, path, body=None, method=None, timeout=120, **headers):
    """The status, the headers and the body of a response."""
    request = urllib.request.Request(collector.url + path, body, {k.replace("_", "-"): v for k, v in headers.items()}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def verify(collector, what, status, headers, body):
    check(collector.process.poll() is None, "the collector died", what)
    check(status < 500 or status == 503 and headers.get("Retry-After"), "status", status, body[:200], what)
    if what[0] != "HEAD" and (headers.get("Content-Type") or "").startswith("application/json"):
        try:
            json.loads(body.decode("utf-8"), parse_constant=lambda word: check(False, "not JSON", word, what))
        except ValueError as error:
            raise Failure(("not JSON", str(error), body[:300], what)) from error


def quote(text):
    return urllib.parse.quote(str(text).encode("utf-8", "surrogatepass"), safe="")


# Queries


def query(rng):
    prefix = rng.choice(["/api/v2", "/zipkin/api/v2", "/api/spoor"])
    path = rng.choice(["traces", "trace/" + quote(rng.choice(TEXTS + ["1", "f" * 32, "F" * 16, "0" * 32])), "traceMany", "services", "spans",
                       "remoteServices", "dependencies", "autocompleteKeys", "autocompleteValues", "search", "map", quote(rng.choice(TEXTS))])
    names = ["serviceName", "remoteServiceName", "spanName", "annotationQuery", "minDuration", "maxDuration", "endTs", "lookback", "limit",
             "traceIds", "key", "q", "order", rng.choice(TEXTS)]
    parts = []
    for _ in range(rng.randrange(7)):
        name = rng.choice(names)
        value = rng.choice(NUMBERS) if rng.random() < 0.6 else rng.choice(TEXTS)
        if name == "q":
            value = " ".join(rng.choice(["error", "duration>" + str(rng.choice(NUMBERS)) + rng.choice(["", "ms", "s", "min", "µs", "y"]),
                                         f"{rng.choice(TEXTS)}{rng.choice(['=', '!=', '~', '>', '<', '>=', '<='])}{rng.choice(TEXTS)}", '"']) for _ in range(rng.randrange(60)))
        if name == "traceIds":
            value = ",".join(rng.choice(["1", "2", "zz", "", "f" * 40]) for _ in range(rng.randrange(300)))
        parts.append(f"{quote(name)}={quote(value)[:20_000]}" if rng.random() < 0.95 else rng.choice(["&&", "=", "%", "%zz", "a=%"]))
    return "/" + f"{prefix}/{path}?{'&'.join(parts)}".lstrip("/")


def queries(rng, count):
    with Collector(binary()) as collector:
        for _ in range(10):
            ask(collector, "/api/v2/spans", json.dumps(batch(rng)[0], default=str).encode("utf-8", "surrogatepass"), Content_Type="application/json")
        for number in range(count):
            path = query(rng)
            method = rng.choice(["GET"] * 8 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "FOO"])
            headers = {} if rng.random() < 0.8 else {rng.choice(["Host", "Origin", "Sec_Fetch_Site", "Accept", "Expect", "Content_Type", "Content_Encoding"]):
                                                       rng.choice(["evil.example", "null", "cross-site", "*/*", "localhost", "127.0.0.1:1", "gzip", "br"])}
            status, answered, body = ask(collector, path, method=method, **headers)
            verify(collector, (method, path[:300], headers), status, answered, body)
            if number % 50 == 0:
                check(ask(collector, "/health", timeout=5)[0] == 200, "health")
        check(collector.peak() < LIMIT, "memory", collector.peak() >> 20)
        return f"{collector.peak() >> 20} MiB"


# Batches of spans


def number(rng):
    return rng.choice([rng.choice(NUMBERS), rng.randrange(1, 2**62), 1_700_000_000_000_000 + rng.randrange(10**9), None])


def text(rng):
    return rng.choice(TEXTS) if rng.random() < 0.7 else rng.choice([None, 1, 1.5, True, [], {}, {"toString": 1}, "x" * rng.randrange(3000)])


def identifier(rng, digits):
    return rng.choice([f"{rng.randrange(1, 6):x}", f"{rng.getrandbits(4 * digits):x}", "0" * digits, "F" * digits, "f" * (digits + 1), "", None, 7, "1" * 16 + "0" * 15 + "2"])


def span(rng):
    good = rng.random() < 0.6
    value = {"traceId": f"{rng.randrange(1, 6):x}" if good else identifier(rng, 32), "id": f"{rng.randrange(1, 40):x}" if good else identifier(rng, 16)}
    for key, make in [("parentId", lambda: f"{rng.randrange(1, 40):x}"), ("name", lambda: text(rng)), ("timestamp", lambda: number(rng)),
                      ("duration", lambda: number(rng)), ("kind", lambda: rng.choice(["CLIENT", "SERVER", "PRODUCER", "CONSUMER", "INTERNAL", "", None])),
                      ("localEndpoint", lambda: rng.choice([None, {}, {"serviceName": text(rng), "ipv4": rng.choice(["1.2.3.4", "x"]), "port": number(rng)}])),
                      ("remoteEndpoint", lambda: {"serviceName": text(rng), "ipv6": rng.choice(["::1", "::ffff:1.2.3.4", "x"])}),
                      ("tags", lambda: {str(rng.choice(TEXTS)): text(rng) for _ in range(rng.randrange(4))}),
                      ("annotations", lambda: [{"timestamp": number(rng), "value": text(rng)} for _ in range(rng.randrange(4))]),
                      ("shared", lambda: rng.choice([True, False, None])), ("debug", lambda: rng.choice([True, "x"])),
                      ("unknown", lambda: [{"deep": text(rng)}])]:
        if rng.random() < (0.5 if good else 0.8):
            value[key] = make()
    return value


def batch(rng):
    kind = rng.randrange(6)
    if kind == 0:  # One identifier, many endpoints.
        return [{"traceId": "9", "id": "9", "localEndpoint": {"serviceName": f"s{i}"}, "timestamp": 1} for i in range(rng.randrange(2000))], None
    if kind == 1:  # A chain.
        first = rng.randrange(1, 1000)
        return [{"traceId": "a", "id": f"{first + i:x}", "parentId": f"{first + i - 1:x}" if i else None, "timestamp": 2**62, "duration": 2**62} for i in range(rng.randrange(3000))], None
    if kind == 2:  # Names that are all different.
        return [{"traceId": f"{rng.getrandbits(64):x}", "id": "1", "name": f"n{rng.random()}", "localEndpoint": {"serviceName": f"s{rng.random()}"},
                 "remoteEndpoint": {"serviceName": f"r{rng.random()}"}} for _ in range(rng.randrange(2000))], None
    return [span(rng) for _ in range(rng.randrange(200))], None


def damaged(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 5)):
        if not data:
            break
        place = rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[place] = rng.randrange(256)
        elif kind == 1:
            del data[place:place + rng.randrange(1, 50)]
        elif kind == 2:
            data[place:place] = rng.choice([b"\xff\xfe", b"\x00", b"]", b"{", b'"', b",", b"\xef\xbb\xbf", b"[" * 600])
        else:
            data = data[:place]
    return bytes(data)


def batches(rng, count):
    import gzip
    with Collector(binary(), "--max-bytes", str(8 << 20)) as collector:
        for number in range(count):
            body = json.dumps(batch(rng)[0], default=str).encode("utf-8", "surrogatepass")
            headers = {"Content_Type": "application/json"}
            if rng.random() < 0.4:
                body = damaged(rng, body)
            if rng.random() < 0.3:
                body = gzip.compress(body)
                headers["Content_Encoding"] = "gzip"
                if rng.random() < 0.3:
                    body = damaged(rng, body)
            if rng.random() < 0.15:
                headers["Content_Type"] = rng.choice(["application/x-protobuf", "text/plain", "multipart/form-data", "application/json; charset=utf-16"])
            if rng.random() < 0.03:
                body, headers["Content_Encoding"] = gzip.compress(b'[' + b'{"traceId":"1","id":"1"},' * rng.randrange(10**6) + b"{}]"), "gzip"
            status, answered, answer = ask(collector, "/api/v2/spans", body, **headers)
            verify(collector, ("batch", number, headers), status, answered, answer)
            check(status in (202, 400, 413, 415, 429, 503), "status", status, answer[:200])
            if number % 10 == 0:
                for path in ["/api/v2/trace/1", "/api/v2/traces?limit=100", "/api/spoor/trace/9", "/api/v2/services", "/api/spoor/map?lookback=9223372036854775807",
                             "/api/v2/dependencies?endTs=9223372036854775807", "/api/spoor/search?lookback=9223372036854775807"]:
                    verify(collector, ("after batch", number, path), *ask(collector, path))
        check(collector.peak() < LIMIT, "memory", collector.peak() >> 20)
        return f"{collector.peak() >> 20} MiB"


# Log lines


def line(rng, trace):
    """One of a hundred kinds: a shape, a value in it, an encoding."""
    shape = rng.randrange(10)
    value = rng.choice([text(rng), number(rng), [[[]]], {"a": {"b": [1]}}, "\ud800", 2**63, -0.0])
    head = {"timestamp": rng.choice(["2026-01-01T00:00:00Z", "", 5, None, "9999-99-99T99:99:99Z"]), "trace_id": rng.choice([trace, trace.upper(), 7, None])}
    raw = {
        0: lambda: json.dumps({**head, "event": value}), 1: lambda: json.dumps({**head, "level": value, "service": value}),
        2: lambda: json.dumps({**head, str(rng.choice(TEXTS)): value}, ensure_ascii=False), 3: lambda: json.dumps(head)[:-1] + ',"n":' + rng.choice(["1e999", "01", "+1", ".5", "-", "NaN", "1" * 400]) + "}",
        4: lambda: json.dumps(head)[:-1] + ",}", 5: lambda: json.dumps(head) + rng.choice(["]", " x", "{}", ","]), 6: lambda: "[" * rng.randrange(700) + json.dumps(head),
        7: lambda: '{"trace_id":"%s","a":' % trace + "[" * rng.randrange(200) + "]" * rng.randrange(200) + "}", 8: lambda: json.dumps({**head, "span_id": value, "error.type": value, "error.causes": value, "error.stack_trace": value}),
        9: lambda: rng.choice(["", " ", "null", "[]", "1", '"x"', "plain text", "{", "}"]),
    }[shape]()
    encoding = rng.randrange(10)
    data = raw.encode("utf-8", "surrogatepass")
    if encoding == 0:
        data = b"\xef\xbb\xbf" + data
    elif encoding == 1:
        data = raw.encode("utf-16", "surrogatepass").replace(b"\n", b"")
    elif encoding == 2:
        data = damaged(rng, data).replace(b"\n", b" ")
    elif encoding == 3:
        data += b"\r"
    return (shape, encoding), data


def lines(rng, count):
    trace = "463ac35c9f6413ad48485a3953bb6124"
    with Collector(binary()) as collector:
        kinds = set()
        while len(kinds) < count:
            data = []
            for _ in range(20):
                kind, one = line(rng, trace)
                kinds.add(kind)
                data.append(one)
            status, answered, answer = ask(collector, "/logs", b"\n".join(data), Content_Type="application/x-ndjson")
            verify(collector, data, status, answered, answer)
            check(status == 202, "status", status, answer[:200])
            verify(collector, data, *ask(collector, f"/api/spoor/trace/{trace}"))
        check(json.loads(ask(collector, f"/api/spoor/trace/{trace}")[2])["logs"], "no records are there")
        return f"{len(kinds)} kinds"


# The terminal


def terminal(rng, count):
    forbidden = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
    runs = 0
    with tempfile.TemporaryDirectory() as directory:
        while runs < count:
            spans = [value for value in batch(rng)[0] if isinstance(value, dict)]
            files = []
            for kind in ("spans", "logs"):
                files.append(os.path.join(directory, f"{kind}\x1b[31m\u202e.json"))
                with open(files[-1], "wb") as file:
                    data = json.dumps(spans, default=str).encode("utf-8", "surrogatepass") if kind == "spans" else b"\n".join(line(rng, "1" * 32)[1] for _ in range(20))
                    file.write(damaged(rng, data) if rng.random() < 0.2 else data)
            for arguments in [["trace", "--last", *files], ["trace", "--slow", files[0]], ["trace", "--errors", "--json", *files], ["trace", rng.choice(["1", "9", "a", "\x1b[2J"]), *files],
                              ["diff", "1", rng.choice(["2", "1", "9"]), *files], ["grep", "level=error", "--output", "console", "--others", "pass", files[1]],
                              ["grep", "trace_id~1", files[1]], ["journal", directory + "/\x1b[31m"], ["grep", "event=x", files[1] + "missing"]]:
                process = subprocess.run([binary(), *arguments], capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
                check(0 <= process.returncode <= 2, "exit status", process.returncode, arguments, process.stderr[-300:])
                shown = (process.stdout + process.stderr).decode("utf-8", "replace")
                isJSON = "--json" in arguments
                if isJSON and process.returncode == 0:
                    json.loads(process.stdout)
                elif not isJSON:
                    # In a pipe `grep` prints records unchanged, except raw control characters.
                    pattern = forbidden if arguments[0] != "grep" or "console" in arguments else re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
                    found = pattern.search(shown.replace("\t", ""))
                    check(not found, "raw", found and found.group().encode("unicode_escape"), arguments, shown[max(0, (found.start() if found else 0) - 40):][:80])
                runs += 1
    return f"{runs} runs"


# The store


def fill(collector, rng, count):
    """Sends spans of new traces; returns the traces that were accepted with 202 and their numbers of spans."""
    taken = {}
    for _ in range(count):
        trace = f"{rng.getrandbits(127) | 1 << 127:032x}"
        spans = [{"traceId": trace, "id": f"{i + 1:x}", "name": f"n{i}", "timestamp": int(time.time() * 1e6), "localEndpoint": {"serviceName": "s"}, "tags": {"t": "x" * 200}} for i in range(5)]
        try:
            if ask(collector, "/api/v2/spans", json.dumps(spans).encode(), Content_Type="application/json", timeout=20)[0] == 202:
                taken[trace] = 5
        except (OSError, urllib.error.URLError):
            return taken
    return taken


def missing(collector, taken):
    """The traces that are incomplete."""
    gone = []
    for trace, count in taken.items():
        status, headers, body = ask(collector, f"/api/v2/trace/{trace}")
        verify(collector, trace, status, headers, body)
        if status != 200 or len(json.loads(body)) != count or any(span.get("tags") != {"t": "x" * 200} for span in json.loads(body)):
            gone.append(trace)
    return gone


def damage(rng, count):
    """Damages the store at random places while no collector runs."""
    refused = lost = 0
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "traces.sqlite")
        with Collector(binary(), "--storage", path) as collector:
            taken = fill(collector, rng, 60)
            check(len(taken) == 60, "not all taken")
            if rng.random() < 0.5:
                collector.process.kill()  # Its log stays beside the store.
                collector.process.wait()
        whole = os.path.join(directory, "whole")
        os.mkdir(whole)
        for name in os.listdir(directory):
            if name.startswith("traces.sqlite"):
                shutil.copy(os.path.join(directory, name), whole)
        for number in range(count):
            place = os.path.join(directory, f"copy{number}")
            shutil.copytree(whole, place)
            file = os.path.join(place, rng.choice([name for name in os.listdir(place) if not name.endswith(("-lock", "-shm")) and os.path.getsize(os.path.join(place, name))]))
            with open(file, "r+b") as data:
                data.seek(rng.randrange(os.path.getsize(file)))
                data.write(rng.randbytes(rng.choice([1, 4, 100, 5000])))
            errors = open(os.path.join(place, "errors"), "w+")
            process = subprocess.Popen([binary(), "collect", "--port", "0", "--otlp-port", "0", "--storage", os.path.join(place, "traces.sqlite")], stdout=subprocess.PIPE, stderr=errors, text=True)
            first = process.stdout.readline()
            if not first:
                check(process.wait(60) in (1, 2), "exit status", process.returncode)
                errors.seek(0)
                check("store" in errors.read(), "no reason is given")
                refused += 1
                continue
            running = Collector.__new__(Collector)
            running.process, running.url = process, re.search(r"(http://127\.0\.0\.1:\d+)/", first).group(1)
            try:
                gone = missing(running, taken)
                errors.seek(0)
                said = errors.read()
                check(not gone or "damaged" in said, "lost in silence", gone[:3], file, said[-500:])
                lost += len(gone)
                check(len(fill(running, rng, 3)) == 3, "takes no more", said[-500:])
            finally:
                process.terminate()
                process.wait(20)
                errors.close()
            shutil.rmtree(place)
    return f"{count} places: {refused} refused at start, {lost} traces named as lost"


def kills(rng, count):
    """Kills the collector at random moments and restarts it."""
    total = 0
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "traces.sqlite")
        for _ in range(count):
            taken = {}
            with Collector(binary(), "--storage", path) as collector:
                workers = [threading.Thread(target=lambda: taken.update(fill(collector, random.Random(rng.random()), 500))) for _ in range(2)]
                for worker in workers:
                    worker.start()
                time.sleep(rng.random() * 0.5)
                collector.process.send_signal(signal.SIGKILL)
                for worker in workers:
                    worker.join()
            with Collector(binary(), "--storage", path) as collector:
                check(not missing(collector, taken), "lost after a kill")
            total += len(taken)
    return f"{count} kills, {total} traces answered 202, all there"


def full(rng, count):
    """Simulates a full disk: the store's file may not grow beyond a size."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "traces.sqlite")
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))
        process = subprocess.Popen([binary(), "collect", "--port", "0", "--otlp-port", "0", "--storage", path], stdout=subprocess.PIPE, text=True, preexec_fn=limit)
        running = Collector.__new__(Collector)
        running.process, running.url = process, re.search(r"(http://127\.0\.0\.1:\d+)/", process.stdout.readline()).group(1)
        taken, refused = {}, 0
        for _ in range(200 + count):
            taken.update(part := fill(running, rng, 20))
            refused += len(part) < 20
            check(process.poll() is None, "died")
        check(refused, "was never full")
        body = json.dumps([{"traceId": "1", "id": "1", "tags": {"t": "x" * 10_000}}]).encode()
        verify(running, "full", *ask(running, "/api/v2/spans", body, Content_Type="application/json"))
        check(not missing(running, taken), "lost while the disk was full")
        process.kill()
        process.wait()
        with Collector(binary(), "--storage", path) as collector:
            check(not missing(collector, taken), "lost after the disk was full")
            check(len(fill(collector, rng, 3)) == 3, "takes no more")
        return f"{len(taken)} traces taken, all there; {refused} times refused"


def remount(rng, count):
    """The file system of the store becomes read-only while the collector runs, as after an error of its disk."""
    with tempfile.TemporaryDirectory() as directory:
        image, disk = os.path.join(directory, "image"), os.path.join(directory, "disk")
        os.mkdir(disk)
        with open(image, "wb") as file:
            file.truncate(64 << 20)
        mount = ["mount", "-o", "loop,errors=remount-ro", image, disk]
        steps = [["mkfs.ext4", "-q", "-F", image], mount]
        if any(subprocess.run(step, capture_output=True).returncode for step in steps):
            return "skipped: no right to mount an ext4 file system"
        try:
            path = os.path.join(disk, "traces.sqlite")
            device = subprocess.run(["findmnt", "-no", "SOURCE", disk], capture_output=True, text=True).stdout.strip()
            with Collector(binary(), "--storage", path) as collector:
                taken = fill(collector, rng, 10 * count)
                check(len(taken) == 10 * count, "not all taken")
                with open(f"/sys/fs/ext4/{os.path.basename(device)}/trigger_fs_error", "w") as trigger:
                    trigger.write("test")
                span = {"id": "1", "timestamp": int(time.time() * 1e6), "localEndpoint": {"serviceName": "s"}}
                refused = 0
                for number in range(10 * count):
                    body = json.dumps([{**span, "traceId": f"{number + 1:x}"}]).encode()
                    status, headers, answer = ask(collector, "/api/v2/spans", body, Content_Type="application/json")
                    verify(collector, "read-only", status, headers, answer)
                    # What is answered 202 is there, wherever the collector has it.
                    if status == 202:
                        check(ask(collector, f"/api/v2/trace/{number + 1:x}")[0] == 200, "answered 202 and not there", number)
                    refused += status == 503
                check(refused, "everything was taken on a read-only file system")
                check(ask(collector, "/health")[0] in (200, 503), "/health")
                check(not missing(collector, taken), "lost while the file system was read-only")
                for _ in range(10 * count):
                    path_of_query = query(rng)
                    status, headers, answer = ask(collector, path_of_query)
                    verify(collector, ("GET", path_of_query), status, headers, answer)
            # It is started while the file system is read-only: it serves, or says why not.
            errors = open(os.path.join(directory, "errors"), "w+")
            process = subprocess.Popen([binary(), "collect", "--port", "0", "--storage", path], stdout=subprocess.PIPE, stderr=errors, text=True)
            if process.stdout.readline():
                said = "a start on it serves"
                process.terminate()
                process.wait(20)
            else:
                check(process.wait(60) in (1, 2), "exit status", process.returncode)
                errors.seek(0)
                said = f"a start on it says: {errors.read().strip()[-200:]}"
                check("Read-only file system" in said, "no reason is given", said)
        finally:
            subprocess.run(["umount", disk])
        check(subprocess.run(["fsck.ext4", "-fy", image], capture_output=True).returncode in (0, 1), "fsck")
        check(subprocess.run(mount).returncode == 0, "mount")
        try:
            with Collector(binary(), "--storage", path) as collector:
                check(len(fill(collector, rng, 3)) == 3, "takes no more after a repair")
        finally:
            subprocess.run(["umount", disk])
        return f"{len(taken)} traces taken, all there; {refused} requests refused; {said}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--short", action="store_true")
    parser.add_argument("parts", nargs="*")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    for part, count in [(queries, 2000), (batches, 400), (lines, 100), (terminal, 900), (damage, 200), (kills, 200), (full, 10), (remount, 10)]:
        if options.parts and part.__name__ not in options.parts:
            continue
        start = time.monotonic()
        amount = max(1, count // 10) if options.short and part is not lines else count
        try:
            said = part(random.Random(f"{options.seed} {part.__name__}"), amount)
        except Failure as failure:
            print(f"FAIL  {part.__name__}: {str(failure)[:3000]}  (seed {options.seed})")
            sys.exit(1)
        print(f"ok    {part.__name__} ({amount}): {said}, {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
