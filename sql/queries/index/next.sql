-- The next $4 records of a table ($1) below a place ($2, $3), the newest first.
SELECT record.id, record.created_at
FROM @records@ AS record
WHERE record.table_id OPERATOR(pg_catalog.=) $1
    AND ROW(record.created_at, record.id) OPERATOR(pg_catalog.<) ROW($2, $3) @live@
ORDER BY record.created_at DESC, record.id DESC
LIMIT $4
