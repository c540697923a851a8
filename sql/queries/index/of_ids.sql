-- Some records ($2) of a table ($1), as an index reads them.
SELECT record.id, record.organization_id, record.data, record.name, record.email, record.company, record.status
FROM @records@ AS record
WHERE (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE AND record.id OPERATOR(pg_catalog.=) ANY ($2) @live@
