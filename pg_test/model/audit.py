#!/usr/bin/env python3
"""Audit against a model. Two sessions change rows of one table in transactions that overlap, with savepoints, rollbacks, keys that change and are
taken again, soft deletes, TRUNCATE and a trigger that changes what was just inserted: then row_as_of of any key at any time is what the model
says. And transactions over two tables with cascading foreign keys, and over a tree whose rows refer to each other in circles, are taken back, the newest first, each followed by its
redo: every state before and after comes back exactly, with every counter what its rows come to, audited or not. ROWKIT_SOAK=1 runs ten times as long.
"""
import json
import os
import random
import sys
from copy import deepcopy

from session import Session

ROUNDS = 20 if os.environ.get("ROWKIT_SOAK") else 2
# Nobody waits for anybody here.
SETUP = "SET client_min_messages = warning; SET search_path = app, rowkit; SET lock_timeout = '10 s';"
COLUMNS = ("id", "name", "amount", "data", "seen", "deleted_at", "deletion_id")
admin = Session("CREATE SCHEMA app;", SETUP)


def expect_no_error(lines, sql):
    for line in lines:
        if "ERROR" in line:
            sys.exit(f"audit: {line} in {sql}")
    return lines


def run(session, sql):
    return expect_no_error(session.run(sql), sql)


class Entity:
    """One row through its keys; gone and inserted again under its last key it is the same row."""

    def __init__(self):
        self.key, self.states = None, []

    def at(self, time):
        return next((row for when, row in reversed(self.states) if when <= time), None)

    def is_there(self):
        return bool(self.states) and self.states[-1][1] is not None


class Model:
    def __init__(self):
        self.owner = {}  # of each key the row that had it last

    def there(self):
        return sorted(key for key, entity in self.owner.items() if entity.key == key and entity.is_there())

    def apply(self, time, changes):
        for kind, key, row in changes:
            entity = self.owner.get(key)
            if kind == "insert":
                if entity is None or entity.key != key or entity.is_there():
                    entity = self.owner[key] = Entity()
                entity.key = key
                entity.states.append((time, row))
            elif kind == "move":
                entity.key = row["id"]
                self.owner[row["id"]] = entity
                entity.states.append((time, row))
            else:
                entity.states.append((time, row))


class Writer:
    """A session with an open transaction, what it did there, and the keys that it holds."""

    def __init__(self, r):
        self.r, self.session = r, Session(SETUP)
        self.done, self.held, self.is_open, self.has_truncated = [], set(), False, False

    def rows(self, keys):
        listed = ", ".join(map(str, keys)) or "NULL"
        lines = run(self.session, f"SELECT to_jsonb(t) FROM things AS t WHERE id IN ({listed});")
        return {row["id"]: {name: row[name] for name in COLUMNS} for row in map(parse, lines)}

    def statement(self, model, others):
        r, view = self.r, deepcopy(model)
        for time, changes in self.done:
            view.apply(time, changes)
        free = [key for key in view.there() if key not in others]
        # What is deleted softly is left alone, but for its restore.
        states = {key: view.owner[key].states[-1][1] for key in free}
        live = [key for key in free if states[key]["deleted_at"] is None]
        unused = [key for key in range(1, 25) if key not in view.there() and key not in others]
        some = lambda keys: r.sample(keys, min(len(keys), r.randint(1, 4)))
        value = lambda: r.choice(["NULL", "1.50", "2", "'NaN'", "12345678901234567890.123"])
        kind = r.choice(["insert"] * 3 + ["update"] * 5 + ["nothing", "move", "move", "delete", "soft", "restore", "truncate", "upsert"])
        keys, changed, moved = [], [], {}
        if kind in ("insert", "upsert") and unused:
            keys = some(unused)
            name = lambda: r.choice(["x", "twice", 'é"'])
            rows = ", ".join(f"({key}, '{name()}', {value()}, '{json.dumps({'k': [key, None]})}')" for key in keys)
            sql = f"INSERT INTO things (id, name, amount, data) VALUES {rows}"
            if kind == "upsert" and live:
                changed = r.sample(live, 1)
                sql += f", ({changed[0]}, 'upsert', 0, NULL) ON CONFLICT (id) DO UPDATE SET name = things.name || EXCLUDED.name"
            changes = lambda after: [("insert", key, after[key]) for key in keys] + [("change", key, after[key]) for key in changed]
        elif kind in ("update", "nothing") and live:
            changed = some(live)
            what = "name = name, updated_at = clock_timestamp()" if kind == "nothing" else r.choice(
                [f"amount = {value()}", "name = name || '+'", "data = jsonb_build_object('was', data)", "seen = now(), name = NULL", "data = NULL, updated_at = now()"])
            sql = f"UPDATE things SET {what} WHERE id IN ({', '.join(map(str, changed))})"
            changes = lambda after: [("change", key, after[key]) for key in changed]
        elif kind == "move" and live and unused:
            moved = {r.choice(live): r.choice(unused)}
            [(key, to)] = moved.items()
            sql = f"UPDATE things SET id = {to}{r.choice(['', ', amount = 7'])} WHERE id = {key}"
            changes = lambda after: [("move", key, after[to])]
        elif kind == "delete" and live:
            changed = some(live)
            sql = f"DELETE FROM things WHERE id IN ({', '.join(map(str, changed))})"
            changes = lambda after: [("change", key, None) for key in changed]
        elif kind == "soft" and live:
            changed = some(live)
            sql = f"SELECT count(soft_delete('things', ARRAY[{', '.join(map(str, changed))}]::bigint[]))"
            changes = lambda after: [("change", key, after[key]) for key in changed]
        elif kind == "restore" and len(free) > len(live):
            one = r.choice([key for key in free if key not in live])
            changed = [key for key in free if states[key]["deletion_id"] == states[one]["deletion_id"]]
            sql = f"SELECT restore_deleted('things', {one})"
            changes = lambda after: [("change", key, after[key]) for key in changed]
        elif kind == "truncate" and not others and r.random() < 0.3:
            changed = view.there()
            sql, self.has_truncated = "TRUNCATE things", True
            changes = lambda after: [("change", key, None) for key in changed]
        else:
            return
        touched = [*keys, *changed, *moved, *moved.values()]
        before = now()
        run(self.session, sql + ";")
        self.held |= set(touched)
        after = self.rows(touched)
        self.done.append((before, changes(after)))

    def transaction_step(self, model, others):
        r = self.r
        if not self.is_open:
            run(self.session, f"BEGIN ISOLATION LEVEL {r.choice(['READ COMMITTED'] * 3 + ['REPEATABLE READ'])};")
            self.is_open = True
        if r.random() < 0.15 and self.done:
            kept = len(self.done)
            run(self.session, "SAVEPOINT s;")
            self.statement(model, others)
            self.statement(model, others)
            run(self.session, "ROLLBACK TO s;")
            del self.done[kept:]
        self.statement(model, others)
        if r.random() < 0.4 or self.has_truncated:
            self.end(model)

    def end(self, model):
        if not self.is_open:
            return
        if self.r.random() < 0.2:
            run(self.session, "ROLLBACK;")
        else:
            run(self.session, "COMMIT;")
            for time, changes in self.done:
                model.apply(time, changes)
        self.done, self.held, self.is_open, self.has_truncated = [], set(), False, False


def parse(line):
    return json.loads(line, parse_float=str, parse_int=lambda text: int(text) if len(text) < 10 else text)


def now():
    return run(admin, "SELECT clock_timestamp();")[0]


def as_of_round(seed):
    r, model = random.Random(seed), Model()
    run(admin, "DROP TABLE IF EXISTS things, deletions, deletion_references CASCADE; DELETE FROM audit_logs; "
        "CREATE TABLE things (id bigint PRIMARY KEY, name text, amount numeric, data jsonb, seen timestamptz, updated_at timestamptz); "
        "SELECT count(*) FROM enable_soft_delete('things'); "
        f"SELECT count(*) FROM enable_audit('things', mode => '{r.choice(['diff', 'full'])}'); "
        "CREATE TRIGGER again AFTER INSERT ON things FOR EACH ROW WHEN (NEW.name = 'twice') EXECUTE FUNCTION again();")
    writers, times = [Writer(r), Writer(r)], [now()]
    for _ in range(150):
        writer, other = r.sample(writers, 2)
        # A snapshot that is kept does not show what others committed since: its transaction works alone.
        if other.is_open and r.random() < 0.5:
            writer, other = other, writer
        writer.transaction_step(model, other.held)
        if writer.is_open and any("repeatable" in line for line in run(writer.session, "SHOW transaction_isolation;")):
            writer.transaction_step(model, other.held)
            writer.end(model)
        times.append(now())
    for writer in writers:
        writer.end(model)
        writer.session.close()
    times.append(now())
    asked = 0
    for key in sorted(model.owner):
        for time in r.sample(times, 25) + times[-1:]:
            line = run(admin, f"SELECT row_as_of('things', {key}, '{time}');")[0]
            found = {name: parse(line)[name] for name in COLUMNS} if line else None
            entity = model.owner[key]
            wanted = entity.at(time)
            asked += 1
            if found != wanted:
                print(*run(admin, f"SELECT created_at, action, record_key, old_data, new_data FROM row_history('things', {key});"), sep="\n")
                sys.exit(f"audit, seed {seed}: thing {key} at {time} is told as {found}, and was {wanted}; {entity.states}")
    return asked


def undo_round(seed):
    r = random.Random(seed)
    ignore = r.choice(["'{}'", "'{current_children}'", "'{current_children,current_others,modified}'"])
    action = r.choice(["NO ACTION", "CASCADE", "SET NULL"])
    run(admin, "DROP TABLE IF EXISTS child, parent, nodes, usage_slots; CREATE TABLE parent (id integer PRIMARY KEY, name text UNIQUE, kids integer NOT NULL DEFAULT 0, updated_at timestamptz, "
        "modified timestamptz, current_children bigint NOT NULL DEFAULT 0, current_others bigint); "
        "CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent_id integer REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE, "
        "other_id integer REFERENCES parent ON DELETE SET NULL ON UPDATE CASCADE, v numeric, d jsonb, js json, t timestamptz, a integer[], twice numeric GENERATED ALWAYS AS (v * 2) STORED); "
        f"CREATE TABLE nodes (id integer PRIMARY KEY, up integer REFERENCES nodes ON DELETE {action} ON UPDATE CASCADE, beside integer REFERENCES nodes ON DELETE SET NULL ON UPDATE CASCADE, "
        "current_below bigint); "
        "CREATE TRIGGER kids AFTER INSERT OR DELETE ON child FOR EACH ROW EXECUTE FUNCTION kids(); "
        + "".join(f"SELECT count(*) FROM enable_usage_counter('{table}', '{owner}', '{counter}', foreign_key_column => '{key}', mode => '{r.choice(['immediate', 'sharded'])}', slots => 2); "
                  for table, owner, counter, key in [("child", "parent", "current_children", "parent_id"), ("child", "parent", "current_others", "other_id"), ("nodes", "nodes", "current_below", "up")])
        + (f"CREATE TRIGGER touch BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION update_updated_at('modified'); " if r.random() < 0.5 else "")
        + f"SELECT count(*) FROM enable_audit('parent', ignore => {ignore}, mode => '{r.choice(['diff', 'full'])}'); "
        "SELECT count(*) FROM enable_audit('child'); SELECT count(*) FROM enable_audit('nodes', ignore => '{}');")

    def state():
        drift = run(admin, "SELECT record_key, resource_type, stored, counted FROM usage_drift('parent') UNION ALL SELECT record_key, resource_type, stored, counted FROM usage_drift('nodes');")
        if drift:
            sys.exit(f"audit, seed {seed}: counters are wrong: {drift}")
        return run(admin, "SELECT (SELECT string_agg((id, name, kids)::text, ' ' ORDER BY id) FROM parent), (SELECT string_agg(c::text, ' ' ORDER BY id) FROM child AS c), "
                   "(SELECT string_agg((id, up, beside)::text, ' ' ORDER BY id) FROM nodes);")

    def tree(keys):
        """New nodes that refer to each other, themselves and old ones, in any order."""
        refer = lambda: r.choice(["NULL", "NULL", *map(str, keys), "(SELECT max(id) FROM nodes)"])
        return "INSERT INTO nodes VALUES " + ", ".join(f"({key}, {refer()}, {refer()})" for key in r.sample(keys, len(keys))) + ";"

    below = lambda: (f"(WITH RECURSIVE below(id) AS (SELECT id FROM (SELECT id FROM nodes ORDER BY md5(id::text || '{r.random()}') LIMIT 1) AS one UNION SELECT nodes.id FROM nodes JOIN below ON nodes.up = below.id) "
                     "SELECT id FROM below)")
    some = lambda table: f"(SELECT id FROM {table} ORDER BY md5(id::text || '{r.random()}') LIMIT {r.randint(1, 3)})"
    one = lambda table: f"(SELECT id FROM {table} ORDER BY md5(id::text || '{r.random()}') LIMIT 1)"
    names = iter(range(10**6))
    states, done = [state()], []
    for _ in range(40):
        sql = "BEGIN; "
        for _ in range(r.randint(1, 5)):
            sql += r.choice([
                lambda: f"INSERT INTO parent (id, name) VALUES ({next(names)}, 'n{next(names)}');",
                lambda: f"INSERT INTO child (parent_id, other_id, v, d, js, t, a) SELECT id, {one('parent')}, 1.50, jsonb_build_object('k', 1e40), '{{\"b\":1,  \"a\":2}}', '2026-01-01 00:00:00.123456+09', '{{1,NULL}}' FROM parent "
                        f"WHERE id IN {some('parent')};",
                lambda: f"UPDATE parent SET id = {next(names)}, updated_at = now() WHERE id = {one('parent')};",
                lambda: f"UPDATE parent SET name = 'n{next(names)}' WHERE id = {one('parent')};",
                lambda: f"UPDATE child SET v = v + 1, t = now() WHERE id IN {some('child')};",
                lambda: f"UPDATE child SET d = NULL, a = a || 7 WHERE id IN {some('child')};",
                lambda: f"DELETE FROM child WHERE id IN {some('child')};",
                lambda: f"DELETE FROM parent WHERE id = {one('parent')};",
                lambda: f"UPDATE child SET parent_id = {one('parent')}, js = '{{\"b\":1, \"a\":2}}' WHERE id IN {some('child')};",
                lambda: tree([next(names) for _ in range(r.randint(1, 4))]),
                lambda: f"DELETE FROM nodes WHERE id IN {below()};",
                lambda: f"UPDATE nodes SET up = {one('nodes')}, beside = {one('nodes')} WHERE id IN {some('nodes')};",
                lambda: f"UPDATE nodes SET id = {next(names)} WHERE id = {one('nodes')};",
                lambda: f"UPDATE nodes SET id = id + 1000000; UPDATE nodes SET id = id - 1000000;",
                lambda: f"WITH made AS (INSERT INTO parent (id, name) VALUES ({next(names)}, 'n{next(names)}') RETURNING id) INSERT INTO child (parent_id) SELECT id FROM made;",
            ])()
        lines = admin.run(sql + " SELECT pg_current_xact_id_if_assigned(); COMMIT;")
        # A key that does not let rows go.
        if any("ERROR:  23503" in line for line in lines):
            continue
        expect_no_error(lines, sql)
        after = state()
        if lines[0] and int(run(admin, f"SELECT count(*) FROM audit_logs WHERE transaction_id = {lines[0]};")[0]):
            done.append((lines[0], states[-1], after, sql))
            states.append(after)
        elif after != states[-1]:
            sys.exit(f"audit, seed {seed}: {sql} is not in the log")

    def undo(txid, wanted, what):
        lines = admin.run(f"BEGIN; SELECT pg_current_xact_id(); SELECT undo_transaction({txid}); COMMIT;")
        if any("ERROR" in line for line in lines) or state() != wanted:
            print(*run(admin, "SELECT action, table_name, record_id, new_record_id, statement, old_data, new_data FROM audit_logs "
                       f"WHERE transaction_id = {txid} ORDER BY id;"), sep="\n")
            sys.exit(f"audit, seed {seed}: the {what} of {txid}: {lines}\nleft {state()}\nnot  {wanted}")
        return lines[0]

    taken_back = 0
    for txid, before, after, sql in reversed(done):
        redone = undo(undo(txid, before, "undo of " + sql), after, "redo of " + sql)
        undo(redone, before, "second undo of " + sql)
        taken_back += 1
    return taken_back


run(admin, "SELECT count(*) FROM create_audit_log(tenant_column => 'organization_id'); "
    "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE app.things SET amount = 99 WHERE id = NEW.id; RETURN NULL; END $$; "
    "CREATE FUNCTION kids() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE app.parent SET kids = kids + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END "
    "WHERE id = coalesce(NEW.parent_id, OLD.parent_id); RETURN NULL; END $$;")
asked = sum(as_of_round(seed) for seed in range(ROUNDS))
undone = sum(undo_round(seed) for seed in range(ROUNDS))
print(f"audit: {asked} rows as of some time, {undone} transactions taken back, done again and taken back")
if asked < 300 * ROUNDS or undone < 20 * ROUNDS:
    sys.exit("audit: too little was done")
