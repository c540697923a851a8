UPDATE @deletions@ AS deletion SET hold = $2 WHERE deletion.id OPERATOR(pg_catalog.=) $1
