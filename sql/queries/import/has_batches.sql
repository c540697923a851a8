-- Whether the caller sees a batch of an import.
SELECT EXISTS (SELECT FROM @batches@ AS batch WHERE batch.import_id OPERATOR(pg_catalog.=) $1)
