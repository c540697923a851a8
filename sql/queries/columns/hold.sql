-- Keeps what a column, named $3, holds in the records of a table ($2), under a change ($1), and says how many of them are values: null, "" and [] are none.
WITH kept AS (
    INSERT INTO @values@ (change_id, organization_id, record_id, value)
    SELECT $1, record.organization_id, record.id, @value@
    FROM @records@ AS record
    WHERE record.table_id OPERATOR(pg_catalog.=) $2 AND $3 IS NOT NULL AND @is_held@
    RETURNING value
)
SELECT pg_catalog.count(*) FROM kept WHERE @is_value@
