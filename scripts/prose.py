# SPDX-License-Identifier: Apache-2.0

"""Finds phrases that CONTRIBUTING.md, "How we write", rules out, and comments wider than 120 columns.

    prose.py [--all | PATH…]

It knows phrases that have been mistakes before. It cannot tell whether a sentence is good.
"""
import pathlib
import re
import subprocess
import sys

# Files and folders that still have findings; the check without arguments leaves them out. Keep it empty.
PENDING = []
# Not prose of ours: data, pictures, licences, and this list of phrases itself.
SKIPPED = re.compile(r"(^|/)(LICENSE|Fixtures/.*\.(json|yaml)|results/.*|prose\.py|Package\.resolved)$|\.(png|svg|zst|gz)$")
WIDTH = 120

PHRASES = [
    # A statement that stands for a verb: report, log, return.
    r"\b(says?|said|tells?|told) so\b", r"\bcounted and (?!logged|kept|dropped|reported)", r"\b(is|are|was|were) (said|told)\b",
    r"\band (said|told)\b", r"\b(its|their|\w+s) kin say\b",
    # Code is "it".
    r"\b(himself|herself)\b", r"\b(he|him|his|she)\b(?!\.)", r"\bneed(s)? not (hear|know)\b",
    # Riddles instead of nouns and verbs.
    r"\bmakes? no sense\b", r"\basked again\b", r"\bgrowing pauses\b", r"\b(wants?|asking) to be two\b",
    r"\bto the byte\b", r"\b(is|are|was|were) born\b", r"\bbefell\b", r"\b(its|their|and) kin\b", r"\bgoes? without\b",
    r"\bfor to\b", r", but for\b", r"\bof which (one|none|all|each|it|they|nothing)\b", r"\ball else\b", r"\bas ever\b",
    r"\bthe same, (of|as|but)\b", r"\bnot for anybody\b", r"\bnobody's eyes\b", r"\bthrown on\b(?! its way)", r"\bthrows? (it|them) on\b",
    r"\binstall what they need\b", r"\bthe oldest \w+ go\b", r"\bno references are counted\b", r"\breference than there\b",
    r"\bwhat \w+ writes with\b", r"\bits place taken\b", r"\bneighbours' threads\b", r"\bthat are made before\b",
    r"\bis a rule of the\b", r"\bwhat had to be\b", r"\bhow much of the place\b",
    r"\ball the same\b", r"\ba microsecond and more\b", r"\bas it likes\b",
    r"\bis mended\b", r"\bone that is mended\b", r"\bwho we are\b", r"\bwhat is posted\b", r"\b(is|are) called like\b",
    r"\bfield called like\b", r"\bin no hurry\b", r"\bnot in a hurry\b", r"\bwhat leaves\b",
    # A comment that says nothing.
    r"^\s*(///?|#)\s*(Yes|No|The bits|The same|Both|As it is|As above|Likewise)\.$",
]
FINDER = re.compile("|".join(f"(?:{phrase})" for phrase in PHRASES), re.M)
COMMENTS = {
    ".swift": "//", ".c": "//", ".h": "//", ".cpp": "//", ".go": "//", ".js": "//", ".sh": "#", ".py": "#",
}

root = pathlib.Path(__file__).resolve().parent.parent


def is_below(path, folders):
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def committed(arguments):
    paths = [argument for argument in arguments if not argument.startswith("-")]
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *paths],
        cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    names = [name for name in names if name and not SKIPPED.search(name) and (root / name).is_file()]
    if arguments:
        return names
    return [name for name in names if not is_below(name, PENDING)]


def prose(line, in_text):
    """The comments and texts of a line of code."""
    return line if in_text else " ".join(re.findall(r'//.*|#.*|"(?:[^"\\]|\\.)*"|`[^`]*`', line))


def findings(name, text):
    is_code = pathlib.Path(name).suffix in (".swift", ".c", ".h", ".cpp", ".go", ".js", ".py")
    in_text = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.count('"""') == 1:
            in_text = not in_text
        for match in FINDER.finditer(prose(line, in_text) if is_code else line):
            yield f"{name}:{number}: reword \"{match[0].strip()}\""
        mark = COMMENTS.get(pathlib.Path(name).suffix)
        if mark and len(line) > WIDTH and (line.lstrip().startswith(mark) or f"  {mark} " in line):
            yield f"{name}:{number}: the comment ends in column {len(line)}, {WIDTH} is the limit"


def main(arguments):
    if any(argument.startswith("-") and argument != "--all" for argument in arguments):
        print(__doc__)
        return 2
    names, found = committed(arguments), []
    for name in names:
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += findings(name, text)
    for line in found:
        print(line)
    print(f"{len(found)} findings in {len(names)} files" if found else f"prose checked in {len(names)} files")
    return 1 if found else 0


sys.exit(main(sys.argv[1:]))
