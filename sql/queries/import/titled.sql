-- The records of a table that have one of these names.
SELECT record.name, record.id
FROM @records@ AS record
WHERE record.table_id OPERATOR(pg_catalog.=) $1 AND record.name OPERATOR(pg_catalog.=) ANY ($2) @live@
