# SPDX-License-Identifier: Apache-2.0

"""Lists the public symbols in a folder of symbol graphs that have no doc comment; fails if there are any.

    undocumented.py DIRECTORY

Requirements of other modules' protocols are documented there: `==`, `hash(into:)`, `init(from:)` and similar.
"""
import json
import pathlib
import sys

REQUIREMENTS = {
    "==(_:_:)", "hash(into:)", "encode(to:)", "init(from:)", "init(rawValue:)", "rawValue", "RawValue", "allCases",
    "AllCases", "hashValue", "next()", "makeIterator()", "Element", "Iterator", "ArrayLiteralElement",
}
missing, seen = [], 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.symbols.json")):
    graph = json.loads(path.read_text())
    inherited = {
        relation["source"] for relation in graph["relationships"]
        if relation.get("sourceOrigin") and relation["kind"] in ("memberOf", "defaultImplementationOf")
    }
    for symbol in graph["symbols"]:
        if "::SYNTHESIZED::" in symbol["identifier"]["precise"]:
            continue
        seen += 1
        name = symbol["pathComponents"][-1]
        if "docComment" in symbol or name in REQUIREMENTS or symbol["identifier"]["precise"] in inherited:
            continue
        missing.append(f"{graph['module']['name']}: {symbol['kind']['displayName']} {'.'.join(symbol['pathComponents'])}")
for line in missing:
    print("no doc comment:", line)
print(f"{seen - len(missing)} of {seen} public symbols are documented")
sys.exit(1 if missing else 0)
