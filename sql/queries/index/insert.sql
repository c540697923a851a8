-- Entries in the order of their keys, so that neighbours meet on one page.
INSERT INTO @record_index@ (key, record_id, organization_id)
SELECT input.key, input.record_id, input.organization_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS input(key, record_id, organization_id)
ON CONFLICT DO NOTHING
