-- The world that every attack starts from: five blueprints as the superuser `rowkit` installed them for an API, and a role `plain` with a
-- schema of its own. pg_test/run makes it once and copies it for each attack.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE SCHEMA plainhome AUTHORIZATION plain;
CREATE SCHEMA ct; CREATE SCHEMA ca; CREATE SCHEMA dc; CREATE SCHEMA li; CREATE SCHEMA sc;
GRANT USAGE ON SCHEMA ct, ca, dc, li, sc TO anon, authenticated, service_role, plain;
ALTER DEFAULT PRIVILEGES IN SCHEMA ct, ca, dc, li, sc GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA ct, ca, dc, li, sc GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA ct, ca, dc, li, sc GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'ct');
SELECT count(*) FROM rowkit.install_blueprint('customer_accounts', 'ca');
SELECT count(*) FROM rowkit.install_blueprint('data_catalog', 'dc');
SELECT current_setting('server_version_num')::integer >= 150000 AS is_15 \gset
\if :is_15
-- These use ON DELETE SET NULL (column), which PostgreSQL 15 brought.
SELECT count(*) FROM rowkit.install_blueprint('lead_intelligence', 'li');
SELECT count(*) FROM rowkit.install_blueprint('studio_crm', 'sc');
\endif

-- What the attacks are written with -------------------------------------------------------------------------------------------------
CREATE SCHEMA attack;
GRANT USAGE ON SCHEMA attack TO PUBLIC;

-- Ids are made from names, so that a test says whose they are: attack.id('a1'), attack.id('B').
CREATE FUNCTION attack.id(name text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN overlay(overlay(md5(name) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid;

-- Who speaks from here on, as PostgREST would set it: a user by name, or NULL for anon. To be called by the login role authenticator.
CREATE FUNCTION attack.sign_in(person text, more jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', CASE WHEN person IS NULL THEN 'anon' ELSE 'authenticated' END, false);
    PERFORM set_config('request.jwt.claims', CASE WHEN person IS NULL THEN '' ELSE
        (jsonb_build_object('sub', attack.id(person), 'email', attack.email(person), 'email_verified', true) || more)::text END, false);
END
$$;
CREATE FUNCTION attack.email(person text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN person || CASE WHEN person LIKE 'b%' THEN '@bsecret.example' ELSE '@a.example' END;

-- Whether a text shows anything that is tenant B's. All that B has bears one of these marks; ids are no secrets.
CREATE FUNCTION attack.tells_of_b(shown text) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN pg_catalog.regexp_replace(coalesce(shown, ''), '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '', 'g') ~* 'bsecret|77001|77999|987654';

-- The command must fail with one of these SQLSTATEs, and its error must not tell of tenant B. Returns the SQLSTATE.
CREATE FUNCTION attack.refused(command text, VARIADIC states text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text;
BEGIN
    BEGIN
        EXECUTE command;
    EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    END;
    IF state IS NULL THEN
        RAISE EXCEPTION 'ATTACK SUCCEEDED, nothing refused it: %', left(command, 600) USING ERRCODE = 'ATK01';
    ELSIF NOT attack.tells_of_b(command) AND attack.tells_of_b(concat_ws(' ', message, detail, hint)) THEN
        RAISE EXCEPTION 'ATTACK SUCCEEDED, its error tells of tenant B: % / % / % [%]', message, detail, hint, left(command, 600) USING ERRCODE = 'ATK03';
    ELSIF state <> ALL (states) THEN
        RAISE EXCEPTION 'ATTACK WENT WRONG with % instead of %: % [%]', state, states, message, left(command, 600) USING ERRCODE = 'ATK02', DETAIL = detail;
    END IF;
    RETURN state;
END
$$;

-- The command may succeed, or fail with one of these SQLSTATEs; neither its rows nor its error may tell of tenant B.
CREATE FUNCTION attack.shows_nothing(command text, VARIADIC states text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text; shown record; row_count bigint := 0;
BEGIN
    BEGIN
        FOR shown IN EXECUTE command LOOP
            row_count := row_count + 1;
            IF attack.tells_of_b(shown::text) THEN
                RAISE EXCEPTION 'ATTACK SUCCEEDED, its rows tell of tenant B: % [%]', left(shown::text, 600), left(command, 600) USING ERRCODE = 'ATK03';
            END IF;
        END LOOP;
        RETURN row_count || ' rows';
    EXCEPTION WHEN SQLSTATE 'ATK03' THEN
        RAISE;
    WHEN OTHERS OR query_canceled OR assert_failure THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    END;
    IF state <> ALL (states) THEN
        RAISE EXCEPTION 'ATTACK WENT WRONG with % instead of %: % [%]', state, states, message, left(command, 600) USING ERRCODE = 'ATK02', DETAIL = detail;
    ELSIF attack.tells_of_b(concat_ws(' ', message, detail, hint)) THEN
        RAISE EXCEPTION 'ATTACK SUCCEEDED, its error tells of tenant B: % / % / % [%]', message, detail, hint, left(command, 600) USING ERRCODE = 'ATK03';
    END IF;
    RETURN state;
END
$$;

-- The command, written with %s, must be refused in the same words for each of these arguments: else the error tells which of them is there.
CREATE FUNCTION attack.refused_alike(command text, arguments text[], VARIADIC states text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    argument text; first_argument text; answer text; first_answer text;
    state text; message text; detail text; hint text; constraint_name text; column_name text;
BEGIN
    FOREACH argument IN ARRAY arguments LOOP
        state := NULL;
        BEGIN
            EXECUTE replace(command, '%s', argument);
        EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
                constraint_name = CONSTRAINT_NAME, column_name = COLUMN_NAME;
        END;
        IF state IS NULL THEN
            RAISE EXCEPTION 'ATTACK SUCCEEDED, nothing refused it: %', left(replace(command, '%s', argument), 600) USING ERRCODE = 'ATK01';
        ELSIF state <> ALL (states) THEN
            RAISE EXCEPTION 'ATTACK WENT WRONG with % instead of %: % [%]', state, states, message, left(replace(command, '%s', argument), 600)
            USING ERRCODE = 'ATK02', DETAIL = detail;
        END IF;
        answer := replace(concat_ws(' / ', state, message, detail, hint, constraint_name, column_name), argument, '%s');
        IF first_answer IS NULL THEN
            first_answer := answer; first_argument := argument;
        ELSIF answer <> first_answer THEN
            RAISE EXCEPTION 'ATTACK SUCCEEDED, the errors differ. %: % BUT %: % [%]', first_argument, first_answer, argument, answer, left(command, 600)
            USING ERRCODE = 'ATK03';
        END IF;
    END LOOP;
    RETURN state;
END
$$;

-- A claim about the state of things.
CREATE FUNCTION attack.holds(claim boolean, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF claim IS NOT TRUE THEN
        RAISE EXCEPTION 'ATTACK SUCCEEDED: it is not so that %', what USING ERRCODE = 'ATK04';
    END IF;
END
$$;

-- A trap is code of an attacker's that waits for somebody else to run it: a trigger, a policy, a default, a view. It rings when that happens; a
-- sequence keeps the alarm although the transaction is rolled back or the error caught. It counts its runs, so that a test knows that it was there.
CREATE SEQUENCE attack.alarm;
CREATE SEQUENCE attack.visits;
GRANT ALL ON SEQUENCE attack.alarm, attack.visits TO PUBLIC;
CREATE FUNCTION attack.trap(author text) RETURNS boolean LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM nextval('attack.visits');
    IF current_user <> author THEN
        PERFORM nextval('attack.alarm');
        RAISE WARNING 'ATTACK SUCCEEDED: code of % runs as %', author, current_user;
    END IF;
    RETURN true;
END
$$;
-- The same as a trigger function. Its arguments: the author.
CREATE FUNCTION attack.trap_trigger() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM attack.trap(TG_ARGV[0]);
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE FUNCTION attack.has_visits() RETURNS boolean LANGUAGE sql AS 'SELECT is_called FROM attack.visits';

-- What must be the same when an attack is over: the roles, who owns what, and every row of tenant B.
CREATE FUNCTION attack.roles() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(role::text, ' ' ORDER BY role.rolname)
        || (SELECT coalesce(string_agg(concat_ws('>', roleid::regrole, member::regrole, admin_option), ' ' ORDER BY roleid::regrole::text, member::regrole::text), '')
            FROM pg_auth_members)
    FROM (SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls FROM pg_roles) AS role
$$;
CREATE FUNCTION attack.rows_of_b() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    part record; digest text; digests text := '';
BEGIN
    FOR part IN
        SELECT class.oid::regclass AS relation, string_agg(format('held.%I::text = %L', attribute.attname, attack.id('B')), ' OR ') AS condition
        FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
        WHERE class.relnamespace IN ('ct'::regnamespace, 'ca'::regnamespace, 'dc'::regnamespace, 'li'::regnamespace, 'sc'::regnamespace)
            AND class.relkind IN ('r', 'p') AND NOT class.relispartition AND class.relname <> 'audit_logs'
            AND (attribute.attname IN ('organization_id', 'account_id', 'workspace_id', 'owner_key') OR (attribute.attname = 'id' AND class.relname IN ('organizations', 'accounts', 'workspaces')))
        GROUP BY class.oid
        ORDER BY 1
    LOOP
        EXECUTE format('SELECT md5(string_agg((to_jsonb(held) - ''updated_at'' - ''last_used_at'')::text, '''' ORDER BY to_jsonb(held)::text)) FROM %s AS held WHERE %s', part.relation, part.condition)
        INTO digest;
        digests := digests || format('%s=%s ', part.relation, digest);
    END LOOP;
    EXECUTE 'SELECT md5(string_agg(held::text, '''' ORDER BY held::text)) FROM (SELECT to_jsonb(account) FROM ca.customer_accounts AS account WHERE account.id = 2 '
        'UNION ALL SELECT to_jsonb(contact) FROM ca.customer_contacts AS contact WHERE contact.id = 2) AS held' INTO digest;
    RETURN digests || 'ca=' || digest;
END
$$;
CREATE TABLE attack.before (roles text, rows_of_b text);
