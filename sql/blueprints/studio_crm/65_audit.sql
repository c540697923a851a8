-- Who changed what: audit_logs, in parts by month, of what staff and clients keep. Messages, submissions and runs are left out: they come in great
-- numbers, each is an event with its own time already, and what is deleted with them is not in the log. Hashes and counters stay out of it.

SELECT count(*) FROM rowkit.enable_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'organization_id');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, redact => audited.redact, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.organizations$rowkit$::regclass, '{updated_at}'::text[], NULL::text[], 'id'),
    ($rowkit$@schema@.auth_users$rowkit$, '{updated_at}', NULL, NULL),
    ($rowkit$@schema@.client_invitations$rowkit$, '{updated_at}', '{invitation_token}', NULL),
    ($rowkit$@schema@.clients$rowkit$, '{updated_at,last_login_at}', '{password_hash}', NULL),
    ($rowkit$@schema@.leads$rowkit$, '{updated_at}', NULL, NULL),
    ($rowkit$@schema@.workflows$rowkit$, '{updated_at,total_executions,successful_executions,failed_executions,last_run_at}', NULL, NULL),
    ($rowkit$@schema@.forms$rowkit$, '{updated_at,submission_count,last_submission_at}', NULL, NULL),
    ($rowkit$@schema@.message_templates$rowkit$, '{updated_at,usage_count,last_used_at}', NULL, NULL)
) AS audited(name, ignore, redact, tenant_from);
