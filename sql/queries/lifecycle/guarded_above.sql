-- The relation $1, and the relations with soft delete that its foreign keys lead up to, but for those that let go of a deleted row, and whether cascades alone lead there; the nearest first: the recursion goes
-- up level by level.
WITH RECURSIVE above AS (
    SELECT $1 AS oid, true AS is_cascade
    UNION
    SELECT foreign_key.confrelid, above.is_cascade AND foreign_key.confdeltype OPERATOR(pg_catalog.=) 'c'
    FROM above
    JOIN pg_catalog.pg_constraint AS foreign_key ON foreign_key.conrelid OPERATOR(pg_catalog.=) above.oid
    WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.confdeltype OPERATOR(pg_catalog.<>) ALL ('{n,d}') AND foreign_key.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
        AND EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS guard
            WHERE guard.tgrelid OPERATOR(pg_catalog.=) foreign_key.confrelid
                AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
                AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid)
)
SELECT above.oid, above.is_cascade FROM above
