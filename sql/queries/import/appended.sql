-- The file of an import has grown: what was read of it before is not all of it.
UPDATE @imports@ SET byte_count = byte_count OPERATOR(pg_catalog.+) $2, reading = NULL, row_count = NULL
WHERE id OPERATOR(pg_catalog.=) $1
RETURNING byte_count
