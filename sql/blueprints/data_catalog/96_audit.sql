-- Who made a row and who changed it last, by the claims: nobody signs for somebody else.
-- PL/pgSQL: the same DDL for each table.
DO $signed$
DECLARE
    signed regclass;
BEGIN
    FOREACH signed IN ARRAY ARRAY[
        $rowkit$@schema@.subscription_plans$rowkit$, $rowkit$@schema@.accounts$rowkit$, $rowkit$@schema@.users$rowkit$,
        $rowkit$@schema@.account_users$rowkit$, $rowkit$@schema@.projects$rowkit$, $rowkit$@schema@.workspaces$rowkit$,
        $rowkit$@schema@.project_users$rowkit$, $rowkit$@schema@.workspace_users$rowkit$, $rowkit$@schema@.source_control_commits$rowkit$,
        $rowkit$@schema@.connections$rowkit$, $rowkit$@schema@.connection_metadata_cache$rowkit$, $rowkit$@schema@.datasets$rowkit$,
        $rowkit$@schema@.columns$rowkit$, $rowkit$@schema@.lineage$rowkit$, $rowkit$@schema@.diagrams$rowkit$,
        $rowkit$@schema@.diagram_datasets$rowkit$, $rowkit$@schema@.workspace_datasets$rowkit$, $rowkit$@schema@.subscriptions$rowkit$,
        $rowkit$@schema@.payments$rowkit$, $rowkit$@schema@.usage_events$rowkit$, $rowkit$@schema@.invitations$rowkit$,
        $rowkit$@schema@.api_tokens$rowkit$, $rowkit$@schema@.configurations$rowkit$, $rowkit$@schema@.environments$rowkit$,
        $rowkit$@schema@.macros$rowkit$, $rowkit$@schema@.templates$rowkit$, $rowkit$@schema@.template_fragments$rowkit$]::regclass[]
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.set_row_actor()', rowkit_internal._quoted_name(signed));
    END LOOP;
END
$signed$;

-- Who changed what: audit_logs, in parts by month, of the tables that hold rights, money and secrets, and of those that people edit together.
-- Hashes, secrets and counters stay out of it.

SELECT count(*) FROM rowkit.enable_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'account_id');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, redact => audited.redact, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.accounts$rowkit$::regclass,
        '{updated_at,updated_by,current_user_count,current_project_count,current_dataset_count,current_monthly_ai_requests,current_storage_mb}'::text[], NULL::text[], 'id'),
    ($rowkit$@schema@.account_users$rowkit$, '{updated_at,updated_by}', NULL, NULL),
    ($rowkit$@schema@.projects$rowkit$, '{updated_at,updated_by}', '{source_control_access_token_encrypted}', NULL),
    ($rowkit$@schema@.project_users$rowkit$, '{updated_at,updated_by}', NULL, NULL),
    ($rowkit$@schema@.workspace_users$rowkit$, '{updated_at,updated_by}', NULL, NULL),
    ($rowkit$@schema@.connections$rowkit$, '{updated_at,updated_by}', '{password_encrypted}', NULL),
    ($rowkit$@schema@.datasets$rowkit$, '{updated_at,updated_by,search_vector}', NULL, NULL),
    ($rowkit$@schema@.subscriptions$rowkit$, '{updated_at,updated_by}', NULL, NULL),
    ($rowkit$@schema@.invitations$rowkit$, '{updated_at,updated_by}', '{token_hash}', NULL),
    ($rowkit$@schema@.api_tokens$rowkit$, '{updated_at,updated_by,last_used_at,last_used_ip,last_used_user_agent}', '{token_hash}', NULL)
) AS audited(name, ignore, redact, tenant_from);
