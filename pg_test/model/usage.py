#!/usr/bin/env python3
"""Usage counters under load: 64 sessions insert, delete, move, soft-delete and restore rows of six limited accounts, in any order, with
savepoints, rollbacks and sessions that are killed; immediate and sharded in turn. A watcher looks at every moment it can, in one snapshot: a counter
is always the number of live rows, and no account is ever above its limit. At the end all insert until they are refused: then every
account holds exactly its limit. Last the server is killed, and the counters are still right. ROWKIT_SOAK=1 runs ten times as long.

Before that the keys of accounts change, one session alone and several at once: with every action of the foreign key, in trees, where the counter is NULL at first; after each statement
every counter is what its rows come to.
"""
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter

from session import Session

SECONDS = 80 if os.environ.get("ROWKIT_SOAK") else 8
SESSIONS = 64
ACCOUNTS = 6
SCHEMA = """
SET client_min_messages = warning;
CREATE TABLE accounts (id integer PRIMARY KEY, current_thing_count bigint NOT NULL DEFAULT 0, max_things integer);
CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id integer NOT NULL REFERENCES accounts, writer integer, deleted_at timestamptz);
CREATE INDEX ON things (writer);
INSERT INTO accounts SELECT n, 0, 20 * n FROM generate_series(1, %d) AS n;
""" % ACCOUNTS
LIVE = """SELECT account.id, account.max_things, rowkit.read_usage_counter(account.id::text, 'things', 'accounts'),
    (SELECT count(*) FROM things WHERE account_id = account.id AND deleted_at IS NULL) FROM accounts AS account ORDER BY 1;"""
# Whoever may not wait gives up after half of deadlock_timeout: here soon, and true deadlocks would show soon, too.
SETUP = "SET client_min_messages = warning; SET deadlock_timeout = '100 ms';"
outcomes, watched = Counter(), Counter()
wrong = []
pids = {}


def transaction(r, me):
    def step():
        account, other = r.randint(1, ACCOUNTS), r.randint(1, ACCOUNTS)
        mine = f"SELECT id FROM things WHERE writer = {me} ORDER BY random() LIMIT {r.randint(1, 4)}"
        return r.choice([
            f"INSERT INTO things (account_id, writer) VALUES ({account}, {me});",
            f"INSERT INTO things (account_id, writer) SELECT {account}, {me} FROM generate_series(1, {r.randint(1, 5)});",
            f"INSERT INTO things (account_id, writer) VALUES ({account}, {me}), ({other}, {me});",
            f"DELETE FROM things WHERE id IN ({mine});",
            f"UPDATE things SET account_id = {account} WHERE id IN ({mine});",
            f"UPDATE things SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id IN ({mine});",
        ])

    sql = f"BEGIN ISOLATION LEVEL {r.choice(['READ COMMITTED'] * 5 + ['REPEATABLE READ'])}; {step()}"
    if r.random() < 0.4:
        sql += f" SAVEPOINT s; {step()} {r.choice(['ROLLBACK TO s;', 'RELEASE s;'])}"
    if r.random() < 0.3:
        sql += " " + step()
    return sql + r.choice([" COMMIT;"] * 4 + [" ROLLBACK;"])


def work(me, stop):
    r, session = random.Random(me), None
    while time.monotonic() < stop:
        try:
            session = session or Session(SETUP)
            pids[me] = session.run("SELECT pg_backend_pid();")[0]
            for _ in range(20):
                lines = session.run(transaction(r, me))
                errors = [line.split("ERROR:  ")[1][:5] for line in lines if "ERROR:  " in line]
                outcomes[errors[0] if errors else "done"] += 1
        except (RuntimeError, BrokenPipeError, IndexError):
            outcomes["killed"] += 1
            session = None
    if session:
        session.close()


def watch(stop, must_be_full):
    session = Session(SETUP)
    while True:
        for line in session.run(LIVE):
            account, limit, counted, live = map(int, line.split("|"))
            watched["looks"] += 1
            if counted != live or live > limit or (must_be_full and live != limit):
                wrong.append(f"account {account}: {live} live, counted as {counted}, limit {limit}")
        if time.monotonic() >= stop:
            break
    session.close()


def kill(stop):
    session, r = Session(SETUP), random.Random(1)
    while time.monotonic() < stop:
        time.sleep(0.2)
        if pids:
            session.run(f"SELECT pg_terminate_backend({r.choice(list(pids.values()))});")
    session.close()


def fill(me):
    """Inserts one by one wherever there is room, until every account says it is full."""
    session, full, r = Session(SETUP), set(), random.Random(me)
    while len(full) < ACCOUNTS:
        account = r.choice([n for n in range(1, ACCOUNTS + 1) if n not in full])
        state = session.state(f"INSERT INTO things (account_id, writer) VALUES ({account}, {me});")
        outcomes["fill " + (state or "done")] += 1
        if state == "53400":
            full.add(account)
    session.close()


KEYED = """
SET client_min_messages = warning;
DROP TABLE IF EXISTS units, owners, usage_slots CASCADE;
CREATE TABLE owners (id integer PRIMARY KEY%s, up_id integer, current_units bigint, current_sizes integer, max_units integer);
CREATE TABLE units (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id integer %s, size integer, deleted_at timestamptz);
INSERT INTO owners (id, up_id) SELECT n, n / 2 FROM generate_series(1, 8) AS n;
INSERT INTO units (owner_id, size) SELECT 1 + n %% 8, n FROM generate_series(1, 20) AS n;
"""


def key_step(r):
    one, other = r.randint(1, 12), r.randint(1, 12)
    return r.choice([
        f"UPDATE owners SET id = {one} WHERE id = {other};",
        f"UPDATE owners SET id = {one} WHERE id = {other};",
        "UPDATE owners SET id = id + 20; UPDATE owners SET id = id - 20;",
        f"UPDATE owners SET id = id + 20 WHERE id % 3 = {one % 3};",
        "UPDATE owners SET id = id - 20 WHERE id > 20;",
        "UPDATE owners SET id = id - 1;",
        f"UPDATE owners SET id = CASE id WHEN {one} THEN {other} WHEN {other} THEN {one} ELSE id END;",
        f"UPDATE owners SET id = id + 30, up_id = up_id + 30; UPDATE owners SET id = id - 30, up_id = up_id - 30;",
        f"UPDATE owners SET up_id = {one} WHERE id = {other};",
        f"INSERT INTO owners (id, up_id, current_units) VALUES ({one}, {other}, {r.choice(['NULL', '0', '5'])});",
        f"DELETE FROM owners WHERE id = {one};",
        f"UPDATE owners SET max_units = {r.choice(['NULL', '1', '4'])} WHERE id = {one};",
        f"INSERT INTO units (owner_id, size) SELECT {one}, n FROM generate_series(1, {r.randint(1, 4)}) AS n;",
        f"DELETE FROM units WHERE owner_id = {one} AND size % 2 = 0;",
        f"UPDATE units SET owner_id = {one} WHERE owner_id = {other} AND size < 3;",
        f"UPDATE units SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END, size = size + 1 WHERE owner_id = {one};",
    ])


def keys_round(seed):
    r, session = random.Random(seed), Session(SETUP)
    action = r.choice(["CASCADE"] * 3 + ["SET NULL", "SET DEFAULT", "NO ACTION DEFERRABLE INITIALLY DEFERRED", None])
    refers = f"REFERENCES owners ON DELETE CASCADE ON UPDATE {action}" if action else ""
    enable = "SELECT count(*) FROM rowkit.enable_usage_counter('%s', 'owners', '%s', foreign_key_column => '%s', mode => '%s', slots => 2%s);"
    setup = KEYED % ("" if action else " DEFERRABLE", refers)
    setup += enable % ("units", "current_units", "owner_id", r.choice(["immediate", "sharded"]), "")
    setup += enable % ("units", "current_sizes", "owner_id", r.choice(["immediate", "sharded"]), ", sum_column => 'size', condition => 'size <> 2'")
    is_tree = r.random() < 0.5
    if is_tree:
        setup += ("UPDATE owners SET up_id = id WHERE up_id = 0;"
                  + ("ALTER TABLE owners ADD FOREIGN KEY (up_id) REFERENCES owners ON UPDATE CASCADE ON DELETE CASCADE;" if action else "")
                  + "ALTER TABLE owners ADD current_below bigint;" + enable % ("owners", "current_below", "up_id", r.choice(["immediate", "sharded"]), ""))
    lines = [line for line in session.run(setup) if "ERROR" in line]
    if lines:
        sys.exit(f"usage, keys {seed}: {lines}")
    done = 0
    for _ in range(60):
        steps = " ".join(key_step(r) for _ in range(r.randint(1, 3)))
        end = r.choice(["COMMIT;"] * 3 + ["ROLLBACK;"])
        savepoint = f"SAVEPOINT s; {key_step(r)} ROLLBACK TO s;" if r.random() < 0.3 else ""
        lines = session.run(f"BEGIN; {steps} {savepoint} {end}")
        states = {line.split("ERROR:  ")[1][:5] for line in lines if "ERROR:  " in line}
        if states - {"23505", "23503", "25P02", "3B001", "53400"}:
            sys.exit(f"usage, keys {seed}: {lines} of {steps} {savepoint}")
        done += not states
        drift = session.run("SELECT record_key, resource_type, stored, counted FROM rowkit.usage_drift('owners');")
        # An owner that is new counts what refers to its key already only where a foreign key lets nothing refer to it before.
        if drift and action and "DEFERRED" not in action:
            sys.exit(f"usage, keys {seed}, {action}: {drift} after {steps} {savepoint} {end}")
        if drift:
            session.run("SELECT rowkit.sync_usage_counters(id::text, 'owners') FROM owners;")
    session.close()
    return done


def together(*threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


changed = [keys_round(seed) for seed in range(3 * SECONDS)]
print(f"usage, keys: {sum(changed)} transactions that changed keys and rows")
if sum(changed) < 30 * SECONDS:
    sys.exit("usage, keys: too little was done")
admin = Session()
for line in admin.run(SCHEMA):
    sys.exit(line)
for mode in ("immediate", "sharded"):
    # No more slots than the smallest limit: some sessions must wait, and rooms run out.
    if any("ERROR" in line for line in admin.run(
            f"DELETE FROM things; SELECT count(*) FROM rowkit.enable_usage_counter('things', 'accounts', 'current_thing_count', mode => '{mode}', slots => 16);")):
        sys.exit("usage: the counter could not be made")
    outcomes.clear()
    stop = time.monotonic() + SECONDS / 2
    together(*[threading.Thread(target=work, args=(me, stop)) for me in range(SESSIONS)],
             threading.Thread(target=watch, args=(stop, False)), threading.Thread(target=kill, args=(stop,)))
    # A limit that is lowered below the usage refuses new rows only; raised, it is there at once.
    admin.run("DELETE FROM things WHERE id % 3 = 0; UPDATE accounts SET max_things = max_things + 7;")
    together(*[threading.Thread(target=fill, args=(me,)) for me in range(SESSIONS)])
    watch(0, True)
    print(f"usage, {mode}:", dict(sorted(outcomes.items())), dict(watched))
    unexpected = set(outcomes) - {"done", "53400", "40001", "killed", "25P02", "fill done", "fill 53400", "fill 40001"}
    if wrong or unexpected or outcomes["done"] < 100 or not outcomes["killed"] or not outcomes["fill 53400"]:
        sys.exit(f"usage, {mode}: {unexpected} {len(wrong)} wrong: {wrong[:5]}")
    # Killed with its server in the middle of it all.
    stop = time.monotonic() + 2
    threads = [threading.Thread(target=work, args=(me, stop)) for me in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    subprocess.run(["bash", "-c", ". ./server.sh; crash_server"], check=True, cwd=os.path.dirname(os.path.abspath(__file__)) + "/..")
    for thread in threads:
        thread.join()
    admin = Session()
    drift = admin.run("SELECT * FROM rowkit.usage_drift('accounts');")
    watch(0, False)
    print(f"usage, {mode}, after a crash: drift {drift}")
    if drift or wrong:
        sys.exit(f"usage, {mode}: {drift} {wrong[:5]}")
