-- The last time that a column ($1) of a table ($2) was deleted, unless it was restored since. Another table may have a column of that id by now, and values of
-- another type than $3 are none of a column that was made anew under the id.
SELECT change.id, change.definition OPERATOR(pg_catalog.->>) 'name'
FROM @changes@ AS change
WHERE change.column_id OPERATOR(pg_catalog.=) $1 AND change.table_id OPERATOR(pg_catalog.=) $2
    AND change.kind OPERATOR(pg_catalog.=) 'delete' AND change.restored_at IS NULL
    AND (change.definition OPERATOR(pg_catalog.->>) 'type') OPERATOR(pg_catalog.=) ($3::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'type')
ORDER BY change.id USING OPERATOR(pg_catalog.>)
LIMIT 1
FOR UPDATE
