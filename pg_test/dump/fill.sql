-- The five blueprints, each in the schema of its name, with rows in every table: Ann's of one tenant and Eve's of another. blueprints.sh and
-- upgrade.sh carry them to another server, state.sql tells what must be the same there, and goes_on.sh what must work.
\set one 00000000-0000-4000-8000-000000000001
\set two 00000000-0000-4000-8000-000000000002
\set ann 00000000-0000-4000-8000-0000000000a1
\set eve 00000000-0000-4000-8000-0000000000e1
\set cy 00000000-0000-4000-8000-0000000000c1
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
CREATE EXTENSION IF NOT EXISTS rowkit;
SELECT (SELECT count(*) FROM rowkit.install_blueprint(blueprint, blueprint)) FROM rowkit.blueprints();
SELECT format('GRANT USAGE ON SCHEMA %I TO authenticated', blueprint) FROM rowkit.blueprints() \gexec

SET search_path = custom_tables;
INSERT INTO organizations (id, name) VALUES (:'one', 'Acme'), (:'two', 'Evil');
INSERT INTO users (id, email) VALUES (:'ann', 'ann@example.com'), (:'eve', 'eve@example.com');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES (:'ann', :'one', 'owner'), (:'eve', :'two', 'owner');
INSERT INTO tables (id, organization_id, name, unknown_keys) VALUES (:'one', :'one', 'People', 'strict'), (:'two', :'two', 'Secrets', 'allow');
INSERT INTO table_columns (table_id, name, type, is_unique, options, default_value) VALUES
    (:'one', 'email', 'email', true, '{}', NULL), (:'one', 'n', 'autonumber', false, '{}', NULL),
    (:'one', 'amount', 'decimal', false, '{"max": 99999999999999999999999999999999999999}', '1.10');
INSERT INTO table_statuses (table_id, name) VALUES (:'one', 'リード');
INSERT INTO records (table_id, name, email, status) SELECT :'one', '佐藤', n || '@example.com', 'リード' FROM generate_series(1, 20) AS n;
INSERT INTO records (table_id, name) VALUES (:'two', 'Hidden');
INSERT INTO table_columns (table_id, name, type, options) VALUES (:'one', 'friend', 'reference', jsonb_build_object('table_id', :'one')), (:'one', 'former', 'text', '{}'), (:'one', 'gone', 'text', '{}');
UPDATE records SET data = data || jsonb_build_object('former', 'kept', 'gone', 'kept', 'friend', (SELECT id FROM records AS other WHERE other.email = '1@example.com')) WHERE email = '2@example.com';
SELECT rowkit.delete_column(:'one', 'former'), rowkit.delete_column(:'one', 'gone');
INSERT INTO tables (id, organization_id, name) VALUES (:'cy', :'one', 'Deleted');
INSERT INTO records (id, table_id, name) VALUES (:'cy', :'cy', 'Deleted');
SELECT rowkit.soft_delete('tables', :'cy'::uuid);
UPDATE table_columns SET indexed = true WHERE name = 'amount';
INSERT INTO table_indexes (table_id, columns) VALUES (:'one', '["email", "amount"]');
INSERT INTO table_views (table_id, name, query, group_by, owner_id) VALUES (:'one', 'Ours', '{"sort": [{"column": "amount"}]}', '["status"]', NULL), (:'one', 'Mine', '{}', '[]', :'ann');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000f1', :'one', 'Imported');
SELECT begin_import('00000000-0000-4000-8000-0000000000f1', 'people.csv') AS import \gset
SELECT append_import(:'import', 1, convert_to(E'name,email\nKim,kim@example.com\nNobody,no address\n', 'UTF8')), run_import(:'import') ->> 'failed' AS failed;
SELECT refresh_table_statistics();

SET search_path = customer_accounts;
INSERT INTO customer_accounts (company_name, customer_type, billing_address, created_by) VALUES
    ('Acme', 'Commercial', '{"street": "1 Main St", "city": "Springfield"}', :'ann'), ('Evil', 'Commercial', NULL, :'eve');
INSERT INTO customer_contacts (customer_account_id, contact_name, email, phone, is_primary_contact, created_by)
SELECT id, 'Ann', 'ann@example.com', '03-1234-5678', true, created_by FROM customer_accounts;

SET search_path = lead_intelligence;
INSERT INTO plans (name, max_queries) VALUES ('small', 1);
INSERT INTO workspaces (id, name, max_queries) VALUES (:'one', 'Acme', 2), (:'two', 'Evil', 2);
INSERT INTO users (id, workspace_id, auth_user_id, email, role) VALUES
    (:'ann', :'one', :'ann', 'ann@example.com', 'owner'), (:'eve', :'two', :'eve', 'eve@example.com', 'owner');
UPDATE workspaces SET created_by = :'ann' WHERE id = :'one';
INSERT INTO global_topics (id, topic) VALUES (:'one', 'Cloud Security');
INSERT INTO trends (topic_id, week, volume) VALUES (:'one', '2026-01-05', 100), (:'one', '2026-01-12', 150);
SELECT update_topic_trends();
INSERT INTO queries (id, workspace_id, topic_id, name) VALUES (:'one', :'one', :'one', 'Banks'), (:'two', :'two', NULL, 'Hidden');
INSERT INTO leads (query_id, company_name) SELECT :'one', 'Company ' || n FROM generate_series(1, 20) AS n;
INSERT INTO leads (query_id, company_name) VALUES (:'two', 'Hidden');
INSERT INTO saved_searches (workspace_id, user_id, name) VALUES (:'one', :'ann', 'Mine');
INSERT INTO export_jobs (workspace_id, user_id) VALUES (:'one', :'ann');
INSERT INTO people_search_results (workspace_id, user_id, person_data) VALUES (:'one', :'ann', '{"name": "Lee"}');
INSERT INTO saved_people_searches (workspace_id, user_id, name) VALUES (:'one', :'ann', 'Mine');
INSERT INTO integrations (workspace_id, provider) VALUES (:'one', 'hubspot');
INSERT INTO billing_events (workspace_id, event_type, amount, currency) VALUES (:'one', 'paid', 4900, 'USD');
INSERT INTO notification_preferences (workspace_id, user_id) VALUES (:'one', :'ann');
INSERT INTO stripe_customers (workspace_id, stripe_customer_id) VALUES (:'one', 'cus_1');
SELECT rowkit.grant_credits(:'one'::uuid, 10, credit_accounts => 'lead_intelligence.credit_accounts'), record_credit_usage(:'one', 3, 'export');

SET search_path = data_catalog, rowkit;
INSERT INTO subscription_plans (id, name, max_users, max_projects) VALUES (:'one', 'pro', 10, 3);
INSERT INTO accounts (id, name) VALUES (:'one', 'Acme'), (:'two', 'Evil');
INSERT INTO users (id, email) VALUES (:'ann', 'ann@example.com'), (:'eve', 'eve@example.com'), (:'cy', 'cy@example.com');
INSERT INTO account_users (account_id, user_id, role) VALUES (:'one', :'ann', 'owner'), (:'two', :'eve', 'owner');
INSERT INTO subscriptions (id, account_id, plan_id, status) VALUES (:'one', :'one', :'one', 'active');
INSERT INTO payments (account_id, subscription_id, amount) VALUES (:'one', :'one', 4900);
INSERT INTO usage_events (account_id, event_type) VALUES (:'one', 'login');
SELECT count_login_attempt('nobody@example.com', false) IS NOT NULL;
INSERT INTO projects (id, account_id, owner_id, name) VALUES (:'one', :'one', :'cy', 'Sales'), (:'ann', :'one', NULL, 'Deleted'), (:'two', :'two', NULL, 'Hidden');
INSERT INTO project_users (project_id, user_id) VALUES (:'one', :'ann');
INSERT INTO workspaces (id, project_id, name) VALUES (:'one', :'one', 'Main');
INSERT INTO workspace_users (workspace_id, user_id) VALUES (:'one', :'ann') ON CONFLICT DO NOTHING;
INSERT INTO source_control_commits (project_id, commit_sha) VALUES (:'one', '0123456789abcdef');
INSERT INTO connections (id, account_id, name, connection_type, database_name) VALUES (:'one', :'one', 'lake', 'postgres', 'raw');
INSERT INTO connection_metadata_cache (connection_id, metadata_type) VALUES (:'one', 'schemas');
INSERT INTO datasets (id, connection_id, schema, name) VALUES (:'one', :'one', 'shop', 'orders'), (:'two', :'one', 'shop', 'sales');
INSERT INTO columns (dataset_id, name, data_type) VALUES (:'one', 'id', 'uuid'), (:'one', 'total', 'numeric');
INSERT INTO lineage (source_dataset_id, target_dataset_id) VALUES (:'one', :'two');
INSERT INTO diagrams (id, workspace_id, name) VALUES (:'one', :'one', 'Shop');
SELECT add_dataset_to_diagram(:'one', :'one', '{"x": 1, "y": 2}');
INSERT INTO workspace_datasets (workspace_id, dataset_id) VALUES (:'one', :'one');
INSERT INTO configurations (workspace_id, config_type, name) VALUES (:'one', 'editor', 'theme');
INSERT INTO environments (account_id, project_id, name) VALUES (:'one', :'one', 'Production');
INSERT INTO macros (account_id, name) VALUES (:'one', 'today');
INSERT INTO templates (id, account_id, name) VALUES (:'one', :'one', 'Model');
INSERT INTO template_fragments (template_id, injection_point) VALUES (:'one', 'header');
INSERT INTO invitations (account_id, email, role, token_hash) VALUES (:'one', 'bob@example.com', 'member', sha256('token'));
INSERT INTO api_tokens (account_id, user_id, name, key_id, token_hash) VALUES (:'one', :'ann', 'ci', 'key 1', sha256('token'));
SELECT soft_delete('projects', :'ann'::uuid), soft_delete('users', :'cy'::uuid);

SET search_path = studio_crm;
INSERT INTO organizations (id, name) VALUES (:'one', 'Acme'), (:'two', 'Evil');
INSERT INTO auth_users (organization_id, auth_id, email, role) VALUES (:'one', :'ann', 'ann@example.com', 'owner'), (:'two', :'eve', 'eve@example.com', 'owner');
INSERT INTO client_invitations (organization_id, email, invitation_token) VALUES (:'one', 'kim@example.com', rowkit.hash_api_token('token'));
INSERT INTO clients (organization_id, first_name, last_name, email) VALUES (:'one', 'Lee', 'Park', 'lee@example.com'), (:'two', 'Max', NULL, 'max@example.com');
INSERT INTO leads (id, organization_id, first_name) VALUES (:'one', :'one', 'Gwen');
INSERT INTO workflows (id, organization_id, name, trigger_type, nodes) VALUES (:'one', :'one', 'Welcome', 'manual', '[{"id": "a"}]');
INSERT INTO workflow_executions (workflow_id, status) SELECT :'one', 'completed' FROM generate_series(1, 20);
INSERT INTO forms (id, organization_id, name, fields) VALUES (:'one', :'one', 'Trial', '[{"name": "email", "type": "email", "required": true}]');
SELECT submit_form(:'one', '{"email": "gwen@example.com"}');
INSERT INTO message_templates (id, organization_id, name, type, content) VALUES (:'one', :'one', 'Hi', 'sms', 'Hi {{name}}');
INSERT INTO messages (lead_id, template_id, channel, direction, from_address, to_address, body)
VALUES (:'one', :'one', 'sms', 'outbound', '+15550199', '+15550100', 'Hi Gwen');
