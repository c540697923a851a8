-- The references that gave way to a deletion, for its restore.
INSERT INTO @references@ (deletion_id, relation, foreign_key, row_key, held, left_as)
SELECT $1, $2, $3, before.row_key, before.held, after.left_as
FROM ROWS FROM (pg_catalog.jsonb_array_elements($4), pg_catalog.jsonb_array_elements($5)) AS before(row_key, held)
JOIN ROWS FROM (pg_catalog.jsonb_array_elements($6), pg_catalog.jsonb_array_elements($7)) AS after(row_key, left_as)
    ON before.row_key OPERATOR(pg_catalog.=) after.row_key
