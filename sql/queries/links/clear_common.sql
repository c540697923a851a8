-- Empties a common field that names one of the ids; $1 is its name.
UPDATE @records@ AS target
SET @column@ = NULL
FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS cleared(record_id, to_id)
WHERE target.id OPERATOR(pg_catalog.=) cleared.record_id AND $1 IS NOT NULL
    AND pg_catalog.lower(target.@column@) OPERATOR(pg_catalog.=) cleared.to_id::pg_catalog.text
