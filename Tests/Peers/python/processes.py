# SPDX-License-Identifier: Apache-2.0

"""Other projects' programs, started for one test."""
import contextlib
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

PATIENCE_SECONDS = 60


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(stack, arguments, output, **options):
    """Starts a program that ends with the block, and writes to a file."""
    with open(output, "ab") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options)

    def end():
        # Not SIGTERM, which may be blocked: the mask is inherited from the tests.
        process.kill()
        process.wait()

    stack.callback(end)
    return process


def until(what, condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s"
        time.sleep(0.05)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def start_rotel(stack, directory, *exporter, port=None):
    """Rotel, which sends what it takes as the options of `exporter` say. Returns its address."""
    import rotel
    agent = os.path.join(os.path.dirname(rotel.__file__), "rotel-agent")
    port, output = port or free_port(), directory / "rotel"
    start(stack, [
        agent, "start", "--otlp-http-endpoint", f"127.0.0.1:{port}", "--otlp-grpc-endpoint",
        f"127.0.0.1:{free_port()}", *exporter, "--batch-timeout", "50ms", "--pid-file", str(directory / "rotel.pid"),
        "--log-file", str(directory / "rotel.log")], output)
    address = f"http://127.0.0.1:{port}"

    def answers():
        request = urllib.request.Request(address + "/v1/traces", b"", {"content-type": "application/x-protobuf"})
        try:
            urllib.request.urlopen(request, timeout=PATIENCE_SECONDS).close()
        except urllib.error.HTTPError:
            pass
        except urllib.error.URLError:
            return False
        return True

    until(f"Rotel listens: {output.read_text()}", answers)
    return address


def collector_program():
    """The OpenTelemetry Collector of PyPI, which has the receiver `filelog` and the exporter `otlphttp`."""
    import otel_collector
    program = next((pathlib.Path(otel_collector.__file__).parent / "bin").glob("otelcol-contrib*"))
    program.chmod(0o755)
    return str(program)
