#!/usr/bin/env python3
"""The walker against the jsonschema crate: random schemas and documents, and faults planted one by one.

Every pair is judged twice, by validate_against_schema and by is_valid_json on the exported JSON Schema; the two must
agree. ROWKIT_SOAK=1 runs 200,000 pairs in place of 10,000; ROWKIT_SEED replays a run.
"""
import json
import os
import random
import subprocess
import sys
from decimal import Decimal

PAIRS = 200_000 if os.environ.get("ROWKIT_SOAK") else 10_000
SEED = int(os.environ.get("ROWKIT_SEED", "20241115"))
NAMES = ["a", "bb", "amount", "note", "name", "email", "status", "company", "day_of_month", "x1", "Zeta"]
WORDS = ["", "a", "abc", "ABC-123", "日本語", "line\nbreak", "é", "e\u0301", "\U0001F600", "x" * 60, "  ", "abc ", "2024-02-29"]
# No fraction past 2^53: the crate compares such a one with a whole bound as doubles, and the walker is the one that is right.
NUMBERS = ["0", "1", "-1", "5", "5.0", "0.1", "0.25", "0.30", "99.99", "100", "1e3", "12345678901234567890123",
           "-0.000001", "9007199254740993", "0.00000000000000000000000000000000000001"]
DATES = ["2024-02-29", "2023-02-29", "2024-1-5", "2024-13-01", "0000-01-01", "9999-12-31", "2024-02-29 ", "x"]
MOMENTS = ["2024-01-05T09:30:00Z", "2024-01-05t09:30:00z", "2024-01-05T09:30:00", "2024-01-05T09:30:00+09:00", "2024-01-05T24:00:00Z",
           "1998-12-31T23:59:60Z", "1998-12-31T22:59:60Z", "2024-01-05 09:30:00Z", "2024-01-05T09:30:00.123456789-11:30", "2024-01-05T09:30Z"]
CLOCKS = ["09:30", "9:30", "09:30:00", "09:30:00.5", "24:00", "09:60", "09:30:60", "09:30.5"]
EMAILS = ["a@example.com", "a@b", "a b@example.com", "佐藤@example.com", "a@-b.com", "A.B+c@sub.example.co.jp", "a" * 65 + "@example.com"]
PHONES = ["03-1234-5678", "+81 3 1234 5678", "12345", "1" * 21, "03-1234-5678x", "(03) 1234.5678", "+"]
UUIDS = ["01901234-8694-739b-aea5-966c26f8ad91", "01901234-8694-739B-AEA5-966C26F8AD91", "{01901234-8694-739b-aea5-966c26f8ad91}", "x"]
URLS = ["https://example.com", "http://example.com/a?b=c", "javascript:alert(1)", "ftp://example.com", "example.com"]
CHOICES = ["red", "green", "青", "a b"]


class Number(str):
    """A number's own text: it must reach the database digit for digit."""


def dump(value) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dump(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def bounds(r, pool):
    low, high = sorted(r.sample(pool, 2), key=Decimal)
    return {**({"min": Number(low)} if r.random() < 0.6 else {}), **({"max": Number(high)} if r.random() < 0.6 else {})}


def text_options(r):
    options = {}
    if r.random() < 0.4:
        options["min_length"] = r.randint(0, 3)
    if r.random() < 0.4:
        options["max_length"] = r.randint(3, 60)
    if r.random() < 0.3:
        options["pattern"] = r.choice(["^[a-z]+$", "b", "^.{2,5}$", r"^\S+$", r"\d", "[^a]", "^日"])
    if r.random() < 0.2:
        options["keep_empty"] = True
    if r.random() < 0.15:
        options["choices"] = ["abc", "日本語"]
    return options


def decimal_options(r):
    options = bounds(r, NUMBERS)
    if r.random() < 0.4:
        options["scale"] = r.randint(0, 4)
        if r.random() < 0.5:
            options["precision"] = options["scale"] + r.randint(0, 6)
    if r.random() < 0.3:
        options["multiple_of"] = Number(r.choice(["0.1", "0.25", "3", "0.000001"]))
    return options


# type -> (options, values that are to the point)
KINDS = {
    "text": (text_options, WORDS),
    "long_text": (text_options, WORDS),
    "integer": (lambda r: bounds(r, NUMBERS), [Number(n) for n in NUMBERS]),
    "number": (decimal_options, [Number(n) for n in NUMBERS]),
    "decimal": (decimal_options, [Number(n) for n in NUMBERS]),
    "currency": (lambda r: {**bounds(r, NUMBERS), "currency": "JPY"}, [Number(n) for n in NUMBERS]),
    "percent": (lambda r: bounds(r, NUMBERS), [Number(n) for n in NUMBERS]),
    "rating": (lambda r: {"max": r.randint(1, 10)}, [Number(n) for n in ["0", "1", "3", "5.0", "10", "11", "2.5"]]),
    "duration": (lambda r: bounds(r, NUMBERS), [Number(n) for n in NUMBERS]),
    "boolean": (lambda r: {}, [True, False]),
    "date": (lambda r: {}, DATES),
    "time": (lambda r: {}, CLOCKS),
    "datetime": (lambda r: {}, MOMENTS),
    "email": (lambda r: {}, EMAILS),
    "phone": (lambda r: {}, PHONES),
    "url": (lambda r: {}, URLS),
    "uuid": (lambda r: {"multiple": True} if r.random() < 0.3 else {}, UUIDS + [[], [UUIDS[0]], [UUIDS[0], UUIDS[0]], ["x"]]),
    "select": (lambda r: {"choices": CHOICES}, CHOICES + ["Red", ""]),
    "multi_select": (lambda r: {"choices": CHOICES}, [[], ["red"], ["red", "red"], ["red", "no"], [Number("1")], ["青", "a b"]]),
    "status": (lambda r: {}, ["リード", "受注", "no"]),
    "json": (lambda r: {"schema": {"type": r.choice(["object", "array", "string", "integer"])}} if r.random() < 0.6 else {},
             [{}, [], {"k": [Number("1")]}, "x", Number("1"), Number("1.5")]),
    "attachment": (lambda r: {"max_files": 1, "types": ["image/*", "application/pdf"], "max_size": 1000} if r.random() < 0.6 else {},
                   [[{"name": "a", "url": "/a"}], [{"name": "a"}], [{"name": "a", "url": "https://x.y/z", "type": "image/png", "size": Number("5")}],
                    [{"name": "a", "url": "/a", "type": "text/plain"}], [{"name": "a", "url": "/a", "size": Number("5000")}],
                    [{"name": "a", "url": "HTTPS://x.y:8080/z", "type": "Image/PNG; q=1"}], [{"name": "a", "url": "//x.y/z", "type": "application/PDF"}],
                    [{"name": "a", "url": "https://x.y:99999/", "type": "image/"}], [{"name": "a", "url": "https:///x", "type": ""}],
                    [{"name": "", "url": "/a"}], [{"name": "a", "url": "ftp://a"}], [{"name": "a", "url": "/a"}, {"name": "b", "url": "/b"}], ["x"]]),
    "address": (lambda r: {"required": ["city"]} if r.random() < 0.5 else {},
                [{}, {"city": "東京"}, {"city": ""}, {"city": None}, {"town": "x"}, {"city": "x", "zip": Number("1")}]),
    "autonumber": (lambda r: {}, [Number("1"), "x"]),
}
ANYTHING = [None, "", "x", True, Number("1"), Number("1.5"), [], ["x"], {}, {"k": None}]
TEXTUAL = ["text", "email", "phone", "url", "select", "status", "date"]


def schema_and_document(r):
    columns, document = [], {}
    for name in r.sample(NAMES, r.randint(1, 6)):
        kind = r.choice(TEXTUAL if name in ("name", "email", "company", "status") else list(KINDS))
        options, values = KINDS[kind]
        column = {"name": name, "type": kind, "options": options(r)}
        if kind != "autonumber" and r.random() < 0.3:
            column["required"] = True
        columns.append(column)
        if r.random() < 0.85:
            document[name] = r.choice(values) if r.random() < 0.85 else r.choice(ANYTHING)
    if r.random() < 0.3:
        document["unheard"] = r.choice(ANYTHING)
    if r.random() < 0.3:
        document.setdefault("email", r.choice(EMAILS + ANYTHING))
    schema = {"columns": columns, "unknown_keys": r.choice(["allow", "strict"])}
    # The pattern of an address is costly to compile.
    schema["options"] = {"check_email": r.random() < 0.2, **({"check_status": False} if r.random() < 0.2 else {})}
    if r.random() < 0.5:
        schema["statuses"] = [{"name": "リード"}, {"name": "受注"}]
        if r.random() < 0.3:
            document.setdefault("status", r.choice(["リード", "no", "", None]))
    return schema, document


# A good value, and for each way to break it the code that must come.
PLANTED = {
    "integer": ({"min": 0, "max": 10}, 5, [(11, "number.max"), (-1, "number.min"), (Number("1.5"), "number.fraction"), ("5", "type")]),
    "text": ({"max_length": 3, "pattern": "^[a-z]"}, "abc", [("abcd", "text.max_length"), ("A", "text.pattern"), ("a\nb", "text.line_break"), (1, "type")]),
    "decimal": ({"scale": 2}, Number("1.25"), [(Number("1.255"), "number.scale"), (True, "type")]),
    "email": ({}, "a@example.com", [("a@b", "email.invalid"), (1, "type")]),
    "date": ({"min": "2024-01-01"}, "2024-02-29", [("2023-12-31", "date.min"), ("2023-02-29", "date.invalid"), (1, "type")]),
    "select": ({"choices": ["a", "b"]}, "a", [("c", "select.unknown"), (1, "type")]),
    "multi_select": ({"choices": ["a", "b"]}, ["a"], [(["a", "a"], "multi_select.duplicate"), (["c"], "multi_select.unknown"), ("a", "type")]),
    "uuid": ({}, UUIDS[0], [("x", "uuid.invalid"), (1, "type")]),
    "boolean": ({}, True, [("yes", "type")]),
    "rating": ({}, 3, [(6, "number.max"), (0, "number.min")]),
    "phone": ({}, "03-1234-5678", [("123", "phone.invalid")]),
    "url": ({}, "https://example.com", [("javascript:alert(1)", "url.scheme"), ("nothing", "url.invalid")]),
}


def planted_case(r):
    names = [f"f{n}" for n in range(r.randint(1, 12))]
    columns, document, expected = [], {}, []
    for name in names:
        kind = r.choice(list(PLANTED))
        options, good, faults = PLANTED[kind]
        required = r.random() < 0.3
        columns.append({"name": name, "type": kind, "options": options, "required": required})
        roll = r.random()
        if roll < 0.6:
            document[name] = good
        elif roll < 0.8:
            document[name], code = r.choice(faults)
            expected.append(f"{name} {code}")
        elif required:
            expected.append(f"{name} required")
    if r.random() < 0.3:
        document["f"] = 1
        expected.append("f unknown_key")
    return {"columns": columns, "unknown_keys": "strict"}, document, sorted(expected)


def main() -> int:
    r = random.Random(SEED)
    lines = []
    for number in range(PAIRS):
        schema, document = schema_and_document(r)
        lines.append((number, dump(schema), dump(document), "\\N"))
    for number in range(PAIRS, PAIRS + PAIRS // 4):
        schema, document, expected = planted_case(r)
        lines.append((number, dump(schema), dump(document), json.dumps(expected)))
    escape = lambda text: text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    rows = "".join(f"{n}\t{escape(s)}\t{escape(d)}\t{e if e == chr(92) + 'N' else escape(e)}\n" for n, s, d, e in lines)
    script = (
        "CREATE TEMPORARY TABLE pair (id integer, schema jsonb, document jsonb, expected jsonb);\n"
        "COPY pair FROM stdin;\n" + rows + "\\.\n"
        "CREATE TEMPORARY TABLE judged AS SELECT id, schema, document, rowkit.validate_against_schema(schema, document) AS walker,"
        " rowkit.is_valid_json(rowkit.schema_to_json_schema(schema), document) AS crate FROM pair WHERE expected IS NULL;\n"
        "SELECT id, schema, document, walker, crate FROM judged WHERE (walker = '[]') <> crate ORDER BY id LIMIT 5;\n"
        "SELECT id, schema, document, expected, found FROM (SELECT pair.*, (SELECT coalesce(jsonb_agg(line ORDER BY line COLLATE \"C\"), '[]')"
        " FROM (SELECT (problem ->> 'column') || ' ' || (problem ->> 'code') AS line FROM jsonb_array_elements("
        "rowkit.validate_against_schema(schema, document)) AS problem) AS listed) AS found FROM pair WHERE expected IS NOT NULL) AS planted"
        " WHERE found <> expected LIMIT 5;\n"
        "SELECT 'counts', count(*), count(*) FILTER (WHERE crate), count(*) FILTER (WHERE (walker = '[]') <> crate) FROM judged;\n"
    )
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], input=script, capture_output=True, text=True)
    print(done.stdout[:20_000], done.stderr[:5_000])
    last = done.stdout.strip().splitlines()
    counts = last[-1].split("|") if last else []
    if done.returncode or len(last) != 1 or counts[0] != "counts":
        print(f"oracle: FAILED (replay with ROWKIT_SEED={SEED})")
        return 1
    print(f"oracle: {counts[1]} pairs, {counts[2]} valid, {counts[3]} disagreements; {PAIRS // 4} documents with planted faults (seed {SEED})")
    # A generator that only made invalid documents would prove little.
    return 0 if int(counts[1]) == PAIRS and int(counts[2]) > PAIRS // 20 and counts[3] == "0" else 1


if __name__ == "__main__":
    sys.exit(main())
