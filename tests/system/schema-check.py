# SPDX-License-Identifier: Apache-2.0
"""schema-check.py SCHEMA_DIR FILE - validates received messages ("TOPIC PAYLOAD" a line), one TAP-less line a kind.

Prints "KIND COUNT ok" or "KIND COUNT: what is wrong". Each schema must also refuse the payload without its first key.
"""
import json
import pathlib
import re
import sys

from jsonschema import Draft202012Validator

KINDS = (
    ("posture", r"/posture$"),
    ("event", r"/event$"),
    ("frame", r"/frame$"),
    ("diagnostics", r"/diagnostics$"),
    ("availability", r"/availability$"),
    ("discovery", r"^homeassistant/device/.*/config$"),
)


def check(validator, payload, is_json):
    value = json.loads(payload) if is_json else payload
    error = next(iter(validator.iter_errors(value)), None)
    if error:
        return f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
    worse = dict(list(value.items())[1:]) if is_json else payload + "?"
    return "refuses nothing" if validator.is_valid(worse) else None


def main(schemas, received):
    lines = [line.split(" ", 1) for line in pathlib.Path(received).read_text(errors="replace").splitlines()]
    for kind, pattern in KINDS:
        schema = json.loads((pathlib.Path(schemas) / f"{kind}.json").read_text())
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        payloads = [line[1] for line in lines if len(line) == 2 and line[1] and re.search(pattern, line[0])
                    and "/setting/" not in line[0]]
        wrong = next(filter(None, (check(validator, payload, kind != "availability") for payload in payloads)), None)
        print(f"{kind} {len(payloads)}{': ' + wrong if wrong else ' ok'}")


main(*sys.argv[1:])
