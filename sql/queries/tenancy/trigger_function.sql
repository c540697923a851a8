-- The function of the trigger $2 on the relation $1: its schema, its owner and its name.
SELECT routine.pronamespace, routine.proowner, pg_catalog.format('%s.%s()', pg_catalog.quote_ident(home.nspname), pg_catalog.quote_ident(routine.proname))
FROM pg_catalog.pg_trigger AS trigger
JOIN pg_catalog.pg_proc AS routine ON routine.oid OPERATOR(pg_catalog.=) trigger.tgfoid
JOIN pg_catalog.pg_namespace AS home ON home.oid OPERATOR(pg_catalog.=) routine.pronamespace
WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1 AND trigger.tgname OPERATOR(pg_catalog.=) $2::pg_catalog.name
