-- What the API's roles can reach of a blueprint, where default privileges give them everything that is made: after the installation, after somebody
-- granted all of it, and after it was installed again.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE regress_reporter NOLOGIN;
CREATE ROLE regress_cron NOLOGIN;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role, regress_cron;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
SELECT format('GRANT USAGE ON SCHEMA %I TO anon, authenticated, service_role, regress_reporter', blueprint) FROM rowkit.blueprints() \gexec
CREATE VIEW public.homes AS SELECT home.oid, home.nspname FROM pg_namespace AS home WHERE home.nspname IN (SELECT blueprint FROM rowkit.blueprints());
CREATE VIEW public.reached AS
SELECT role.name AS role, class.oid::regclass::text AS object, privilege.name AS privilege
FROM pg_class AS class JOIN public.homes AS home ON home.oid = class.relnamespace
CROSS JOIN (VALUES ('anon'), ('authenticated'), ('service_role'), ('regress_reporter'), ('regress_cron')) AS role(name)
CROSS JOIN LATERAL unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] || rowkit_internal._rights_beyond_rows()) AS privilege(name)
WHERE class.relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege(role.name, class.oid, privilege.name)
UNION ALL
SELECT role.name, class.oid::regclass::text, 'SEQUENCE ' || privilege.name
FROM pg_class AS class JOIN public.homes AS home ON home.oid = class.relnamespace
CROSS JOIN (VALUES ('anon'), ('authenticated'), ('regress_reporter')) AS role(name)
CROSS JOIN unnest(ARRAY['SELECT', 'USAGE', 'UPDATE']) AS privilege(name)
WHERE class.relkind = 'S' AND has_sequence_privilege(role.name, class.oid, privilege.name)
UNION ALL
SELECT role.name, class.oid::regclass || '.' || attribute.attname, 'COLUMN ' || privilege.name
FROM pg_class AS class JOIN public.homes AS home ON home.oid = class.relnamespace
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
CROSS JOIN (VALUES ('anon'), ('authenticated'), ('regress_reporter')) AS role(name)
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS privilege(name)
WHERE class.relkind IN ('r', 'p', 'v', 'm') AND has_column_privilege(role.name, class.oid, attribute.attnum, privilege.name)
UNION ALL
SELECT role.name, routine.oid::regprocedure::text, 'EXECUTE'
FROM pg_proc AS routine JOIN public.homes AS home ON home.oid = routine.pronamespace
CROSS JOIN (VALUES ('anon'), ('authenticated'), ('service_role'), ('regress_reporter'), ('regress_cron')) AS role(name)
WHERE (routine.prosecdef OR routine.prorettype = 'trigger'::regtype) AND has_function_privilege(role.name, routine.oid, 'EXECUTE');

-- Functions with their owner's rights, and of triggers: those that are meant. Nothing that row security does not hold back, no sequence, no
-- password.
SELECT role, object FROM public.reached WHERE privilege = 'EXECUTE' ORDER BY object, role;
SELECT * FROM public.reached WHERE privilege = ANY (rowkit_internal._rights_beyond_rows()) OR privilege ~ '^SEQUENCE|COLUMN REFERENCES'
    -- A view of live rows asks for its table's columns, too.
    OR privilege = 'COLUMN SELECT' AND object ~ '\.(password_hash|password_reset_token_hash|email_verification_token_hash)$' AND object !~ '_active\.';
SELECT DISTINCT role FROM public.reached WHERE privilege NOT IN ('EXECUTE') ORDER BY role;
SELECT * FROM rowkit.isolation_report();
-- Nobody hangs something on a view that others write to, or sets what the next ids are.
CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SET ROLE authenticated;
CREATE TRIGGER spy INSTEAD OF INSERT ON data_catalog.projects_active FOR EACH ROW EXECUTE FUNCTION public.spy();
SELECT setval('customer_accounts.customer_contacts_id_seq', 9223372036854775807);
SELECT lead_intelligence.count_weekly_leads();
SET ROLE service_role;
CREATE TRIGGER spy BEFORE INSERT ON data_catalog.projects FOR EACH ROW EXECUTE FUNCTION public.spy();
RESET ROLE;

-- What others were granted is theirs.
GRANT SELECT ON studio_crm.clients, data_catalog.deletions TO regress_reporter;
GRANT EXECUTE ON FUNCTION lead_intelligence.count_weekly_leads() TO regress_reporter;
CREATE TABLE public.before AS SELECT * FROM public.reached;
INSERT INTO data_catalog.deletions (id, table_name, record_keys, counts) VALUES ('00000000-0000-4000-8000-000000000001', 'projects', '[]', '{}');
SELECT format('GRANT ALL ON ALL TABLES IN SCHEMA %1$I TO anon, authenticated', blueprint), format('GRANT ALL ON ALL SEQUENCES IN SCHEMA %1$I TO anon', blueprint),
    format('GRANT ALL ON ALL ROUTINES IN SCHEMA %1$I TO PUBLIC', blueprint)
FROM rowkit.blueprints() WHERE blueprint <> 'custom_tables' \gexec
GRANT ALL ON ALL TABLES IN SCHEMA custom_tables TO authenticated;
-- The report tells all of it.
CREATE VIEW public.report AS
SELECT object_name COLLATE "C" AS object_name, replace(problem, 'MAINTAIN, ', '') COLLATE "C" AS problem, remedy
FROM rowkit.isolation_report() WHERE problem !~ 'granted MAINTAIN,';
SELECT object_name, problem, remedy FROM public.report WHERE object_name ~ '^custom_tables.*(record_|table_statistics|rowkit_objects|users)'
ORDER BY object_name, problem;
SELECT class.relkind, role.name, privilege.name AS privilege, count(*) FILTER (WHERE report.object_name IS NULL) AS not_told, count(*) > 10 AS many
FROM pg_class AS class JOIN public.homes AS home ON home.oid = class.relnamespace
CROSS JOIN (VALUES ('anon'), ('authenticated')) AS role(name)
CROSS JOIN unnest(rowkit_internal._rights_beyond_rows()) AS privilege(name)
LEFT JOIN rowkit.isolation_report() AS report ON report.object_name = rowkit_internal._quoted_name(class.oid) AND report.problem ~ format('%s was granted .*%s', role.name, privilege.name)
WHERE class.relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege(role.name, class.oid, privilege.name) AND privilege.name <> 'MAINTAIN'
    -- These show no row of a table.
    AND class.relname NOT IN ('table_sizes', 'index_usage', 'slow_queries', 'connection_count', 'policy_hits')
GROUP BY class.relkind, role.name, privilege.name ORDER BY class.relkind, role.name, privilege.name;
SELECT object_name, problem FROM public.report WHERE problem ~ 'column|sequence|own$' AND object_name !~ '^custom_tables' ORDER BY object_name, problem;
SELECT count(*) AS not_told FROM pg_proc AS routine JOIN public.homes AS home ON home.oid = routine.pronamespace
WHERE routine.prosecdef AND routine.proname NOT IN ('claim_invitation', 'submit_form')
    AND NOT EXISTS (SELECT FROM rowkit.isolation_report() AS report WHERE report.object_name = routine.oid::regprocedure::text AND position(routine.oid::regprocedure::text IN report.problem) > 0);
-- By construction the books show nothing and take nothing, even so.
SET ROLE anon;
SELECT count(*) FROM data_catalog.deletions;
UPDATE data_catalog.deletions SET is_on_hold = true RETURNING 1;
INSERT INTO data_catalog.deletions (id, table_name, record_keys, counts) VALUES ('00000000-0000-4000-8000-000000000002', 'projects', '[]', '{}');
SELECT count(*) FROM studio_crm.rowkit_objects;
SET ROLE regress_reporter;
SELECT count(*) FROM data_catalog.deletions;
RESET ROLE;
-- Installed again, it is as it was.
SELECT made.kind, replace(made.identity, 'MAINTAIN, ', '') AS identity FROM rowkit.install_blueprint('customer_accounts', 'customer_accounts') AS made
WHERE made.kind <> 'revoke' OR made.identity ~ '_seq |customer_contacts FROM anon|rowkit_objects|customer_accounts FROM PUBLIC';
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS repaired FROM rowkit.blueprints();
(TABLE public.before EXCEPT ALL SELECT * FROM public.reached) UNION ALL (SELECT * FROM public.reached EXCEPT ALL TABLE public.before);
SELECT * FROM rowkit.isolation_report();
SELECT blueprint, (SELECT count(*) FROM rowkit.install_blueprint(blueprint, blueprint)) AS changed FROM rowkit.blueprints();

-- Definitions are put right, too.
ALTER POLICY tenant_select ON custom_tables.records USING (true);
DROP POLICY tenant_delete ON custom_tables.tables;
ALTER TABLE custom_tables.records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE custom_tables.tables DISABLE ROW LEVEL SECURITY;
ALTER TABLE custom_tables.tables DISABLE TRIGGER "0_guard_tenant";
DROP TRIGGER records_enforce_schema ON custom_tables.records;
CREATE OR REPLACE FUNCTION custom_tables.refresh_table_statistics() RETURNS boolean LANGUAGE sql AS 'SELECT false';
DROP VIEW data_catalog.inactive_api_tokens;
ALTER VIEW data_catalog.account_usage_summary RESET (security_invoker);
ALTER FUNCTION data_catalog.update_dataset_fqn() RESET search_path;
SELECT * FROM rowkit.install_blueprint('custom_tables', 'custom_tables');
SELECT * FROM rowkit.install_blueprint('data_catalog', 'data_catalog');
SELECT * FROM rowkit.isolation_report();
SELECT blueprint, (SELECT count(*) FROM rowkit.install_blueprint(blueprint, blueprint)) AS changed FROM rowkit.blueprints();

-- A function with its owner's rights beside isolated tables is told, unless its comment says that it is meant.
CREATE FUNCTION custom_tables.everything() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = ''
    AS 'SELECT count(*) FROM custom_tables.records';
REVOKE EXECUTE ON FUNCTION custom_tables.everything() FROM PUBLIC, anon, service_role;
SELECT * FROM rowkit.isolation_report();
COMMENT ON FUNCTION custom_tables.everything() IS 'How many there are. Open to authenticated.';
SELECT * FROM rowkit.isolation_report();
GRANT EXECUTE ON FUNCTION custom_tables.everything() TO anon;
SELECT severity, object_name, problem FROM rowkit.isolation_report();
DROP FUNCTION custom_tables.everything();
-- As are owners.
ALTER TABLE custom_tables.table_statuses OWNER TO regress_reporter;
SELECT * FROM rowkit.isolation_report();
ALTER TABLE custom_tables.table_statuses OWNER TO CURRENT_USER;

-- Whom row security holds does not install what works as its owner; the rest works as a whole.
CREATE ROLE regress_plain;
GRANT CREATE ON DATABASE :"DBNAME" TO regress_plain;
SET ROLE regress_plain;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, 'plain', dry_run => true)) AS shown FROM rowkit.blueprints();
SELECT * FROM rowkit.install_blueprint('data_catalog', 'plain');
SELECT * FROM rowkit.install_blueprint('lead_intelligence', 'plain');
SELECT * FROM rowkit.install_blueprint('studio_crm', 'plain');
SELECT to_regnamespace('plain') AS made;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'plain');
SELECT count(*) AS changed FROM rowkit.install_blueprint('custom_tables', 'plain');
INSERT INTO plain.organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
INSERT INTO plain.tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1', 'T');
INSERT INTO plain.table_columns (table_id, name, type, is_unique) VALUES
    ('00000000-0000-4000-8000-0000000000b1', 'n', 'autonumber', false), ('00000000-0000-4000-8000-0000000000b1', 'email', 'email', true);
INSERT INTO plain.records (table_id, email) VALUES
    ('00000000-0000-4000-8000-0000000000b1', 'a@example.com'), ('00000000-0000-4000-8000-0000000000b1', 'b@example.com')
RETURNING organization_id, data;
SELECT plain.refresh_table_statistics();
SELECT record_count, (SELECT current_table_count FROM plain.organizations) AS tables, (SELECT count(*) FROM plain.record_keys) AS keys_seen
FROM plain.table_statistics;
RESET ROLE;
SELECT (SELECT count(*) FROM plain.record_keys) AS keys, (SELECT count(*) > 0 FROM plain.audit_logs WHERE table_name = 'records') AS is_logged;
SELECT * FROM rowkit.isolation_report();
-- One that had BYPASSRLS, and lost it.
ALTER ROLE regress_plain BYPASSRLS;
SET ROLE regress_plain;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('studio_crm', 'lost');
RESET ROLE;
SELECT * FROM rowkit.isolation_report();
ALTER ROLE regress_plain NOBYPASSRLS;
SELECT * FROM rowkit.isolation_report();
SET ROLE regress_plain;
SELECT * FROM rowkit.install_blueprint('studio_crm', 'lost');
RESET ROLE;
ALTER ROLE regress_plain BYPASSRLS;
SELECT * FROM rowkit.isolation_report();

-- The same of credits and sharded counters without a blueprint.
CREATE SCHEMA alone;
CREATE TABLE alone.accounts (id bigint PRIMARY KEY, current_file_count bigint NOT NULL DEFAULT 0, max_files bigint);
CREATE TABLE alone.files (id bigint PRIMARY KEY, account_id bigint REFERENCES alone.accounts);
SELECT count(*) > 0 AS made FROM rowkit.enable_credits('alone.accounts');
SELECT count(*) > 0 AS made FROM rowkit.enable_usage_counter('alone.files', 'alone.accounts', 'current_file_count', mode => 'sharded');
SELECT * FROM rowkit.isolation_report();
GRANT SELECT ON alone.credit_grants, alone.usage_slots TO PUBLIC;
SELECT * FROM rowkit.isolation_report();
DROP SCHEMA alone CASCADE;

-- What has one of the names and is of another kind, also one's own.
CREATE SCHEMA misfit;
CREATE VIEW misfit.tables AS SELECT 1 AS id;
SELECT * FROM rowkit.install_blueprint('custom_tables', 'misfit');

SELECT format('DROP SCHEMA %I CASCADE', blueprint) FROM rowkit.blueprints() \gexec
DROP SCHEMA plain, lost, misfit CASCADE;
DROP VIEW public.reached, public.homes, public.report;
DROP TABLE public.before;
DROP FUNCTION public.spy;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM anon, authenticated, service_role, regress_cron;
DROP OWNED BY regress_plain;
DROP ROLE anon, authenticated, service_role, regress_reporter, regress_cron, regress_plain;
