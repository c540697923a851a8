#!/usr/bin/env bash
# Plain keeps a lock on its own tables. Reports over everybody's tables must answer about the others all the same.
set -euo pipefail
sql() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
sql -U plain <<'SQL' >/dev/null
CREATE TABLE plainhome.accounts (id uuid PRIMARY KEY, current_count bigint NOT NULL DEFAULT 0);
CREATE TABLE plainhome.docs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id uuid REFERENCES plainhome.accounts);
CREATE TABLE plainhome.members (user_id uuid, account_id uuid, role text, PRIMARY KEY (user_id, account_id));
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.docs');
SELECT count(*) FROM rowkit.enable_usage_counter('plainhome.docs', 'plainhome.accounts', 'current_count');
SELECT count(*) FROM rowkit.register_membership('plainhome.members', tenant_column => 'account_id');
SELECT count(*) FROM rowkit.enable_tenant_isolation('plainhome.docs', 'account_id', membership => 'plainhome.members');
SQL
fifo=$(mktemp -u)
mkfifo "$fifo"
psql -Xq -U plain <"$fifo" >/dev/null &
exec 3>"$fifo"
trap 'exec 3>&-; wait; rm -f "$fifo"' EXIT
echo 'BEGIN; LOCK TABLE plainhome.docs, plainhome.accounts IN ACCESS EXCLUSIVE MODE;' >&3
for _ in $(seq 50); do
    [ "$(sql -c "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'plainhome.docs'::regclass")" = 1 ] && break
    sleep 0.1
done
report() { # report, what it must tell of
    local told
    told=$(sql -c "SET statement_timeout = '8s'" -c "SELECT count(*) FROM ($1) AS told" 2>&1) || { echo "ATTACK SUCCEEDED: $1 is stopped: $told"; exit 1; }
    grep -qE "$2" <<<"$told" || { echo "ATTACK SUCCEEDED: $1 does not tell of the table: $told"; exit 1; }
    grep -qE '^[0-9]+$' <<<"$told" || { echo "ATTACK WENT WRONG: $told"; exit 1; }
}
report 'SELECT FROM rowkit.deleted_records_summary()' 'rows of plainhome.docs were not counted'
report 'SELECT FROM rowkit.usage_drift()' 'counters of plainhome.accounts were not compared'
report "SELECT FROM rowkit.isolation_report() WHERE object_name = 'plainhome.docs' AND problem ~ 'locked'" '^1$'
