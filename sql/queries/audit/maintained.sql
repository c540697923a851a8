-- The columns of the table $1 that triggers of rowkit's keep on every UPDATE: search vectors, when a row was changed and by whom, and the schema of a table of records.
SELECT kept.name
FROM pg_catalog.pg_trigger AS trigger
JOIN pg_catalog.pg_proc AS routine ON routine.oid OPERATOR(pg_catalog.=) trigger.tgfoid
CROSS JOIN LATERAL (SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS words) AS argument
CROSS JOIN LATERAL (
    SELECT CASE routine.proname
        WHEN 'maintain_search_vector' THEN argument.words[1]
        WHEN 'update_updated_at' THEN COALESCE(argument.words[1], 'updated_at')
        WHEN 'update_updated_at_column' THEN COALESCE(argument.words[1], 'updated_at')
        WHEN 'set_row_actor' THEN COALESCE(argument.words[2], 'updated_by')
        WHEN 'guard_table_schema' THEN 'schema'
    END
) AS kept(name)
WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1 AND NOT trigger.tgisinternal AND kept.name IS NOT NULL
    AND routine.pronamespace OPERATOR(pg_catalog.=) 'rowkit'::pg_catalog.regnamespace
