-- How many records have entries of an index in some ranges of keys, counted to $3: an element of a list is an entry, so a record may have several.
SELECT pg_catalog.count(*)
FROM (
    SELECT DISTINCT entry.record_id
    FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS range(lower, upper)
    JOIN @record_index@ AS entry ON entry.key OPERATOR(pg_catalog.>=) range.lower AND entry.key OPERATOR(pg_catalog.<) range.upper
    LIMIT $3
) AS counted
