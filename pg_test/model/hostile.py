#!/usr/bin/env python3
"""Input made to hurt: each is taken or refused with a clear error, no session dies, and memory goes back to where it was.

ROWKIT_SOAK=1 inserts 1,000,000 records in one session in place of 100,000.
"""
import json
import os
import re
import subprocess
import sys

ROWS = 1_000_000 if os.environ.get("ROWKIT_SOAK") else 100_000
TABLE = "00000000-0000-4000-8000-0000000000b1"
failures = []


def psql(script, expect_error=None):
    done = subprocess.run(["psql", "-XAtq", "-v", "VERBOSITY=verbose", "-v", "ON_ERROR_STOP=1"], input=script, capture_output=True, text=True)
    codes = re.findall(r"ERROR:  ([0-9A-Z]{5}):", done.stderr)
    if (codes[:1] or [None])[0] != expect_error:
        failures.append(f"expected {expect_error}, got {codes or 'success'}: {script[:120]!r} {done.stderr[:300]}")
    return done.stdout.strip()


def literal(text):
    return "$hostile$" + text + "$hostile$"


def insert(data):
    return f"INSERT INTO records (table_id, data) VALUES ('{TABLE}', {literal(data)}::jsonb);"


def column(name, kind, options):
    return f"INSERT INTO table_columns (table_id, name, type, options) VALUES ('{TABLE}', '{name}', '{kind}', {literal(json.dumps(options))});"


psql(f"""SET client_min_messages = warning; SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES ('{TABLE}', '00000000-0000-4000-8000-0000000000a1', 'T');""")
psql(column("note", "long_text", {"max_length": 20_000_000}) + column("short", "text", {"max_length": 10}) + column("n", "decimal", {"max": 10**37, "multiple_of": 0.01})
     + column("doc", "json", {"schema": {"type": ["object", "array"]}, "max_depth": 200, "max_bytes": 50_000_000}) + column("tags", "multi_select", {"choices": ["a", "b"]}))

# Large: 10 MB of text, 100,000 keys, 100,000 items, 10,000 levels.
psql(insert(json.dumps({"note": "日本" * 1_700_000}, ensure_ascii=False)))
psql(insert(json.dumps({"short": "x" * 10_000_000})), "23514")
psql(insert(json.dumps({f"key{n}": n for n in range(100_000)})))
psql(f"UPDATE tables SET unknown_keys = 'strict' WHERE id = '{TABLE}';")
psql(insert(json.dumps({f"key{n}": n for n in range(100_000)})), "23514")
psql(f"UPDATE tables SET unknown_keys = 'strip' WHERE id = '{TABLE}';")
psql(insert(json.dumps({f"key{n}": n for n in range(100_000)})))
psql(f"UPDATE tables SET unknown_keys = 'allow' WHERE id = '{TABLE}';")
psql(insert(json.dumps({"tags": ["a"] * 100_000})), "23514")
psql(insert('{"free": ' + "[" * 5_000 + "]" * 5_000 + "}"))
psql(insert('{"doc": ' + "[" * 5_000 + "]" * 5_000 + "}"), "23514")
psql(insert('{"doc": ' + '{"a":' * 150 + "1" + "}" * 150 + "}"))
psql(insert('{"doc": ' + "[" * 10_000 + "]" * 10_000 + "}"), "23514")
psql(insert('{"short": ' + "[" * 6_000 + "]" * 6_000 + "}"), "23514")

# Numbers: longer than any float, and at the edge of what numeric holds.
psql(insert('{"n": 12345678901234567890123456789012345678.901}'), "23514")
psql(insert('{"n": ' + "9" * 37 + ".99}"))
psql(insert('{"n": ' + "9" * 100_000 + "}"), "23514")
psql(insert('{"n": 1e-16000}'), "23514")
psql(insert('{"n": 1e131072}'), "22003")
psql(insert('{"n": -0.00}'))

# Text that is none: the server refuses it before rowkit sees it.
psql(insert(r'{"short": "\u0000"}'), "22P05")
psql(insert(r'{"short": "\ud83d"}'), "22P02")
psql(insert(r'{"short": "\ude00\ud83d"}'), "22P02")
psql(insert(r'{"short": "\ud83d\ude00"}'))
# Keys that look alike and are not: two keys, and neither is the column.
psql(column("e_mail", "text", {}) + insert(json.dumps({"é": 1, "e\u0301": 2, "Short": 3, "short ": 4, "": 5})))
if psql("SELECT count(*) FROM records, jsonb_object_keys(data) WHERE data ? 'Short'") != "5":
    failures.append("keys that differ in Unicode form were merged")

# Patterns: what cannot run in linear time, or is too large, is refused with the definition; the rest runs at once.
for bomb in ["(a{1,1000}){1,1000}", "((((a{100}){100}){100}){100})", r"\p{L}{5000}", "(?=x)", r"(a)\1", "(", "[", "a" * 3_000_000]:
    psql(column("bomb", "text", {"pattern": bomb}), "22023")
for slow in ["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y"]:
    psql("SET statement_timeout = '10s';" + column("slow", "long_text", {"pattern": slow}) + insert(json.dumps({"slow": "a" * 100_000 + "!"})), "23514")
    psql("DELETE FROM table_columns WHERE name = 'slow';")
psql(f"SELECT rowkit.is_valid_json({literal(json.dumps({'pattern': '(a{1,1000}){1,1000}'}))}, '\"a\"');", "22023")
# It leads back to itself without a step into the document.
psql("SELECT rowkit.is_valid_json('{\"$ref\": \"#\"}', '1');", "22023")
psql("SELECT rowkit.enforce_json_schema();", "39P01")
for options in [{"max": "x"}, {"min": 2, "max": 1}, {"scale": -1}, {"scale": 10**30}, {"precision": 0.5}, {"multiple_of": 0}]:
    psql(column("bad", "decimal", options), "22023")
psql(column("x" * 64, "text", {}), "22023")
psql(column('a"; DROP TABLE records; --', "text", {}), "22023")

# Memory: a long session ends with no more than it had when it was warm.
memory = "SELECT sum(total_bytes) FROM pg_backend_memory_contexts;"
# Resident memory shows what Rust allocates, which the server's own view does not.
resident = "SELECT substring(pg_read_file('/proc/self/statm') FROM '^\\S+ (\\S+)')::bigint - substring(pg_read_file('/proc/self/statm') FROM '^\\S+ \\S+ (\\S+)')::bigint;"
batch = f"INSERT INTO records (table_id, name, data) SELECT '{TABLE}', '佐藤', jsonb_build_object('short', n, 'x', n) || '{{\"short\": \"ok\", \"n\": 5, \"tags\": [\"a\"]}}' FROM generate_series(1, {ROWS // 10}) AS n;"
bad = f"DO $$ BEGIN INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{{\"short\": 5, \"n\": \"x\"}}'); EXCEPTION WHEN check_violation THEN NULL; END $$;"
clean = "TRUNCATE records CASCADE;"
# The log of the records is warm after a few rounds, not after one.
round_of = batch + bad * 100 + clean
script = "SET client_min_messages = error;" + round_of * 3 + memory + resident + round_of * 9 + memory + resident
before, before_resident, after, after_resident = (int(number) for number in psql(script).split())
if after > before * 1.1 + 100_000:
    failures.append(f"the server's memory rose from {before} to {after} bytes")
if after_resident > before_resident * 1.1 + 500:
    failures.append(f"private resident memory rose from {before_resident} to {after_resident} pages")
print(f"hostile: {ROWS * 12 // 10} records in one session: contexts {before} to {after} bytes, private memory {before_resident} to {after_resident} pages")
for failure in failures:
    print("hostile:", failure, file=sys.stderr)
sys.exit(1 if failures else 0)
