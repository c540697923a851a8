UPDATE @relation@ AS child
SET deleted_at = pg_catalog.now(), deleted_by = $1, deletion_id = $2
WHERE child.deleted_at IS NULL AND EXISTS (SELECT FROM @parents@ WHERE @refers@)
