DELETE FROM @deletions@ AS deletion WHERE deletion.id OPERATOR(pg_catalog.=) ANY ($1)
