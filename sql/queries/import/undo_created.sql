-- What the batches of an import created.
SELECT batch.created_ids, batch.created_hashes
FROM @batches@ AS batch
WHERE batch.import_id OPERATOR(pg_catalog.=) $1
ORDER BY batch.first_row USING OPERATOR(pg_catalog.>)
