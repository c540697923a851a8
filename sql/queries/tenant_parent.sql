SELECT
    foreign_key.confrelid,
    pg_catalog.quote_ident(tenant.attname),
    pg_catalog.quote_ident(parent_tenant.attname),
    pg_catalog.quote_ident(parent_key.attname)
FROM pg_catalog.pg_constraint AS foreign_key
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
    AND key.attname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($2)
ORDER BY foreign_key.oid
LIMIT 1
