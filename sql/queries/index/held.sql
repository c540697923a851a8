-- Those of some records of a table ($1) that nobody is changing, held until the transaction ends, so that no key is written that they no longer have.
SELECT record.id, record.organization_id, record.data, record.name, record.email, record.company, record.status
FROM @records@ AS record
WHERE record.id OPERATOR(pg_catalog.=) ANY ($2) AND (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE @live@
FOR SHARE OF record SKIP LOCKED
