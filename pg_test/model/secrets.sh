#!/usr/bin/env bash
# No secret and no token is found anywhere below the data directory, nor in the server's log with every statement in it: heap, WAL, statistics, messages.
# What is not encrypted is found by the same search, so that the search itself is worth something.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./server.sh
run=$(mktemp -d /tmp/rowkit-secrets.XXXXXX)
keys=$PGHOST/keys
finish() {
    rm -rf "$run"
    as_server rm -f "$keys" "$keys.own"
    psql -Xqc 'SET client_min_messages = error' -c 'DROP OWNED BY secrets_backend' -c 'DROP ROLE secrets_backend' 2>"/dev/null" || true
}
trap finish EXIT
chmod 755 "$run"
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
secret="hush$(openssl rand -hex 12)" plain="loud$(openssl rand -hex 12)" bound="bound$(openssl rand -hex 12)"
printf '1:%s\n' "$(openssl rand -base64 32)" | as_server sh -c 'umask 077; cat >"$1"' - "$keys"
psql -Xq -v ON_ERROR_STOP=1 -v keys="$keys" <<'SQL'
ALTER DATABASE test_script SET rowkit.secret_key_file = :'keys';
ALTER DATABASE test_script SET log_statement = 'all';
ALTER DATABASE test_script SET log_min_duration_statement = 0;
ALTER DATABASE test_script SET log_error_verbosity = 'verbose';
ALTER DATABASE test_script SET log_parameter_max_length = 0;
ALTER DATABASE test_script SET search_path = app, rowkit;
CREATE SCHEMA app;
CREATE TABLE app.connections (id uuid PRIMARY KEY, account_id uuid NOT NULL, password_encrypted text, note text);
CREATE INDEX ON app.connections (password_encrypted);
INSERT INTO app.connections SELECT rowkit.uuidv7(), rowkit.uuidv7() FROM generate_series(1, 3);
ANALYZE app.connections;
SQL
# The extended protocol sends a value as a parameter, as drivers do with placeholders.
send() { # name of the value, value, sql
    printf '%s;\n' "$3" >"$run/script.sql"
    pgbench -n -M extended -t 1 -D "$1=$2" -f "$run/script.sql" >"$run/out" 2>&1
}
send secret "$secret" "UPDATE connections SET password_encrypted = encrypt_secret('connections', id, 'password_encrypted', account_id, :secret)"
[ "$(sql "SELECT count(*) FROM connections WHERE decrypt_secret('connections', id, 'password_encrypted', account_id, password_encrypted) LIKE 'hush%'")" = 3 ]
# What fails tells nothing either: another place, a changed secret, a table without the column.
sql "SELECT decrypt_secret('connections', account_id, 'password_encrypted', id, password_encrypted) FROM connections" 2>"$run/refused" && exit 1
grep -q 'the secret cannot be decrypted' "$run/refused"
send secret "$secret" "SELECT encrypt_secret('connections', 'x', 'nowhere', 'y', :secret)" && exit 1
grep -q 'no column' "$run/out"
send secret "$secret" "SELECT encrypt_secret('connections', 'x', 'note', NULL, :secret)" && exit 1
# A new key, and every row under it.
printf '2:%s\n' "$(openssl rand -base64 32)" | as_server sh -c 'cat >>"$1"' - "$keys"
[ "$(sql "SELECT reencrypt_secrets('connections', 'password_encrypted', 'account_id')")" = 3 ]
[ "$(sql "SELECT DISTINCT secret_key_version(password_encrypted) FROM connections")" = 2 ]
sql "ANALYZE connections"
# The columns that data_catalog has for them: what is in one cannot be read in the other.
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SELECT count(*) FROM rowkit.install_blueprint('data_catalog', 'catalog');
INSERT INTO catalog.accounts (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'Acme');
INSERT INTO catalog.connections (account_id, name, connection_type) VALUES ('00000000-0000-4000-8000-000000000001', 'lake', 'postgres');
INSERT INTO catalog.projects (account_id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'Warehouse');
SQL
in_connection="'catalog.connections', id, 'password_encrypted', account_id" in_project="'catalog.projects', id, 'source_control_access_token_encrypted', account_id"
send secret "$secret" "UPDATE catalog.connections SET password_encrypted = encrypt_secret($in_connection, :secret)"
send secret "$secret" "UPDATE catalog.projects SET source_control_access_token_encrypted = encrypt_secret($in_project, :secret)"
[ "$(sql "SELECT count(*) FROM catalog.connections WHERE decrypt_secret($in_connection, password_encrypted) LIKE 'hush%'")" = 1 ]
[ "$(sql "SELECT count(*) FROM catalog.projects WHERE decrypt_secret($in_project, source_control_access_token_encrypted) LIKE 'hush%'")" = 1 ]
sql "SELECT decrypt_secret($in_project, (SELECT password_encrypted FROM catalog.connections)) FROM catalog.projects" 2>"$run/refused" && exit 1
grep -q 'the secret cannot be decrypted' "$run/refused"
# A role that is no superuser reads by the database's setting, and cannot put a file of its own in its place before the library is loaded.
psql -Xq -v ON_ERROR_STOP=1 <<'SQL'
CREATE ROLE secrets_backend LOGIN;
GRANT USAGE ON SCHEMA app TO secrets_backend;
GRANT SELECT ON app.connections TO secrets_backend;
GRANT EXECUTE ON FUNCTION rowkit.decrypt_secret(regclass, text, text, text, text), rowkit.decrypt_secret(regclass, uuid, text, uuid, text) TO secrets_backend;
SQL
as_backend() { PGUSER=secrets_backend psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
read="SELECT count(decrypt_secret('connections', id, 'password_encrypted', account_id, password_encrypted)) FROM connections"
[ "$(as_backend "$read")" = 3 ]
as_server cp "$keys" "$keys.own"
PGOPTIONS="-c rowkit.secret_key_file=$keys.own" as_backend "$read" 2>"$run/refused" && exit 1
grep -q 'permission denied to set parameter' "$run/refused"
as_server rm "$keys.own"
# A token, told to the client and validated by parameter.
sql "SELECT count(*) FROM enable_api_tokens('app')" >/dev/null
token=$(sql "SELECT token FROM create_api_token('00000000-0000-4000-8000-0000000000a1', 'ci')")
send token "$token" "SELECT is_valid FROM validate_api_token(:token)"
[ "$(sql "SELECT count(*) FROM api_tokens WHERE last_used_at IS NOT NULL")" = 1 ]
# The counter-tests: a column that is not encrypted, and a log that shows parameters.
send plain "$plain" "UPDATE connections SET note = :plain"
sql "ALTER DATABASE test_script SET log_parameter_max_length = -1"
send bound "$bound" "SELECT length(:bound::text)"
sql "CHECKPOINT" && sql "SELECT pg_switch_wal()" >/dev/null
found() { { grep -raFl -e "$1" "$PGHOST/data" "$PGHOST/log" || true; } | sed "s|^$PGHOST/||" | sort; }
found "$plain" | grep -q '^data/base/'
found "$plain" | grep -q '^data/pg_wal/'
found "$bound" | grep -q '^log$'
status=0
for text in "$secret" "$(printf %s "$secret" | base64)" "$(printf %s "$secret" | od -An -tx1 | tr -d ' \n')" "$token" "$(cut -d _ -f 3 <<<"$token")"; do
    places=$(found "$text")
    [ -z "$places" ] || { echo "a secret stands in: $places"; status=1; }
done
# Nor does the log have a key of the file.
while IFS=: read -r _ key; do
    places=$(found "$key")
    [ -z "$places" ] || { echo "a key stands in: $places"; status=1; }
done < <(cat "$keys")
exit $status
