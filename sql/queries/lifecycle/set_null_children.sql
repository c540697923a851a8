-- Children whose reference gives way, with the values that it has.
SELECT pg_catalog.count(*), pg_catalog.jsonb_agg(found.record_key), pg_catalog.jsonb_agg(found.held), @arrays@
FROM (
    SELECT @key_object@ AS record_key, @held@ AS held, @columns@
    FROM @relation@ AS child
    WHERE @live@ AND EXISTS (SELECT FROM @parents@ WHERE @refers@)
    @lock@
) AS found
