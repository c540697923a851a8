SELECT pg_catalog.count(*)
FROM @records@ AS record
WHERE record.table_id OPERATOR(pg_catalog.=) $1
    AND record.data OPERATOR(pg_catalog.?) $2
    AND record.data OPERATOR(pg_catalog.?) $3
