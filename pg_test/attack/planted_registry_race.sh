#!/usr/bin/env bash
# Plain holds a lock on its registry until isolation_report() waits for it, and puts a view with code in its place. What was looked at is what must be read.
set -euo pipefail
psql -Xq -d "$PGDATABASE" -U plain -v ON_ERROR_STOP=1 <<'SQL'
CREATE TABLE plainhome.rowkit_objects (blueprint text, kind text, name text);
CREATE FUNCTION plainhome.planted() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); RETURN 'x'; END $$;
SQL
psql -Xq -d "$PGDATABASE" -U plain -v ON_ERROR_STOP=1 <<'SQL' &
BEGIN;
LOCK TABLE plainhome.rowkit_objects IN ACCESS EXCLUSIVE MODE;
SELECT pg_notify('locked', '');
DO $$ BEGIN
    FOR i IN 1..100 LOOP
        EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'plainhome.rowkit_objects'::regclass);
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
DROP TABLE plainhome.rowkit_objects;
CREATE VIEW plainhome.rowkit_objects AS SELECT plainhome.planted() AS blueprint, 'trigger'::text AS kind, 't.a_guard_x'::text AS name;
COMMIT;
SQL
holder=$!
until [ "$(psql -XAt -d "$PGDATABASE" -c "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND relation = to_regclass('plainhome.rowkit_objects')")" = 1 ]; do sleep 0.05; done
# It may answer or fail, as the table is gone, but run nothing of plain's.
psql -Xq -o /dev/null -d "$PGDATABASE" -c 'SELECT * FROM rowkit.isolation_report()' 2>/dev/null || true
wait "$holder"
psql -XAtq -d "$PGDATABASE" -v ON_ERROR_STOP=1 -c "SELECT attack.holds(NOT (SELECT is_called FROM attack.alarm), 'no code of plain''s ran as somebody else')"
