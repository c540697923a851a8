DELETE FROM @links@ AS link
USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS input(from_id, column_id)
WHERE link.from_id OPERATOR(pg_catalog.=) input.from_id AND link.column_id OPERATOR(pg_catalog.=) input.column_id
