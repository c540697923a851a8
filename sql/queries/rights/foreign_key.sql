-- Whether the table $1 has a foreign key to $2, or to any table with soft delete for NULL.
SELECT FROM pg_catalog.pg_constraint AS foreign_key
WHERE foreign_key.conrelid OPERATOR(pg_catalog.=) $1 AND foreign_key.contype OPERATOR(pg_catalog.=) 'f'
    AND (foreign_key.confrelid OPERATOR(pg_catalog.=) $2 OR ($2 IS NULL AND EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS guard
        WHERE guard.tgrelid OPERATOR(pg_catalog.=) foreign_key.confrelid
            AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure)))
LIMIT 1
