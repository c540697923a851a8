-- How many records of a table ($1) the caller sees, counted to a limit.
SELECT pg_catalog.count(*)
FROM (
    SELECT FROM @records@ AS record
    WHERE record.table_id OPERATOR(pg_catalog.=) $1 @live@ @condition@
    @limit@
) AS found
