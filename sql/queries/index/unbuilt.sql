-- The indexes whose entries are not all there, or whose keys are of another collation than $1 begins with.
SELECT index.id, index.table_id
FROM @table_indexes@ AS index
WHERE index.state OPERATOR(pg_catalog.=) 'building' AND index.form OPERATOR(pg_catalog.<>) ''
    OR index.form OPERATOR(pg_catalog.<>) '' AND NOT pg_catalog.starts_with(index.form, $1)
ORDER BY index.number USING OPERATOR(pg_catalog.<)
