#!/usr/bin/env bash
# The server is killed in the middle of a cascade, a restore and a purge: the first two have not happened, the third goes on where it was.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./server.sh
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = warning;
CREATE TABLE account (id bigint PRIMARY KEY);
CREATE TABLE project (id bigint PRIMARY KEY, account_id bigint REFERENCES account ON DELETE CASCADE);
CREATE TABLE item (id bigint PRIMARY KEY, project_id bigint REFERENCES project ON DELETE CASCADE, account_id bigint REFERENCES account ON DELETE SET NULL);
SELECT rowkit.enable_soft_delete('account'), rowkit.enable_soft_delete('project'), rowkit.enable_soft_delete('item');
INSERT INTO account VALUES (1), (2);
INSERT INTO project SELECT n, 1 FROM generate_series(1, 1000) AS n UNION ALL SELECT 1001, 2;
INSERT INTO item SELECT n, 1 + n % 1001, 1 + n % 2 FROM generate_series(1, 200000) AS n;
SQL
kill_during() { # a statement, and how one sees that it is at work
    psql -Xq -c "$1" >/dev/null 2>&1 &
    until [ "$(sql "$2")" = t ]; do sleep 0.01; done
    crash_server
    wait || true
}
at_work="SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT rowkit.%' AND backend_xid IS NOT NULL AND clock_timestamp() - xact_start > '300 ms')"
broken="SELECT count(*) FROM (
    SELECT FROM account WHERE (deleted_at IS NULL) <> (deletion_id IS NULL) UNION ALL SELECT FROM item WHERE (deleted_at IS NULL) <> (deletion_id IS NULL) UNION ALL
    SELECT FROM project AS c JOIN account AS p ON p.id = c.account_id WHERE c.deleted_at IS NULL AND p.deleted_at IS NOT NULL UNION ALL
    SELECT FROM item AS c JOIN project AS p ON p.id = c.project_id WHERE c.deleted_at IS NULL AND p.deleted_at IS NOT NULL UNION ALL
    SELECT FROM item AS c JOIN account AS p ON p.id = c.account_id WHERE c.deleted_at IS NULL AND p.deleted_at IS NOT NULL) AS found"
deleted="SELECT (SELECT count(*) FROM account WHERE deleted_at IS NOT NULL) + (SELECT count(*) FROM project WHERE deleted_at IS NOT NULL)
    + (SELECT count(*) FROM item WHERE deleted_at IS NOT NULL)"
before=$(sql "SELECT md5(string_agg(item::text, ',' ORDER BY id)) FROM item")

kill_during "SELECT rowkit.soft_delete('account', 1::bigint)" "$at_work"
[ "$(sql "$deleted")" = 0 ] && [ "$(sql "$broken")" = 0 ] && [ "$(sql 'SELECT count(*) FROM deletions')" = 0 ]
[ "$(sql "SELECT md5(string_agg(item::text, ',' ORDER BY id)) FROM item")" = "$before" ]
sql "SELECT rowkit.soft_delete('account', 1::bigint)" >/dev/null
whole=$(sql "$deleted")
kill_during "SELECT rowkit.restore_deleted('account', 1::bigint)" "$at_work"
[ "$(sql "$deleted")" = "$whole" ] && [ "$(sql "$broken")" = 0 ]
kill_during "CALL rowkit.purge_deleted_in_batches(0, 500)" "SELECT purged_rows > 5000 FROM deletions"
left=$(sql "$deleted")
echo "lifecycle: a purge of $whole rows was killed with $left left"
[ "$left" -gt 0 ] && [ "$left" -lt "$whole" ] && [ "$(sql "$broken")" = 0 ]
[ "$(sql 'SELECT purged_rows FROM deletions')" = $((whole - left)) ]
sql "CALL rowkit.purge_deleted_in_batches(0)"
[ "$(sql "$deleted")" = 0 ] && [ "$(sql 'SELECT purged_rows = '"$whole"' AND purged_at IS NOT NULL FROM deletions')" = t ]
[ "$(sql 'SELECT count(*) FROM item')" = "$(sql 'SELECT count(*) FROM item WHERE project_id = 1001')" ]
