-- All relations with soft delete.
SELECT guard.tgrelid
FROM pg_catalog.pg_trigger AS guard
WHERE guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
GROUP BY guard.tgrelid
ORDER BY guard.tgrelid::pg_catalog.regclass::pg_catalog.text
