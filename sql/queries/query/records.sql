-- Records of a table ($1) as a query reads them, with the caller's rights and row security.
SELECT record.id, record.data @columns@
FROM @records@ AS record
WHERE record.table_id OPERATOR(pg_catalog.=) $1 @live@ @condition@
@order@
