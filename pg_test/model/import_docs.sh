#!/usr/bin/env bash
# The examples of docs/import.md run as they stand there, the SQL, what psql reads and the program in Python, and do what the document says.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
cleanup() {
    rm -rf "$work"
    psql -Xq -c "SET client_min_messages = warning" -c "DROP SCHEMA IF EXISTS app CASCADE" -c "DROP OWNED BY authenticated" -c "DROP ROLE authenticated"
}
trap cleanup EXIT
example() { awk -v name="<!-- $1 -->" '$0 == name { state = 1; next } /^```/ && state { state = (state + 1) % 3; next } state == 2' docs/import.md; } # the blocks below the comments that name them
shows() { # a file, what it must hold…
    local file=$1 line
    shift
    for line in "$@"; do
        grep -q -- "$line" "$file" || { echo "nothing like $line is shown by docs/import.md:"; cat "$file"; exit 1; }
    done
}
same() { [ "$1" = "$2" ] || { printf 'docs/import.md answers\n%s\nand not\n%s\n' "$1" "$2"; exit 1; }; }
psql -Xq -v ON_ERROR_STOP=1 -c "SET client_min_messages = warning" -c "CREATE ROLE authenticated NOLOGIN" -c "DROP SCHEMA IF EXISTS app CASCADE" \
    -c "SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'app')" -c "GRANT USAGE ON SCHEMA app TO authenticated" >/dev/null

example sql | psql -Xqt -v ON_ERROR_STOP=1 -f - >"$work/sql"
shows "$work/sql" '"created": 5' 'amount cannot be read as a number' 'Bob,bob@example.com,abc,01/02/2025' '"updated": 1' '"deleted": 1' '"label": "Unit price"' '"name": "order_no"' '"type": "date"' 'Ida  *| Jon' 'Jon  *| Ida' '^ 5$'

# psql, in a folder with a file.
printf 'email,amount\nhal@example.com,7\nida@example.com,many\njoe@example.com,9\n' >"$work/customers.csv"
example psql >"$work/psql.sql"
(cd "$work" && PGOPTIONS='-c search_path=app,rowkit' psql -Xqt -v ON_ERROR_STOP=1 -f psql.sql) >"$work/psql"
shows "$work/psql" 'UTF-8' '^2 created, 1 failed$'
shows "$work/errors.csv" $'^\xef\xbb\xbfemail,amount,_row,_problems' '^ida@example.com,many,3,'
unchanged=$(PGOPTIONS='-c search_path=app,rowkit' psql -XAtq -v ON_ERROR_STOP=1 -f - <<SQL
\set content \`base64 $work/customers.xlsx\`
SELECT import_records_base64('00000000-0000-4000-8000-00000000000b', :'content', '{"on_match": "replace"}') ->> 'unchanged' = (SELECT count(*)::text FROM records WHERE table_id = '00000000-0000-4000-8000-00000000000b');
SQL
)
same "$unchanged" t

# Python: a file of two parts, as a member; and once more, which changes nothing.
psql -Xq -v ON_ERROR_STOP=1 -c "INSERT INTO app.users (id) VALUES ('00000000-0000-4000-8000-0000000000a1')" \
    -c "INSERT INTO app.user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-00000000000a', 'member')"
{
    echo 'email,amount,remark'
    for row in $(seq 1 3000); do printf 'u%d@example.com,%d,%0400d\n' "$row" "$row" 0; done
    printf 'HAL@example.com,8,\nkim@example.com,none,\n'
} >"$work/large.csv"
[ "$(stat -c %s "$work/large.csv")" -gt 1048576 ]
example psycopg >"$work/import_file.py"
import_file() {
    DATABASE_URL='' CLAIMS='{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}' PYTHONPATH=$ROWKIT_PYTHON/packages \
        python3 -W error "$work/import_file.py" 00000000-0000-4000-8000-00000000000b "$work/large.csv" upload-1 2>"$work/progress"
}
wanted='3000 created, 1 updated, 1 failed
row 3003: amount cannot be read as a number: "none"'
same "$(import_file)" "$wanted"
shows "$work/progress" '^1000 of 3002 rows$' '^3002 of 3002 rows$'
same "$(import_file)" "$wanted"
same "$(psql -XAtqc "SELECT count(*) FROM app.records WHERE email LIKE 'u%'")" 3000
