#!/usr/bin/env python3
"""Values written down: random values of every type under random settings of the session are logged, told as of some time, deleted softly, taken back and restored under
other random settings, and are what they were. ROWKIT_SOAK=1 runs twenty times as long."""
import os
import random
import sys

from people import psycopg

ROUNDS = 400 if os.environ.get("ROWKIT_SOAK") else 20
SETTINGS = {
    "datestyle": ["ISO, MDY", "ISO, DMY", "SQL, DMY", "SQL, MDY", "German", "Postgres, DMY", "Postgres, MDY", "ISO, YMD"],
    "intervalstyle": ["postgres", "postgres_verbose", "sql_standard", "iso_8601"],
    "timezone": ["UTC", "America/New_York", "Asia/Kathmandu", "Asia/Tokyo", "Africa/Monrovia", "+03:30"],
    "extra_float_digits": ["-15", "-3", "0", "1", "3"],
    "bytea_output": ["hex", "escape"],
    "array_nulls": ["on", "off"],
    "xmloption": ["content", "document"],
    "quote_all_identifiers": ["on", "off"],
    "standard_conforming_strings": ["on", "off"],
    "search_path": ["app, rowkit", "rowkit, app", '"$user", public, app, rowkit'],
}
DATES = ["2031-02-03", "0044-03-15 BC", "infinity", "-infinity", "12024-12-31", "1999-12-31"]
TIMES = ["2031-02-03 04:05:06.789", "0099-01-02 00:00:00", "infinity", "1900-01-01 23:59:59.999999"]
SPANS = ["-1 mon +3 days -04:05:06", "1 year 2 mons", "-3 days", "00:00:00.000001", "-1 year -2 mons +3 days +04:05:06.7"]
FLOATS = ["0.1", "0.30000000000000004", "1e-300", "-1.7976931348623157e308", "NaN", "-Infinity", "3.4028235e38"]
TEXTS = ["", "x", "NULL", "null", "'", '"', "\\", "a,b", "{}", "[1]", "é\u3000ｱ", "$1", "line\nbreak", "[redacted?]"]
JSONS = ['{"a": [1.50, {"b": null}]}', "[]", "{}", '"x"', "true", "12345678901234567890.1230", '{"$serde_json::private::Number": "1"}', "[" * 150 + "]" * 150, '"\\u00e9 \\\\ \\" "']
LISTED = lambda values: lambda r: "{" + ",".join("NULL" if r.random() < 0.2 else '"' + r.choice(values).replace("\\", "\\\\").replace('"', '\\"') + '"' for _ in range(r.randint(0, 3))) + "}"
ONE_OF = lambda values: lambda r: r.choice(values)
TYPES = {
    "boolean": ONE_OF(["true", "false"]), "smallint": ONE_OF(["-32768", "7"]), "integer": ONE_OF(["2147483647", "0"]), "bigint": ONE_OF(["-9223372036854775808", "5"]),
    "numeric": ONE_OF(["NaN", "0.10", "-12345678901234567890.123450", "1e-50"]), "numeric(12,4)": ONE_OF(["1.5", "-0.0001"]), "real": ONE_OF(["0.1", "3.4028235e38", "NaN", "-Infinity"]),
    "double precision": ONE_OF(FLOATS), "money": ONE_OF(["12.34", "-0.05"]), "text": ONE_OF(TEXTS), "varchar(20)": ONE_OF(TEXTS), "char(12)": ONE_OF(["", "ab", "  x"]), '"char"': ONE_OF(["a", "\\"]),
    "name": ONE_OF(TEXTS), "bytea": ONE_OF(["\\x", "\\x00ff5c27", "abc"]), "date": ONE_OF(DATES), "time": ONE_OF(["23:59:59.5", "00:00:00"]), "timetz": ONE_OF(["23:59:59.5+05:30", "00:00:00-08"]),
    "timestamp": ONE_OF(TIMES), "timestamp(0)": ONE_OF(TIMES), "timestamptz": lambda r: r.choice(TIMES) if r.random() < 0.2 else "2031-07-03 04:05:06.5+" + r.choice(["00", "05:45", "09"]), "interval": ONE_OF(SPANS),
    "uuid": ONE_OF(["00000000-0000-4000-8000-00000000000a"]), "json": ONE_OF(JSONS[:-1]), "jsonb": ONE_OF(JSONS), "xml": ONE_OF(["<a>1</a>", "text", "<a/><b/>", "<!-- c --><a/>"]),
    "inet": ONE_OF(["10.0.0.1/8", "::1"]), "cidr": ONE_OF(["10.0.0.0/8"]), "macaddr": ONE_OF(["08:00:2b:01:02:03"]), "bit(3)": ONE_OF(["101"]), "varbit": ONE_OF(["", "1010101"]), "point": ONE_OF(["(0.1,1e300)"]),
    "box": ONE_OF(["(1,1),(0.1,0.2)"]), "circle": ONE_OF(["<(0.1,0.2),0.3>"]), "path": ONE_OF(["[(0.1,0.2),(3,4)]"]), "tsvector": ONE_OF(["'a b':1A,2 'it''s'"]), "tsquery": ONE_OF(["'a' & !'b c':*"]),
    "int4range": ONE_OF(["[1,5)", "empty", "(,)"]), "numrange": ONE_OF(["(0.10,5]"]), "daterange": ONE_OF(["[2031-02-03,2031-02-05)", "(,2031-02-05)"]), "tsrange": ONE_OF(["[2031-02-03 01:00,2031-02-03 02:00:00.5)"]),
    "tstzrange": ONE_OF(['["2031-01-01 00:00+00",)']), "datemultirange": ONE_OF(["{[2031-02-03,2031-02-05),[2032-02-03,2032-02-05)}", "{}"]), "regclass": ONE_OF(["app.audit_logs", "pg_class"]), "regtype": ONE_OF(["app.stay", "integer"]),
    "regprocedure": ONE_OF(["pg_catalog.now()", "rowkit.uuidv7()"]), "oid": ONE_OF(["4294967295"]), "pg_lsn": ONE_OF(["16/B374D848"]), "app.stay": ONE_OF(['(2031-02-03,"-1 mon +3 days",0.1)', "(,,)", '(infinity,,NaN)']),
    "app.mood": ONE_OF(["glad", "so, so"]), "app.day": ONE_OF(["2031-02-03"]), "app.days": ONE_OF(["{2031-02-03,2031-03-02}"]), "app.staying": ONE_OF(['(2031-02-03,"1 day",0.30000000000000004)']),
    "app.floats": ONE_OF(["[0.1,0.30000000000000004)"]), "text[]": LISTED(TEXTS), "date[]": LISTED(DATES[:2] + DATES[4:]), "timestamptz[]": LISTED(["2031-02-03 00:00+05:45"]), "interval[]": LISTED(SPANS), "float8[]": LISTED(FLOATS),
    "bytea[]": LISTED(["\\x00ff"]), "jsonb[]": LISTED(["[1, 2]", "null", '{"a": []}', '"x"', "7"]), "json[]": LISTED(["[1, 2]", "{}"]), "numeric[]": LISTED(["0.10", "NaN"]), "app.stay[]": LISTED(['(2031-02-03,"1 mon",0.1)']),
    "integer[]": ONE_OF(["[0:1]={1,2}", "{{1,2},{3,4}}", "[2:2][-1:0]={{1,2}}", "{}"]), "daterange[]": LISTED(["[2031-02-03,2031-02-05)"]), "app.mood[]": LISTED(["glad", "so, so"]), "app.hidden": ONE_OF(["(3,x)"]), "app.hidden[]": LISTED(["(3,x)"]),
}
KEYS = ["date", "timestamptz", "timestamp", "interval", "double precision", "real", "bytea", "daterange", "tstzrange", "numeric", "text", "timetz", "varchar(20)", "uuid", "inet", "app.mood", "app.day", "bigint", "char(12)"]

owner = psycopg.connect(autocommit=True)
run = lambda sql, *parameters: owner.execute(sql, parameters or None)
run("SET client_min_messages = error; CREATE SCHEMA app; SET search_path = app, rowkit; SELECT count(*) FROM create_audit_log(tenant_column => 'organization_id'); "
    "CREATE TYPE stay AS (since date, kept interval, cost double precision); CREATE TYPE mood AS ENUM ('glad', 'so, so'); CREATE DOMAIN day AS date NOT NULL; CREATE DOMAIN days AS date[]; CREATE DOMAIN staying AS stay; "
    "CREATE TYPE floats AS RANGE (subtype = float8); CREATE TYPE hidden AS (a integer, b text); "
    "CREATE FUNCTION hide(mood) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT json_build_object(''a'', 0)'; CREATE CAST (mood AS json) WITH FUNCTION hide(mood); "
    "CREATE FUNCTION hide(floats) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT json_build_object(''a'', 0)'; CREATE CAST (floats AS json) WITH FUNCTION hide(floats);")
try:
    run("SELECT '<a/>'::xml")
except psycopg.errors.FeatureNotSupported:
    del TYPES["xml"]


def settle(r):
    for name, values in SETTINGS.items():
        run("SELECT set_config(%s, %s, false)", name, r.choice(values))


def plain():
    for name in SETTINGS:
        run("RESET " + name)
    run("SET timezone = 'UTC'")
    run("SET search_path = app, rowkit")


def one(sql, *parameters):
    return run(sql, *parameters).fetchone()[0]


def differing(names):
    """The columns in which the tables t and was differ, under plain settings."""
    plain()
    return [name for name in names if one(f"SELECT count(*) FROM app.was AS w LEFT JOIN app.t ON t.id = w.id WHERE t.id IS NULL OR t.{name}::text IS DISTINCT FROM w.{name}::text")]


def audit_round(r):
    kinds = r.sample(sorted(TYPES), 12)
    names = [f"c{place}" for place in range(len(kinds))]
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, kinds))
    plain()
    run(f"DROP TABLE IF EXISTS t, was; CREATE TABLE t (id integer PRIMARY KEY, {columns}); CREATE TABLE was (LIKE t)")
    run("SELECT count(*) FROM enable_audit('t', mode => %s)", r.choice(["diff", "full"]))
    # One domain has no NULL.
    value = lambda kind: TYPES[kind](r) if kind == "app.day" or r.random() < 0.9 else None
    row = [value(kind) for kind in kinds]
    places = ", ".join(f"%s::text::{kind}" for kind in kinds)
    run(f"INSERT INTO was VALUES (1, {places})", *row)
    what = f"{kinds} {row}"
    settle(r)
    run("INSERT INTO app.t SELECT * FROM app.was")
    for _ in range(3):
        place = r.randrange(len(kinds))
        plain()
        before = one("SELECT clock_timestamp()::text")
        other = value(kinds[place])
        run(f"CREATE TEMP TABLE given AS SELECT %s::text::{kinds[place]} AS v", other)
        settle(r)
        run(f"UPDATE app.t SET {names[place]} = given.v FROM given")
        plain()
        run("DROP TABLE given")
        # JSON does not tell its null from NULL: that is no change.
        if not differing(names):
            continue
        told = one("SELECT row_as_of('t', 1::bigint, %s::timestamptz)::text", before)
        last = one("SELECT transaction::text FROM audit_logs WHERE action = 'UPDATE' AND table_name = 't' ORDER BY created_at DESC LIMIT 1")
        settle(r)
        again = one("SELECT rowkit.row_as_of('app.t', 1::bigint, %s::timestamptz)::text", before)
        if told != again:
            sys.exit(f"written: {told} is told as {again} in another session, of {what}")
        settle(r)
        run("SELECT rowkit.undo_transaction(%s::uuid, 'app.audit_logs')", last)
        if differing(names):
            sys.exit(f"written: {differing(names)} came back otherwise, of {what}, to {other}")
    settle(r)
    run("DELETE FROM app.t")
    plain()
    last = one("SELECT transaction::text FROM audit_logs WHERE action = 'DELETE' AND table_name = 't' ORDER BY created_at DESC LIMIT 1")
    settle(r)
    run("SELECT rowkit.undo_transaction(%s::uuid, 'app.audit_logs')", last)
    if differing(names):
        plain()
        sys.exit(f"written: after the undo of DELETE {differing(names)} differ, of {what}; {one('SELECT old_data::text FROM audit_logs WHERE transaction = %s::uuid', last)}")
    return len(kinds)


def key_round(r):
    """Rows known by a key of some type: their history, and what gives way to a soft delete."""
    kind = r.choice(KEYS)
    plain()
    run(f"DELETE FROM audit_logs; DROP TABLE IF EXISTS kid, top, deletions, deletion_references CASCADE; CREATE TABLE top (k {kind}, n integer, v integer, PRIMARY KEY (k, n)); "
        f"CREATE TABLE kid (k {kind} PRIMARY KEY, top_k {kind.replace('app.day', 'date')}, top_n integer, FOREIGN KEY (top_k, top_n) REFERENCES top ON DELETE SET NULL)")
    run("SELECT count(*) FROM enable_soft_delete('top'); SELECT count(*) FROM enable_soft_delete('kid'); SELECT count(*) FROM enable_audit('top'); SELECT count(*) FROM enable_audit('kid')")
    # Names of old time zones, such as LMT, the server itself cannot read.
    given = "2031-07-03 04:05:06.5+05:45" if kind == "timestamptz" else TYPES[kind](r)
    run(f"INSERT INTO top VALUES (%s::text::{kind}, 1, 1)", given)
    run("INSERT INTO kid SELECT k, k, n FROM top")

    def settle_exactly():
        """What a session writes with fewer digits is no key of the row."""
        settle(r)
        run("SET extra_float_digits = 1")

    for _ in range(2):
        settle_exactly()
        key = one("SELECT jsonb_build_object('k', k::text, 'n', n)::text FROM app.top")
        deleted = one("SELECT rowkit.soft_delete('app.top', %s)", key)
        left = one("SELECT count(*) FROM app.kid WHERE top_k IS NULL")
        settle_exactly()
        key = one("SELECT jsonb_build_object('k', k::text, 'n', n)::text FROM app.top")
        back = one("SELECT rowkit.restore_deleted('app.top', %s)", key)
        there = one("SELECT count(*) FROM app.kid JOIN app.top ON (top_k, top_n) = (top.k, n)")
        if (deleted, left, back, there) != (True, 1, True, 1):
            sys.exit(f"written: a key {given} of {kind}: deleted {deleted}, {left} gave way, restored {back}, {there} refer again")
    settle(r)
    run("UPDATE app.top SET v = 2")
    settle_exactly()
    key, own = run("SELECT jsonb_build_object('k', top.k::text, 'n', n)::text, kid.k::text FROM app.top, app.kid").fetchone()
    events, kids = one("SELECT count(*) FROM rowkit.row_history('app.top', %s)", key), one("SELECT count(*) FROM rowkit.row_history('app.kid', %s)", own)
    if (events, kids) != (6, 5):
        sys.exit(f"written: a key {given} of {kind} has {events} and {kids} events, not 6 and 5")


values = keys = 0
for seed in range(ROUNDS):
    random_source = random.Random(seed)
    try:
        values += audit_round(random_source)
        key_round(random_source)
    except psycopg.Error as error:
        sys.exit(f"written, seed {seed}: {error.sqlstate} {error}")
    keys += 1
print(f"written: {values} columns and {keys} keys under random settings")
if values < 12 * ROUNDS:
    sys.exit("written: too little was done")
