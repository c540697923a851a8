-- Lists of a column ($1, with the id $2) name records again, each at its place among those that are there.
WITH back AS (
    SELECT input.record_id, pg_catalog.array_agg(input.to_id) AS ids
    FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) AS input(record_id, to_id)
    GROUP BY input.record_id
), changed AS (
    UPDATE @records@ AS target
    SET data = pg_catalog.jsonb_set(target.data, ARRAY[$1], (
        SELECT pg_catalog.jsonb_agg(item.value ORDER BY item.position, item.place)
        FROM (
            SELECT element.value, element.place, COALESCE(link.position, element.place OPERATOR(pg_catalog.-) 1) AS position
            FROM pg_catalog.jsonb_array_elements(
                CASE WHEN pg_catalog.jsonb_typeof(target.data OPERATOR(pg_catalog.->) $1) OPERATOR(pg_catalog.=) 'array'
                THEN target.data OPERATOR(pg_catalog.->) $1 ELSE '[]' END
            ) WITH ORDINALITY AS element(value, place)
            LEFT JOIN @links@ AS link
                ON link.record_id OPERATOR(pg_catalog.=) target.id AND link.column_id OPERATOR(pg_catalog.=) $2
                AND link.to_id::pg_catalog.text OPERATOR(pg_catalog.=) pg_catalog.lower(element.value OPERATOR(pg_catalog.#>>) '{}')
            UNION ALL
            SELECT pg_catalog.to_jsonb(link.to_id), 0, link.position
            FROM @links@ AS link
            WHERE link.record_id OPERATOR(pg_catalog.=) target.id AND link.column_id OPERATOR(pg_catalog.=) $2
                AND link.to_id OPERATOR(pg_catalog.=) ANY (back.ids)
        ) AS item))
    FROM back
    WHERE target.id OPERATOR(pg_catalog.=) back.record_id
    RETURNING target.id, back.ids
)
SELECT changed.id, named.id FROM changed CROSS JOIN LATERAL pg_catalog.unnest(changed.ids) AS named(id)
