UPDATE @table_columns@ AS definition
SET name = $3
WHERE definition.table_id OPERATOR(pg_catalog.=) $1 AND definition.name OPERATOR(pg_catalog.=) $2
RETURNING definition.id
