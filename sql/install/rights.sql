-- Last: functions that were taken from everyone are taken from those, too, whom default privileges gave them when they were made.

DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT DISTINCT routine.oid::regprocedure AS routine, entry.grantee::regrole AS role
        FROM pg_catalog.pg_proc AS routine
        CROSS JOIN LATERAL pg_catalog.aclexplode(routine.proacl) AS entry
        WHERE routine.pronamespace OPERATOR(pg_catalog.=) ANY (ARRAY[pg_catalog.to_regnamespace('rowkit')::oid, pg_catalog.to_regnamespace('rowkit_internal')::oid])
            AND entry.grantee OPERATOR(pg_catalog.<>) ALL (ARRAY[routine.proowner, 0::oid])
            AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(routine.proacl) AS everyone WHERE everyone.grantee OPERATOR(pg_catalog.=) 0::oid)
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON ROUTINE %s FROM %s', held.routine, held.role);
    END LOOP;
END
$$;

-- Nor does anybody write to a table of rowkit's own.
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT DISTINCT class.oid::regclass AS relation, CASE WHEN entry.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'PUBLIC' ELSE entry.grantee::regrole::text END AS role
        FROM pg_catalog.pg_class AS class
        CROSS JOIN LATERAL pg_catalog.aclexplode(class.relacl) AS entry
        WHERE class.oid OPERATOR(pg_catalog.=) 'rowkit_internal.checks_at_commit'::regclass AND entry.grantee OPERATOR(pg_catalog.<>) class.relowner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', held.relation, held.role);
    END LOOP;
END
$$;
