INSERT INTO @log@ (
    id, @tenant@user_id, action, table_name, record_id, new_record_id, row_count, old_data, new_data, ip_address, database_role,
    transaction_id, statement, created_at)
SELECT
    event.id, event.tenant@tenant_type@$2, $3, $4, event.record_id, event.new_record_id, 1, event.old_data, event.new_data,
    COALESCE($5::pg_catalog.inet, pg_catalog.inet_client_addr()), $6, $7, $8, $9
FROM ROWS FROM (
    pg_catalog.unnest($1), pg_catalog.unnest($10), pg_catalog.unnest($11), pg_catalog.unnest($12), pg_catalog.unnest($13),
    pg_catalog.unnest($14)
) AS event(id, tenant, record_id, new_record_id, old_data, new_data)
