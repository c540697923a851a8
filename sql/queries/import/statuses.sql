-- Adds statuses to a table, behind those that it has.
INSERT INTO @statuses@ AS made (table_id, name, position)
SELECT $1, given.name, last.position OPERATOR(pg_catalog.+) given.place
FROM pg_catalog.unnest($2) WITH ORDINALITY AS given(name, place)
CROSS JOIN (
    SELECT coalesce(pg_catalog.max(known.position), 0) AS position FROM @statuses@ AS known WHERE known.table_id OPERATOR(pg_catalog.=) $1
) AS last
ON CONFLICT DO NOTHING
RETURNING made.id
