INSERT INTO @links@ (organization_id, column_id, record_id, to_id, position)
SELECT input.organization_id, input.column_id, input.record_id, input.to_id, input.position::pg_catalog.int4
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5))
    AS input(organization_id, column_id, record_id, to_id, position)
-- Stored before it was checked, a list may name a record twice.
ON CONFLICT DO NOTHING
