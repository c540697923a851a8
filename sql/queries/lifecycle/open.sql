-- A deletion that was not restored.
SELECT deletion.id FROM @deletions@ AS deletion WHERE deletion.id OPERATOR(pg_catalog.=) $1 AND deletion.restored_at IS NULL
