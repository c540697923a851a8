-- What named records ($1, of the tenants $2) before a soft delete took them; the records that named them are held.
SELECT link.record_id, record.table_id, link.column_id, link.to_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS back(id, organization_id)
JOIN @links@ AS link
    ON link.to_id OPERATOR(pg_catalog.=) back.id AND link.organization_id OPERATOR(pg_catalog.=) back.organization_id AND link.cleared_at IS NOT NULL
JOIN @records@ AS record ON record.id OPERATOR(pg_catalog.=) link.record_id
ORDER BY link.record_id USING OPERATOR(pg_catalog.<), link.position
FOR NO KEY UPDATE OF record, link
