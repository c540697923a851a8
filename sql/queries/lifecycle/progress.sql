UPDATE @deletions@ AS deletion
SET purged_rows = deletion.purged_rows OPERATOR(pg_catalog.+) change.rows
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS change(id, rows)
WHERE deletion.id OPERATOR(pg_catalog.=) change.id
