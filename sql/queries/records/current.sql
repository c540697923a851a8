-- Some records, whole, as they are now.
SELECT whole_record FROM @records@ AS whole_record WHERE whole_record.id OPERATOR(pg_catalog.=) ANY ($1)
