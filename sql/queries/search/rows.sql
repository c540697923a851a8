-- The rows that the query $1 finds, of at most $2 candidates, at most $4, without their vector $6; ranked by the text $3 of the query.
WITH candidate AS MATERIALIZED (
    SELECT pg_catalog.to_jsonb(found) OPERATOR(pg_catalog.-) $6 AS row_data FROM @relation@ AS found WHERE found.@vector@ OPERATOR(rowkit.@~) $1 @live@ LIMIT $2
), ranked AS MATERIALIZED (
    -- Materialized, so that each row is ranked once.
    SELECT candidate.row_data, rowkit_internal._match_level($3, '{}', candidate.row_data, $5) AS match_level FROM candidate
)
SELECT ranked.row_data, ranked.match_level
FROM ranked
ORDER BY ranked.match_level USING OPERATOR(pg_catalog.<), ranked.row_data USING OPERATOR(pg_catalog.<)
LIMIT $4
