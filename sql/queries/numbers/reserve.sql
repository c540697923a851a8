INSERT INTO @record_counters@ AS counter (organization_id, table_id, column_id, last_number)
VALUES ($1, $2, $3, $4)
ON CONFLICT (table_id, column_id, slot) DO UPDATE SET last_number = counter.last_number OPERATOR(pg_catalog.+) excluded.last_number
RETURNING last_number, free_numbers
