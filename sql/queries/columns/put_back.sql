-- Values come back under the name $3, where nobody wrote another meanwhile; what does not come back stays until it is purged.
WITH back AS (
    UPDATE @records@ AS record
    SET @set_back@
    FROM @values@ AS held
    WHERE held.change_id OPERATOR(pg_catalog.=) $1 AND record.id OPERATOR(pg_catalog.=) held.record_id
        AND record.table_id OPERATOR(pg_catalog.=) $2 AND $3 IS NOT NULL AND @is_empty@
    RETURNING record.id
), moved AS (
    DELETE FROM @values@ AS held
    USING back
    WHERE held.change_id OPERATOR(pg_catalog.=) $1 AND held.record_id OPERATOR(pg_catalog.=) back.id
    RETURNING held.value
), kept AS (
    SELECT held.value FROM @values@ AS held WHERE held.change_id OPERATOR(pg_catalog.=) $1
)
-- How many values are back, and how many records keep what was written since.
SELECT
    (SELECT pg_catalog.count(*) FROM moved AS kept WHERE @is_value@),
    (SELECT pg_catalog.count(*) FROM kept) OPERATOR(pg_catalog.-) (SELECT pg_catalog.count(*) FROM moved)
