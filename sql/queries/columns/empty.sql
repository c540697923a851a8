-- Takes the values out of the records.
UPDATE @records@ AS record
SET @set_empty@
WHERE record.table_id OPERATOR(pg_catalog.=) $2 AND $1 IS NOT NULL AND $3 IS NOT NULL AND @is_held@
