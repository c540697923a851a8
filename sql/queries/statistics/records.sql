-- Live records of a table ($1), newest first, by the index on (table_id, created_at, id): so many as are read at a time.
SELECT record.created_at, record.id, record.data, record.name, record.email, record.company, record.status
FROM @records@ AS record
WHERE record.table_id OPERATOR(pg_catalog.=) $1 @live@ @after@
ORDER BY record.created_at DESC, record.id DESC
LIMIT 1000
