-- Whether a user ($2) may read a table ($1).
SELECT pg_catalog.has_table_privilege($2, relation.oid, 'SELECT') AND pg_catalog.has_schema_privilege($2, relation.relnamespace, 'USAGE')
FROM pg_catalog.pg_class AS relation
WHERE relation.oid OPERATOR(pg_catalog.=) $1
