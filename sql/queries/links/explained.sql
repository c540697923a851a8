-- Whether the references to the records that are deleted ($1: their ids, or those of their tables) refuse that, how many records hold them, and the first that refuse.
WITH going AS MATERIALIZED (
    SELECT record.id, record.table_id, record.organization_id
    FROM @records@ AS record
    WHERE record.@named@ OPERATOR(pg_catalog.=) ANY ($1) @live@
), referring AS (
    SELECT link.record_id, link.column_id, going.table_id, pg_catalog.count(*) AS lost
    FROM going
    JOIN @links@ AS link
        ON link.to_id OPERATOR(pg_catalog.=) going.id AND link.organization_id OPERATOR(pg_catalog.=) going.organization_id AND link.cleared_at IS NULL
    JOIN @records@ AS record ON record.id OPERATOR(pg_catalog.=) link.record_id @live@
    WHERE NOT EXISTS (SELECT FROM going AS itself WHERE itself.id OPERATOR(pg_catalog.=) link.record_id)
    GROUP BY link.record_id, link.column_id, going.table_id
), told AS (
    SELECT
        referring.record_id,
        COALESCE(definition.options OPERATOR(pg_catalog.->>) 'on_delete', 'clear') OPERATOR(pg_catalog.=) 'restrict'
            OR (definition.required AND referring.lost OPERATOR(pg_catalog.=) (
                SELECT pg_catalog.count(*) FROM @links@ AS other
                WHERE other.record_id OPERATOR(pg_catalog.=) referring.record_id AND other.column_id OPERATOR(pg_catalog.=) referring.column_id
                    AND other.cleared_at IS NULL)) AS is_refused
    FROM referring
    JOIN @table_columns@ AS definition ON definition.id OPERATOR(pg_catalog.=) referring.column_id
        AND (definition.options OPERATOR(pg_catalog.->>) 'table_id') OPERATOR(pg_catalog.=) referring.table_id::pg_catalog.text
    WHERE COALESCE(definition.options OPERATOR(pg_catalog.->>) 'on_delete', 'clear') OPERATOR(pg_catalog.<>) 'keep'
)
SELECT
    told.is_refused,
    pg_catalog.count(DISTINCT told.record_id),
    CASE WHEN told.is_refused
        THEN (pg_catalog.array_agg(DISTINCT told.record_id::pg_catalog.text ORDER BY told.record_id::pg_catalog.text))[1:10]
        ELSE '{}' END
FROM told
GROUP BY told.is_refused
ORDER BY told.is_refused DESC
