#!/usr/bin/env bash
# validate_api_token among a million tokens, beside the function that one writes by hand: look the hash up, note the use, answer. Time in the database, call by call:
# the clock of each statement is what the server measured, without the way to the client.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
rows=${ROWKIT_BENCH_TOKENS:-1000000}
psql -Xq -v ON_ERROR_STOP=1 -v rows="$rows" <<'SQL' >/dev/null
SET client_min_messages = error;
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE TABLE accounts (id uuid PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE users (id uuid PRIMARY KEY, email text, is_active boolean NOT NULL DEFAULT true, deleted_at timestamptz);
CREATE TABLE account_users (account_id uuid, user_id uuid, role text NOT NULL, is_active boolean NOT NULL DEFAULT true, PRIMARY KEY (account_id, user_id));
INSERT INTO accounts SELECT md5('a' || n)::uuid FROM generate_series(1, 1000) AS n;
INSERT INTO users SELECT md5('u' || n)::uuid FROM generate_series(1, 100000) AS n;
INSERT INTO account_users SELECT md5('a' || n % 1000 + 1)::uuid, md5('u' || n)::uuid, 'member' FROM generate_series(1, 100000) AS n;
SELECT count(*) FROM enable_api_tokens('app');
-- The others are no tokens anybody has, but rows like theirs.
INSERT INTO api_tokens (id, account_id, user_id, name, key_id, token_hash, scopes)
SELECT md5('t' || n)::uuid, md5('a' || n % 1000 + 1)::uuid, md5('u' || n % 100000 + 1)::uuid, 'filler', 'key' || n, sha256(('s' || n)::bytea), '["read:*", "write:tables"]'
FROM generate_series(1, :rows) AS n;
CREATE TABLE known AS
SELECT row_number() OVER () AS n, made.token
FROM (SELECT * FROM account_users ORDER BY user_id LIMIT 5000) AS member, create_api_token(member.account_id, 'known', '{read:*,write:tables}', user_id => member.user_id) AS made;
ALTER TABLE known ADD PRIMARY KEY (n);
CREATE INDEX ON api_tokens (token_hash);
CREATE FUNCTION validate_by_hand(token text, ip inet, user_agent text) RETURNS TABLE(token_id uuid, account_id uuid, user_id uuid, scopes jsonb, is_valid boolean, error text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
DECLARE
    hit api_tokens;
BEGIN
    SELECT * INTO hit FROM api_tokens AS t WHERE t.token_hash = sha256(token::bytea);
    IF NOT FOUND OR NOT hit.is_active OR hit.revoked_at IS NOT NULL OR hit.expires_at <= now() THEN
        RETURN QUERY SELECT NULL::uuid, NULL::uuid, NULL::uuid, NULL::jsonb, false, 'invalid token';
        RETURN;
    END IF;
    UPDATE api_tokens AS t SET last_used_at = now(), last_used_ip = ip, last_used_user_agent = user_agent WHERE t.id = hit.id;
    RETURN QUERY SELECT hit.id, hit.account_id, hit.user_id, hit.scopes, true, NULL::text;
END
$$;
-- Each call with a token of its own, as requests come; the calls of one kind in one session, with its plans kept.
CREATE FUNCTION measure_rowkit(OUT p50 numeric, OUT p95 numeric) LANGUAGE plpgsql AS $$
DECLARE
    times double precision[];
    began timestamptz;
    given text;
    valid boolean;
BEGIN
    FOR i IN 1..5000 LOOP
        SELECT token INTO given FROM app.known WHERE n = i;
        began := clock_timestamp();
        SELECT is_valid INTO valid FROM rowkit.validate_api_token(given, '192.0.2.1', 'curl/8', 'app.api_tokens');
        times[i] := extract(epoch FROM clock_timestamp() - began) * 1e6;
        ASSERT valid;
    END LOOP;
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t), percentile_cont(0.95) WITHIN GROUP (ORDER BY t) INTO p50, p95 FROM unnest(times) AS t;
END
$$;
CREATE FUNCTION measure_hand(OUT p50 numeric, OUT p95 numeric) LANGUAGE plpgsql AS $$
DECLARE
    times double precision[];
    began timestamptz;
    given text;
    valid boolean;
BEGIN
    FOR i IN 1..5000 LOOP
        SELECT token INTO given FROM app.known WHERE n = i;
        began := clock_timestamp();
        SELECT is_valid INTO valid FROM app.validate_by_hand(given, '192.0.2.1', 'curl/8');
        times[i] := extract(epoch FROM clock_timestamp() - began) * 1e6;
        ASSERT valid;
    END LOOP;
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t), percentile_cont(0.95) WITHIN GROUP (ORDER BY t) INTO p50, p95 FROM unnest(times) AS t;
END
$$;
VACUUM ANALYZE;
SQL
tell() { # label, function
    psql -XAt -F ' ' -c "SELECT round(p50, 1), round(p95, 1) FROM app.$2()" | while read -r p50 p95; do
        printf '%-46s p50 %7.1f us   p95 %7.1f us   %s\n' "$1" "$p50" "$p95" "${3:-}"
    done
}
echo "$rows tokens, 5000 of them used"
# A note is a write: each in a transaction of its own, as requests are.
psql -XAtq -F ' ' -v ON_ERROR_STOP=1 <<'SQL' | while read -r p50 p95; do printf '%-46s p50 %7.1f us   p95 %7.1f us\n' "rowkit, the first use of a minute" "$p50" "$p95"; done
CREATE TABLE app.times (t double precision);
DO $$
DECLARE
    times double precision[];
    began timestamptz;
    given text;
    valid boolean;
BEGIN
    FOR i IN 1..5000 LOOP
        SELECT token INTO given FROM app.known WHERE n = i;
        began := clock_timestamp();
        SELECT is_valid INTO valid FROM rowkit.validate_api_token(given, '192.0.2.1', 'curl/8', 'app.api_tokens');
        times[i] := extract(epoch FROM clock_timestamp() - began) * 1e6;
        COMMIT;
    END LOOP;
    INSERT INTO app.times SELECT unnest(times);
END
$$;
SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY t)::numeric, 1), round(percentile_cont(0.95) WITHIN GROUP (ORDER BY t)::numeric, 1) FROM app.times;
SQL
for _ in 1 2 3; do
    tell "by hand: no roles, a note each time" measure_hand
    psql -Xq -c "UPDATE app.api_tokens SET last_used_at = now() WHERE name = 'known'" -c "VACUUM app.api_tokens"
    tell "rowkit, the others" measure_rowkit "bar: p50 < 50 us"
done
holds "$(psql -XAt -c 'SELECT p50 FROM app.measure_rowkit()')" '<' 50
verdict
