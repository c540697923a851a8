-- Moves the values of at most $6 records from the key $2 to the key $3, in the order of the ids after $5, and leaves out records that others hold.
-- How many it moved, and the last of them.
WITH held AS MATERIALIZED (
    SELECT record.id
    FROM @records@ AS record
    WHERE record.organization_id OPERATOR(pg_catalog.=) $4 AND record.table_id OPERATOR(pg_catalog.=) $1
        AND record.id OPERATOR(pg_catalog.>) $5
        AND record.data OPERATOR(pg_catalog.?) $2
    ORDER BY record.id USING OPERATOR(pg_catalog.<)
    LIMIT $6
    FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
    UPDATE @records@ AS record
    SET data = (record.data OPERATOR(pg_catalog.-) $2)
        OPERATOR(pg_catalog.||) CASE WHEN COALESCE(record.data OPERATOR(pg_catalog.->) $3, 'null') OPERATOR(pg_catalog.<>) 'null' THEN '{}'
            ELSE pg_catalog.jsonb_build_object($3, record.data OPERATOR(pg_catalog.->) $2) END
    FROM held
    WHERE record.id OPERATOR(pg_catalog.=) held.id
    RETURNING record.id
)
SELECT pg_catalog.count(*), (pg_catalog.array_agg(moved.id ORDER BY moved.id USING OPERATOR(pg_catalog.>)))[1] FROM moved
