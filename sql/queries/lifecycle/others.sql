-- Rows of the deletion $1 that are not among those that the caller may delete.
SELECT pg_catalog.count(*), @arrays@
FROM (
    SELECT @columns@
    FROM @relation@ AS target
    WHERE target.deletion_id OPERATOR(pg_catalog.=) $1 @among@
) AS found
