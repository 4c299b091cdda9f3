"""Validates NDJSON on standard input against a JSON Schema, line by line, and no key of an object twice.

    validate_lines.py SCHEMA
Prints how many lines are valid; exits 1 with the first that is not.
"""
import json
import sys

from jsonschema import Draft202012Validator


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice: {keys}")
    return dict(pairs)


with open(sys.argv[1]) as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
count = 0
for line in sys.stdin.buffer:
    try:
        validator.validate(json.loads(line.decode("utf-8", errors="strict"), object_pairs_hook=unique))
    except Exception as error:
        sys.exit(f"{line!r}\n{error}")
    count += 1
print(count)
