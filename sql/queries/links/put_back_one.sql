-- A column ($1) names a record again, where it names none now.
WITH back AS (
    SELECT DISTINCT ON (input.record_id) input.record_id, input.to_id
    FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) WITH ORDINALITY AS input(record_id, to_id, place)
    WHERE $2 IS NOT NULL
    ORDER BY input.record_id, input.place
)
UPDATE @records@ AS target
SET data = target.data OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object($1, back.to_id)
FROM back
WHERE target.id OPERATOR(pg_catalog.=) back.record_id AND COALESCE(target.data OPERATOR(pg_catalog.->>) $1, '') OPERATOR(pg_catalog.=) ''
RETURNING target.id, back.to_id
