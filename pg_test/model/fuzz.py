#!/usr/bin/env python3
"""Random calls: every function and procedure of rowkit and of the blueprints, every trigger function on tables that it is not made for, with random texts,
documents, JSON Schemas, vectors, queries and relations of odd shapes, as a superuser and as an end user. No session dies, no error is an internal one, and
no statement outlives its time-out.

CI runs for 60 seconds with the same seed, ROWKIT_SOAK=1 for half an hour with another one each time. The seed is printed; FUZZ_SEED=n runs the same statements again, FUZZ_SECONDS=n for as long.
"""
import json
import os
import random
import time

from odd import ANN, ONE, SCHEMAS, TIMEOUT, TWO, Connection, Findings, fill

SECONDS = int(os.environ.get("FUZZ_SECONDS", 1800 if os.environ.get("ROWKIT_SOAK") else 60))
SEED = int(os.environ.get("FUZZ_SEED", random.randrange(10**9) if os.environ.get("ROWKIT_SOAK") else 15))
LEAST = 1_500
UUIDS = [ONE, TWO, ANN, "00000000-0000-4000-8000-0000000000e1", "00000000-0000-4000-8000-0000000000ff"]
TEXTS = [
    "", " ", "a", "佐藤", "%", "_", "\\", "NULL", "'", '"', "owner", "member", "admin", "projects", "users", "datasets", "free", "pro", "immediate", "sharded",
    "skip", "rename", "abort", "leave", "downstream", "upstream", "both", "email", "name", "data", "id", "2024-01-05", "12345", "-1", "1e400", "rk_abcdefgh_zzz",
    "x" * 300, "日本語" * 200, "a@b.example", "03-1234-5678", "𠮷", "\u0301", "\u200d", "a or -b \"c d", "-", "((", ")", "[a-z", '{"a":1}', "Asia/Tokyo", "nope/zone",
    "day", "week", "month", "lifetime", "once", "day:2024-01-01", "{{a}} {{b.c}}", "{{", "name:A", "data:C", "dictionary=none", "dictionary=nope", "folds=aggressive",
    "mode=full", "redact=data.a", "tenant_from=name", "limit=max_projects", "plan=subscription_tier", "search_vector", "\u0001cut", "ａｂｃ", "株式会社テスト",
]
NUMBERS = ["0", "1", "-1", "2", "7", "10", "100", "2147483647", "-2147483648", "4294967296", "9223372036854775807", "-9223372036854775808"]
DECIMALS = ["0", "1", "-1", "1.5", "NaN", "1e20", "Infinity", "0.0000001"]
MOMENTS = ["now", "infinity", "-infinity", "2024-02-29", "4713-01-01 BC", "epoch", "2026-11-28 12:00+14"]
INTERVALS = ["1 day", "-1 day", "0", "1 month", "178000000 years", "1 microsecond"]
KEYS = ["id", "name", "email", "data", "columns", "type", "options", "version", "statuses", "a", "b", "", "é", "amount", "nodes", "source", "target", "table_id", "max", "min"]
KINDS = [
    "text", "long_text", "integer", "number", "decimal", "currency", "percent", "boolean", "date", "time", "datetime", "duration", "email", "url", "phone", "select",
    "multi_select", "status", "rating", "user", "uuid", "reference", "json", "attachment", "address", "created_at", "autonumber", "nope",
]
SETUP = """
CREATE SCHEMA odd;
CREATE DOMAIN odd.number AS bigint;
CREATE DOMAIN odd.document AS jsonb CHECK (jsonb_typeof(value) = 'object');
CREATE DOMAIN odd.word AS text CHECK (length(value) < 10);
CREATE TYPE odd.mood AS ENUM ('fine', 'bad');
CREATE TYPE odd.pair AS (a integer, b text);
GRANT USAGE ON SCHEMA odd TO PUBLIC;
"""
# Where an odd relation's column comes from another type.
ODD_TYPES = ["bigint", "text", "jsonb", "boolean", "uuid", "integer[]", "double precision", "odd.number", "odd.word", "odd.mood", "odd.pair", "odd.document", "bytea", "name"]
TABLES = """SELECT nspname, relname, ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE (nspname = ANY (%s) OR nspname ~ '^rowkit') AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition ORDER BY 1, 2"""
FUNCTIONS = """SELECT nspname, proname, prokind::text, ARRAY(SELECT format_type(type, NULL) FROM unnest(proargtypes) AS type), pronargdefaults, proretset,
    format_type(prorettype, NULL)
FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE (nspname = ANY (%s) OR nspname ~ '^rowkit') AND prokind IN ('f', 'p', 'a') ORDER BY nspname, proname, proargtypes::text"""


def quoted(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Fuzz:
    def __init__(self, connection, seed):
        self.r, self.connection = random.Random(seed), connection
        ask = lambda sql: connection.session.execute(sql, [SCHEMAS]).fetchall()  # noqa: E731
        tables = ask(TABLES)
        self.blueprint_tables = [(schema, name, columns) for schema, name, columns in tables if schema in SCHEMAS]
        self.columns = sorted({column for _, _, columns in tables for column in columns})
        self.own = [f"{schema}.{name}" for schema, name, _ in self.blueprint_tables]
        self.relations = [f"{schema}.{name}" for schema, name, _ in tables] + ["pg_catalog.pg_class", "pg_catalog.pg_proc", "information_schema.tables"]
        found = ask(FUNCTIONS)
        self.triggers = [function for function in found if function[6] == "trigger"]
        self.functions = [function for function in found if function[6] not in ("trigger", "internal") and "internal" not in function[3]]
        self.odd_relations()

    def odd_relations(self):
        """Relations like the blueprints', of which something is other than it was."""
        for number in range(80):
            schema, name, columns = self.r.choice(self.blueprint_tables)
            odd = f"odd.{name}" if self.r.random() < 0.7 else f"odd.{name}_{number}"
            if self.connection.quietly(f"SELECT '{odd}'::regclass") or not self.connection.quietly(self.odd_shape(odd, f"{schema}.{name}", columns)):
                continue
            self.connection.quietly(f"GRANT ALL ON {odd} TO PUBLIC")
            self.relations.append(odd)
            self.own.append(odd)

    def odd_shape(self, odd, like, columns):
        column = self.r.choice(columns)
        shape = self.r.choice(["type", "type", "missing", "renamed", "view", "matview", "partitioned", "empty", "dropped"])
        if shape == "type":
            return f'CREATE TABLE {odd} AS SELECT * FROM {like}; ALTER TABLE {odd} DROP COLUMN "{column}", ADD COLUMN "{column}" {self.r.choice(ODD_TYPES)}'
        if shape == "missing":
            return f'CREATE TABLE {odd} AS SELECT * FROM {like}; ALTER TABLE {odd} DROP COLUMN "{column}"'
        if shape == "renamed":
            return f'CREATE TABLE {odd} (LIKE {like} INCLUDING ALL); ALTER TABLE {odd} RENAME COLUMN "{column}" TO "{column} x"'
        if shape == "view":
            return f"CREATE VIEW {odd} AS SELECT * FROM {like}"
        if shape == "matview":
            return f"CREATE MATERIALIZED VIEW {odd} AS SELECT * FROM {like}"
        if shape == "partitioned":
            return f"CREATE TABLE {odd} (LIKE {like}) PARTITION BY LIST ((1)); CREATE TABLE {odd}_only PARTITION OF {odd} DEFAULT"
        if shape == "dropped":
            return f"CREATE TABLE {odd} (gone text, LIKE {like} INCLUDING ALL); ALTER TABLE {odd} DROP COLUMN gone"
        return f"CREATE TABLE {odd} ()"

    def text(self):
        r = self.r
        kind = r.random()
        if kind < 0.1:
            return "".join(chr(r.choice([r.randint(1, 127), r.randint(0x80, 0x7FF), r.randint(0x3040, 0x30FF), r.randint(0x20000, 0x2A6D6)])) for _ in range(r.randint(0, 40)))
        if kind < 0.6:
            return r.choice(TEXTS)
        if kind < 0.75:
            return r.choice(self.columns)
        return r.choice(self.relations) if kind < 0.9 else json.dumps(self.document(2), ensure_ascii=False)

    def document(self, depth=4):
        r = self.r
        kind = r.random()
        if depth == 0 or kind < 0.5:
            return r.choice([None, True, False, 0, -1, 5, 1.5, 10**25, 1e300, -0.0, "", "x", "佐藤", ONE, "a@b.example", "2024-02-29", r.choice(TEXTS)])
        if kind < 0.7:
            return [self.document(depth - 1) for _ in range(r.choice([0, 1, 2, 3, 40]) if depth > 2 else r.randint(0, 3))]
        return {r.choice(KEYS): self.document(depth - 1) for _ in range(r.randint(0, 6))}

    def table_schema(self):
        """A schema of rowkit's own, more or less."""
        r = self.r
        column = lambda: {  # noqa: E731
            "id": r.choice(UUIDS), "name": r.choice(KEYS), "label": "L", "type": r.choice(KINDS), "required": r.choice([True, False, None]), "default": self.document(1),
            "options": r.choice([{}, self.document(2), {"min": 1, "max": 0}, {"choices": ["a", "b"]}, {"pattern": r.choice(["(a", "^a+$", "(a+)+$"])},
                                 {"table_id": ONE}, {"schema": self.json_schema(2)}, {"scale": r.randint(-1, 40), "precision": r.randint(-1, 40)}]),
        }
        schema = {"version": r.choice([1, 0, 2**63 - 1, "x"]), "columns": [column() for _ in range(r.randint(0, 4))], "statuses": [self.document(2)] if r.random() < 0.2 else []}
        if r.random() < 0.3:
            schema["unknown_keys"] = r.choice(["strict", "strip", "allow", "x"])
        return schema

    def json_schema(self, depth=3):
        r = self.r
        if depth == 0:
            return r.choice([True, False, {}, {"type": "string"}, {"type": ["integer", "null"]}, {"$ref": "#"}, {"const": 1}])
        inner = lambda: self.json_schema(depth - 1)  # noqa: E731
        schema = {}
        for _ in range(r.randint(0, 3)):
            schema.update(r.choice([
                lambda: {"type": r.choice(["object", "array", "string", "number", "integer", "null", 5])}, lambda: {"properties": {r.choice(KEYS): inner() for _ in range(2)}},
                lambda: {"required": [r.choice(KEYS)]}, lambda: {"anyOf": [inner(), inner()]}, lambda: {"oneOf": [inner(), inner()]}, lambda: {"not": inner()},
                lambda: {"items": inner()}, lambda: {"pattern": r.choice(["(a", "^a", "(a+)+$", "\\p{L}"])}, lambda: {"enum": [self.document(1) for _ in range(3)]},
                lambda: {"$ref": r.choice(["#", "#/$defs/a", "http://example.com/x", "nope"])}, lambda: {"$defs": {"a": inner()}}, lambda: {"if": inner(), "then": inner()},
                lambda: {"multipleOf": r.choice([0, 0.01, 1e-300])}, lambda: {"minimum": self.document(0)}, lambda: {"format": r.choice(["email", "date", "uuid", "regex"])},
                lambda: {"additionalProperties": inner()}, lambda: {"uniqueItems": True}, lambda: {"maxLength": r.choice([0, -1, 10**20])},
            ])())
        return schema

    def jsonb(self):
        kind = self.r.random()
        made = self.document() if kind < 0.6 else self.table_schema() if kind < 0.85 else self.json_schema()
        return quoted(json.dumps(made, ensure_ascii=False)) + "::jsonb"

    def vector(self):
        r = self.r
        lexeme = lambda: r.choice(["a", "b", "佐藤", "x" * r.choice([5, 100, 2040, 2041, 2042, 2043, 2046]), "'", "\\", "\u0001cut", r.choice(KEYS) or "k"])  # noqa: E731
        kind = r.random()
        if kind < 0.3:
            return f"array_to_tsvector(ARRAY[{', '.join(quoted(lexeme()) for _ in range(r.randint(1, 8)))}])"
        if kind < 0.5:
            return f"to_tsvector('simple', {quoted(' '.join(lexeme() for _ in range(r.randint(0, 20))))})"
        if kind < 0.6:
            return f"(SELECT array_to_tsvector(array_agg(repeat('{r.choice('ab')}', {r.choice([0, 1, 40])}) || n)) FROM generate_series(1, {r.choice([10, 5000, 20000])}) AS n)"
        if kind < 0.7:
            return f"strip({self.vector()})"
        if kind < 0.8:
            return f"setweight({self.vector()}, '{r.choice('ABCD')}')"
        return r.choice(["''::tsvector", "'a:1,2,16383B b'::tsvector", "(SELECT search_vector FROM custom_tables.records LIMIT 1)"])

    def query(self):
        return self.r.choice(["''::tsquery", "'a & b'::tsquery", "rowkit.search_query('佐藤')", "'!a'::tsquery", "'a:* <-> b'::tsquery", "'!(a | !b) & x:AB*'::tsquery",
                              f"plainto_tsquery('simple', {quoted(self.text())})"])

    def value(self, type):
        r = self.r
        if r.random() < 0.08:
            return f"NULL::{type}"
        if type.endswith("[]"):
            item = lambda: self.value(type[:-2])  # noqa: E731
            if r.random() < 0.04:
                return f"ARRAY[[{item()}, {item()}]]::{type}"
            return f"ARRAY[{', '.join(item() for _ in range(r.choice([0, 1, 1, 2, 3, 5])))}]::{type}"
        made = {
            "uuid": lambda: quoted(r.choice(UUIDS)) + "::uuid", "jsonb": self.jsonb, "json": lambda: quoted(json.dumps(self.document())) + "::json",
            "regclass": lambda: quoted(r.choice(self.relations + ["0", "999999"])) + "::regclass", "regprocedure": lambda: "'rowkit.uuidv7()'::regprocedure",
            "regnamespace": lambda: quoted(r.choice(SCHEMAS + ["odd", "rowkit"])) + "::regnamespace", "regtype": lambda: r.choice(["'text'", "'uuid'"]) + "::regtype",
            "regrole": lambda: "'authenticated'::regrole", "regdictionary": lambda: r.choice(["'simple'", "'english_stem'", "0", "999999"]) + "::regdictionary",
            "smallint": lambda: f"({r.choice(NUMBERS[:6])})::smallint", "integer": lambda: f"({r.choice(NUMBERS[:9])})::integer", "bigint": lambda: f"({r.choice(NUMBERS)})::bigint",
            "boolean": lambda: r.choice(["true", "false"]), "interval": lambda: quoted(r.choice(INTERVALS)) + "::interval", "inet": lambda: quoted(r.choice(["1.2.3.4", "::1", "10.0.0.0/8"])) + "::inet",
            "tsvector": self.vector, "tsquery": self.query, "oid": lambda: r.choice(["0", "1259", "16384", "999999"]) + "::oid",
            "bytea": lambda: r.choice(["''::bytea", r"'\xdeadbeef'::bytea", "sha256('token')", f"convert_to({quoted(self.text())}, 'UTF8')", f"decode('{r.randbytes(r.randint(1, 80)).hex()}', 'hex')"]),
            "record": lambda: r.choice(["ROW(1, 'a')", "(SELECT r FROM custom_tables.records AS r LIMIT 1)"]), "xid8": lambda: quoted(r.choice(["0", "1", "3", "18446744073709551615"])) + "::xid8",
        }
        if type in made:
            return made[type]()
        if type in ("numeric", "double precision", "real"):
            return f"'{r.choice(DECIMALS)}'::{type}"
        if type in ("timestamp with time zone", "timestamp without time zone", "date"):
            return f"'{r.choice(MOMENTS)}'::{type}"
        if type.startswith("any") or type == '"any"':
            return r.choice(["ARRAY[1, 2]", "'{}'::uuid[]"]) if "array" in type else r.choice(["1", "'a'::text", "'{}'::jsonb", "NULL::text", "now()"])
        return f"{quoted(self.text())}::{type}"

    def trigger(self):
        """A trigger function on a table, of any kind and with any arguments, and writes that fire it."""
        r = self.r
        function, table = r.choice(self.triggers), r.choice(self.own)
        arguments = ", ".join(quoted(self.text()) for _ in range(r.choice([0, 0, 1, 2, 3, 4])))
        timing, event = r.choice(["BEFORE", "AFTER", "AFTER", "INSTEAD OF"]), r.choice(["INSERT", "UPDATE", "DELETE", "INSERT OR UPDATE", "INSERT OR UPDATE OR DELETE", "TRUNCATE"])
        level, tables = r.choice(["ROW", "STATEMENT"]), ""
        if timing == "AFTER" and level == "STATEMENT" and r.random() < 0.7:
            tables = {"INSERT": f"REFERENCING NEW TABLE AS {r.choice(['new_rows', 'n'])}", "DELETE": f"REFERENCING OLD TABLE AS {r.choice(['old_rows', 'o'])}",
                      "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"}.get(event, "")
        column = lambda: f'"{r.choice(self.columns)}"'  # noqa: E731
        writes = [f"UPDATE {table} SET {column()} = {column()}", f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES", f"INSERT INTO {table} SELECT * FROM {table} LIMIT 2",
                  f"TRUNCATE {table} CASCADE", f"UPDATE {table} SET id = id", f"UPDATE {table} SET data = data"]
        # Only who owns a table may hang a trigger on it.
        return ["RESET ROLE", f"CREATE TRIGGER zz {timing} {event} ON {table} {tables} FOR EACH {level} EXECUTE FUNCTION {function[0]}.{function[1]}({arguments})"] + r.sample(writes, 3)

    def call(self):
        r = self.r
        schema, name, kind, types, defaults, is_set, _ = r.choice(self.functions)
        given = len(types) - (r.randint(0, defaults) if defaults else 0)
        call = f"{schema}.{name}({', '.join(self.value(type) for type in types[:given])})"
        if kind == "p":
            return [f"CALL {call}"]
        if is_set:
            return [r.choice([f"SELECT * FROM {call}", f"SELECT count(*) FROM {call}", f"SELECT {call} LIMIT 1", f"SELECT x.* FROM generate_series(1, 3), LATERAL {call} AS x LIMIT 2"])]
        return [r.choice([f"SELECT {call}", f"SELECT {call}", f"SELECT {call} FROM generate_series(1, 3)", f"SELECT 1 WHERE {call} IS NOT NULL"])]

    def matched(self):
        """A document and a schema that may have something to do with each other."""
        schema, document = (quoted(json.dumps(made, ensure_ascii=False)) + "::jsonb" for made in (self.json_schema(), self.document()))
        own, record = (quoted(json.dumps(made, ensure_ascii=False)) + "::jsonb" for made in (self.table_schema(), {self.r.choice(KEYS): self.document(1) for _ in range(4)}))
        return [self.r.choice([f"SELECT rowkit.is_valid_json({schema}, {document})", f"SELECT rowkit.validate_json({schema}, {document})",
                               f"SELECT rowkit.validate_against_schema({own}, {record})", f"SELECT rowkit.schema_to_json_schema({own})",
                               f"SET LOCAL rowkit.allow_schema_edit = on; UPDATE custom_tables.tables SET schema = {own}; "
                               f"INSERT INTO custom_tables.records (table_id, data) VALUES ('{ONE}', {record}); SELECT rowkit.cast_record('{ONE}', {record}, 'custom_tables.tables')"])]

    def planted(self):
        """A temporary relation in front of one of the blueprints', and then a call."""
        schema, name, columns = self.r.choice(self.blueprint_tables)
        shape = self.odd_shape(f"pg_temp.{name}", f"{schema}.{name}", columns).replace("CREATE MATERIALIZED VIEW", "CREATE TEMP VIEW")
        # With its schema: the server itself dies of CREATE TEMP TABLE t (LIKE … INCLUDING ALL) when another t stands before pg_temp on the search_path.
        return ["SAVEPOINT planted", shape,
                f"SET LOCAL search_path = pg_temp, {schema}, rowkit"] + self.call() + self.call()

    def statements(self):
        kind = self.r.random()
        if kind < 0.15:
            return self.trigger()
        if kind < 0.3:
            return self.matched()
        return self.planted() if kind < 0.4 else self.call()

    def settings(self):
        r = self.r
        claims = ["", "{}", json.dumps({"sub": ANN, "email": "ann@example.com", "email_verified": True}), "[]", "null", '{"sub": 5}', "not json", '{"sub": "x"}']
        headers = ["", "{}", '{"x-forwarded-for": "1.2.3.4, 5"}', "5", '{"x-forwarded-for": 5}']
        paths = ["''", "custom_tables, rowkit", "data_catalog, rowkit", "lead_intelligence", "studio_crm, pg_temp", "customer_accounts", "odd, rowkit"]
        return [f"SET search_path = {r.choice(paths)}", f"SET request.jwt.claims = {quoted(r.choice(claims))}", f"SET request.headers = {quoted(r.choice(headers))}",
                f"SET rowkit.max_cached_schemas = {r.choice(['0', '1', '20000'])}", f"SET datestyle = {r.choice(['ISO', 'German', 'SQL'])}"]


def main():
    fill()
    findings = Findings()
    connection = Connection(findings, f"SET client_min_messages = error; SET statement_timeout = '{TIMEOUT}s'; SET lock_timeout = '2s'")
    connection.session.execute(SETUP)
    fuzz = Fuzz(connection, SEED)
    r, end = fuzz.r, time.monotonic() + SECONDS
    # On a slow machine it takes longer.
    while time.monotonic() < end or findings.statements < LEAST:
        if r.random() < 0.04:
            for sql in fuzz.settings():
                connection.quietly(sql)
        statements = fuzz.statements() + (fuzz.statements() if r.random() < 0.3 else [])
        role = " SET LOCAL ROLE authenticated;" if r.random() < 0.4 else ""
        begun = f"BEGIN ISOLATION LEVEL {r.choice(['READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE', 'READ COMMITTED READ ONLY'])};{role}"
        connection.quietly(begun)
        done = []
        for sql in statements:
            done.append(sql)
            if connection.run(sql, "; ".join(done[:-1])[:600] + role) != "ok":
                break
        else:
            if r.random() < 0.3:
                connection.run("SET CONSTRAINTS ALL IMMEDIATE", "; ".join(done)[:600])
        connection.quietly("ROLLBACK")
    print(f"fuzz: seed {SEED}")
    findings.end("fuzz", LEAST)


if __name__ == "__main__":
    main()
