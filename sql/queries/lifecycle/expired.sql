-- Of the deletions $1 those that may be purged by their age: not on hold, not being restored or purged by another session.
SELECT deletion.id,
    CASE
        WHEN pg_catalog.isfinite(deletion.deleted_at)
        THEN pg_catalog.floor(EXTRACT(epoch FROM pg_catalog.now() OPERATOR(pg_catalog.-) deletion.deleted_at) OPERATOR(pg_catalog./) 86400)::pg_catalog.int8
        ELSE 1000000
    END
FROM @deletions@ AS deletion
WHERE deletion.id OPERATOR(pg_catalog.=) ANY ($1) AND NOT deletion.is_on_hold
    AND deletion.deleted_at OPERATOR(pg_catalog.<=) (pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => $2::pg_catalog.int4))
ORDER BY deletion.id
FOR UPDATE OF deletion SKIP LOCKED
