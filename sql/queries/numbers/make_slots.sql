-- $4 slots of $5 numbers each after the last number that was given without slots.
INSERT INTO @record_counters@ (organization_id, table_id, column_id, slot, last_number)
SELECT $1, $2, $3, part.slot, before.last_number OPERATOR(pg_catalog.+) (GREATEST(part.slot OPERATOR(pg_catalog.-) 1, 0) OPERATOR(pg_catalog.*) $5)
FROM (
    SELECT COALESCE(pg_catalog.max(counter.last_number), 0) AS last_number
    FROM @record_counters@ AS counter
    WHERE counter.table_id OPERATOR(pg_catalog.=) $2 AND counter.column_id OPERATOR(pg_catalog.=) $3 AND counter.slot OPERATOR(pg_catalog.=) 0
) AS before
CROSS JOIN pg_catalog.generate_series(0, $4) AS part(slot)
ORDER BY part.slot USING OPERATOR(pg_catalog.<)
ON CONFLICT DO NOTHING
