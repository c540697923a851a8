-- What enable_tenant_isolation was told of the relation $1: the tenant's column, the membership and the role that writes; and the arguments
-- of its triggers that fill the tenant in. No row where it is not isolated by a tenant.
SELECT guard.settings[1], home.oid, NULLIF(guard.settings[3], '')
FROM (
    SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS settings
    FROM pg_catalog.pg_trigger AS trigger
    WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1 AND trigger.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_tenant()'::pg_catalog.regprocedure
    ORDER BY trigger.tgname USING OPERATOR(pg_catalog.<)
    LIMIT 1
) AS guard
LEFT JOIN LATERAL (
    SELECT class.oid
    FROM pg_catalog.parse_ident(guard.settings[2]) AS name(parts)
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname::pg_catalog.text OPERATOR(pg_catalog.=) name.parts[1]
    JOIN pg_catalog.pg_class AS class
        ON class.relnamespace OPERATOR(pg_catalog.=) namespace.oid AND class.relname::pg_catalog.text OPERATOR(pg_catalog.=) name.parts[2]
) AS home ON true
