-- Of the parents that the arrays name, how many there are, and those that are deleted. All of them are held until the transaction ends: materialized, so that no condition keeps a
-- row from being locked.
WITH found AS MATERIALIZED (
    SELECT @columns@, parent.deletion_id IS NOT NULL AS is_deleted
    FROM @relation@ AS parent
    WHERE EXISTS (SELECT FROM @children@ WHERE @is_referred@)
    FOR KEY SHARE OF parent
)
SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE found.is_deleted), @found@
FROM found
