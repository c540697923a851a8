SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_trigger AS trigger
    WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1
        AND trigger.tgfoid OPERATOR(pg_catalog.=) 'rowkit.enforce_record_keys()'::pg_catalog.regprocedure
        AND trigger.tgenabled OPERATOR(pg_catalog.<>) 'D'
        -- For INSERT or UPDATE: 4 and 16.
        AND (trigger.tgtype::pg_catalog.int4 OPERATOR(pg_catalog.&) 20) OPERATOR(pg_catalog.<>) 0
)
