-- Whether a table has a column of that name or id, and it is the one itself.
SELECT definition.id OPERATOR(pg_catalog.=) $3
FROM @table_columns@ AS definition
WHERE (definition.table_id OPERATOR(pg_catalog.=) $1 AND definition.name OPERATOR(pg_catalog.=) $2) OR definition.id OPERATOR(pg_catalog.=) $3
LIMIT 1
