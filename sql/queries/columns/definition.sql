-- The definition of a deleted column, its table and name.
SELECT change.definition::pg_catalog.text, change.table_id, change.definition OPERATOR(pg_catalog.->>) 'name'
FROM @changes@ AS change
WHERE change.column_id OPERATOR(pg_catalog.=) $1 AND change.kind OPERATOR(pg_catalog.=) 'delete' AND change.restored_at IS NULL
ORDER BY change.id USING OPERATOR(pg_catalog.>)
LIMIT 1
