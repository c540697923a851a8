-- How many records a table ($1) has, counted to $2.
SELECT pg_catalog.count(*)
FROM (
    SELECT FROM @records@ AS record WHERE record.table_id OPERATOR(pg_catalog.=) $1 @live@ LIMIT $2
) AS found
