-- Records of a tenant ($1) in a table ($2), held until the transaction ends, and whether each is live; those that a soft delete took may come back.
SELECT record.id, true @live@
FROM @records@ AS record
WHERE record.organization_id OPERATOR(pg_catalog.=) $1 AND (record.table_id OPERATOR(pg_catalog.=) $2) IS TRUE
    AND record.id OPERATOR(pg_catalog.=) ANY ($3)
ORDER BY record.id USING OPERATOR(pg_catalog.<)
FOR KEY SHARE OF record
