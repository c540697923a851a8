-- The references that gave way to a deletion, for its restore.
INSERT INTO @references@ (deletion_id, table_name, foreign_key, record_key, held, left_as)
SELECT $1, $2, $3, before.record_key, before.held, after.left_as
FROM ROWS FROM (pg_catalog.jsonb_array_elements($4), pg_catalog.jsonb_array_elements($5)) AS before(record_key, held)
JOIN ROWS FROM (pg_catalog.jsonb_array_elements($6), pg_catalog.jsonb_array_elements($7)) AS after(record_key, left_as)
    ON before.record_key OPERATOR(pg_catalog.=) after.record_key
