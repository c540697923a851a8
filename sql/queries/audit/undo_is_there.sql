-- The row, unless it was deleted softly: by itself, or in this transaction.
SELECT
FROM @table@ AS target
WHERE @has_key@ AND (
    target.deletion_id IS NULL
    OR EXISTS (
        SELECT
        FROM @deletions@ AS deletion
        WHERE deletion.id OPERATOR(pg_catalog.=) target.deletion_id
            AND deletion.deleted_at OPERATOR(pg_catalog.<>) pg_catalog.now()
            AND NOT (deletion.table_name OPERATOR(pg_catalog.=) @relation@
                AND deletion.record_keys OPERATOR(pg_catalog.@>) pg_catalog.jsonb_build_array(@record_key@))))
