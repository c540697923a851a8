-- Removes records of a table.
DELETE FROM @records@ AS record
WHERE (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE AND record.id OPERATOR(pg_catalog.=) ANY ($2)
RETURNING record.id
