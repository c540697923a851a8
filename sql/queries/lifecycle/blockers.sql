-- Children that keep their parents from being deleted: how many, and the first of them.
SELECT pg_catalog.count(*), (pg_catalog.array_agg(found.id))[1:10]
FROM (
    SELECT @key_text@ AS id
    FROM @relation@ AS child
    WHERE @live@ AND EXISTS (SELECT FROM @parents@ WHERE @refers@)
    ORDER BY @order@
) AS found
