-- The counters of the table $1 that enable_usage_counter() made: the argument of the trigger that begins them with 0.
SELECT DISTINCT (rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs))[1]
FROM pg_catalog.pg_trigger AS trigger
WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1
    AND trigger.tgfoid OPERATOR(pg_catalog.=) 'rowkit.keep_usage_counter()'::pg_catalog.regprocedure
ORDER BY 1 USING OPERATOR(pg_catalog.<)
