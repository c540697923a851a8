-- The deletions next in order of which the relation holds rows.
SELECT held.deletion_id
FROM (SELECT DISTINCT target.deletion_id FROM @relation@ AS target
    WHERE target.deletion_id IS NOT NULL AND ($1 IS NULL OR target.deletion_id OPERATOR(pg_catalog.>) $1)) AS held
ORDER BY held.deletion_id
LIMIT 1000
