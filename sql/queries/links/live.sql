-- Records of a tenant ($1) in a table ($2) that may be named, held until the transaction ends.
SELECT record.id, true
FROM @records@ AS record
WHERE record.organization_id OPERATOR(pg_catalog.=) $1 AND (record.table_id OPERATOR(pg_catalog.=) $2) IS TRUE
    AND record.id OPERATOR(pg_catalog.=) ANY ($3) @live@
ORDER BY record.id USING OPERATOR(pg_catalog.<)
FOR KEY SHARE OF record
