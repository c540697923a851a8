-- Adds columns to a table, behind those that it has.
INSERT INTO @columns@ AS made (table_id, name, label, type, options, position)
SELECT $1, given.name, given.label, given.type, given.options, last.position OPERATOR(pg_catalog.+) given.place
FROM ROWS FROM (pg_catalog.jsonb_to_recordset($2) AS (name text, label text, type text, options jsonb)) WITH ORDINALITY AS given(name, label, type, options, place)
CROSS JOIN (
    SELECT coalesce(pg_catalog.max(known.position), 0) AS position FROM @columns@ AS known WHERE known.table_id OPERATOR(pg_catalog.=) $1
) AS last
ON CONFLICT DO NOTHING
RETURNING made.id
