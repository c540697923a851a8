#!/usr/bin/env bash
# Validation and INSERT beside what one would write by hand. Each figure is the median of five runs, the two sides in turn.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
psql -Xq -v ON_ERROR_STOP=1 -f validate.sql >/dev/null
psql -Xq -v ON_ERROR_STOP=1 -c "CREATE FUNCTION json_matches_schema_by_text(schema jsonb, instance jsonb) RETURNS boolean
    LANGUAGE c STABLE AS '\$libdir/rowkit', 'json_matches_schema_by_text_wrapper'"
t="'00000000-0000-4000-8000-0000000000b1'"

schema="(SELECT schema FROM tables WHERE id = $t OFFSET 0)"
exported="(SELECT rowkit.table_json_schema($t) OFFSET 0)"
# The answers are the same before the clocks run: every document is valid, on each side.
[ "$(psql -XAt -c "SELECT count(*) FROM document WHERE plpgsql_validate($schema, data) = '[]' AND rowkit.validate_record($t, data) = '[]'
    AND rowkit.is_valid_json($exported, data) AND json_matches_schema_by_text($exported, data)")" = 100000 ]
ours="SELECT count(rowkit.validate_record($t, data)) FROM document"
compare "100k records of 10 columns, PL/pgSQL twin" "other/rowkit >= 30" "SELECT count(plpgsql_validate($schema, data)) FROM document" "$ours"
compare "  the jsonschema crate on pgrx JsonB" "other/rowkit >= 4" "SELECT count(json_matches_schema_by_text($exported, data)) FROM document" "$ours"
compare "  a scan that only looks at data" "-" "SELECT count(jsonb_typeof(data)) FROM document" "$ours"
compare "is_valid_json, the crate on pgrx JsonB" "other/rowkit > 1" \
    "SELECT count(json_matches_schema_by_text($exported, data)) FROM document" "SELECT count(rowkit.is_valid_json($exported, data)) FROM document"
insert="INSERT INTO records (table_id, organization_id, data) SELECT $t, '00000000-0000-4000-8000-0000000000a1', data FROM document"
off="SET session_replication_role = origin; ALTER TABLE records DISABLE TRIGGER records_enforce_schema; ALTER TABLE records DISABLE TRIGGER records_keys_insert;"
on="ALTER TABLE records ENABLE TRIGGER records_enforce_schema; ALTER TABLE records ENABLE TRIGGER records_keys_insert;"
insert_with() { psql -XAt -c "$1" -c '\timing on' -c "$insert" 2>/dev/null | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1; }
# Disks and checkpoints make single runs differ by a tenth, so nine pairs.
with=() without=()
for n in 1 2 3 4 5 6 7 8 9; do
    psql -Xq -c 'TRUNCATE records CASCADE' -c CHECKPOINT 2>/dev/null; without+=("$(insert_with "$off")")
    psql -Xq -c 'TRUNCATE records CASCADE' -c CHECKPOINT 2>/dev/null; with+=("$(insert_with "$on")")
done
other=$(printf '%s\n' "${without[@]}" | sort -n | sed -n 5p) our=$(printf '%s\n' "${with[@]}" | sort -n | sed -n 5p)
awk -v other="$other" -v our="$our" 'BEGIN { printf "%-44s without %7.1f ms   with %11.1f ms   with/without %4.2f   bar: <= 1.10\n", "INSERT of 100k records with the triggers", other, our, our / other }'
holds "$our / $other" '<=' 1.10
told=$(psql -XAtq <<SQL
INSERT INTO tables (organization_id, name) SELECT '00000000-0000-4000-8000-0000000000a1', 'T' || n FROM generate_series(1, 10000) AS n;
INSERT INTO table_columns (table_id, name, type) SELECT id, 'a', 'integer' FROM tables WHERE name <> 'T';
INSERT INTO records (table_id, data) SELECT id, '{"a": 1}' FROM tables WHERE name <> 'T';
SELECT 'cached ' || (rowkit.schema_cache() ->> 'cached') || ', compiled ' || (rowkit.schema_cache() ->> 'compiled') AS before \gset
SELECT (rowkit.schema_cache() ->> 'compiled')::integer AS compiled \gset
UPDATE table_columns SET options = '{"max": 5}' WHERE table_id = (SELECT id FROM tables WHERE name = 'T77');
INSERT INTO records (table_id, data) SELECT id, '{"a": 1}' FROM tables WHERE name <> 'T';
SELECT 'one edit among 10,000 cached tables (' || :'before' || '): ' || ((rowkit.schema_cache() ->> 'compiled')::integer - :compiled) || ' compiled again   bar: 1';
SQL
)
echo "$told"
again=${told##*: }
holds "${again%% *}" == 1
verdict
