#!/usr/bin/env python3
"""Counters of live records against the records: two sessions write at random, in transactions with savepoints that end one way or the other, delete softly and restore,
and change columns, options and statuses meanwhile. Whenever both are at rest there is no drift, and the counters are what plain SQL counts.
ROWKIT_SOAK=1 runs 60,000 operations in place of 1,500.
"""
import json
import os
import random
import sys
from collections import Counter

from session import Session

OPERATIONS = 60_000 if os.environ.get("ROWKIT_SOAK") else 1_500
TABLES = [f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2)]
OPTIONS = ["new", "late", "gone", "odd"]
SETUP = f"""
SET client_min_messages = warning;
SELECT count(*) > 0 FROM rowkit.install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name) SELECT id, '00000000-0000-4000-8000-00000000000a', id::text FROM unnest('{{{",".join(TABLES)}}}'::uuid[]) AS id;
INSERT INTO table_columns (table_id, name, type, options) SELECT id, 'stage', 'select', '{{"choices": ["new", "late"]}}' FROM tables;
INSERT INTO table_columns (table_id, name, type, options) SELECT id, 'tags', 'multi_select', '{{"choices": ["new", "late"]}}' FROM tables;
INSERT INTO table_columns (table_id, name, type) SELECT id, 'amount', 'number' FROM tables;
INSERT INTO table_statuses (table_id, name) SELECT id, name FROM tables, unnest('{{open,won}}'::text[]) AS name;
"""
# What the view shows, counted by SQL of its own: records, values by column, options by column.
DIFFERENT = """
SELECT shown.table_id, shown.record_count, counted.* FROM live_table_statistics AS shown CROSS JOIN LATERAL (
    SELECT count(*) AS records, count(*) FILTER (WHERE data -> 'amount' <> 'null') AS amounts, count(*) FILTER (WHERE name <> '') AS names
    FROM records WHERE table_id = shown.table_id AND deleted_at IS NULL) AS counted
WHERE shown.record_count <> counted.records OR (shown.filled_counts ->> 'name')::bigint <> counted.names
    OR (shown.filled_counts ->> 'amount')::bigint <> counted.amounts OR NOT shown.is_counted
UNION ALL
SELECT shown.table_id, -1, counted.count, 0, 0
FROM live_table_statistics AS shown CROSS JOIN LATERAL jsonb_each(shown.option_counts -> 'stage') AS option(name, told)
CROSS JOIN LATERAL (SELECT count(*) FROM records WHERE table_id = shown.table_id AND deleted_at IS NULL AND data ->> 'stage' = option.name) AS counted
WHERE counted.count <> option.told::text::bigint
"""


def is_error(state):
    return len(state) == 5 and state.isalnum() and state.upper() == state


class Writer:
    def __init__(self):
        self.session = Session("SET client_min_messages = warning;", "SET lock_timeout = '40ms';", "SET search_path = public, rowkit;")
        self.is_open = False
        self.savepoints = 0

    def run(self, sql):
        state = self.session.state(sql)
        if is_error(state) and self.is_open:
            self.end("ROLLBACK" if not self.savepoints or random.random() < 0.5 else "ROLLBACK TO here")
        return state

    def end(self, how):
        self.session.run(how + ";")
        if how != "ROLLBACK TO here":
            self.is_open, self.savepoints = False, 0

    def step(self):
        how = random.random()
        if not self.is_open and how < 0.4:
            self.session.run(random.choice(["BEGIN;", "BEGIN;", "BEGIN ISOLATION LEVEL REPEATABLE READ;"]))
            self.is_open = True
        elif self.is_open and how < 0.25:
            self.end(random.choice(["COMMIT", "COMMIT", "ROLLBACK"]))
        elif self.is_open and how < 0.35:
            self.session.run("SAVEPOINT here;")
            self.savepoints += 1
        elif self.savepoints and how < 0.45:
            self.end("ROLLBACK TO here")
        return self.run(operation())


def value():
    data = {"stage": random.choice(OPTIONS[:2] + [None]), "tags": random.sample(OPTIONS[:2], random.randint(0, 2)), "amount": random.choice([None, 0, 7])}
    for key in random.sample(sorted(data), random.randint(0, 2)):
        del data[key]
    if random.random() < 0.1:
        data["note"] = "x"
    return json.dumps(data)


def some(count=3):
    return f"ARRAY(SELECT id FROM records WHERE table_id = '{random.choice(TABLES)}' ORDER BY md5(id::text || '{random.random()}') LIMIT {count})"


def operation():
    table = random.choice(TABLES)
    column = random.choice(["stage", "tags"])
    choices = json.dumps({"choices": random.sample(OPTIONS, random.randint(1, 4))})
    kind = random.choices(["insert", "write", "status", "move", "upsert", "delete", "soft", "restore", "options", "rename", "add", "drop", "back", "type", "status name", "rebuild"],
                          [20, 15, 8, 3, 3, 4, 8, 8, 2, 1, 1, 1, 1, 1, 1, 1])[0]
    if kind == "insert":
        rows = ", ".join(f"('{table}', '{random.choice(['', 'r'])}', {random.choice(['NULL', quoted('open')])}, '{value()}')" for _ in range(random.randint(1, 4)))
        return f"INSERT INTO records (table_id, name, status, data) VALUES {rows};"
    if kind == "upsert":
        return (f"INSERT INTO records (id, table_id, name, data) VALUES ('00000000-0000-4000-9000-00000000000{random.randint(0, 9)}', '{table}', 'u', '{value()}') "
                "ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data, table_id = EXCLUDED.table_id;")
    return {
        "write": f"UPDATE records SET data = data || '{value()}', name = '{random.choice(['', 'n'])}' WHERE id = ANY ({some()});",
        "status": f"UPDATE records SET status = {random.choice(['NULL', quoted('open'), quoted('won'), quoted('lost')])} WHERE id = ANY ({some()});",
        "move": f"UPDATE records SET table_id = '{table}' WHERE id = ANY ({some()});",
        "delete": f"DELETE FROM records WHERE id = ANY ({some(2)});",
        "soft": f"SELECT soft_delete('records', {some()});",
        "restore": f"SELECT restore_deleted('records', id) FROM records WHERE deleted_at IS NOT NULL LIMIT {random.randint(1, 3)};",
        "options": f"UPDATE table_columns SET options = '{choices}' WHERE table_id = '{table}' AND name = '{column}';",
        "rename": f"UPDATE table_columns SET name = CASE name WHEN 'tags' THEN 'labels' ELSE 'tags' END WHERE table_id = '{table}' AND name IN ('tags', 'labels');",
        "add": f"INSERT INTO table_columns (table_id, name, type) VALUES ('{table}', 'note', 'text');",
        "drop": f"DELETE FROM table_columns WHERE table_id = '{table}' AND name = 'note';",
        "back": "SELECT restore_column(column_id) FROM column_changes WHERE restored_at IS NULL LIMIT 1;",
        "type": f"UPDATE table_columns SET type = CASE type WHEN 'text' THEN 'json' ELSE 'text' END WHERE table_id = '{table}' AND name = 'note';",
        "status name": f"UPDATE table_statuses SET name = CASE name WHEN 'won' THEN 'lost' ELSE 'won' END WHERE table_id = '{table}' AND name <> 'open';",
        "rebuild": f"SELECT rebuild_table_statistics('{table}');",
    }[kind]


def quoted(text):
    return f"'{text}'"


def main():
    seed = int(os.environ.get("ROWKIT_SEED", random.randrange(1 << 30)))
    random.seed(seed)
    session = Session()
    session.run(SETUP)
    session.run("SET search_path = public, rowkit;")
    writers = [Writer(), Writer()]
    done = checks = 0
    refused = Counter()
    while done < OPERATIONS:
        for _ in range(random.randint(4, 30)):
            state = random.choice(writers).step()
            done += 1
            if is_error(state):
                refused[state] += 1
        for writer in writers:
            if writer.is_open:
                writer.end(random.choice(["COMMIT", "ROLLBACK"]))
        wrong = session.run("SELECT * FROM table_statistics_drift();") + session.run(DIFFERENT + ";")
        checks += 1
        if wrong:
            sys.exit(f"seed {seed}, after {done} operations: " + "\n".join(wrong))
    counted = session.run("SELECT sum(record_count), (SELECT count(*) FROM record_statistics) FROM live_table_statistics;")
    if not counted[0].split("|")[0] or refused.total() > OPERATIONS / 2:
        sys.exit(f"seed {seed}: the test tests nothing: {counted}, {refused}")
    print(f"{done} operations, {refused.total()} refused, {checks} times compared; records and slots {counted[0]}")


if __name__ == "__main__":
    main()
