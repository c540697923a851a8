-- For each table_id in the relation $1: how many rows it has, how many vectors are not what they would be today, and how many have the lexeme $2.
WITH part AS (
    SELECT DISTINCT @table_id@ AS table_id FROM @relation@ AS held
), current AS MATERIALIZED (
    SELECT part.table_id, rowkit_internal._search_marker_query($1, part.table_id) AS query FROM part
)
SELECT
    current.table_id, pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE held.vector IS NULL OR NOT held.vector OPERATOR(pg_catalog.@@) current.query),
    pg_catalog.count(*) FILTER (WHERE held.vector OPERATOR(pg_catalog.@@) $2::pg_catalog.tsquery)
FROM (SELECT @table_id@ AS table_id, held.@vector@ AS vector FROM @relation@ AS held) AS held
JOIN current ON NOT current.table_id IS DISTINCT FROM held.table_id
GROUP BY current.table_id
ORDER BY current.table_id
