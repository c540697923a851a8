#!/usr/bin/env bash
# The search trigger beside the server's own and beside PL/pgSQL. Medians of five runs, the two sides in turn.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
psql -Xq -v ON_ERROR_STOP=1 -f search.sql >/dev/null
fill() { echo "INSERT INTO $1 (id, name, email, company, data, untouched) SELECT * FROM source"; }
pair "INSERT of 100k rows, tsvector_update_trigger" "rowkit/other <= 1" server ours
pair "  with JSONB, PL/pgSQL" "other/rowkit >= 3" plpgsql_json ours_json
pair "  no trigger at all" "-" bare ours
psql -Xq -c 'VACUUM ANALYZE ours'
update="UPDATE ours SET untouched = untouched + 1"
compare "UPDATE of another column, no trigger" "rowkit/other <= 1.15" \
    "ALTER TABLE ours DISABLE TRIGGER v; $update" "ALTER TABLE ours ENABLE TRIGGER v; $update" "VACUUM ours"
rows=$(mktemp /tmp/rowkit.XXXXXX)
psql -Xqc "\\copy (SELECT * FROM source) TO '$rows'"
copies() { psql -XAt -c "TRUNCATE $1" -c '\timing on' -c "\\copy $1 (id, name, email, company, data, untouched) FROM '$rows'" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1; }
others=() ours=()
for _ in 1 2 3 4 5; do others+=("$(copies plpgsql_json)"); ours+=("$(copies ours_json)"); done
rm -f "$rows"
tell "COPY of 100k rows with JSONB, PL/pgSQL" "-" "$(printf '%s\n' "${others[@]}" | median)" "$(printf '%s\n' "${ours[@]}" | median)"
verdict
