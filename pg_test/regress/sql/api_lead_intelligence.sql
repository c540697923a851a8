-- What applications of lead_intelligence call, as PostgREST calls it: an end user, named arguments, and nothing but the blueprint's schema on the search_path.
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('lead_intelligence', 'app');
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
SET search_path = app;
\set acme '\'00000000-0000-4000-8000-0000000000a0\''
\set beta '\'00000000-0000-4000-8000-0000000000b0\''
INSERT INTO workspaces (id, name) VALUES (:acme, 'Acme'), (:beta, 'Beta');
INSERT INTO users (auth_user_id, workspace_id, email, role) VALUES ('00000000-0000-4000-8000-0000000000a1', :acme, 'ann@acme.example', 'admin'),
    ('00000000-0000-4000-8000-0000000000b1', :beta, 'bob@beta.example', 'owner');
INSERT INTO global_topics (topic, category) VALUES ('Cloud security', 'Technology');

-- The service gives credits, and takes them for work whose price is known at its end.
SET ROLE service_role;
SELECT grant_credits(workspace_id => :acme, amount => 100, source => 'purchase', idempotency_key => 'pi_1') ->> 'balance' AS balance;
SELECT grant_credits(workspace_id => :acme, amount => 100, source => 'purchase', idempotency_key => 'pi_1') ->> 'balance' AS balance;
SELECT consume_credits(workspace_id => :acme, amount => 10, action => 'export', idempotency_key => 'req_1') ->> 'balance' AS balance,
    consume_credits(workspace_id => :acme, amount => 10, action => 'export', idempotency_key => 'req_1') ->> 'balance' AS again;
SELECT reserve_credits(workspace_id => :acme, amount => 20, action => 'export', hold_for => '1 hour') AS held \gset
SELECT settle_credits(reservation_id => (SELECT id FROM credit_operations WHERE kind = 'reserve'), amount => 12) ->> 'balance' AS balance;
SELECT reserve_credits(workspace_id => :acme, amount => 20, action => 'export') ->> 'balance' AS balance;
SELECT release_credits(reservation_id => (SELECT id FROM credit_operations WHERE kind = 'reserve' ORDER BY created_at DESC LIMIT 1)) ->> 'balance' AS balance;
SELECT refund_credits(operation_id => (SELECT id FROM credit_operations WHERE kind = 'consume'), amount => 4) ->> 'balance' AS balance;
SELECT credit_balance(workspace_id => :acme), reset_daily_credits() >= 0 AS begun, reset_weekly_lead_counts() >= 0 AS counted, cleanup_expired_exports() AS removed, update_topic_trends() AS moved;

-- Ann asks and spends.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT get_user_workspace_id() = :acme AS own, check_query_limit(), check_credits_available(amount => 5), credit_balance();
SELECT record_credit_usage(workspace_id => :acme, amount => 2, action => 'email_reveal') ->> 'balance' AS balance;
INSERT INTO queries (id, workspace_id, name) VALUES ('00000000-0000-4000-8000-0000000000c1', :acme, 'SaaS');
INSERT INTO leads (id, query_id, company_name) VALUES ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000c1', 'Zed');
SELECT resource_type, used, usage_limit, plan FROM workspace_usage();
SELECT topic FROM search_topics(query => 'clou');
SELECT max_queries, daily_credits FROM plan_limits(plan => 'pro');
SELECT action, user_id IS NOT NULL AS signed FROM lead_history(lead_id => '00000000-0000-4000-8000-0000000000d1');
UPDATE leads SET company_name = 'Oops';
SELECT undo_transaction(transaction => (SELECT transaction FROM lead_history(lead_id => '00000000-0000-4000-8000-0000000000d1') ORDER BY created_at DESC LIMIT 1));
SELECT company_name FROM leads;
-- What is the service's she cannot do, nor what is another workspace's.
SELECT grant_credits(workspace_id => :acme, amount => 100);
SELECT consume_credits(workspace_id => :acme, amount => 1, action => 'export');
SELECT reserve_credits(workspace_id => :acme, amount => 1, action => 'export');
SELECT settle_credits(reservation_id => (SELECT id FROM credit_operations WHERE kind = 'reserve' LIMIT 1));
SELECT release_credits(reservation_id => (SELECT id FROM credit_operations WHERE kind = 'reserve' LIMIT 1));
SELECT refund_credits(operation_id => (SELECT id FROM credit_operations WHERE kind = 'consume' LIMIT 1));

-- A stranger gets nothing.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT credit_balance(workspace_id => :acme), check_credits_available(workspace_id => :acme, amount => 1), check_query_limit(workspace_id => :acme);
SELECT count(*) FROM workspace_usage(workspace_id => :acme);
SELECT record_credit_usage(workspace_id => :acme, amount => 1, action => 'email_reveal');
SELECT consume_credits(workspace_id => :acme, amount => 1, action => 'export');
SELECT count(*) FROM lead_history(lead_id => '00000000-0000-4000-8000-0000000000d1');
RESET ROLE;
SELECT transaction FROM audit_logs WHERE action = 'UPDATE' ORDER BY id DESC LIMIT 1 \gset
SELECT id AS debit FROM credit_operations WHERE kind = 'consume' LIMIT 1 \gset
SET ROLE authenticated;
SELECT undo_transaction(transaction => :'transaction');
SELECT refund_credits(operation_id => :'debit');
RESET ROLE;

SELECT one.oid::regprocedure AS one, other.oid::regprocedure AS other
FROM pg_proc AS one JOIN pg_proc AS other ON other.pronamespace = one.pronamespace AND other.proname = one.proname AND other.oid > one.oid
WHERE one.pronamespace = 'app'::regnamespace AND one.proargnames[1:one.pronargs] IS NOT DISTINCT FROM other.proargnames[1:other.pronargs];
SELECT oid::regprocedure AS takes_a_relation FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND 'regclass'::regtype = ANY (proargtypes::oid[]);
SELECT oid::regprocedure AS without_a_summary FROM pg_proc
WHERE pronamespace = 'app'::regnamespace AND prorettype <> 'trigger'::regtype AND obj_description(oid, 'pg_proc') !~ '^[^\n]{10,160}\.\n[^\n]'
ORDER BY 1;
-- GraphQL has a type Query of its own.
SELECT obj_description('queries'::regclass, 'pg_class');
RESET search_path;
DROP SCHEMA app CASCADE;
DROP ROLE anon, authenticated, service_role;
