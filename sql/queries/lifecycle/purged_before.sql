-- Deletions of which nothing has been left for $1 days, next after $2.
SELECT deletion.id
FROM @deletions@ AS deletion
WHERE deletion.purged_at OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => $1::pg_catalog.int4))
    AND NOT deletion.hold AND ($2 IS NULL OR deletion.id OPERATOR(pg_catalog.>) $2)
ORDER BY deletion.id
LIMIT $3
FOR UPDATE OF deletion SKIP LOCKED
