-- A new deletion, $2, for rows that stay deleted when $1 is restored.
INSERT INTO @deletions@ (id, table_name, record_keys, deleted_by, reason, counts, is_on_hold, deleted_at)
SELECT $2, $3, $4, deletion.deleted_by, deletion.reason,
    pg_catalog.jsonb_build_object($3, pg_catalog.jsonb_array_length($4)), deletion.is_on_hold, deletion.deleted_at
FROM @deletions@ AS deletion
WHERE deletion.id OPERATOR(pg_catalog.=) $1
