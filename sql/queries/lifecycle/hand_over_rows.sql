UPDATE @relation@ AS child
SET deletion_id = $2
WHERE child.deletion_id OPERATOR(pg_catalog.=) $1 AND @among@
