#!/usr/bin/env python3
"""Random queries over random records against a plain evaluator in Python: filters of every operator on columns of every type that can be indexed, sort lists,
pages both ways, counts. Two tables hold the same records, one of them with indexes on every column and on several together; other sessions change records of both meanwhile,
each in one transaction, and each comparison reads both tables and the records in one REPEATABLE READ transaction, as a member under row security. At the end the entries are those that the
records have. ROWKIT_SOAK=1 compares 100,000 queries in place of 5,000."""
import datetime
import json
import os
import pathlib
import random
import sys
import threading
import unicodedata
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(os.environ["ROWKIT_PYTHON"]) / "packages"))
import psycopg  # noqa: E402

QUERIES = 100_000 if os.environ.get("ROWKIT_SOAK") else 5_000
# So many are compared in one transaction.
TOGETHER_QUERIES = 10
RECORDS = 60
ORG, ANN = (f"00000000-0000-4000-8000-0000000000{end}" for end in ("0a", "a1"))
TABLES = {"indexed": "00000000-0000-4000-8000-0000000000b1", "plain": "00000000-0000-4000-8000-0000000000b2"}
OPTIONS = ["new", "won", "lost", "on hold"]
COLUMNS = {
    "word": ("text", {}), "empty": ("text", {"keep_empty": True}), "number": ("number", {}), "open": ("boolean", {}), "due": ("date", {}), "begins": ("datetime", {}), "at": ("time", {}),
    "stage": ("select", {"choices": OPTIONS}), "tags": ("multi_select", {"choices": OPTIONS}), "owner": ("user", {}), "members": ("user", {"multiple": True}),
    "name": ("text", {}),
}
TOGETHER = [["stage", {"column": "number", "direction": "desc"}], ["open", "due"], [{"column": "number", "direction": "desc", "empty": "first"}, "word"], ["tags", "number"]]
WORDS = ["apple", "Apple", "ＡＰＰＬＥ", "apple pie", "banana", "item 2", "item 10", "Item 1", "zebra", "  zebra ", "pear", "x" * 90 + "a", "x" * 90 + "b", ""]
NUMBERS = ["0", "1", "-1", "2.5", "2.50", "10", "1e3", "-99999999999999999999.5", "12345678901234567890", "0.1"]
PEOPLE = [f"00000000-0000-4000-8000-0000000000{n:02x}" for n in range(1, 5)]
DAYS = [f"2024-0{month}-{day:02}" for month in (1, 2, 3) for day in (1, 15, 28)]
MOMENTS = [f"{day}T{hour}:30:00.25Z" for day in DAYS[:4] for hour in ("00", "23")]
TIMES = ["09:30", "09:30:00", "23:59:59.5", "00:00"]
TEXT_OPERATORS = ["is", "is_not", "contains", "not_contains", "starts_with", "ends_with", "any_of", "none_of", "length_lt", "length_gt"]
NUMBER_OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "between"]
MOMENT_OPERATORS = ["is", "is_not", "before", "on_or_before", "after", "on_or_after"]
OPERATORS = {
    "text": TEXT_OPERATORS, "number": NUMBER_OPERATORS, "boolean": ["is"], "date": [*MOMENT_OPERATORS, "within"], "datetime": MOMENT_OPERATORS, "time": MOMENT_OPERATORS,
    "select": ["is", "is_not", "any_of", "none_of"], "user": ["is", "is_not", "any_of", "none_of"],
    "list": ["has_any", "has_all", "has_none", "exactly"],
}
SETUP = f"""
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
SELECT count(*) > 0 FROM rowkit.install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('{ORG}', 'Acme');
INSERT INTO users (id) VALUES ('{ANN}');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('{ANN}', '{ORG}', 'member');
"""
MEMBER = f"SET request.jwt.claims = '{json.dumps({'sub': ANN, 'role': 'authenticated'})}'; SET ROLE authenticated;"
CLEANUP = "SET client_min_messages = error; DROP OWNED BY authenticated; DROP ROLE authenticated;"


def connect():
    connection = psycopg.connect(autocommit=True)
    connection.execute("SET search_path = public, rowkit")
    return connection


def kind(name):
    base, options = COLUMNS[name]
    return "list" if base == "multi_select" or options.get("multiple") else base


def fold(text):
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def value(random_, name):
    """A stored value, or None."""
    if random_.random() < 0.2:
        return None
    base = COLUMNS[name][0]
    several = lambda choices: random_.sample(choices, random_.randrange(0, 4))  # noqa: E731
    if base == "text":
        return random_.choice(WORDS)
    if base == "number":
        return Decimal(random_.choice(NUMBERS))
    if base == "boolean":
        return random_.random() < 0.5
    return {"date": lambda: random_.choice(DAYS), "datetime": lambda: random_.choice(MOMENTS), "time": lambda: random_.choice(TIMES), "select": lambda: random_.choice(OPTIONS),
            "multi_select": lambda: several(OPTIONS), "user": lambda: several(PEOPLE) if kind(name) == "list" else random_.choice(PEOPLE)}[base]()


def dumps(document):
    """JSON in which numbers keep their digits."""
    return json.dumps(document, default=lambda number: f"@@{number:f}@@").replace('"@@', "").replace('@@"', "")


def loads(text):
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def held(record, name):
    """The value of a column; None for none."""
    found = record["name"] if name == "name" else record["data"].get(name)
    is_none = found is None or found == [] or (found == "" and not COLUMNS[name][1].get("keep_empty"))
    return None if is_none else found


def comparable(name, item):
    base = COLUMNS[name][0]
    if base == "datetime":
        return datetime.datetime.fromisoformat(item.replace("Z", "+00:00"))
    if base == "time":
        return datetime.time.fromisoformat(item)
    if base == "text":
        return fold(item)
    return item


def holds(condition, record):
    name, operator, asked = condition["column"], condition["op"], condition.get("value")
    found = held(record, name)
    negative = {"is_not": "is", "none_of": "any_of", "not_contains": "contains", "!=": "=", "has_none": "has_any", "is_not_empty": "is_empty"}
    if operator in negative:
        return not holds({**condition, "op": negative[operator]}, record)
    if operator == "is_empty":
        return found is None
    if kind(name) == "list":
        found = set(found or [])
        return {"has_any": bool(found & set(asked)), "has_all": found >= set(asked), "exactly": found == set(asked)}[operator]
    if operator in ("length_lt", "length_gt"):
        length = len(found or "")
        return length < asked if operator == "length_lt" else length > asked
    if found is None:
        return False
    own = comparable(name, found)
    if operator == "any_of":
        return own in [comparable(name, one) for one in asked]
    if operator == "between":
        return asked[0] <= own <= asked[1]
    if operator == "within":
        return asked["from"] <= own <= asked["to"]
    other = comparable(name, asked)
    return {"is": lambda: own == other, "=": lambda: own == other, "contains": lambda: other in own, "starts_with": lambda: own.startswith(other), "ends_with": lambda: own.endswith(other),
            "<": lambda: own < other, "<=": lambda: own <= other, ">": lambda: own > other, ">=": lambda: own >= other, "before": lambda: own < other,
            "on_or_before": lambda: own <= other, "after": lambda: own > other, "on_or_after": lambda: own >= other}[operator]()


def matches(filter_, record):
    if "and" in filter_:
        return all(matches(one, record) for one in filter_["and"])
    if "or" in filter_:
        return any(matches(one, record) for one in filter_["or"])
    if "not" in filter_:
        return not matches(filter_["not"], record)
    return holds(filter_, record)


def condition(random_):
    name = random_.choice(list(COLUMNS))
    base = COLUMNS[name][0]
    operator = random_.choice([*OPERATORS[kind(name)], "is_empty", "is_not_empty"])
    made = {"column": name, "op": operator}
    if operator in ("is_empty", "is_not_empty"):
        return made
    one = {"text": lambda: random_.choice(WORDS), "number": lambda: Decimal(random_.choice(NUMBERS)), "boolean": lambda: random_.random() < 0.5, "date": lambda: random_.choice(DAYS),
           "datetime": lambda: random_.choice(MOMENTS), "time": lambda: random_.choice(TIMES), "select": lambda: random_.choice(OPTIONS), "multi_select": lambda: random_.choice(OPTIONS),
           "user": lambda: random_.choice(PEOPLE)}[base]
    if operator in ("any_of", "none_of", "has_any", "has_all", "has_none", "exactly"):
        made["value"] = [one() for _ in range(random_.randrange(0, 4))]
    elif operator in ("length_lt", "length_gt"):
        made["value"] = random_.randrange(0, 12)
    elif operator == "between":
        made["value"] = sorted([one(), one()])
    elif operator == "within":
        low, high = sorted([one(), one()])
        made["value"] = {"from": low, "to": high}
    elif operator in ("contains", "not_contains", "starts_with", "ends_with"):
        made["value"] = random_.choice(["app", "Item", "item 1", "Ｚ", "pie", "x", "an"])
    else:
        made["value"] = one()
    return made


def filter_of(random_, depth=0):
    group = lambda: [filter_of(random_, depth + 1) for _ in range(random_.randrange(0, 4))]  # noqa: E731
    return {0: lambda: {"and": group()}, 1: lambda: {"and": group()}, 2: lambda: {"or": group()}, 3: lambda: {"not": filter_of(random_, depth + 1)}}.get(
        random_.randrange(0, 6 + 3 * depth), lambda: condition(random_))()


def sort_of(random_):
    if random_.random() < 0.2:
        return []
    lists = [["stage", "number"], ["open", "due"], ["number", "word"]]
    names = random_.choice(lists) if random_.random() < 0.3 else random_.sample(list(COLUMNS), random_.randrange(1, 3))
    entries = []
    for name in names:
        entry = {"column": name}
        if random_.random() < 0.5:
            entry["direction"] = random_.choice(["asc", "desc"])
        if random_.random() < 0.4:
            entry["empty"] = random_.choice(["first", "last"])
        entries.append(entry)
    return entries


def check_order(sort, records, found):
    """That neighbours are in the order of the first entry, by what Python can compare."""
    if not sort:
        return
    entry = sort[0]
    name, descending = entry["column"], entry.get("direction") == "desc"
    if kind(name) == "list":
        return
    items = [held(records[one], name) for one in found]
    empty = [item is None for item in items]
    if empty != sorted(empty, reverse=entry.get("empty") == "first"):
        raise AssertionError("empty values are not where they should be")
    filled = [item for item in items if item is not None]
    if COLUMNS[name][0] == "select":
        keys = [OPTIONS.index(item) for item in filled]
    elif COLUMNS[name][0] == "text":
        return
    else:
        keys = [comparable(name, item) for item in filled]
    if keys != sorted(keys, reverse=descending):
        raise AssertionError(f"{name} is not in order: {keys}")


class Comparison:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.reader = connect()
        self.plans, self.found = {}, 0

    def pages(self, table, query, limit, backward):
        """All records of a query, page by page."""
        found, cursor, key = [], None, "before" if backward else "after"
        while True:
            page = {**query, "limit": limit, "fields": ["open"], **({key: cursor} if cursor else {})}
            rows = self.reader.execute("SELECT record_id::text, cursor FROM query_records(%s, %s::jsonb)", (TABLES[table], dumps(page))).fetchall()
            found = [row[0] for row in rows] + found if backward else found + [row[0] for row in rows]
            if len(rows) < limit:
                return found
            cursor = rows[0][1] if backward else rows[-1][1]

    def several(self):
        self.reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " + MEMBER.replace("SET ", "SET LOCAL "))
        records = {row[0]: {"name": row[1], "data": loads(row[2]), "pair": row[3]} for row in self.reader.execute(
            "SELECT id::text, name, data::text, company FROM records WHERE table_id = %s AND deleted_at IS NULL", (TABLES["indexed"],))}
        others = dict(self.reader.execute("SELECT id::text, company FROM records WHERE table_id = %s AND deleted_at IS NULL", (TABLES["plain"],)).fetchall())
        for _ in range(TOGETHER_QUERIES):
            self.one(records, others)
        self.reader.execute("COMMIT")

    def one(self, records, others):
        query = {"filter": filter_of(self.random), "sort": sort_of(self.random)}
        text = dumps(query)
        expected = {one for one, record in records.items() if matches(query["filter"], record)}
        rows = self.reader.execute("SELECT record_id::text, cursor FROM query_records(%s, %s::jsonb)", (TABLES["indexed"], dumps({**query, "limit": 10_000, "fields": ["open"]}))).fetchall()
        found = [row[0] for row in rows]
        if set(found) != expected or len(found) != len(expected):
            raise AssertionError(f"{text}: {len(found)} found, {len(expected)} expected; {[(one, records[one]) for one in set(found) ^ expected][:3]}")
        check_order(query["sort"], records, found)
        plain = [others[row[0]] for row in self.reader.execute("SELECT filter_records(%s, %s::jsonb)::text", (TABLES["plain"], text))]
        if sorted(plain) != sorted(records[one]["pair"] for one in found):
            raise AssertionError(f"{text}: an index changes what is found")
        for limit, backward in ((self.random.choice([3, 7, 40]), False), (0, True)):
            if self.random.random() < 0.7:
                continue
            if backward:
                # Before a record in the middle.
                middle = self.random.choice(rows)[1] if rows else None
                if middle is None:
                    continue
                before = self.reader.execute("SELECT record_id::text FROM query_records(%s, %s::jsonb)", (TABLES["indexed"], dumps({**query, "limit": 10_000, "before": middle}))).fetchall()
                after = self.reader.execute("SELECT record_id::text FROM query_records(%s, %s::jsonb)", (TABLES["indexed"], dumps({**query, "limit": 10_000, "after": middle}))).fetchall()
                place = [row[1] for row in rows].index(middle)
                if [row[0] for row in before] != found[:place] or [row[0] for row in after] != found[place + 1:]:
                    raise AssertionError(f"{text}: before and after a cursor are not what lies there")
            elif self.pages("indexed", query, limit, False) != found:
                raise AssertionError(f"{text}: pages of {limit} are not the whole result")
        count = self.reader.execute("SELECT count_records(%s, %s::jsonb)", (TABLES["indexed"], text)).fetchone()[0]
        ids = {row[0] for row in self.reader.execute("SELECT filter_records(%s, %s::jsonb)::text", (TABLES["indexed"], text))}
        if count != len(expected) or ids != expected:
            raise AssertionError(f"{text}: count {count}, {len(ids)} ids, {len(expected)} expected")
        if self.random.random() < 0.2:
            plan = self.reader.execute("SELECT explain_records(%s, %s::jsonb) ->> 'plan'", (TABLES["indexed"], dumps({**query, "limit": 5}))).fetchone()[0]
            self.plans[plan] = self.plans.get(plan, 0) + 1
        self.found += len(expected)


def fill(session, random_):
    for table, table_id in TABLES.items():
        session.execute("INSERT INTO tables (id, organization_id, name) VALUES (%s, %s, %s)", (table_id, ORG, table))
        for name, (base, options) in COLUMNS.items():
            session.execute("INSERT INTO table_columns (table_id, name, type, indexed, options) VALUES (%s, %s, %s, %s, %s)",
                            (table_id, name, base, table == "indexed", json.dumps(options)))
    for columns in TOGETHER:
        session.execute("INSERT INTO table_indexes (table_id, columns) VALUES (%s, %s)", (TABLES["indexed"], json.dumps(columns)))
    for number in range(RECORDS):
        insert(session, random_, f"pair {number}")


def insert(session, random_, pair):
    data = {name: found for name in COLUMNS if name != "name" and (found := value(random_, name)) is not None}
    for table_id in TABLES.values():
        session.execute("INSERT INTO records (table_id, name, company, data, created_at) VALUES (%s, %s, %s, %s, '2024-01-01'::timestamptz + %s * interval '1 second')",
                        (table_id, value(random.Random(pair), "name"), pair, dumps(data), random.Random(pair).randrange(0, 50)))


def write(seed, stop, errors):
    """Changes records of both tables alike, in one transaction each time."""
    random_, session, made = random.Random(seed), connect(), 0
    try:
        while not stop.is_set():
            pair = f"pair {random_.randrange(0, RECORDS)}"
            with session.transaction():
                session.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (pair,))
                action = random_.random()
                if action < 0.7:
                    names = random_.sample([name for name in COLUMNS if name != "name"], random_.randrange(1, 4))
                    session.execute("UPDATE records SET data = data || %s::jsonb WHERE company = %s AND table_id = ANY (%s)",
                                    (dumps({name: value(random_, name) for name in names}), pair, list(TABLES.values())))
                elif action < 0.8:
                    session.execute("SELECT soft_delete('records', ARRAY(SELECT id FROM records WHERE company = %s AND deleted_at IS NULL))", (pair,))
                elif action < 0.95:
                    session.execute("SELECT public.restore_records(ARRAY(SELECT id FROM records WHERE company = %s AND deleted_at IS NOT NULL))", (pair,))
                else:
                    session.execute("DELETE FROM records WHERE company = %s", (pair,))
                    insert(session, random_, pair)
                if random_.random() < 0.1:
                    raise psycopg.Rollback()
            made += 1
    except Exception as error:  # noqa: BLE001
        errors.append(error)
    return made


def main():
    setup = connect()
    setup.execute(SETUP)
    try:
        seed = int(os.environ.get("ROWKIT_SEED", "18"))
        fill(setup, random.Random(seed))
        stop, errors = threading.Event(), []
        writers = [threading.Thread(target=write, args=(seed + number, stop, errors)) for number in (1, 2)]
        comparison = Comparison(seed)
        try:
            for number in range(0, QUERIES, TOGETHER_QUERIES):
                # First without writers, then beside them.
                if number == QUERIES // 4 // TOGETHER_QUERIES * TOGETHER_QUERIES:
                    for writer in writers:
                        writer.start()
                comparison.several()
                if errors:
                    raise errors[0]
        finally:
            stop.set()
            comparison.reader.close()
        for writer in writers:
            writer.join()
        drift = setup.execute("SELECT * FROM record_index_drift()").fetchall()
        entries = setup.execute("SELECT count(*) FROM record_index").fetchone()[0]
        print(f"{QUERIES} queries, {comparison.found} records found, plans {comparison.plans}, {entries} entries, {len(drift)} of them wrong")
        if drift or entries < RECORDS or {"walk", "candidates", "creation"} - set(comparison.plans):
            raise AssertionError(f"entries or plans are not as they should be: {drift[:3]}")
    finally:
        setup.execute(CLEANUP)


main()
