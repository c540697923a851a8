-- Records of a table ($1; see pg_test/lint/planned.py) as a query reads them, with the caller's rights and row security.
SELECT record.id, record.data @columns@
FROM @records@ AS record
WHERE @in_table@ @live@ @condition@
@order@
