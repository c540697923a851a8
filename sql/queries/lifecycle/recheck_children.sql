-- How many live children refer to these parents, which are deleted.
SELECT pg_catalog.count(*)
FROM @relation@ AS child
WHERE @live@ AND EXISTS (SELECT FROM @parents@ WHERE @refers@)
