WITH part AS (
    SELECT DISTINCT @table_id@ AS table_id
    FROM @relation@ AS held
    WHERE held.ctid OPERATOR(pg_catalog.>=) pg_catalog.format('(%s,0)', $1)::pg_catalog.tid
        AND held.ctid OPERATOR(pg_catalog.<) pg_catalog.format('(%s,0)', $2)::pg_catalog.tid
), mark AS MATERIALIZED (
    SELECT part.table_id, rowkit_internal._search_marker_query($3, part.table_id) AS query FROM part
), stale AS MATERIALIZED (
    SELECT found.ctid AS place
    FROM @relation@ AS found
    JOIN mark ON @belongs@
    WHERE found.ctid OPERATOR(pg_catalog.>=) pg_catalog.format('(%s,0)', $1)::pg_catalog.tid
        AND found.ctid OPERATOR(pg_catalog.<) pg_catalog.format('(%s,0)', $2)::pg_catalog.tid
        AND (found.@search_vector@ IS NULL OR NOT (found.@search_vector@ OPERATOR(pg_catalog.@@) mark.query))
), held AS MATERIALIZED (
    -- A row that another transaction holds is passed by, since that transaction may be waiting for a row or a schema held here.
    SELECT found.ctid AS place
    FROM @relation@ AS found
    WHERE found.ctid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT stale.place FROM stale))
    FOR NO KEY UPDATE SKIP LOCKED
), made AS (
    UPDATE @relation@ AS found
    SET @search_vector@ = NULL
    FROM held
    WHERE found.ctid OPERATOR(pg_catalog.=) held.place
    RETURNING 1
)
SELECT pg_catalog.count(*), (SELECT pg_catalog.count(*) FROM stale) FROM made
