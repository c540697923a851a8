INSERT INTO @log@ (
    id, @tenant@user_id, action, table_name, record_id, new_record_id, record_ids, row_count, old_data, new_data, deletion_id, ip_address,
    database_role, transaction, transaction_id, statement, created_at)
VALUES (
    $1, @tenant_value@$2, $3, $4, $11, $12, $13, $14, $15, $16, $17,
    COALESCE($5::pg_catalog.inet, pg_catalog.inet_client_addr()), $6, $18, $7, $8, $9)
