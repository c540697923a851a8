-- Columns that a trigger fills have a default that says so to clients: rowkit.filled_by_trigger().
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT rowkit.filled_by_trigger(), provolatile, proparallel FROM pg_proc WHERE oid = 'rowkit.filled_by_trigger()'::regprocedure;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
-- What PostgREST's description, generated types and PostGraphile demand of an INSERT: NOT NULL and no default. None of it is filled by inherit_tenant.
CREATE VIEW public.demanded AS
SELECT class.oid::regclass AS relation, attribute.attname AS name
FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = class.relnamespace AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints())
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition AND attribute.attnotnull AND NOT attribute.atthasdef AND attribute.attidentity = '';
CREATE VIEW public.filled AS
SELECT fired.tgrelid::regclass AS relation, attribute.attname AS name, pg_get_expr(preset.adbin, preset.adrelid) AS preset
FROM pg_trigger AS fired
JOIN pg_attribute AS attribute ON attribute.attrelid = fired.tgrelid AND attribute.attname IN ('organization_id', 'account_id', 'workspace_id')
    -- data_catalog has workspaces that are no tenants.
    AND (attribute.attname <> 'workspace_id' OR fired.tgrelid::regclass::text ~ '^lead_intelligence')
LEFT JOIN pg_attrdef AS preset ON preset.adrelid = attribute.attrelid AND preset.adnum = attribute.attnum
WHERE fired.tgfoid = 'rowkit.inherit_tenant'::regproc;
SELECT * FROM public.filled ORDER BY relation::text COLLATE "C";
SELECT count(*) AS demanded_and_filled FROM public.demanded JOIN public.filled USING (relation, name);
SELECT relation, string_agg(name, ', ' ORDER BY name COLLATE "C") AS demanded FROM public.demanded
WHERE relation::text ~ '^(custom_tables|lead_intelligence|studio_crm)' GROUP BY relation ORDER BY relation::text COLLATE "C";

-- Left out, DEFAULT and NULL are one: the trigger fills in the tenant. What is given stays.
SET search_path = lead_intelligence, rowkit, public;
INSERT INTO workspaces (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme'), ('00000000-0000-4000-8000-00000000000b', 'Beta');
INSERT INTO queries (id, workspace_id, name) VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'Q');
INSERT INTO leads (query_id, company_name) VALUES ('00000000-0000-4000-8000-000000000001', 'left out');
INSERT INTO leads (query_id, company_name, workspace_id) VALUES ('00000000-0000-4000-8000-000000000001', 'default', DEFAULT),
    ('00000000-0000-4000-8000-000000000001', 'null', NULL), ('00000000-0000-4000-8000-000000000001', 'given', '00000000-0000-4000-8000-00000000000a');
COPY leads (query_id, company_name) FROM STDIN;
00000000-0000-4000-8000-000000000001	copied
\.
SELECT company_name, workspace_id FROM leads ORDER BY company_name;
\set VERBOSITY sqlstate
-- Another tenant's is refused as ever, and nothing fills a tenant without a parent.
INSERT INTO leads (query_id, workspace_id) VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000b');
INSERT INTO leads (query_id) VALUES ('00000000-0000-4000-8000-00000000000f');
INSERT INTO queries (name) VALUES ('whose?');
-- Through a view, as clients write to one.
CREATE VIEW public.lead_view AS SELECT id, query_id, company_name, workspace_id FROM leads;
INSERT INTO public.lead_view (query_id, company_name) VALUES ('00000000-0000-4000-8000-000000000001', 'by a view') RETURNING workspace_id;
DROP VIEW public.lead_view;
-- A column that is added with this default rewrites nothing: the volatile ones would.
SELECT pg_relation_filenode('leads') AS node \gset
ALTER TABLE leads ADD COLUMN region_id uuid DEFAULT rowkit.filled_by_trigger();
SELECT pg_relation_filenode('leads') = :node AS same_file, count(*) FILTER (WHERE region_id IS NULL) AS without FROM leads;
ALTER TABLE leads DROP COLUMN region_id;

-- A default of somebody's own stays; one that went with the extension comes back.
\set VERBOSITY verbose
ALTER TABLE leads ALTER COLUMN workspace_id SET DEFAULT '00000000-0000-4000-8000-00000000000b';
SELECT kind, identity FROM install_blueprint('lead_intelligence', 'lead_intelligence');
SELECT preset FROM public.filled WHERE relation = 'leads'::regclass;
ALTER TABLE leads ALTER COLUMN workspace_id DROP DEFAULT;
SELECT kind, identity FROM install_blueprint('lead_intelligence', 'lead_intelligence');
SELECT kind, identity FROM install_blueprint('lead_intelligence', 'lead_intelligence');
DROP VIEW public.filled;
DROP EXTENSION rowkit CASCADE;
CREATE EXTENSION rowkit;
SELECT count(*) AS defaults FROM install_blueprint('lead_intelligence', 'lead_intelligence') WHERE kind = 'default value' AND identity ~ 'workspace_id';
INSERT INTO leads (query_id, company_name) VALUES ('00000000-0000-4000-8000-000000000001', 'again') RETURNING workspace_id;
-- They are written down, and go with the blueprint.
SELECT identity FROM blueprint_objects('lead_intelligence', 'lead_intelligence') WHERE kind = 'default value' AND identity ~ 'workspace_id' ORDER BY identity COLLATE "C";
