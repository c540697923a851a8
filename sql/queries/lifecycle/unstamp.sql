UPDATE @relation@ AS target
SET deleted_at = NULL, deleted_by = NULL, deletion_id = NULL
WHERE target.deletion_id OPERATOR(pg_catalog.=) $1 AND @among@
