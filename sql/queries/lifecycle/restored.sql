WITH forgotten AS (
    DELETE FROM @references@ AS remembered WHERE remembered.deletion_id OPERATOR(pg_catalog.=) $1
)
UPDATE @deletions@ AS deletion SET restored_at = pg_catalog.now() WHERE deletion.id OPERATOR(pg_catalog.=) $1
