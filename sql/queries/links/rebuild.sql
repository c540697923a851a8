-- The references that the records of a table ($1) have stored in a column ($2, named $3) to the records of another table ($4).
INSERT INTO @links@ (organization_id, column_id, record_id, to_id, position)
SELECT found.organization_id, $2, found.id, found.to_id, found.position
FROM (
    SELECT
        record.organization_id, record.id, item.position::pg_catalog.int4 OPERATOR(pg_catalog.-) 1 AS position,
        CASE WHEN item.text OPERATOR(pg_catalog.~) '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' THEN item.text::pg_catalog.uuid END AS to_id
    FROM @records@ AS record
    CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(
        CASE WHEN pg_catalog.jsonb_typeof(@value@) OPERATOR(pg_catalog.=) 'array' THEN @value@ ELSE pg_catalog.jsonb_build_array(@value@) END
    ) WITH ORDINALITY AS item(text, position)
    WHERE record.table_id OPERATOR(pg_catalog.=) $1 AND @value@ IS NOT NULL AND $3 IS NOT NULL
) AS found
JOIN @records@ AS target
    ON target.id OPERATOR(pg_catalog.=) found.to_id AND target.organization_id OPERATOR(pg_catalog.=) found.organization_id
    AND target.table_id OPERATOR(pg_catalog.=) $4
ON CONFLICT DO NOTHING
