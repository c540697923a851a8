-- The slot whose next number is the lowest, of those that nobody holds, or of the slots $3 where some are named.
SELECT counter.slot, counter.last_number, counter.free_numbers
FROM @record_counters@ AS counter
WHERE counter.table_id OPERATOR(pg_catalog.=) $1 AND counter.column_id OPERATOR(pg_catalog.=) $2
    AND counter.slot OPERATOR(pg_catalog.>) 0
    AND (pg_catalog.cardinality($3) OPERATOR(pg_catalog.=) 0 OR counter.slot OPERATOR(pg_catalog.=) ANY ($3))
ORDER BY counter.last_number USING OPERATOR(pg_catalog.<)
LIMIT 1
FOR NO KEY UPDATE @wait@
