#!/usr/bin/env python3
"""Eight writers insert and update while an editor changes the schema again and again: at every moment all committed records
pass the schema that is committed, for the editor only allows what is stored, and every writer's value was allowed when it committed.

The editor moves a window: n must lie between low and high, and both rise. It deletes what the new window would refuse and edits the
schema in one transaction; so a record outside the window can only come from a writer that validated against an older schema.
ROWKIT_SOAK=1 runs 60 seconds in place of 8.
"""
import os
import random
import sys
import threading
import time

from session import Session

SECONDS = 60 if os.environ.get("ROWKIT_SOAK") else 8
TABLE = "00000000-0000-4000-8000-0000000000b1"
COLUMN = "00000000-0000-4000-8000-0000000000c1"
outcome = {"written": 0, "refused": 0, "serialization": 0, "edits": 0, "other": []}
lock = threading.Lock()
# On a busy machine it takes longer until enough has happened.
first, last = time.monotonic() + SECONDS, time.monotonic() + SECONDS + 60


def has_enough():
    return outcome["edits"] >= 20 and outcome["written"] >= 100 and outcome["refused"] >= 10


def goes_on():
    now = time.monotonic()
    return now < first or (now < last and not has_enough() and not outcome["other"])


def note(key, amount=1):
    with lock:
        outcome[key] += amount


def write(seed):
    r, session = random.Random(seed), Session()
    while goes_on():
        isolation = r.choice(["READ COMMITTED", "READ COMMITTED", "REPEATABLE READ"])
        n = r.randint(0, outcome["edits"] + 30)
        change = r.choice([
            f"INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{{\"n\": {n}}}');",
            f"INSERT INTO records (table_id, data) SELECT '{TABLE}', jsonb_build_object('n', {n}) FROM generate_series(1, 3);",
            f"UPDATE records SET data = '{{\"n\": {n}}}' WHERE id = (SELECT id FROM records ORDER BY random() LIMIT 1);",
            f"SAVEPOINT s; INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{{\"n\": -1}}'); ROLLBACK TO s; "
            f"INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{{\"n\": {n}}}');",
        ])
        pause = f"SELECT pg_sleep({r.random() * 0.01});" if r.random() < 0.3 else ""
        answer = session.run(f"BEGIN ISOLATION LEVEL {isolation}; {change} {pause} COMMIT;")
        errors = {line.split("ERROR:  ")[1][:5] for line in answer if "ERROR:  " in line}
        if "SAVEPOINT" in change:
            errors.discard("23514")
        if not errors:
            note("written")
        elif errors <= {"23514", "25P02"}:
            note("refused")
        elif errors <= {"40001", "40P01", "25P02"}:
            note("serialization")
        else:
            with lock:
                outcome["other"].append((change, answer))


def edit():
    session = Session()
    while goes_on():
        low = outcome["edits"]
        answer = session.run(f"BEGIN; UPDATE table_columns SET options = '{{\"min\": {low}, \"max\": {low + 20}}}' WHERE id = '{COLUMN}'; "
                             f"DELETE FROM records WHERE (data -> 'n')::integer < {low}; COMMIT;")
        if any("ERROR:" in line for line in answer):
            note("serialization")
            continue
        note("edits")
        outside = session.run("SELECT count(*) FROM rowkit.invalid_records('" + TABLE + "');")
        if outside != ["0"]:
            with lock:
                outcome["other"].append(("records outside the schema", outside))
            return
        time.sleep(0.01)


psql = Session()
psql.run("SET client_min_messages = warning; SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'public');")
psql.run(f"""INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES ('{TABLE}', '00000000-0000-4000-8000-0000000000a1', 'T');
INSERT INTO table_columns (id, table_id, name, type, options) VALUES ('{COLUMN}', '{TABLE}', 'n', 'integer', '{{"min": 0, "max": 20}}');""")
threads = [threading.Thread(target=write, args=(seed,)) for seed in range(8)] + [threading.Thread(target=edit)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
stale = psql.run(f"SELECT count(*) FROM rowkit.invalid_records('{TABLE}');")
print("writers: {written} transactions written, {refused} refused, {serialization} told to retry, {edits} schema edits".format(**outcome))
if stale != ["0"] or outcome["other"] or not has_enough():
    print("writers:", stale, outcome["other"][:3], file=sys.stderr)
    sys.exit(1)
