-- The numbers in the keys of all entries, each looked up once, by the first key behind those of the number before: no byte behind a number is 255.
numbers AS (
    (SELECT pg_catalog.substr(entry.key, 1, 8) AS number FROM @record_index@ AS entry ORDER BY entry.key USING OPERATOR(pg_catalog.<) LIMIT 1)
    UNION ALL
    SELECT (
        SELECT pg_catalog.substr(entry.key, 1, 8) FROM @record_index@ AS entry
        WHERE entry.key OPERATOR(pg_catalog.>) (numbers.number OPERATOR(pg_catalog.||) '\xff'::pg_catalog.bytea)
        ORDER BY entry.key USING OPERATOR(pg_catalog.<)
        LIMIT 1)
    FROM numbers
    WHERE numbers.number IS NOT NULL
)
