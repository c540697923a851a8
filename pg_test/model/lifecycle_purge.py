#!/usr/bin/env python3
"""How long purges take: a chain of 4,000 rows, each below the one before, takes no longer unanalyzed than ten times analyzed, and grows with its length; a batch
of a table that somebody locks, or whose owner's trigger sleeps, ends and holds up no other table."""
import pathlib
import sys
import time

sys.path[1:1] = [str(pathlib.Path(__file__).resolve().parent)]
from people import psycopg  # noqa: E402

owner = psycopg.connect(autocommit=True)
owner.execute("SET client_min_messages = warning")
owner.execute("SET search_path = m, rowkit, public")
owner.execute("CREATE SCHEMA m")


def chain(length: int, analyzed: bool) -> float:
    """The seconds that the purge of a chain of so many rows takes."""
    owner.execute("DROP TABLE IF EXISTS folder CASCADE")
    owner.execute("CREATE TABLE folder (id integer PRIMARY KEY, parent_id integer REFERENCES folder ON DELETE CASCADE) WITH (autovacuum_enabled = false)")
    owner.execute("SELECT count(*) FROM enable_soft_delete('folder')")
    owner.execute("INSERT INTO folder SELECT n, nullif(n - 1, 0) FROM generate_series(1, %s) AS n", [length])
    owner.execute("SELECT soft_delete('folder', 1)")
    if analyzed:
        owner.execute("ANALYZE folder")
    began = time.monotonic()
    owner.execute("CALL purge_deleted_in_batches(0)")
    took = time.monotonic() - began
    left = owner.execute("SELECT count(*) FROM folder").fetchone()[0]
    assert left == 0, f"{left} rows of the chain are left"
    open_ = owner.execute("SELECT count(*) FROM deletions WHERE table_name = 'folder' AND purged_at IS NULL AND restored_at IS NULL").fetchone()[0]
    assert open_ == 0, f"{open_} deletions of the chain are open"
    owner.execute("DELETE FROM deletions")
    return took


analyzed, unanalyzed, half = chain(4000, True), chain(4000, False), chain(2000, False)
print(f"purge of a chain: {analyzed:.2f} s analyzed, {unanalyzed:.2f} s not, {half:.2f} s for half of it")
if unanalyzed > 10 * analyzed + 1:
    sys.exit("a chain that nobody analyzed takes too long")
if unanalyzed > 6 * half + 1:
    sys.exit("the time grows faster than the chain")

# A table that somebody locks: it is told of after a second, and the others are purged.
told = []
owner.add_notice_handler(lambda notice: told.append((notice.sqlstate, notice.message_primary)))
for table in ("one", "two"):
    owner.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY)")
    owner.execute(f"SELECT count(*) FROM enable_soft_delete('{table}')")
    owner.execute(f"INSERT INTO {table} VALUES (1)")
    owner.execute(f"SELECT soft_delete('{table}', 1)")
with psycopg.connect() as locker:
    locker.execute("LOCK TABLE m.one")
    began = time.monotonic()
    owner.execute("CALL purge_deleted_in_batches(0)")
    took = time.monotonic() - began
    locker.rollback()
left = owner.execute("SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM two)").fetchone()
print(f"retention beside a lock: {took:.1f} s, {told}")
if took > 20 or left != (1, 0) or [state for state, _ in told] != ["55P03"]:
    sys.exit(f"a locked table holds up others: {took:.1f} s, {left} left, {told}")
owner.execute("CALL purge_deleted_in_batches(0)")
if owner.execute("SELECT count(*) FROM one").fetchone()[0]:
    sys.exit("what was left for the next run was not purged")
told.clear()

# Another owner's table, whose trigger takes its time: the batch ends, the table is told of, and the others are purged.
owner.execute("CREATE ROLE slow_owner")
owner.execute("CREATE SCHEMA slow AUTHORIZATION slow_owner")
owner.execute("CREATE SCHEMA fair AUTHORIZATION slow_owner")
owner.execute("GRANT CREATE ON DATABASE " + owner.execute("SELECT quote_ident(current_database())").fetchone()[0] + " TO slow_owner")
for home in ("slow", "fair"):
    owner.execute("SET ROLE slow_owner")
    owner.execute(f"CREATE TABLE {home}.bait (id integer PRIMARY KEY)")
    owner.execute(f"SELECT count(*) FROM rowkit.enable_soft_delete('{home}.bait')")
    owner.execute(f"INSERT INTO {home}.bait VALUES (1)")
    owner.execute(f"SELECT rowkit.soft_delete('{home}.bait', 1)")
    owner.execute("RESET ROLE")
owner.execute("CREATE FUNCTION slow.sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_catalog.pg_sleep(60); RETURN OLD; END $$")
owner.execute("CREATE TRIGGER sleep BEFORE DELETE ON slow.bait FOR EACH ROW EXECUTE FUNCTION slow.sleep()")
began = time.monotonic()
owner.execute("CALL rowkit.purge_deleted_in_batches(0, within => '700 milliseconds')")
took = time.monotonic() - began
left = owner.execute("SELECT (SELECT count(*) FROM slow.bait), (SELECT count(*) FROM fair.bait)").fetchone()
print(f"retention beside a trigger that sleeps: {took:.1f} s, {told}")
if took > 20 or left != (1, 0) or [state for state, _ in told] != ["54000"]:
    sys.exit(f"a table that takes its time holds up others: {took:.1f} s, {left} left, {told}")
# The session's own limit of time is in force again, and a cancel is no matter of the table's.
owner.execute("SET statement_timeout = '300ms'")
began = time.monotonic()
try:
    owner.execute("CALL rowkit.purge_deleted_in_batches(0, within => '20 seconds')")
    sys.exit("statement_timeout was not in force")
except psycopg.errors.QueryCanceled:
    pass
if time.monotonic() - began > 10:
    sys.exit("statement_timeout came late")
owner.execute("RESET statement_timeout")
owner.execute("DROP SCHEMA slow, fair, m CASCADE")
owner.execute("REVOKE CREATE ON DATABASE " + owner.execute("SELECT quote_ident(current_database())").fetchone()[0] + " FROM slow_owner")
owner.execute("DROP ROLE slow_owner")
