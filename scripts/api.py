# SPDX-License-Identifier: Apache-2.0
"""Compares the public API with a file, or writes the file.

    api.py --check|--write GRAPHS SOURCES FILE

GRAPHS is a folder of symbol graphs, SOURCES the folder of the modules. The API is what `import Spoor` and
`import SpoorTesting` show, and every type of this package that occurs in it.
"""
import difflib
import json
import pathlib
import re
import sys

LIMIT = 35
KINDS = {"swift.class", "swift.struct", "swift.enum", "swift.protocol", "swift.typealias"}


class Symbol:
    def __init__(self, module, symbol):
        self.module = module
        self.id = symbol["identifier"]["precise"]
        self.path = symbol["pathComponents"]
        self.kind = symbol["kind"]["identifier"]
        self.fragments = symbol.get("declarationFragments", [])
        self.extended = symbol.get("swiftExtension", {}).get("extendedModule")

    @property
    def line(self):
        text = re.sub(r"\s+", " ", "".join(fragment["spelling"] for fragment in self.fragments))
        return f"{'.'.join(self.path)}: {text}"

    @property
    def mentioned(self):
        return {fragment["preciseIdentifier"] for fragment in self.fragments if "preciseIdentifier" in fragment}


def read(folder):
    symbols = {}
    for path in sorted(pathlib.Path(folder).glob("*.symbols.json")):
        graph = json.loads(path.read_text())
        for symbol in graph["symbols"]:
            if "::SYNTHESIZED::" not in symbol["identifier"]["precise"]:
                entry = Symbol(graph["module"]["name"], symbol)
                symbols[entry.id] = entry
    return symbols


def exported(sources, module):
    """The names that a module re-exports, by the module that they come from."""
    text = (pathlib.Path(sources) / module / "Exports.swift").read_text()
    return set(re.findall(r"@_exported public import \w+ (\w+)\.(\w+)", text))


def shown(symbols, sources, module):
    """What one import shows: the module's own symbols, exported ones, extensions of the modules they come from."""
    names = exported(sources, module)
    modules = {name for name, _ in names}
    return [
        symbol for symbol in symbols.values()
        if symbol.module == module or (symbol.module, symbol.path[0]) in names
        or (symbol.module in modules and symbol.extended and not symbol.extended.startswith("Spoor"))
    ]


def top_types(found):
    return sorted(s.path[0] for s in found if len(s.path) == 1 and s.kind in KINDS)


def values(symbols, found):
    """Types that occur in what was found and have no name in it, with their members; and so on."""
    known = {(s.module, s.path[0]) for s in found}
    rest = []
    pending = list(found)
    while pending:
        wanted = set()
        for symbol in pending:
            for identifier in symbol.mentioned:
                type_ = symbols.get(identifier)
                if type_ and (type_.module, type_.path[0]) not in known:
                    wanted.add((type_.module, type_.path[0]))
        known |= wanted
        pending = [s for s in symbols.values() if (s.module, s.path[0]) in wanted]
        rest += pending
    return rest


def main():
    mode, graphs, sources, file = sys.argv[1:]
    symbols = read(graphs)
    spoor = shown(symbols, sources, "Spoor")
    testing = shown(symbols, sources, "SpoorTesting")
    types = top_types(spoor)
    nested = sum(1 for s in spoor if len(s.path) > 1 and s.kind in KINDS - {"swift.typealias"})
    lines = [
        "The public API, written by scripts/api.sh from the code; a check compares the two.", "",
        f"# Types that `import Spoor` shows: {len(types)} (at most {LIMIT}), and {nested} nested in them", "",
        *types, "", "# What `import Spoor` shows", "", *sorted({s.line for s in spoor}), "",
        "# What `import SpoorTesting` shows besides", "",
        *sorted({s.line for s in testing} - {s.line for s in spoor}), "",
        "# Types that occur in these without a name of their own", "",
        *sorted({s.line for s in values(symbols, spoor + testing)}),
    ]
    text = "\n".join(lines) + "\n"
    path = pathlib.Path(file)
    if mode == "--write":
        path.write_text(text)
    old = path.read_text() if path.exists() else ""
    difference = list(difflib.unified_diff(old.splitlines(), text.splitlines(), str(path), "the code", "", "", 0, ""))
    print("\n".join(difference))
    print(f"`import Spoor` shows {len(types)} types; the API has {len(lines)} lines, {len(difference)} differ")
    if difference:
        print("If the change is intended: scripts/api.sh --write")
    sys.exit(1 if difference or len(types) > LIMIT else 0)


main()
