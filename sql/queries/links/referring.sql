-- What names records ($1, of the tenants $2) by these columns ($3), and how many records each of these names there in all.
SELECT
    record.table_id, link.column_id, link.record_id, link.to_id,
    (
        SELECT pg_catalog.count(*) FROM @links@ AS other
        WHERE other.record_id OPERATOR(pg_catalog.=) link.record_id AND other.column_id OPERATOR(pg_catalog.=) link.column_id AND other.cleared_at IS NULL
    )
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS gone(id, organization_id)
JOIN @links@ AS link
    ON link.to_id OPERATOR(pg_catalog.=) gone.id AND link.organization_id OPERATOR(pg_catalog.=) gone.organization_id AND link.cleared_at IS NULL
JOIN @records@ AS record ON record.id OPERATOR(pg_catalog.=) link.record_id @live@
WHERE link.column_id OPERATOR(pg_catalog.=) ANY ($3)
