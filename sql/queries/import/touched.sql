-- Of these records ($2) those that batches of an import created or met, and whether they created them. What was met by other imports is not read.
WITH touched AS MATERIALIZED (
    SELECT batch.import_id, batch.created_ids, batch.matched_ids
    FROM @batches@ AS batch
    WHERE batch.created_ids OPERATOR(pg_catalog.&&) $2 OR batch.matched_ids OPERATOR(pg_catalog.&&) $2
)
SELECT record.id, true
FROM touched
CROSS JOIN LATERAL pg_catalog.unnest(touched.created_ids) AS record(id)
WHERE touched.import_id OPERATOR(pg_catalog.=) $1 AND record.id OPERATOR(pg_catalog.=) ANY ($2)
UNION ALL
SELECT record.id, false
FROM touched
CROSS JOIN LATERAL pg_catalog.unnest(touched.matched_ids) AS record(id)
WHERE touched.import_id OPERATOR(pg_catalog.=) $1 AND record.id OPERATOR(pg_catalog.=) ANY ($2)
