#!/usr/bin/env bash
# Autonumbers under load: 16 writers of one table without an autonumber, with a gapless one and with a fast one. Commits are durable, as in production: a
# writer that waits for another waits for its disk. What counts is the time that 99 of 100 transactions stay below.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
. ../pg_test/server.sh
restart on
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name) SELECT ('00000000-0000-4000-8000-0000000000b' || n)::uuid, '00000000-0000-4000-8000-00000000000a', 'T' || n FROM generate_series(0, 2) AS n;
INSERT INTO table_columns (table_id, name, type, options)
SELECT ('00000000-0000-4000-8000-0000000000b' || n)::uuid, 'no', 'autonumber', CASE n WHEN 1 THEN '{}' ELSE '{"numbering": "fast"}' END::jsonb FROM generate_series(1, 2) AS n;
SQL
scripts=$(mktemp -d /tmp/rowkit.XXXXXX)
trap 'restart off; rm -rf "$scripts"' EXIT
kinds="none gapless fast"
table() { case $1 in none) echo 0 ;; gapless) echo 1 ;; fast) echo 2 ;; esac; }
for kind in $kinds; do
    insert="INSERT INTO records (table_id, name) VALUES ('00000000-0000-4000-8000-0000000000b$(table "$kind")', 'r');"
    echo "$insert" >"$scripts/one.$kind"
    printf '%s\n' 'BEGIN;' "$insert" '\sleep 5 ms' 'COMMIT;' >"$scripts/five.$kind"
done
measure() { # scenario kind -> milliseconds that 99 of 100 transactions stay below; transactions a second
    rm -f "$scripts"/log.*
    (cd "$scripts" && pgbench -n -M prepared -c 16 -j 2 -T "${ROWKIT_BENCH_SECONDS:-4}" -l --log-prefix=log -f "$1.$2" >out 2>errors)
    cat "$scripts"/log.* | awk '{ print $3 }' | sort -n | awk '{ all[NR] = $1 } END { print all[int(NR * 0.99 + 0.5)] / 1000 }' >>"$scripts/p99.$1.$2"
    sed -n 's/^tps = \([0-9.]*\) .*/\1/p' "$scripts/out" >>"$scripts/tps.$1.$2"
}
middle() { sort -n "$scripts/$1" | sed -n 2p; }
for scenario in one five; do
    for n in 1 2 3; do
        for kind in $kinds; do measure "$scenario" "$kind"; done
    done
    case $scenario in
        one) label="16 writers, one record a transaction" ;;
        five) label="the same, transactions of 5 ms" ;;
    esac
    for kind in $kinds; do
        printf '%-40s %-8s p99 %8.1f ms   %7.0f /s\n' "$label" "$kind" "$(middle "p99.$scenario.$kind")" "$(middle "tps.$scenario.$kind")"
    done
    holds "$(middle "p99.$scenario.fast") / $(middle "p99.$scenario.none")" "<=" 2
done
wrong=$(psql -XAtc "SELECT count(*) FROM (SELECT FROM records WHERE data ? 'no' GROUP BY table_id, data -> 'no' HAVING count(*) > 1) AS twice")
open=$(psql -XAtc "SELECT max((data ->> 'no')::bigint) - count(*) FROM records WHERE table_id = '00000000-0000-4000-8000-0000000000b2'")
gaps=$(psql -XAtc "SELECT max((data ->> 'no')::bigint) - count(*) FROM records WHERE table_id = '00000000-0000-4000-8000-0000000000b1'")
echo "  numbers given twice: $wrong   gaps of gapless: $gaps   numbers of fast still to be given: $open"
[ "$wrong" = 0 ] && [ "$gaps" = 0 ]
verdict
