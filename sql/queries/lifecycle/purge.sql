WITH purged AS (
    DELETE FROM @relation@ AS target WHERE @among@ RETURNING target.deletion_id
)
SELECT purged.deletion_id, pg_catalog.count(*) FROM purged GROUP BY purged.deletion_id
