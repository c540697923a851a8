WITH part AS (
    SELECT DISTINCT @table_id@ AS table_id
    FROM @relation@ AS held
    WHERE held.ctid OPERATOR(pg_catalog.>=) pg_catalog.format('(%s,0)', $1)::pg_catalog.tid
        AND held.ctid OPERATOR(pg_catalog.<) pg_catalog.format('(%s,0)', $2)::pg_catalog.tid
), mark AS MATERIALIZED (
    SELECT part.table_id, rowkit_internal._search_marker_query($3, part.table_id) AS query FROM part
), made AS (
    UPDATE @relation@ AS stale
    SET @search_vector@ = NULL
    FROM mark
    WHERE @belongs@
        AND stale.ctid OPERATOR(pg_catalog.>=) pg_catalog.format('(%s,0)', $1)::pg_catalog.tid
        AND stale.ctid OPERATOR(pg_catalog.<) pg_catalog.format('(%s,0)', $2)::pg_catalog.tid
        AND (stale.@search_vector@ IS NULL OR NOT (stale.@search_vector@ OPERATOR(pg_catalog.@@) mark.query))
    RETURNING 1
)
SELECT pg_catalog.count(*) FROM made
