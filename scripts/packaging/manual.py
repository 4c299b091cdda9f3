# SPDX-License-Identifier: Apache-2.0

"""Writes manual pages from what the command knows of itself (`--experimental-dump-help` of swift-argument-parser).

    manual.py PROGRAM DIRECTORY YYYY-MM-DD

PROGRAM.1, and PROGRAM-COMMAND.1 for each command.
"""
import json
import os
import re
import subprocess
import sys


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\`")
    return re.sub(r"^\.", r"\\&.", text, flags=re.M)


def name(one):
    return ("--" if one["kind"].startswith("long") and one["kind"] != "longWithSingleDash" else "-") + one["name"]


def shown(arguments):
    return [one for one in arguments if one.get("shouldDisplay", True)]


def value(one):
    return escaped(one.get("valueName", "value"))


def signature(one):
    if one["kind"] == "positional":
        text = f"\\fI{value(one)}\\fR"
    else:
        text = f"\\fB{escaped(name(one['preferredName']))}\\fR"
        if one["kind"] == "option":
            text += f" \\fI{value(one)}\\fR"
    if one.get("isRepeating"):
        text += " ..."
    return f"[{text}]" if one.get("isOptional") else text


def described(one):
    yield ".TP"
    if one["kind"] == "positional":
        yield f"\\fI{value(one)}\\fR"
    else:
        names = ", ".join(f"\\fB{escaped(name(each))}\\fR" for each in one["names"])
        yield names + (f" \\fI{value(one)}\\fR" if one["kind"] == "option" else "")
    yield escaped(" ".join((one.get("abstract") or "").split())) or "\\&"
    if one.get("defaultValue") and one["kind"] != "flag":
        yield f"The default is {escaped(one['defaultValue'])}."


def page(program, command, date, version, parent=None):
    full = f"{parent} {command['commandName']}" if parent else program
    title = full.replace(" ", "-")
    arguments = shown(command.get("arguments", []))
    commands = [one for one in command.get("subcommands", []) if one["commandName"] != "help" and one.get("shouldDisplay", True)]
    lines = [f'.TH {title.upper()} 1 "{date}" "{program} {version}" "User Commands"', ".SH NAME",
             f"{escaped(title)} \\- {escaped(command['abstract'].rstrip('.'))}", ".SH SYNOPSIS", f"\\fB{escaped(full)}\\fR"]
    if commands:
        lines.append("\\fIcommand\\fR [\\fIoptions\\fR]")
    lines += [signature(one) for one in arguments]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION", ".nf", escaped(command["discussion"]), ".fi"]
    if commands:
        lines.append(".SH COMMANDS")
        for one in commands:
            lines += [".TP", f"\\fB{escaped(title + '-' + one['commandName'])}\\fR(1)", escaped(one["abstract"])]
    if arguments:
        lines.append(".SH OPTIONS")
        for one in arguments:
            lines += described(one)
    if parent:
        lines += [".SH SEE ALSO", f"\\fB{escaped(program)}\\fR(1)"]
    return title, "\n".join(lines) + "\n", commands


def main(program, directory, date):
    def output(*arguments):
        return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout

    command, version = json.loads(output("--experimental-dump-help"))["command"], output("--version").strip()
    own = command["commandName"]
    title, text, commands = page(own, command, date, version)
    pages = {title: text}
    for one in commands:
        title, text, _ = page(own, one, date, version, own)
        pages[title] = text
    for title, text in pages.items():
        with open(os.path.join(directory, f"{title}.1"), "w") as file:
            file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
