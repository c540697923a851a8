UPDATE @record_counters@ AS counter
SET last_number = $4, free_numbers = $5
WHERE counter.table_id OPERATOR(pg_catalog.=) $1 AND counter.column_id OPERATOR(pg_catalog.=) $2
    AND counter.slot OPERATOR(pg_catalog.=) $3
