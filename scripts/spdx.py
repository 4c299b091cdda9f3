# SPDX-License-Identifier: Apache-2.0

"""Checks that source files name their licence in their first lines, or adds the line.

    spdx.py [--write]
"""
import pathlib
import subprocess
import sys

LINE = "SPDX-License-Identifier: Apache-2.0"
MARKS = {
    ".swift": "//", ".c": "//", ".h": "//", ".cpp": "//", ".go": "//", ".js": "//", ".modulemap": "//", ".sh": "#", ".py": "#",
}
root = pathlib.Path(__file__).resolve().parent.parent


def mark(name):
    if name == ".ci/run":
        return "#"
    return MARKS.get(pathlib.Path(name).suffix)


def with_licence(text, mark):
    """The text with the line at its head: after a `#!` line or the tools version of a manifest, before everything else."""
    lines = text.split("\n")
    first = 1 if lines[0].startswith(("#!", "// swift-tools-version")) else 0
    added = [f"{mark} {LINE}"]
    # A blank line keeps it apart from the comment or import that follows, so that no formatter moves it along.
    if first < len(lines) and lines[first] != "":
        added.append("")
    return "\n".join(lines[:first] + added + lines[first:])


def main(arguments):
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    missing = []
    for name in filter(mark, filter(None, names)):
        path = root / name
        if path.is_file() and LINE not in "\n".join(path.read_text(encoding="utf-8").split("\n")[:3]):
            missing.append(name)
    for name in missing:
        if "--write" in arguments:
            path = root / name
            path.write_text(with_licence(path.read_text(encoding="utf-8"), mark(name)), encoding="utf-8")
        else:
            print(f"{name}: the first lines must contain \"{LINE}\"; scripts/check-spdx.sh --write adds it")
    if "--write" in arguments:
        print(f"written to {len(missing)} files")
        return 0
    print(f"{len(missing)} files without a licence line" if missing else "every source file names its licence")
    return 1 if missing else 0


sys.exit(main(sys.argv[1:]))
