-- The file was read into rows.
UPDATE @imports@ SET reading = $2, header = $3, header_key = $4, row_count = $5
WHERE id OPERATOR(pg_catalog.=) $1
