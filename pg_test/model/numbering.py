#!/usr/bin/env python3
"""Autonumbers under everything that keeps a row from being stored: conflicts, skipping triggers, savepoints, rollbacks, nested statements, COPY, by four sessions
at once. At every end: no number twice, no record without one, none that changed; gapless: what is missing waits in free_numbers and is given next.
ROWKIT_SOAK=1 runs 60 seconds in place of 8."""
import collections
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.environ["ROWKIT_PYTHON"], "packages"))
import psycopg

SECONDS = 60 if os.environ.get("ROWKIT_SOAK") else 8
TABLES = [f"00000000-0000-4000-8000-0000000000b{n}" for n in (1, 2)]
outcome = collections.Counter()
lock = threading.Lock()


def connect():
    connection = psycopg.connect("", autocommit=True)
    connection.execute("SET search_path = public, rowkit; SET client_min_messages = error")
    return connection


def setup(connection):
    connection.execute("SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'public')")
    connection.execute("INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme')")
    for table, numbering in zip(TABLES, ("gapless", "fast")):
        connection.execute("INSERT INTO tables (id, organization_id, name) VALUES (%s, '00000000-0000-4000-8000-0000000000a1', %s)", [table, numbering])
        connection.execute("""INSERT INTO table_columns (table_id, name, type, options) VALUES (%s, 'no', 'autonumber', jsonb_build_object('numbering', %s::text)),
            (%s, 'memo', 'text', '{}')""", [table, numbering, table])
    connection.execute("""
        CREATE FUNCTION zz_skip() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            CASE NEW.name
                WHEN 'skip' THEN RETURN NULL;
                WHEN 'nest' THEN INSERT INTO public.records (table_id, name) VALUES (NEW.table_id, 'nested');
                WHEN 'nest and skip' THEN INSERT INTO public.records (table_id, name) VALUES (NEW.table_id, 'nested'); RETURN NULL;
                WHEN 'try' THEN
                    BEGIN
                        INSERT INTO public.records (table_id, name) VALUES (NEW.table_id, 'nested');
                        RAISE EXCEPTION 'no';
                    EXCEPTION WHEN raise_exception THEN NULL;
                    END;
                ELSE NULL;
            END CASE;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER zz_skip BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION zz_skip();
        -- What every record's number is, for good.
        CREATE TABLE known (id uuid PRIMARY KEY, number bigint NOT NULL);
        CREATE FUNCTION know() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO public.known VALUES (NEW.id, (NEW.data ->> 'no')::bigint);
            ELSIF NEW.data -> 'no' IS DISTINCT FROM OLD.data -> 'no' THEN
                RAISE EXCEPTION 'number % became %', OLD.data -> 'no', NEW.data -> 'no';
            END IF;
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER know AFTER INSERT OR UPDATE ON records FOR EACH ROW EXECUTE FUNCTION know()""")


def statement(r, table):
    """A random one, of ids that sessions share."""
    names = ["row", "row", "row", "skip", "nest", "nest and skip", "try"]
    rows = ", ".join(f"('{table[:-2]}{r.randint(0, 9)}{r.randint(0, 9)}-{i}', '{r.choice(names)}')" for i in range(r.choice([1, 1, 2, 5, 30])))
    source = f"SELECT md5('{table}' || given.key)::uuid AS id, '{table}'::uuid AS table_id, given.name, '{{\"memo\": \"m\"}}'::jsonb AS data FROM (VALUES {rows}) AS given(key, name)"
    insert = f"INSERT INTO records (id, table_id, name, data) SELECT DISTINCT ON (id) * FROM ({source}) AS source ORDER BY id"
    return r.choice([
        f"{insert} ON CONFLICT DO NOTHING",
        f"{insert} ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data",
        f"{insert} ON CONFLICT (id) DO UPDATE SET data = records.data || EXCLUDED.data, name = EXCLUDED.name WHERE records.name <> 'row'",
        f"INSERT INTO records (table_id, name) SELECT '{table}', (ARRAY['row', 'skip', 'nest'])[1 + n % 3] FROM generate_series(1, {r.choice([1, 3, 40])}) AS n",
        f"INSERT INTO records (table_id, name) VALUES ('{table}', 'row')",
        f"UPDATE records SET data = '{{\"memo\": \"u\"}}' WHERE id = (SELECT id FROM records WHERE table_id = '{table}' ORDER BY random() LIMIT 1)",
    ])


def write(seed, stop):
    r, connection = random.Random(seed), connect()
    while time.monotonic() < stop:
        try:
            if r.random() < 0.1:
                connection.execute(f"SET track_counts = {r.choice(['on', 'off'])}")
            with connection.transaction(force_rollback=r.random() < 0.15):
                for _ in range(r.choice([1, 1, 1, 2, 4])):
                    table = r.choice(TABLES)
                    try:
                        with connection.transaction(force_rollback=r.random() < 0.2):
                            connection.execute(statement(r, table))
                            if r.random() < 0.1:
                                connection.execute("SELECT 1 / 0")
                    except psycopg.errors.DivisionByZero:
                        pass
            with lock:
                outcome["done"] += 1
        except psycopg.Error as error:
            with lock:
                outcome[error.sqlstate + ("" if error.sqlstate in ("40001", "40P01") else f" {error}")] += 1


def main():
    connection = connect()
    setup(connection)
    stop = time.monotonic() + SECONDS
    threads = [threading.Thread(target=write, args=(seed, stop)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = [f"a writer met {key}" for key in outcome if key not in ("done", "40001", "40P01")]
    if outcome["done"] < 50:
        wrong.append("too little was written")

    def look(when):
        for table in TABLES:
            count, numbered, distinct, highest = connection.execute(
                "SELECT count(*), count(data -> 'no'), count(DISTINCT data -> 'no'), max((data ->> 'no')::bigint) FROM records WHERE table_id = %s", [table]).fetchone()
            if not count == numbered == distinct:
                wrong.append(f"{when}: of {count} records {numbered} have a number, {distinct} different ones")
            if table == TABLES[0]:
                last, free = connection.execute("SELECT last_number, free_numbers FROM record_counters WHERE table_id = %s AND slot = 0", [table]).fetchone()
                given = {row[0] for row in connection.execute("SELECT (data ->> 'no')::bigint FROM records WHERE table_id = %s", [table]).fetchall()}
                if given | set(free) != set(range(1, last + 1)) or given & set(free):
                    missing = sorted(set(range(1, last + 1)) - given - set(free))
                    wrong.append(f"{when}: {count} records up to {highest}, counted to {last}, free {free}, lost {missing[:20]}, twice {sorted(given & set(free))[:20]}")
                print(f"numbering: {when}, {count} records, {len(free)} numbers free")
            else:
                print(f"numbering: {when}, {count} records with fast numbers up to {highest}")

    look("after the writers")
    # The free ones are the next.
    connection.execute("INSERT INTO records (table_id, name) SELECT counter.table_id, 'row' FROM record_counters AS counter, unnest(counter.free_numbers) WHERE counter.slot = 0")
    look("after those that waited")
    if connection.execute("SELECT count(*) FROM record_counters WHERE slot = 0 AND free_numbers <> '{}'").fetchone()[0]:
        wrong.append("numbers are still free")
    changed = connection.execute("SELECT count(*) FROM known JOIN records USING (id) WHERE number <> (data ->> 'no')::bigint").fetchone()[0]
    if changed:
        wrong.append(f"{changed} records have another number than they were given")
    print(f"numbering: {dict(outcome)}")
    sys.exit("\n".join(wrong) or 0)


main()
