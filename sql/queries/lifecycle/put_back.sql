-- References whose rows nobody changed since they gave way, and whose parents are live.
UPDATE @relation@ AS target
SET @set@
FROM ROWS FROM (
    pg_catalog.jsonb_array_elements($1), pg_catalog.jsonb_array_elements($2), pg_catalog.jsonb_array_elements($3)
) AS remembered(record_key, held, left_as)
JOIN pg_catalog.jsonb_array_elements($4) AS live(held) ON live.held OPERATOR(pg_catalog.=) remembered.held
WHERE @key@ AND @held@ OPERATOR(pg_catalog.=) remembered.left_as
