-- The rows whose keys $1 names: how many, their keys, handles and what foreign keys refer to. The relation has its own name: policies use it.
SELECT pg_catalog.count(*), pg_catalog.jsonb_agg(found.id), @arrays@
FROM (
    SELECT @key_object@ AS id, @columns@
    FROM @relation@ AS @alias@
    WHERE EXISTS (SELECT FROM pg_catalog.unnest($1) AS "rowkit.given"(id) WHERE @given@) AND @state@
    ORDER BY @order@
    @lock@
) AS found
