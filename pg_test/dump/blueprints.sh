#!/usr/bin/env bash
# Blueprints with rows in them, dumped and restored: the same database, with rules, counters and books that work on.
set -euo pipefail
dump=$(mktemp -d)
trap 'rm -rf "$dump"; psql -Xq -d postgres -c "DROP DATABASE IF EXISTS test_restored"' EXIT
sql() { psql -XAtq -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }
# What must fail, and with which SQLSTATE.
refused() { # database sqlstate command
    local said
    said=$(psql -XAtq -v VERBOSITY=sqlstate -d "$1" -c "$3" 2>&1) && { echo "accepted: $3"; return 1; }
    [[ $said = *"$2"* ]] || { echo "$said: $3"; return 1; }
}
a=00000000-0000-7000-8000-00000000000a b=00000000-0000-7000-8000-00000000000b

psql -Xq -v ON_ERROR_STOP=1 -v a=$a -v b=$b <<'SQL' >"$dump/log"
SELECT count(*) FROM rowkit.install_blueprint('lead_intelligence', 'lead');
SELECT count(*) FROM rowkit.install_blueprint('studio_crm', 'studio');
INSERT INTO lead.workspaces (id, name, max_queries) VALUES (:'a', 'Acme', 1);
INSERT INTO lead.users (id, workspace_id, auth_user_id, email) VALUES (:'b', :'a', :'b', 'ann@acme.example');
UPDATE lead.workspaces SET created_by = :'b';
INSERT INTO lead.global_topics (topic) VALUES ('Cloud Security');
INSERT INTO lead.queries (id, workspace_id, name) VALUES (:'b', :'a', 'Banks');
INSERT INTO lead.leads (query_id, company_name) SELECT :'b', 'Company ' || n FROM generate_series(1, 200) AS n;
SELECT rowkit.grant_credits(:'a'::uuid, 10, credits => 'lead.credit_accounts'), lead.record_credit_usage(:'a', 3, 'export');
INSERT INTO studio.organizations (id, name) VALUES (:'a', 'Acme');
INSERT INTO studio.client_invitations (organization_id, email, invitation_token) VALUES (:'a', 'ann@example.com', studio.hash_invitation_token('token'));
INSERT INTO studio.workflows (id, organization_id, name, trigger_type, nodes) VALUES (:'b', :'a', 'Welcome', 'manual', '[{"id": "a"}]');
INSERT INTO studio.workflow_executions (workflow_id, status) SELECT :'b', 'completed' FROM generate_series(1, 50);
INSERT INTO studio.forms (id, organization_id, name, fields) VALUES (:'b', :'a', 'Trial', '[{"name": "email", "type": "email", "required": true}]');
SELECT studio.submit_form(:'b', '{"email": "ann@example.com"}');
INSERT INTO studio.message_templates (organization_id, name, type, content) VALUES (:'a', 'Hi', 'sms', 'Hi {{name}}');
SQL
# \restrict carries a random key since the minor releases of August 2025.
contents() { pg_dump --restrict-key=fixed "$1" 2>/dev/null || pg_dump "$1" | sed '/^\\\(un\)\{0,1\}restrict/d'; }
pg_dump -Fc -f "$dump/archive" "$PGDATABASE"
sql postgres 'CREATE DATABASE test_restored TEMPLATE template0'
pg_restore -d test_restored --exit-on-error "$dump/archive"
diff <(contents "$PGDATABASE") <(contents test_restored)

# The books are complete, and the rules hold.
[ "$(sql test_restored "SELECT count(*) FROM rowkit.install_blueprint('lead_intelligence', 'lead')")" = 0 ]
[ "$(sql test_restored "SELECT count(*) FROM rowkit.install_blueprint('studio_crm', 'studio')")" = 0 ]
refused test_restored 53400 "INSERT INTO lead.queries (workspace_id, name) VALUES ('$a', 'Too many')"
refused test_restored 53400 "SELECT lead.record_credit_usage('$a', 8, 'export')"
refused test_restored 23505 "INSERT INTO lead.global_topics (topic) VALUES ('cloud security')"
refused test_restored 23514 "UPDATE studio.workflows SET nodes = '[{}]'"
refused test_restored 23514 "SELECT studio.submit_form('$b', '{}')"
[ "$(sql test_restored "SELECT topic FROM lead.search_topics('clou')")" = 'Cloud Security' ]
sql test_restored "INSERT INTO lead.leads (query_id) VALUES ('$b')"
[ "$(sql test_restored 'SELECT lead_count, leads_this_week FROM lead.queries')" = '201|201' ]
[ "$(sql test_restored 'SELECT total_executions, successful_executions, failed_executions FROM studio.workflows')" = '50|50|0' ]
[ "$(sql test_restored "SELECT email FROM studio.claim_invitation('token')")" = ann@example.com ]
[ "$(sql test_restored "SELECT count(*) FROM studio.claim_invitation('token')")" = 0 ]
[ "$(sql test_restored "SELECT variables FROM studio.message_templates")" = '{name}' ]
for blueprint in lead_intelligence/lead studio_crm/studio; do
    sql test_restored "SELECT count(*) FROM rowkit.uninstall_blueprint('${blueprint%/*}', '${blueprint#*/}', '${blueprint#*/}')" >/dev/null
done
[ "$(sql test_restored "SELECT concat(to_regnamespace('lead'), to_regnamespace('studio'))")" = '' ]
