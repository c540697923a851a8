-- A common field, of the name $1, names a record again, where it names none now.
WITH back AS (
    SELECT DISTINCT ON (input.record_id) input.record_id, input.to_id
    FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) WITH ORDINALITY AS input(record_id, to_id, place)
    WHERE $1 IS NOT NULL AND $2 IS NOT NULL
    ORDER BY input.record_id, input.place
)
UPDATE @records@ AS target
SET @column@ = back.to_id::pg_catalog.text
FROM back
WHERE target.id OPERATOR(pg_catalog.=) back.record_id AND COALESCE(target.@column@, '') OPERATOR(pg_catalog.=) ''
RETURNING target.id, back.to_id
