UPDATE @deletions@ AS deletion SET is_on_hold = $2 WHERE deletion.id OPERATOR(pg_catalog.=) $1
