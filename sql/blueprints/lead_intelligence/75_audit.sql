-- Who changed what: audit_logs, in parts by month, of what members write. Counters and times of runs stay out of it; credits have their ledger.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'workspace_id');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.workspaces$rowkit$::regclass, '{updated_at,current_query_count}'::text[], 'id'),
    ($rowkit$@schema@.users$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.queries$rowkit$, '{updated_at,lead_count,leads_this_week,leads_week,last_run_at,next_run_at}', NULL),
    ($rowkit$@schema@.leads$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.saved_searches$rowkit$, '{updated_at,last_run_at,next_run_at}', NULL),
    ($rowkit$@schema@.saved_people_searches$rowkit$, '{updated_at,last_run_at,next_run_at}', NULL),
    ($rowkit$@schema@.export_jobs$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.integrations$rowkit$, '{updated_at,last_synced_at}', NULL),
    ($rowkit$@schema@.stripe_customers$rowkit$, '{updated_at}', NULL)
) AS audited(name, ignore, tenant_from);
