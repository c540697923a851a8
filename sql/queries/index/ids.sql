-- The records of a table ($1), at most $2.
SELECT record.id FROM @records@ AS record WHERE record.table_id OPERATOR(pg_catalog.=) $1 @live@ LIMIT $2
