-- The columns, and the tables that have them, by which live records name records ($1, of the tenants $2).
SELECT DISTINCT record.table_id, link.column_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS gone(id, organization_id)
JOIN @links@ AS link
    ON link.to_id OPERATOR(pg_catalog.=) gone.id AND link.organization_id OPERATOR(pg_catalog.=) gone.organization_id AND link.cleared_at IS NULL
JOIN @records@ AS record ON record.id OPERATOR(pg_catalog.=) link.record_id @live@
