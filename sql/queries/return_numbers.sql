UPDATE @record_counters@ AS counter
SET last_number = counter.last_number OPERATOR(pg_catalog.-) $3
WHERE counter.table_id OPERATOR(pg_catalog.=) $1 AND counter.column_id OPERATOR(pg_catalog.=) $2
