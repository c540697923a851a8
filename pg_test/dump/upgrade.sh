#!/usr/bin/env bash
# pg_upgrade of a database with the five blueprints, from the server of ROWKIT_OLD_BIN to this one: the same rows, rules that hold, counters that count.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./server.sh
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
    ! "$1/initdb" --help | grep -q -- --no-data-checksums || options=(--no-data-checksums)
    as_server "$1/initdb" -D "$2" -U rowkit -A trust -E UTF8 --locale=C.UTF-8 -N "${options[@]}" >/dev/null
}
start() { as_server "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w start -o "-k $home -p $PGPORT -c listen_addresses='' -c fsync=off" >/dev/null; }
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
refused() { # sqlstate command
    local said
    said=$(psql -XAtq -v VERBOSITY=sqlstate -c "$2" 2>&1) && { echo "accepted: $2"; return 1; }
    [[ $said = *"$1"* ]] || { echo "$said: $2"; return 1; }
}
user() { # a statement of Ann's, as PostgREST would send it
    sql "BEGIN; SET LOCAL ROLE authenticated; SET LOCAL request.jwt.claims = '{\"sub\": \"$ann\"}'; $1; COMMIT"
}
one=00000000-0000-4000-8000-000000000001 ann=00000000-0000-4000-8000-0000000000a1

make "$ROWKIT_OLD_BIN" "$home/data"
start
psql -Xq -d postgres -c 'CREATE DATABASE five'
psql -XAtq -v ON_ERROR_STOP=1 -v one=$one -v ann=$ann <<'SQL' >"$home/made"
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
CREATE EXTENSION rowkit;
SELECT (SELECT count(*) FROM rowkit.install_blueprint(name, name)) FROM rowkit.blueprints();
SELECT format('GRANT USAGE ON SCHEMA %I TO authenticated', name) FROM rowkit.blueprints() \gexec
SELECT DISTINCT format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO authenticated', schemaname, tablename)
FROM pg_policies WHERE tablename NOT LIKE 'audit%' \gexec
SET search_path = custom_tables;
INSERT INTO organizations (id, name) VALUES (:'one', 'Acme');
INSERT INTO users (id, email) VALUES (:'ann', 'ann@example.com');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES (:'ann', :'one', 'owner');
INSERT INTO tables (id, organization_id, name, unknown_keys) VALUES (:'one', :'one', 'People', 'strict');
INSERT INTO table_columns (table_id, name, type, is_unique) VALUES (:'one', 'email', 'email', true), (:'one', 'n', 'autonumber', false);
INSERT INTO records (table_id, name, email) SELECT :'one', '佐藤', n || '@example.com' FROM generate_series(1, 20) AS n;
SET search_path = customer_accounts;
INSERT INTO customer_accounts (company_name, customer_type, created_by) VALUES ('Acme', 'Commercial', :'ann');
INSERT INTO customer_contacts (customer_account_id, contact_name, phone, created_by) SELECT id, 'Ann', '03-1234-5678', :'ann' FROM customer_accounts;
SET search_path = lead_intelligence;
INSERT INTO workspaces (id, name, max_queries) VALUES (:'one', 'Acme', 2);
INSERT INTO users (workspace_id, auth_user_id, email, role) VALUES (:'one', :'ann', 'ann@example.com', 'owner');
INSERT INTO queries (id, workspace_id, name) VALUES (:'one', :'one', 'Banks');
INSERT INTO leads (query_id, company_name) SELECT :'one', 'Company ' || n FROM generate_series(1, 20) AS n;
SELECT rowkit.grant_credits(:'one'::uuid, 10, credits => 'lead_intelligence.credit_accounts'), record_credit_usage(:'one', 3, 'export');
SET search_path = data_catalog, rowkit;
INSERT INTO accounts (id, name) VALUES (:'one', 'Acme');
INSERT INTO users (id, email) VALUES (:'ann', 'ann@example.com');
INSERT INTO account_users (account_id, user_id, role) VALUES (:'one', :'ann', 'owner');
INSERT INTO projects (id, account_id, name) VALUES (:'one', :'one', 'Sales'), (:'ann', :'one', 'Deleted');
SELECT soft_delete('projects', :'ann'::uuid);
SET search_path = studio_crm;
INSERT INTO organizations (id, name) VALUES (:'one', 'Acme');
INSERT INTO auth_users (organization_id, auth_id, email, role) VALUES (:'one', :'ann', 'ann@example.com', 'owner');
INSERT INTO workflows (id, organization_id, name, trigger_type, nodes) VALUES (:'one', :'one', 'Welcome', 'manual', '[{"id": "a"}]');
INSERT INTO workflow_executions (workflow_id, status) SELECT :'one', 'completed' FROM generate_series(1, 20);
SQL
# What must be the same: every row of every table. Reports come after the rows; there is nothing to report.
state() {
    psql -XAtq -v ON_ERROR_STOP=1 <<'SQL' >"$1"
SELECT format('SELECT %L, count(*), md5(string_agg(row::text, '','' ORDER BY row::text COLLATE "C")) FROM %s AS row', class.oid::regclass, class.oid::regclass)
FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = relnamespace AND nspname IN (SELECT name FROM rowkit.blueprints())
WHERE relkind = 'r' ORDER BY class.oid::regclass::text COLLATE "C" \gexec
SELECT * FROM rowkit.isolation_report();
SELECT *
FROM unnest('{data_catalog.accounts,lead_intelligence.workspaces,lead_intelligence.queries,studio_crm.workflows,studio_crm.forms}'::regclass[]) AS owner(name),
    rowkit.usage_drift(owner.name);
SQL
}
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
[ "$(wc -l <"$home/before")" -gt 60 ]
diff "$home/before" "$home/after"
tail -n 1 "$home/after" | grep -q '^studio_crm\.'

# Ann goes on; what was refused is refused.
user "INSERT INTO custom_tables.records (table_id, name, email) VALUES ('$one', '鈴木', 'new@example.com')"
[ "$(user "SELECT data FROM custom_tables.records WHERE email = 'new@example.com'")" = '{"n": 21}' ]
[ "$(user "SELECT count(*) FROM rowkit.search_records('$one', '佐藤', 50, records => 'custom_tables.records')")" = 20 ]
[ "$(user 'SELECT count(*) FROM customer_accounts.customer_contacts')" = 1 ]
user "INSERT INTO lead_intelligence.leads (query_id, company_name) VALUES ('$one', 'New')"
[ "$(sql 'SELECT lead_count FROM lead_intelligence.queries')" = 21 ]
user "UPDATE data_catalog.projects SET name = 'Sales, Europe' WHERE id = '$one'"
[ "$(sql "SELECT count(*) FROM data_catalog.audit_logs WHERE table_name = 'projects' AND action = 'UPDATE' AND user_id = '$ann'")" = 1 ]
[ "$(sql "SET search_path = data_catalog; SELECT rowkit.restore_deleted('projects', '$ann'::uuid)")" = t ]
[ "$(sql 'SELECT current_project_count FROM data_catalog.accounts')" = 2 ]
sql "INSERT INTO studio_crm.workflow_executions (workflow_id, status) VALUES ('$one', 'failed')"
[ "$(user 'SELECT total_executions, failed_executions FROM studio_crm.workflows')" = '21|1' ]
refused 23505 "INSERT INTO custom_tables.records (table_id, email) VALUES ('$one', '1@EXAMPLE.com')"
refused 23514 "INSERT INTO custom_tables.records (table_id, data) VALUES ('$one', '{\"unknown\": 1}')"
refused 53400 "INSERT INTO lead_intelligence.queries (workspace_id, name) VALUES ('$one', 'b'), ('$one', 'c')"
refused 53400 "SELECT lead_intelligence.record_credit_usage('$one', 8, 'export')"
refused 23514 "UPDATE studio_crm.workflows SET nodes = '[{}]'"
[ "$(sql "SELECT count(*) FROM custom_tables.records")" = 21 ]
for relation in custom_tables.records data_catalog.projects lead_intelligence.leads studio_crm.clients; do
    [ "$(sql "SELECT count(*) > 10, bool_and(is_right) FROM rowkit.prove_isolation('$relation')")" = 't|t' ] || { echo "$relation is not isolated"; exit 1; }
done
