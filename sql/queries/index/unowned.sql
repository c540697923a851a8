-- The entries whose number no index has, by their records. Each number is looked up once, by the first key behind those of the number before: no byte behind a number is 255.
WITH RECURSIVE numbers AS (
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
SELECT entry.record_id, pg_catalog.count(*)
FROM numbers
JOIN @record_index@ AS entry
    ON entry.key OPERATOR(pg_catalog.>=) numbers.number AND entry.key OPERATOR(pg_catalog.<) (numbers.number OPERATOR(pg_catalog.||) '\xff'::pg_catalog.bytea)
WHERE NOT EXISTS (SELECT FROM @table_indexes@ AS index WHERE pg_catalog.int8send(index.number) OPERATOR(pg_catalog.=) numbers.number)
GROUP BY numbers.number, entry.record_id
