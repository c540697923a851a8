UPDATE @deletions@ AS deletion SET restored_at = pg_catalog.now() WHERE deletion.id OPERATOR(pg_catalog.=) $1
