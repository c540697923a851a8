-- The last number that was given before the column had slots; no row where it has none yet.
SELECT whole.last_number
FROM @record_counters@ AS whole
WHERE whole.table_id OPERATOR(pg_catalog.=) $1 AND whole.column_id OPERATOR(pg_catalog.=) $2 AND whole.slot OPERATOR(pg_catalog.=) 0
    AND EXISTS (
        SELECT
        FROM @record_counters@ AS part
        WHERE part.table_id OPERATOR(pg_catalog.=) $1 AND part.column_id OPERATOR(pg_catalog.=) $2 AND part.slot OPERATOR(pg_catalog.=) 1)
