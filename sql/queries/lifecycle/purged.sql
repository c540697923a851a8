UPDATE @deletions@ AS deletion
SET purged_at = pg_catalog.now()
WHERE deletion.id OPERATOR(pg_catalog.=) ANY ($1) AND deletion.restored_at IS NULL AND deletion.purged_at IS NULL
