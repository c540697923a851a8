-- Holds the live records that name records ($1, of the tenants $2) by these columns ($3).
SELECT record.id
FROM @records@ AS record
WHERE record.id OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT link.record_id
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS gone(id, organization_id)
        JOIN @links@ AS link
            ON link.to_id OPERATOR(pg_catalog.=) gone.id AND link.organization_id OPERATOR(pg_catalog.=) gone.organization_id
        WHERE link.cleared_at IS NULL AND link.column_id OPERATOR(pg_catalog.=) ANY ($3))) @live@
ORDER BY record.id USING OPERATOR(pg_catalog.<)
FOR NO KEY UPDATE OF record
