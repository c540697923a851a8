-- Adds choices to a column.
UPDATE @columns@ AS edited
SET options = pg_catalog.jsonb_set(edited.options, '{choices}', coalesce(edited.options OPERATOR(pg_catalog.->) 'choices', '[]') OPERATOR(pg_catalog.||) $3)
WHERE edited.table_id OPERATOR(pg_catalog.=) $1 AND edited.name OPERATOR(pg_catalog.=) $2
RETURNING edited.id
