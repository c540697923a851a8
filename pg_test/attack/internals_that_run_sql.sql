-- One call of a function with plain arguments, as an API gives anybody, that runs SQL which it is given: with it an end user makes claims of their own. No
-- function of rowkit may do so; each that anon can call is called with commands for arguments, in every shape that we know one to have had.
\connect - rowkit
-- Rings whoever runs it; the counter keeps that.
CREATE FUNCTION attack.ring() RETURNS integer LANGUAGE sql AS $$ SELECT nextval('attack.alarm')::integer $$;
CREATE FUNCTION attack.call_everything() RETURNS integer LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
    called record; command text; arguments text; tried integer := 0; payload text;
    alarms CONSTANT bigint := (SELECT last_value + is_called::integer FROM attack.alarm);
BEGIN
    FOR called IN
        SELECT function.oid, function.oid::regproc::text AS name, function.prokind, ARRAY(SELECT format_type(type, NULL) FROM unnest(function.proargtypes) AS type) AS types
        FROM pg_proc AS function
        WHERE function.pronamespace::regnamespace::text IN ('rowkit', 'rowkit_internal') AND function.prorettype <> 'trigger'::regtype AND function.prokind IN ('f', 'p')
            AND has_function_privilege(function.oid, 'EXECUTE') AND has_schema_privilege(function.pronamespace, 'USAGE')
            -- Only a text can be a command.
            AND function.proargtypes::oid[] && '{text,text[],jsonb}'::regtype[]::oid[]
    LOOP
        FOREACH payload IN ARRAY ARRAY['SELECT attack.ring()', 'SELECT ON pg_class TO anon; SELECT attack.ring(); GRANT SELECT', 'x; SELECT attack.ring(); --', 'attack.ring() = 1', '(SELECT attack.ring())::text'] LOOP
            arguments := (
                SELECT string_agg(CASE
                    WHEN type = 'text' AND position = 1 AND called.name LIKE '%_table_commands' THEN '''plainhome'''
                    WHEN type = 'text' THEN quote_literal(payload)
                    WHEN type = 'text[]' THEN format('ARRAY[%L]', payload)
                    WHEN type = 'jsonb' THEN quote_literal(jsonb_build_array(jsonb_build_object('relation', 'nope', 'text', payload, 'command', payload))::text)
                    WHEN type = 'boolean' THEN 'false'
                    WHEN type = 'regclass' THEN '''ct.records'''
                    WHEN type IN ('integer', 'bigint', 'smallint', 'numeric') THEN '1'
                    WHEN type = 'uuid' THEN 'attack.id(''A table'')'
                    ELSE 'NULL' END || '::' || type, ', ' ORDER BY position)
                FROM unnest(called.types) WITH ORDINALITY AS given(type, position));
            command := CASE called.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END || format(' %s(%s)', called.name, coalesce(arguments, ''));
            BEGIN
                EXECUTE command;
                tried := tried + 1;
            EXCEPTION WHEN OTHERS OR assert_failure THEN
                IF SQLSTATE LIKE 'XX%' THEN RAISE EXCEPTION 'ATTACK WENT WRONG with %: % [%]', SQLSTATE, SQLERRM, command; END IF;
                tried := tried + 1;
            END;
            IF (SELECT last_value + is_called::integer FROM attack.alarm) <> alarms THEN
                RAISE EXCEPTION 'ATTACK SUCCEEDED: % runs SQL that it is given', command;
            END IF;
        END LOOP;
    END LOOP;
    RETURN tried;
END
$$;
\connect - authenticator
SELECT attack.sign_in(NULL);
SELECT attack.holds(attack.call_everything() > 200, 'there is much that anon can call');
SELECT attack.sign_in('a4');
SELECT attack.holds(attack.call_everything() > 200, 'there is much that authenticated can call');
\connect - plain
SELECT attack.holds(attack.call_everything() > 200, 'there is much that plain can call');
-- Internals are no part of the API's schema, but for one that WHEN clauses of triggers name.
\connect - rowkit
SELECT attack.holds(count(*) = 0, format('internals are in a schema of their own, not %s', string_agg(proname, ', ')))
FROM pg_proc WHERE pronamespace = 'rowkit'::regnamespace AND proname LIKE '\_%' AND prorettype <> 'trigger'::regtype AND proname <> '_is_own_mark';
