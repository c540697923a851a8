#!/usr/bin/env python3
"""Calls that would take long: with statement_timeout = 1s each ends in time, done, cancelled (57014) or refused (54000, 54001, 22023, 23514), and the
server stays up. The inputs lie in a table first, so that only the call is timed. benches/timeouts.sh runs the same in a release build with a tighter bound."""
import os
import re
import subprocess
import sys

BOUND = float(os.environ.get("ROWKIT_TIMEOUT_BOUND", "3"))
TABLE = "00000000-0000-4000-8000-0000000000b1"
ALLOWED = {"57014", "54000", "54001", "22023", "23514"}
failures = []


def psql(script):
    done = subprocess.run(["psql", "-XAtq", "-v", "VERBOSITY=verbose"], input=script, capture_output=True, text=True)
    return done.stdout, re.findall(r"(?:ERROR|FATAL|PANIC):  ([0-9A-Z]{5}):|(server closed the connection|connection to server)", done.stderr), done.stderr


# Each input as a text or a jsonb, made by SQL.
INPUTS = {
    "names": ("t", "(SELECT string_agg('{{name' || n || '}}', '') FROM generate_series(1, 300000) AS n)"),
    "a": ("t", "repeat('{{a}}', 40000)"),
    "megabyte": ("j", "jsonb_build_object('a', repeat('x', 1000000))"),
    "dots": ("t", "'{{' || rtrim(repeat('a.', 500000), '.') || '}}'"),
    "text300": ("t", "repeat('x', 300000000)"),
    "text200": ("t", "repeat('0123456789', 20000000)"),
    "text3": ("t", "repeat('ｻﾄｳ', 1000000)"),
    "words": ("t", "repeat('lorem ipsum dolor sit amet consetetur ', 55000)"),
    "phrase": ("t", "repeat('lorem ipsum dolor sit amet ', 5)"),
    "dense": ("t", "repeat('あ', 700000)"),
    "run": ("t", "repeat('あ', 500) || 'い'"),
    "digits": ("t", "repeat('012345678 ', 200000)"),
    "tags": ("j", "(SELECT jsonb_build_object('tags', jsonb_agg('x' || n)) FROM generate_series(1, 100000) AS n)"),
    "taglist": ("j", "(SELECT jsonb_build_object('tags', string_agg('x' || n, ',')) FROM generate_series(1, 100000) AS n)"),
    "ids": ("j", "(SELECT jsonb_build_object('people', jsonb_agg(gen_random_uuid())) FROM generate_series(1, 100000))"),
    "keys": ("j", "(SELECT jsonb_object_agg('key' || n, n) FROM generate_series(1, 300000) AS n)"),
    "address": ("j", "(SELECT jsonb_build_object('place', jsonb_object_agg('stret' || n, n)) FROM generate_series(1, 300000) AS n)"),
    "files": ("j", "(SELECT jsonb_build_object('files', jsonb_agg(jsonb_build_object('name', 'a', 'url', 'https://a.b/' || n))) FROM generate_series(1, 200000) AS n)"),
    "decimals": ("j", "jsonb_build_object('list', (SELECT jsonb_agg((repeat('7', 131000) || '.5')::numeric) FROM generate_series(1, 20)))"),
    "decimal": ("j", "jsonb_build_object('amount', repeat('7', 131000)::numeric)"),
    "huge": ("j", "(SELECT jsonb_build_object('extra', jsonb_agg(1e131071)) FROM generate_series(1, 20000))"),
    "deep": ("j", "(repeat('[', 6000) || repeat(']', 6000))::jsonb"),
    "deepextra": ("j", "('{\"extra\": ' || repeat('[', 6000) || repeat(']', 6000) || '}')::jsonb"),
    "numbers": ("j", "(SELECT jsonb_agg(1000.5) FROM generate_series(1, 20000))"),
    "lastnumbers": ("j", "(SELECT jsonb_agg(41000.5) FROM generate_series(1, 20000))"),
    "million": ("j", "(SELECT jsonb_agg(n) FROM generate_series(1, 1000000) AS n)"),
    "enum": ("j", "jsonb_build_object('items', jsonb_build_object('enum', (SELECT jsonb_agg(n + 0.5) FROM generate_series(1, 1000) AS n)))"),
    "enums": ("j", "jsonb_build_object('items', jsonb_build_object('anyOf', (SELECT jsonb_agg(jsonb_build_object('enum', (SELECT jsonb_agg(n * 1000 + m + 0.5) FROM generate_series(1, 1000) AS m))) FROM generate_series(10, 40) AS n)))"),
    "branches": ("j", """(SELECT jsonb_build_object('$ref', '#/$defs/d0', '$defs', jsonb_object_agg('d' || i, CASE WHEN i < 30
        THEN jsonb_build_object('anyOf', jsonb_build_array(jsonb_build_object('$ref', '#/$defs/d' || (i + 1)), jsonb_build_object('$ref', '#/$defs/d' || (i + 1))))
        ELSE '{"type": "string"}'::jsonb END)) FROM generate_series(0, 30) AS i)"""),
    "unique": ("j", """'{"uniqueItems": true}'"""),
    "false": ("j", """'{"items": false}'"""),
    "names-false": ("j", """'{"anyOf": [{"additionalProperties": false}, {"additionalProperties": false}, {"propertyNames": {"maxLength": 1}}]}'"""),
    "pattern": ("j", """'{"items": {"pattern": "^(a|b|ab){1,100}([a-z]{1,50}){1,50}c$"}}'"""),
    "patterns": ("j", "jsonb_build_object('patternProperties', (SELECT jsonb_object_agg('^[a-z]+' || n || '$', true) FROM generate_series(1, 300) AS n))"),
    "regexes": ("j", """'{"items": {"format": "regex"}}'"""),
    "longtext": ("j", "jsonb_build_array(repeat('ab', 2000000))"),
    "parentheses": ("j", "jsonb_build_array(repeat('(', 4000) || repeat(')', 4000))"),
    "multiple": ("j", """'{"items": {"multipleOf": 0.3}}'"""),
    "tree": ("j", """'{"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [{"type": "number"}, {"type": "array", "items": {"$ref": "#/$defs/n"}}]}}}'"""),
    "nodes": ("j", "(SELECT jsonb_agg(jsonb_build_object('id', n::text)) FROM generate_series(1, 200000) AS n)"),
    "edges": ("j", "(SELECT jsonb_agg(jsonb_build_object('source', n::text, 'target', (n % 200000 + 1)::text)) FROM generate_series(1, 200000) AS n)"),
    "longwords": ("j", "jsonb_build_object('searched', (SELECT string_agg('word' || n || '-a@b.c', ' ') FROM generate_series(1, 500000) AS n))"),
    "heavy": ("j", "jsonb_build_object('anyOf', (SELECT jsonb_agg(jsonb_build_object('pattern', '(' || n || 'a{1,100}){1,100}')) FROM generate_series(1, 2000) AS n))"),
    "longpattern": ("j", "jsonb_build_object('coded', repeat('ab', 4000000))"),
    "address of labels": ("j", "jsonb_build_object('u', 'https://' || repeat('é.', 3000000) || 'com')"),
    "wide": ("j", "(SELECT jsonb_build_object('columns', jsonb_agg(jsonb_build_object('name', 'c' || n, 'type', 'text'))) FROM generate_series(1, 50000) AS n)"),
    "choices": ("j", "(SELECT jsonb_build_object('unknown_keys', 'strict', 'columns', jsonb_build_array(jsonb_build_object('name', 'tags', 'type', 'multi_select', 'options', jsonb_build_object('choices', (SELECT jsonb_agg('choice number ' || n) FROM generate_series(1, 20000) AS n)))))) "),
}

# A long text in a column of each type; a debug build takes its time for each pass over it.
TYPED = 300_000 if os.environ.get("ROWKIT_TIMEOUT_BOUND") else 60_000
TYPES = ["text", "long_text", "integer", "decimal", "currency", "percent", "boolean", "date", "time", "datetime", "duration", "email", "url", "phone", "select",
         "multi_select", "rating", "user", "uuid", "attachment", "address", "json"]
for kind in TYPES:
    INPUTS[f"typed {kind}"] = ("j", f"jsonb_build_object('c_{kind}', repeat('1,２ あ.example@-', {TYPED}))")
# Units that a reader of one of the types could begin anew at each place: of a long text every type reads all, once.
UNITS = ["(1) ", "2024-", "2024 1 ", "1 T ", "a.a.", "a@", "1:", "1,", "P1Y", "%zz/../", "xn--a.", "é.", "á\u0316", "+1", "-", "0.0", "1e9", "[", '{"a":', '""', "ß", "ﷺ", "ﾊﾟ", "令和1年", "午前1時", "$1 ", "¥", "a; ",
         "https://", "http://[0:", "\u200d", "1e-"]
for number, unit in enumerate(UNITS):
    INPUTS[f"unit {number}"] = ("j", "(SELECT jsonb_object_agg('c_' || kind, repeat('" + unit + f"', 20000)) FROM unnest(string_to_array('{' '.join(TYPES)}', ' ')) AS kind)")


def text(name):
    return f"(SELECT t FROM input WHERE name = '{name}')"


def json(name):
    return f"(SELECT j FROM input WHERE name = '{name}')"


def record(name):
    return [f"rowkit.validate_record('{TABLE}', {json(name)})", f"(SELECT length(c.data::text || c.changes::text || c.errors::text) FROM rowkit.cast_record('{TABLE}', {json(name)}) AS c)"]


def schema(*pairs):
    return [f"rowkit.{function}({json(one)}, {json(other)})" for one, other in pairs for function in ("is_valid_json", "validate_json")]


CALLS = [
    f"array_length(rowkit.template_variables({text('names')}), 1)",
    f"length(rowkit.render_text({text('a')}, {json('megabyte')}))",
    f"length(rowkit.render_text({text('text300')}, '{{}}'))",
    f"length(rowkit.render_text({text('dots')}, '{{\"a\": 1}}'))",
    f"rowkit.hash_api_token({text('text200')})",
    *[f"length(rowkit.search_key({text(name)}))" for name in ("text3", "words", "text200", "dense", "digits")],
    f"length(rowkit.search_highlight({text('words')}, {text('phrase')}))",
    f"length(rowkit.search_highlight({text('words')}, 'lorem ipsum dolo'))",
    f"length(rowkit.search_highlight({text('dense')}, {text('run')}))",
    f"length(rowkit.search_highlight({text('digits')}, '012345678'))",
    f"length(rowkit.search_highlight({text('text3')}, 'さとう'))",
    f"length(rowkit.search_query({text('text3')})::text)",
    f"length(rowkit.search_query({text('words')})::text)",
    f"rowkit_internal._match_level('lorem', ARRAY[{text('words')}, {text('dense')}], {json('keys')}, true)",
    *schema(("branches", "megabyte"), ("enum", "numbers"), ("enums", "lastnumbers"), ("unique", "million"), ("false", "million"), ("names-false", "keys"),
            ("pattern", "longtext"), ("patterns", "keys"), ("regexes", "parentheses"), ("tree", "deep"), ("tree", "million"), ("enum", "million"),
            ("multiple", "decimals")),
    # What a crate would do in one go: patterns of some hundred bytes, and an address of megabytes.
    *[f"rowkit.is_valid_json(jsonb_build_object({place}), '{{\"a\": 1}}')" for unit in ("repeat('\\s', 400)", "repeat('\\cA', 2000)", "'(?i)' || repeat('[!-' || chr(1114111) || ']', 100)", "'(?i)' || repeat('\\S', 2000)")
      for place in (f"'pattern', {unit}", f"'patternProperties', jsonb_build_object({unit}, true)")],
    f"""rowkit.validate_against_schema(('{{"version": 1, "columns": [{{"id": "0193c000-0000-7000-8000-000000000001", "name": "t", "type": "text", "options": {{"pattern": "' || repeat('\\\\s', 400) || '"}}}}]}}')::jsonb, '{{}}')""",
    f"""rowkit.validate_against_schema('{{"version": 1, "columns": [{{"id": "0193c000-0000-7000-8000-000000000001", "name": "u", "type": "url"}}]}}', {json('address of labels')})""",
    f"rowkit.validate_workflow({json('nodes')}, {json('edges')})",
    *[call for name in ("tags", "taglist", "ids", "keys", "address", "files", "decimal", "huge", "deepextra", "longpattern") for call in record(name)],
    f"rowkit.validate_against_schema({json('choices')}, {json('tags')})",
    f"rowkit.validate_against_schema({json('choices')}, {json('keys')})",
    f"rowkit.validate_against_schema({json('wide')}, {json('keys')})",
    *[call for kind in TYPES for call in record(f"typed {kind}")],
    *[call for number in range(len(UNITS)) for call in record(f"unit {number}")],
    f"length(rowkit.field_text({json('megabyte')}, 'a'))",
    f"rowkit.schema_to_json_schema({json('wide')})",
    f"(SELECT count(*) FROM rowkit.validate_api_token({text('text200')}, NULL, NULL))",
    # What triggers do with a row, the search vector and the audit among it.
    *[f"INSERT INTO records (table_id, data) VALUES ('{TABLE}', {json(name)})"
      for name in ("keys", "longwords", "decimal", "tags", "typed long_text", "deepextra")],
    f"UPDATE records SET data = {json('keys')}",
    f"INSERT INTO table_columns (table_id, name, type, options) VALUES ('{TABLE}', 'branched', 'json', jsonb_build_object('schema', {json('branches')}))",
    f"INSERT INTO table_columns (table_id, name, type, options) VALUES ('{TABLE}', 'patterned', 'json', jsonb_build_object('schema', {json('heavy')}))",
]

out, codes, err = psql(f"""
SET client_min_messages = warning; SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES ('{TABLE}', '00000000-0000-4000-8000-0000000000a1', 'T');
INSERT INTO table_columns (table_id, name, type, options) SELECT '{TABLE}', 'tags', 'multi_select', jsonb_build_object('choices', jsonb_agg('x' || n))
    FROM generate_series(1, 1000) AS n;
INSERT INTO table_columns (table_id, name, type, options) VALUES ('{TABLE}', 'people', 'user', '{{"multiple": true}}'), ('{TABLE}', 'place', 'address', '{{}}'),
    ('{TABLE}', 'files', 'attachment', '{{}}'), ('{TABLE}', 'amount', 'decimal', '{{"multiple_of": 0.3}}'), ('{TABLE}', 'extra', 'json', '{{}}'),
    ('{TABLE}', 'coded', 'long_text', '{{"pattern": "^(a|b|ab){{1,100}}([a-z]{{1,50}}){{1,50}}c$"}}');
INSERT INTO table_columns (table_id, name, type, searchable, options) VALUES ('{TABLE}', 'searched', 'long_text', true, '{{}}');
INSERT INTO table_columns (table_id, name, type, options) SELECT '{TABLE}', 'c_' || kind, kind,
    CASE WHEN kind LIKE '%select' THEN '{{"choices": ["a", "b"]}}'::jsonb WHEN kind = 'currency' THEN '{{"currency": "JPY"}}' ELSE '{{}}' END
    FROM unnest(string_to_array('{" ".join(TYPES)}', ' ')) AS kind;
CREATE TABLE input (name text PRIMARY KEY, t text, j jsonb);
""" + "".join(f"INSERT INTO input (name, {kind}) VALUES ('{name}', {value});\n" for name, (kind, value) in INPUTS.items()))
if codes:
    sys.exit(f"the inputs could not be made: {err[:2000]}")

longest = 0
for call in CALLS:
    statement = call if re.match("INSERT|UPDATE", call) else f"SELECT left(({call})::text, 0)"
    out, codes, err = psql(f"SET statement_timeout = '1s'; LOAD 'rowkit';\n\\timing on\n{statement};")
    times = [float(time) for time in re.findall(r"^Time: ([0-9.]+) ms", out, re.MULTILINE)]
    code = (codes[0][0] or codes[0][1]) if codes else "done"
    seconds = times[-1] / 1000 if times else 999
    longest = max(longest, seconds)
    shown = re.sub(r"\(SELECT [tj] FROM input WHERE name = '([^']*)'\)", r"<\1>", call)
    if os.environ.get("ROWKIT_TIMEOUT_BOUND"):
        print(f"{seconds:7.3f} s  {code:5}  {shown[:120]}")
    if seconds > BOUND or (code != "done" and code not in ALLOWED):
        failures.append(f"{seconds:.3f} s, {code}: {shown}\n  {err.strip()[:300]}")

print(f"{len(CALLS)} calls under statement_timeout = 1s, the longest {longest:.2f} s, bound {BOUND} s")
if failures:
    sys.exit("\n".join(failures))
