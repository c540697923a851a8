-- A deletion, for the time of its restore: the table of its root, and whether it began with rows of the keys in the JSON array $2.
SELECT deletion.table_name, deletion.record_keys OPERATOR(pg_catalog.@>) $2
FROM @deletions@ AS deletion
WHERE deletion.id OPERATOR(pg_catalog.=) $1
FOR UPDATE OF deletion
