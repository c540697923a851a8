#!/usr/bin/env bash
# The five blueprints with rows in them, dumped in either format and restored: the same database, in which everything works on.
set -euo pipefail
cd "$(dirname "$0")"
. ./goes_on.sh
filled=$PGDATABASE
dump=$(mktemp -d)
finish() {
    psql -Xq -d postgres -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS test_restored'
    psql -Xq -d "$filled" -c 'DROP OWNED BY authenticated' -c 'DROP ROLE authenticated'
    rm -rf "$dump"
}
trap finish EXIT
# \restrict carries a random key since the minor releases of August 2025.
# Sorted: where a row finds room in a table is not what is compared.
contents() { { pg_dump --restrict-key=fixed "$1" 2>/dev/null || pg_dump "$1" | sed '/^\\\(un\)\{0,1\}restrict/d'; } | LC_ALL=C sort; }

psql -Xq -v ON_ERROR_STOP=1 -f fill.sql >"$dump/log"
state "$dump/before"
contents "$filled" >"$dump/contents"
for format in custom plain; do
    pg_dump --format=$format -f "$dump/archive" "$filled"
    PGDATABASE=postgres sql 'CREATE DATABASE test_restored TEMPLATE template0'
    export PGDATABASE=test_restored
    if [ $format = plain ]; then
        psql -Xq -v ON_ERROR_STOP=1 -f "$dump/archive" >"$dump/log"
    else
        pg_restore -d test_restored --exit-on-error "$dump/archive"
    fi
    diff "$dump/contents" <(contents test_restored)
    state "$dump/after"
    diff "$dump/before" "$dump/after"
    if [ $format = custom ]; then goes_on; else goes_on sample; fi
    sql 'SELECT count(*) FROM rowkit.blueprints() CROSS JOIN rowkit.uninstall_blueprint(blueprint, blueprint, blueprint)' >"$dump/log"
    answers 0 sql 'SELECT count(*) FROM pg_namespace WHERE nspname IN (SELECT blueprint FROM rowkit.blueprints())'
    PGDATABASE=postgres sql 'DROP DATABASE test_restored'
done
