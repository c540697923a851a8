#!/usr/bin/env bash
# The whole path of an insert into records: validation, defaults, search vector, keys, counters, audit. Beside it the same finished rows, search vectors included,
# into the same table with its triggers disabled: what the server alone needs for them, its indexes and foreign keys.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
CREATE ROLE authenticated;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'inserts');
SET search_path = inserts, rowkit;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'T');
INSERT INTO table_columns (table_id, name, type, is_unique, searchable, options) VALUES
    ('00000000-0000-4000-8000-00000000000b', 'code', 'text', true, false, '{}'), ('00000000-0000-4000-8000-00000000000b', 'amount', 'number', false, false, '{}'),
    ('00000000-0000-4000-8000-00000000000b', 'stage', 'select', false, false, '{"choices": ["new", "won", "lost"]}'), ('00000000-0000-4000-8000-00000000000b', 'due', 'date', false, false, '{}'),
    ('00000000-0000-4000-8000-00000000000b', 'note', 'long_text', false, true, '{}');
CREATE TABLE source AS
SELECT gen_random_uuid() AS id, 'name ' || n AS name, 'person' || n || '@example.com' AS email,
    jsonb_build_object('code', 'c' || n, 'amount', n, 'stage', (ARRAY['new', 'won', 'lost'])[1 + n % 3], 'due', '2026-01-01', 'note', 'A note of some words about number ' || n) AS data
FROM generate_series(1, 20000) AS n;
INSERT INTO records (id, table_id, name, email, data) SELECT id, '00000000-0000-4000-8000-00000000000b', name, email, data FROM source;
CREATE TABLE finished AS SELECT * FROM records;
DELETE FROM records;
VACUUM (ANALYZE) records, source, finished;
SQL
trap 'psql -Xq -c "SET client_min_messages = error" -c "DROP SCHEMA inserts CASCADE" -c "DROP OWNED BY authenticated" -c "DROP ROLE authenticated"' EXIT
finished="INSERT INTO inserts.records SELECT * FROM inserts.finished"
ours="INSERT INTO inserts.records (id, table_id, name, email, data) SELECT id, '00000000-0000-4000-8000-00000000000b', name, email, data FROM inserts.source"
empty='TRUNCATE inserts.records CASCADE'
own() { psql -Xq -c "ALTER TABLE inserts.records $1 TRIGGER USER"; }
holds_rows() { [ "$(psql -XAtqc 'SELECT count(*) FROM inserts.records')" = 20000 ]; }
# One insert a session, as each empties the table for the next.
once() { psql -XAt -c '\timing on' -c 'SET client_min_messages = error' -c 'SELECT rowkit.version()' -c "$1" 2>/dev/null | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1; }
measure() { # label, bar
    local others=() ours_taken=() n
    for n in 1 2 3 4 5; do
        own DISABLE
        others+=("$(once "$finished")"); holds_rows
        own ENABLE
        psql -Xq -c 'SET client_min_messages = error' -c "$empty"
        ours_taken+=("$(once "$ours")"); holds_rows
        psql -Xq -c 'SET client_min_messages = error' -c "$empty"
    done
    tell "$1" "$2" "$(printf '%s\n' "${others[@]}" | median)" "$(printf '%s\n' "${ours_taken[@]}" | median)"
}
measure '20,000 records with audit, other: the rows alone' 'rowkit/other <= 1.30'
psql -Xq -o /dev/null -c 'SET client_min_messages = error' -c "SELECT count(*) FROM rowkit.disable_audit('inserts.records')"
measure 'the same without audit' 'rowkit/other <= 1.15'
verdict
