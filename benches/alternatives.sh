#!/usr/bin/env bash
# What people would take instead of indexes that are rows, side by side in one run: a real table for each custom table with B-trees, expression indexes for each
# custom table on one table of records, and one GIN index on all records. How fast they find, what a written row costs, how large they are, and what 10,000 custom
# tables do to the catalog, to planning and to pg_dump.
# ROWKIT_BENCH_RECORDS is the number of records, a third of them in the table that is asked; ROWKIT_BENCH_CATALOG the number of custom tables.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
# pg_dump locks every table.
. ../pg_test/server.sh
ROWKIT_SERVER_OPTIONS='-c max_locks_per_transaction=1024' restart off
records=${ROWKIT_BENCH_RECORDS:-300000} large=$((${ROWKIT_BENCH_RECORDS:-300000} / 3)) catalog=${ROWKIT_BENCH_CATALOG:-10000}
psql -Xq -v ON_ERROR_STOP=1 -v records="$records" -v tables=1000 -v large="$large" -f queries.sql >/dev/null
trap 'psql -Xq -c "SET client_min_messages = error" -c "DROP SCHEMA bench CASCADE" -c "DROP OWNED BY authenticated" -c "DROP ROLE authenticated"' EXIT
psql -Xq -v ON_ERROR_STOP=1 -f alternatives.sql >/dev/null
one="'00000000-0000-0004-8000-000000000000'"
ask() { psql -XAtq -v ON_ERROR_STOP=1 -c 'SET search_path = bench, rowkit, public' -c 'SET client_min_messages = error' "$@"; }
# What is read from the standard input.
feed() { PGOPTIONS='-c search_path=bench,rowkit,public -c client_min_messages=error' psql -XAtq -v ON_ERROR_STOP=1 >/dev/null; }
user() {
    PGOPTIONS='-c request.jwt.claims={"sub":"00000000-0000-0002-8000-000000000000","role":"authenticated"} -c max_parallel_workers_per_gather=0 -c jit=off' ask -c 'SET ROLE authenticated' "$@"
}
row() { printf '| %-44s | %15s | %15s | %15s | %15s |\n' "$@"; }

ask -c "UPDATE table_columns SET indexed = true WHERE name <> 'note' AND table_id = $one" -c 'CALL rowkit.build_record_indexes_in_batches(10000)'
psql -Xq -c 'VACUUM (ANALYZE) bench.record_index, bench.records, bench.by_expression, bench.by_gin'
median_of() { user -c "SELECT median || ' / ' || p95 FROM timed(\$bench\$$1\$bench\$, ${2:-30})"; }

echo "$records records, $large in the table that is asked; an end user under forced row security; milliseconds: median / 95th of 100"
row '' 'rowkit' 'real table' 'expressions' 'GIN'
page() { echo "SELECT count(*) FROM query_records($one, jsonb_build_object('filter', $1, 'sort', $2))"; }
condition() { echo "jsonb_build_object('column', '$1', 'op', '$2', 'value', $3)"; }
sql() { echo "SELECT count(*) FROM (SELECT * FROM $1 WHERE $2 ORDER BY $3 LIMIT 50) AS page"; }
few=15
row 'a city, the 50 newest' \
    "$(median_of "$(page "$(condition city is "'city ' || \$1")" "'[{\"column\": \"created_at\", \"direction\": \"desc\"}]'::jsonb")")" \
    "$(median_of "$(sql real_table "city = 'city ' || \$1" 'created_at DESC, id DESC')")" \
    "$(median_of "$(sql by_expression "table_id = $one AND rowkit.field_text(data, 'city') = 'city ' || \$1" 'created_at DESC, id DESC')")" \
    "$(median_of "$(sql by_gin "table_id = $one AND data @> jsonb_build_object('city', 'city ' || \$1)" 'created_at DESC, id DESC')" $few)"
row 'a range of 1 % by amount' \
    "$(median_of "$(page "$(condition amount between "jsonb_build_array(\$1 * 100, \$1 * 100 + 100)")" "'[{\"column\": \"amount\"}]'::jsonb")")" \
    "$(median_of "$(sql real_table 'amount BETWEEN $1 * 100 AND $1 * 100 + 100' 'amount, id')")" \
    "$(median_of "$(sql by_expression "table_id = $one AND rowkit.field_float8(data, 'amount') BETWEEN \$1 * 100 AND \$1 * 100 + 100" "rowkit.field_float8(data, 'amount'), id")")" '-'
row 'an amount and a stage, sorted by due' \
    "$(median_of "$(page "jsonb_build_object('and', jsonb_build_array($(condition amount between "jsonb_build_array(\$1 * 100, \$1 * 100 + 499)"), $(condition stage is "'won'::text")))" "'[{\"column\": \"due\"}]'::jsonb")")" \
    "$(median_of "$(sql real_table "amount BETWEEN \$1 * 100 AND \$1 * 100 + 499 AND stage = 'won'" 'due, id')")" \
    "$(median_of "$(sql by_expression "table_id = $one AND rowkit.field_float8(data, 'amount') BETWEEN \$1 * 100 AND \$1 * 100 + 499 AND rowkit.field_text(data, 'stage') = 'won'" "rowkit.field_date(data, 'due'), id")")" '-'
row 'count of a stage' \
    "$(median_of "SELECT count_records($one, jsonb_build_object('filter', $(condition stage is "(ARRAY['new', 'called', 'offered', 'won'])[1 + \$1 % 4]")))")" \
    "$(median_of "SELECT count(*) FROM real_table WHERE stage = (ARRAY['new', 'called', 'offered', 'won'])[1 + \$1 % 4]")" \
    "$(median_of "SELECT count(*) FROM by_expression WHERE table_id = $one AND rowkit.field_text(data, 'stage') = (ARRAY['new', 'called', 'offered', 'won'])[1 + \$1 % 4]" $few)" \
    "$(median_of "SELECT count(*) FROM by_gin WHERE table_id = $one AND data @> jsonb_build_object('stage', (ARRAY['new', 'called', 'offered', 'won'])[1 + \$1 % 4])" $few)"

# What five indexed columns add to a written row. Each design beside the same table without them; the rows go again before the next turn.
added() { # the table with indexes, insert into it, the table without, insert into that
    local with=() without=() n
    for n in 1 2 3 4 5; do
        without+=("$(milliseconds "$4")"); written "$3"
        with+=("$(milliseconds "$2")"); written "$1"
    done
    awk -v a="$(printf '%s\n' "${with[@]}" | median)" -v b="$(printf '%s\n' "${without[@]}" | median)" 'BEGIN { printf "%.1f of %.1f", (a - b) / 10, a / 10 }'
}
# Both runs of milliseconds() wrote their rows; then they go.
written() { [ "$(ask -c "SELECT count(*) FROM $1 WHERE name IS NULL")" = 20000 ] && ask -c "$reset"; }
rows() { echo "SELECT $1, '00000000-0000-0001-8000-000000000000'::uuid, jsonb_build_object('stage', 'won', 'amount', n, 'due', '2024-01-01', 'city', 'city ' || n % 1000, 'code', 'c' || n, 'note', 'x') FROM generate_series(1, 10000) AS n"; }
into() { echo "INSERT INTO bench.$1 (table_id, organization_id, data) $(rows "'00000000-0000-0004-8000-00000000000$2'::uuid")"; }
reset="SET session_replication_role = replica; DELETE FROM record_index WHERE record_id IN (SELECT id FROM records WHERE name IS NULL); DELETE FROM records WHERE name IS NULL; DELETE FROM by_expression WHERE name IS NULL; DELETE FROM by_gin WHERE name IS NULL; DELETE FROM by_none WHERE name IS NULL; DELETE FROM real_table WHERE name IS NULL; DELETE FROM real_table_bare WHERE name IS NULL"
real() { echo "INSERT INTO bench.$1 SELECT gen_random_uuid(), '00000000-0000-0001-8000-000000000000', now(), NULL, data ->> 'stage', (data ->> 'amount')::numeric, (data ->> 'due')::date, data ->> 'city', data ->> 'code', data ->> 'note' FROM ($(rows 1)) AS made(place, home, data)"; }
row 'microseconds a row that indexes add, of' \
    "$(added records "$(into records 0)" records "$(into records 1)")" "$(added real_table "$(real real_table)" real_table_bare "$(real real_table_bare)")" \
    "$(added by_expression "$(into by_expression 0)" by_none "$(into by_none 0)")" "$(added by_gin "$(into by_gin 0)" by_none "$(into by_none 0)")"
size() { ask -c "SELECT round(sum(pg_relation_size(indexrelid)) / $2) FROM pg_index WHERE $1"; }
row 'bytes of indexes a record' \
    "$(ask -c "SELECT round(pg_total_relation_size('record_index') / $large)")" \
    "$(size "indrelid = 'bench.real_table'::regclass AND NOT indisprimary" "$large")" \
    "$(size "indrelid = 'bench.by_expression'::regclass AND pg_get_expr(indpred, indrelid) LIKE '%table_id%'" "$large")" \
    "$(size "indexrelid = 'bench.by_gin_data'::regclass" "$records")"

# Custom tables by the thousands. Expression indexes are made for 300 of them: every one more slows all queries on the table.
class() { ask -c "SELECT count(*) FROM pg_class"; }
dump() { local began; began=$(date +%s%N); "$ROWKIT_BIN/pg_dump" --schema-only "$@" >/dev/null; echo $((($(date +%s%N) - began) / 1000000)); }
planning() { ask -c "EXPLAIN (SUMMARY) SELECT * FROM $1 WHERE $2" -c "EXPLAIN (SUMMARY) SELECT * FROM $1 WHERE $2" | sed -n 's/^Planning Time: //p' | tail -n 1; }
before=$(class)
ask -c "INSERT INTO tables (organization_id, name) SELECT id(1, 0), 'catalog ' || n FROM generate_series(1, $catalog) AS n" \
    -c "INSERT INTO table_columns (table_id, name, type, indexed) SELECT id, 'city', 'text', true FROM tables WHERE name LIKE 'catalog %'"
ours=$(($(class) - before)) our_dump=$(dump) our_planning=$(planning records "table_id = $one AND data ->> 'city' = 'x'")
before=$(class)
feed <<'SQL'
SELECT format('CREATE INDEX ON by_expression (rowkit.field_text(data, %L), id) WHERE table_id = %L', 'f' || n % 5, id(4, n / 5 + 10)) FROM generate_series(1, 1500) AS n \gexec
SQL
expressions=$(($(class) - before)) expression_dump=$(dump) expression_planning=$(planning by_expression "table_id = $one AND rowkit.field_text(data, 'city') = 'x'")
before=$(class)
ask -c "CREATE SCHEMA many" >/dev/null
seq 1 "$catalog" | awk '{ printf "CREATE TABLE many.t%d (id uuid PRIMARY KEY, stage text, amount numeric, due date, city text, code text);", $1; split("stage amount due city code", c, " "); for (i = 1; i <= 5; i++) printf "CREATE INDEX ON many.t%d (%s, id);", $1, c[i]; print "" }' | feed
real_class=$(($(class) - before)) real_dump=$(dump) real_planning=$(planning real_table "city = 'x'")
row "rows in pg_class for $catalog tables (300)" "$ours" "$real_class" "$expressions" '-'
row 'pg_dump --schema-only then, ms' "$our_dump" "$real_dump" "$expression_dump" '-'
row 'planning then' "$our_planning" "$real_planning" "$expression_planning" '-'
[ "$ours" = 0 ] || { echo "custom tables grow the catalog"; missed=1; }
seq 1 "$catalog" | sed 's/.*/DROP TABLE many.t&;/' | feed
ask -c 'DROP SCHEMA many'
verdict
