-- How far the entries of an index ($1) are built: to a record ($2, $3), but for some ($4).
UPDATE @table_indexes@ AS index SET built_to_at = $2, built_to_id = $3, left_over = $4 WHERE index.id OPERATOR(pg_catalog.=) $1
