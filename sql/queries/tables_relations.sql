-- The tables named `tables` that the caller may read, and whether their owner is the caller or one whose tables are meant before those of other roles.
SELECT relation.oid, rowkit_internal._is_trusted_for_caller(relation.relowner)
FROM pg_catalog.pg_class AS relation
WHERE relation.relname OPERATOR(pg_catalog.=) 'tables'
    AND relation.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']::pg_catalog."char"[])
    AND relation.relpersistence OPERATOR(pg_catalog.<>) 't'
    AND pg_catalog.has_schema_privilege(relation.relnamespace, 'USAGE')
    AND pg_catalog.has_any_column_privilege(relation.oid, 'SELECT')
ORDER BY 2 DESC, relation.oid USING OPERATOR(pg_catalog.<)
LIMIT 100
