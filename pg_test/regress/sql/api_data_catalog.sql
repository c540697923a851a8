-- What applications of data_catalog call, as PostgREST calls it: an end user, named arguments, and nothing but the blueprint's schema on the search_path.
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('data_catalog', 'app');
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
SET search_path = app;
\set acme '\'00000000-0000-4000-8000-0000000000a0\''
\set beta '\'00000000-0000-4000-8000-0000000000b0\''
\set ann '\'00000000-0000-4000-8000-0000000000a1\''
\set sales '\'00000000-0000-4000-8000-0000000000c1\''
\set shop '\'00000000-0000-4000-8000-0000000000c2\''
\set lake '\'00000000-0000-4000-8000-0000000000d1\''
INSERT INTO users (id, email) VALUES (:ann, 'ann@acme.example'), ('00000000-0000-4000-8000-0000000000a2', 'zoe@acme.example'), ('00000000-0000-4000-8000-0000000000b1', 'bob@beta.example');
INSERT INTO accounts (id, name) VALUES (:acme, 'Acme'), (:beta, 'Beta');
INSERT INTO account_users (account_id, user_id, role) VALUES (:acme, :ann, 'owner'), (:beta, '00000000-0000-4000-8000-0000000000b1', 'owner');

SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
INSERT INTO projects (id, account_id, name) VALUES (:lake, :acme, 'Lake');
INSERT INTO datasets (id, account_id, name) VALUES (:sales, :acme, 'sales'), (:shop, :acme, 'shop');
INSERT INTO columns (dataset_id, name) VALUES (:sales, 'amount');
-- Deleting and restoring, by the document's names.
SELECT effect, rows > 0 AS has_rows FROM preview_delete(table_name => 'datasets', record_id => :sales) ORDER BY 1, 2;
SELECT soft_delete(table_name => 'datasets', record_id => :sales, reason => 'old'), soft_delete(table_name => 'datasets', record_id => :sales) AS again;
SELECT record_key = :sales AS same, reason, deleted_by FROM deleted_rows(table_name => 'datasets', max_rows => 5);
SELECT restore_deleted(table_name => 'datasets', record_id => :sales), restore_deleted(table_name => 'datasets', record_id => :sales) AS again;
SELECT soft_delete(table_name => 'datasets', record_ids => ARRAY[:sales, :shop]::uuid[]), restore_deleted(table_name => 'datasets', record_ids => ARRAY[:sales, :shop]::uuid[]);
SELECT soft_delete(table_name => 'datasets', record_id => :sales, deleted_by => '00000000-0000-4000-8000-0000000000b1');
SELECT soft_delete(table_name => 'no_such', record_id => :sales);
SELECT soft_delete(table_name => 'pg_class', record_id => :sales);
SELECT soft_delete(table_name => 'deletions', record_id => :sales);
SELECT soft_delete_dataset(dataset_id => :shop), soft_delete_project(project_id => :lake);
SELECT permanent_delete(table_name => 'datasets', record_id => :shop), permanent_delete(table_name => 'datasets', record_id => :shop) AS again;
SELECT restore_deleted(table_name => 'projects', record_id => :lake);
SELECT soft_delete_account(account_id => :acme) ->> 'accounts' AS accounts;
SELECT count(*) FROM datasets_active;
RESET ROLE;
SELECT restore_deleted(table_name => 'accounts', record_id => :acme);
SET ROLE authenticated;
-- Usage.
SELECT resource_type, used, usage_limit, plan FROM account_usage(account_id => :acme) WHERE resource_type IN ('users', 'projects', 'datasets') ORDER BY 1;
SELECT user_count, project_count, dataset_count FROM calculate_account_usage(account_id => :acme);
SELECT check_usage_available(account_id => :acme, resource_type => 'projects', amount => 2), check_usage_available(account_id => :acme, resource_type => 'projects', amount => 3);
-- Invitations and tokens.
SELECT token AS invited FROM create_invitation(account_id => :acme, email => 'zoe@acme.example', role => 'member') \gset
SELECT token_id, token FROM create_api_token(account_id => :acme, name => 'CI', scopes => '{read:*}') \gset
SELECT token_id AS rotated_id, token AS rotated FROM rotate_api_token(token_id => :'token_id', overlap_for => '1 hour') \gset
SELECT generate_api_token() ~ '^rk_' AS made, (SELECT encode(token_hash, 'hex') FROM api_tokens WHERE id = :'token_id') = hash_api_token(token => :'token') AS hashed;
SET ROLE anon;
SELECT account_id = :acme AS own, scopes, is_valid, error FROM validate_api_token(token => :'rotated', ip => '203.0.113.1', user_agent => 'curl');
SELECT account_id, scopes, is_valid, error FROM validate_api_token(token => 'rk_none');
SET ROLE authenticated;
SELECT revoke_api_token(token_id => :'rotated_id'), revoke_api_token(token_id => :'rotated_id') AS again;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2", "email": "zoe@acme.example", "email_verified": true}';
SELECT account_id = :acme AS joined, role FROM accept_invitation(token => :'invited');
SELECT * FROM accept_invitation(token => :'invited');
SELECT count(*) FROM row_history(table_name => 'datasets', record_id => :sales);
-- What was done, and taking it back.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
UPDATE datasets SET description = 'Oops' WHERE id = :sales;
SELECT action, user_id IS NOT NULL AS signed FROM row_history(table_name => 'datasets', record_id => :sales) LIMIT 1;
SELECT undo_transaction(transaction => (SELECT transaction FROM row_history(table_name => 'datasets', record_id => :sales) ORDER BY created_at DESC LIMIT 1));
SELECT name, description FROM datasets WHERE id = :sales;
SELECT kind, name FROM search_catalog(account_id => :acme, query => 'sal');
SELECT name FROM search_datasets(account_id => :acme, query => 'sal', max_rows => 3);
SELECT count(*) FROM dataset_lineage(dataset_id => :sales, direction => 'both');
SELECT get_dataset_fqn(connection_id => NULL, schema => 'shop', name => 'sales');
-- What a service does.
SELECT increment_usage_counter(account_id => :acme, resource_type => 'ai_requests', amount => 5);
SELECT count_login_attempt(email => 'ann@acme.example', succeeded => false);
RESET request.jwt.claims;
SET ROLE service_role;
SELECT increment_usage_counter(account_id => :acme, resource_type => 'ai_requests', amount => 5), decrement_usage_counter(account_id => :acme, resource_type => 'ai_requests', amount => 2);
SELECT monthly_ai_requests FROM calculate_account_usage(account_id => :acme);
SELECT sync_usage_counters(account_id => :acme);
SELECT count_login_attempt(email => 'ann@acme.example', succeeded => false, max_failures => 3, lock_for => '1 hour', within => '1 hour') - 'locked_until' AS attempt;
SELECT cleanup_soft_deleted_records(table_name => 'datasets', days_old => 30);

-- A stranger gets nothing.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT soft_delete(table_name => 'datasets', record_id => :sales), soft_delete(table_name => 'datasets', record_ids => ARRAY[:sales]::uuid[]);
SELECT restore_deleted(table_name => 'datasets', record_id => :sales), restore_deleted(table_name => 'datasets', record_ids => ARRAY[:sales]::uuid[]);
SELECT permanent_delete(table_name => 'datasets', record_id => :sales);
SELECT soft_delete_account(account_id => :acme), soft_delete_project(project_id => :lake), soft_delete_dataset(dataset_id => :sales);
SELECT * FROM preview_delete(table_name => 'datasets', record_id => :sales);
SELECT count(*) FROM deleted_rows(table_name => 'datasets');
SELECT * FROM account_usage(account_id => :acme);
SELECT * FROM calculate_account_usage(account_id => :acme);
SELECT check_usage_available(account_id => :acme, resource_type => 'projects');
SELECT increment_usage_counter(account_id => :acme, resource_type => 'ai_requests'), decrement_usage_counter(account_id => :acme, resource_type => 'ai_requests');
SELECT sync_usage_counters(account_id => :acme);
SELECT * FROM create_invitation(account_id => :acme, email => 'x@example.com', role => 'member');
SELECT * FROM create_api_token(account_id => :acme, name => 'mine');
SELECT * FROM rotate_api_token(token_id => :'token_id');
SELECT revoke_api_token(token_id => :'token_id');
SELECT count(*) FROM row_history(table_name => 'datasets', record_id => :sales);
SELECT count(*) FROM search_catalog(account_id => :acme, query => 'sal');
SELECT cleanup_soft_deleted_records(table_name => 'datasets', days_old => 0);
RESET ROLE;
SELECT transaction FROM audit_logs WHERE action = 'UPDATE' AND table_name = 'datasets' ORDER BY id DESC LIMIT 1 \gset
SET ROLE authenticated;
SELECT undo_transaction(transaction => :'transaction');
RESET ROLE;

SELECT one.oid::regprocedure AS one, other.oid::regprocedure AS other
FROM pg_proc AS one JOIN pg_proc AS other ON other.pronamespace = one.pronamespace AND other.proname = one.proname AND other.oid > one.oid
WHERE one.pronamespace = 'app'::regnamespace AND one.proargnames[1:one.pronargs] IS NOT DISTINCT FROM other.proargnames[1:other.pronargs];
SELECT oid::regprocedure AS takes_a_relation FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND 'regclass'::regtype = ANY (proargtypes::oid[]);
SELECT oid::regprocedure AS without_a_summary FROM pg_proc
WHERE pronamespace = 'app'::regnamespace AND prorettype <> 'trigger'::regtype AND obj_description(oid, 'pg_proc') !~ '^[^\n]{10,160}\.\n[^\n]'
ORDER BY 1;
-- GraphQL has a type Subscription of its own.
SELECT obj_description('subscriptions'::regclass, 'pg_class');
-- No default is an empty text, which generated types stumble over.
SELECT attrelid::regclass AS relation, attname AS name FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum JOIN pg_class ON pg_class.oid = adrelid
WHERE relnamespace = 'app'::regnamespace AND pg_get_expr(adbin, adrelid) ~ '^''''(::|$)';
RESET search_path;
DROP SCHEMA app CASCADE;
DROP ROLE anon, authenticated, service_role;
