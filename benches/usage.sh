#!/usr/bin/env bash
# Usage counters under load: 16 writers with no counter, with the one-row trigger that one writes by hand, immediate and sharded. Commits
# are durable here, as they are in production: a writer that waits for another waits for its disk.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
. ../pg_test/server.sh
restart on
kinds="none hand immediate sharded"
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
CREATE FUNCTION public.make(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', kind);
    EXECUTE format('SET LOCAL search_path = %I, rowkit', kind);
    CREATE TABLE accounts (id integer PRIMARY KEY, name text, current_project_count bigint NOT NULL DEFAULT 0, max_projects bigint) WITH (fillfactor = 50);
    CREATE TABLE projects (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id integer NOT NULL REFERENCES accounts, name text);
    INSERT INTO accounts SELECT n, 'a' || n FROM generate_series(1, 1000) AS n;
END
$$;
SELECT public.make(kind) FROM unnest(ARRAY['none', 'hand', 'immediate', 'sharded']) AS kind;
CREATE FUNCTION hand.count_projects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hand.accounts SET current_project_count = current_project_count + 1 WHERE id = NEW.account_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_projects AFTER INSERT ON hand.projects FOR EACH ROW EXECUTE FUNCTION hand.count_projects();
SELECT rowkit.enable_usage_counter('immediate.projects', 'immediate.accounts', 'current_project_count');
SELECT rowkit.enable_usage_counter('sharded.projects', 'sharded.accounts', 'current_project_count', mode => 'sharded');
VACUUM ANALYZE;
SQL
trap 'restart off; rm -rf "$scripts"' EXIT
scripts=$(mktemp -d /tmp/rowkit.XXXXXX)
for kind in $kinds; do
    echo "INSERT INTO $kind.projects (account_id, name) VALUES (1, 'p');" >"$scripts/hot.$kind"
    printf '%s\n' 'BEGIN;' "INSERT INTO $kind.projects (account_id, name) VALUES (1, 'p');" '\sleep 5 ms' 'COMMIT;' >"$scripts/hot5ms.$kind"
    printf '%s\n' '\set a random(1, 1000)' "INSERT INTO $kind.projects (account_id, name) VALUES (:a, 'p');" >"$scripts/thousand.$kind"
    printf '%s\n' '\set a random(1, 1000)' '\set b random(1, 1000)' 'BEGIN;' "INSERT INTO $kind.projects (account_id, name) VALUES (:a, 'p');" \
        "INSERT INTO $kind.projects (account_id, name) VALUES (:b, 'p');" 'COMMIT;' >"$scripts/two.$kind"
done
rate() { # script -> transactions a second; failed ones and retries go to $scripts/retries
    pgbench -n -M prepared -c 16 -j 2 -T "${ROWKIT_BENCH_SECONDS:-4}" --max-tries=100 -f "$scripts/$1" 2>"$scripts/errors" >"$scripts/out"
    sed -n "s/^total number of retries: \([0-9]*\).*/$1 retries \1/p; s/^number of failed transactions: \([1-9][0-9]*\) .*/$1 failed \1/p" "$scripts/out" >>"$scripts/retries"
    sed -n 's/^tps = \([0-9.]*\) .*/\1/p' "$scripts/out"
}
for scenario in hot hot5ms thousand two; do
    for n in 1 2 3; do
        for kind in $kinds; do rate "$scenario.$kind" >>"$scripts/tps.$scenario.$kind"; done
    done
    middle() { sort -n "$scripts/tps.$scenario.$1" | sed -n 2p; }
    case $scenario in
        hot) label="16 writers, one account" bar="sharded/hand >= 3" ;;
        hot5ms) label="the same, transactions of 5 ms" bar="sharded/none >= 0.90" ;;
        thousand) label="16 writers, 1,000 accounts" bar="-" ;;
        two) label="two of 1,000 accounts in a transaction" bar="-" ;;
    esac
    awk -v label="$label" -v bar="$bar" -v none="$(middle none)" -v hand="$(middle hand)" -v immediate="$(middle immediate)" -v sharded="$(middle sharded)" 'BEGIN {
        printf "%-40s none %7.0f   by hand %7.0f   immediate %7.0f   sharded %7.0f /s   sharded/hand %5.2f   sharded/none %4.2f   immediate/hand %4.2f   bar: %s\n",
            label, none, hand, immediate, sharded, sharded / hand, sharded / none, immediate / hand, bar }'
    case $bar in
        sharded/hand*) holds "$(middle sharded) / $(middle hand)" ${bar#* } ;;
        sharded/none*) holds "$(middle sharded) / $(middle none)" ${bar#* } ;;
    esac
done
awk '{ sum[$1 " " $2] += $3 } END { for (what in sum) if (sum[what]) print "  " what, sum[what] }' "$scripts/retries" | sort
deadlocks=$(psql -XAtc "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
echo "  deadlocks of all kinds, by hand included: $deadlocks"
for kind in immediate sharded; do
    drift=$(psql -XAtc "SELECT count(*) FROM rowkit.usage_drift('$kind.accounts')")
    echo "  $kind: $drift accounts with a wrong counter"
    [ "$drift" = 0 ]
done
# Without the disk, so that what is compared is what was done.
restart off
# Nor what the writers before left behind.
psql -Xqc VACUUM
fill() { echo "INSERT INTO $1.projects (account_id, name) SELECT 1 + n % ${accounts:-1}, 'p' FROM generate_series(1, 20000) AS n"; }
for accounts in 1 100; do
    for kind in immediate sharded; do
        compare "INSERT of 20,000 rows, $accounts accounts, $kind" "rowkit/other <= 1.15" "$(fill none)" "$(fill $kind)" CHECKPOINT
    done
done
verdict
