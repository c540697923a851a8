-- A row's tenant comes first: before any trigger reads a schema, takes a lock or a number, the writer must be one who may write that tenant's
-- rows, and what the row names must be that tenant's. Another tenant's row and no row give one error.
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE plain NOLOGIN;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
CREATE SCHEMA ct; CREATE SCHEMA dc; CREATE SCHEMA li; CREATE SCHEMA sc;
GRANT USAGE ON SCHEMA ct, dc, li, sc TO anon, authenticated, service_role;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'ct') AS ct, rowkit.install_blueprint('data_catalog', 'dc') AS dc LIMIT 1;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('lead_intelligence', 'li') AS li, rowkit.install_blueprint('studio_crm', 'sc') AS sc LIMIT 1;
-- Tenants a and b: each an owner (1), a member (3) and a viewer (4).
CREATE FUNCTION public.id(word text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT (rpad(word, 8, '0') || '-0000-4000-8000-000000000000')::uuid $$;
\set a '''a0000000-0000-4000-8000-000000000000'''
\set b '''b0000000-0000-4000-8000-000000000000'''
CREATE VIEW public.people AS
SELECT public.id(tenant) AS tenant, public.id(tenant || number) AS person, (ARRAY['owner', 'admin', 'member', 'viewer'])[number] AS role, tenant || number || '@x.example' AS email
FROM unnest('{a,b}'::text[]) AS tenant, unnest('{1,3,4}'::int[]) AS number;
INSERT INTO ct.organizations (id, name) VALUES (:a, 'A'), (:b, 'B');
INSERT INTO ct.users (id, email) SELECT person, email FROM public.people;
INSERT INTO ct.user_organizations (user_id, organization_id, role) SELECT person, tenant, role FROM public.people;
INSERT INTO ct.tables (id, organization_id, name) SELECT public.id(tenant || 'c'), public.id(tenant), 'customers of ' || tenant FROM unnest('{a,b}'::text[]) AS tenant;
INSERT INTO ct.table_columns (id, table_id, name, label, type, required, is_unique, options)
SELECT md5(tenant || made.name)::uuid, public.id(tenant || 'c'), made.name, 'secret label of ' || made.name, made.type, made.required, made.is_unique, made.options::jsonb
FROM unnest('{a,b}'::text[]) AS tenant, (VALUES
    ('email', 'email', false, true, '{}'), ('salary', 'integer', true, false, '{"min": 1000}'), ('grade', 'select', false, false, '{"choices": ["secret choice"]}'),
    ('number', 'autonumber', false, false, '{}')) AS made(name, type, required, is_unique, options);
INSERT INTO ct.table_statuses (table_id, name) SELECT public.id(tenant || 'c'), 'secret status' FROM unnest('{a,b}'::text[]) AS tenant;
INSERT INTO ct.records (id, table_id, email, data) SELECT public.id(tenant || 'e'), public.id(tenant || 'c'), tenant || '@x.example', '{"salary": 1500}' FROM unnest('{a,b}'::text[]) AS tenant;
INSERT INTO dc.users (id, email) SELECT person, email FROM public.people;
INSERT INTO dc.accounts (id, name) VALUES (:a, 'A'), (:b, 'B');
INSERT INTO dc.account_users (account_id, user_id, role) SELECT tenant, person, role FROM public.people;
INSERT INTO dc.projects (id, account_id, name) SELECT public.id(tenant || 'd'), public.id(tenant), 'project' FROM unnest('{a,b}'::text[]) AS tenant;
INSERT INTO dc.connections (id, account_id, name, connection_type, database_name)
SELECT public.id(tenant || 'c'), public.id(tenant), 'connection', 'pg', 'secret_database' FROM unnest('{a,b}'::text[]) AS tenant;
INSERT INTO dc.datasets (id, account_id, connection_id, schema, name) SELECT public.id(tenant || 'e'), public.id(tenant), public.id(tenant || 'c'), 's', 'd' FROM unnest('{a,b}'::text[]) AS tenant;
INSERT INTO li.workspaces (id, name) VALUES (:a, 'A'), (:b, 'B');
INSERT INTO li.users (id, workspace_id, auth_user_id, email, role) SELECT person, tenant, person, email, role FROM public.people;
INSERT INTO li.queries (id, workspace_id, name) SELECT public.id(tenant || 'c'), public.id(tenant), 'query' FROM unnest('{a,b}'::text[]) AS tenant;
INSERT INTO sc.organizations (id, name, slug) VALUES (:a, 'A', 'a'), (:b, 'B', 'b');
INSERT INTO sc.auth_users (auth_id, email, organization_id, role) SELECT person, email, tenant, CASE role WHEN 'viewer' THEN 'member' ELSE role END FROM public.people;
INSERT INTO sc.forms (id, organization_id, name, fields) SELECT public.id(tenant || 'c'), public.id(tenant), 'form',
    '[{"id": "11111111-1111-4111-8111-111111111111", "name": "topic", "label": "Secret topic", "type": "select", "required": true, "options": {"choices": ["mergers"]}}]' FROM unnest('{a,b}'::text[]) AS tenant;
INSERT INTO sc.leads (id, organization_id, name) SELECT public.id(tenant || 'd'), public.id(tenant), 'lead' FROM unnest('{a,b}'::text[]) AS tenant;

-- What a statement answers about an id: rows, or all that an error says. The id itself is the asker's.
CREATE FUNCTION public.answer(statement text, about uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text;
    code text;
    message text;
    detail text;
    hint text;
    rule text;
    field text;
    relation text;
BEGIN
    BEGIN
        EXECUTE format(statement, about) INTO told;
        told := coalesce(told, 'nothing');
        RAISE EXCEPTION USING ERRCODE = 'RK003';
    EXCEPTION WHEN SQLSTATE 'RK003' THEN
        NULL;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, rule = CONSTRAINT_NAME,
            field = COLUMN_NAME, relation = TABLE_NAME;
        told := concat_ws(' | ', code, message, nullif(detail, ''), nullif(hint, ''), nullif(rule, ''), nullif(field, ''), nullif(relation, ''));
    END;
    RETURN replace(told, about::text, '<id>');
END
$$;
-- What is answered about another tenant's id, where it is what is answered about none.
CREATE FUNCTION public.told(statement text, of_others uuid) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN others = none THEN others ELSE 'TELLS: ' || others || ' / ' || none END
    FROM (SELECT public.answer(statement, of_others) AS others, public.answer(statement, public.id('f')) AS none) AS answers
$$;
CREATE TABLE public.attempts (place int GENERATED ALWAYS AS IDENTITY, statement text, of_others uuid);
INSERT INTO public.attempts (statement, of_others) VALUES
    -- Schemas, keys, numbers of another tenant's table.
    ('INSERT INTO ct.records (organization_id, table_id, data) VALUES (public.id(''a''), %L, ''{"grade": "x"}'')', public.id('bc')),
    ('INSERT INTO ct.records (table_id, data) VALUES (%L, ''{"grade": "x"}'')', public.id('bc')),
    ('INSERT INTO ct.records (organization_id, table_id, email, data) VALUES (public.id(''a''), %L, ''b@x.example'', ''{"salary": 1500}'') RETURNING data', public.id('bc')),
    ('INSERT INTO ct.records (table_id, email, data) VALUES (%L, ''b@x.example'', ''{"salary": 1500}'') RETURNING data', public.id('bc')),
    ('INSERT INTO ct.records (organization_id, table_id, data) VALUES (%L, public.id(''bc''), ''{"grade": "x"}'')', :b),
    ('INSERT INTO ct.records (organization_id, table_id, data) VALUES (%L, public.id(''ac''), ''{"grade": "x"}'')', :b),
    ('UPDATE ct.records SET table_id = %L, data = ''{"grade": "x"}'' RETURNING data', public.id('bc')),
    ('UPDATE ct.records SET table_id = %L RETURNING data', public.id('bc')),
    ('WITH made AS (INSERT INTO ct.records (organization_id, table_id, data) VALUES (public.id(''a''), %L, ''{"grade": "x"}'') ON CONFLICT DO NOTHING RETURNING data) SELECT data FROM made', public.id('bc')),
    -- Names in another tenant's table: a unique index answers before a foreign key.
    ('INSERT INTO ct.table_columns (organization_id, table_id, name) VALUES (public.id(''a''), %L, ''salary'')', public.id('bc')),
    ('INSERT INTO ct.table_columns (table_id, name) VALUES (%L, ''salary'')', public.id('bc')),
    ('INSERT INTO ct.table_columns (organization_id, table_id, name) VALUES (public.id(''a''), %L, ''salary'') ON CONFLICT (table_id, name) DO NOTHING RETURNING name', public.id('bc')),
    ('INSERT INTO ct.table_columns (organization_id, table_id, name) VALUES (%L, public.id(''bc''), ''salary'')', :b),
    ('UPDATE ct.table_columns SET table_id = %L WHERE name = ''salary''', public.id('bc')),
    ('INSERT INTO ct.table_statuses (organization_id, table_id, name) VALUES (public.id(''a''), %L, ''secret status'')', public.id('bc')),
    ('UPDATE ct.table_statuses SET table_id = %L', public.id('bc')),
    -- Functions.
    ('SELECT rowkit.validate_record(%L, ''{}'', ''ct.tables'')', public.id('bc')),
    ('SELECT rowkit.cast_record(%L, ''{}'', ''ct.tables'')', public.id('bc')),
    ('SELECT rowkit.table_json_schema(%L, ''ct.tables'')', public.id('bc')),
    ('SELECT count(*) FROM rowkit.invalid_records(%L, ''ct.tables'')', public.id('bc')),
    ('SELECT rowkit.sync_table_schema(%L, ''ct.tables'')', public.id('bc')),
    ('SELECT rowkit.rename_column(%L, ''salary'', ''pay'', ''ct.tables'')', public.id('bc')),
    -- Connections, projects, datasets.
    ('INSERT INTO dc.datasets (account_id, connection_id, schema, name) VALUES (public.id(''a''), %L, ''s'', ''n'') RETURNING fqn', public.id('bc')),
    ('INSERT INTO dc.datasets (connection_id, schema, name) VALUES (%L, ''s'', ''n'') RETURNING fqn', public.id('bc')),
    ('UPDATE dc.datasets SET connection_id = %L RETURNING fqn', public.id('bc')),
    ('INSERT INTO dc.datasets (account_id, connection_id, schema, name) VALUES (%L, public.id(''bc''), ''s'', ''d'') RETURNING fqn', :b),
    ('INSERT INTO dc.columns (account_id, dataset_id, name) VALUES (public.id(''a''), %L, ''n'')', public.id('be')),
    ('INSERT INTO dc.columns (dataset_id, name) VALUES (%L, ''n'')', public.id('be')),
    ('INSERT INTO dc.projects (account_id, name) VALUES (%L, ''n'')', :b),
    ('SELECT rowkit.soft_delete(''dc.projects'', %L)', public.id('bd')),
    ('SELECT count(*) FROM rowkit.preview_delete(''dc.projects'', %L)', public.id('bd')),
    ('SELECT rowkit.increment_usage_counter(account_id => %L, resource_type => ''projects'', accounts => ''dc.accounts'')', :b),
    -- Queries, users, forms, leads.
    ('INSERT INTO li.leads (workspace_id, query_id, company_name) VALUES (public.id(''a''), %L, ''n'')', public.id('bc')),
    ('INSERT INTO li.leads (query_id, company_name) VALUES (%L, ''n'')', public.id('bc')),
    ('INSERT INTO li.leads (workspace_id, company_name) VALUES (%L, ''n'')', :b),
    ('INSERT INTO li.saved_searches (user_id, name) VALUES (%L, ''n'')', public.id('b3')),
    ('INSERT INTO sc.form_submissions (organization_id, form_id, data) VALUES (public.id(''a''), %L, ''{"topic": "x"}'')', public.id('bc')),
    ('INSERT INTO sc.form_submissions (form_id, data) VALUES (%L, ''{"topic": "x"}'')', public.id('bc')),
    ('INSERT INTO sc.form_submissions (organization_id, form_id, data) VALUES (%L, public.id(''bc''), ''{"topic": "x"}'')', :b),
    ('INSERT INTO sc.messages (channel, direction, from_address, to_address, lead_id) VALUES (''sms'', ''outbound'', ''1'', ''2'', %L)', public.id('bd')),
    -- A unique index of two parents, neither of which is the tenant.
    ('INSERT INTO dc.project_users (account_id, project_id, user_id) VALUES (public.id(''a''), %L, public.id(''b1''))', public.id('bd')),
    ('UPDATE sc.form_submissions SET form_id = %L, data = ''{"topic": "x"}''', public.id('bc'));
GRANT SELECT ON public.attempts TO anon, authenticated, service_role;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "a3000000-0000-4000-8000-000000000000"}';
SELECT place, public.told(statement, of_others) FROM public.attempts ORDER BY place;
-- A viewer, who may write in no tenant, somebody of none, and nobody at all.
SET request.jwt.claims = '{"sub": "a4000000-0000-4000-8000-000000000000"}';
SELECT place, public.told(statement, of_others) FROM public.attempts WHERE statement ~ '^(INSERT|WITH)' ORDER BY place;
SET request.jwt.claims = '{"sub": "f0000000-0000-4000-8000-000000000000"}';
SELECT count(*) AS attempts, count(*) FILTER (WHERE public.told(statement, of_others) ~ '^TELLS') AS told FROM public.attempts;
RESET request.jwt.claims;
SELECT count(*) AS attempts, count(*) FILTER (WHERE public.told(statement, of_others) ~ '^TELLS') AS told FROM public.attempts;
RESET ROLE;
GRANT INSERT ON ct.records, ct.table_columns, dc.datasets, sc.form_submissions TO anon;
SET ROLE anon;
SELECT count(*) AS attempts, count(*) FILTER (WHERE public.told(statement, of_others) ~ '^TELLS') AS told FROM public.attempts;
SELECT public.answer('INSERT INTO ct.records (table_id, data) VALUES (%L, ''{"grade": "x"}'')', public.id('bc'));
RESET ROLE;

-- Each of these answers can tell: without the guard two of them do.
BEGIN;
ALTER TABLE dc.datasets DISABLE TRIGGER "0_guard_tenant";
ALTER TABLE ct.table_columns DISABLE TRIGGER "0_guard_tenant";
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub": "a3000000-0000-4000-8000-000000000000"}';
SELECT statement, left(public.told(statement, of_others), 40) AS told FROM public.attempts
WHERE statement ~ 'UPDATE dc.datasets|INSERT INTO ct.table_columns .organization_id.*salary' ORDER BY place;
ROLLBACK;

-- Members write their own as ever, the tenant left out or not; the service writes everywhere, and is told what it did wrong.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "a3000000-0000-4000-8000-000000000000"}';
INSERT INTO ct.records (table_id, data) VALUES (public.id('ac'), '{"salary": 1600}') RETURNING organization_id = public.id('a') AS is_own, data;
INSERT INTO ct.records (organization_id, table_id, data) SELECT public.id('a'), public.id('ac'), '{"salary": 1700}' FROM generate_series(1, 3) RETURNING data ->> 'number' AS number;
INSERT INTO ct.records (table_id, data) VALUES (public.id('ac'), '{"grade": "x"}');
INSERT INTO ct.records (organization_id, data) VALUES (public.id('a'), '{}');
INSERT INTO ct.records (data) VALUES ('{}');
INSERT INTO dc.datasets (connection_id, schema, name) VALUES (public.id('ac'), 's', 'own') RETURNING fqn;
SELECT public.answer('INSERT INTO sc.form_submissions (form_id, data) VALUES (%L, ''{"topic": "x"}'')', public.id('ac'));
INSERT INTO sc.form_submissions (form_id, data) VALUES (public.id('ac'), '{"topic": "mergers"}') RETURNING organization_id = public.id('a') AS is_own;
-- What a statement makes itself is there, as for a foreign key.
WITH home AS (INSERT INTO ct.tables (organization_id, name) VALUES (public.id('a'), 'new') RETURNING id, organization_id)
INSERT INTO ct.table_columns (organization_id, table_id, name) SELECT organization_id, id, 'first' FROM home RETURNING name;
SET ROLE service_role;
RESET request.jwt.claims;
INSERT INTO ct.records (table_id, data) VALUES (public.id('bc'), '{"salary": 1800}') RETURNING organization_id = public.id('b') AS is_of_b, data ->> 'number' AS number;
INSERT INTO ct.records (table_id, data) VALUES (public.id('bc'), '{"grade": "x"}');
-- Another tenant's table is not there for a row, whoever writes it.
SELECT public.told('INSERT INTO ct.records (organization_id, table_id, data) VALUES (public.id(''a''), %L, ''{"grade": "x"}'')', public.id('bc'));
RESET ROLE;
SELECT public.told('INSERT INTO ct.records (organization_id, table_id, data) VALUES (public.id(''a''), %L, ''{"grade": "x"}'')', public.id('bc'));

-- Who does not own the table does not write its schema, whatever the setting says; and nothing that runs inside a sync or an undo passes for it.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000000"}';
SET rowkit.allow_schema_edit = on;
UPDATE ct.tables SET schema = '{"columns": [{"name": "any", "type": "text"}]}' WHERE id = public.id('ac');
SET ROLE service_role;
UPDATE ct.tables SET schema = '{"columns": [{"name": "any", "type": "text"}]}' WHERE id = public.id('ac');
RESET ROLE;
BEGIN;
UPDATE ct.tables SET schema = '{"columns": [{"name": "any", "type": "text"}]}' WHERE id = public.id('ac') RETURNING schema;
ROLLBACK;
RESET rowkit.allow_schema_edit;
CREATE FUNCTION public.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 4 THEN
        BEGIN
            INSERT INTO ct.tables (organization_id, name, schema) VALUES (public.id('a'), 'meddled', '{"columns": [{"name": "any", "type": "text"}]}');
            RAISE WARNING 'inserted';
        EXCEPTION WHEN OTHERS THEN RAISE WARNING '%: %', SQLSTATE, SQLERRM; END;
        UPDATE ct.tables SET schema = '{"columns": [{"name": "any", "type": "text"}]}' WHERE id = public.id('bc');
        RAISE WARNING 'updated';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER meddle AFTER UPDATE ON ct.tables FOR EACH ROW EXECUTE FUNCTION public.meddle();
UPDATE ct.table_columns SET label = 'Pay' WHERE table_id = public.id('ac') AND name = 'salary';
UPDATE ct.table_columns SET label = 'Pay' WHERE table_id IN (public.id('ac'), public.id('bc')) AND name = 'salary';
DROP TRIGGER meddle ON ct.tables;
BEGIN;
DELETE FROM ct.records WHERE id = public.id('ae');
SELECT max(transaction_id) AS deleted FROM ct.audit_logs \gset
COMMIT;
CREATE TRIGGER meddle AFTER INSERT ON ct.records FOR EACH ROW EXECUTE FUNCTION public.meddle();
SELECT rowkit.undo_transaction(:deleted, 'ct.audit_logs');
DROP TRIGGER meddle ON ct.records;
SELECT rowkit.undo_transaction(:deleted, 'ct.audit_logs');
DROP FUNCTION public.meddle();

-- Tables of one's own: a policy beside the members', one that is open, partitions, and a table that is isolated in another way.
CREATE SCHEMA app;
GRANT USAGE, CREATE ON SCHEMA app TO plain;
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
SET search_path = app, rowkit, public;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'trigger % read for %', TG_NAME, NEW.name; RETURN NEW; END $$;
CREATE TABLE homes (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, name text, UNIQUE (tenant_id, id));
CREATE TABLE things (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid, home_id uuid, name text, made_by uuid, UNIQUE (home_id, name), FOREIGN KEY (tenant_id, home_id) REFERENCES homes (tenant_id, id));
INSERT INTO homes VALUES (id('ab'), id('a'), 'home of a'), (id('bb'), id('b'), 'home of b');
INSERT INTO things (tenant_id, home_id, name) VALUES (id('b'), id('bb'), 'secret');
CREATE TRIGGER things_tenant BEFORE INSERT ON things FOR EACH ROW WHEN (NEW.tenant_id IS NULL) EXECUTE FUNCTION inherit_tenant('home_id');
CREATE TRIGGER aaa BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION note();
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('homes', 'tenant_id', membership => 'ct.user_organizations') AS h, enable_tenant_isolation('things', 'tenant_id', membership => 'ct.user_organizations', write_role => 'member') AS t;
GRANT INSERT ON things TO anon;
SET client_min_messages = warning;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "a3000000-0000-4000-8000-000000000000"}';
INSERT INTO things (tenant_id, home_id, name) VALUES (id('a'), id('ab'), 'own');
INSERT INTO things (home_id, name) VALUES (id('ab'), 'own, left out');
INSERT INTO things (tenant_id, home_id, name) VALUES (id('b'), id('bb'), 'of b');
INSERT INTO things (home_id, name) VALUES (id('bb'), 'of b, left out');
INSERT INTO things (tenant_id, home_id, name) VALUES (id('a'), id('bb'), 'secret');
INSERT INTO things (tenant_id, home_id, name) VALUES (id('a'), id('ff'), 'secret');
INSERT INTO things (name) VALUES ('of nobody');
SET ROLE anon;
INSERT INTO things (tenant_id, home_id, name) VALUES (id('b'), id('bb'), 'of b');
RESET ROLE;
-- A policy of one's own lets rows of other tenants in, where it holds for the row as it is given.
CREATE POLICY mine ON things FOR INSERT TO authenticated WITH CHECK (made_by = current_user_id() AND things.name <> 'not this');
SET ROLE authenticated;
INSERT INTO things (tenant_id, home_id, name, made_by) VALUES (id('b'), id('bb'), 'made here', id('a3'));
INSERT INTO things (tenant_id, home_id, name, made_by) VALUES (id('b'), id('bb'), 'made here by another', id('b3'));
INSERT INTO things (tenant_id, home_id, name, made_by) VALUES (id('b'), id('bb'), 'not this', id('a3'));
INSERT INTO things (home_id, name, made_by) VALUES (id('bb'), 'made here, left out', id('a3'));
RESET ROLE;
CREATE POLICY everybody ON things FOR ALL TO anon USING (true);
SET ROLE anon;
INSERT INTO things (tenant_id, home_id, name) VALUES (id('b'), id('bb'), 'let in');
RESET ROLE;
DROP POLICY everybody ON things;
DROP POLICY mine ON things;
-- The owner, whom a forced row security holds as well, by a policy or not at all.
ALTER TABLE things OWNER TO plain;
ALTER TABLE homes OWNER TO plain;
SET ROLE plain;
INSERT INTO things (tenant_id, home_id, name) VALUES (id('b'), id('bb'), 'by the owner');
ALTER TABLE things NO FORCE ROW LEVEL SECURITY;
INSERT INTO things (tenant_id, home_id, name) VALUES (id('b'), id('bb'), 'by the owner');
ALTER TABLE things FORCE ROW LEVEL SECURITY;
RESET ROLE;
-- What comes before the guard, or that it is not asked, is reported.
CREATE TRIGGER "!first" BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION note();
SELECT object_name, problem FROM isolation_report() WHERE object_name = 'app.things' AND problem ~ 'trigger';
DROP TRIGGER "!first" ON things;
DROP TRIGGER "0_guard_tenant" ON things;
CREATE TRIGGER guard_tenant BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION guard_tenant('tenant_id', 'ct.user_organizations', 'member', 'select,insert,update,delete');
SELECT object_name, problem FROM isolation_report() WHERE object_name = 'app.things' AND problem ~ 'trigger';
ALTER TABLE things OWNER TO CURRENT_USER;
SELECT command FROM enable_tenant_isolation('things', 'tenant_id', membership => 'ct.user_organizations', write_role => 'member') WHERE command ~ 'TRIGGER.*uard_tenant';
ALTER TABLE things OWNER TO plain;
-- Partitions, also those that come later and have no row security of their own.
CREATE TABLE logs (tenant_id uuid NOT NULL, name text, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TRIGGER aaa BEFORE INSERT ON logs FOR EACH ROW EXECUTE FUNCTION note();
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('logs', 'tenant_id', membership => 'ct.user_organizations');
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
SET ROLE authenticated;
INSERT INTO logs VALUES (id('a'), 'own', '2025-01-15'), (id('a'), 'own', '2025-02-15');
INSERT INTO logs VALUES (id('b'), 'of b', '2025-01-15');
INSERT INTO logs VALUES (id('b'), 'of b', '2025-02-15');
RESET ROLE;
-- Foreign keys that begin with the id: a parent of another tenant and none give one error, which names the id, and a parent can isolate the table.
CREATE TABLE rooms (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid, home_id uuid, name text, UNIQUE (home_id, name), UNIQUE (home_id, id, tenant_id),
    FOREIGN KEY (home_id, tenant_id) REFERENCES homes (id, tenant_id));
CREATE TABLE beds (tenant_id uuid, home_id uuid, room_id uuid, FOREIGN KEY (room_id, home_id, tenant_id) REFERENCES rooms (id, home_id, tenant_id));
INSERT INTO rooms VALUES (id('cb'), id('b'), id('bb'), 'secret');
CREATE TRIGGER aaa BEFORE INSERT ON rooms FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER rooms_tenant BEFORE INSERT ON rooms FOR EACH ROW WHEN (NEW.tenant_id IS NULL) EXECUTE FUNCTION inherit_tenant('home_id');
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('rooms', 'tenant_id', membership => 'ct.user_organizations', write_role => 'member') AS r, enable_tenant_isolation('beds', 'tenant_id', membership => 'ct.user_organizations') AS b;
ALTER TABLE rooms OWNER TO plain;
ALTER TABLE beds OWNER TO plain;
SET ROLE authenticated;
INSERT INTO rooms (tenant_id, home_id, name) VALUES (id('a'), id('ab'), 'own');
INSERT INTO rooms (home_id, name) VALUES (id('ab'), 'own, left out');
INSERT INTO rooms (home_id, name) VALUES (id('bb'), 'of b, left out');
INSERT INTO rooms (tenant_id, home_id, name) VALUES (id('a'), id('bb'), 'secret');
INSERT INTO rooms (tenant_id, home_id, name) VALUES (id('a'), id('ff'), 'secret');
INSERT INTO beds VALUES (id('a'), id('ab'), id('cb'));
RESET ROLE;
CREATE TABLE doors (id uuid PRIMARY KEY, tenant_id uuid, home_id uuid, FOREIGN KEY (home_id, tenant_id) REFERENCES homes (id, tenant_id));
SELECT (regexp_match(command, 'USING (.*)'))[1] AS condition FROM enable_derived_isolation('doors', 'home_id', dry_run => true) WHERE identity ~ 'derived_select';
CREATE TABLE windows (tenant_id uuid NOT NULL, home_id uuid REFERENCES homes);
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('windows', 'tenant_id', membership => 'ct.user_organizations');
SELECT object_name, problem, remedy FROM isolation_report() WHERE problem ~ 'foreign key';
-- Without a guard inherit_tenant asks the policies itself.
CREATE TABLE parts (id int, tenant_id uuid, home_id uuid, name text, FOREIGN KEY (tenant_id, home_id) REFERENCES homes (tenant_id, id));
ALTER TABLE parts OWNER TO plain;
CREATE TRIGGER parts_tenant BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION inherit_tenant('home_id');
GRANT INSERT ON parts TO authenticated;
SET ROLE authenticated;
SELECT told('INSERT INTO app.parts (id, home_id) VALUES (1, %L) RETURNING id', id('ab'));
RESET ROLE;
ALTER TABLE parts OWNER TO CURRENT_USER;
SELECT count(*) > 0 AS isolated FROM enable_derived_isolation('parts', 'home_id');
ALTER TABLE parts OWNER TO plain;
SET ROLE authenticated;
SELECT told('INSERT INTO app.parts (id, home_id) VALUES (1, %L) RETURNING id', id('bb'));
INSERT INTO parts (id, home_id) VALUES (1, id('ab')) RETURNING tenant_id = id('a') AS is_own;
RESET ROLE;

-- On every isolated table the guard is the first trigger of a new row.
SELECT count(*) > 40 AS has_tables, count(*) FILTER (WHERE first.name IS DISTINCT FROM '0_guard_tenant') AS others
FROM pg_trigger AS guard
CROSS JOIN LATERAL (
    SELECT min(other.tgname::text COLLATE "C") AS name FROM pg_trigger AS other
    WHERE other.tgrelid = guard.tgrelid AND NOT other.tgisinternal AND other.tgtype & 7 = 7
) AS first
WHERE guard.tgfoid = 'rowkit.guard_tenant()'::regprocedure;
-- Unique indexes that neither hold the tenant nor a parent of the tenant's, which is asked for first: what they say is true of all tenants together.
SELECT entry.indexrelid::regclass AS unique_index, array_agg(attribute.attname::text ORDER BY attribute.attnum) AS columns
FROM pg_trigger AS guard
JOIN pg_index AS entry ON entry.indrelid = guard.tgrelid AND entry.indisunique AND guard.tgfoid = 'rowkit.guard_tenant()'::regprocedure AND guard.tgparentid = 0
JOIN pg_class AS class ON class.oid = guard.tgrelid AND class.relnamespace::regnamespace::text = ANY ('{ct,dc,li,sc}')
JOIN pg_attribute AS attribute ON attribute.attrelid = entry.indrelid AND attribute.attnum = ANY (entry.indkey::int2[])
JOIN pg_attribute AS tenant ON tenant.attrelid = entry.indrelid AND tenant.attname = (rowkit_internal._trigger_arguments(guard.tgargs, guard.tgnargs))[1]
WHERE NOT tenant.attnum = ANY (entry.indkey::int2[]) AND NOT EXISTS (
    SELECT FROM pg_constraint AS rule
    WHERE rule.conrelid = entry.indrelid AND rule.contype = 'f' AND tenant.attnum = ANY (rule.conkey) AND array_remove(rule.conkey, tenant.attnum) && entry.indkey::int2[])
GROUP BY entry.indexrelid
HAVING array_agg(attribute.attname::text) <> '{id}'
ORDER BY entry.indexrelid::regclass::text COLLATE "C";

RESET search_path;
DROP SCHEMA app, ct, dc, li, sc CASCADE;
DROP VIEW public.people;
DROP TABLE public.attempts;
DROP FUNCTION public.told(text, uuid), public.answer(text, uuid), public.id(text);
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM anon, authenticated, service_role;
DROP OWNED BY anon, authenticated, service_role, plain;
DROP ROLE anon, authenticated, service_role, plain;
