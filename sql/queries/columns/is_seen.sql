-- The column $2 of the table $1, as the caller sees it.
SELECT
FROM @table_columns@ AS definition
WHERE definition.table_id OPERATOR(pg_catalog.=) $1 AND definition.name OPERATOR(pg_catalog.=) $2
