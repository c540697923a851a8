#!/usr/bin/env bash
# Logical replication of the five blueprints, and a failover. What is inserted, changed, deleted softly, restored, purged and truncated at the publisher arrives at the subscriber;
# its sessions hear of changed schemas; and when the publisher is gone it goes on: numbers, counters, the audit log, an undo of what was done over there.
set -euo pipefail
cd "$(dirname "$0")/../dump"
. ../server.sh
. ./goes_on.sh
home=$(mktemp -d /tmp/rowkit.XXXXXX)
[ "$(id -u)" != 0 ] || chown postgres "$home"
end() {
    for server in publisher subscriber; do
        [ ! -f "$home/$server/postmaster.pid" ] || as_server "$ROWKIT_BIN/pg_ctl" -D "$home/$server" -m immediate -w stop >/dev/null
    done
    rm -rf "$home"
}
trap end EXIT
begin() { # server port
    as_server "$ROWKIT_BIN/initdb" -D "$home/$1" -U "$PGUSER" -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null
    as_server "$ROWKIT_BIN/pg_ctl" -D "$home/$1" -l "$home/$1.log" -w start \
        -o "-k $home -p $2 -c listen_addresses='' -c fsync=off -c wal_level=logical -c max_worker_processes=30 -c max_logical_replication_workers=12 -c max_sync_workers_per_subscription=8 -c max_replication_slots=20 -c max_wal_senders=20" >/dev/null
}
fail() { echo "replication: $1"; exit 1; }
at() { # port, command…
    PGPORT=$1 "${@:2}"
}
export PGHOST=$home PGPORT=28911 PGDATABASE=postgres
begin publisher 28911
begin subscriber 28912
psql -Xq -v ON_ERROR_STOP=1 -o /dev/null -f fill.sql

# Every table that can be published has a key, by which a subscriber finds the row that changes.
keyless=$(sql "SELECT string_agg(class.oid::regclass::text, ' ') FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'p') AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints()) AND NOT EXISTS (SELECT FROM pg_index AS entry WHERE entry.indrelid = class.oid AND entry.indisprimary)")
[ -z "$keyless" ] || fail "tables without a primary key: $keyless"

pg_dumpall --roles-only | grep -v "CREATE ROLE $PGUSER;" | at 28912 psql -Xq -v ON_ERROR_STOP=1 -o /dev/null
pg_dump --schema-only | at 28912 psql -Xq -v ON_ERROR_STOP=1 -o /dev/null
sql "CREATE PUBLICATION everything FOR ALL TABLES"
at 28912 psql -XAtq -v ON_ERROR_STOP=1 -o /dev/null -c "SET client_min_messages = warning" -c "CREATE SUBSCRIPTION everything CONNECTION 'host=$home port=28911 dbname=postgres user=$PGUSER' PUBLICATION everything"

contents() { # every row of every table
    psql -XAtq -v ON_ERROR_STOP=1 <<'SQL'
SELECT format('SELECT %L, count(*), md5(string_agg(row::text, '','' ORDER BY row::text COLLATE "C")) FROM %s AS row', class.oid::regclass, class.oid::regclass)
FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = relnamespace AND nspname IN (SELECT 'extra' UNION SELECT blueprint FROM rowkit.blueprints())
WHERE relkind IN ('r', 'p') AND NOT relispartition ORDER BY class.oid::regclass::text COLLATE "C" \gexec
SQL
}
arrived() { # everything that was written until now
    local tries wanted
    for tries in $(seq 1500); do
        [ "$(at 28912 sql "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'")" != 0 ] || break
        [ "$tries" -lt 1500 ] || fail "the first copy does not end"
        sleep 0.2
    done
    wanted=$(sql "SELECT pg_current_wal_lsn()")
    for tries in $(seq 300); do
        [ "$(sql "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= '$wanted'")" = 0 ] || return 0
        sleep 0.2
    done
    tail -n 20 "$home/subscriber.log"
    fail "changes do not arrive"
}
alike() {
    arrived
    diff <(contents) <(at 28912 contents) || fail "the subscriber has other rows, $1"
}
alike "after the first copy"
[ "$(contents | wc -l)" -gt 75 ] || fail "too few tables"

# A session at the subscriber that has validated by a schema hears that it changed, by whatever way it came.
coproc WARM { PGPORT=28912 psql -XAtq 2>&1; }
warm() { # statement
    local answer
    echo "$1 \\echo end" >&"${WARM[1]}"
    while read -r -u "${WARM[0]}" line && [ "$line" != end ]; do answer=$line; done
    echo "$answer"
}
valid="SELECT rowkit.is_valid_record('$two', '{}', 'custom_tables.tables');"
answers t warm "$valid"
sql "INSERT INTO custom_tables.table_columns (table_id, name, type, required) VALUES ('$two', 'must', 'text', true)"
arrived
answers f warm "$valid"
sql "DELETE FROM custom_tables.table_columns WHERE name = 'must'"
arrived
answers t warm "$valid"
PGOPTIONS="-c session_replication_role=replica" at 28912 sql "UPDATE custom_tables.tables SET unknown_keys = 'strict', schema = schema || '{\"unknown_keys\": \"strict\"}' WHERE id = '$two'"
answers f warm "${valid/\{\}/\{\"strange\": 1\}}"
PGOPTIONS="-c session_replication_role=replica" at 28912 sql "UPDATE custom_tables.tables SET unknown_keys = 'allow', schema = schema - 'unknown_keys' WHERE id = '$two'"
answers t warm "${valid/\{\}/\{\"strange\": 1\}}"

# Changes of every kind. Some are taken back, so that goes_on finds what fill.sql left.
sql "UPDATE custom_tables.records SET name = '佐藤 ' || email WHERE table_id = '$one'; UPDATE custom_tables.records SET name = '佐藤' WHERE table_id = '$one'"
sql "SET search_path = data_catalog, rowkit; SELECT soft_delete('accounts', '$two'::uuid); SELECT restore_deleted('accounts', '$two'::uuid)" >/dev/null
sql "CREATE SCHEMA extra; CREATE TABLE extra.folder (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text); CREATE TABLE extra.file (id serial PRIMARY KEY, folder_id bigint REFERENCES extra.folder ON DELETE CASCADE, note_of bigint REFERENCES extra.folder ON DELETE SET NULL)"
sql "SELECT count(*) FROM rowkit.enable_soft_delete('extra.folder'); SELECT count(*) FROM rowkit.enable_soft_delete('extra.file')" >/dev/null
sql "SELECT count(*) FROM rowkit.create_audit_log('extra', 'organization_id'); SELECT count(*) FROM rowkit.enable_audit('extra.folder')" >/dev/null
pg_dump --schema-only -n extra -n extra_parts | at 28912 psql -Xq -v ON_ERROR_STOP=1 -o /dev/null
at 28912 sql "ALTER SUBSCRIPTION everything REFRESH PUBLICATION"
sql "INSERT INTO extra.folder (name) SELECT 'folder ' || n FROM generate_series(1, 30) AS n; INSERT INTO extra.file (folder_id, note_of) SELECT n, 31 - n FROM generate_series(1, 30) AS n"
sql "SET search_path = extra, rowkit; SELECT soft_delete('folder', ARRAY[1, 2]::bigint[]); SELECT restore_deleted('folder', 2::bigint); SELECT soft_delete('folder', 1::bigint); SELECT permanent_delete('folder', 1::bigint); SELECT soft_delete('folder', 3::bigint)" >/dev/null
sql "UPDATE extra.folder SET name = 'renamed' WHERE id = 5"
sql "INSERT INTO lead_intelligence.saved_searches (workspace_id, user_id, name) VALUES ('$one', '$ann', 'Gone'); DELETE FROM lead_intelligence.saved_searches WHERE name = 'Gone'"
alike "after changes"
done_there=$(sql "SELECT transaction, transaction_id FROM extra.audit_logs WHERE new_data ->> 'name' = 'renamed'")

# The publisher is gone, and the subscriber is the server now.
as_server "$ROWKIT_BIN/pg_ctl" -D "$home/publisher" -m immediate -w stop >/dev/null
export PGPORT=28912
sql "ALTER SUBSCRIPTION everything DISABLE"
sql "ALTER SUBSCRIPTION everything SET (slot_name = NONE)"
sql "DROP SUBSCRIPTION everything"
refused 23505 "INSERT INTO extra.file (folder_id) VALUES (5), (5)"
advanced=$(sql "SELECT count(*) FROM (SELECT 'extra' AS name UNION SELECT blueprint FROM rowkit.blueprints()) AS home, rowkit.advance_sequences(home.name, dry_run => true)")
[ "$advanced" -gt 3 ] || fail "$advanced sequences are behind"
answers "$advanced" sql "SELECT count(*) FROM (SELECT 'extra' AS name UNION SELECT blueprint FROM rowkit.blueprints()) AS home, rowkit.advance_sequences(home.name)"
answers 0 sql "SELECT count(*) FROM (SELECT 'extra' AS name UNION SELECT blueprint FROM rowkit.blueprints()) AS home, rowkit.advance_sequences(home.name)"
sql "INSERT INTO extra.file (folder_id) VALUES (5); INSERT INTO extra.folder (name) VALUES ('new')"
answers '31|folder 5' sql "SELECT max(folder.id), (SELECT rowkit.row_as_of('extra.folder', 5::bigint, before.created_at) ->> 'name'
    FROM extra.audit_logs AS before WHERE before.table_name = 'folder' AND before.record_id = '5' AND before.action = 'INSERT') FROM extra.folder"
# What was deleted over there comes back, with what gave way to it; what was done there is taken back by its identity, not by a number of another cluster.
answers t sql "SELECT rowkit.restore_deleted('extra.folder', 3::bigint)"
answers '3|28' sql "SELECT folder_id, note_of FROM extra.file WHERE folder_id = 3 AND deleted_at IS NULL"
refused 55000 "SELECT rowkit.undo_transaction(${done_there#*|}, 'extra.audit_logs')"
answers 1 sql "SELECT rowkit.undo_transaction('${done_there%|*}'::uuid, 'extra.audit_logs')"
answers 'folder 5' sql "SELECT name FROM extra.folder WHERE id = 5"
sql "SELECT custom_tables.refresh_table_statistics()" >/dev/null
sql "DROP SCHEMA extra CASCADE" 2>/dev/null
goes_on sample
echo "replication: $(contents | wc -l) tables, a failover, $advanced sequences"
