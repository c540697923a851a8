-- The live children of the parents that the parameters hold, which were not found before.
SELECT pg_catalog.count(*), @arrays@
FROM (
    SELECT @columns@
    FROM @relation@ AS child
    WHERE @live@ AND EXISTS (SELECT FROM @parents@ WHERE @refers@)
    @lock@
) AS found
