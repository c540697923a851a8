-- The references that gave way to a deletion, of rows that are known by all that they hold.
INSERT INTO @references@ (deletion_id, table_name, foreign_key, record_key, held, left_as)
SELECT $1, $2, $3, changed.image, changed.held, changed.left_as
FROM ROWS FROM (pg_catalog.jsonb_array_elements($4), pg_catalog.jsonb_array_elements($5), pg_catalog.jsonb_array_elements($6)) AS changed(image, held, left_as)
