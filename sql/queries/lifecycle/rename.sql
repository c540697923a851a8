UPDATE @relation@ AS target
SET @column@ = pg_catalog.concat(target.@column@, $1)
WHERE @among@
