# SPDX-License-Identifier: Apache-2.0

"""Turns the Swift code of README.md and the DocC articles into source files that the tests compile.

    snippets.py DIRECTORY

Each block becomes the body of a function in its own file in DIRECTORY. Its imports go to the head of the file; a block
without imports gets the usual ones. Names that a block does not declare come from Prelude.swift. A comment before a block
changes that:

    <!-- snippet: file -->    a file of declarations
    <!-- snippet: skip -->    not compiled: a manifest, a fragment
"""
import pathlib
import re
import sys

USUAL = ["Logging", "ServiceLifecycle", "Spoor", "Tracing"]
BLOCK = re.compile(r"(?:<!-- snippet: (?P<as>file|skip) -->\n+)?```swift\n(?P<code>.*?)^```", re.S | re.M)
root = pathlib.Path(__file__).resolve().parent.parent
target = pathlib.Path(sys.argv[1])


def source(code, name, is_file):
    lines = code.splitlines()
    imports = [line for line in lines if re.match(r"(@testable )?import \w+$", line)]
    body = [line for line in lines if line not in imports]
    head = imports or [f"import {module}" for module in USUAL + (["SpoorTesting", "Testing"] if "#expect" in code else [])]
    if is_file:
        # Each snippet may have a main type; the package that compiles them is a library.
        return "\n".join(head + [line for line in body if line != "@main"])
    # The block may declare `spoor` itself.
    given = [] if re.search(r"\blet spoor\b", code) or "spoor" not in code else ["let spoor = try bootstrappedSpoor()"]
    return "\n".join(head + [f"private func {name}() async throws {{"] + given + body + ["}"])


target.mkdir(parents=True, exist_ok=True)
wanted = {}
for document in [root / "README.md", *sorted((root / "Sources").glob("*/*.docc/*.md"))]:
    for number, match in enumerate(BLOCK.finditer(document.read_text()), 1):
        if match["as"] == "skip":
            continue
        name = f"{document.stem}_{number}"
        line = document.read_text()[: match.start("code")].count("\n") + 1
        text = f"// {document.relative_to(root)}:{line}\n" + source(match["code"], name, match["as"] == "file") + "\n"
        wanted[f"{name}.swift"] = text
for old in target.glob("*.swift"):
    if old.name not in wanted:
        old.unlink()
for name, text in wanted.items():
    path = target / name
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
print(f"{len(wanted)} snippets")
