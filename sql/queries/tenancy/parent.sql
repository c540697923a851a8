-- The foreign key of $1 that has two columns, $2 and the tenant's ($3, or the other one for ''), in either order: the table that it refers to, the
-- tenant's column, and what both refer to. Without a name for the tenant's column, $2 comes second or refers to what is unique by itself, such as an id.
SELECT
    foreign_key.confrelid,
    tenant.attname::pg_catalog.text,
    pg_catalog.quote_ident(parent_tenant.attname),
    pg_catalog.quote_ident(parent_key.attname)
FROM pg_catalog.pg_constraint AS foreign_key
JOIN pg_catalog.pg_class AS parent ON parent.oid OPERATOR(pg_catalog.=) foreign_key.confrelid
CROSS JOIN (VALUES (1, 2), (2, 1)) AS place(key, tenant)
JOIN pg_catalog.pg_attribute AS key
    ON key.attrelid OPERATOR(pg_catalog.=) foreign_key.conrelid AND key.attnum OPERATOR(pg_catalog.=) foreign_key.conkey[place.key]
JOIN pg_catalog.pg_attribute AS tenant
    ON tenant.attrelid OPERATOR(pg_catalog.=) foreign_key.conrelid AND tenant.attnum OPERATOR(pg_catalog.=) foreign_key.conkey[place.tenant]
JOIN pg_catalog.pg_attribute AS parent_key
    ON parent_key.attrelid OPERATOR(pg_catalog.=) foreign_key.confrelid
    AND parent_key.attnum OPERATOR(pg_catalog.=) foreign_key.confkey[place.key]
JOIN pg_catalog.pg_attribute AS parent_tenant
    ON parent_tenant.attrelid OPERATOR(pg_catalog.=) foreign_key.confrelid
    AND parent_tenant.attnum OPERATOR(pg_catalog.=) foreign_key.confkey[place.tenant]
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM pg_catalog.pg_index AS own
        WHERE own.indrelid OPERATOR(pg_catalog.=) foreign_key.confrelid AND own.indisunique AND own.indpred IS NULL
            AND own.indnkeyatts OPERATOR(pg_catalog.=) 1 AND own.indkey[0] OPERATOR(pg_catalog.=) parent_key.attnum) AS is_unique
) AS referred
WHERE foreign_key.conrelid OPERATOR(pg_catalog.=) $1
    AND foreign_key.contype OPERATOR(pg_catalog.=) 'f'
    AND pg_catalog.array_length(foreign_key.conkey, 1) OPERATOR(pg_catalog.=) 2
    AND key.attname::pg_catalog.text OPERATOR(pg_catalog.=) $2
    AND (tenant.attname::pg_catalog.text OPERATOR(pg_catalog.=) $3
        OR $3 OPERATOR(pg_catalog.=) '' AND (referred.is_unique OR place.key OPERATOR(pg_catalog.=) 2))
-- A partitioned parent has a constraint for each of its partitions, too.
ORDER BY parent.relispartition USING OPERATOR(pg_catalog.<), referred.is_unique USING OPERATOR(pg_catalog.>), place.key USING OPERATOR(pg_catalog.>),
    foreign_key.oid USING OPERATOR(pg_catalog.<)
LIMIT 1
