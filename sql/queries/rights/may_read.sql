-- Whether the user whose rights count now may read a table ($1).
SELECT pg_catalog.has_table_privilege(relation.oid, 'SELECT') AND pg_catalog.has_schema_privilege(relation.relnamespace, 'USAGE')
FROM pg_catalog.pg_class AS relation
WHERE relation.oid OPERATOR(pg_catalog.=) $1
