-- The tables of the records that a deletion ($1) took.
SELECT DISTINCT record.table_id FROM @records@ AS record WHERE record.deletion_id OPERATOR(pg_catalog.=) $1
