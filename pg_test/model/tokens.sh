#!/usr/bin/env bash
# On a replica a token is validated as on the primary, with its scopes bounded alike; no use is noted there, and a revocation counts as soon as it has arrived.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./server.sh
replica=$(mktemp -d /tmp/rowkit-replica.XXXXXX)
[ "$(id -u)" != 0 ] || chown postgres "$replica"
finish() {
    as_server "$ROWKIT_BIN/pg_ctl" -D "$replica/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$replica"
}
trap finish EXIT
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
on_replica() { PGHOST=$replica sql "$1"; }
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
ALTER DATABASE test_script SET search_path = app, rowkit;
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE TABLE account_users (account_id uuid, user_id uuid, role text NOT NULL, is_active boolean NOT NULL DEFAULT true);
INSERT INTO account_users VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001', 'member');
SELECT count(*) FROM enable_api_tokens('app');
SQL
token=$(sql "SELECT token FROM create_api_token('00000000-0000-4000-8000-0000000000a1', 'ci', '{read:*,write:*}', user_id => '00000000-0000-4000-8000-000000000001')")
as_server "$ROWKIT_BIN/pg_basebackup" -h "$PGHOST" -p "$PGPORT" -U rowkit -D "$replica/data" -X stream -c fast
# Not by -R: an embedded server's own programs may know options that its walreceiver's library does not.
as_server sh -c 'touch "$1/standby.signal"; echo "primary_conninfo = '"'host=$PGHOST port=$PGPORT user=rowkit'"'" >>"$1/postgresql.conf"' - "$replica/data"
as_server "$ROWKIT_BIN/pg_ctl" -D "$replica/data" -l "$replica/log" -w start -o "-k $replica -p $PGPORT -c listen_addresses='' -c max_connections=100" >/dev/null
[ "$(on_replica "SELECT pg_is_in_recovery()")" = t ]
validate="SELECT is_valid, scopes, error FROM validate_api_token('$token', '192.0.2.1', 'curl/8')"
[ "$(on_replica "$validate")" = 't|{read:*,write:*}|' ]
[ "$(on_replica "SELECT is_valid FROM validate_api_token(overlay('$token' PLACING 'xxxx' FROM 20))")" = f ]
arrives() { # what the replica shall answer
    for _ in {1..100}; do
        [ "$(on_replica "$validate")" = "$1" ] && return
        sleep 0.1
    done
    echo "the replica still answers: $(on_replica "$validate")"
    return 1
}
sql "UPDATE account_users SET role = 'viewer'"
arrives 't|{read:*}|'
sql "SELECT revoke_api_token(id) FROM api_tokens" >/dev/null
arrives 'f||invalid or expired token'
[ "$(sql "SELECT count(*) FROM api_tokens WHERE last_used_at IS NOT NULL")" = 0 ]
