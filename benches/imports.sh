#!/usr/bin/env bash
# Imports by a member, under row security: a file of 100,000 rows and 12 columns beside INSERT … SELECT of the same records, triggers on in both and in one
# transaction each; a small file from its preview to its end; the preview of a large one; the memory and the time of 1,000,000 rows in batches.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
CREATE ROLE authenticated NOLOGIN;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'imported');
SET search_path = imported, rowkit;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-00000000000a', 'member');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'T');
INSERT INTO table_columns (table_id, name, type, is_unique, searchable, options)
SELECT '00000000-0000-4000-8000-00000000000b', made.* FROM (VALUES
    ('code', 'text', true, false, '{}'::jsonb), ('amount', 'number', false, false, '{}'), ('stage', 'select', false, false, '{"choices": ["new", "won", "lost"]}'),
    ('due', 'date', false, false, '{}'), ('note', 'long_text', false, true, '{}'), ('visits', 'integer', false, false, '{}'), ('is_open', 'boolean', false, false, '{}'),
    ('site', 'url', false, false, '{}'), ('phone', 'phone', false, false, '{}')) AS made;
CREATE FUNCTION lines(first bigint, last bigint) RETURNS bytea LANGUAGE sql AS $$
    SELECT convert_to(string_agg(concat_ws(',', 'name ' || n, 'person' || n || '@example.com', 'Company ' || n % 1000, 'c' || n, n || '.50', (ARRAY['new', 'won', 'lost'])[1 + n % 3],
        date '2026-01-01' + (n % 365)::integer, '"A note of some words, about number ' || n || '"', n % 100, (ARRAY['true', 'false'])[1 + n % 2], 'https://example.com/' || n,
        '+81 3 1234 ' || lpad((n % 10000)::text, 4, '0')), chr(10) ORDER BY n) || chr(10), 'UTF8')
    FROM generate_series(first, last) AS n $$;
CREATE FUNCTION header() RETURNS bytea LANGUAGE sql AS $$ SELECT convert_to(E'name,email,company,code,amount,stage,due,note,visits,is_open,site,phone\n', 'UTF8') $$;
CREATE TABLE files AS SELECT rows, header() || lines(1, rows) AS file FROM unnest('{1000,100000}'::bigint[]) AS rows;
-- Files in parts of at most 1 MiB, as a client hands them over: one of 200 MB, and one of 1,000,000 rows.
CREATE PROCEDURE upload(id uuid, parts bigint, rows_in_part bigint) LANGUAGE sql AS $$
    INSERT INTO imports (id, table_id, created_by) VALUES (upload.id, '00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-0000000000a1');
    INSERT INTO import_chunks (import_id, kind, part, organization_id, bytes, created_by)
    SELECT upload.id, 'file', part, '00000000-0000-4000-8000-00000000000a', CASE part WHEN 1 THEN header() ELSE '' END || lines((part - 1) * rows_in_part + 1, part * rows_in_part), '00000000-0000-4000-8000-0000000000a1'
    FROM generate_series(1, parts) AS part;
    UPDATE imports SET byte_count = (SELECT sum(octet_length(bytes)) FROM import_chunks WHERE import_id = upload.id) WHERE imports.id = upload.id $$;
CALL upload('00000000-0000-4000-8000-0000000000d1', 210, 5500);
CALL upload('00000000-0000-4000-8000-0000000000d2', 200, 5000);
CREATE TABLE casted AS SELECT id, table_id, name, email, company, status, data FROM records;
GRANT USAGE ON SCHEMA imported TO authenticated;
GRANT SELECT ON files, casted TO authenticated;
VACUUM (ANALYZE);
SQL
trap 'psql -Xq -c "SET client_min_messages = error" -c "DROP SCHEMA imported CASCADE" -c "DROP OWNED BY authenticated" -c "DROP ROLE authenticated"' EXIT
member='-c role=authenticated -c request.jwt.claim.sub=00000000-0000-4000-8000-0000000000a1 -c search_path=imported,rowkit'
count() { psql -XAtqc "SELECT count(*) FROM imported.records"; }
empty() {
    psql -Xq -c 'SET client_min_messages = error' -c 'TRUNCATE imported.records, imported.audit_logs CASCADE' -c "DELETE FROM imported.imports WHERE id::text NOT LIKE '%-0000000000d_'" -c CHECKPOINT
}
# One statement a session that has loaded the library.
once() { PGOPTIONS=$member psql -XAt -v ON_ERROR_STOP=1 -c 'SELECT rowkit.version()' -c '\timing on' -c "$@" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'; }
imports() { echo "SELECT import_records('00000000-0000-4000-8000-00000000000b', file) ->> 'created' FROM files WHERE rows = $1"; }

once "$(imports 100000)" >/dev/null
[ "$(count)" = 100000 ]
psql -Xq -c 'INSERT INTO imported.casted SELECT id, table_id, name, email, company, status, data FROM imported.records' -c 'VACUUM (ANALYZE) imported.casted'
compare_imports() { # label, bar
    local others=() ours=() n
    for n in 1 2 3 4 5; do
        empty
        others+=("$(once 'INSERT INTO records (id, table_id, name, email, company, status, data) SELECT * FROM casted')"); [ "$(count)" = 100000 ]
        empty
        ours+=("$(once "$(imports 100000)")"); [ "$(count)" = 100000 ]
    done
    tell "$1" "$2" "$(printf '%s\n' "${others[@]}" | median)" "$(printf '%s\n' "${ours[@]}" | median)"
}
compare_imports '100,000 rows, other: INSERT … SELECT' 'rowkit/other <= 1.25'

whole() { once "SELECT preview_import('00000000-0000-4000-8000-00000000000b', file) -> 'columns' FROM files WHERE rows = 1000" -c "$(imports 1000)" | awk '{ sum += $1 } END { print sum }'; }
figures=()
for _ in 1 2 3 4 5; do empty; figures+=("$(whole)"); [ "$(count)" = 1000 ]; done
figure=$(printf '%s\n' "${figures[@]}" | median)
printf '%-46s rowkit %9.1f ms   bar: < 500 ms\n' '1,000 rows from preview to done' "$figure"
holds "$figure" '<' 500

bytes=$(psql -XAtqc "SELECT byte_count FROM imported.imports WHERE id = '00000000-0000-4000-8000-0000000000d1'")
holds "$bytes" '>=' 200000000
figures=()
for _ in 1 2 3 4 5; do figures+=("$(once "SELECT preview_import('00000000-0000-4000-8000-0000000000d1'::uuid) -> 'rows'")"); done
figure=$(printf '%s\n' "${figures[@]}" | median)
printf '%-46s rowkit %9.1f ms   bar: < 300 ms\n' "preview of $((bytes / 1000000)) MB" "$figure"
holds "$figure" '<' 300

# What a backend has for itself, at its largest, and when it had loaded the library and done a small import.
empty
anonymous() { awk '/^RssAnon:/ { print $2 }' "/proc/$1/status" 2>/dev/null; }
folder=$(mktemp -d /tmp/rowkit.XXXXXX)
mkfifo "$folder/in"
PGOPTIONS=$member psql -XAtq -v ON_ERROR_STOP=1 <"$folder/in" >"$folder/out" 2>&1 &
exec 5>"$folder/in"
said() { until grep -q "^$1" "$folder/out"; do sleep 0.05; kill -0 "$!" 2>/dev/null || { cat "$folder/out"; exit 1; }; done; }
echo "SELECT 'pid ' || pg_backend_pid(); SELECT import_records('00000000-0000-4000-8000-00000000000b', convert_to(E'name,code\nWarm,w1\n', 'UTF8')) IS NULL; SELECT 'ready';" >&5
said ready
backend=$(sed -n 's/^pid //p' "$folder/out")
before=$(anonymous "$backend") most=0
begun=$(date +%s%N)
echo "CALL run_import_in_batches('00000000-0000-4000-8000-0000000000d2'); SELECT 'done';" >&5
until grep -q '^done' "$folder/out"; do
    now=$(anonymous "$backend") || { cat "$folder/out"; exit 1; }
    [ "${now:-0}" -le "$most" ] || most=$now
    sleep 0.1
done
seconds=$(awk -v begun="$begun" -v ended="$(date +%s%N)" 'BEGIN { print (ended - begun) / 1e9 }')
exec 5>&-
rm -rf "$folder"
[ "$(count)" = 1000001 ]
awk -v growth="$((most - before))" -v seconds="$seconds" 'BEGIN {
    printf "%-46s rowkit %9.1f MB   bar: < 64 MB\n%-46s rowkit %9.0f rows a minute (%.0f s)\n", "1,000,000 rows in batches: growth of the backend", growth / 1024, "the same", 60e6 / seconds, seconds }'
holds "$((most - before)) / 1024" '<' 64
verdict
