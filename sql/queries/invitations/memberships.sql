-- The registered memberships beside invitations ($1) and of its owner.
SELECT class.oid, class.relname::pg_catalog.text
FROM pg_catalog.pg_class AS home
JOIN pg_catalog.pg_class AS class
    ON class.relnamespace OPERATOR(pg_catalog.=) home.relnamespace AND class.relowner OPERATOR(pg_catalog.=) home.relowner
WHERE home.oid OPERATOR(pg_catalog.=) $1 AND class.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog."char"[]) AND NOT class.relispartition
    AND EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS trigger
        JOIN pg_catalog.pg_proc AS routine ON routine.oid OPERATOR(pg_catalog.=) trigger.tgfoid
        WHERE trigger.tgrelid OPERATOR(pg_catalog.=) class.oid
            AND routine.pronamespace OPERATOR(pg_catalog.=) 'rowkit'::pg_catalog.regnamespace
            AND routine.proname OPERATOR(pg_catalog.=) 'guard_membership')
