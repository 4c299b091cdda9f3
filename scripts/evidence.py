# SPDX-License-Identifier: Apache-2.0

"""Called by scripts/evidence.sh: evidence.py BUILD [CASE…], where BUILD has order-flow and spoor.

A way is a list of shell commands that run in the directory of the case's logs. {1} is what the pattern of the command before
it took from that command's output. A way counts as found if its output matches every pattern of the cause.
"""
import re, subprocess, sys, tempfile
from pathlib import Path

# The records of a kind are looked at first; how often and which: without that, nobody knows what to ask for.
OVERVIEW = """jq -r 'select(.level=="error" or .level=="warning" or .level=="critical") | [.service,.event,.["error.message"]] | @tsv' *.log | sort | uniq -c | sort -rn | head -40"""

NOTICES = OVERVIEW.replace('.level=="error"', '.level=="notice" or .level=="error"')

CASES = {
    "log-record": {
        "cause": [r"no answer from payment-service in 300 ms", r"PaymentClient\.swift:\d+"],
        "spoor": ["spoor errors *.log"],
        "jq": [OVERVIEW, """jq -c 'select(.event=="payment_timeout")' *.log | head -1"""],
    },
    "pool-poison": {
        "cause": [r"no such table: coupons", r"OrderStore\.discount\(of:\)", r"OrderStore\.swift:\d+"],
        "spoor": ["spoor errors *.log"],
        "jq": [
            OVERVIEW,
            """jq -c 'select(.event=="storage_failed")' *.log | head -1""",
            """jq -r 'select(.previous_holder).previous_holder' *.log | sort -u > /tmp/evidence-holders; grep -hF -f /tmp/evidence-holders *.log | jq -r 'select(.level!="info" and .["error.message"]) | [.trace_id,.event,.["error.message"]] | @tsv' | sort | uniq -c | sort -rn | head -40""",
            """jq -c 'select(.event=="coupon_ignored")' *.log | head -1""",
        ],
    },
    "recover": {
        "cause": [
            r"cannot be divided by zero", r"is not SAVE and a number of cents", r"there is no customer U567",
            r"QuoteService\.swift:\d+",
        ],
        "spoor": ["spoor errors *.log"],
        "jq": [OVERVIEW, """jq -c 'select(.["error.type"])' *.log"""],
    },
    "validation": {
        "cause": [r"order_refused", r"customer\.name", r"customer\.email", r"customer\.age"],
        "spoor": ["spoor grep 'level>=notice' -o service,event,field,reason *.log"],
        "jq": [NOTICES, """jq -c 'select(.event=="order_refused")' *.log"""],
    },
    "journal-replay": {
        "cause": [r"process_interrupted", r"payment-service", r"interrupted_spans\D+2"],
        "spoor": [
            "spoor errors *.log", "spoor grep event=process_interrupted *.log"
        ],
        "jq": [NOTICES, """jq -c 'select(.event=="payment_failed")' *.log""",
               """jq -c 'select(.event=="process_interrupted")' *.log"""],
    },
    "beyond-recovery": {
        "cause": [r"process_crashed", r"checkDigit\(of:\)", r"PaymentProvider\.swift:\d+"],
        "spoor": ["spoor errors *.log"],
        "jq": [OVERVIEW, """jq -c 'select(.event=="process_crashed")' *.log"""],
    },
}


def main():
    build = Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:] or list(CASES)
    for name in wanted:
        if name not in CASES:
            sys.exit(f"evidence.py: the case must be one of {', '.join(CASES)}, but is {name}")
    rows, holds = [], True
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
            play = [build / "order-flow", "run", name, "--collector-port", "0", "--directory", folder, "--seed", "4711"]
            if subprocess.run(play, stdout=subprocess.DEVNULL).returncode:
                sys.exit(f"evidence.py: order-flow run {name} must succeed, but did not")
            mine, theirs = (way(CASES[name][key], folder, build) for key in ("spoor", "jq"))
        found = [all(re.search(pattern, text) for pattern in CASES[name]["cause"]) for _, _, text in (mine, theirs)]
        fits = mine[0] <= 5 and mine[1] <= 10_000 and mine[1] * 2 <= theirs[1]
        holds = holds and all(found) and fits
        for key, is_found, (_, _, text) in zip(("spoor", "grep and jq"), found, (mine, theirs)):
            if not is_found:
                print(f"{name}: the cause is not in the output of {key}:\n{text[:4000]}", file=sys.stderr)
        rows.append((name, mine[0], mine[1], theirs[0], theirs[1], "yes" if all(found) and fits else "no"))
    print("| case | spoor: calls | bytes | grep and jq: calls | bytes | found within the limits |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    sys.exit(0 if holds else 1)


def way(commands, folder, build):
    """The number of calls, the bytes that they print, and the text."""
    text, taken = "", ""
    for command in commands:
        pattern = None
        if isinstance(command, tuple):
            command, pattern = command
        command = re.sub(r"\bspoor\b", str(build / "spoor"), command.replace("{1}", taken), count=1)
        run = subprocess.run(["bash", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        output = run.stdout + run.stderr
        if run.returncode > 1:
            sys.exit(f"evidence.py: {command} must succeed, but: {output[-2000:]}")
        if pattern:
            match = re.search(pattern, output)
            taken = match.group(1) if match else ""
        text += output
    return len(commands), len(text.encode()), text


main()
