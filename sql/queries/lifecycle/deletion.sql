-- A deletion, for the time of its restore: the relation of its root, and whether it began with the rows of the JSON array $3.
SELECT
    deletion.relation,
    deletion.relation OPERATOR(pg_catalog.=) $2 AND deletion.row_keys OPERATOR(pg_catalog.@>) $3
FROM @deletions@ AS deletion
WHERE deletion.id OPERATOR(pg_catalog.=) $1
FOR UPDATE OF deletion
