# SPDX-License-Identifier: Apache-2.0

"""Validates NDJSON on standard input against a JSON Schema, line by line, and rejects repeated keys.

    validate_lines.py SCHEMA
Prints the number of valid lines. Prints the first invalid one and exits with 1.
"""
import json
import sys

from jsonschema import Draft202012Validator


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"duplicate keys: {keys}")
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
