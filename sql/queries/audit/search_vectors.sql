-- The columns of the table $1 in which triggers of rowkit's keep search vectors.
SELECT (rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs))[1]
FROM pg_catalog.pg_trigger AS trigger
WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1 AND NOT trigger.tgisinternal
    AND trigger.tgfoid OPERATOR(pg_catalog.=) 'rowkit.maintain_search_vector()'::pg_catalog.regprocedure
