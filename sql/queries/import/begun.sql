-- The caller's import of a key.
SELECT import.id
FROM @imports@ AS import
WHERE import.table_id OPERATOR(pg_catalog.=) $1 AND import.idempotency_key OPERATOR(pg_catalog.=) $2
    AND NOT import.created_by IS DISTINCT FROM $3
