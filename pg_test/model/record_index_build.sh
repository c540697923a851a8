#!/usr/bin/env bash
# build_record_indexes_in_batches, killed in the middle beside a writer: the next call goes on where it was, and every record has the entries of its values.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./server.sh
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c 'SET search_path = public, rowkit' -c "$1"; }
psql -Xq -v ON_ERROR_STOP=1 -o /dev/null <<'SQL'
SET client_min_messages = warning;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'public');
SET search_path = public, rowkit;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'T');
INSERT INTO table_columns (table_id, name, type) VALUES ('00000000-0000-4000-8000-00000000000b', 'n', 'number'), ('00000000-0000-4000-8000-00000000000b', 'city', 'text');
SET session_replication_role = replica;
INSERT INTO records (table_id, organization_id, id, name, data)
SELECT '00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', gen_random_uuid(), 'r' || n, jsonb_build_object('n', n, 'city', 'city ' || n % 100) FROM generate_series(1, 30000) AS n;
SET session_replication_role = origin;
UPDATE table_columns SET indexed = true;
SQL
[ "$(sql "SELECT count(*) FROM table_indexes WHERE state = 'building'")" = 2 ]
psql -Xq -c 'SET search_path = public, rowkit' -c 'CALL build_record_indexes_in_batches(200)' >/dev/null 2>&1 &
psql -Xq -c "DO \$\$ BEGIN LOOP UPDATE public.records SET data = data || jsonb_build_object('n', random()) WHERE name = 'r' || (random() * 30000)::integer; COMMIT; END LOOP; END \$\$" >/dev/null 2>&1 &
until [ "$(sql 'SELECT count(*) FROM record_index')" -gt 8000 ]; do sleep 0.02; done
crash_server
wait || true
built=$(sql 'SELECT count(*) FROM record_index')
echo "build_record_indexes_in_batches: killed with $built of 60000 entries built"
[ "$built" -ge 8000 ] && [ "$built" -lt 60000 ]
[ "$(sql "SELECT count(*) FROM table_indexes WHERE state = 'building'")" -ge 1 ]
begun=$(sql "SELECT count(*) FROM table_indexes WHERE built_to_id IS NOT NULL")
[ "$begun" -ge 1 ]
sql 'CALL build_record_indexes_in_batches()'
[ "$(sql "SELECT count(*) FROM table_indexes WHERE state = 'ready'")" = 2 ]
[ "$(sql 'SELECT count(*) FROM record_index')" = 60000 ]
[ "$(sql 'SELECT count(*) FROM record_index_drift()')" = 0 ]
