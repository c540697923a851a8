-- lead_intelligence: limits and credits follow the plan, members spend what their workspace has, and five views show what happens in operation.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('lead_intelligence', 'lead');
GRANT USAGE ON SCHEMA lead TO anon, authenticated, service_role;
SET search_path = lead, rowkit, public;
\set acme '''00000000-0000-4000-8000-00000000000a'''
\set beta '''00000000-0000-4000-8000-00000000000b'''

-- What a plan allows, as it is built in.
SELECT plan, limits.* FROM unnest(ARRAY['free', 'starter', 'pro', 'enterprise', 'none']) AS plan LEFT JOIN LATERAL plan_limits(plan) AS limits ON true;
SET ROLE service_role;
INSERT INTO workspaces (id, name) VALUES (:acme, 'Acme');
INSERT INTO workspaces (id, name, plan, max_queries) VALUES (:beta, 'Beta', 'starter', 99);
SELECT name, workspaces.plan, max_queries, balance, daily_credits FROM workspaces JOIN workspace_credits ON workspace_id = id ORDER BY name;
-- A new plan raises the limit and gives its credits; a limit that was agreed otherwise is agreed for the plan.
UPDATE workspaces SET plan = 'pro' WHERE id = :acme RETURNING max_queries;
UPDATE workspaces SET plan = 'pro', max_queries = 77 WHERE id = :beta RETURNING max_queries;
SELECT name, workspaces.plan, max_queries, balance, daily_credits, daily_credits_used FROM workspaces JOIN workspace_credits ON workspace_id = id ORDER BY name;
INSERT INTO queries (workspace_id, name) SELECT :acme, 'Q' || n FROM generate_series(1, 50) AS n;
SELECT check_query_limit(:acme);
\set VERBOSITY sqlstate
INSERT INTO queries (workspace_id, name) VALUES (:acme, 'one too many');
\set VERBOSITY default
-- What was bought stays, whatever the plan; what the plan before gave is gone. The books are right at each step.
SELECT (grant_credits(:acme::uuid, 40) ->> 'balance')::integer AS balance;
SELECT (lead.record_credit_usage(:acme, 30, 'export') ->> 'balance')::integer AS balance;
UPDATE workspaces SET plan = 'enterprise' WHERE id = :acme RETURNING max_queries;
SELECT balance, daily_credits, daily_credits_used FROM workspace_credits WHERE workspace_id = :acme;
UPDATE workspaces SET plan = 'free' WHERE id = :acme RETURNING max_queries;
SELECT balance, daily_credits FROM workspace_credits WHERE workspace_id = :acme;
UPDATE workspaces SET plan = 'free', name = 'Acme Inc' WHERE id = :acme;
UPDATE workspaces SET plan = 'pro' WHERE id = :acme;
UPDATE workspaces SET plan = 'pro' WHERE id = :acme;
SELECT source, period, amount, expires_at IS NOT NULL AS ended FROM credit_grants WHERE account_id = :acme ORDER BY id;
SELECT expire_credits() >= 0 AS brought_up_to_date;
SELECT account.balance, (SELECT sum(amount) FROM credit_entries AS entry WHERE entry.account_id = account.account_id) AS ledger,
    (SELECT sum(remaining) FROM credit_grants AS given WHERE given.account_id = account.account_id) AS grants
FROM credit_accounts AS account ORDER BY account_id;
-- A plan's own row takes the place of what is built in, and workspaces on the plan follow; what was agreed otherwise stays.
INSERT INTO plans (name, max_queries, daily_credits) VALUES ('pro', 60, 300);
SELECT name, max_queries, balance, daily_credits FROM workspaces JOIN workspace_credits ON workspace_id = id ORDER BY name;
UPDATE plans SET max_queries = 70 WHERE name = 'pro';
UPDATE plans SET daily_credits = 0 WHERE name = 'pro';
SELECT name, max_queries, balance, daily_credits FROM workspaces JOIN workspace_credits ON workspace_id = id ORDER BY name;
UPDATE plans SET name = 'starter' WHERE name = 'pro';
SELECT name, max_queries, daily_credits FROM workspaces JOIN workspace_credits ON workspace_id = id ORDER BY name;
SELECT limits.* FROM plan_limits('starter') AS limits;
DELETE FROM plans;
SELECT name, max_queries, daily_credits FROM workspaces JOIN workspace_credits ON workspace_id = id ORDER BY name;
-- Another plan, which stays while workspaces are on it.
UPDATE workspaces SET plan = 'agency' WHERE id = :beta;
INSERT INTO plans (name, max_queries, daily_credits) VALUES ('agency', 500, 5);
UPDATE workspaces SET plan = 'agency' WHERE id = :beta RETURNING max_queries;
DELETE FROM plans;
UPDATE plans SET name = 'agencies';
UPDATE workspaces SET plan = 'pro' WHERE id = :beta;
DELETE FROM plans;
\set VERBOSITY sqlstate
INSERT INTO plans (name) VALUES (' ');
INSERT INTO workspaces (name, plan) VALUES ('None', NULL);
\set VERBOSITY default
RESET ROLE;
SELECT * FROM usage_drift('workspaces');
-- A workspace that a plan never gave credits goes by itself, the others when their account was closed.
INSERT INTO workspaces (id, name) VALUES ('00000000-0000-4000-8000-00000000000c', 'Short');
DELETE FROM workspaces WHERE name = 'Short';
\set VERBOSITY sqlstate
DELETE FROM workspaces WHERE id = :beta;
\set VERBOSITY default
SELECT close_credit_account(:beta::uuid, credit_accounts => 'credit_accounts') IS NOT NULL AS closed;
DELETE FROM workspaces WHERE id = :beta;

-- Functions, by who calls them. A member spends, and is written down with it; viewers, outsiders and visitors do not.
INSERT INTO users (id, workspace_id, auth_user_id, email, role) VALUES
    ('00000000-0000-4000-8000-0000000000a1', :acme, '10000000-0000-4000-8000-0000000000a1', 'ann@acme.example', 'owner'),
    ('00000000-0000-4000-8000-0000000000a2', :acme, '10000000-0000-4000-8000-0000000000a2', 'bob@acme.example', 'member'),
    ('00000000-0000-4000-8000-0000000000a3', :acme, '10000000-0000-4000-8000-0000000000a3', 'vic@acme.example', 'viewer');
INSERT INTO workspaces (id, name, plan) VALUES ('00000000-0000-4000-8000-00000000000e', 'Evil', 'pro');
INSERT INTO users (workspace_id, auth_user_id, email, role) VALUES ('00000000-0000-4000-8000-00000000000e', '10000000-0000-4000-8000-0000000000e1', 'eve@evil.example', 'owner');
CREATE FUNCTION public.as_user(role text, person text, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text;
    state text;
BEGIN
    PERFORM set_config('request.jwt.claims', CASE WHEN person IS NULL THEN '' ELSE jsonb_build_object('sub', '10000000-0000-4000-8000-0000000000' || person)::text END, true);
    EXECUTE format('SET LOCAL ROLE %I', role);
    BEGIN
        EXECUTE command INTO told;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
        told := state;
    END;
    RESET ROLE;
    RETURN told;
END
$$;
\set spend 'SELECT lead.record_credit_usage(''00000000-0000-4000-8000-00000000000a'', 5, ''email_reveal'') ->> ''amount'''
SELECT who, public.as_user(role, person, :'spend') AS spent
FROM (VALUES (1, 'owner', 'authenticated', 'a1'), (2, 'member', 'authenticated', 'a2'), (3, 'viewer', 'authenticated', 'a3'), (4, 'another workspace', 'authenticated', 'e1'),
    (5, 'nobody', 'authenticated', NULL), (6, 'visitor with a member''s claims', 'anon', 'a2'), (7, 'service', 'service_role', NULL)) AS caller(place, who, role, person)
ORDER BY place;
SELECT credit_usage.user_id, action, credits_used FROM credit_usage WHERE workspace_id = :acme AND action = 'email_reveal' ORDER BY credit_usage.id;
SELECT command, public.as_user('authenticated', 'a2', command) AS member, public.as_user('service_role', NULL, command) AS service FROM unnest(ARRAY[
    'SELECT get_user_workspace_id()', 'SELECT check_query_limit()', 'SELECT check_credits_available(amount => 100)', 'SELECT check_credits_available(amount => 100000)',
    $$SELECT lead.record_credit_usage('00000000-0000-4000-8000-00000000000a', 0, 'x')$$, $$SELECT lead.record_credit_usage('00000000-0000-4000-8000-00000000000a', 100000, 'x')$$,
    $$SELECT lead.record_credit_usage(NULL, 1, 'x')$$, $$SELECT lead.record_credit_usage('00000000-0000-4000-8000-00000000000f', 1, 'x')$$,
    'SELECT count(*) FROM search_topics(''a'')', 'SELECT reset_daily_credits() >= 0', 'SELECT update_topic_trends()', 'SELECT reset_weekly_lead_counts()', 'SELECT cleanup_expired_exports()']) AS command;
UPDATE users SET is_active = false WHERE id = '00000000-0000-4000-8000-0000000000a2';
SELECT public.as_user('authenticated', 'a2', :'spend') AS who_left;
-- A grant on all tables, as default privileges make it, makes no service of anybody.
GRANT ALL ON ALL TABLES IN SCHEMA lead TO authenticated;
SELECT public.as_user('authenticated', 'a3', :'spend') AS viewer, public.as_user('authenticated', 'e1', :'spend') AS another_workspace;

-- Operation: five views.
SELECT table_name, total_bytes >= table_bytes + index_bytes AS adds_up FROM table_sizes WHERE table_name IN ('leads', 'audit_logs', 'workspaces') ORDER BY table_name;
SELECT count(*) > 80 AS many, count(*) FILTER (WHERE index_name ~ '_20\d\d_') AS parts FROM index_usage;
SELECT is_unique, index_bytes > 0 AS has_size FROM index_usage WHERE index_name = 'workspaces_pkey';
SELECT count(*) AS without_the_extension FROM slow_queries;
SELECT role_name = current_user AS mine, state, connections >= 1 AS some FROM connection_count WHERE role_name = current_user AND state = 'active';
SELECT table_name, policy_name, command, roles, is_enforced FROM policy_hits WHERE table_name = 'leads' ORDER BY policy_name;
SELECT name, public.as_user('service_role', NULL, format('SELECT count(*) >= 0 FROM %I', name)) AS service, public.as_user('anon', NULL, format('SELECT count(*) FROM %I', name)) AS visitor
FROM unnest(ARRAY['table_sizes', 'index_usage', 'slow_queries', 'connection_count', 'policy_hits']) AS name;
-- The newest of every table, by an index.
SELECT relname AS without_an_index FROM pg_class AS class
WHERE relnamespace = 'lead'::regnamespace AND relkind = 'r' AND NOT relispartition
    AND relname IN ('workspaces', 'users', 'stripe_customers', 'notification_preferences', 'global_topics', 'trends', 'queries', 'leads', 'saved_searches', 'credit_usage', 'export_jobs',
        'people_search_results', 'saved_people_searches', 'integrations', 'billing_events')
    AND NOT EXISTS (SELECT FROM pg_indexes WHERE schemaname = 'lead' AND tablename = relname AND indexdef ~ '\((workspace_id, )?created_at DESC\)');

SET search_path = public, rowkit;
DROP SCHEMA lead CASCADE;
DROP FUNCTION public.as_user;
DROP ROLE anon, authenticated, service_role;
