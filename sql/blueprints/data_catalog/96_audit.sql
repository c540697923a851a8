-- Who changed what: audit_logs, in parts by month, of the tables that hold rights, money and secrets, and of those that people edit together.
-- Hashes, secrets and counters stay out of it.

SELECT count(*) FROM rowkit.enable_audit_log(
    (SELECT namespace.nspname FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
     WHERE class.oid = $rowkit$@schema@.accounts$rowkit$::regclass), 'account_id');
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
