-- Deletions that were purged $1 days ago, and those as old whose rows may have been removed in another way; the next ones after $2.
SELECT deletion.id, deletion.purged_at IS NOT NULL
FROM @deletions@ AS deletion
WHERE COALESCE(deletion.purged_at, deletion.deleted_at) OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => $1::pg_catalog.int4))
    AND (deletion.purged_at IS NOT NULL OR deletion.restored_at IS NULL)
    AND NOT deletion.is_on_hold AND ($2 IS NULL OR deletion.id OPERATOR(pg_catalog.>) $2)
ORDER BY deletion.id
LIMIT $3
FOR UPDATE OF deletion SKIP LOCKED
