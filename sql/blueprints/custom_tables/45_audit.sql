-- Who changed what: audit_logs, in parts by month, of everything that members write. What follows from it stays out: schema, search_vector.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'organization_id');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.organizations$rowkit$::regclass, '{updated_at,current_table_count}'::text[], 'id'),
    ($rowkit$@schema@.user_organizations$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.tables$rowkit$, '{updated_at,schema}', NULL),
    ($rowkit$@schema@.table_columns$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.table_statuses$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.records$rowkit$, '{updated_at,search_vector}', NULL)
) AS audited(name, ignore, tenant_from);
