-- Who changed what: audit_logs, in parts by month. An event is of the customer that it happened to, as is one of its contacts.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'customer_account_id', 'bigint');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.customer_accounts$rowkit$::regclass, '{updated_at,updated_by,search_vector}'::text[], 'id'),
    ($rowkit$@schema@.customer_contacts$rowkit$, '{updated_at,updated_by,search_vector,phone_e164}', NULL)
) AS audited(name, ignore, tenant_from);
