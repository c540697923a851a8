-- The records of the table $1 that the query $2 finds, of at most $3 candidates, behind the record $6 of the level $5, at most $7; ranked by the text $4 of the query.
WITH candidate AS MATERIALIZED (
    SELECT record.id, record.name, record.email, record.company, record.status, record.data
    FROM @records@ AS record
    WHERE record.table_id OPERATOR(pg_catalog.=) $1 @live@
        AND rowkit.search_scope(record.table_id, record.search_vector) OPERATOR(rowkit.@~) $2
    LIMIT $3
), ranked AS MATERIALIZED (
    -- Materialized, so that each record is ranked once.
    SELECT
        candidate.id,
        rowkit_internal._match_level($4, ARRAY[candidate.name, candidate.email, candidate.company, candidate.status], candidate.data, $8) AS match_level
    FROM candidate
)
SELECT ranked.id, ranked.match_level
FROM ranked
WHERE ranked.match_level OPERATOR(pg_catalog.>) $5 OR (ranked.match_level OPERATOR(pg_catalog.=) $5 AND ranked.id OPERATOR(pg_catalog.<) $6)
ORDER BY ranked.match_level USING OPERATOR(pg_catalog.<), ranked.id USING OPERATOR(pg_catalog.>)
LIMIT $7
