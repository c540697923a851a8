-- References that were cleared, and may come back.
UPDATE @links@ AS link
SET cleared_at = pg_catalog.now()
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS input(record_id, column_id, to_id)
WHERE link.record_id OPERATOR(pg_catalog.=) input.record_id AND link.column_id OPERATOR(pg_catalog.=) input.column_id
    AND link.to_id OPERATOR(pg_catalog.=) input.to_id
