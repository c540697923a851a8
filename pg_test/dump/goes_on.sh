# Sourced by blueprints.sh and upgrade.sh: what must work in PGDATABASE, which holds the rows of fill.sql on another server by now.
one=00000000-0000-4000-8000-000000000001 two=00000000-0000-4000-8000-000000000002
ann=00000000-0000-4000-8000-0000000000a1 eve=00000000-0000-4000-8000-0000000000e1

sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
by() { # who, statement: as PostgREST would send it
    sql "BEGIN; SET LOCAL ROLE authenticated; SET LOCAL request.jwt.claims = '{\"sub\": \"$1\"}'; $2; COMMIT"
}
answers() { # what is wanted, command…
    local said
    said=$("${@:2}") || { echo "failed: ${*:2}"; return 1; }
    [ "$said" = "$1" ] || { echo "$said, not $1: ${*:2}"; return 1; }
}
refused() { # sqlstate statement
    local said
    said=$(psql -XAtq -v VERBOSITY=sqlstate -c "$2" 2>&1) && { echo "accepted: $2"; return 1; }
    [[ $said = *"$1"* ]] || { echo "$said, not $1: $2"; return 1; }
}

# No foreign key of custom_tables gives way to a soft delete.
reported() { psql -XAtq -v ON_ERROR_STOP=1 -f state.sql | sed -E '/^[a-z_]+\.[a-z_]+\|[1-9]|^sequence\||^custom_tables.deletion_references\|0\|$/d'; }
state() { # file: what state.sql tells. Every table has rows.
    psql -XAtq -v ON_ERROR_STOP=1 -f state.sql >"$1"
    [ "$(wc -l <"$1")" -gt 75 ]
    answers '' reported
}

goes_on() {
    # Ann goes on, and everything counts.
    by $ann "INSERT INTO custom_tables.records (table_id, name, email) VALUES ('$one', '鈴木', 'new@example.com')"
    answers '{"n": 21, "amount": 1.10}' by $ann "SELECT data FROM custom_tables.records WHERE email = 'new@example.com'"
    answers 20 by $ann "SELECT count(*) FROM rowkit.search_records('$one', '佐藤', 50, records => 'custom_tables.records')"
    answers 1 by $ann "SELECT rowkit.restore_column(column_id, 'custom_tables.tables') FROM custom_tables.column_changes WHERE definition ->> 'name' = 'former'"
    answers kept by $ann "SELECT data ->> 'former' FROM custom_tables.records WHERE email = '2@example.com'"
    answers t by $ann "SELECT rowkit.restore_deleted('custom_tables.tables', '00000000-0000-4000-8000-0000000000c1'::uuid)"
    answers Deleted by $ann "SELECT name FROM custom_tables.records_active WHERE table_id = '00000000-0000-4000-8000-0000000000c1'"
    answers t by $ann "SELECT rowkit.soft_delete('custom_tables.records', id) FROM custom_tables.records WHERE email = '1@example.com'"
    answers f by $ann "SELECT data ? 'friend' FROM custom_tables.records WHERE email = '2@example.com'"
    # It is hidden from her, and listed for whoever may restore it.
    answers t by $ann "SELECT rowkit.restore_deleted('custom_tables.records', record_key => listed.record_key) FROM rowkit.deleted_rows('custom_tables.records') AS listed WHERE listed.record ->> 'email' = '1@example.com'"
    answers t by $ann "SELECT data ? 'friend' FROM custom_tables.records WHERE email = '2@example.com'"
    by $ann "INSERT INTO customer_accounts.customer_accounts (company_name, customer_type, created_by) VALUES ('New', 'Commercial', '$ann')"
    answers 'Ann' by $ann "SET LOCAL search_path = customer_accounts; SELECT row_data ->> 'contact_name' FROM rowkit.search_rows('customer_contacts', '0312345678')"
    by $ann "INSERT INTO lead_intelligence.leads (query_id, company_name) VALUES ('$one', 'New')"
    answers '21|21' by $ann 'SELECT lead_count, leads_this_week FROM lead_intelligence.queries'
    answers 'Cloud Security|50' by $ann "SELECT topic, (SELECT max(change_percent)::integer FROM lead_intelligence.trends) FROM lead_intelligence.search_topics('clou')"
    answers '7|6' sql "SELECT balance, (lead_intelligence.record_credit_usage('$one', 1, 'export') ->> 'balance') FROM lead_intelligence.workspace_credits WHERE workspace_id = '$one'"
    by $ann "UPDATE data_catalog.projects SET name = 'Sales, Europe' WHERE id = '$one'"
    answers 1 sql "SELECT count(*) FROM data_catalog.audit_logs WHERE table_name = 'projects' AND action = 'UPDATE' AND user_id = '$ann' AND new_data ->> 'name' = 'Sales, Europe'"
    answers 't' sql "SET search_path = data_catalog; SELECT rowkit.restore_deleted('projects', '$ann'::uuid)"
    answers 2 sql "SELECT current_project_count FROM data_catalog.accounts WHERE id = '$one'"
    answers 'sales' by $ann "SET LOCAL search_path = data_catalog; SELECT name FROM dataset_lineage('$one', 'downstream')"
    by $ann "INSERT INTO studio_crm.workflow_executions (workflow_id, status) VALUES ('$one', 'failed')"
    answers '21|20|1' by $ann 'SELECT total_executions, successful_executions, failed_executions FROM studio_crm.workflows'
    sql "SELECT studio_crm.submit_form('$one', '{\"email\": \"new@example.com\"}')" >/dev/null
    answers '2|1|{name}' by $ann 'SELECT submission_count, usage_count, variables FROM studio_crm.forms CROSS JOIN studio_crm.message_templates'
    answers kim@example.com sql "SELECT email FROM studio_crm.claim_invitation('token')"
    answers 0 sql "SELECT count(*) FROM studio_crm.claim_invitation('token')"

    # What was refused is refused.
    refused 23505 "INSERT INTO custom_tables.records (table_id, email) VALUES ('$one', '1@EXAMPLE.com')"
    refused 23514 "INSERT INTO custom_tables.records (table_id, data) VALUES ('$one', '{\"unknown\": 1}')"
    refused 23514 "UPDATE customer_accounts.customer_accounts SET billing_address = '{\"town\": 5}' WHERE billing_address IS NOT NULL"
    refused 23505 "INSERT INTO customer_accounts.customer_contacts (customer_account_id, contact_name, email) VALUES (1, 'Twin', 'ANN@example.com')"
    refused 53400 "INSERT INTO lead_intelligence.queries (workspace_id, name) VALUES ('$one', 'b'), ('$one', 'c')"
    refused 53400 "SELECT lead_intelligence.record_credit_usage('$one', 8, 'export')"
    refused 23505 "INSERT INTO lead_intelligence.global_topics (topic) VALUES ('cloud security')"
    refused 55000 "UPDATE lead_intelligence.credit_entries SET amount = 1"
    refused 53400 "INSERT INTO data_catalog.projects (account_id, name) VALUES ('$one', 'c'), ('$one', 'd')"
    refused 23514 "UPDATE studio_crm.workflows SET nodes = '[{}]'"
    refused 23514 "SELECT studio_crm.submit_form('$one', '{}')"

    # Eve sees hers alone; and tenant tables stand every attempt: all of them, or, as that takes most of the time, one of each blueprint that has tenants.
    local proved=true counted=71 least=3000
    if [ "${1:-}" = sample ]; then
        proved="class.oid::regclass::text IN ('custom_tables.records', 'lead_intelligence.leads', 'data_catalog.projects', 'studio_crm.clients')"
        counted=4 least=200
    fi
    answers '1|1|1|1|1' by $eve "SELECT (SELECT count(*) FROM custom_tables.records), (SELECT count(*) FROM customer_accounts.customer_contacts),
        (SELECT count(*) FROM lead_intelligence.leads), (SELECT count(*) FROM data_catalog.projects), (SELECT count(*) FROM studio_crm.clients)"
    # The made-up table has no column that an index could be on.
    answers "$counted|t|t" sql "
        WITH given AS (SELECT '{\"custom_tables.table_columns\": {\"name\": \"canary\"}, \"data_catalog.accounts\": {\"max_users\": 100},
            \"data_catalog.source_control_commits\": {\"commit_sha\": \"0123456789abcdef0123456789abcdef01234567\"}}'::jsonb AS samples)
        SELECT count(DISTINCT relation), count(*) > $least, bool_and(proof.is_right)
        FROM (
            SELECT DISTINCT class.oid::regclass AS relation FROM pg_trigger JOIN pg_class AS class ON class.oid = tgrelid
            WHERE tgfoid = 'rowkit.guard_tenant'::regproc AND tgparentid = 0 AND $proved) AS isolated
        CROSS JOIN given
        CROSS JOIN rowkit.prove_isolation(isolated.relation, coalesce(given.samples -> isolated.relation::text, '{}'), given.samples) AS proof
        WHERE NOT (isolated.relation = 'custom_tables.table_indexes'::regclass AND proof.operation = 'INSERT' AND proof.target = 'own')
            AND NOT (isolated.relation::text LIKE 'custom_tables.import%' AND proof.operation IN ('INSERT', 'UPDATE') AND proof.target = 'own' AND proof.outcome = '42501')"
    # After all that, every counter is right.
    answers '' reported
    # The books are complete.
    answers '' sql 'SELECT made.* FROM rowkit.blueprints() CROSS JOIN rowkit.install_blueprint(blueprint, blueprint) AS made'
}
