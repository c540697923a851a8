-- Live records that references of a column ($1) held before a soft delete.
SELECT DISTINCT record.id, record.organization_id, record.table_id
FROM @links@ AS link
JOIN @records@ AS record
    ON record.id OPERATOR(pg_catalog.=) link.to_id AND record.organization_id OPERATOR(pg_catalog.=) link.organization_id @live@
WHERE link.column_id OPERATOR(pg_catalog.=) $1 AND link.cleared_at IS NOT NULL
