-- The extension as it is installed.
SELECT extversion ~ '^\d+\.\d+\.\d+$' AS has_version, nspname, extrelocatable FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'rowkit';
SELECT rowkit.version() = extversion AS version FROM pg_extension WHERE extname = 'rowkit';
-- Every public function says what it does; none lets PUBLIC act with another's rights.
SELECT proname FROM pg_proc WHERE pronamespace IN ('rowkit'::regnamespace, 'rowkit_internal'::regnamespace) AND obj_description(oid, 'pg_proc') IS NULL;
SELECT proname FROM pg_proc WHERE pronamespace IN ('rowkit'::regnamespace, 'rowkit_internal'::regnamespace) AND prosecdef;
-- The public functions.
SELECT proname || '(' || pg_get_function_identity_arguments(oid) || ')' AS function, provolatile, proparallel
FROM pg_proc WHERE pronamespace = 'rowkit'::regnamespace AND proname NOT LIKE '\_%' ORDER BY 1;
-- Internals lie in a schema of their own, but for what WHEN clauses of triggers name.
SELECT proname FROM pg_proc WHERE pronamespace = 'rowkit'::regnamespace AND proname LIKE '\_%';
SELECT count(*) > 100 AS there_are, count(*) FILTER (WHERE proname NOT LIKE '\_%') AS without_mark FROM pg_proc WHERE pronamespace = 'rowkit_internal'::regnamespace;
-- A NULL is never an internal error (the audit log's own are its tests').
DO $$
DECLARE
    called record;
    state text;
BEGIN
    FOR called IN
        SELECT proc.oid::regprocedure AS name, proc.pronamespace::regnamespace::text AS home, proc.proname,
            (SELECT string_agg(format('NULL::%s', format_type(argument.type, NULL)), ', ' ORDER BY argument.place)
                FROM unnest(proc.proargtypes::oid[]) WITH ORDINALITY AS argument(type, place)) AS arguments
        FROM pg_proc AS proc
        WHERE proc.pronamespace IN ('rowkit'::regnamespace, 'rowkit_internal'::regnamespace) AND proc.prokind = 'f' AND NOT proc.proisstrict AND proc.pronargs > 0
            AND proc.prorettype <> ALL ('{trigger,event_trigger}'::regtype[])
    LOOP
        BEGIN
            EXECUTE format('SELECT %I.%I(%s)', called.home, called.proname, called.arguments);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
            IF state LIKE 'XX%' THEN
                RAISE WARNING '% answers NULL with %', called.name, SQLERRM;
            END IF;
        END;
    END LOOP;
END
$$;
-- Time-ordered ids: version 7, rising.
SELECT substr(rowkit.uuidv7()::text, 15, 1) AS version, substr(rowkit.uuidv7()::text, 20, 1) IN ('8', '9', 'a', 'b') AS variant;
SELECT bool_and(id > before) FROM (SELECT id, lag(id) OVER (ORDER BY n) AS before FROM (SELECT n, rowkit.uuidv7() AS id FROM generate_series(1, 1000) AS n) AS made) AS compared;
-- A setting under rowkit's name that is not rowkit's is refused.
SET rowkit.nonsense = 1;
-- A schema of its name that is somebody else's is not taken over.
\set SHOW_CONTEXT never
DROP EXTENSION rowkit;
CREATE ROLE regress_squatter;
ALTER SCHEMA rowkit OWNER TO regress_squatter;
CREATE EXTENSION rowkit;
ALTER SCHEMA rowkit OWNER TO CURRENT_USER;
-- Nor one in which others may create, or have created.
GRANT CREATE ON SCHEMA rowkit TO regress_squatter;
CREATE EXTENSION rowkit;
SET ROLE regress_squatter;
CREATE FUNCTION rowkit.current_user_id(integer) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
RESET ROLE;
REVOKE CREATE ON SCHEMA rowkit FROM regress_squatter;
CREATE EXTENSION rowkit;
DROP FUNCTION rowkit.current_user_id(integer);
GRANT CREATE ON SCHEMA rowkit TO PUBLIC;
CREATE EXTENSION rowkit;
REVOKE CREATE ON SCHEMA rowkit FROM PUBLIC;
CREATE SCHEMA rowkit_internal AUTHORIZATION regress_squatter;
CREATE EXTENSION rowkit;
DROP SCHEMA rowkit_internal;
-- What is not everyone's to call is nobody's, whatever default privileges say.
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO regress_squatter;
CREATE EXTENSION rowkit;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM regress_squatter;
SELECT count(*) > 0 AS some_are_closed, count(*) FILTER (WHERE has_function_privilege('regress_squatter', oid, 'EXECUTE')) AS open_to_squatter
FROM pg_proc WHERE pronamespace IN ('rowkit'::regnamespace, 'rowkit_internal'::regnamespace) AND NOT has_function_privilege('public', oid, 'EXECUTE');
DROP OWNED BY regress_squatter;
DROP ROLE regress_squatter;
