SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs)
FROM pg_catalog.pg_trigger AS trigger
JOIN pg_catalog.pg_proc AS routine ON routine.oid OPERATOR(pg_catalog.=) trigger.tgfoid
WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1
    AND routine.pronamespace OPERATOR(pg_catalog.=) 'rowkit'::pg_catalog.regnamespace
    AND routine.proname OPERATOR(pg_catalog.=) 'guard_membership'
ORDER BY trigger.tgname USING OPERATOR(pg_catalog.<)
LIMIT 1
