-- Some records, whole, as they are now.
SELECT record FROM @records@ AS record WHERE record.id OPERATOR(pg_catalog.=) ANY ($1)
