-- Other deletions of which rows refer to rows of the deletions $1.
SELECT DISTINCT child.deletion_id
FROM @child@ AS child
JOIN @parent@ AS parent ON @refers@
WHERE parent.deletion_id OPERATOR(pg_catalog.=) ANY ($1)
    AND child.deletion_id IS NOT NULL AND NOT child.deletion_id OPERATOR(pg_catalog.=) ANY ($1)
