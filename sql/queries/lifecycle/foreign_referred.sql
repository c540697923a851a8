-- The places ($1) of those parents that children refer to.
SELECT pg_catalog.array_agg(parent.place)
FROM ROWS FROM (pg_catalog.unnest($1), @arrays@) AS parent(place, @parts@)
WHERE EXISTS (SELECT FROM @relation@ AS child WHERE @refers@)
