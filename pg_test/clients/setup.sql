-- What every client finds: the roles of PostgREST, each blueprint in a schema of its own, custom_tables in the schema app, and the table of a first customer.
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT anon, authenticated, service_role TO authenticator;
CREATE TABLE public.exposed AS SELECT blueprint, CASE blueprint WHEN 'custom_tables' THEN 'app' ELSE blueprint END AS schema
FROM rowkit.blueprints() AS known(blueprint);
SELECT format('CREATE SCHEMA %I', schema), format('GRANT USAGE ON SCHEMA %I TO anon, authenticated, service_role', schema) FROM exposed \gexec
SELECT schema, count(*) AS made FROM exposed, rowkit.install_blueprint(blueprint, schema) GROUP BY schema;

SET search_path = app, rowkit;
INSERT INTO users (id, email, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'ann@acme.example', 'Ann');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO user_organizations (organization_id, user_id, role) VALUES ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-0000000000a1', 'owner');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'Customers');
INSERT INTO table_columns (table_id, name, label, type, required, position) VALUES
    ('00000000-0000-4000-8000-00000000000b', 'name', 'Name', 'text', true, 1),
    ('00000000-0000-4000-8000-00000000000b', 'employee_count', 'Employees', 'integer', false, 2);
