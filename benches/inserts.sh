#!/usr/bin/env bash
# The whole path of an insert into records: validation, defaults, search vector, keys, counters, audit. Beside it the same finished rows, search vectors included,
# into the same table with its triggers disabled: what the server alone needs for them, its indexes and foreign keys. The table holds 200,000 records before.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
CREATE ROLE authenticated;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'inserts');
SET search_path = inserts, rowkit;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name)
SELECT format('00000000-0000-4000-8000-00000000000%s', n)::uuid, '00000000-0000-4000-8000-00000000000a', 'T' FROM unnest('{b,c}'::text[]) AS n;
-- Table c has a unique column, whose values are rows of record_keys, too.
INSERT INTO table_columns (table_id, name, type, is_unique, searchable, options)
SELECT format('00000000-0000-4000-8000-00000000000%s', n)::uuid, known.name, known.type, known.name = 'code' AND n = 'c', known.name = 'note', known.options::jsonb
FROM unnest('{b,c}'::text[]) AS n,
    (VALUES ('code', 'text', '{}'), ('amount', 'number', '{}'), ('stage', 'select', '{"choices": ["new", "won", "lost"]}'), ('due', 'date', '{}'), ('note', 'long_text', '{}'))
    AS known(name, type, options);
CREATE VIEW source AS
SELECT n, 'name ' || n AS name, 'person' || n || '@example.com' AS email, 'company ' || n % 1000 AS company,
    jsonb_build_object('code', 'c' || n, 'amount', n, 'stage', (ARRAY['new', 'won', 'lost'])[1 + n % 3], 'due', '2026-01-01', 'note', 'A note of some words about number ' || n) AS data
FROM generate_series(1, 220000) AS n;
INSERT INTO records (table_id, name, email, company, data)
SELECT ('00000000-0000-4000-8000-00000000000' || CASE n % 2 WHEN 0 THEN 'b' ELSE 'c' END)::uuid, name, email, company, data FROM source WHERE n <= 200000;
CREATE TABLE given AS SELECT gen_random_uuid() AS id, name, email, company, data FROM source WHERE n > 200000;
SQL
trap 'psql -Xq -c "SET client_min_messages = error" -c "DROP SCHEMA inserts CASCADE" -c "DROP OWNED BY authenticated" -c "DROP ROLE authenticated"' EXIT
ours() { echo "INSERT INTO inserts.records (id, table_id, name, email, company, data) SELECT id, '00000000-0000-4000-8000-00000000000$1', name, email, company, data FROM inserts.given"; }
for table in b c; do
    psql -Xq -v ON_ERROR_STOP=1 -c 'BEGIN' -c "$(ours $table)" -c "CREATE TABLE inserts.finished_$table AS SELECT * FROM inserts.records WHERE id IN (SELECT id FROM inserts.given)" \
        -c 'DELETE FROM inserts.records WHERE id IN (SELECT id FROM inserts.given)' -c 'COMMIT' -c "VACUUM (ANALYZE) inserts.finished_$table" -c 'VACUUM (ANALYZE) inserts.given'
done
own() { psql -Xq -c "ALTER TABLE inserts.records $1 TRIGGER USER"; }
# One insert a session, which is taken back for the next.
once() {
    psql -Xq -c 'VACUUM (ANALYZE) inserts.records' -c 'VACUUM inserts.record_keys' -c 'CHECKPOINT'
    psql -XAt -v ON_ERROR_STOP=1 -c 'SET client_min_messages = error' -c 'SELECT rowkit.version()' -c 'BEGIN' -c '\timing on' -c "$1" -c '\timing off' -c 'ROLLBACK' | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
}
measure() { # label, bar, table
    local others=() ours_taken=() n
    for n in 1 2 3 4 5; do
        own DISABLE
        others+=("$(once "INSERT INTO inserts.records SELECT * FROM inserts.finished_$3")")
        own ENABLE
        ours_taken+=("$(once "$(ours "$3")")")
    done
    tell "$1" "$2" "$(printf '%s\n' "${others[@]}" | median)" "$(printf '%s\n' "${ours_taken[@]}" | median)"
}
measure '20,000 records with audit, other: the rows alone' 'rowkit/other <= 1.30' b
measure 'with a unique column, other: without its keys' - c
psql -Xq -o /dev/null -c 'SET client_min_messages = error' -c "SELECT count(*) FROM rowkit.disable_audit('inserts.records')"
measure '20,000 records without audit' 'rowkit/other <= 1.15' b
measure 'with a unique column, other: without its keys' - c
verdict
