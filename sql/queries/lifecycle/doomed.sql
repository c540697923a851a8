-- Rows of the deletions $1 that nothing refers to, at most $2.
SELECT pg_catalog.count(*), @arrays@
FROM (
    SELECT @columns@
    FROM @relation@ AS target
    WHERE @of_deletions@ AND @unreferenced@
    LIMIT $2
    FOR UPDATE OF target SKIP LOCKED
) AS found
