-- All tables with soft delete: a trigger alone, which any role can hang on a table of its own, does not make one.
SELECT guard.tgrelid
FROM pg_catalog.pg_trigger AS guard
JOIN pg_catalog.pg_class AS relation ON relation.oid OPERATOR(pg_catalog.=) guard.tgrelid
JOIN pg_catalog.pg_attribute AS mark ON mark.attrelid OPERATOR(pg_catalog.=) guard.tgrelid AND mark.attname OPERATOR(pg_catalog.=) 'deletion_id'
WHERE relation.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog."char"[]) AND relation.relpersistence OPERATOR(pg_catalog.<>) 't'
    AND mark.atttypid OPERATOR(pg_catalog.=) 'pg_catalog.uuid'::pg_catalog.regtype AND mark.attgenerated OPERATOR(pg_catalog.=) ''
    AND guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
GROUP BY guard.tgrelid
ORDER BY guard.tgrelid::pg_catalog.regclass::pg_catalog.text
