-- Every SECURITY DEFINER trigger function of the five blueprints, hung on a table that is not its blueprint's: it refuses, whoever may execute it.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE regress_plain NOLOGIN;
CREATE SCHEMA plainhome AUTHORIZATION regress_plain;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
SELECT format('GRANT USAGE, CREATE ON SCHEMA %I TO regress_plain, authenticated', blueprint) FROM rowkit.blueprints() \gexec
-- One of each function's own triggers, as it stands in the catalog.
CREATE VIEW public.definers AS
SELECT DISTINCT ON (routine.oid)
    routine.oid::regprocedure AS function, class.oid::regclass AS relation, class.relname, trigger.tgname,
    CASE WHEN trigger.tgtype & 2 > 0 THEN 'BEFORE' ELSE 'AFTER' END AS timing, CASE WHEN trigger.tgtype & 1 > 0 THEN 'ROW' ELSE 'STATEMENT' END AS level,
    CASE WHEN trigger.tgtype & 4 > 0 THEN 'INSERT' WHEN trigger.tgtype & 16 > 0 THEN 'UPDATE' ELSE 'DELETE' END AS event,
    concat_ws(' ', ' OLD TABLE AS ' || trigger.tgoldtable, ' NEW TABLE AS ' || trigger.tgnewtable) AS tables,
    (SELECT string_agg(quote_literal(argument), ', ') FROM unnest(rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs)) AS argument) AS arguments
FROM pg_proc AS routine
JOIN pg_namespace AS home ON home.oid = routine.pronamespace AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints())
LEFT JOIN pg_trigger AS trigger ON trigger.tgfoid = routine.oid AND NOT trigger.tgisinternal
LEFT JOIN pg_class AS class ON class.oid = trigger.tgrelid
WHERE routine.prosecdef AND routine.prorettype = 'trigger'::regtype
ORDER BY routine.oid, trigger.oid;
SELECT function, relation, timing, event, level FROM public.definers ORDER BY function::text COLLATE "C";
-- Whoever may create the trigger: the functions' own check is what is tried here.
SELECT format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', function) FROM public.definers \gexec

-- Hangs a function on a table with the columns of its own, as somebody, and fires it.
CREATE FUNCTION public.hang(definer public.definers, planter text, place text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    planted CONSTANT text := CASE place WHEN 'temporary' THEN format('pg_temp.%I', definer.relname) ELSE format('%I.%I', place, definer.relname) END;
    state text;
    message text;
BEGIN
    BEGIN
        IF place NOT IN ('temporary', 'plainhome') THEN
            EXECUTE format('ALTER TABLE %s RENAME TO formerly', definer.relation);
        END IF;
        EXECUTE format('CREATE %s TABLE %s AS SELECT * FROM %s WITH NO DATA', CASE place WHEN 'temporary' THEN 'TEMP' END, planted,
            CASE WHEN place IN ('temporary', 'plainhome') THEN definer.relation::text ELSE format('%I.formerly', place) END);
        EXECUTE format('INSERT INTO %s DEFAULT VALUES', planted);
        EXECUTE format('ALTER TABLE %s OWNER TO %I', planted, planter);
        EXECUTE format('SET LOCAL ROLE %I', planter);
        EXECUTE format('CREATE TRIGGER %I %s %s ON %s %s FOR EACH %s EXECUTE FUNCTION %s(%s)', definer.tgname, definer.timing, definer.event, planted,
            'REFERENCING' || nullif(definer.tables, ''), definer.level, split_part(definer.function::text, '(', 1), definer.arguments);
        EXECUTE CASE definer.event WHEN 'INSERT' THEN format('INSERT INTO %s DEFAULT VALUES', planted) WHEN 'DELETE' THEN 'DELETE FROM ' || planted
            ELSE format('UPDATE %s SET %I = NULL', planted, (SELECT attname FROM pg_attribute WHERE attrelid = planted::regclass AND attnum = 1)) END;
        RAISE EXCEPTION USING ERRCODE = 'RK001', MESSAGE = 'it ran';
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
    END;
    RETURN state || ' ' || regexp_replace(message, 'pg_temp_\d+', 'pg_temp');
END
$$;
SELECT place.name AS place, place.planter, definer.function, public.hang(definer, place.planter, coalesce(place.schema, split_part(definer.function::text, '.', 1))) AS outcome
FROM public.definers AS definer
CROSS JOIN (VALUES (1, 'temporary table', 'authenticated', 'temporary'), (2, 'temporary table', 'regress_plain', 'temporary'), (3, 'its own schema', 'regress_plain', 'plainhome'),
    (4, 'the blueprint''s schema', 'regress_plain', NULL), (5, 'the blueprint''s schema', 'authenticated', NULL)) AS place(number, name, planter, schema)
ORDER BY place.number, definer.function::text COLLATE "C";
-- A temporary table of the owner's, and the owner's table in another schema, are not the blueprint's either.
SELECT place, count(*), count(*) FILTER (WHERE outcome ~ '^42501 .* cannot be a trigger on ') AS refused FROM (
    SELECT place, public.hang(definer, current_user, place) AS outcome FROM public.definers AS definer CROSS JOIN unnest(ARRAY['temporary', 'plainhome']) AS place
) AS tried GROUP BY place ORDER BY place;
-- A function without the check runs: so these answers can fail.
CREATE FUNCTION public.unchecked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NULL; END';
GRANT EXECUTE ON FUNCTION public.unchecked() TO PUBLIC;
SELECT public.hang(ROW('public.unchecked()'::regprocedure, relation, relname, tgname, timing, level, event, tables, arguments)::public.definers, 'regress_plain', 'temporary')
FROM public.definers ORDER BY function::text COLLATE "C" LIMIT 1;

-- The tables that a function uses beside its own: one that somebody else planted in their place is refused, too, and nothing is written there.
INSERT INTO data_catalog.users (id, email) VALUES ('00000000-0000-4000-8000-000000000001', 'ann@example.com');
INSERT INTO data_catalog.accounts (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
CREATE FUNCTION public.plant(command text, VARIADIC names text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text;
    state text;
    message text;
BEGIN
    BEGIN
        FOREACH name IN ARRAY names LOOP
            EXECUTE format('ALTER TABLE data_catalog.%I RENAME TO %I', name, 'formerly_' || name);
            EXECUTE format('CREATE TABLE data_catalog.%1$I AS SELECT * FROM data_catalog.%2$I', name, 'formerly_' || name);
            EXECUTE format('ALTER TABLE data_catalog.%I OWNER TO regress_plain', name);
        END LOOP;
        EXECUTE command;
        RAISE EXCEPTION USING ERRCODE = 'RK001', MESSAGE = 'it ran';
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
    END;
    RETURN state || ' ' || message;
END
$$;
\set project 'INSERT INTO data_catalog.projects (account_id, owner_id, name) VALUES (''00000000-0000-4000-8000-0000000000a1'', ''00000000-0000-4000-8000-000000000001'', ''P'')'
SELECT public.plant(:'project');
SELECT public.plant(:'project', 'project_users');
SELECT public.plant('INSERT INTO data_catalog.datasets (account_id, name) VALUES (''00000000-0000-4000-8000-0000000000a1'', ''D'')', 'connections');
SELECT public.plant('INSERT INTO data_catalog.accounts (name) VALUES (''B'')', 'subscription_plans');
-- Called otherwise.
SELECT rowkit_internal._assert_own_trigger('data_catalog.projects'::regclass, 'no_such_trigger');
SELECT rowkit_internal._assert_own_trigger(NULL, 'x');
SELECT rowkit_internal._assert_own_trigger('data_catalog.projects'::regclass, 'projects_owner_member_insert', NULL);
SELECT rowkit_internal._assert_own_trigger('data_catalog.projects'::regclass, 'projects_owner_member_insert', 'project_users', 'nowhere');
SELECT rowkit_internal._assert_own_trigger('data_catalog.projects'::regclass, 'projects_owner_member_insert', 'projects_active');
SELECT rowkit_internal._assert_own_trigger('data_catalog.projects'::regclass, 'projects_owner_member_insert', 'project_users', 'users');
-- Functions that are no triggers have atomic bodies: their tables are those that were there when they were made. Others name none.
SELECT routine.oid::regprocedure AS function, routine.prosqlbody IS NOT NULL AS is_atomic
FROM pg_proc AS routine JOIN pg_namespace AS home ON home.oid = routine.pronamespace AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints())
WHERE routine.prosecdef AND routine.prorettype <> 'trigger'::regtype ORDER BY routine.oid::regprocedure::text COLLATE "C";

SELECT format('DROP SCHEMA %I CASCADE', blueprint) FROM rowkit.blueprints() \gexec
DROP FUNCTION public.hang, public.plant, public.unchecked;
DROP VIEW public.definers;
DROP SCHEMA plainhome CASCADE;
DROP ROLE anon, authenticated, service_role, regress_plain;
