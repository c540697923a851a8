SELECT pg_catalog.count(*)
FROM @records@ AS record
WHERE @condition@
