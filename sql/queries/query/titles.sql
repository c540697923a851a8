-- The titles of records of a table ($1) that the caller sees.
SELECT record.id, record.name
FROM @records@ AS record
WHERE (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE AND record.id OPERATOR(pg_catalog.=) ANY ($2) @live@
