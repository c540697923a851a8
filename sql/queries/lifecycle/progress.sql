UPDATE @deletions@ AS deletion
SET purged_rows = deletion.purged_rows OPERATOR(pg_catalog.+) $2
WHERE deletion.id OPERATOR(pg_catalog.=) $1
