\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
\set a '''00000000-0000-7000-8000-00000000000a'''
\set b '''00000000-0000-7000-8000-00000000000b'''
\set ann '''00000000-0000-7000-8000-0000000000a1'''
\set amy '''00000000-0000-7000-8000-0000000000a2'''
\set bob '''00000000-0000-7000-8000-0000000000b1'''
-- What it makes; again nothing, and nothing changes.
SELECT kind, count(*) FROM install_blueprint('lead_intelligence', 'lead') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT * FROM install_blueprint('lead_intelligence', 'lead');
SELECT kind, count(*) FROM blueprint_objects('lead_intelligence', 'lead') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT kind, identity FROM blueprint_objects('lead_intelligence', 'lead') WHERE kind NOT IN ('constraint', 'index', 'trigger', 'default value');

-- Every table of the seed is there, and no other but the ledger's.
CREATE TABLE seed_table (name text PRIMARY KEY, tenant boolean NOT NULL DEFAULT true);
INSERT INTO seed_table VALUES ('workspaces', false), ('global_topics', false), ('trends', false);
INSERT INTO seed_table VALUES ('users'), ('queries'), ('saved_searches'), ('leads'), ('credit_usage'), ('export_jobs'), ('people_search_results'),
    ('saved_people_searches'), ('integrations'), ('billing_events'), ('notification_preferences'), ('stripe_customers');
SELECT count(*) AS seed_tables, count(to_regclass('lead.' || name)) AS made FROM seed_table;
SELECT relname AS besides FROM pg_class
WHERE relnamespace = 'lead'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition AND relname NOT IN (SELECT name FROM seed_table) ORDER BY 1;
-- Every column that the seed names; of all tables id, created_at, updated_at, created_by.
CREATE VIEW seed_column AS
SELECT name AS relation, field, type FROM seed_table, (VALUES
    ('id', 'uuid'), ('created_at', 'timestamp with time zone'), ('updated_at', 'timestamp with time zone'), ('created_by', 'uuid')) AS common(field, type)
UNION ALL SELECT name, 'workspace_id', 'uuid' FROM seed_table WHERE tenant
UNION ALL VALUES
    ('workspaces', 'branding', 'jsonb'), ('queries', 'filters', 'jsonb'), ('leads', 'company_data', 'jsonb'), ('leads', 'contact_data', 'jsonb'),
    ('people_search_results', 'person_data', 'jsonb'), ('users', 'auth_user_id', 'uuid'), ('queries', 'leads_this_week', 'integer'),
    ('queries', 'status', 'lead.query_status'), ('leads', 'enrichment_status', 'lead.enrichment_status'), ('leads', 'delivery_status', 'lead.delivery_status'),
    ('export_jobs', 'status', 'lead.export_status'), ('workspace_credits', 'daily_credits_used', 'bigint'),
    ('queries', 'next_run_at', 'timestamp with time zone'),
    ('global_topics', 'topic_tsv', 'tsvector'), ('leads', 'query_id', 'uuid'), ('queries', 'topic_id', 'uuid'), ('trends', 'topic_id', 'uuid'),
    ('credit_usage', 'user_id', 'uuid'), ('export_jobs', 'user_id', 'uuid'), ('people_search_results', 'user_id', 'uuid'),
    ('notification_preferences', 'user_id', 'uuid');
SELECT relation, field AS missing_or_of_another_type FROM seed_column
WHERE NOT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass('lead.' || relation) AND attname = field AND format_type(atttypid, atttypmod) = type);
SELECT name AS tenant_may_be_null FROM seed_table JOIN pg_attribute ON attrelid = ('lead.' || name)::regclass AND attname = 'workspace_id' AND NOT attnotnull;
-- The enums.
SELECT enumtypid::regtype AS enum, string_agg(enumlabel, ', ' ORDER BY enumsortorder) AS labels
FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid WHERE typnamespace = 'lead'::regnamespace GROUP BY enumtypid ORDER BY 1;
-- The functions, in the schema or the engine's.
SELECT name AS missing_function FROM (VALUES ('get_user_workspace_id'), ('check_query_limit'), ('check_credits_available'), ('record_credit_usage'), ('search_topics'),
    ('reset_daily_credits'), ('update_topic_trends'), ('reset_weekly_lead_counts'), ('cleanup_expired_exports')) AS wanted(name)
WHERE NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'lead'::regnamespace AND proname = name);
-- The indexes: by name, kind and first column.
SELECT name AS missing_index FROM (
    SELECT 'idx_' || name || '_workspace_id', 'btree', 'workspace_id' FROM seed_table WHERE tenant
    UNION ALL VALUES
    ('idx_queries_filters', 'gin', 'filters'), ('idx_leads_company_data', 'gin', 'company_data'), ('idx_leads_contact_data', 'gin', 'contact_data'),
    ('idx_people_search_results_person_data', 'gin', 'person_data'), ('idx_saved_searches_filters', 'gin', 'filters'),
    ('idx_saved_people_searches_filters', 'gin', 'filters'),
    ('idx_export_jobs_filters', 'gin', 'filters'), ('idx_global_topics_topic_tsv', 'gin', 'topic_tsv'), ('idx_queries_next_run_at', 'btree', 'next_run_at'),
    ('idx_saved_searches_next_run_at', 'btree', 'next_run_at'), ('idx_saved_people_searches_next_run_at', 'btree', 'next_run_at')
) AS wanted(name, method, field)
WHERE NOT EXISTS (
    SELECT FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
    JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indexrelid = to_regclass('lead.' || name) AND amname = method AND attname = field);
SELECT tablename FROM pg_indexes WHERE schemaname = 'lead' AND indexdef ~ 'created_at DESC' GROUP BY 1 ORDER BY 1;
-- What refers to what, and what becomes of it; nobody but the owner may write until somebody grants it.
SELECT conrelid::regclass AS relation, pg_get_constraintdef(oid) AS reference FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'lead'::regnamespace ORDER BY conrelid::regclass::text COLLATE "C", pg_get_constraintdef(oid) COLLATE "C";
SELECT relname AS open_to_public FROM pg_class
WHERE relnamespace = 'lead'::regnamespace AND relkind IN ('r', 'v') AND has_table_privilege('public', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE');
SELECT proname AS open_to_public FROM pg_proc WHERE pronamespace = 'lead'::regnamespace AND prosecdef AND has_function_privilege('public', oid, 'EXECUTE');
-- Every foreign key is indexed: by all its columns, or first by the one that is not the tenant.
SELECT conrelid::regclass AS relation, conname AS unindexed FROM pg_constraint AS rule
WHERE contype = 'f' AND connamespace = 'lead'::regnamespace AND NOT EXISTS (
    SELECT FROM pg_index WHERE indrelid = conrelid AND (indpred IS NULL OR pg_get_expr(indpred, indrelid) ~ '^\(\w+ IS NOT NULL\)$')
        AND ((indkey::int2[])[0:cardinality(conkey) - 1] @> conkey OR indkey[0] = conkey[1]));
-- Tenant tables are ready for isolation: a key that begins with the tenant, and foreign keys among them that hold it.
SELECT name AS without_tenant_key FROM seed_table
WHERE tenant AND NOT EXISTS (
    SELECT FROM pg_constraint WHERE conrelid = ('lead.' || name)::regclass AND contype = 'u' AND pg_get_constraintdef(oid) = 'UNIQUE (workspace_id, id)');
SELECT conrelid::regclass AS relation, pg_get_constraintdef(pg_constraint.oid) AS crosses_tenants FROM pg_constraint
JOIN seed_table AS child ON conrelid = ('lead.' || child.name)::regclass AND child.tenant
JOIN seed_table AS parent ON confrelid = ('lead.' || parent.name)::regclass AND parent.tenant
WHERE contype = 'f' AND cardinality(conkey) = 1;
SELECT relname AS uncommented FROM pg_class WHERE relnamespace = 'lead'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition AND obj_description(oid, 'pg_class') IS NULL;
SELECT proname AS uncommented FROM pg_proc WHERE pronamespace = 'lead'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL;

-- A day. Two workspaces sign up.
SET search_path = lead, public, rowkit;
-- Credits are given by hand here: what plans give is looked at in lead_plans.
INSERT INTO plans (name, max_queries, daily_credits) VALUES ('starter', 10, 0), ('enterprise', NULL, 0);
INSERT INTO workspaces (id, name, slug, plan, max_queries) VALUES (:a, 'Acme', 'acme', 'starter', 2), (:b, 'Beta', 'beta', 'free', DEFAULT);
INSERT INTO users (id, workspace_id, auth_user_id, email, role, full_name) VALUES
    (:ann, :a, '10000000-0000-4000-8000-0000000000a1', 'ann@acme.example', 'owner', 'Ann'),
    (:amy, :a, '10000000-0000-4000-8000-0000000000a2', 'amy@acme.example', 'member', NULL),
    (:bob, :b, '10000000-0000-4000-8000-0000000000b1', 'bob@beta.example', 'owner', 'Bob');
UPDATE workspaces SET created_by = :ann, branding = '{"primary": "#3B82F6"}' WHERE id = :a;
SELECT get_user_workspace_id();
SELECT set_config('request.jwt.claims', '{"sub": "10000000-0000-4000-8000-0000000000a1"}', false) <> '' AS signed_in;
SELECT get_user_workspace_id() = :a AS is_acme;
BEGIN;
UPDATE users SET is_active = false WHERE id = :ann;
ROLLBACK;
BEGIN;
UPDATE users SET role = 'owner' WHERE id = :amy;
UPDATE users SET is_active = false WHERE id = :ann;
SELECT get_user_workspace_id();
ROLLBACK;
-- Topics: one in all its writings, found by the beginning of a word, in any order.
INSERT INTO global_topics (id, topic, category) VALUES
    ('00000000-0000-7000-8000-000000000101', 'Cloud Security', 'Technology'), ('00000000-0000-7000-8000-000000000102', 'Data security', 'Technology'),
    ('00000000-0000-7000-8000-000000000103', 'クラウド', 'Technology'), ('00000000-0000-7000-8000-000000000104', 'Payroll', 'HR');
SELECT topic, category, match_level FROM search_topics('secur') ORDER BY topic;
SELECT topic, match_level FROM search_topics('cloud');
SELECT topic, match_level FROM search_topics('くらう');
SELECT topic FROM search_topics('technology', 2);
SELECT * FROM search_topics('');
UPDATE global_topics SET topic = 'Payroll software' WHERE topic = 'Payroll';
SELECT topic FROM search_topics('soft');
INSERT INTO trends (topic_id, week, volume) VALUES
    ('00000000-0000-7000-8000-000000000101', '2026-01-05', 200), ('00000000-0000-7000-8000-000000000101', '2026-01-12', 250),
    ('00000000-0000-7000-8000-000000000102', '2026-01-12', 9);
SELECT lead.update_topic_trends(), lead.update_topic_trends();
SELECT week, volume, change_percent FROM trends ORDER BY topic_id, week;
-- Queries up to the plan's limit; a completed one leaves its place, a deleted one too.
SELECT check_query_limit();
INSERT INTO queries (id, workspace_id, topic_id, name, filters, next_run_at, created_by) VALUES
    ('00000000-0000-7000-8000-000000000201', :a, '00000000-0000-7000-8000-000000000101', 'SaaS in Berlin', '{"industry": ["SaaS"]}', now() - interval '1 hour', :ann),
    ('00000000-0000-7000-8000-000000000202', :a, NULL, 'Banks', '{}', now() + interval '1 day', :amy);
SELECT check_query_limit(), check_query_limit(:b);
INSERT INTO queries (workspace_id, name) VALUES (:a, 'One too many');
UPDATE queries SET status = 'completed' WHERE name = 'Banks';
SELECT check_query_limit();
INSERT INTO queries (id, workspace_id, name) VALUES ('00000000-0000-7000-8000-000000000203', :a, 'Hospitals');
UPDATE queries SET status = 'active' WHERE name = 'Banks';
UPDATE workspaces SET max_queries = NULL, plan = 'enterprise' WHERE id = :a;
UPDATE queries SET status = 'active' WHERE name = 'Banks';
SELECT name, current_query_count, max_queries, plan FROM workspaces ORDER BY name;
SELECT name FROM queries WHERE status = 'active' AND next_run_at <= now();
SELECT name FROM queries WHERE filters @> '{"industry": ["SaaS"]}';
-- Leads: the tenant comes from the query; totals and this week's are counted.
INSERT INTO leads (id, query_id, company_name, company_data, contact_email, contact_data, intent_score) VALUES
    ('00000000-0000-7000-8000-000000000301', '00000000-0000-7000-8000-000000000201', 'Initech', '{"size": 50, "city": "Berlin"}', 'peter@initech.example', '{"title": "CTO"}', 90),
    ('00000000-0000-7000-8000-000000000302', '00000000-0000-7000-8000-000000000201', 'Hooli', '{"size": 5000}', NULL, '{}', 40),
    ('00000000-0000-7000-8000-000000000303', '00000000-0000-7000-8000-000000000202', 'Gringotts', '{"size": 7}', NULL, '{}', NULL);
SELECT company_name, workspace_id = :a AS of_acme, enrichment_status, delivery_status FROM leads ORDER BY id;
UPDATE queries SET leads_this_week = 40, leads_week = '2026-01-05' WHERE name = 'SaaS in Berlin';
SELECT reset_weekly_lead_counts(), reset_weekly_lead_counts();
UPDATE queries SET leads_this_week = 40, leads_week = '2026-01-05' WHERE name = 'SaaS in Berlin';
INSERT INTO leads (query_id, company_name) SELECT '00000000-0000-7000-8000-000000000201', 'Company ' || n FROM generate_series(1, 5) AS n;
SELECT name, lead_count, leads_this_week, leads_week = rowkit.credit_period('week', now()) AS this_week FROM queries ORDER BY name;
DELETE FROM leads WHERE company_name LIKE 'Company %';
SELECT name, lead_count, leads_this_week FROM queries ORDER BY name;
UPDATE leads SET enrichment_status = 'enriched', enriched_at = now(), delivery_status = 'delivered', delivered_at = now() WHERE company_name = 'Initech';
SELECT company_name FROM leads WHERE company_data @> '{"city": "Berlin"}' AND contact_data ? 'title';
-- Soft delete and restore go with it: what is deleted does not count.
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('queries') UNION ALL SELECT count(*) > 0 FROM enable_soft_delete('leads');
SELECT soft_delete_with_counts('queries', '00000000-0000-7000-8000-000000000201'::uuid);
SELECT current_query_count, (SELECT count(*) FROM leads_active) AS leads FROM workspaces WHERE id = :a;
SELECT restore_deleted('queries', '00000000-0000-7000-8000-000000000201'::uuid);
SELECT current_query_count, (SELECT count(*) FROM leads_active) AS leads FROM workspaces WHERE id = :a;
SELECT count(*) > 0 AS disabled FROM disable_soft_delete('leads') UNION ALL SELECT count(*) > 0 FROM disable_soft_delete('queries');
DROP TABLE deletion_references, deletions;
-- Credits: so many a day, and a pack; every debit is written down, with who asked.
SELECT check_credits_available();
SELECT (grant_credits(:a::uuid, 10, priority => 1, period => 'day', source => 'plan') ->> 'balance')::integer AS balance;
SELECT (grant_credits(:a::uuid, 5, source => 'pack') ->> 'balance')::integer AS balance;
SELECT check_credits_available(), check_credits_available(amount => 15), check_credits_available(:a, 16), check_credits_available(:b);
SELECT record_credit_usage(:a, 12, 'email_reveal') ->> 'balance' AS balance;
SELECT lead.record_credit_usage(:a, 4, 'export');
SELECT reserve_credits(:a::uuid, 2, 'export') ->> 'reservation_id' AS reservation \gset
SELECT settle_credits(:'reservation', 1) ->> 'balance' AS balance;
SELECT set_config('request.jwt.claims', '', false);
SELECT consume_credits(:a::uuid, 1, ' ') ->> 'balance' AS balance;
SELECT action, credits_used, user_id = :ann AS by_ann FROM credit_usage ORDER BY id;
SELECT plan, balance, daily_credits, daily_credits_used FROM workspace_credits ORDER BY plan;
UPDATE credit_grants SET period_key = period_key - 1 WHERE period = 'day';
SELECT balance, daily_credits_used FROM workspace_credits WHERE workspace_id = :a;
SELECT lead.reset_daily_credits(), lead.reset_daily_credits();
SELECT balance, daily_credits, daily_credits_used FROM workspace_credits WHERE workspace_id = :a;
SELECT set_config('request.jwt.claims', '{"sub": "10000000-0000-4000-8000-0000000000a1"}', false) <> '' AS signed_in;
-- Exports: old ones go, not those at work.
INSERT INTO export_jobs (id, user_id, status, expires_at, filters) VALUES
    ('00000000-0000-7000-8000-000000000401', :ann, 'completed', now() - interval '1 day', '{"score": 80}'),
    ('00000000-0000-7000-8000-000000000402', :ann, 'processing', now() - interval '1 day', '{}'),
    ('00000000-0000-7000-8000-000000000403', :amy, 'completed', DEFAULT, '{}');
SELECT lead.cleanup_expired_exports(), lead.cleanup_expired_exports();
SELECT status, workspace_id = :a AS of_acme, expires_at > now() AS stays FROM export_jobs ORDER BY id;
-- The rest: people, saved searches, integrations, billing, preferences.
INSERT INTO people_search_results (id, user_id, person_data, email) VALUES
    ('00000000-0000-7000-8000-000000000501', :ann, '{"name": "Peter", "company": "Initech"}', 'peter@initech.example');
UPDATE people_search_results SET email_revealed = true, revealed_at = now();
SELECT person_data ->> 'name' AS name FROM people_search_results WHERE person_data @> '{"company": "Initech"}';
INSERT INTO saved_searches (user_id, name, filters, next_run_at) VALUES (:ann, 'Big ones', '{"size": {"min": 1000}}', now());
INSERT INTO saved_people_searches (user_id, name, filters) VALUES (:ann, 'CTOs', '{"title": "CTO"}');
INSERT INTO integrations (workspace_id, provider) VALUES (:a, 'slack'), (:a, 'hubspot');
INSERT INTO billing_events (workspace_id, event_type, stripe_event_id, amount, currency) VALUES (:a, 'invoice.paid', 'evt_1', 4900, 'EUR'), (:a, 'trial.ended', NULL, NULL, NULL);
INSERT INTO notification_preferences (user_id) VALUES (:ann), (:amy);
INSERT INTO stripe_customers (workspace_id, stripe_customer_id, email) VALUES (:a, 'cus_1', 'billing@acme.example'), (:b, 'cus_2', NULL);
SELECT count(*) AS of_acme FROM notification_preferences WHERE workspace_id = :a;
SELECT job_name, command FROM schedule_jobs('lead', dry_run => true);
SELECT * FROM usage_drift();

-- Every rule refuses once. A rule that nothing here breaks is listed at the end.
CREATE TABLE public.refusal (state text, rule text, message text);
CREATE FUNCTION public.refuse(command text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state text; rule text; message text;
BEGIN
    EXECUTE command;
    RAISE WARNING 'accepted: %', command;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, rule = CONSTRAINT_NAME, message = MESSAGE_TEXT;
    INSERT INTO public.refusal VALUES (state, rule, message);
END $$;
-- What keeps rows with their tenant would refuse before the keys do.
SELECT format('ALTER TABLE %I DISABLE TRIGGER "0_guard_tenant"', name) FROM seed_table WHERE tenant \gexec
SELECT count(refuse('UPDATE ' || change)) AS tried FROM (VALUES
    ($$workspaces SET name = ' '$$), ($$workspaces SET slug = 'A b'$$), ($$workspaces SET slug = 'acme'$$), ($$workspaces SET plan = 'gold'$$),
    ($$workspaces SET max_queries = -1$$), ($$plans SET max_queries = -1$$), ($$plans SET daily_credits = -1$$), ($$plans SET name = ' '$$),
    ($$plans SET name = 'starter' WHERE name = 'enterprise'$$), ($$plans SET created_by = id$$),
    ($$workspaces SET current_query_count = -1$$), ($$workspaces SET branding = '[]'$$), ($$workspaces SET settings = '1'$$),
    ($$workspaces SET created_by = '00000000-0000-7000-8000-0000000000b1' WHERE slug = 'acme'$$),
    ($$users SET workspace_id = id$$), ($$users SET auth_user_id = '10000000-0000-4000-8000-0000000000a1'$$), ($$users SET email = 'ann@'$$),
    ($$users SET email = 'ann@acme.example'$$),
    ($$users SET full_name = ''$$), ($$users SET role = 'king'$$),
    ($$global_topics SET topic = '  '$$), ($$global_topics SET category = ''$$), ($$global_topics SET created_by = id$$),
    ($$global_topics SET topic = 'ＣＬＯＵＤ security' WHERE category = 'HR'$$),
    ($$trends SET topic_id = id$$), ($$trends SET week = '2026-01-06'$$), ($$trends SET volume = -1$$), ($$trends SET created_by = id$$),
    ($$trends SET week = '2026-01-12' WHERE volume = 200$$),
    ($$queries SET topic_id = id$$), ($$queries SET name = ''$$), ($$queries SET filters = '[]'$$), ($$queries SET lead_count = -1$$),
    ($$queries SET leads_this_week = -1$$),
    ($$saved_searches SET user_id = id$$), ($$saved_searches SET name = ' '$$), ($$saved_searches SET filters = '"x"'$$),
    ($$leads SET query_id = id$$), ($$leads SET company_name = ''$$), ($$leads SET company_data = '[]'$$), ($$leads SET contact_data = 'null'$$),
    ($$leads SET contact_email = 'a b@c.d'$$),
    ($$leads SET intent_score = 101$$),
    ($$export_jobs SET user_id = id$$), ($$export_jobs SET format = 'doc'$$), ($$export_jobs SET filters = '[]'$$), ($$export_jobs SET row_count = -1$$),
    ($$export_jobs SET file_url = ''$$),
    ($$export_jobs SET file_size = -1$$),
    ($$credit_usage SET user_id = id$$), ($$credit_usage SET operation_id = id$$), ($$credit_usage SET action = ' '$$), ($$credit_usage SET credits_used = 0$$),
    ($$people_search_results SET user_id = id$$), ($$people_search_results SET person_data = '[]'$$), ($$people_search_results SET email = '@x.y'$$),
    ($$people_search_results SET email = NULL$$),
    ($$saved_people_searches SET user_id = id$$), ($$saved_people_searches SET name = ''$$), ($$saved_people_searches SET filters = '[]'$$),
    ($$integrations SET provider = ''$$), ($$integrations SET config = '[]'$$), ($$integrations SET provider = 'slack'$$),
    ($$billing_events SET event_type = ''$$), ($$billing_events SET stripe_event_id = ''$$), ($$billing_events SET stripe_event_id = 'evt_2'$$),
    ($$billing_events SET amount = -1$$),
    ($$billing_events SET currency = 'eur'$$), ($$billing_events SET event_data = '[]'$$), ($$billing_events SET amount = 1$$),
    ($$notification_preferences SET user_id = id$$), ($$notification_preferences SET user_id = '00000000-0000-7000-8000-0000000000a1'$$),
    ($$notification_preferences SET email = 'x'$$),
    ($$stripe_customers SET stripe_customer_id = ''$$), ($$stripe_customers SET stripe_subscription_id = ''$$), ($$stripe_customers SET email = 'x@y'$$),
    ($$stripe_customers SET stripe_customer_id = 'cus_3'$$), ($$stripe_customers SET stripe_subscription_id = 'sub_1'$$),
    ($$stripe_customers SET workspace_id = '00000000-0000-7000-8000-00000000000a'$$)
) AS wrong(change);
-- The creator is of the same workspace, and a workspace is one that is there, in every table.
SELECT count(refuse(format('UPDATE %I SET created_by = %L WHERE workspace_id = %L', name, :bob, :a))) AS tried FROM seed_table WHERE tenant;
SELECT count(refuse(format('UPDATE %I SET workspace_id = id', name))) AS tried FROM seed_table WHERE tenant;
SELECT format('ALTER TABLE %I ENABLE TRIGGER "0_guard_tenant"', name) FROM seed_table WHERE tenant \gexec
SELECT count(refuse('INSERT INTO ' || row)) AS tried FROM (VALUES
    ($$users (workspace_id, auth_user_id, email) VALUES (rowkit.uuidv7(), rowkit.uuidv7(), 'x@y.example')$$),
    ($$queries (workspace_id, name) VALUES (rowkit.uuidv7(), 'x')$$)
) AS wrong(row);
SELECT state, rule FROM refusal WHERE rule <> '' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT state, message FROM refusal WHERE rule = '';
SELECT conrelid::regclass, conname AS never_refused FROM pg_constraint
WHERE connamespace = 'lead'::regnamespace AND contype IN ('c', 'u', 'f') AND conrelid::regclass::text !~ '^credit_(accounts|grants|operations|entries)$'
    AND conname !~ '_workspace_id_id_key$' AND conname NOT IN (SELECT rule FROM refusal);
INSERT INTO leads (query_id) VALUES ('00000000-0000-7000-8000-0000000002ff');
INSERT INTO queries (workspace_id, name, status) VALUES (:a, 'x', 'done');
INSERT INTO leads (workspace_id, query_id) VALUES (:b, '00000000-0000-7000-8000-000000000201');
-- PostgreSQL 18 has a SQLSTATE of its own for RESTRICT.
DO $$ BEGIN DELETE FROM global_topics WHERE topic = 'Cloud Security'; EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN RAISE WARNING 'refused'; END $$;
DELETE FROM workspaces WHERE id = :a;

-- A user who may only add leads: the counters work all the same. Reading in a READ ONLY transaction, and without a search_path.
CREATE ROLE regress_lead;
GRANT USAGE ON SCHEMA lead, rowkit TO regress_lead;
GRANT SELECT ON ALL TABLES IN SCHEMA lead TO regress_lead;
GRANT INSERT ON leads TO regress_lead;
ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON leads USING (workspace_id = lead.get_user_workspace_id());
SET ROLE regress_lead;
SET search_path = '';
INSERT INTO lead.leads (query_id, company_name) VALUES ('00000000-0000-7000-8000-000000000201', 'Umbrella');
BEGIN TRANSACTION READ ONLY;
SELECT count(*) AS leads, lead.check_query_limit() AS may, lead.check_credits_available(amount => 3) AS can FROM lead.leads;
SELECT topic FROM lead.search_topics('payroll');
COMMIT;
SELECT lead_count, leads_this_week FROM lead.queries WHERE name = 'SaaS in Berlin';
SELECT set_config('request.jwt.claims', '{"sub": "10000000-0000-4000-8000-0000000000b1"}', false) <> '' AS bob;
SELECT count(*) AS leads_of_beta FROM lead.leads;
INSERT INTO lead.leads (query_id, company_name) VALUES ('00000000-0000-7000-8000-000000000201', 'Across');
RESET ROLE;
SET search_path = lead, public, rowkit;
-- A user who goes leaves what she made; a savepoint takes back a count.
BEGIN;
SAVEPOINT s;
INSERT INTO leads (query_id) VALUES ('00000000-0000-7000-8000-000000000201');
ROLLBACK TO s;
SELECT lead_count, leads_this_week FROM queries WHERE name = 'SaaS in Berlin';
UPDATE users SET role = 'owner' WHERE id = :amy;
DELETE FROM users WHERE id = :ann;
SELECT count(*) FILTER (WHERE user_id IS NULL) AS without_user, count(*) FROM credit_usage;
SELECT count(*) FILTER (WHERE created_by IS NULL) AS without_creator, count(*) FROM queries;
SELECT created_by FROM workspaces WHERE id = :a;
ROLLBACK;
-- A workspace without credits goes with all it has.
DELETE FROM workspaces WHERE id = :b;
SELECT count(*) AS left_of_beta FROM users WHERE workspace_id = :b;
-- A workspace whose credits are closed goes, too.
BEGIN;
SELECT rowkit.close_credit_account(:a, credit_accounts => 'credit_accounts') - 'balance' AS closed;
DELETE FROM workspaces WHERE id = :a;
SELECT (SELECT count(*) FROM credit_usage) AS used, (SELECT count(*) FROM credit_entries) AS entries, (SELECT count(*) FROM leads) AS leads;
ROLLBACK;
-- Renamed, it works on; DROP EXTENSION takes triggers, installing again brings them back; no row is lost.
RESET search_path;
DROP POLICY own ON lead.leads;
DROP OWNED BY regress_lead;
DROP ROLE regress_lead;
ALTER SCHEMA lead RENAME TO pipeline;
INSERT INTO pipeline.leads (query_id) VALUES ('00000000-0000-7000-8000-000000000201');
SELECT lead_count, leads_this_week FROM pipeline.queries WHERE name = 'SaaS in Berlin';
SELECT pipeline.record_credit_usage(:a, 1, 'renamed') ->> 'balance' AS balance;
SELECT count(*) FROM pipeline.credit_usage WHERE action = 'renamed';
SELECT topic FROM pipeline.search_topics('payroll');
SELECT pipeline.reset_weekly_lead_counts(), pipeline.update_topic_trends(), pipeline.cleanup_expired_exports(), pipeline.reset_daily_credits();
ALTER SCHEMA pipeline RENAME TO lead;
DROP EXTENSION rowkit CASCADE;
CREATE EXTENSION rowkit;
SELECT kind, count(*) FROM install_blueprint('lead_intelligence', 'lead') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT * FROM install_blueprint('lead_intelligence', 'lead');
INSERT INTO lead.leads (query_id) VALUES ('00000000-0000-7000-8000-000000000201');
SELECT name, lead_count FROM lead.queries ORDER BY name;
-- Where auth.users is, logins refer to it.
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY);
SELECT count(*) > 0 AS made FROM install_blueprint('lead_intelligence', 'second');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'second.users'::regclass AND conname = 'users_auth_user_id_fkey';
SELECT count(*) > 0 AS dropped FROM uninstall_blueprint('lead_intelligence', 'second');
-- Uninstall: refused while it holds rows; then nothing is left.
\set VERBOSITY terse
SELECT * FROM uninstall_blueprint('lead_intelligence', 'lead');
\set VERBOSITY verbose
SELECT kind, count(*) FROM uninstall_blueprint('lead_intelligence', 'lead', 'lead') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT to_regnamespace('lead') AS schema_left;
