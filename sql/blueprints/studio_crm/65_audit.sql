-- Who changed what: audit_logs, in parts by month, of all tables. Hashes, counters and what follows from other columns stay out of it. Where messages,
-- submissions or runs come in great numbers, rowkit.disable_audit() ends their part of it.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'organization_id');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, redact => audited.redact, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.organizations$rowkit$::regclass, '{updated_at}'::text[], NULL::text[], 'id'),
    ($rowkit$@schema@.auth_users$rowkit$, '{updated_at}', NULL, NULL),
    ($rowkit$@schema@.client_invitations$rowkit$, '{updated_at}', '{invitation_token}', NULL),
    ($rowkit$@schema@.clients$rowkit$, '{updated_at,last_login_at,search_vector}', '{password_hash}', NULL),
    ($rowkit$@schema@.leads$rowkit$, '{updated_at,search_vector}', NULL, NULL),
    ($rowkit$@schema@.workflows$rowkit$, '{updated_at,total_executions,successful_executions,failed_executions,last_run_at}', NULL, NULL),
    ($rowkit$@schema@.workflow_executions$rowkit$, '{updated_at}', NULL, NULL),
    ($rowkit$@schema@.forms$rowkit$, '{updated_at,submission_count,last_submission_at}', NULL, NULL),
    ($rowkit$@schema@.message_templates$rowkit$, '{updated_at,usage_count,last_used_at}', NULL, NULL),
    ($rowkit$@schema@.messages$rowkit$, '{updated_at,search_vector}', NULL, NULL),
    ($rowkit$@schema@.form_submissions$rowkit$, '{updated_at}', NULL, NULL)
) AS audited(name, ignore, redact, tenant_from);
