-- How far the import has come. The counts are added up: a row that was unchanged may yet be changed by its links.
UPDATE @imports@ SET
    next_row = $2, created_count = created_count OPERATOR(pg_catalog.+) $3, updated_count = updated_count OPERATOR(pg_catalog.+) $4,
    unchanged_count = unchanged_count OPERATOR(pg_catalog.+) $5, skipped_count = skipped_count OPERATOR(pg_catalog.+) $6,
    failed_count = failed_count OPERATOR(pg_catalog.+) $7,
    waiting_count = waiting_count OPERATOR(pg_catalog.+) $9, linked_row = $10,
    state = CASE $8 WHEN 1 THEN 'done' ELSE state END, ended_at = CASE $8 WHEN 1 THEN pg_catalog.now() ELSE ended_at END
WHERE id OPERATOR(pg_catalog.=) $1
