-- The foreign keys that refer to $1, of relations with soft delete.
SELECT foreign_key.conrelid, part.child_columns, part.types, part.operators, part.structures, part.parent_columns
FROM pg_catalog.pg_constraint AS foreign_key
JOIN pg_catalog.pg_class AS child ON child.oid OPERATOR(pg_catalog.=) foreign_key.conrelid AND NOT child.relispartition
CROSS JOIN LATERAL (
@columns@
) AS part
WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.confrelid OPERATOR(pg_catalog.=) $1
    AND EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS guard
        WHERE guard.tgrelid OPERATOR(pg_catalog.=) foreign_key.conrelid
            AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
            AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid)
ORDER BY foreign_key.conrelid, foreign_key.conname
