-- An index for a column ($2) of a table ($1) that says it is indexed.
INSERT INTO @table_indexes@ (organization_id, table_id, columns, is_automatic)
SELECT home.organization_id, home.id, pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('column', $2)), true
FROM @tables@ AS home
WHERE home.id OPERATOR(pg_catalog.=) $1
RETURNING id, number, columns, form, false, is_automatic
