-- Moves the counter of a column ($4, tenant $3) without slots past the number $5. Numbers that records hold are not free.
INSERT INTO @record_counters@ AS counter (organization_id, table_id, column_id, last_number)
VALUES ($3, $1, $4, $5)
ON CONFLICT (table_id, column_id, slot) DO UPDATE
SET last_number = GREATEST(counter.last_number, excluded.last_number),
    free_numbers = ARRAY(
        SELECT free.number
        FROM pg_catalog.unnest(counter.free_numbers) AS free(number)
        WHERE NOT EXISTS (SELECT FROM (@numbers@) AS found WHERE found.number OPERATOR(pg_catalog.=) free.number::pg_catalog.numeric))
