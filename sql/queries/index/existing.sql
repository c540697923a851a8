-- Those of some records of a table ($1) that are there.
SELECT record.id FROM @records@ AS record WHERE record.id OPERATOR(pg_catalog.=) ANY ($2) AND (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE @live@
