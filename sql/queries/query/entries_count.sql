-- How many entries an index has in some ranges of keys, counted to $3.
SELECT pg_catalog.count(*)
FROM (
    SELECT
    FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS range(lower, upper)
    CROSS JOIN LATERAL (
        SELECT FROM @record_index@ AS entry
        WHERE entry.key OPERATOR(pg_catalog.>=) range.lower AND entry.key OPERATOR(pg_catalog.<) range.upper
        LIMIT $3
    ) AS found
    LIMIT $3
) AS counted
