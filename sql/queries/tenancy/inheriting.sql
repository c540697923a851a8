-- The arguments of the triggers that fill in the tenant of rows of $1.
SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs)
FROM pg_catalog.pg_trigger AS trigger
WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1 AND trigger.tgfoid OPERATOR(pg_catalog.=) 'rowkit.inherit_tenant()'::pg_catalog.regprocedure
    AND trigger.tgenabled::pg_catalog.text OPERATOR(pg_catalog.<>) 'D'
ORDER BY trigger.tgname USING OPERATOR(pg_catalog.<)
