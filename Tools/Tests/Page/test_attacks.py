# SPDX-License-Identifier: Apache-2.0

"""Attacks that a running collector must survive: python test_attacks.py"""

import gzip
import http.client
import json
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error

from collector import Collector, binary, order

MEGABYTE = 1 << 20


def serves(collector):
    assert collector.request("/health")[0] == 200
    collector.post(order(int(time.monotonic() * 1e6), int(time.time() * 1e6))[2])


def a_gzip_bomb(collector):
    bomb = gzip.compress(b"[" + b" " * (1 << 30))
    assert collector.request("/api/v2/spans", bomb, Content_Encoding="gzip")[0] == 413


def a_body_of_100_megabytes(collector):
    with socket.create_connection(("127.0.0.1", collector.port), timeout=30) as client:
        client.sendall(b"POST /api/v2/spans HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n")
        try:
            for _ in range(100):
                client.sendall(b" " * MEGABYTE)
        except OSError:
            return  # It closed the connection before all of it was sent.
        assert b" 413 " in client.recv(100)
    # The same without a length.
    with socket.create_connection(("127.0.0.1", collector.port), timeout=30) as client:
        client.sendall(b"POST /api/v2/spans HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(100):
                client.sendall(b"100000\r\n" + b" " * MEGABYTE + b"\r\n")
        except OSError:
            return
        assert b" 413 " in client.recv(100)


def malformed_bodies(collector):
    half = json.dumps(order(1, 1)[2])[:-20].encode()
    for body in [half, b"[{]", b"\xff\xfe[", b"[" * 200_000, b'[{"traceId":"1","id":"1","name":"\xc3(\xff"}', b"\x00" * 1000]:
        status, _ = collector.request("/api/v2/spans", body)
        assert status == 400, (status, body[:20])
    # Invalid UTF-8 is replaced, as in the real server.
    assert collector.request("/api/v2/spans", b'[{"traceId":"1","id":"1","name":"\xff\xc3("}]')[0] == 202
    assert collector.request("/api/v2/spans", b"\x0a\xff\xff\xff\xff\x7f", Content_Type="application/x-protobuf")[0] == 400
    assert collector.request("/logs", b'{"half":\n\xff\xfe\n{"trace_id":7}\n[1]')[0] == 202


def proto(field, content):
    """A length-delimited field of a protobuf message."""
    length, count = b"", len(content)
    while count > 127:
        length += bytes([count & 127 | 128])
        count >>= 7
    return bytes([field << 3 | 2]) + length + bytes([count]) + content


def bodies_of_otlp(collector):
    """Small bodies that would become large, or make much work, if anything was read or kept once a record."""
    def post(body, **headers):
        return collector.request("/v1/traces", body, **{"Content_Type": "application/x-protobuf", **headers})[0]

    def span(number):
        return proto(1, os.urandom(15) + b"\1") + proto(2, number.to_bytes(8, "big")) + proto(5, b"x")

    def attributes(count, size):
        return b"".join(proto(1, proto(1, b"k%d" % n) + proto(2, proto(1, b"v" * size))) for n in range(count))

    assert post(gzip.compress(b"\0" * (1 << 30)), Content_Encoding="gzip") == 413
    assert post(gzip.compress(b"{" + b" " * (1 << 30)), Content_Encoding="gzip", Content_Type="application/json") == 413
    spans = b"".join(proto(2, span(number)) for number in range(1, 20_001))
    # Each of 20 000 traces would keep the resource.
    assert post(proto(1, proto(1, attributes(900, 1000)) + proto(2, spans))) == 413
    # A resource that is too large costs its records, and 20 000 scopes below one resource read it once.
    begun = time.monotonic()
    assert post(proto(1, proto(1, attributes(100_000, 20)) + proto(2, spans))) == 200
    assert post(proto(1, proto(1, attributes(9_000, 50)) + proto(2, proto(2, b"\x0a\x00")) * 20_000)) == 200
    for path in ("traces", "logs"):
        for body in (b"\x0a\x04\x12\x02\x12\x00" * (1 << 16), b"\x0a\x00" * (1 << 18), b""):
            assert collector.request(f"/v1/{path}", body, Content_Type="application/x-protobuf")[0] == 200
        name = "resourceSpans" if path == "traces" else "resourceLogs"
        assert collector.request(f"/v1/{path}", b'{"%s":[%s{}]}' % (name.encode(), b"{}," * (1 << 17)))[0] == 200
        assert collector.request(f"/v1/{path}", b'{"%s":' % name.encode() + b"[" * (1 << 20))[0] == 400
    assert time.monotonic() - begun < 120, "small bodies make much work"
    deep = b""
    for _ in range(5000):
        deep = proto(5, proto(1, deep))
    assert post(proto(1, proto(2, proto(2, span(1) + proto(9, proto(2, deep)))))) == 200


def headers_without_end(collector):
    with socket.create_connection(("127.0.0.1", collector.port), timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        try:
            for number in range(2000):
                client.sendall(b"X-%d: %s\r\n" % (number, b"x" * 100))
            answer = client.recv(100)
        except OSError:
            return
        assert answer == b"" or b" 4" in answer, answer


def ten_thousand_idle_connections(collector):
    clients = []
    before = collector.rss()
    try:
        for _ in range(10_000):
            clients.append(socket.create_connection(("127.0.0.1", collector.port), timeout=60))
        serves(collector)
        grown = collector.rss() - before
        print(f"    10 000 connections made: {grown // MEGABYTE} MiB more")
        assert grown < 150 * MEGABYTE
    finally:
        for client in clients:
            client.close()


def a_slow_loris(collector):
    # Half a request, a byte every second: cut off when the time for a request is over (30 s), others served meanwhile.
    clients = [socket.create_connection(("127.0.0.1", collector.port), timeout=60) for _ in range(200)]
    for client in clients:
        client.sendall(b"POST /api/v2/spans HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n[")
    left = set(clients)
    limit = time.monotonic() + 90
    while left and time.monotonic() < limit:
        serves(collector)
        for client in list(left):
            try:
                client.sendall(b" ")
                client.setblocking(False)
                try:
                    if client.recv(1) == b"":
                        left.discard(client)
                except BlockingIOError:
                    pass
                client.setblocking(True)
            except OSError:
                left.discard(client)
        time.sleep(1)
    assert not left, f"{len(left)} are still connected"


def a_flood_of_large_bodies(collector):
    """Sixteen concurrent bodies of 8 MB: those that do not fit get 429 with Retry-After, accepted ones are stored."""
    spans = [span for number in range(600) for span in order(number, int(time.time() * 1e6))[2]]
    template = json.dumps(spans)
    # Padded to 8 MB by white space, which is read like anything else.
    body = template.encode().ljust(8 * MEGABYTE)
    answers = []

    def send():
        connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=120)
        connection.request("POST", "/api/v2/spans", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answers.append((answer.status, answer.getheader("Retry-After")))
        connection.close()

    for _ in range(10):
        threads = [threading.Thread(target=send) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if any(status == 429 for status, _ in answers):
            break
    assert {status for status, _ in answers} == {202, 429}, set(answers)
    assert all(after == "1" for status, after in answers if status == 429), set(answers)
    print(f"    {len(answers)} bodies: {sum(status == 429 for status, _ in answers)} were refused with 429")


def foreign_pages(collector):
    assert collector.request("/api/v2/services", Host="evil.example")[0] == 421
    assert collector.request("/api/v2/spans", "[]", Origin="https://evil.example")[0] == 403


def killed_it_has_what_it_answered_202_for():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "traces.sqlite")
        taken = []
        with Collector(binary(), "--storage", path) as collector:
            done = threading.Event()

            def send(worker):
                for number in range(100_000):
                    trace, _, spans, _ = order(worker * 1_000_000 + number, int(time.time() * 1e6))
                    try:
                        if collector.request("/api/v2/spans", json.dumps(spans))[0] == 202:
                            taken.append(trace)
                    except (OSError, urllib.error.URLError):
                        return
                    if len(taken) > 300:
                        done.set()

            workers = [threading.Thread(target=send, args=(worker,)) for worker in range(4)]
            for worker in workers:
                worker.start()
            assert done.wait(120)
            collector.process.send_signal(signal.SIGKILL)
            for worker in workers:
                worker.join()
        assert os.stat(path).st_mode & 0o77 == 0
        with Collector(binary(), "--storage", path) as collector:
            for trace in taken:
                assert len(json.loads(collector.request(f"/api/v2/trace/{trace}")[1])) == 6
        print(f"    killed after {len(taken)} answers, all there")


def a_file_that_another_program_locks():
    """While nothing can be written the response is 503 with Retry-After; afterwards everything works."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "traces.sqlite")
        with Collector(binary(), "--storage", path) as collector:
            serves(collector)
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=60)
            body = json.dumps(order(5, int(time.time() * 1e6))[2])
            connection.request("POST", "/api/v2/spans", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            assert (answer.status, answer.getheader("Retry-After")) == (503, "1"), answer.status
            other.execute("ROLLBACK")
            other.close()
            connection.request("POST", "/api/v2/spans", body, {"Content-Type": "application/json"})
            assert connection.getresponse().status == 202


def log_files_are_followed_across_rotation():
    with tempfile.TemporaryDirectory() as directory:
        one, other = (os.path.join(directory, name) for name in ("one.log", "other.log"))

        def line(number):
            return json.dumps({"timestamp": "2026-01-01T00:00:00Z", "trace_id": f"{number:032x}", "event": "e"}) + "\n"

        # One file exists, the other is created later.
        with open(one, "w") as file, Collector(binary(), "--logs", one, other) as collector:
            def wait(number):
                limit = time.monotonic() + 60
                while collector.request(f"/api/spoor/trace/{number:032x}")[0] != 200:
                    assert time.monotonic() < limit, number
                    time.sleep(0.05)

            file.write(line(1))
            file.flush()
            wait(1)
            with open(other, "w") as late:
                late.write(line(2))
            wait(2)
            os.rename(one, one + ".1")
            file.write(line(3))
            file.flush()
            with open(one, "w") as new:
                new.write(line(4))
            wait(3)
            wait(4)


def on_a_terminal_nothing_acts():
    """`spoor grep` and `spoor trace` on a real terminal, with input that contains control sequences."""
    hostile = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202egnp.exe\u2066x\u2069"
    with tempfile.TemporaryDirectory() as directory:
        trace, ids, spans, logs = order(1, 1_700_000_000_000_000, slow=True)
        for span in spans:
            span["name"], span["tags"] = hostile, {"error": hostile, hostile: hostile}
            span["localEndpoint"]["serviceName"] = hostile
        for log in logs:
            log.update({"event": hostile, hostile: hostile, "error.message": hostile, "error.type": hostile,
                        "error.stack_trace": hostile, "service": hostile})
        files = [os.path.join(directory, name) for name in ("spans.json", "a.log")]
        with open(files[0], "w") as file:
            json.dump(spans, file)
        with open(files[1], "w") as file:
            file.write("\n".join([*(json.dumps(log, ensure_ascii=False) for log in logs), hostile]) + "\n")
        for arguments in [["grep", trace, "--others", "pass", files[1]], ["grep", trace, "--output", "records", "--others", "pass", files[1]],
                          ["trace", trace, *files], ["diff", trace, trace, *files]]:
            master, slave = pty.openpty()
            process = subprocess.Popen([binary(), *arguments, "--color", "never"], stdout=slave, stdin=subprocess.DEVNULL)
            os.close(slave)
            shown = b""
            while True:
                try:
                    part = os.read(master, 65536)
                except OSError:  # The other end is closed.
                    break
                if not part:
                    break
                shown += part
            os.close(master)
            assert process.wait(60) == 0, arguments
            text = shown.decode().replace("\r\n", "\n")
            acting = sorted({character for character in text if character != "\n" and (
                ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 or character in "\u202e\u2066\u2069")})
            assert text and not acting, (arguments, acting)


def main():
    wanted = sys.argv[1:]
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    attacks = [a_gzip_bomb, a_body_of_100_megabytes, a_flood_of_large_bodies, malformed_bodies, bodies_of_otlp, headers_without_end, foreign_pages,
               ten_thousand_idle_connections, a_slow_loris]
    with Collector(binary()) as collector:
        serves(collector)
        before = collector.rss()
        for attack in attacks:
            if wanted and attack.__name__ not in wanted:
                continue
            attack(collector)
            serves(collector)
            grown = (collector.rss() - before) // MEGABYTE
            assert grown < 200, f"{attack.__name__}: {grown} MiB more"
            print(f"ok    {attack.__name__} ({grown} MiB more than before)", flush=True)
    for test in [killed_it_has_what_it_answered_202_for, a_file_that_another_program_locks,
                 log_files_are_followed_across_rotation, on_a_terminal_nothing_acts]:
        if wanted and test.__name__ not in wanted:
            continue
        test()
        print(f"ok    {test.__name__}", flush=True)


if __name__ == "__main__":
    main()
