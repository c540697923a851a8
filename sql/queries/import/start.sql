-- The import runs from now on, by these options and this mapping.
UPDATE @imports@ SET state = 'running', options = $2, mapping = $3, mapped_ids = $4
WHERE id OPERATOR(pg_catalog.=) $1
