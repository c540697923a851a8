-- Where somebody else may create objects in a blueprint's schema, functions of the same names with other argument types are planted there: a call that does not say
-- exactly which types it means takes them, and runs them as whoever writes, or as the blueprint's owner.
\connect - rowkit
GRANT CREATE ON SCHEMA ct, ca, dc, li, sc TO plain;
-- For each function of a blueprint one with every argument varchar, one with text, one with anyelement.
\connect - plain
DO $$
DECLARE
    named record; types text; type text; kind text;
BEGIN
    FOR named IN
        SELECT function.pronamespace::regnamespace::text AS home, function.proname AS name, function.pronargs AS count, function.proargtypes AS given, function.proretset AS is_set, function.prorettype::regtype AS returned
        FROM pg_proc AS function
        WHERE function.pronamespace::regnamespace::text IN ('ct', 'ca', 'dc', 'li', 'sc') AND function.prokind = 'f' AND function.pronargs > 0 AND function.prorettype <> 'trigger'::regtype
    LOOP
        FOREACH kind IN ARRAY ARRAY['character varying', 'text', 'anyelement', 'name', 'last is text'] LOOP
            types := (SELECT string_agg(CASE WHEN kind = 'last is text' THEN CASE WHEN position = named.count THEN 'text' ELSE format_type(given, NULL) END ELSE kind END, ', ' ORDER BY position)
                FROM unnest(named.given) WITH ORDINALITY AS argument(given, position));
            BEGIN
                EXECUTE format('CREATE FUNCTION %I.%I(%s) RETURNS %s%s LANGUAGE plpgsql AS $f$ BEGIN PERFORM attack.trap(''plain''); RETURN%s; END $f$', named.home, named.name, types,
                    CASE WHEN named.is_set THEN 'SETOF ' ELSE '' END, CASE WHEN named.returned = 'record'::regtype THEN 'text' ELSE named.returned::text END, CASE WHEN named.is_set THEN '' WHEN named.returned = 'void'::regtype THEN '' ELSE ' NULL' END);
            EXCEPTION WHEN duplicate_function OR feature_not_supported OR invalid_function_definition OR datatype_mismatch OR syntax_error OR insufficient_privilege THEN NULL;
            END;
        END LOOP;
    END LOOP;
END
$$;
\connect - rowkit
SELECT attack.holds(count(*) > 20, 'functions are planted') FROM pg_proc WHERE proowner = 'plain'::regrole;
CREATE FUNCTION attack.write_rows() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    command text; written integer := 0;
BEGIN
    FOREACH command IN ARRAY ARRAY[
        'INSERT INTO dc.datasets (account_id, connection_id, schema, name) VALUES (attack.id(''A''), attack.id(''A connection''), ''s'', ''planted'')', 'INSERT INTO dc.datasets (account_id, name) VALUES (attack.id(''A''), ''planted 2'')',
        'UPDATE dc.connections SET name = ''CA2'' WHERE account_id = attack.id(''A'')', 'INSERT INTO dc.accounts (name, subscription_tier) VALUES (''new'', ''free'')', 'UPDATE dc.accounts SET subscription_tier = ''free'' WHERE id = attack.id(''A'')',
        'INSERT INTO dc.projects (account_id, name) VALUES (attack.id(''A''), ''planted'')', 'INSERT INTO ct.records (table_id, name, data) VALUES (attack.id(''A table''), ''x'', ''{"salary": 1500}'')',
        'INSERT INTO ca.customer_accounts (company_name, customer_type) VALUES (''x'', ''Commercial'')',
        'INSERT INTO sc.forms (organization_id, name, fields) VALUES (attack.id(''A''), ''x'', ''[]'')', 'UPDATE sc.forms SET fields = ''[]'' WHERE organization_id = attack.id(''A'')', 'INSERT INTO sc.form_submissions (form_id, data) VALUES (attack.id(''A form''), ''{}'')',
        'INSERT INTO li.leads (query_id, company_name) VALUES (attack.id(''A query''), ''x'')', 'SELECT rowkit.consume_credits(attack.id(''A''), 1, ''x'', credit_accounts => ''li.credit_accounts'')'] LOOP
        CONTINUE WHEN to_regclass('sc.forms') IS NULL AND command ~ ' (sc|li)\.|li\.';
        BEGIN
            EXECUTE command;
            written := written + 1;
        EXCEPTION WHEN OTHERS THEN
            IF SQLSTATE NOT IN ('42501', '23514', '23502', '53400', '23503', '23505') THEN RAISE EXCEPTION 'ATTACK WENT WRONG with %: % [%]', SQLSTATE, SQLERRM, command; END IF;
        END;
    END LOOP;
    RETURN written;
END
$$;
BEGIN;
SELECT attack.holds(attack.write_rows() > 5, 'a superuser can write');
ROLLBACK;
\connect - authenticator
SET ROLE service_role;
BEGIN;
SELECT attack.holds(attack.write_rows() > 5, 'a service can write');
ROLLBACK;
\connect - authenticator
SELECT attack.sign_in('a3');
BEGIN;
SELECT attack.holds(attack.write_rows() > 3, 'a member can write');
ROLLBACK;
