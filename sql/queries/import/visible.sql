-- Of these records of a table those that the caller sees.
SELECT record.id
FROM @records@ AS record
WHERE (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE AND record.id OPERATOR(pg_catalog.=) ANY ($2) @live@
