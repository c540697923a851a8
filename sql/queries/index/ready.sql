-- All entries of an index ($1) are there.
UPDATE @table_indexes@ AS index SET state = 'ready', built_to_at = NULL, built_to_id = NULL, left_over = '{}' WHERE index.id OPERATOR(pg_catalog.=) $1
