-- The rows of a deletion.
SELECT pg_catalog.count(*), @arrays@
FROM (SELECT @columns@ FROM @relation@ AS child WHERE child.deletion_id OPERATOR(pg_catalog.=) $1 @lock@) AS found
