#!/usr/bin/env bash
# Fifty sessions fail to sign in at one moment: five are counted, one locks, and all others are told of that lock. So for a user and for a name that none has,
# and for transactions that took their snapshot before any of it.
set -euo pipefail
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
ALTER DATABASE test_script SET search_path = app, rowkit;
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL);
CREATE INDEX ON users (email_key(email));
INSERT INTO users SELECT uuidv7(), prefix || n || '@example.com' FROM generate_series(1, 1000) AS n, (VALUES (''), ('kept')) AS known(prefix);
SELECT count(*) FROM enable_login_lockout();
SQL
answers=$(mktemp /tmp/rowkit-sign-in.XXXXXX)
trap 'rm -f "$answers"' EXIT
rounds=2
[ -z "${ROWKIT_SOAK:-}" ] || rounds=20
for round in $(seq "$rounds"); do
    for email in "$round@example.com" "nobody$round@example.com" "kept$round@example.com" "nobodykept$round@example.com"; do
        case $email in *kept*) level='REPEATABLE READ' ;; *) level='READ COMMITTED' ;; esac
        at=$(psql -XAtc "SELECT now() + interval '2 seconds'")
        : >"$answers"
        for n in $(seq 50); do
            psql -XAtq -c "BEGIN ISOLATION LEVEL $level" -c "SELECT pg_sleep(extract(epoch FROM '$at'::timestamptz - clock_timestamp()))" \
                -c "SELECT count_login_attempt('$email', false)" -c COMMIT | grep '^{' >>"$answers" &
        done
        wait
        told=$(psql -XAtq -F ' ' -v ON_ERROR_STOP=1 <<SQL
CREATE TEMP TABLE told (state jsonb);
\copy told FROM '$answers'
SELECT count(*), string_agg(DISTINCT state ->> 'failed_attempts', ',' ORDER BY state ->> 'failed_attempts'), count(*) FILTER (WHERE NOT (state ->> 'is_locked')::boolean),
    count(*) FILTER (WHERE (state ->> 'is_locked')::boolean), count(DISTINCT state ->> 'locked_until') FROM told;
SQL
        )
        [ "$told" = "50 1,2,3,4,5 4 46 1" ] || { echo "$email: $told"; exit 1; }
    done
done
[ "$(psql -XAtc "SELECT count(*) FROM app.users WHERE failed_login_attempts = 5 AND locked_until > now()")" = $((2 * rounds)) ]
[ "$(psql -XAtc "SELECT count(*) FROM app.login_failures WHERE failed_login_attempts = 5 AND locked_until > now()")" = $((2 * rounds)) ]
