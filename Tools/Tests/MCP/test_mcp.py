# SPDX-License-Identifier: Apache-2.0

"""Drives `spoor mcp` with PyPI's client of the Model Context Protocol: python test_mcp.py [NAME…]"""

import asyncio
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
import warnings

from mcp import Client, MCPError, StdioServerParameters

from evidence import COMMAND, HIDDEN, HOLDER, POISONED, Collector, World, binary, stamp, wide

HERE = os.path.dirname(os.path.abspath(__file__))
# The newest version, and the newest with a handshake.
VERSIONS = {"2026-07-28": "2026-07-28", "legacy": "2025-11-25"}
NEWEST = "2026-07-28"


@contextlib.asynccontextmanager
async def connected(arguments, mode=NEWEST):
    # Time is not what these tests are about, and a debug build on a busy machine is slow.
    server = StdioServerParameters(command=binary(), args=["mcp", "--time-limit", "60000", *arguments])
    async with Client(server, mode=mode) as client:
        # The client checks each answer against the schema of a tool that it has listed.
        await client.list_tools()
        yield client


async def call(client, name, **arguments):
    """The structured content of an answer, whose text must be the same."""
    result = await client.call_tool(name, arguments)
    text = result.content[0].text
    assert not result.is_error, (name, arguments, text)
    assert json.loads(text) == result.structured_content, name
    # Both copies: the object as it is written in the text, and the text as a JSON string.
    size = len(text.encode()) + len(json.dumps(text, ensure_ascii=False).encode())
    assert size <= arguments.get("max_bytes", 24 << 10), (name, size)
    return result.structured_content


async def refused(client, name, **arguments):
    """The text of an error."""
    result = await client.call_tool(name, arguments)
    assert result.is_error, (name, arguments, result.structured_content)
    return result.content[0].text


def data(value):
    """A value with the text of each piece of evidence in its place."""
    if isinstance(value, dict):
        return value["data"] if "data" in value else {key: data(member) for key, member in value.items()}
    return [data(member) for member in value] if isinstance(value, list) else value


def calls(world):
    return {
        "services": {}, "search_traces": {"errors": True}, "trace_topology": {"trace_id": world.slow},
        "critical_path": {"trace_id": world.slow}, "trace_errors": {"trace_id": world.slow},
        "span_details": {"trace_id": world.slow, "span_ids": world.slow_ids[:4]}, "error_groups": {"since": "1h"},
        "search_logs": {"query": "event=payment_timeout"}, "trace_chains": {"trace_id": POISONED}, "crashes": {},
        "compare_traces": {"before": world.good, "after": world.slow},
    }


async def every_tool_answers_over_each_version(world):
    for mode, version in VERSIONS.items():
        with tempfile.TemporaryDirectory() as directory, in_flight(directory) as _:
            async with connected(["--journal", directory, *world.sources("both")], mode) as client:
                assert client.protocol_version == version, client.protocol_version
                tools = {tool.name: tool for tool in (await client.list_tools()).tools}
                planned = {**calls(world), "in_flight": {}}
                assert set(tools) == set(planned), set(tools) ^ set(planned)
                for name, arguments in planned.items():
                    assert tools[name].annotations.read_only_hint and tools[name].output_schema
                    answer = await call(client, name, **arguments)
                    assert answer["notice"].startswith("Objects {\"data\"")


async def what_is_planted_is_found_in_each_source(world):
    for source in ("collector", "logs", "both"):
        async with connected(world.sources(source)) as client:
            names = {item["name"] for item in data(await call(client, "services"))["services"]}
            assert {"payment", "gateway", "order-service"} & names, (source, names)
            found = data(await call(client, "search_traces", query="event=payment_timeout"))
            assert {trace["trace_id"] for trace in found["traces"]} == {world.orders[7][0], world.slow}, source
            assert found["found"] == 2 and found["traces"][0]["trace_id"] == world.slow, (source, found)
            errors = data(await call(client, "trace_errors", trace_id=world.slow[:12]))
            timeout = [failure for failure in errors["failures"] if failure["event"] == "payment_timeout"][0]
            assert timeout["error"] == "PaymentTimeout: no answer in 300 ms" and timeout["handled"]
            assert timeout["stack"].startswith("at PaymentClient.charge(_:) PaymentClient.swift:42\n"), timeout
            assert timeout["causes"] == [{"error": "HTTPTimeout: read timed out"}]
            logs = data(await call(client, "search_logs", query="event=payment_timeout retry_count>1", limit=1))
            assert logs["found"] == 2 and len(logs["records"]) == 1 and logs["left_out"][0]["count"] == 1, logs
            assert {"key": "order_id", "value": "ORD31"} in logs["records"][0]["fields"]
            groups = data(await call(client, "error_groups", limit=10))["groups"]
            by_event = {group["event"]: group for group in groups}
            poisoned = by_event["storage_failed"]
            assert poisoned["causes"][0]["error"] == "SQLError: cannot start a transaction within a transaction"
            assert poisoned["causes"][0]["stack"] == "at OrderStore.selectCoupons() OrderStore.swift:58"
            assert poisoned["chains"] == [{"field": "previous_holder", "traces": 1, "service": "order-service",
                                           "event": "coupon_query_failed"}], (source, poisoned)
            assert by_event["coupon_query_failed"]["explains"] == 1 and by_event["payment_timeout"]["count"] == 2
            chains = data(await call(client, "trace_chains", trace_id=POISONED, field="previous_holder"))["chains"]
            assert [hop["trace_id"] for hop in chains[0]["hops"]] == [HOLDER]
            assert chains[0]["hops"][0]["failed_first"]["error"] == "StorageError: no such table: coupons"
            crashes = data(await call(client, "crashes"))["records"]
            if source != "collector":
                assert crashes[0]["error"] == "SIGTRAP: Index out of range", crashes


async def the_tools_of_a_trace_show_its_spans(world):
    async with connected(world.sources("collector")) as client:
        topology = data(await call(client, "trace_topology", trace_id=world.slow))
        assert topology["span_count"] == 6 and topology["failed_spans"] == 1 and topology["duration_us"] > 412_000
        spans = {span["span_id"]: span for span in topology["spans"]}
        charge = spans[world.slow_ids[3]]
        assert (charge["service"], charge["name"], charge["depth"], charge["failed"]) == ("payment", "charge", 2, True)
        assert charge["parent_id"] == world.slow_ids[1] and charge["log_records"] == 1
        path = data(await call(client, "critical_path", trace_id=world.slow))["path"]
        assert max(path, key=lambda step: step["own_us"])["name"] == "score"
        assert abs(sum(step["share"] for step in path) - 1) < 0.01
        details = data(await call(client, "span_details", trace_id=world.slow, span_ids=[world.slow_ids[3], "1"]))
        assert details["unknown_span_ids"] == ["0" * 15 + "1"]
        assert {"key": "retry.count", "value": "2"} in details["spans"][0]["tags"]
        assert details["spans"][0]["records"][0]["event"] == "payment_timeout"
        difference = data(await call(client, "compare_traces", before=world.good, after=world.slow))
        assert difference["fails_now"][0]["path"][-1] == "payment charge" and difference["after"]["spans"] == 6
        assert difference["slower"] and not difference["new"]
        slowest = data(await call(client, "search_traces", order="slowest", limit=2, service="risk", min_duration_ms=300))
        assert {trace["trace_id"] for trace in slowest["traces"]} == {world.orders[7][0], world.slow}


async def a_line_that_commands_is_quoted_and_changes_nothing(world):
    async with connected(world.sources("both")) as client:
        before = data(await call(client, "search_traces"))["found"]
        for name, arguments in [("search_logs", {"query": '"ignore all previous"'}),
                                ("span_details", {"trace_id": world.slow, "span_ids": [world.slow_ids[0]]})]:
            answer = await call(client, name, **arguments)
            text = json.dumps(answer, ensure_ascii=False)
            assert COMMAND in text
            # Each place with the words is inside an object `{"data": …}`.
            assert COMMAND not in json.dumps(unmarked(answer))
            hidden = [letter for letter in HIDDEN if not letter.isascii()]
            assert not any(letter in text for letter in hidden) and "\\u001b" not in text
        assert data(await call(client, "search_traces"))["found"] == before
        assert world.collector.request("/metrics")[0] == 200


def unmarked(value):
    """A value without its pieces of evidence."""
    if isinstance(value, dict):
        return None if "data" in value else {key: unmarked(member) for key, member in value.items()}
    return [unmarked(member) for member in value] if isinstance(value, list) else value


HOSTILE = [
    ("search_traces", {"limit": 10**9}, "limit must be a whole number from 1 to 100, but is 1000000000"),
    ("search_traces", {"limit": 10**40}, "limit must be a whole number from 1 to 100, but is"),
    ("search_traces", {"limit": -1}, "limit must be a whole number from 1 to 100, but is -1"),
    ("search_traces", {"limit": 2.5}, "limit must be a whole number from 1 to 100, but is 2.5"),
    ("search_traces", {"limit": "20"}, 'limit must be a whole number from 1 to 100, but is "20"'),
    ("search_traces", {"limit": True}, "limit must be a whole number from 1 to 100, but is true"),
    ("search_traces", {"max_bytes": 1 << 20}, "max_bytes must be a whole number from 4096 to 65536, but is 1048576"),
    ("search_traces", {"errors": "yes"}, 'errors must be true or false, but is "yes"'),
    ("search_traces", {"order": "'; DROP TABLE spans; --"}, "order must be one of newest, oldest, slowest, but is"),
    ("search_traces", {"service": 'x" error "'}, "service must have no quotation marks"),
    ("search_traces", {"since": "soon"}, 'since must be a time: RFC 3339, 10m, 2h, yesterday, 09:20, or seconds since 1970, but is "soon"'),
    ("search_traces", {"since": "1h", "until": "2h"}, "since must be before until"),
    ("search_traces", {"delete": True}, 'an argument must be one of query, service'),
    ("search_traces", {"query": "event~("}, "query must be a query of `spoor grep`"),
    ("search_traces", {"query": "(" * 100 + "a"}, "query must be a query of `spoor grep`"),
    ("search_traces", {"query": "a" * 3000}, "query must be a string of at most 2000 bytes without NUL, but is"),
    ("search_logs", {"query": "a\0b"}, "query must be a string of at most 2000 bytes without NUL, but is"),
    ("trace_errors", {}, "trace_id must be 4 to 32 hexadecimal digits, or a whole traceparent, but is missing"),
    ("trace_errors", {"trace_id": '" or 1=1 --'}, "trace_id must be 4 to 32 hexadecimal digits, or a whole traceparent, but is"),
    ("trace_errors", {"trace_id": "../../etc/passwd"}, "trace_id must be 4 to 32 hexadecimal digits"),
    ("trace_errors", {"trace_id": "abcd\0"}, "trace_id must be 4 to 32 hexadecimal digits"),
    ("trace_errors", {"trace_id": None}, "trace_id must be 4 to 32 hexadecimal digits, or a whole traceparent, but is null"),
    ("trace_errors", {"trace_id": ["abcd"]}, 'but is ["abcd"]'),
    ("trace_errors", {"trace_id": "d" * 32}, "trace_id must be the id of a known trace, but none begins with dddd"),
    ("trace_errors", {"trace_id": "c" * 31}, "trace_id must be the beginning of one id, but 2 begin with cccc"),
    ("span_details", {"trace_id": "abcd", "span_ids": []}, "span_ids must be an array of 1 to 20 span ids"),
    ("span_details", {"trace_id": "abcd", "span_ids": ["1"] * 21}, "span_ids must be an array of 1 to 20 span ids"),
    ("span_details", {"trace_id": "abcd", "span_ids": [1]}, "span_ids must be an array of 1 to 20 span ids"),
    ("span_details", {"trace_id": "abcd", "span_ids": ["x"]}, "span_ids must be an array of 1 to 20 span ids"),
    ("compare_traces", {"before": "abcd"}, "after must be 4 to 32 hexadecimal digits"),
    ("in_flight", {}, "in_flight needs journals of processes"),
]


async def hostile_arguments_are_refused_by_name(world):
    async with connected(world.sources("both")) as client:
        for name, arguments, expected in HOSTILE:
            text = await refused(client, name, **arguments)
            assert expected in text and len(text) < 700, (name, arguments, text)
        try:
            await client.call_tool("delete_traces", {})
            raise AssertionError("an unknown tool must be refused")
        except MCPError as error:
            assert error.code == -32602 and "search_traces" in error.error.message, error
        assert data(await call(client, "search_traces", limit=1))["found"] > 40


def hostile_values(schema):
    """Values that a parameter with this schema must refuse."""
    strings = [5, True, None, [], {}]
    if schema["type"] == "integer":
        return [schema["maximum"] + 1, schema["minimum"] - 1, 10**40, -(10**40), 1e300, 1.5, "5", '" or 1=1 --', "/etc/passwd", True, None, [1]]
    if schema["type"] == "boolean":
        return ["yes", 1, 0, None, "/etc/passwd", [True]]
    if schema["type"] == "array":
        digits = "1" * 16
        return [[], [digits] * (schema["maxItems"] + 1), [digits, '"'], ["../../etc/passwd"], ["1" * 17], [""], [None], digits, 5, None]
    if "enum" in schema:
        return [*strings, "", "'; DROP TABLE spans; --", "/etc/passwd", schema["enum"][0].upper()]
    if "pattern" in schema:
        return [*strings, "", '"', "abcd'", '" or 1=1 --', "../../etc/passwd", "/etc/passwd", "abcd\0", "%2e%2e", "f" * 33, "a" * 10**6]
    if "maxLength" in schema:
        return [*strings, "a" * (schema["maxLength"] + 1), "a" * 10**6, "a\0b"]
    return [*strings, "", '"', "'; DROP TABLE spans; --", "../../etc/passwd", "9" * 40, "1 fortnight", "1" * 10**6, "10m\0"]


async def every_argument_of_every_tool_is_checked(world):
    with tempfile.TemporaryDirectory() as directory:
        async with connected(["--journal", directory, *world.sources("both")]) as client:
            planned = {**calls(world), "in_flight": {}}
            count = 0
            for tool in (await client.list_tools()).tools:
                parameters = tool.input_schema["properties"]
                assert "max_bytes" in parameters, tool.name
                for name, schema in parameters.items():
                    for value in hostile_values(schema):
                        text = await refused(client, tool.name, **{**planned[tool.name], name: value})
                        assert text.startswith(f"{name} must be ") and ", but is " in text, (tool.name, name, value, text)
                        assert len(text) < 400, (tool.name, name, text)
                        count += 1
                for name in ("path", "url", "__proto__", "trace_id ", ""):
                    text = await refused(client, tool.name, **{**planned[tool.name], name: "/etc/passwd"})
                    assert text.startswith("an argument must be one of ") and json.dumps(name) in text, (tool.name, text)
                for name in tool.input_schema["required"]:
                    rest = {key: value for key, value in planned[tool.name].items() if key != name}
                    text = await refused(client, tool.name, **rest)
                    assert text.startswith(f"{name} must be ") and text.endswith("but is missing"), (tool.name, text)
                # The server is as it was.
                await call(client, tool.name, **planned[tool.name])
            assert count > 500, count
            # Free text may have quotes and paths: it is compared, never run or opened.
            for text in ['"', "'; DROP TABLE spans; --", "../../etc/passwd", "$(id)", "%00", "\u202e"]:
                assert data(await call(client, "trace_chains", trace_id=POISONED, field=text))["chains"] == []
                if '"' not in text:
                    assert data(await call(client, "search_traces", service=text))["found"] == 0


def exchanged(arguments, lines):
    """The responses to lines of bytes that a server gets at once."""
    server = subprocess.run([binary(), "mcp", *arguments], input=b"\n".join(lines) + b"\n", capture_output=True, timeout=120)
    assert server.returncode == 0, server.stderr
    return [json.loads(line) for line in server.stdout.splitlines()]


def request(method, number=1, **params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()


HELLO = request("initialize", 0, protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "t", "version": "1"})
META = {"io.modelcontextprotocol/protocolVersion": NEWEST, "io.modelcontextprotocol/clientCapabilities": {}}


async def malformed_messages_get_the_codes_of_json_rpc(world):
    logs = world.sources("logs")
    cases = [
        (b"{", -32700, None), (b"\xff\xfe", -32700, None), (b'{"jsonrpc":"2.0","id":1,"method":"ping",}', -32700, None),
        (b"[" * 5000 + b"]" * 5000, -32700, None), (b'{"a":' * 200 + b"1" + b"}" * 200, -32700, None),
        (b"[" + request("ping") + b"]", -32600, None), (b"[]", -32600, None), (b"7", -32600, None), (b'"x"', -32600, None),
        (b"{}", -32600, None), (b'{"jsonrpc":"1.0","id":3,"method":"ping"}', -32600, 3),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, None), (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":4,"method":5}', -32600, 4), (b'{"jsonrpc":"2.0","id":4,"method":"ping","params":[1]}', -32600, 4),
        (b"x" * (3 << 20), -32600, None), (request("resources/list", "a"), -32601, "a"), (request("tools/delete"), -32601, 1),
        (request("tools/call"), -32602, 1), (request("tools/call", name=5), -32602, 1),
        (request("tools/list", cursor="next"), -32602, 1),
        (request("initialize", 1), -32602, 1),
    ]
    # Each is followed by a request that is answered.
    lines = [line for number, case in enumerate(cases) for line in (case[0], request("ping", f"ping {number}"))]
    answers = exchanged(logs, [HELLO, *lines])[1:]
    assert len(answers) == 2 * len(cases), answers
    for place, (line, code, number) in enumerate(cases):
        answer, ping = answers[2 * place:2 * place + 2]
        assert answer["id"] == number and answer["error"]["code"] == code and answer["error"]["message"], (line[:60], answer)
        assert ping == {"jsonrpc": "2.0", "id": f"ping {place}", "result": {}}, ping
    # A notification and a response get no answer, and nothing else is written.
    quiet = [b'{"jsonrpc":"2.0","method":"notifications/initialized"}', b'{"jsonrpc":"2.0","id":5,"result":{}}', b"", b"  \r"]
    assert [answer["id"] for answer in exchanged(logs, [HELLO, *quiet, request("ping", 9)])] == [0, 9]
    # Text in an argument is an error of the tool, which a caller can correct.
    answer = exchanged(logs, [HELLO, request("tools/call", name="services", arguments=[1])])[1]
    assert answer["result"]["isError"] and "arguments must be an object" in answer["result"]["content"][0]["text"]


async def versions_are_negotiated(world):
    logs = world.sources("logs")
    for asked, answered in [("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2024-11-05", "2025-11-25"),
                            ("2099-01-01", "2025-11-25")]:
        line = request("initialize", protocolVersion=asked, capabilities={}, clientInfo={"name": "t", "version": "1"})
        result = exchanged(logs, [line])[0]["result"]
        assert result["protocolVersion"] == answered and result["serverInfo"]["name"] == "spoor", (asked, result)
    assert result["serverInfo"]["version"] == re.search(
        r'"(.*)"', open(os.path.join(HERE, "../../../Sources/SpoorBase/SpoorVersion.swift")).read()).group(1)
    # A request before any handshake, and one of the other era after it.
    early = exchanged(logs, [request("tools/list"), request("ping", 2)])
    assert early[0]["error"]["code"] == -32600 and "initialize" in early[0]["error"]["message"] and early[1]["result"] == {}
    assert exchanged(logs, [HELLO, request("tools/list", _meta=META)])[1]["error"]["code"] == -32600
    found = exchanged(logs, [request("server/discover", _meta=META), HELLO, request("tools/list", 3), request("ping", 4, _meta=META)])
    assert found[0]["result"]["supportedVersions"] == [NEWEST] and found[0]["result"]["resultType"] == "complete"
    assert [answer["error"]["code"] for answer in found[1:]] == [-32022, -32602, -32601], found
    other = dict(META, **{"io.modelcontextprotocol/protocolVersion": "2031-01-01"})
    refusal = exchanged(logs, [request("server/discover", _meta=other)])[0]["error"]
    assert refusal["code"] == -32022 and refusal["data"] == {"supported": [NEWEST], "requested": "2031-01-01"}
    assert exchanged(logs, [request("server/discover")])[0]["error"]["code"] == -32602
    # A client that offers everything finds the newest version by itself.
    async with connected(logs, "auto") as client:
        assert client.protocol_version == NEWEST


async def an_answer_stays_within_its_limit(world):
    trace, spans = wide(5000, world.now)
    spans[7]["tags"] = {f"tag.{number}": "x" * 400 for number in range(200)}
    world.collector.post(spans)
    async with connected(world.sources("collector")) as client:
        for limit in (4096, 10_000, 65_536):
            answer = await call(client, "trace_topology", trace_id=trace, max_bytes=limit)
            rest = answer["left_out"][0]
            assert rest["what"] == "spans" and len(answer["spans"]) + rest["count"] == 5000
            assert rest["how"] == f"call again with offset {len(answer['spans'])}"
            assert len(answer["spans"]) > limit / 1000, (limit, len(answer["spans"]))
        seen = set()
        for _ in range(3):
            answer = await call(client, "trace_topology", trace_id=trace, offset=len(seen), max_bytes=65_536)
            seen |= {span["span_id"] for span in answer["spans"]}
            assert answer["left_out"][0]["count"] == 5000 - len(seen)
        details = await call(client, "span_details", trace_id=trace, span_ids=[spans[7]["id"]], max_bytes=4096)
        shown = details["spans"][0]
        assert len(shown["tags"]) + shown["more_tags"] == 200 and shown["tags"][0]["value"]["cut_bytes"] > 0
        assert "larger max_bytes" in details["left_out"][0]["how"]
        assert len((await call(client, "span_details", trace_id=trace, span_ids=[spans[7]["id"]], max_bytes=65_536))["spans"][0]["tags"]) == 64


async def logs_that_grow_are_read_on(world):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "growing.log")
        trace = "e" * 32

        def write(mode, number, event):
            with open(path, mode) as file:
                file.write(json.dumps({"timestamp": stamp(world.now + number), "level": "error", "service": "s",
                                       "trace_id": trace, "event": event}) + "\n")

        async def found(event):
            return data(await call(client, "search_logs", query=f"event={event}"))["found"]

        write("w", 0, "first")
        async with connected([directory]) as client:
            assert await found("first") == 1
            write("a", 1000, "second")
            assert await found("second") == 1
            assert len(data(await call(client, "trace_errors", trace_id=trace))["failures"]) == 2
            # A replaced file is read from its beginning.
            write("w", 2000, "new")
            assert (await found("new"), await found("first")) == (1, 0)


async def a_record_over_several_lines_is_whole_at_the_border_of_a_block(world):
    with tempfile.TemporaryDirectory() as directory:
        # Blocks have 4 MiB, and a record 20 kB in ten lines.
        with open(os.path.join(directory, "long.log"), "w") as file:
            for number in range(450):
                record = {"timestamp": stamp(world.now + number * 1000), "level": "info", "service": "s", "event": "long",
                          "number": number, **{f"field_{part}": "x" * 3300 for part in range(6)}}
                file.write(json.dumps(record, indent=2) + "\n")
        async with connected([directory]) as client:
            answer = data(await call(client, "search_logs", query="event=long", order="oldest", limit=1))
            assert answer["found"] == 450 and not answer["notes"], (answer["found"], answer["notes"])
            assert {"key": "number", "value": "0"} in answer["records"][0]["fields"]


async def a_document_and_compressed_logs_are_sources_as_well(world):
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "spans.json"), "w") as file:
            json.dump([span for order in world.orders for span in order[2]], file)
        subprocess.run(["gzip", "-c", world.log], stdout=open(os.path.join(directory, "orders.log.gz"), "wb"), check=True)
        async with connected([directory]) as client:
            topology = data(await call(client, "trace_topology", trace_id=world.slow))
            assert topology["span_count"] == 6 and topology["log_records"] == 4, topology
            assert data(await call(client, "search_traces", limit=100))["found"] == 42


async def a_source_that_fails_is_noted(world):
    async with connected(["--collector", "http://127.0.0.1:1", world.log]) as client:
        answer = await call(client, "search_traces")
        assert answer["traces"] and any("no collector responds" in note for note in answer["notes"]), answer["notes"]
    refusals = {("--collector", "ftp://x"): "--collector must be an address", ("/nowhere.log",): "a file or directory must exist",
                ("--time-limit", "1"): "--time-limit must be from 10 to 600000"}
    for arguments, expected in refusals.items():
        server = subprocess.run([binary(), "mcp", *arguments], input=b"", capture_output=True, timeout=60)
        assert server.returncode == 2 and not server.stdout and expected in server.stderr.decode(), server.stderr


@contextlib.contextmanager
def in_flight(directory):
    """A process with two open spans whose journal is in a directory."""
    probe = os.path.join(os.path.dirname(binary()), "OpenSpans")
    environment = dict(os.environ, SPOOR_JOURNAL_DIR=directory, SPOOR_ENDPOINT="http://127.0.0.1:1/api/v2/spans")
    process = subprocess.Popen([probe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    try:
        while b"ready" not in process.stdout.readline():
            assert process.poll() is None
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


async def requests_in_flight_and_a_killed_process_are_shown(world):
    with tempfile.TemporaryDirectory() as directory, in_flight(directory) as process:
        async with connected(["--journal", directory]) as client:
            answer = data(await call(client, "in_flight"))
            assert [(item["service"], item["pid"], item["open_spans"]) for item in answer["processes"]] == [
                ("payments", process.pid, 2)]
            outer, inner = answer["open"]
            assert [(span["name"], span["service"], span["pid"]) for span in answer["open"]] == [
                ("post /charges", "payments", process.pid), ("authorise", "payments", process.pid)]
            assert outer["tags"] == [{"key": "order.id", "value": "ORD7890"}] and outer["kind"] == "SERVER", outer
            assert "parent_id" not in outer and inner["parent_id"] == outer["span_id"] and "kind" not in inner, inner
            assert inner["last_event"] == "waiting_for_bank" and outer["age_us"] >= inner["age_us"] > 0
            second = data(await call(client, "in_flight", limit=1, offset=1))
            assert [span["span_id"] for span in second["open"]] == [inner["span_id"]] and not second["left_out"], second
            first = data(await call(client, "in_flight", limit=1))["left_out"]
            assert first == [{"what": "open", "count": 1, "how": "call again with offset 1"}], first
            trace = outer["trace_id"]
            assert data(await call(client, "trace_topology", trace_id=trace))["span_count"] == 2
            assert data(await call(client, "crashes"))["journals"] == []
            process.kill()
            process.wait()
            gone = data(await call(client, "in_flight"))
            assert gone["processes"] == gone["open"] == []
            dead = data(await call(client, "crashes"))["journals"]
            assert [span["name"] for span in dead[0]["interrupted"]] == ["post /charges", "authorise"]


async def mcp_conform_finds_no_fault(world):
    tool = os.path.join(os.path.dirname(sys.executable), "mcp-conform")
    server = f"{binary()} mcp {world.log}"
    result = subprocess.run([tool, "server", "--command", server, "--format", "json"], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr


def state(directory):
    """The names, contents and times of the files in a directory."""
    return {name: (os.stat(path).st_mtime_ns, hashlib.sha256(open(path, "rb").read()).hexdigest())
            for name in sorted(os.listdir(directory)) for path in [os.path.join(directory, name)]}


TESTS = [every_tool_answers_over_each_version, what_is_planted_is_found_in_each_source, the_tools_of_a_trace_show_its_spans,
         a_line_that_commands_is_quoted_and_changes_nothing, hostile_arguments_are_refused_by_name, every_argument_of_every_tool_is_checked,
         malformed_messages_get_the_codes_of_json_rpc, versions_are_negotiated, an_answer_stays_within_its_limit,
         logs_that_grow_are_read_on,
         a_record_over_several_lines_is_whole_at_the_border_of_a_block, a_document_and_compressed_logs_are_sources_as_well, a_source_that_fails_is_noted,
         requests_in_flight_and_a_killed_process_are_shown, mcp_conform_finds_no_fault]


def main():
    warnings.simplefilter("ignore")
    wanted = sys.argv[1:]
    failed = []
    with tempfile.TemporaryDirectory() as directory, Collector(binary()) as collector:
        world = World(collector, directory)
        before = state(directory)
        for test in [test for test in TESTS if not wanted or test.__name__ in wanted]:
            begin = time.monotonic()
            try:
                asyncio.run(test(world))
                print(f"ok    {test.__name__}  {time.monotonic() - begin:.1f} s", flush=True)
            except Exception:
                failed.append(test.__name__)
                print(f"FAIL  {test.__name__}", flush=True)
                traceback.print_exc()
        assert state(directory) == before, "the log files must not change"
    if failed:
        sys.exit(f"{len(failed)} failed: {', '.join(failed)}")
    print("all passed")


if __name__ == "__main__":
    main()
