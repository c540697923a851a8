-- Records of a table by their ids, held against others.
SELECT record.id, record.data, record.name, record.email, record.company, record.status
FROM @records@ AS record
WHERE (record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE AND record.id OPERATOR(pg_catalog.=) ANY ($2) @live@
ORDER BY record.id USING OPERATOR(pg_catalog.<)
@lock@
