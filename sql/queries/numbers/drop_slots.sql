DELETE FROM @record_counters@ AS counter
WHERE counter.table_id OPERATOR(pg_catalog.=) $1 AND counter.column_id OPERATOR(pg_catalog.=) $2 AND counter.slot OPERATOR(pg_catalog.>) 0
RETURNING counter.last_number
