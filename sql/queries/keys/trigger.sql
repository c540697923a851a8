-- The arguments of the trigger that keeps the unique values of a relation ($1) apart.
SELECT rowkit_internal._trigger_arguments(keeper.tgargs, keeper.tgnargs)
FROM pg_catalog.pg_trigger AS keeper
WHERE keeper.tgrelid OPERATOR(pg_catalog.=) $1 AND keeper.tgfoid OPERATOR(pg_catalog.=) 'rowkit.enforce_record_keys()'::pg_catalog.regprocedure
ORDER BY keeper.tgname
LIMIT 1
