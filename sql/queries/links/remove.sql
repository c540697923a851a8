DELETE FROM @links@ AS link
USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS input(record_id, column_id)
WHERE link.record_id OPERATOR(pg_catalog.=) input.record_id AND link.column_id OPERATOR(pg_catalog.=) input.column_id
