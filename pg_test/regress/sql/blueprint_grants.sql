-- What installing a blueprint grants to the API's roles, where they are: nobody has to grant by hand, and default privileges give nothing here.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
SELECT format('GRANT USAGE ON SCHEMA %I TO anon, authenticated, service_role', blueprint) FROM rowkit.blueprints() \gexec
CREATE VIEW public.relations AS
SELECT class.oid, class.relkind FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = class.relnamespace
WHERE home.nspname IN (SELECT blueprint FROM rowkit.blueprints()) AND class.relkind IN ('r', 'p', 'v', 'm') AND NOT class.relispartition;
-- Visitors read and write no table.
SELECT class.oid::regclass AS open_to_visitors FROM public.relations AS class WHERE has_table_privilege('anon', class.oid, 'SELECT, INSERT, UPDATE, DELETE');
-- What users cannot read: the service's, and rowkit's books.
SELECT class.oid::regclass AS not_for_users, has_table_privilege('service_role', class.oid, 'INSERT, UPDATE, DELETE') AS service_writes
FROM public.relations AS class WHERE NOT has_any_column_privilege('authenticated', class.oid, 'SELECT') ORDER BY class.oid::regclass::text COLLATE "C";
-- What the service cannot read: logs are the admins', books are rowkit's, figures of all tenants are their owner's.
SELECT class.oid::regclass AS not_for_the_service
FROM public.relations AS class WHERE NOT has_table_privilege('service_role', class.oid, 'SELECT') ORDER BY class.oid::regclass::text COLLATE "C";
-- What nobody but its owner calls, triggers apart, is nothing; what is not everyone's, visitors may call.
SELECT routine.oid::regprocedure AS function, has_function_privilege('anon', routine.oid, 'EXECUTE') AS visitors,
    has_function_privilege('authenticated', routine.oid, 'EXECUTE') AS users, has_function_privilege('service_role', routine.oid, 'EXECUTE') AS service
FROM pg_proc AS routine JOIN pg_namespace AS home ON home.oid = routine.pronamespace
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner))) AS held WHERE held.grantee = 0)) AS everyone(may)
WHERE home.nspname IN (SELECT blueprint FROM rowkit.blueprints()) AND routine.prorettype <> 'trigger'::regtype AND NOT everyone.may
ORDER BY routine.oid::regprocedure::text COLLATE "C";
-- As the service, and as a visitor.
INSERT INTO studio_crm.organizations (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'Flow');
INSERT INTO studio_crm.forms (id, organization_id, name, fields) VALUES
    ('00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-000000000001', 'Trial', '[{"name": "city", "type": "text"}]');
SET search_path = studio_crm, rowkit, public;
SET ROLE service_role;
SELECT submit_form('00000000-0000-4000-8000-0000000000f1', '{"city": "Ghent"}') IS NOT NULL AS submitted;
SELECT token FROM invite_client('kim@example.com', organization_id => '00000000-0000-4000-8000-000000000001') \gset
SELECT email FROM claim_invitation(:'token');
SET ROLE anon;
SELECT submit_form('00000000-0000-4000-8000-0000000000f1', '{"city": "Gent"}') IS NOT NULL AS submitted;
SELECT count(*) FROM form_submissions;
RESET ROLE;
-- Views, as a user.
SET ROLE authenticated;
SELECT count(*) FROM lead_intelligence.workspace_credits;
SELECT count(*) FROM data_catalog.account_usage_summary;
SELECT count(*) FROM data_catalog.inactive_api_tokens;
SELECT count(*) FROM data_catalog.deleted_records_summary;
RESET ROLE;
-- Where there are no such roles, nothing is granted.
RESET search_path;
SELECT format('DROP SCHEMA %I CASCADE', blueprint) FROM rowkit.blueprints() \gexec
DROP VIEW public.relations;
DROP ROLE anon, authenticated, service_role;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('studio_crm', 'studio_crm');
SELECT proname, proacl::text ~ 'rowkit=X/rowkit}$' AS closed FROM pg_proc
WHERE pronamespace = 'studio_crm'::regnamespace AND proname IN ('submit_form', 'claim_invitation') ORDER BY proname;
