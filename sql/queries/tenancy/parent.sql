SELECT
    foreign_key.confrelid,
    tenant.attname::pg_catalog.text,
    pg_catalog.quote_ident(parent_tenant.attname),
    pg_catalog.quote_ident(parent_key.attname)
FROM pg_catalog.pg_constraint AS foreign_key
JOIN pg_catalog.pg_class AS parent ON parent.oid OPERATOR(pg_catalog.=) foreign_key.confrelid
JOIN pg_catalog.pg_attribute AS tenant
    ON tenant.attrelid OPERATOR(pg_catalog.=) foreign_key.conrelid AND tenant.attnum OPERATOR(pg_catalog.=) foreign_key.conkey[1]
JOIN pg_catalog.pg_attribute AS key
    ON key.attrelid OPERATOR(pg_catalog.=) foreign_key.conrelid AND key.attnum OPERATOR(pg_catalog.=) foreign_key.conkey[2]
JOIN pg_catalog.pg_attribute AS parent_tenant
    ON parent_tenant.attrelid OPERATOR(pg_catalog.=) foreign_key.confrelid
    AND parent_tenant.attnum OPERATOR(pg_catalog.=) foreign_key.confkey[1]
JOIN pg_catalog.pg_attribute AS parent_key
    ON parent_key.attrelid OPERATOR(pg_catalog.=) foreign_key.confrelid
    AND parent_key.attnum OPERATOR(pg_catalog.=) foreign_key.confkey[2]
WHERE foreign_key.conrelid OPERATOR(pg_catalog.=) $1
    AND foreign_key.contype OPERATOR(pg_catalog.=) 'f'
    AND pg_catalog.array_length(foreign_key.conkey, 1) OPERATOR(pg_catalog.=) 2
    AND key.attname::pg_catalog.text OPERATOR(pg_catalog.=) $2
    AND ($3 OPERATOR(pg_catalog.=) '' OR tenant.attname::pg_catalog.text OPERATOR(pg_catalog.=) $3)
-- A partitioned parent has a constraint for each of its partitions, too.
ORDER BY parent.relispartition USING OPERATOR(pg_catalog.<), foreign_key.oid USING OPERATOR(pg_catalog.<)
LIMIT 1
