#!/usr/bin/env bash
# Random queries over five filled blueprints, as a superuser and as an end user: no signal, no internal error out of rowkit's code, no query that outlives its
# statement_timeout. The seed is told, and ROWKIT_SEED repeats a run; ROWKIT_SQLSMITH_SECONDS is how long, of each role.
set -u
seconds=${ROWKIT_SQLSMITH_SECONDS:-600}
seed=${ROWKIT_SEED:-$(date +%s)}
if ! command -v sqlsmith >/dev/null; then echo "sqlsmith is not installed (Debian's package sqlsmith)" >&2; exit 1; fi
echo "sqlsmith: seed $seed, $seconds s of each role"
cd "$(dirname "$0")/../attack" || exit 1
run() { psql -Xqo /dev/null -v ON_ERROR_STOP=1 "$@"; }
run -f roles.sql -f setup.sql -f seed.sql || exit 1
cleanup() {
    psql -Xq -d postgres -c "ALTER SYSTEM RESET log_error_verbosity" -c "ALTER SYSTEM RESET log_line_prefix" -c "SELECT pg_reload_conf()" -o /dev/null
    psql -Xq -d postgres -c "SET client_min_messages = warning" -c "DROP DATABASE \"$PGDATABASE\" WITH (FORCE)" \
        -c "DROP ROLE plain, authenticator, anon, authenticated, service_role" -c "CREATE DATABASE \"$PGDATABASE\"" >/dev/null 2>&1
}
trap cleanup EXIT
# Where an error was raised tells whose it is.
run -c "ALTER SYSTEM SET log_error_verbosity = verbose" -c "ALTER SYSTEM SET log_line_prefix = '%e '" -c "SELECT pg_reload_conf()" || exit 1
log=$PGHOST/log
begin=$(wc -c <"$log")
failed=0
smith() { # role options
    local options="-c statement_timeout=5s -c search_path=ct,dc,ca,li,sc,rowkit -c client_min_messages=error $2" answer
    timeout -k 5 "$seconds" sqlsmith --seed="$seed" --target="host=$PGHOST port=$PGPORT dbname=$PGDATABASE user=$1 options='$options'" >"$PGHOST/sqlsmith.out" 2>&1 &
    local smith=$! hung
    while kill -0 $smith 2>/dev/null; do
        sleep 5
        hung=$(psql -XAtq -c "SELECT query FROM pg_stat_activity WHERE usename = '$1' AND state = 'active' AND query_start < now() - interval '20 s' LIMIT 1")
        if [ -n "$hung" ]; then echo "HANGS: $hung"; failed=1; kill -9 $smith; fi
    done
    wait $smith
    answer=$?
    # 124 is that the time was over.
    if [ $answer != 124 ] && [ $answer != 0 ]; then tail -n 5 "$PGHOST/sqlsmith.out"; echo "sqlsmith ended with $answer"; failed=1; fi
}
smith "$PGUSER" ""
smith authenticator "-c role=authenticated -c request.jwt.claim.sub=$(psql -XAtqc "SELECT attack.id('a2')")"
tail -c "+$begin" "$log" >"$PGHOST/sqlsmith.log"
grep -E 'terminated by signal|PANIC' "$PGHOST/sqlsmith.log" && failed=1
# An internal error's place is on one of the next lines.
internal=$(grep -A 12 '^XX000 ERROR' "$PGHOST/sqlsmith.log" | grep -E 'LOCATION: .*\.rs:' | sort | uniq -c)
if [ -n "$internal" ]; then echo "internal errors out of rowkit's code: $internal"; failed=1; fi
# A run that asks nothing shows nothing.
if [ "$(grep -c 'rowkit\.' "$PGHOST/sqlsmith.log")" = 0 ]; then echo "no query that failed called a function of rowkit: is it in the way?"; failed=1; fi
echo "sqlsmith: $(grep -c 'ERROR' "$PGHOST/sqlsmith.log") errors, of which internal $(grep -c '^XX000 ERROR' "$PGHOST/sqlsmith.log")"
exit $failed
