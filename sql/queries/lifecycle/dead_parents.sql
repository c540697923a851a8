-- Of the parents that the arrays name, those deleted by another deletion than $1 (or, if $2, by that one). All of them are held until the
-- transaction ends: materialized, so that no condition keeps a row from being locked.
WITH found AS MATERIALIZED (
    SELECT @parts@, parent.deletion_id, @key_text@ AS id
    FROM @relation@ AS parent
    WHERE $2 OPERATOR(pg_catalog.=) COALESCE(parent.deletion_id OPERATOR(pg_catalog.=) $1, false)
        AND EXISTS (SELECT FROM @children@ WHERE @is_referred@)
    ORDER BY @order@
    FOR KEY SHARE OF parent
)
SELECT found.deletion_id, @arrays@, (pg_catalog.array_agg(found.id))[1:10]
FROM found
WHERE found.deletion_id IS NOT NULL
GROUP BY found.deletion_id
ORDER BY found.deletion_id
