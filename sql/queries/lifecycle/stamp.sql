UPDATE @relation@ AS target
SET deleted_at = pg_catalog.now(), deleted_by = $1, deletion_id = $2
WHERE target.deleted_at IS NULL AND @among@
