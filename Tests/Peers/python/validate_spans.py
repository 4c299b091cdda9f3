# SPDX-License-Identifier: Apache-2.0

"""Validates a JSON request body, span by span, and prints the errors. Prints nothing and exits with 0 if there are none.

    validate_spans.py SPANS SCHEMA             a JSON Schema (2020-12) of one span
    validate_spans.py SPANS zipkin2-api.yaml   the schemas of OpenZipkin's API description

A repeated key is an error too, although JSON Schema cannot express it.
"""
import json
import sys

import jsonschema
import yaml


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"duplicate keys: {sorted(keys)}")
    return dict(pairs)


def main(body, schema):
    with open(body, encoding="utf-8", errors="strict") as file:
        spans = json.load(file, object_pairs_hook=unique)
    with open(schema, encoding="utf-8") as file:
        if schema.endswith(".yaml"):
            # OpenAPI 2's schema objects are those of JSON Schema, draft 4.
            api = yaml.safe_load(file)
            document = {"$ref": "#/definitions/ListOfSpans", "definitions": api["definitions"]}
            validator = jsonschema.Draft4Validator
            spans = [spans]
        else:
            document = json.load(file)
            validator = jsonschema.Draft202012Validator
    validator.check_schema(document)
    checker = validator(document, format_checker=validator.FORMAT_CHECKER)
    wrong = 0
    for span in spans:
        for error in checker.iter_errors(span):
            wrong += 1
            print(f"{error.json_path}: {error.message}\n  in {json.dumps(span)[:500]}")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
