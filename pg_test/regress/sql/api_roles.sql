-- API roles that are created after the tables: what they lack is reported, and granted by grant_api_roles() or by installing again.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
-- Tables of one's own: one in a schema alone, one beside a blueprint, one that is served by a role of its own.
CREATE SCHEMA alone;
CREATE TABLE alone.members (user_id uuid, organization_id uuid, PRIMARY KEY (user_id, organization_id));
CREATE TABLE alone.items (id uuid PRIMARY KEY, organization_id uuid NOT NULL, deleted_at timestamptz);
CREATE TABLE alone.lists (id uuid PRIMARY KEY, organization_id uuid NOT NULL);
CREATE TABLE alone.served (id uuid PRIMARY KEY, organization_id uuid NOT NULL);
CREATE TABLE alone.closed (id uuid PRIMARY KEY, organization_id uuid NOT NULL);
SELECT count(*) > 0 AS registered FROM rowkit.register_membership('alone.members');
SELECT count(*) > 0 AS enabled FROM rowkit.enable_soft_delete('alone.items');
SELECT count(*) > 0 AS isolated FROM rowkit.enable_tenant_isolation('alone.members');
SELECT count(*) > 0 AS isolated FROM rowkit.enable_tenant_isolation('alone.items');
SELECT count(*) > 0 AS isolated FROM rowkit.enable_tenant_isolation('alone.lists', commands => '{select}');
SELECT count(*) > 0 AS isolated FROM rowkit.enable_tenant_isolation('alone.served');
SELECT count(*) > 0 AS isolated FROM rowkit.enable_tenant_isolation('alone.closed', commands => '{}');
CREATE ROLE regress_web;
GRANT SELECT ON alone.served TO regress_web;
CREATE FUNCTION alone.sign_up() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$SELECT 'welcome'$$;
REVOKE EXECUTE ON FUNCTION alone.sign_up() FROM PUBLIC;
COMMENT ON FUNCTION alone.sign_up() IS 'Open to anon, service_role.';
CREATE TABLE studio_crm.rooms (id uuid PRIMARY KEY, organization_id uuid NOT NULL);
SELECT count(*) > 0 AS isolated FROM rowkit.enable_tenant_isolation('studio_crm.rooms', membership => 'studio_crm.auth_users');
SELECT * FROM rowkit.isolation_report();
-- Nobody is there yet: nothing to grant, and nothing is granted.
SELECT * FROM rowkit.grant_api_roles('studio_crm');
SELECT * FROM rowkit.grant_api_roles('alone');

CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT severity, object_name, regexp_replace(problem, '\d+', 'n', 'g') AS problem, remedy FROM rowkit.isolation_report();
-- What it would do.
SELECT * FROM rowkit.grant_api_roles('alone', dry_run => true);
SELECT kind, identity, command FROM rowkit.grant_api_roles('studio_crm', dry_run => true) WHERE kind = 'blueprint' OR identity ~ 'rooms|submit_form';
SELECT count(*) FILTER (WHERE has_table_privilege('authenticated', oid, 'SELECT')) AS granted FROM pg_class WHERE relnamespace = 'alone'::regnamespace AND relkind IN ('r', 'v');
SELECT * FROM rowkit.grant_api_roles('alone');
SELECT * FROM rowkit.grant_api_roles('alone');
SELECT kind, identity FROM rowkit.grant_api_roles('studio_crm')
WHERE kind IN ('grant', 'revoke', 'policy') AND identity ~ 'leads|rooms|clients TO service|audit_logs|submit_form|organizations' ORDER BY kind, identity COLLATE "C";
SELECT * FROM rowkit.grant_api_roles('studio_crm');
-- By installing again the others are as if the roles had been there.
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS changed FROM rowkit.blueprints() WHERE blueprint <> 'studio_crm';
SELECT * FROM rowkit.isolation_report();
CREATE FUNCTION public.reached(home text) RETURNS TABLE(object text, role text, privilege text) LANGUAGE sql AS $$
    SELECT class.relname::text, role.name, privilege.name FROM pg_class AS class
    CROSS JOIN (VALUES ('anon'), ('authenticated'), ('service_role')) AS role(name)
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege(name)
    WHERE class.relnamespace = home::regnamespace AND class.relkind IN ('r', 'p', 'v', 'm') AND NOT class.relispartition AND class.relname <> 'rooms'
        AND CASE privilege.name WHEN 'DELETE' THEN has_table_privilege(role.name, class.oid, 'DELETE') WHEN 'TRUNCATE' THEN has_table_privilege(role.name, class.oid, 'TRUNCATE')
            ELSE has_any_column_privilege(role.name, class.oid, privilege.name) END
    UNION ALL
    SELECT routine.proname, role.name, 'EXECUTE' FROM pg_proc AS routine CROSS JOIN (VALUES ('anon'), ('authenticated'), ('service_role')) AS role(name)
    WHERE routine.pronamespace = home::regnamespace AND has_function_privilege(role.name, routine.oid, 'EXECUTE')
    UNION ALL
    SELECT class.relname, rule.polname, (SELECT string_agg(named::regrole::text, ',' ORDER BY named::regrole::text) FROM unnest(rule.polroles) AS named)
    FROM pg_policy AS rule JOIN pg_class AS class ON class.oid = rule.polrelid AND class.relnamespace = home::regnamespace AND NOT class.relispartition AND class.relname <> 'rooms'
$$;
CREATE TABLE public.late AS SELECT blueprint, reached.* FROM rowkit.blueprints() CROSS JOIN LATERAL public.reached(blueprint);
DROP TABLE studio_crm.rooms;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.uninstall_blueprint(blueprint, blueprint, blueprint)) AS gone FROM rowkit.blueprints();
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
SELECT count(*) > 500 AS compared FROM public.late;
(TABLE public.late EXCEPT SELECT blueprint, reached.* FROM rowkit.blueprints() CROSS JOIN LATERAL public.reached(blueprint))
UNION ALL (SELECT blueprint, reached.* FROM rowkit.blueprints() CROSS JOIN LATERAL public.reached(blueprint) EXCEPT TABLE public.late);

-- A user works with what came so.
GRANT USAGE ON SCHEMA alone TO authenticated, anon;
INSERT INTO alone.members VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-00000000000a');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
INSERT INTO alone.items (id, organization_id) VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a');
SELECT count(*) FROM alone.items_active;
\set VERBOSITY sqlstate
INSERT INTO alone.lists VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a');
SELECT count(*) FROM alone.served;
SELECT count(*) FROM alone.closed;
SELECT alone.sign_up();
RESET ROLE;
SET ROLE anon;
SELECT alone.sign_up();
SELECT count(*) FROM alone.items;
RESET ROLE;
RESET request.jwt.claims;
-- What was taken back on purpose is not said to be late, as long as something is left.
\set VERBOSITY verbose
REVOKE DELETE ON alone.items FROM authenticated;
SELECT * FROM rowkit.isolation_report();
REVOKE ALL ON alone.items FROM authenticated;
SELECT * FROM rowkit.isolation_report();
-- Whose it is not.
SELECT * FROM rowkit.grant_api_roles('nowhere');
SELECT * FROM rowkit.grant_api_roles('pg_catalog');
CREATE ROLE regress_other;
SET ROLE regress_other;
SELECT * FROM rowkit.grant_api_roles('alone');
SELECT * FROM rowkit.grant_api_roles('studio_crm');
RESET ROLE;

SELECT format('DROP SCHEMA %I CASCADE', blueprint) FROM rowkit.blueprints() \gexec
DROP SCHEMA alone CASCADE;
DROP FUNCTION public.reached;
DROP TABLE public.late;
DROP ROLE anon, authenticated, service_role, regress_web, regress_other;
