WITH made AS (
    UPDATE @relation@ AS stale
    SET @search_vector@ = NULL
    WHERE stale.ctid OPERATOR(pg_catalog.>=) pg_catalog.format('(%s,0)', $1)::pg_catalog.tid
        AND stale.ctid OPERATOR(pg_catalog.<) pg_catalog.format('(%s,0)', $2)::pg_catalog.tid
        AND (stale.@search_vector@ IS NULL OR NOT (
            stale.@search_vector@ OPERATOR(pg_catalog.@@) rowkit._search_marker_query($3, @table_id@)))
    RETURNING 1
)
SELECT pg_catalog.count(*) FROM made
