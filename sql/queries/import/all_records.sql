-- All records of a table.
SELECT record.id, record.data, record.name, record.email, record.company, record.status
FROM @records@ AS record
WHERE record.table_id OPERATOR(pg_catalog.=) $1 @live@
