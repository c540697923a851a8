WITH moved AS (
    UPDATE @records@ AS record
    SET data = record.data OPERATOR(pg_catalog.-) $2
        OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object($3, record.data OPERATOR(pg_catalog.->) $2)
    WHERE record.table_id OPERATOR(pg_catalog.=) $1 AND record.data OPERATOR(pg_catalog.?) $2
    RETURNING record.id
)
SELECT pg_catalog.count(*) FROM moved
