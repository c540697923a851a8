#!/usr/bin/env bash
# Filters, sort lists, pages and counts over the records of one table among many, by an end user under forced row security, by indexes that are rows; beside a
# real table with B-trees, expression indexes and a GIN index on the records. Then what indexes cost who writes, and how long one takes to build.
# ROWKIT_BENCH_RECORDS=10000000 ROWKIT_BENCH_TABLES=100000 for the sizes of the bars; by default a tenth, with one table of 500,000 records (ROWKIT_BENCH_LARGE) in both.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
records=${ROWKIT_BENCH_RECORDS:-1000000} tables=${ROWKIT_BENCH_TABLES:-10000} large=${ROWKIT_BENCH_LARGE:-500000}
psql -Xq -v ON_ERROR_STOP=1 -v records="$records" -v tables="$tables" -v large="$large" -f queries.sql >/dev/null
trap 'psql -Xq -c "SET client_min_messages = error" -c "DROP SCHEMA bench CASCADE" -c "DROP OWNED BY authenticated" -c "DROP ROLE authenticated"' EXIT
one="'00000000-0000-0004-8000-000000000000'" medium="'00000000-0000-0004-8000-000000000001'" empty="'00000000-0000-0004-8000-000000000002'"
ask() { psql -XAtq -v ON_ERROR_STOP=1 -c 'SET search_path = bench, rowkit, public' "$@"; }
user() {
    PGOPTIONS='-c request.jwt.claims={"sub":"00000000-0000-0002-8000-000000000000","role":"authenticated"} -c max_parallel_workers_per_gather=0 -c jit=off' ask -c 'SET ROLE authenticated' "$@"
}
timed() { # label, bar of the 95th or -, a statement with $1 a number
    local median p95 found
    IFS='|' read -r median p95 found < <(user -c "SELECT * FROM timed(\$bench\$$3\$bench\$, ${4:-40})")
    printf '%-64s median %9s ms   p95 %9s ms   %8s rows   bar: %s\n' "$1" "$median" "$p95" "$found" "$2"
    [ "$2" = - ] || holds "$p95" '<' "$2"
}
echo "records: $records in $tables tables, $large in one"

# Building: one column at a time, of the large table and of one of a fifth of its records; the bar for the large one alone is 10 s.
catalog=$(ask -c 'SELECT count(*) FROM pg_class')
for column in stage amount due city code; do
    ask -c "UPDATE table_columns SET indexed = true WHERE name = '$column' AND table_id IN ($one, $medium)"
    began=$(date +%s%N)
    ask -c 'CALL rowkit.build_record_indexes_in_batches(5000)'
    taken=$(((($(date +%s%N) - began)) / 1000000))
    printf '%-64s %24s ms                     bar: < 12000\n' "building an index on $column of $large records and of a fifth as many" "$taken"
    holds "$taken" '<' 12000
done
[ "$(ask -c "SELECT count(*) FROM table_indexes WHERE state <> 'ready'")" = 0 ]
echo "pg_class before and after: $catalog $(ask -c 'SELECT count(*) FROM pg_class')"
psql -Xq -c 'VACUUM (ANALYZE) bench.record_index, bench.records'
ask -c "SELECT 'record_index of ' || count(*) || ' entries: ' || pg_size_pretty(pg_total_relation_size('record_index')) || ', the real table and its indexes: ' || pg_size_pretty(pg_total_relation_size('real_table')) || ', records: ' || pg_size_pretty(pg_total_relation_size('records')) FROM record_index"

page() { # column, direction
    echo "SELECT count(*) FROM query_records($one, jsonb_build_object('sort', jsonb_build_array(jsonb_build_object('column', '$1', 'direction', '$2')), 'filter', jsonb_build_object('column', '$1', 'op', 'is_not_empty')))"
}
next() { # column: the page behind some record
    echo "SELECT count(*) FROM query_records($one, jsonb_build_object('sort', '[{\"column\": \"$1\"}]'::jsonb, 'after', (SELECT cursor FROM query_records($one, jsonb_build_object('sort', '[{\"column\": \"$1\"}]'::jsonb, 'limit', 1 + \$1)) OFFSET \$1 LIMIT 1)))"
}
for column in stage amount due city code; do
    timed "first page by $column" 10 "$(page "$column" asc)"
    timed "two pages by $column, the second behind the first" 20 "$(next "$column")"
done
timed "the same page of a real table by amount" - "SELECT count(*) FROM (SELECT * FROM real_table WHERE amount IS NOT NULL ORDER BY amount, id LIMIT 50) AS page"
equal() { echo "jsonb_build_object('column', '$1', 'op', '$2', 'value', $3)"; }
timed "a city, 50 newest" 10 "SELECT count(*) FROM query_records($one, jsonb_build_object('filter', $(equal city is "'city ' || \$1"), 'sort', '[{\"column\": \"created_at\", \"direction\": \"desc\"}]'::jsonb))"
timed "the same of a real table" - "SELECT count(*) FROM (SELECT * FROM real_table WHERE city = 'city ' || \$1 ORDER BY created_at DESC, id DESC LIMIT 50) AS page"
timed "a range of 1 % by amount, sorted by it" 10 "SELECT count(*) FROM query_records($one, jsonb_build_object('filter', $(equal amount between "jsonb_build_array(\$1 * 100, \$1 * 100 + 100)"), 'sort', '[{\"column\": \"amount\"}]'::jsonb))"
timed "an amount and a stage, about 1,250 of 10,000 candidates, sorted by due" 60 "SELECT count(*) FROM query_records($one, jsonb_build_object('filter', jsonb_build_object('and', jsonb_build_array($(equal amount between "jsonb_build_array(\$1 * 100, \$1 * 100 + 199)"), $(equal stage is "'won'"::text))), 'sort', '[{\"column\": \"due\"}]'::jsonb))"
timed "the same of a real table" - "SELECT count(*) FROM (SELECT * FROM real_table WHERE amount BETWEEN \$1 * 100 AND \$1 * 100 + 199 AND stage = 'won' ORDER BY due, id LIMIT 50) AS page"
timed "count of a stage, about 62,000" 30 "SELECT count_records($one, jsonb_build_object('filter', $(equal stage is "(ARRAY['new', 'called', 'offered', 'won'])[1 + \$1 % 4]")))"
timed "the same of a real table" - "SELECT count(*) FROM real_table WHERE stage = (ARRAY['new', 'called', 'offered', 'won'])[1 + \$1 % 4]"
timed "a filter without an index on 100,000 records" 120 "SELECT count_records($medium, jsonb_build_object('filter', $(equal note is "'note ' || \$1")))"
timed "the same by field_text()" - "SELECT count(*) FROM records WHERE table_id = $medium AND rowkit.field_text(data, 'note') = 'note ' || \$1"
ask -c "CREATE INDEX by_city ON records (rowkit.field_text(data, 'city'), id) WHERE table_id = $one" -c "CREATE INDEX by_data ON records USING gin (data jsonb_path_ops) WHERE table_id = $one"
psql -Xq -c 'ANALYZE bench.records'
timed "a city by an expression index for this table" - "SELECT count(*) FROM (SELECT * FROM records WHERE table_id = $one AND rowkit.field_text(data, 'city') = 'city ' || \$1 ORDER BY created_at DESC LIMIT 50) AS page"
timed "a city by GIN on data, which row security keeps from it" - "SELECT count(*) FROM (SELECT * FROM records WHERE table_id = $one AND data @> jsonb_build_object('city', 'city ' || \$1) ORDER BY created_at DESC LIMIT 50) AS page" 5
ask -c 'DROP INDEX by_city, by_data'

# Writers: the same rows into a table with five indexed columns, and into one with none.
insert() { # table
    echo "INSERT INTO bench.records (table_id, data) SELECT $1, jsonb_build_object('stage', 'won', 'amount', n, 'due', '2024-01-01', 'city', 'city ' || n % 1000, 'code', 'c' || n, 'note', 'x') FROM generate_series(1, 10000) AS n"
}
undo="SET client_min_messages = error; SET session_replication_role = replica; DELETE FROM bench.record_index USING bench.records AS record WHERE record.id = record_id AND record.name IS NULL; DELETE FROM bench.records WHERE name IS NULL"
compare "inserting 10,000 records, five indexed columns" 'rowkit/other <= 1.8' "$(insert "$empty")" "$(insert "$medium")" "$undo"
before=$(ask -c "SELECT count(*) || ' ' || max(xmin::text::bigint) FROM record_index")
ask -c "UPDATE records SET data = data || '{\"note\": \"another\"}' WHERE table_id = $medium AND name LIKE 'record %9'"
[ "$before" = "$(ask -c "SELECT count(*) || ' ' || max(xmin::text::bigint) FROM record_index")" ] || { echo "an UPDATE of another field wrote entries"; missed=1; }
[ "$(ask -c 'SELECT count(*) FROM rowkit.record_index_drift()')" = 0 ] || { echo "the index drifts"; missed=1; }
verdict
