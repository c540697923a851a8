-- The indexes of a table ($1).
SELECT index.id, index.number, index.columns, index.form, index.state OPERATOR(pg_catalog.=) 'ready', index.is_automatic
FROM @table_indexes@ AS index
WHERE index.table_id OPERATOR(pg_catalog.=) $1
ORDER BY index.number USING OPERATOR(pg_catalog.<)
