#!/usr/bin/env python3
"""A circle of four transactions, of which two wait for slots of sharded counters and two for rows: one of those that wait for slots ends with 40001, within some
seconds, and the other three commit. Nobody waits for ever, and no counter drifts."""
import pathlib
import sys
import threading
import time

sys.path[1:1] = [str(pathlib.Path(__file__).resolve().parent)]
from people import psycopg  # noqa: E402

owner = psycopg.connect(autocommit=True)
owner.execute("SET client_min_messages = warning")
owner.execute("CREATE SCHEMA m")
owner.execute("SET search_path = m, rowkit, public")
owner.execute("CREATE TABLE account (id integer PRIMARY KEY, current_thing_count integer NOT NULL DEFAULT 0, max_things integer)")
owner.execute("CREATE TABLE thing (account_id integer REFERENCES account)")
owner.execute("CREATE TABLE x (id integer PRIMARY KEY, n integer)")
owner.execute("INSERT INTO account (id, max_things) VALUES (1, 100), (2, 100)")
owner.execute("INSERT INTO x VALUES (1, 0), (2, 0)")
owner.execute("SELECT count(*) FROM enable_usage_counter('thing', 'account', 'current_thing_count', mode => 'sharded', slots => 4)")
owner.execute("INSERT INTO thing SELECT 1 FROM generate_series(1, 99) UNION ALL SELECT 2 FROM generate_series(1, 99)")

# Who does what first, and what then: a holds the last slot of account 1 and waits for b, who waits for the last slot of account 2, which c holds, who waits for d,
# who waits for the slot that a holds.
INSERT, UPDATE = "INSERT INTO m.thing VALUES (%s)", "UPDATE m.x SET n = n + 1 WHERE id = %s"
STEPS = {"a": ((INSERT, 1), (UPDATE, 1)), "b": ((UPDATE, 1), (INSERT, 2)), "c": ((INSERT, 2), (UPDATE, 2)), "d": ((UPDATE, 2), (INSERT, 1))}
outcomes = {}


def go_on(name, connection):
    sql, number = STEPS[name][1]
    try:
        connection.execute(sql, [number])
        connection.commit()
        outcomes[name] = "committed"
    except psycopg.Error as error:
        connection.rollback()
        outcomes[name] = error.sqlstate


for round_ in range(5):
    outcomes.clear()
    connections = {name: psycopg.connect() for name in STEPS}
    for name, connection in connections.items():
        connection.execute("SET statement_timeout = '30s'")
        connection.execute(STEPS[name][0][0], [STEPS[name][0][1]])
    began = time.monotonic()
    threads = [threading.Thread(target=go_on, args=(name, connection)) for name, connection in connections.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    for connection in connections.values():
        connection.close()
    print(f"round {round_}: {took:.2f} s, {dict(sorted(outcomes.items()))}")
    # The one that goes on after the circle may find no room left: the account is full then.
    states = sorted(outcomes.values())
    if took > 10 or states.count("40001") != 1 or outcomes["a"] != "committed" or outcomes["c"] != "committed" or not set(states) <= {"committed", "40001", "53400"}:
        sys.exit(f"the circle did not end as it should: {took:.2f} s, {outcomes}")
    drift = owner.execute("SELECT * FROM usage_drift('m.account')").fetchall()
    if drift:
        sys.exit(f"counters drift: {drift}")
    owner.execute("DELETE FROM thing WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER (PARTITION BY account_id) AS number FROM thing) AS held WHERE number > 99)")
owner.execute("DROP SCHEMA m CASCADE")
