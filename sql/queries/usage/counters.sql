-- The triggers that keep counters of the table $1, or of any for NULL: their tables, functions and arguments.
SELECT
    trigger.tgrelid, routine.proname::pg_catalog.text,
    rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs)
FROM pg_catalog.pg_trigger AS trigger
JOIN pg_catalog.pg_proc AS routine ON routine.oid OPERATOR(pg_catalog.=) trigger.tgfoid
JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) trigger.tgrelid
WHERE (routine.pronamespace OPERATOR(pg_catalog.=) 'rowkit'::pg_catalog.regnamespace AND routine.proname OPERATOR(pg_catalog.=) 'maintain_usage_counter'
        OR routine.pronamespace OPERATOR(pg_catalog.=) 'rowkit_internal'::pg_catalog.regnamespace AND routine.proname OPERATOR(pg_catalog.=) ANY (
            ARRAY['_update_account_user_count', '_update_account_project_count', '_update_account_dataset_count']::pg_catalog.name[]))
    AND (trigger.tgtype OPERATOR(pg_catalog.&) 4::pg_catalog.int2) OPERATOR(pg_catalog.<>) 0
    -- The trigger refuses to count for another owner, and conditions run with the rights of the counters' owner.
    AND ($1 IS NULL OR class.relowner OPERATOR(pg_catalog.=) (SELECT owner.relowner FROM pg_catalog.pg_class AS owner WHERE owner.oid OPERATOR(pg_catalog.=) $1))
    -- A partition's rows are counted with its table's.
    AND NOT class.relispartition
ORDER BY trigger.tgrelid USING OPERATOR(pg_catalog.<), trigger.tgname USING OPERATOR(pg_catalog.<)
