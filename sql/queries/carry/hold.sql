-- Locks the records that hold what is renamed, but for those that others hold; how many it locked.
WITH held AS (
    SELECT
    FROM @records@ AS record
    WHERE @condition@
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT pg_catalog.count(*) FROM held
