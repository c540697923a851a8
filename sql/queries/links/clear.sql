-- Takes ids out of the values of a column.
UPDATE @records@ AS target
SET data = CASE
    WHEN pg_catalog.jsonb_typeof(target.data OPERATOR(pg_catalog.->) $1) OPERATOR(pg_catalog.=) 'array' THEN pg_catalog.jsonb_set(
        target.data, ARRAY[$1], COALESCE((
            SELECT pg_catalog.jsonb_agg(item.value ORDER BY item.place)
            FROM pg_catalog.jsonb_array_elements(target.data OPERATOR(pg_catalog.->) $1) WITH ORDINALITY AS item(value, place)
            WHERE COALESCE(pg_catalog.lower(item.value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.<>) ALL (cleared.ids), true)
        ), '[]'))
    ELSE target.data OPERATOR(pg_catalog.-) $1
END
FROM (
    SELECT input.record_id, pg_catalog.array_agg(input.to_id::pg_catalog.text) AS ids
    FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS input(record_id, to_id)
    GROUP BY input.record_id
) AS cleared
WHERE target.id OPERATOR(pg_catalog.=) cleared.record_id
    AND (pg_catalog.jsonb_typeof(target.data OPERATOR(pg_catalog.->) $1) OPERATOR(pg_catalog.=) 'array'
        OR pg_catalog.lower(target.data OPERATOR(pg_catalog.->>) $1) OPERATOR(pg_catalog.=) ANY (cleared.ids))
