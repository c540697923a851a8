#!/usr/bin/env bash
# rebuild_search_vectors_in_batches, killed in the middle: what it made stays made, the rest is still told as stale, and the next call ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./server.sh
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
stale() { sql "SELECT stale_count FROM rowkit.search_vector_status('note')"; }
psql -Xq -v ON_ERROR_STOP=1 <<'SQL'
CREATE TABLE note (id integer PRIMARY KEY, body text, v tsvector);
CREATE TRIGGER note_v BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'body:A');
INSERT INTO note SELECT n, 'Café ' || n FROM generate_series(1, 60000) AS n;
DROP TRIGGER note_v ON note;
CREATE TRIGGER note_v BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'body:A', 'folds=aggressive');
SQL
[ "$(stale)" = 60000 ]
psql -Xq -c "CALL rowkit.rebuild_search_vectors_in_batches('note', 100)" >/dev/null 2>&1 &
until [ "$(stale)" -lt 50000 ]; do sleep 0.02; done
crash_server
wait || true
left=$(stale)
echo "rebuild_search_vectors_in_batches: killed with $left of 60000 vectors left"
[ "$left" -gt 0 ] && [ "$left" -lt 60000 ]
sql "CALL rowkit.rebuild_search_vectors_in_batches('note')" 2>/dev/null
[ "$(stale)" = 0 ]
[ "$(sql "SELECT count(*) FROM rowkit.search_rows('note', 'cafe 59999')")" = 1 ]
