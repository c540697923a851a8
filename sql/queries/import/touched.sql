-- The records that earlier batches of an import created or met.
SELECT batch.created_ids, batch.matched_ids
FROM @batches@ AS batch
WHERE batch.import_id OPERATOR(pg_catalog.=) $1
