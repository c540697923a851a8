-- Removes up to $1 entries whose number no index has, such as those that a restore with triggers disabled left.
WITH RECURSIVE @numbers@, unowned AS (
    SELECT entry.key, entry.record_id
    FROM numbers
    JOIN @record_index@ AS entry
        ON entry.key OPERATOR(pg_catalog.>=) numbers.number AND entry.key OPERATOR(pg_catalog.<) (numbers.number OPERATOR(pg_catalog.||) '\xff'::pg_catalog.bytea)
    WHERE NOT EXISTS (SELECT FROM @table_indexes@ AS index WHERE pg_catalog.int8send(index.number) OPERATOR(pg_catalog.=) numbers.number)
    LIMIT $1
)
DELETE FROM @record_index@ AS entry
USING unowned
WHERE entry.key OPERATOR(pg_catalog.=) unowned.key AND entry.record_id OPERATOR(pg_catalog.=) unowned.record_id
