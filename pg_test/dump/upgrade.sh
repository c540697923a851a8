#!/usr/bin/env bash
# pg_upgrade of a database with the five blueprints, from the server of ROWKIT_OLD_BIN to this one: the same rows, and everything works on.
set -euo pipefail
cd "$(dirname "$0")"
. ../server.sh
. ./goes_on.sh
if [ "$ROWKIT_MAJOR" = 15 ]; then
    echo "upgrade: nothing to do, 15 is the oldest"
    exit
fi
home=$(mktemp -d /tmp/rowkit.XXXXXX) bin=${ROWKIT_OLD_BIN:?is needed, to upgrade from}
[ "$(id -u)" != 0 ] || chown postgres "$home"
export PGHOST=$home PGPORT=28898 PGDATABASE=five
finish() {
    as_server "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$home"
}
trap finish EXIT
# Checksums are on unless told otherwise since PostgreSQL 18.
make() { # programs, cluster
    local options=()
    [[ $("$1/initdb" --help) != *--no-data-checksums* ]] || options=(--no-data-checksums)
    as_server "$1/initdb" -D "$2" -U rowkit -A trust -E UTF8 --locale=C.UTF-8 -N "${options[@]}" >/dev/null
}
start() { as_server "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w start -o "-k $home -p $PGPORT -c listen_addresses='' -c fsync=off" >/dev/null; }

make "$ROWKIT_OLD_BIN" "$home/data"
start
psql -Xq -d postgres -c 'CREATE DATABASE five'
psql -Xq -v ON_ERROR_STOP=1 -f fill.sql >"$home/made"
state "$home/before"
as_server "$bin/pg_ctl" -D "$home/data" -m fast -w stop >/dev/null

mv "$home/data" "$home/old"
make "$ROWKIT_BIN" "$home/data"
(cd "$home" && as_server "$ROWKIT_BIN/pg_upgrade" -b "$ROWKIT_OLD_BIN" -B "$ROWKIT_BIN" -d old -D data -U rowkit -s "$home" -p 28896 -P 28897 >upgraded) || {
    tail -n 20 "$home/upgraded"
    grep -rh 'error:' "$home"/data/pg_upgrade_output.d/*/log || true
    exit 1
}
bin=$ROWKIT_BIN
start
state "$home/after"
diff "$home/before" "$home/after"
goes_on sample
