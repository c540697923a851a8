-- Of the deletions $1 those that may be purged by their age: not on hold, not being restored or purged by another session.
SELECT deletion.id, pg_catalog.floor(EXTRACT(epoch FROM pg_catalog.now() OPERATOR(pg_catalog.-) deletion.deleted_at) OPERATOR(pg_catalog./) 86400)::pg_catalog.int8
FROM @deletions@ AS deletion
WHERE deletion.id OPERATOR(pg_catalog.=) ANY ($1) AND NOT deletion.hold
    AND deletion.deleted_at OPERATOR(pg_catalog.<=) (pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => $2::pg_catalog.int4))
ORDER BY deletion.id
FOR UPDATE OF deletion SKIP LOCKED
