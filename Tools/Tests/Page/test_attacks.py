"""What a collector must survive, against a running one: python test_attacks.py"""

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
            return  # It hung up before all of it was sent.
        assert b" 413 " in client.recv(100)
    # The same without saying how long it is.
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
    # Text that is no UTF-8 is mended, as the real server does.
    assert collector.request("/api/v2/spans", b'[{"traceId":"1","id":"1","name":"\xff\xc3("}]')[0] == 202
    assert collector.request("/api/v2/spans", b"\x0a\xff\xff\xff\xff\x7f", Content_Type="application/x-protobuf")[0] == 400
    assert collector.request("/logs", b'{"half":\n\xff\xfe\n{"trace_id":7}\n[1]')[0] == 202


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
    """Sixteen bodies of 8 MB at the same time: what does not fit is 429 with Retry-After, what is taken is there."""
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
    print(f"    {len(answers)} bodies: {sum(status == 429 for status, _ in answers)} were asked to come again")


def foreign_pages(collector):
    assert collector.request("/api/v2/services", Host="evil.example")[0] == 403
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
    """Nothing can be written: 503 with Retry-After, and all is well when it can be."""
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

        # One is there, the other comes later.
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
    """`spoor grep` and `spoor trace` on a real terminal, given what would act on it."""
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
    attacks = [a_gzip_bomb, a_body_of_100_megabytes, a_flood_of_large_bodies, malformed_bodies, headers_without_end, foreign_pages,
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
