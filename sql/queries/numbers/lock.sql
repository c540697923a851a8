SELECT counter.slot, counter.last_number, counter.free_numbers
FROM @record_counters@ AS counter
WHERE counter.table_id OPERATOR(pg_catalog.=) $1 AND counter.column_id OPERATOR(pg_catalog.=) $2
    AND counter.slot OPERATOR(pg_catalog.=) $3
FOR NO KEY UPDATE
