-- The entries whose number no index has, by their records.
WITH RECURSIVE @numbers@
SELECT entry.record_id, pg_catalog.count(*)
FROM numbers
JOIN @record_index@ AS entry
    ON entry.key OPERATOR(pg_catalog.>=) numbers.number AND entry.key OPERATOR(pg_catalog.<) (numbers.number OPERATOR(pg_catalog.||) '\xff'::pg_catalog.bytea)
WHERE NOT EXISTS (SELECT FROM @table_indexes@ AS index WHERE pg_catalog.int8send(index.number) OPERATOR(pg_catalog.=) numbers.number)
GROUP BY numbers.number, entry.record_id
