-- Other deletions than $1 of which rows refer to these parents.
SELECT DISTINCT child.deletion_id
FROM @relation@ AS child
JOIN @parents@ ON @refers@
WHERE child.deletion_id IS NOT NULL AND NOT child.deletion_id OPERATOR(pg_catalog.=) ANY ($1)
