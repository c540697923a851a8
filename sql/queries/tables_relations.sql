SELECT relation.oid
FROM pg_catalog.pg_class AS relation
WHERE relation.relname OPERATOR(pg_catalog.=) 'tables'
    AND relation.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']::pg_catalog."char"[])
    AND relation.relpersistence OPERATOR(pg_catalog.<>) 't'
ORDER BY relation.oid
LIMIT 100
