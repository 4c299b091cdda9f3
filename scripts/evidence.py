# SPDX-License-Identifier: Apache-2.0

"""Called by scripts/evidence.sh: evidence.py BUILD [--show] [--write | CASE…], where BUILD has order-flow and spoor;
--show prints what both ways print.

A way is a list of shell commands that run in the directory of the case's logs. $TRACE is the trace id of the order that
the case is about, which its client got. A way counts as found if its output matches every pattern of the cause.

The rules of both ways, so that neither is made longer or shorter than it is for somebody who does not know the cause:

- A complaint about one order begins with its trace id. Everything else begins with an overview of what is logged above
  info, and follows what is seen there.
- With jq, whole records are printed, because nobody knows yet which fields matter: all records of a kind that the
  overview shows up to twenty times, which fit on a screen; of more frequent kinds, and of those with stacks, the first.

`trace`, `defer` and `shared-state` have no cause to be found: nothing fails and nothing is slow. That of `pool-fixed` is
that of `pool-poison`, whose pool it runs beside the repaired one.
"""
import os, re, subprocess, sys, tempfile
from pathlib import Path

README = Path(__file__).parent.parent / "Tools/README.md"
BEGIN, END = "<!-- evidence: begin -->", "<!-- evidence: end -->"

# The records of a kind are looked at first; how often and which: without that, nobody knows what to ask for.
OVERVIEW = """jq -r 'select(.level=="error" or .level=="warning" or .level=="critical") | [.service,.event,.["error.message"]] | @tsv' *.log | sort | uniq -c | sort -rn | head -40"""

NOTICES = OVERVIEW.replace('.level=="error"', '.level=="notice" or .level=="error"')

# How often something takes how long.
DURATIONS = """jq -r 'select(.duration_ms) | [.service,.event,.duration_ms] | @tsv' *.log | sort | uniq -c | sort -rn | head -40"""
PERCENTILES = "spoor grep 'duration_ms>=0' --by service,event --stats duration_ms *.log"

# One order in all services.
ORDER = "grep -h $TRACE *.log | jq -c ."


def records(event, first=False):
    return f"""jq -c 'select(.event=="{event}")' *.log""" + (" | head -1" if first else "")


# A variable of these scripts would be a setting that the services do not know, and log a warning.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SPOOR_")}

CASES = {
    "log-record": {
        "what": "payment-service does not answer in 300 ms",
        "cause": [r"no answer from payment-service in 300 ms", r"PaymentClient\.swift:\d+"],
        "spoor": ["spoor errors *.log"],
        "jq": [OVERVIEW, records("payment_timeout", first=True)],
    },
    "validation": {
        "what": "the fields that are refused",
        "cause": [r"order_refused", r"customer\.name", r"customer\.email", r"customer\.age"],
        "spoor": ["spoor grep 'level>=notice' -m 1 *.log", "spoor grep 'level>=notice' -o event,field,reason *.log"],
        "jq": [NOTICES, records("order_refused")],
    },
    "pool-starvation": {
        "what": "a connection is held while inventory-service takes 500 ms, and others wait for it",
        "cause": [r"slow_connection_use", r"duration_ms\D+5\d\d", r"waiting\D+(0 … )?[1-9]", r"stock_reserved"],
        "spoor": ["spoor trace $TRACE *.log", "spoor errors --level warning *.log"],
        "jq": [ORDER, OVERVIEW, records("slow_connection_use", first=True)],
    },
    "pool-poison": {
        "what": "a failed query leaves its transaction open",
        "cause": [r"no such table: coupons", r"OrderStore\.discount\(of:\)", r"OrderStore\.swift:\d+"],
        "spoor": ["spoor errors *.log"],
        "jq": [
            OVERVIEW,
            records("storage_failed", first=True),
            """jq -r 'select(.previous_holder).previous_holder' *.log | sort -u > holders; grep -hF -f holders *.log | jq -r 'select(.level!="info" and .["error.message"]) | [.trace_id,.event,.["error.message"]] | @tsv' | sort | uniq -c | sort -rn | head -40""",
            records("coupon_ignored", first=True),
        ],
    },
    "recover": {
        "what": "a division by zero, a voucher that is no number, an unknown customer",
        "cause": [
            r"cannot be divided by zero", r"is not SAVE and a number of cents", r"there is no customer U567",
            r"QuoteService\.swift:\d+",
        ],
        "spoor": ["spoor errors *.log"],
        "jq": [OVERVIEW, """jq -c 'select(.["error.type"])' *.log"""],
    },
    "beyond-recovery": {
        "what": "payment-service traps in `checkDigit(of:)`",
        "cause": [r"process_crashed", r"checkDigit\(of:\)", r"PaymentProvider\.swift:\d+"],
        "spoor": ["spoor errors *.log"],
        "jq": [OVERVIEW, records("process_crashed")],
    },
    "slow-decisions": {
        "what": "one risk decision in 20 takes 250 ms",
        "cause": [r"risk-service", r"risk_assessed", r"duration_ms\D+2[5-9]\d"],
        "spoor": ["spoor trace $TRACE *.log", PERCENTILES],
        "jq": [ORDER, DURATIONS],
    },
    "task-recovery": {
        "what": "the worker was killed during the task",
        "cause": [r"process_interrupted", r"fulfilment-worker", r"task_recovering", r"T1001", r"attempt\D+2"],
        "spoor": ["spoor trace $TRACE *.log"],
        "jq": [ORDER],
    },
    "journal-replay": {
        "what": "payment-service was killed with two open spans",
        "cause": [r"process_interrupted", r"payment-service", r"interrupted_spans\D+2"],
        "spoor": ["spoor errors --level warning *.log"],
        "jq": [NOTICES, records("payment_failed"), records("process_interrupted")],
    },
    "cache-penetration": {
        "what": "each request for an unknown product reads the database",
        "cause": [r"unknown_products_requested", r"SKU-GHOST-\d", r"database_reads\D+[1-9]"],
        "spoor": ["spoor errors --level warning *.log"],
        "jq": [OVERVIEW, records("unknown_products_requested")],
    },
    "hot-key": {
        "what": "all products share one lock, and one product has a sixth of the requests",
        "cause": [r"lock_contended", r"waiting\D+\d\d", r"locks\D+1\b", r"SKU-SALE-0\b"],
        "spoor": ["spoor errors --level warning *.log", "spoor grep event=product_found --by sku --top 5 *.log"],
        "jq": [
            OVERVIEW,
            records("lock_contended"),
            """jq -r 'select(.event=="product_found").sku' *.log | sort | uniq -c | sort -rn | head -5""",
        ],
    },
    "collector-outage": {
        "what": "the collector cannot be reached",
        "cause": [r"spans_not_delivered", r"Couldn't connect to server"],
        "spoor": ["spoor errors --level warning *.log"],
        "jq": [OVERVIEW, records("spans_not_delivered")],
    },
    # Which kinds are faults is not known before they are looked at. Those that report a recovery are left out.
    "drill": {
        "what": "the five faults",
        "cause": [
            r"database_switched", r"orders-replica\.sqlite", r"Couldn't connect to server",
            r"payment-service\W+process_interrupted|process_interrupted.*payment-service|payment-service.*process_interrupted",
            r"risk_assessed.*\b2\d\d\b", r"unknown_products_requested", r"SKU-GHOST-\d",
        ],
        "spoor": ["spoor errors --level notice --top 10 *.log", PERCENTILES],
        "jq": [
            NOTICES,
            records("unknown_products_requested", first=True),
            records("coupon_ignored", first=True),
            records("connection_destroyed", first=True),
            records("spans_not_delivered"),
            records("database_switched"),
            records("process_interrupted"),
            DURATIONS,
        ],
    },
}


def main():
    build, *wanted = sys.argv[1:]
    build = Path(build).resolve()
    writes, shows = "--write" in wanted, "--show" in wanted
    wanted = [name for name in wanted if name not in ("--write", "--show")]
    if writes and wanted:
        sys.exit("evidence.py: --write must be used without cases, because it writes the whole table")
    wanted = wanted or list(CASES)
    for name in wanted:
        if name not in CASES:
            sys.exit(f"evidence.py: the case must be one of {', '.join(CASES)}, but is {name}")
    rows, holds = [], True
    for name in wanted:
        case = CASES[name]
        with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
            play = [build / "order-flow", "run", name, "--collector-port", "0", "--directory", folder, "--seed", "4711"]
            run = subprocess.run(play, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
            if run.returncode:
                sys.exit(f"evidence.py: order-flow run {name} must succeed, but did not:\n{run.stdout[-4000:]}")
            trace = re.search(r"^  grep ([0-9a-f]{32}) ", run.stdout, re.M)
            trace = trace.group(1) if trace else ""
            mine, theirs = (way(case[key], folder, build, trace) for key in ("spoor", "jq"))
        found = [all(re.search(pattern, text) for pattern in case["cause"]) for _, text in (mine, theirs)]
        for key, is_found, (_, text) in zip(("spoor", "grep and jq"), found, (mine, theirs)):
            if not is_found:
                missing = [pattern for pattern in case["cause"] if not re.search(pattern, text)]
                print(f"{name}: the cause is not in the output of {key}: {missing}\n{text[:4000]}", file=sys.stderr)
        sizes = [len(text.encode()) for _, text in (mine, theirs)]
        fits = len(mine[0]) <= 5 and sizes[0] <= 10_000 and sizes[0] * 2 <= sizes[1]
        holds = holds and all(found) and fits
        first = "`" + mine[0][0].removesuffix(" *.log").replace("$TRACE", "ID") + "`"
        rows.append(
            [name, case["what"], first, len(mine[0]), sizes[0], len(theirs[0]), sizes[1], "yes" if all(found) and fits else "no"])
        if shows:
            print(f"--- {name}\n{mine[1]}--- {name}, grep and jq\n{theirs[1]}", file=sys.stderr)
    table = [
        "| case | the cause | first call | `spoor`: calls | bytes | `grep` and `jq`: calls | bytes | found within the limits |",
        "|---|---|---|---|---|---|---|---|",
    ] + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    print("\n".join(table))
    if not holds:
        sys.exit(1)
    if writes:
        text = README.read_text()
        head, rest = text.split(BEGIN + "\n")
        tail = rest.split(END)[1]
        README.write_text(head + BEGIN + "\n" + "\n".join(table) + "\n" + END + tail)


def way(commands, folder, build, trace):
    """The commands, and the text that they print."""
    text = ""
    for command in commands:
        command = re.sub(r"\bspoor\b", str(build / "spoor"), command, count=1)
        run = subprocess.run(
            ["bash", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env=ENVIRONMENT | {"TRACE": trace})
        output = run.stdout + run.stderr
        if run.returncode > 1:
            sys.exit(f"evidence.py: {command} must succeed, but: {output[-2000:]}")
        text += output
    return commands, text


main()
