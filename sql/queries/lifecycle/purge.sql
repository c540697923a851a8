-- Removes rows for good: how many of each deletion, how many in all, and what they referred to in their own table.
WITH purged AS (
    DELETE FROM @relation@ AS target WHERE @among@ RETURNING target.deletion_id@parts@
), counted AS (
    SELECT purged.deletion_id, pg_catalog.count(*) AS rows FROM purged GROUP BY purged.deletion_id
)
SELECT
    (SELECT pg_catalog.array_agg(counted.deletion_id ORDER BY counted.deletion_id USING OPERATOR(pg_catalog.<)) FROM counted),
    (SELECT pg_catalog.array_agg(counted.rows ORDER BY counted.deletion_id USING OPERATOR(pg_catalog.<)) FROM counted),
    (SELECT pg_catalog.count(*) FROM purged)@arrays@
