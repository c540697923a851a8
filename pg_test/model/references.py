#!/usr/bin/env python3
"""References between records against a reference model: random inserts, writes, soft deletes, restores, deletes for good, purges, over columns of
each on_delete, single and lists, to another table and to the same. One session is compared with the model after each operation; then eight sessions do the same at
once, and a ninth watches the invariants: no live record names a record that is not live but where on_delete is keep, record_links holds what the records
name, and only what may come back is remembered. ROWKIT_SOAK=1 runs 200,000 operations in place of 4,000.
"""
import copy
import json
import os
import random
import sys
import threading
from collections import Counter
from itertools import islice

from session import Session

OPERATIONS = 200_000 if os.environ.get("ROWKIT_SOAK") else 4_000
# column: target table, on_delete, whether it is a list
COLUMNS = {"one": ("p", "clear", False), "many": ("p", "clear", True), "held": ("p", "restrict", False), "kept": ("p", "keep", True), "own": ("d", "clear", True)}
SPACE = 6
KINDS = {"insert": 9, "write": 10, "note": 2, "delete": 5, "restore": 6, "remove": 2, "permanent": 2, "purge": 0.4}


def uuid(kind, number):
    return f"00000000-0000-4000-8000-{ord(kind):04x}{number:08x}"


TABLES = {"p": uuid("t", 1), "d": uuid("t", 2)}
COLUMN_IDS = {name: uuid("c", number) for number, name in enumerate(COLUMNS)}
NAMES = {column: name for name, column in COLUMN_IDS.items()}
SETUP = f"""
SET client_min_messages = warning;
SELECT count(*) > 0 FROM rowkit.install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('{uuid("o", 1)}', 'Acme');
INSERT INTO tables (id, organization_id, name) SELECT id, '{uuid("o", 1)}', id::text FROM unnest('{{{",".join(TABLES.values())}}}'::uuid[]) AS id;
""" + "".join(
    f"""INSERT INTO table_columns (id, table_id, name, type, options) VALUES ('{COLUMN_IDS[name]}', '{TABLES["d"]}', '{name}', 'reference',
    '{json.dumps({"table_id": TABLES[target], "on_delete": on_delete, "multiple": is_list})}');"""
    for name, (target, on_delete, is_list) in COLUMNS.items())
INVARIANTS = f"""
SELECT 'names what is not live', record.id, link.column_id, link.to_id
FROM record_links AS link JOIN records AS record ON record.id = link.record_id
WHERE link.cleared_at IS NULL AND record.deleted_at IS NULL AND link.column_id <> '{COLUMN_IDS["kept"]}'
    AND NOT EXISTS (SELECT FROM records AS target WHERE target.id = link.to_id AND target.deleted_at IS NULL)
UNION ALL
SELECT 'remembers what will not come back', link.record_id, link.column_id, link.to_id
FROM record_links AS link
WHERE link.cleared_at IS NOT NULL AND NOT EXISTS (SELECT FROM records AS target WHERE target.id = link.to_id AND target.deleted_at IS NOT NULL)
UNION ALL
SELECT 'links differ from records', coalesce(held.id, link.record_id), coalesce(held.column_id, link.column_id), coalesce(held.to_id, link.to_id)
FROM (
    SELECT record.id, column_.id AS column_id, item.id::uuid AS to_id
    FROM records AS record
    JOIN table_columns AS column_ ON column_.table_id = record.table_id AND record.data ? column_.name
    CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(record.data -> column_.name)
        WHEN 'array' THEN record.data -> column_.name ELSE jsonb_build_array(record.data -> column_.name) END) AS item(id)
) AS held
FULL JOIN (SELECT * FROM record_links WHERE cleared_at IS NULL) AS link ON (link.record_id, link.column_id, link.to_id) = (held.id, held.column_id, held.to_id)
WHERE held.id IS NULL OR link.record_id IS NULL"""
seen = Counter()


class Refused(Exception):
    pass


class Record:
    def __init__(self, kind):
        self.kind, self.deletion = kind, None
        # column: [(id, its place when it was written)]
        self.names = {}
        self.remembered = {}


class Model:
    def __init__(self):
        self.records, self.deletions = {}, 0

    def is_live(self, at):
        return at in self.records and self.records[at].deletion is None

    def check(self, ids, known=()):
        if any(not self.is_live(at) for at in ids if at not in known):
            raise Refused("23503")

    def insert(self, at, kind, values):
        if at in self.records:
            raise Refused("23505")
        self.records[at] = Record(kind)
        for name, ids in values.items():
            self.check(ids)
            self.records[at].names[name] = list(zip(ids, range(len(ids))))

    def write(self, at, name, ids):
        record = self.records.get(at)
        if record is None:
            return
        known = [to for to, _ in record.names.get(name, [])]
        if known == ids:
            return
        if record.deletion is None:
            self.check(ids, known)
        record.names[name] = list(zip(ids, range(len(ids))))
        record.remembered.pop(name, None)

    def let_go(self, gone, is_removal, was_live):
        for at, record in self.records.items():
            if record.deletion is not None:
                continue
            for name, held in record.names.items():
                going = [(to, place) for to, place in held if to in gone]
                on_delete = COLUMNS[name][1]
                if not going or on_delete == "keep":
                    continue
                if on_delete == "restrict":
                    if any(to in was_live for to, _ in going):
                        raise Refused("23503")
                    continue
                record.names[name] = [item for item in held if item not in going]
                if not is_removal:
                    record.remembered.setdefault(name, []).extend(going)

    def delete(self, chosen):
        live = {at for at in chosen if self.is_live(at)}
        if live:
            self.deletions += 1
            for at in live:
                self.records[at].deletion = self.deletions
            self.let_go(live, False, live)
        return len(live)

    def forget(self, gone):
        for record in self.records.values():
            for name in list(record.remembered):
                record.remembered[name] = [item for item in record.remembered[name] if item[0] not in gone]

    def remove(self, chosen):
        gone = {at for at in chosen if at in self.records}
        was_live = {at for at in gone if self.is_live(at)}
        for at in gone:
            del self.records[at]
        self.forget(gone)
        self.let_go(gone, True, was_live)
        return len(gone)

    def permanent_delete(self, at):
        self.delete([at])
        return self.remove([at]) > 0

    def purge(self):
        return self.remove([at for at, record in self.records.items() if record.deletion is not None])

    def restore(self, at):
        record = self.records.get(at)
        if record is None or record.deletion is None:
            return False
        back = [key for key, other in self.records.items() if other.deletion == record.deletion]
        for key in back:
            self.records[key].deletion = None
        for key in back:
            mine = self.records[key]
            for name, held in mine.names.items():
                dead = [item for item in held if not self.is_live(item[0])]
                on_delete = COLUMNS[name][1]
                if not dead or on_delete == "keep":
                    continue
                soft = [item for item in dead if item[0] in self.records]
                if on_delete == "restrict" and soft:
                    raise Refused("55000")
                mine.names[name] = [item for item in held if item not in dead]
                if soft:
                    mine.remembered.setdefault(name, []).extend(soft)
        for other in self.records.values():
            for name in list(other.remembered):
                coming = [item for item in other.remembered[name] if item[0] in back]
                if coming:
                    other.remembered[name] = [item for item in other.remembered[name] if item not in coming]
                    if COLUMNS[name][2]:
                        other.names[name] = sorted(other.names.get(name, []) + coming, key=lambda item: item[1])
                    elif not other.names.get(name):
                        other.names[name] = coming
        return True

    def state(self):
        return {at: (record.deletion is not None, {name: [to for to, _ in held] for name, held in record.names.items() if held},
                     {name: sorted(to for to, _ in held) for name, held in record.remembered.items() if held})
                for at, record in self.records.items()}


def dump(session):
    state = {}
    for line in session.run("SELECT id, deleted_at IS NOT NULL, data FROM records;"):
        at, is_deleted, data = line.split("|", 2)
        names = {name: value if isinstance(value, list) else [value] for name, value in json.loads(data).items() if name in COLUMNS}
        state[at] = (is_deleted == "t", {name: ids for name, ids in names.items() if ids}, {})
    for line in session.run("SELECT record_id, column_id, array_agg(to_id ORDER BY to_id) FROM record_links WHERE cleared_at IS NOT NULL GROUP BY 1, 2;"):
        at, column, ids = line.split("|")
        state[at][2][NAMES[column]] = ids.strip("{}").split(",")
    return state


def random_value(r, name):
    target, _, is_list = COLUMNS[name]
    return [uuid(target, number) for number in r.sample(range(SPACE), r.randint(0, 3) if is_list else r.randint(0, 1))]


def member(name, ids):
    return {name: ids} if COLUMNS[name][2] else {name: ids[0]} if ids else {}


def array(ids):
    return "'{" + ",".join(ids) + "}'::uuid[]"


def write(at, name, ids):
    sql = f"UPDATE records SET data = data - '{name}' || '{json.dumps(member(name, ids))}' WHERE id = '{at}';"
    return "write", lambda model: model.write(at, name, ids) or "", sql


def delete(chosen):
    return "delete", lambda model: str(model.delete(chosen)), f"SELECT rowkit.soft_delete('records', {array(chosen)});"


def restore(at):
    return "restore", lambda model: "t" if model.restore(at) else "f", f"SELECT rowkit.restore_deleted('records', '{at}'::uuid);"


def operation(r):
    """The kind, what the model does, and the SQL for it."""
    kind = r.choices(list(KINDS), KINDS.values())[0]
    any_id = lambda: uuid(r.choice("pppd"), r.randrange(SPACE))
    chosen = list(dict.fromkeys(any_id() for _ in range(r.choice([1, 1, 2, 3]))))
    at = chosen[0]
    if kind == "insert":
        table = r.choice("pd")
        at = uuid(table, r.randrange(SPACE))
        values = {name: random_value(r, name) for name in dict.fromkeys(["held", *r.sample(list(COLUMNS), r.randint(0, 2))])} if table == "d" else {}
        values = {name: [to for to in ids if to != at] for name, ids in values.items()}
        data = {key: value for name, ids in values.items() for key, value in member(name, ids).items()}
        sql = f"INSERT INTO records (id, table_id, data) VALUES ('{at}', '{TABLES[table]}', '{json.dumps(data)}');"
        return kind, lambda model: model.insert(at, table, values) or "", sql
    if kind in ("write", "note"):
        at, name = uuid("d", r.randrange(SPACE)), r.choice(list(COLUMNS))
        ids = [to for to in random_value(r, name) if to != at]
        if kind == "note":
            return kind, lambda model: "", f"UPDATE records SET data = data || '{{\"note\": {r.randrange(9)}}}' WHERE id = '{at}';"
        return write(at, name, ids)
    if kind == "delete":
        return delete(chosen)
    if kind == "restore":
        return restore(at)
    if kind == "remove":
        sql = f"WITH gone AS (DELETE FROM records WHERE id = ANY ({array(chosen)}) RETURNING id) SELECT count(*) FROM gone;"
        return kind, lambda model: str(model.remove(chosen)), sql
    if kind == "permanent":
        return kind, lambda model: "t" if model.permanent_delete(at) else "f", f"SELECT rowkit.permanent_delete('records', '{at}'::uuid);"
    return kind, lambda model: str(model.purge()), "SELECT rowkit.cleanup_soft_deleted_records('records', 0);"


def operations(r):
    """Random ones without end, and now and then the four in a row that chance seldom makes: a restore of a record whose target was deleted after it."""
    while True:
        yield operation(r)
        if r.random() < 0.02:
            at, to = uuid("d", r.randrange(SPACE)), uuid("p", r.randrange(SPACE))
            yield from (write(at, "held", [to]), delete([at]), delete([to]), restore(at))


def one_session(seed, count):
    r, model, session = random.Random(seed), Model(), Session("SET client_min_messages = warning;")
    for done, (kind, act, sql) in enumerate(islice(operations(r), count)):
        saved = copy.deepcopy(model.records)
        try:
            expected = act(model)
        except Refused as refused:
            expected, model.records = str(refused), saved
        answer = session.state(sql)
        seen[kind, "refused" if len(expected) == 5 else "done" if expected not in ("f", "0") else "nothing"] += 1
        if answer != expected:
            return f"{done}: {sql}: expected {expected}, got {answer}"
        actual, wanted = dump(session), model.state()
        if actual != wanted:
            differ = {at: (actual.get(at), wanted.get(at)) for at in actual.keys() | wanted.keys() if actual.get(at) != wanted.get(at)}
            return f"{done}: after {sql} {answer}: (is, should be) {differ}"
        if done % 100 == 0 and (broken := session.run(INVARIANTS + ";")):
            return f"{done}: after {sql}: {broken[:5]}"
    return None


def many_sessions(count):
    outcomes, broken = Counter(), []
    working = threading.Event()

    def work(seed):
        r, session = random.Random(seed), Session("SET client_min_messages = warning;")
        drawn = operations(r)
        for _ in range(count // 8):
            sql = " ".join(sql for _, _, sql in islice(drawn, r.choice([1, 1, 1, 2])))
            level = r.choice(["READ COMMITTED", "READ COMMITTED", "REPEATABLE READ"])
            lines = session.run(f"BEGIN ISOLATION LEVEL {level}; {sql} {r.choice(['COMMIT', 'COMMIT', 'ROLLBACK'])};")
            errors = [line.split("ERROR:  ")[1][:5] for line in lines if "ERROR:  " in line]
            outcomes[errors[0] if errors else "done"] += 1

    def watch():
        session = Session()
        while not working.wait(0.2) and not broken:
            broken.extend(session.run(INVARIANTS + ";")[:5])
            outcomes["looks"] += 1

    threads = [threading.Thread(target=watch)] + [threading.Thread(target=work, args=(1000 + seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    working.set()
    threads[0].join()
    return outcomes, broken


session = Session()
for line in session.run(SETUP):
    if "ERROR" in line:
        sys.exit(line)
problem = one_session(int(os.environ.get("ROWKIT_SEED", "20261129")), OPERATIONS * 3 // 4)
print("references:", ", ".join(f"{kind} {what} {count}" for (kind, what), count in sorted(seen.items())))
if problem:
    sys.exit("references: " + problem)
outcomes, broken = many_sessions(OPERATIONS // 4)
print("references, eight sessions:", dict(outcomes))
broken += session.run(INVARIANTS + ";")
enough = outcomes["done"] > OPERATIONS // 20 and outcomes["looks"] > 1 and all(
    seen[kind, "done"] > 10 for kind in ("insert", "write", "delete", "restore", "remove", "permanent", "purge")) and all(
    seen[kind, "refused"] > 1 for kind in ("write", "delete", "restore", "remove", "permanent"))
unexpected = {state for state in outcomes if len(state) == 5 and state != "looks"} - {"23503", "23505", "55000", "40001", "40P01", "25P02"}
if broken or unexpected or not enough:
    sys.exit(f"references: {broken[:5]} {unexpected} {enough}")
