INSERT INTO @record_counters@ AS counter (organization_id, table_id, column_id, last_number)
VALUES ($1, $2, $3, $4)
ON CONFLICT (table_id, column_id, slot) DO UPDATE
SET last_number = GREATEST(counter.last_number, excluded.last_number), free_numbers = pg_catalog.array_remove(counter.free_numbers, excluded.last_number)
WHERE counter.last_number OPERATOR(pg_catalog.<) excluded.last_number OR excluded.last_number OPERATOR(pg_catalog.=) ANY (counter.free_numbers)
