-- The foreign keys of $1, and whether they are to relations with soft delete.
SELECT foreign_key.confrelid, pg_catalog.format('%I.%I', parent_home.nspname, parent.relname), parent.relkind OPERATOR(pg_catalog.=) 'p',
    part.child_columns, part.parent_columns, part.operators,
    EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS guard
        WHERE guard.tgrelid OPERATOR(pg_catalog.=) foreign_key.confrelid
            AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure),
    part.types, part.structures,
    -- From PostgreSQL 18 on there are foreign keys that are not enforced.
    foreign_key.condeferrable AND coalesce((pg_catalog.to_jsonb(foreign_key) OPERATOR(pg_catalog.->>) 'conenforced')::pg_catalog.bool, true)
FROM pg_catalog.pg_constraint AS foreign_key
JOIN pg_catalog.pg_class AS parent ON parent.oid OPERATOR(pg_catalog.=) foreign_key.confrelid AND NOT parent.relispartition
JOIN pg_catalog.pg_namespace AS parent_home ON parent_home.oid OPERATOR(pg_catalog.=) parent.relnamespace
CROSS JOIN LATERAL (
@columns@
) AS part
WHERE foreign_key.contype OPERATOR(pg_catalog.=) 'f' AND foreign_key.conrelid OPERATOR(pg_catalog.=) $1
ORDER BY foreign_key.conname
