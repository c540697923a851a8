-- How many records of a table ($1) the caller sees, counted to $2.
SELECT pg_catalog.count(*)
FROM (
    SELECT FROM @records@ AS record
    WHERE record.table_id OPERATOR(pg_catalog.=) $1 @live@ @condition@
    LIMIT $2
) AS found
