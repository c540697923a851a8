-- What the next batches of an import created, the last batch first.
SELECT batch.first_row, batch.created_ids, batch.created_hashes
FROM @batches@ AS batch
WHERE batch.import_id OPERATOR(pg_catalog.=) $1
    -- With it the primary key has the batches in their order.
    AND batch.organization_id OPERATOR(pg_catalog.=) (SELECT import.organization_id FROM @imports@ AS import WHERE import.id OPERATOR(pg_catalog.=) $1)
    AND batch.first_row OPERATOR(pg_catalog.<) $2
ORDER BY batch.first_row USING OPERATOR(pg_catalog.>)
LIMIT $3
