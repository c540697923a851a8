WITH changed AS (
    UPDATE @relation@ AS target SET @set@ WHERE @among@
    RETURNING @key_object@ AS record_key, @held@ AS left_as
)
SELECT pg_catalog.jsonb_agg(changed.record_key), pg_catalog.jsonb_agg(changed.left_as) FROM changed
