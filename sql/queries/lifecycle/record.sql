INSERT INTO @deletions@ (id, table_name, record_keys, deleted_by, reason, counts)
VALUES ($1, $2, $3, $4, $5, $6::pg_catalog.text::pg_catalog.jsonb)
