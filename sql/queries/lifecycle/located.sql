-- The live rows that the parameters locate: how many, their keys, locators and what foreign keys refer to.
SELECT pg_catalog.count(*), pg_catalog.jsonb_agg(found.id), @arrays@
FROM (
    SELECT @key_object@ AS id, @columns@
    FROM @relation@ AS target
    WHERE @among@ AND target.deleted_at IS NULL
    ORDER BY @order@
    FOR UPDATE OF target
) AS found
