-- What a batch created and met.
INSERT INTO @batches@ (import_id, first_row, organization_id, created_ids, created_hashes, matched_ids, created_by)
SELECT import.id, $2, import.organization_id, $3, $4, $5, import.created_by
FROM @imports@ AS import
WHERE import.id OPERATOR(pg_catalog.=) $1
