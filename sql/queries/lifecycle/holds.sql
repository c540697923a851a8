-- Of the deletions $1 those that are on hold.
SELECT deletion.id FROM @deletions@ AS deletion WHERE deletion.id OPERATOR(pg_catalog.=) ANY ($1) AND deletion.is_on_hold FOR UPDATE OF deletion
