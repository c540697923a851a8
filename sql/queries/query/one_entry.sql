-- A record with an entry in some ranges of keys.
SELECT found.record_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS range(lower, upper)
CROSS JOIN LATERAL (
    SELECT entry.record_id FROM @record_index@ AS entry
    WHERE entry.key OPERATOR(pg_catalog.>=) range.lower AND entry.key OPERATOR(pg_catalog.<) range.upper
    LIMIT 1
) AS found
LIMIT 1
