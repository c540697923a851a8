\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT kind, count(*) FROM install_blueprint('data_catalog', 'app') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT * FROM install_blueprint('data_catalog', 'app');

-- What the seed names and is not there.
SELECT name AS missing_table FROM unnest(ARRAY[
    'accounts', 'users', 'account_users', 'projects', 'workspaces', 'workspace_users', 'project_users', 'connections', 'datasets', 'columns', 'lineage',
    'diagrams', 'diagram_datasets', 'workspace_datasets', 'subscription_plans', 'subscriptions', 'payments', 'usage_events', 'invitations', 'api_tokens',
    'configurations', 'environments', 'macros', 'templates', 'template_fragments', 'connection_metadata_cache', 'source_control_commits', 'audit_logs'])
    AS seed(name)
WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('app.' || name) AND relkind IN ('r', 'p'));
SELECT seed.relation, seed.name AS missing_column, seed.type, seed.preset
FROM (
    VALUES
        ('accounts', 'name', 'text', NULL), ('accounts', 'subscription_tier', 'text', '''free''::text'),
        ('accounts', 'max_users', 'integer', NULL), ('accounts', 'max_projects', 'integer', NULL), ('accounts', 'max_datasets', 'integer', NULL),
        ('accounts', 'max_monthly_ai_requests', 'integer', NULL), ('accounts', 'current_user_count', 'integer', '0'),
        ('accounts', 'current_project_count', 'integer', '0'), ('accounts', 'current_dataset_count', 'integer', '0'),
        ('accounts', 'current_monthly_ai_requests', 'integer', '0'), ('accounts', 'current_storage_mb', 'bigint', '0'),
        ('accounts', 'settings', 'jsonb', '''{}''::jsonb'), ('accounts', 'metadata', 'jsonb', '''{}''::jsonb'),
        ('users', 'email', 'text', NULL), ('users', 'is_email_verified', 'boolean', 'false'), ('users', 'password_reset_token_hash', 'bytea', NULL),
        ('users', 'failed_login_attempts', 'integer', '0'), ('users', 'last_failed_login_at', 'timestamp with time zone', NULL),
        ('users', 'locked_until', 'timestamp with time zone', NULL), ('users', 'last_login_at', 'timestamp with time zone', NULL),
        ('account_users', 'account_id', 'uuid', NULL), ('account_users', 'user_id', 'uuid', NULL), ('account_users', 'role', 'text', '''member''::text'),
        ('account_users', 'is_active', 'boolean', 'true'), ('account_users', 'invited_by', 'uuid', NULL),
        ('projects', 'owner_id', 'uuid', NULL), ('projects', 'visibility', 'text', '''account''::text'),
        ('projects', 'project_type', 'app.project_type', '''standard''::app.project_type'),
        ('projects', 'source_control_provider', 'app.source_control_provider', NULL), ('projects', 'source_control_repository_url', 'text', NULL),
        ('projects', 'source_control_default_branch', 'text', '''main''::text'), ('projects', 'source_control_access_token_encrypted', 'text', NULL),
        ('projects', 'source_control_connection_status', 'app.source_control_connection_status',
            '''not_connected''::app.source_control_connection_status'),
        ('workspaces', 'project_id', 'uuid', NULL), ('workspaces', 'owner_id', 'uuid', NULL), ('workspaces', 'source_control_branch', 'text', NULL),
        ('workspaces', 'source_control_commit_sha', 'text', NULL), ('workspaces', 'source_control_sync_status', 'text', '''not_synced''::text'),
        ('workspaces', 'has_uncommitted_changes', 'boolean', 'false'),
        ('workspace_users', 'workspace_id', 'uuid', NULL), ('workspace_users', 'user_id', 'uuid', NULL),
        ('workspace_users', 'role', 'text', '''member''::text'),
        ('project_users', 'project_id', 'uuid', NULL), ('project_users', 'user_id', 'uuid', NULL), ('project_users', 'role', 'text', '''member''::text'),
        ('connections', 'password_encrypted', 'text', NULL), ('connections', 'last_tested_at', 'timestamp with time zone', NULL),
        ('connections', 'last_test_status', 'text', NULL), ('connections', 'settings', 'jsonb', '''{}''::jsonb'),
        ('datasets', 'connection_id', 'uuid', NULL), ('datasets', 'owner_id', 'uuid', NULL), ('datasets', 'schema', 'text', NULL),
        ('datasets', 'name', 'text', NULL), ('datasets', 'fqn', 'character varying', NULL), ('datasets', 'sync_status', 'text', '''not_synced''::text'),
        ('datasets', 'last_synced_at', 'timestamp with time zone', NULL), ('datasets', 'search_vector', 'tsvector', NULL),
        ('columns', 'dataset_id', 'uuid', NULL), ('columns', 'data_type', 'text', '''text''::text'), ('columns', 'business_name', 'text', NULL),
        ('columns', 'business_description', 'text', NULL), ('columns', 'quality_score', 'double precision', NULL),
        ('lineage', 'source_dataset_id', 'uuid', NULL), ('lineage', 'source_column_id', 'uuid', NULL), ('lineage', 'target_dataset_id', 'uuid', NULL),
        ('lineage', 'target_column_id', 'uuid', NULL), ('lineage', 'transformation_logic', 'text', NULL),
        ('diagrams', 'workspace_id', 'uuid', NULL), ('diagrams', 'version', 'integer', '1'), ('diagrams', 'diagram_state', 'jsonb', '''{}''::jsonb'),
        ('diagrams', 'is_template', 'boolean', 'false'), ('diagrams', 'visibility', 'text', '''private''::text'),
        ('diagram_datasets', 'diagram_id', 'uuid', NULL), ('diagram_datasets', 'dataset_id', 'uuid', NULL),
        ('diagram_datasets', 'location', 'jsonb', '''{}''::jsonb'), ('diagram_datasets', 'is_expanded', 'boolean', 'true'),
        ('workspace_datasets', 'workspace_id', 'uuid', NULL), ('workspace_datasets', 'dataset_id', 'uuid', NULL),
        ('subscription_plans', 'name', 'text', NULL), ('subscription_plans', 'price_monthly', 'integer', '0'),
        ('subscription_plans', 'max_users', 'integer', NULL), ('subscription_plans', 'features', 'jsonb', '''[]''::jsonb'),
        ('subscriptions', 'plan_id', 'uuid', NULL), ('subscriptions', 'stripe_subscription_id', 'text', NULL),
        ('subscriptions', 'trial_start', 'timestamp with time zone', NULL), ('subscriptions', 'trial_end', 'timestamp with time zone', NULL),
        ('payments', 'subscription_id', 'uuid', NULL), ('payments', 'stripe_payment_intent_id', 'text', NULL), ('payments', 'stripe_invoice_id', 'text', NULL),
        ('usage_events', 'event_type', 'text', NULL), ('usage_events', 'quantity', 'bigint', '1'),
        ('invitations', 'email', 'text', NULL), ('invitations', 'role', 'text', NULL), ('invitations', 'token_hash', 'bytea', NULL),
        ('invitations', 'invited_by', 'uuid', NULL), ('invitations', 'expires_at', 'timestamp with time zone', NULL),
        ('invitations', 'accepted_at', 'timestamp with time zone', NULL), ('invitations', 'accepted_by', 'uuid', NULL),
        ('api_tokens', 'user_id', 'uuid', NULL), ('api_tokens', 'name', 'text', NULL), ('api_tokens', 'key_id', 'text', NULL),
        ('api_tokens', 'token_hash', 'bytea', NULL), ('api_tokens', 'scopes', 'jsonb', '''[]''::jsonb'),
        ('api_tokens', 'expires_at', 'timestamp with time zone', NULL), ('api_tokens', 'last_used_at', 'timestamp with time zone', NULL),
        ('api_tokens', 'last_used_ip', 'inet', NULL), ('api_tokens', 'last_used_user_agent', 'text', NULL), ('api_tokens', 'is_active', 'boolean', 'true'),
        ('api_tokens', 'revoked_at', 'timestamp with time zone', NULL), ('api_tokens', 'rotated_from_id', 'uuid', NULL),
        ('configurations', 'workspace_id', 'uuid', NULL), ('configurations', 'config_type', 'text', NULL),
        ('configurations', 'value_encrypted', 'text', NULL), ('configurations', 'is_encrypted', 'boolean', 'false'),
        ('environments', 'project_id', 'uuid', NULL), ('environments', 'workspace_id', 'uuid', NULL),
        ('macros', 'template_content', 'text', NULL), ('macros', 'parameters', 'jsonb', '''[]''::jsonb'),
        ('templates', 'parent_template_id', 'uuid', NULL), ('templates', 'variables', 'jsonb', '''[]''::jsonb'), ('templates', 'category', 'text', NULL),
        ('template_fragments', 'template_id', 'uuid', NULL), ('template_fragments', 'injection_point', 'text', NULL),
        ('template_fragments', 'position', 'integer', '0'),
        ('connection_metadata_cache', 'connection_id', 'uuid', NULL), ('connection_metadata_cache', 'metadata_type', 'text', NULL),
        ('connection_metadata_cache', 'is_stale', 'boolean', 'false'), ('connection_metadata_cache', 'metadata', 'jsonb', '''{}''::jsonb'),
        ('source_control_commits', 'commit_sha', 'text', NULL), ('source_control_commits', 'file_paths', 'text[]', '''{}''::text[]'),
        ('source_control_commits', 'author_name', 'text', NULL), ('source_control_commits', 'author_email', 'text', NULL)
    UNION ALL
    -- The columns that all tables have.
    SELECT relname, everywhere.*
    FROM pg_class CROSS JOIN (
        VALUES ('id', 'uuid', 'uuidv7()'), ('created_at', 'timestamp with time zone', 'now()'), ('updated_at', 'timestamp with time zone', 'now()'),
            ('created_by', 'uuid', NULL), ('updated_by', 'uuid', NULL)) AS everywhere(name, type, preset)
    WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' AND NOT relispartition AND relname NOT IN ('rowkit_objects', 'deletions', 'deletion_references', 'login_failures')
    UNION ALL
    SELECT soft.relation, pair.*, NULL
    FROM unnest(ARRAY['accounts', 'users', 'projects', 'workspaces', 'connections', 'datasets', 'columns', 'configurations', 'environments', 'invitations',
        'macros', 'templates']) AS soft(relation)
    CROSS JOIN (VALUES ('deleted_at', 'timestamp with time zone'), ('deleted_by', 'uuid')) AS pair
    UNION ALL
    SELECT relname, 'account_id', 'uuid', NULL FROM pg_class
    WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' AND NOT relispartition
        AND relname NOT IN ('accounts', 'users', 'subscription_plans', 'rowkit_objects', 'deletions', 'deletion_references', 'login_failures')
) AS seed(relation, name, type, preset)
LEFT JOIN pg_attribute AS held ON held.attrelid = to_regclass('app.' || seed.relation) AND held.attname = seed.name AND NOT held.attisdropped
LEFT JOIN pg_attrdef AS preset ON preset.adrelid = held.attrelid AND preset.adnum = held.attnum
WHERE format_type(held.atttypid, held.atttypmod) IS DISTINCT FROM seed.type
    -- What a trigger fills in says so.
    -- PostgreSQL 18 has an uuidv7() of its own, so it shows whose this is.
    OR nullif(replace(pg_get_expr(preset.adbin, preset.adrelid), 'rowkit.uuidv7', 'uuidv7'), 'filled_by_trigger()') IS DISTINCT FROM seed.preset;
SELECT enum.typname, array_agg(label.enumlabel ORDER BY label.enumsortorder) AS labels
FROM pg_type AS enum JOIN pg_enum AS label ON label.enumtypid = enum.oid
WHERE enum.typnamespace = 'app'::regnamespace GROUP BY enum.typname ORDER BY enum.typname;
SELECT relname AS active_views FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'v' ORDER BY relname COLLATE "C";
SELECT name AS missing_index FROM unnest(ARRAY['idx_datasets_active', 'idx_usage_events_account_created', 'idx_api_tokens_expires', 'idx_projects_active',
    'idx_payments_created', 'idx_datasets_created', 'idx_source_control_commits_project']) AS seed(name)
WHERE to_regclass('app.' || name) IS NULL;
\pset format unaligned
SELECT pg_get_indexdef(oid) FROM pg_class WHERE oid IN (
    'app.idx_datasets_active'::regclass, 'app.idx_usage_events_account_created'::regclass, 'app.idx_api_tokens_expires'::regclass, 'app.idx_projects_active'::regclass,
    'app.idx_payments_created'::regclass, 'app.idx_datasets_created'::regclass, 'app.idx_source_control_commits_project'::regclass) ORDER BY relname;
-- In the schema, but for triggers that are native.
SELECT name AS missing_function FROM unnest(ARRAY[
    'soft_delete(text, uuid, uuid, text)', 'restore_deleted(text, uuid, text)', 'permanent_delete(text, uuid)', 'generate_api_token()', 'hash_api_token(text)', 'validate_api_token(text, inet, text)',
    'cleanup_soft_deleted_records(text, integer)', 'soft_delete_account(uuid, uuid)', 'soft_delete_project(uuid, uuid)', 'soft_delete_dataset(uuid, uuid)',
    'increment_usage_counter(uuid, text, bigint)', 'decrement_usage_counter(uuid, text, bigint)',
    'calculate_account_usage(uuid)', 'sync_usage_counters(uuid)', 'get_dataset_fqn(uuid, text, text)',
    'add_dataset_to_diagram(uuid, uuid, jsonb, uuid)', 'remove_dataset_from_diagram(uuid, uuid)', 'update_account_user_count()',
    'update_account_project_count()', 'update_account_dataset_count()', 'set_dataset_owner()', 'update_dataset_fqn()',
    'add_project_owner_to_project_users()', 'add_workspace_owner_to_workspace_users()', 'dataset_lineage(uuid, text, integer)']) AS seed(name)
WHERE coalesce(to_regprocedure('app.' || name), to_regprocedure('rowkit_internal._' || name)) IS NULL;
SELECT name AS function_without_trigger FROM unnest(ARRAY[
    'update_account_user_count', 'update_account_project_count', 'update_account_dataset_count', 'set_dataset_owner', 'update_dataset_fqn',
    'add_project_owner_to_project_users', 'add_workspace_owner_to_workspace_users']) AS seed(name)
WHERE NOT EXISTS (
    SELECT FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid AND relnamespace = 'app'::regnamespace JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE ltrim(proname, '_') = name);
\pset format aligned

-- Fit for tenant isolation: keys, tenant columns, indexes.
CREATE SCHEMA checks;
CREATE VIEW checks.tables AS
SELECT oid AS relation, relname::text AS name, EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'account_id') AS has_tenant
FROM pg_class
WHERE relnamespace = to_regnamespace('app') AND relkind = 'r' AND NOT relispartition AND relname NOT IN ('rowkit_objects', 'deletions', 'deletion_references', 'login_failures');
SELECT name AS uncommented FROM checks.tables WHERE obj_description(relation, 'pg_class') IS NULL;
SELECT relname AS uncommented FROM pg_class
WHERE relnamespace = 'app'::regnamespace AND relkind = 'i' AND relname LIKE 'idx%' AND obj_description(oid, 'pg_class') IS NULL;
SELECT proname AS uncommented FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL;
SELECT name AS not_ready FROM checks.tables
WHERE has_tenant AND (
    NOT (SELECT attnotnull FROM pg_attribute WHERE attrelid = relation AND attname = 'account_id')
    OR NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype = 'p' AND pg_get_constraintdef(oid) = 'PRIMARY KEY (id)')
    OR NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype = 'u' AND pg_get_constraintdef(oid) = 'UNIQUE (account_id, id)'));
SELECT rule.conrelid::regclass, pg_get_constraintdef(rule.oid) AS crosses_tenants
FROM pg_constraint AS rule
JOIN checks.tables AS child ON child.relation = rule.conrelid AND child.has_tenant
JOIN checks.tables AS parent ON parent.relation = rule.confrelid AND parent.has_tenant
WHERE rule.contype = 'f' AND pg_get_constraintdef(rule.oid) NOT LIKE 'FOREIGN KEY (%, account_id) REFERENCES %, account_id)%';
SELECT rule.conrelid::regclass, rule.conname AS without_index
FROM pg_constraint AS rule
WHERE rule.contype = 'f' AND rule.connamespace = 'app'::regnamespace
    AND NOT EXISTS (
        SELECT FROM pg_index AS entry
        WHERE entry.indrelid = rule.conrelid AND entry.indpred IS NULL
            AND (entry.indkey::int2[])[0:cardinality(rule.conkey) - 1] @> rule.conkey);

-- A day: two accounts, people, a project with its owner, what a plan allows.
-- A backend: row security is looked at below, and in the proof of isolation.
CREATE ROLE regress_app BYPASSRLS;
GRANT USAGE ON SCHEMA app, rowkit TO regress_app;
GRANT ALL ON ALL TABLES IN SCHEMA app TO regress_app;
SET search_path = app, rowkit, public;
\set acme '''00000000-0000-4000-8000-0000000000a1'''
\set beta '''00000000-0000-4000-8000-0000000000a2'''
\set ann '''00000000-0000-4000-8000-0000000000b1'''
\set bob '''00000000-0000-4000-8000-0000000000b2'''
\set warehouse '''00000000-0000-4000-8000-0000000000c1'''
\set main '''00000000-0000-4000-8000-0000000000d1'''
\set lake '''00000000-0000-4000-8000-0000000000e1'''
\set raw '''00000000-0000-4000-8000-0000000000f1'''
\set clean '''00000000-0000-4000-8000-0000000000f2'''
\set mart '''00000000-0000-4000-8000-0000000000f3'''
\set report '''00000000-0000-4000-8000-0000000000f4'''
\set drawing '''00000000-0000-4000-8000-000000000011'''
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SET ROLE regress_app;
INSERT INTO users (id, email) VALUES (:ann, 'ann@example.com'), (:bob, 'bob@example.com');
INSERT INTO accounts (id, name, slug) VALUES (:acme, 'Acme', 'acme'), (:beta, 'Beta', 'beta')
RETURNING name, subscription_tier, max_users, max_projects, max_datasets, max_monthly_ai_requests, max_storage_mb;
INSERT INTO account_users (account_id, user_id, role) VALUES (:acme, :ann, 'owner'), (:acme, :bob, 'member'), (:beta, :bob, 'owner');
UPDATE account_users SET is_active = false WHERE account_id = :acme AND user_id = :bob;
INSERT INTO projects (id, account_id, name) VALUES (:warehouse, :acme, 'Warehouse') RETURNING owner_id, project_type, source_control_connection_status;
INSERT INTO workspaces (id, project_id, name) VALUES (:main, :warehouse, 'main') RETURNING owner_id, account_id;
SELECT 'project' AS of, user_id, role, account_id FROM project_users UNION ALL SELECT 'workspace', user_id, role, account_id FROM workspace_users;
-- Another owner is added, the old one stays a member; one who is a member becomes owner.
INSERT INTO project_users (project_id, user_id, role) VALUES (:warehouse, :bob, 'viewer');
UPDATE projects SET owner_id = :bob WHERE id = :warehouse;
UPDATE workspaces SET owner_id = :bob WHERE id = :main;
SELECT 'project' AS of, user_id, role FROM project_users UNION ALL SELECT 'workspace', user_id, role FROM workspace_users ORDER BY 1, 2;
UPDATE projects SET owner_id = :ann WHERE id = :warehouse;
-- The limit; a plan that allows more; a special agreement; a plan that changes; the end of the subscription.
INSERT INTO projects (account_id, name) VALUES (:acme, 'Two'), (:acme, 'Three'), (:acme, 'Four');
UPDATE accounts SET subscription_tier = 'gold' WHERE id = :acme;
INSERT INTO subscription_plans (id, name, price_monthly, max_users, max_projects, max_datasets, max_monthly_ai_requests, features)
VALUES ('00000000-0000-4000-8000-000000000021', 'pro', 2900, 10, 4, 1000, 2000, '["lineage"]');
INSERT INTO subscriptions (id, account_id, plan_id, status, trial_start, trial_end)
VALUES ('00000000-0000-4000-8000-000000000022', :acme, '00000000-0000-4000-8000-000000000021', 'trialing', '2026-01-01', '2026-01-15');
INSERT INTO projects (account_id, name) VALUES (:acme, 'Two'), (:acme, 'Three'), (:acme, 'Four');
SELECT users, projects, datasets, ai_requests, storage_mb FROM account_usage_summary WHERE name = 'Acme';
INSERT INTO projects (account_id, name) VALUES (:acme, 'Five');
UPDATE accounts SET max_users = 50 WHERE id = :acme;
UPDATE subscription_plans SET max_users = 20, max_projects = 6;
SELECT name, subscription_tier, max_users, max_projects FROM accounts ORDER BY name;
UPDATE subscription_plans SET name = 'team';
DELETE FROM subscription_plans;
UPDATE subscriptions SET status = 'canceled', canceled_at = now();
UPDATE subscription_plans SET name = 'team';
SELECT name, subscription_tier, max_users, max_projects, current_project_count FROM accounts ORDER BY name;
INSERT INTO accounts (name, subscription_tier, max_projects) VALUES ('Core', 'team', 7) RETURNING max_users, max_projects, max_storage_mb;
UPDATE accounts SET subscription_tier = 'free', max_users = 9 WHERE name = 'Core' RETURNING max_users, max_projects, max_storage_mb;
DELETE FROM accounts WHERE name = 'Core';
UPDATE subscriptions SET status = 'active';
SELECT soft_delete('subscriptions', id), (SELECT subscription_tier FROM accounts WHERE id = :acme) AS before FROM subscriptions;
SELECT restore_deleted('subscriptions', id), (SELECT subscription_tier FROM accounts WHERE id = :acme) AS before FROM subscriptions;
SELECT subscription_tier FROM accounts WHERE id = :acme;
BEGIN;
DELETE FROM subscriptions;
SELECT subscription_tier FROM accounts WHERE id = :acme;
ROLLBACK;
INSERT INTO payments (subscription_id, amount, status, stripe_payment_intent_id) VALUES ('00000000-0000-4000-8000-000000000022', 2900, 'succeeded', 'pi_1')
RETURNING account_id;
-- AI requests and storage are counted by function; a month begins.
SELECT increment_usage_counter(:acme::uuid, 'ai_requests', 1999), increment_usage_counter(:acme::uuid, 'storage_mb', 12);
SELECT increment_usage_counter(:acme::uuid, 'ai_requests', 2);
SELECT decrement_usage_counter(:acme::uuid, 'storage_mb', 2), calculate_account_usage(:acme::uuid);
UPDATE accounts SET ai_requests_month = '2026-01-01';
SELECT reset_monthly_usage(), reset_monthly_usage();
-- Counting is no change that anyone made; a new name is.
SELECT count(*) FILTER (WHERE updated_at > created_at) AS changed FROM accounts WHERE id = :beta;
INSERT INTO projects (account_id, name) VALUES (:beta, 'Theirs');
SELECT count(*) FILTER (WHERE updated_at > created_at) AS changed FROM accounts WHERE id = :beta;
UPDATE accounts SET name = 'Beta Ltd' WHERE id = :beta;
SELECT count(*) FILTER (WHERE updated_at > created_at) AS changed FROM accounts WHERE id = :beta;

-- Names of datasets follow the connection; owners; search.
INSERT INTO connections (id, account_id, name, connection_type) VALUES (:lake, :acme, 'Lake', 'postgres');
INSERT INTO datasets (id, connection_id, schema, name, tags, description, fqn) VALUES
    (:raw, :lake, 'raw', 'orders', '{sales}', 'As they come in', 'ignored'), (:clean, :lake, 'clean', 'orders', '{}', NULL, NULL),
    (:mart, :lake, '', 'revenue', '{}', NULL, NULL)
RETURNING fqn, account_id = :acme AS of_acme, owner_id = :ann AS of_ann;
INSERT INTO datasets (id, account_id, name, owner_id) VALUES (:report, :acme, 'Report', :bob) RETURNING fqn, owner_id = :bob AS of_bob;
UPDATE connections SET database_name = 'dwh' WHERE id = :lake;
UPDATE datasets SET name = 'Revenue' WHERE id = :mart;
UPDATE datasets SET fqn = 'mine' WHERE id = :mart;
SELECT fqn, get_dataset_fqn(connection_id, schema, name) = fqn AS same FROM datasets ORDER BY id;
SELECT fqn, match_level FROM search_datasets(:acme, 'orders');
SELECT fqn, match_level FROM search_datasets(:acme, 'dwh revenue');
SELECT fqn, match_level FROM search_datasets(:acme, 'sales');
SELECT count(*) FROM search_datasets(:beta, 'orders');
SELECT count(*) FROM search_datasets(:acme, '');
INSERT INTO columns (id, dataset_id, name, data_type, business_name, quality_score) VALUES
    ('00000000-0000-4000-8000-000000000031', :raw, 'amount', 'numeric', 'Amount', 99.5),
    ('00000000-0000-4000-8000-000000000032', :clean, 'amount', 'numeric', 'Amount', 100);

-- Lineage: round in a circle, each dataset once, so far as one asks.
INSERT INTO lineage (source_dataset_id, target_dataset_id) VALUES (:raw, :clean), (:clean, :mart), (:mart, :raw), (:mart, :report), (:raw, :mart);
INSERT INTO lineage (source_dataset_id, source_column_id, target_dataset_id, target_column_id, transformation_logic)
VALUES (:raw, '00000000-0000-4000-8000-000000000031', :clean, '00000000-0000-4000-8000-000000000032', 'round(amount, 2)') RETURNING account_id;
SELECT flow, distance, name, fqn FROM dataset_lineage(:raw);
SELECT flow, distance, name FROM dataset_lineage(:raw, 'downstream', 1);
SELECT flow, distance, name FROM dataset_lineage(:report, 'upstream', 2);
SELECT count(*) FROM dataset_lineage(:raw, 'both', 0);
SELECT count(*) FROM dataset_lineage('00000000-0000-4000-8000-0000000000ff');
SELECT * FROM dataset_lineage(:raw, 'sideways');
SELECT * FROM dataset_lineage(:raw, NULL);

-- Diagrams: put in, moved, taken out; a version for each change; no dataset of another account.
INSERT INTO diagrams (id, workspace_id, name) VALUES (:drawing, :main, 'Orders') RETURNING account_id, owner_id, visibility, version;
SELECT add_dataset_to_diagram(:drawing, :raw, '{"x": 1, "y": 2}') AS first \gset
SELECT add_dataset_to_diagram(:drawing, :raw, '{"x": 3.5, "y": 2}', :bob) = :'first' AS same, add_dataset_to_diagram(:drawing, :clean) <> :'first' AS other;
SELECT dataset_id, location, created_by = :ann AS by_ann, updated_by FROM diagram_datasets ORDER BY dataset_id;
SELECT remove_dataset_from_diagram(:drawing, :clean), remove_dataset_from_diagram(:drawing, :clean);
UPDATE diagrams SET diagram_state = '{"zoom": 2}';
UPDATE diagrams SET diagram_state = '{"zoom": 2}', name = 'All orders' RETURNING version;
INSERT INTO datasets (id, account_id, name) VALUES ('00000000-0000-4000-8000-0000000000f9', :beta, 'Theirs');
SELECT add_dataset_to_diagram(:drawing, '00000000-0000-4000-8000-0000000000f9');
SELECT add_dataset_to_diagram('00000000-0000-4000-8000-0000000000ff', :raw);
SELECT add_dataset_to_diagram(:drawing, :raw, '{"z": 1}');

-- One of everything else.
INSERT INTO workspace_datasets (workspace_id, dataset_id) VALUES (:main, :raw);
INSERT INTO connection_metadata_cache (connection_id, metadata_type, metadata) VALUES (:lake, 'schemas', '["raw", "clean"]');
INSERT INTO connection_metadata_cache (connection_id, metadata_type, metadata) VALUES (:lake, 'schemas', '["raw"]')
ON CONFLICT (account_id, connection_id, metadata_type, metadata_key) WHERE deleted_at IS NULL DO UPDATE SET metadata = excluded.metadata, is_stale = false;
INSERT INTO source_control_commits (project_id, workspace_id, commit_sha, message, author_name, author_email, file_paths)
VALUES (:warehouse, :main, 'abcdef1', 'First', 'Ann', 'ann@example.com', '{models/orders.sql}');
INSERT INTO usage_events (account_id, user_id, event_type, quantity, created_at) VALUES
    (:acme, :ann, 'ai_request', 1, now() - interval '400 days'), (:acme, :ann, 'ai_request', 2, now());
SELECT cleanup_usage_events(), cleanup_usage_events(365);
INSERT INTO invitations (account_id, email, role, token_hash, invited_by) VALUES (:acme, 'cy@example.com', 'member', '\x01', :ann);
INSERT INTO api_tokens (account_id, user_id, name, key_id, token_hash, scopes, last_used_at) VALUES
    (:acme, :ann, 'ci', 'k1', '\x01', '["datasets:read"]', now() - interval '100 days'), (:acme, :ann, 'new', 'k2', '\x02', '[]', now());
SELECT name, email, days_inactive FROM inactive_api_tokens;
INSERT INTO configurations (workspace_id, config_type, name, value) VALUES (:main, 'dbt', 'threads', '4');
INSERT INTO configurations (workspace_id, config_type, name, value_encrypted, is_encrypted) VALUES (:main, 'dbt', 'password', 'sealed', true);
INSERT INTO environments (account_id, project_id, workspace_id, name) VALUES
    (:acme, NULL, NULL, 'dev'), (:acme, :warehouse, NULL, 'dev'), (:acme, NULL, :main, 'dev');
INSERT INTO macros (account_id, name, template_content, parameters) VALUES (:acme, 'cents', '{{ amount }} * 100', '[{"name": "amount"}]');
INSERT INTO templates (id, account_id, name, category, variables) VALUES ('00000000-0000-4000-8000-000000000041', :acme, 'Base', 'dbt', '[{"name": "schema"}]');
INSERT INTO templates (account_id, parent_template_id, name) VALUES (:acme, '00000000-0000-4000-8000-000000000041', 'Orders');
INSERT INTO template_fragments (template_id, injection_point, position, content) VALUES ('00000000-0000-4000-8000-000000000041', 'header', 1, '-- made')
RETURNING account_id;

-- Delete and restore: exactly what went comes back; the counters follow.
SELECT soft_delete_dataset(:clean);
SELECT flow, distance, name FROM dataset_lineage(:raw, 'downstream');
SELECT count(*) FROM search_datasets(:acme, 'orders');
SELECT restore_deleted('datasets', :clean::uuid);
SELECT flow, distance, name FROM dataset_lineage(:raw, 'downstream');
SELECT soft_delete('users', :bob::uuid);
-- An account keeps its last owner.
INSERT INTO account_users (account_id, user_id, role) VALUES (:beta, :ann, 'owner');
SELECT soft_delete('users', :bob::uuid);
SELECT count(*) FILTER (WHERE owner_id IS NULL) AS without_owner FROM datasets;
SELECT restore_deleted('users', :bob::uuid);
SELECT count(*) FILTER (WHERE owner_id IS NULL) AS without_owner FROM datasets;
SELECT user_id, role, count(*) FROM project_users WHERE project_id = :warehouse AND deleted_at IS NULL GROUP BY user_id, role ORDER BY user_id;
UPDATE accounts SET max_projects = 9 WHERE id = :acme;
SELECT soft_delete_project(:warehouse);
SELECT soft_delete_account(:acme);
SELECT * FROM deleted_records_summary;
SELECT name FROM accounts_active;
SELECT restore_deleted('projects', :warehouse::uuid);
SELECT restore_deleted('accounts', :acme::uuid), restore_deleted('projects', :warehouse::uuid);
DELETE FROM environments_active WHERE project_id = :warehouse;
SELECT count(*) FROM environments_active;
SELECT users, projects, datasets, ai_requests, storage_mb FROM account_usage_summary WHERE name = 'Acme';
RESET ROLE;
SELECT * FROM usage_drift();
SELECT sync_usage_counters(:acme::uuid);

-- Every rule refuses once: a row of each table is inserted again, as it is or with what makes it another (fresh), but for one value.
INSERT INTO users (id, email) VALUES ('00000000-0000-4000-8000-0000000000b3', 'cy@example.com');
CREATE TABLE checks.fresh (relation text PRIMARY KEY, patch jsonb);
INSERT INTO checks.fresh SELECT name, '{}' FROM checks.tables;
UPDATE checks.fresh SET patch = jsonb_build_object(made.name, made.value)
FROM (VALUES
    ('accounts', 'slug', 'fresh'), ('users', 'email', 'fresh@example.com'), ('account_users', 'user_id', '00000000-0000-4000-8000-0000000000b3'),
    ('project_users', 'user_id', '00000000-0000-4000-8000-0000000000b3'), ('workspace_users', 'user_id', '00000000-0000-4000-8000-0000000000b3'),
    ('connections', 'name', 'fresh'), ('datasets', 'name', 'fresh'), ('columns', 'name', 'fresh'), ('lineage', 'source_dataset_id', :report),
    ('diagram_datasets', 'dataset_id', :mart), ('workspace_datasets', 'dataset_id', :mart), ('subscription_plans', 'name', 'fresh'),
    ('subscriptions', 'status', 'canceled'), ('payments', 'stripe_payment_intent_id', NULL), ('invitations', 'token_hash', '\x99'),
    ('api_tokens', 'key_id', 'fresh'), ('configurations', 'name', 'fresh'), ('environments', 'name', 'fresh'), ('macros', 'name', 'fresh'),
    ('connection_metadata_cache', 'metadata_type', 'fresh'), ('source_control_commits', 'commit_sha', '0123456')) AS made(relation, name, value)
WHERE fresh.relation = made.relation;
UPDATE subscriptions SET stripe_subscription_id = 'sub_1';
UPDATE checks.fresh SET patch = patch || '{"stripe_subscription_id": null}' WHERE relation = 'subscriptions';
CREATE TABLE checks.refusals (relation text, patch jsonb, state text, rule text);
CREATE FUNCTION checks.try(relation text, patch jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    refusal checks.refusals := (relation, patch, NULL, NULL);
BEGIN
    EXECUTE format(
        'INSERT INTO app.%1$I SELECT (jsonb_populate_record(NULL::app.%1$I, to_jsonb(held) || $1)).* '
        'FROM app.%1$I AS held WHERE held.id = (SELECT min(first.id::text)::uuid FROM app.%1$I AS first WHERE to_jsonb(first) ->> ''deletion_id'' IS NULL)',
        relation)
    USING CASE WHEN patch ? 'same' THEN patch ELSE jsonb_build_object('id', '00000000-0000-4000-8000-00000000ffff') || patch END;
    RAISE EXCEPTION 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS refusal.state = RETURNED_SQLSTATE, refusal.rule = CONSTRAINT_NAME;
    INSERT INTO checks.refusals VALUES (refusal.*);
END
$$;
-- Fresh copies pass, so what refuses below is the one value.
SELECT count(checks.try(relation, patch)) AS tables FROM checks.fresh;
SELECT relation, state, rule FROM checks.refusals WHERE state <> 'P0001';
TRUNCATE checks.refusals;
-- NOT NULL: every column, but where the tenant comes from the parent.
SELECT count(checks.try(fresh.relation, fresh.patch || jsonb_build_object(attname, NULL))) > 200 AS tried
FROM checks.fresh JOIN pg_attribute ON attrelid = to_regclass('app.' || fresh.relation) AND attnum > 0 AND attnotnull;
SELECT state, string_agg(relation || patch::text, ' ' ORDER BY relation)  FROM (
    SELECT relation, state, CASE WHEN state <> '23502' THEN patch -> 'account_id' END AS patch FROM checks.refusals) AS refusals
GROUP BY state ORDER BY state;
TRUNCATE checks.refusals;
-- CHECK of one column: '', -1 and [] are always wrong. Foreign keys: nobody has this id, and nothing else that may be NULL refers to anything.
SELECT count(checks.try(fresh.relation, fresh.patch || jsonb_build_object(attname, CASE format_type(atttypid, atttypmod)
    WHEN 'text' THEN '""' WHEN 'jsonb' THEN '[]' ELSE '-1' END::jsonb))) > 50 AS tried
FROM checks.fresh
JOIN pg_constraint AS rule ON rule.conrelid = to_regclass('app.' || fresh.relation) AND rule.contype = 'c' AND cardinality(rule.conkey) = 1
JOIN pg_attribute ON attrelid = rule.conrelid AND attnum = rule.conkey[1];
SELECT count(checks.try(fresh.relation, fresh.patch || (
    SELECT coalesce(jsonb_object_agg(other.attname, NULL), '{}')
    FROM pg_constraint AS others
    JOIN pg_attribute AS other ON other.attrelid = others.conrelid AND other.attnum = others.conkey[1] AND NOT other.attnotnull
    WHERE others.conrelid = rule.conrelid AND others.contype = 'f'
) || jsonb_build_object(child.attname, '00000000-0000-4000-8000-00000000eeee'))) AS tried
FROM checks.fresh
JOIN pg_constraint AS rule ON rule.conrelid = to_regclass('app.' || fresh.relation) AND rule.contype = 'f'
JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = rule.conkey[1];
-- Unique: the row as it is, once with its own id, too.
SELECT count(checks.try(relation, '{}')) AS tried FROM checks.fresh;
SELECT count(checks.try(relation, '{"same": true}')) AS tried FROM checks.fresh;
SELECT count(checks.try(relation, patch::jsonb)) FROM (VALUES
    ('subscriptions', '{"status": "canceled"}'),
    ('subscriptions', '{"stripe_subscription_id": null, "status": "canceled", "trial_end": "2026-01-01"}'),
    ('subscriptions', '{"stripe_subscription_id": null, "status": "canceled", "current_period_start": "2026-01-02", "current_period_end": "2026-01-01"}'),
    ('lineage', '{"target_dataset_id": "00000000-0000-4000-8000-0000000000f1"}'),
    ('configurations', '{"name": "fresh", "is_encrypted": true, "value": "1", "value_encrypted": "1"}'),
    ('environments', '{"name": "fresh", "project_id": "00000000-0000-4000-8000-0000000000c1", "workspace_id": "00000000-0000-4000-8000-0000000000d1"}'),
    ('templates', '{"parent_template_id": "00000000-0000-4000-8000-00000000ffff"}')) AS bad(relation, patch);
SELECT count(checks.try(relation, patch || '{"deleted_at": "2026-01-01"}')) AS tried FROM checks.fresh WHERE relation <> 'subscription_plans';
SELECT relation, patch FROM checks.refusals WHERE state = 'P0001' AND patch <> '{}' ORDER BY 1, 2;
-- None is left that did not refuse; one that holds the id cannot be broken without the primary key.
WITH rule AS (
    SELECT conrelid AS relation, conname AS name, contype::text AS kind FROM pg_constraint
    WHERE connamespace = 'app'::regnamespace AND contype IN ('c', 'f', 'p')
    UNION ALL
    SELECT indrelid, relname, 'u' FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid AND relnamespace = 'app'::regnamespace
    WHERE indisunique AND NOT indisprimary
        AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = indrelid AND attname = 'id' AND attnum = ANY (indkey::int2[]))
)
SELECT rule.kind, coalesce(refusals.state, 'not refused: ' || rule.name) AS state, bool_and(refusals.state IS NOT NULL) AS refused
FROM rule JOIN checks.tables ON tables.relation = rule.relation LEFT JOIN checks.refusals ON refusals.relation = tables.name AND refusals.rule = rule.name
GROUP BY 1, 2 ORDER BY 1, 2;
\set VERBOSITY sqlstate
UPDATE subscription_plans SET features = '["a", "a"]';
UPDATE api_tokens SET scopes = '["a", 1]';
UPDATE macros SET parameters = '[{}]';
UPDATE templates SET variables = '{"name": "x"}';
UPDATE diagram_datasets SET location = '{"x": "1"}';
\set VERBOSITY verbose

-- Rights: row security shows what its policies show, in functions and views as well; reading works in a READ ONLY transaction with an empty search_path.
ALTER ROLE regress_app NOBYPASSRLS;
SET ROLE regress_app;
BEGIN READ ONLY;
SET LOCAL search_path = '';
SELECT flow, name FROM app.dataset_lineage('00000000-0000-4000-8000-0000000000f1', 'downstream');
SELECT fqn FROM app.search_datasets('00000000-0000-4000-8000-0000000000a1', 'report');
SELECT app.get_dataset_fqn('00000000-0000-4000-8000-0000000000e1', 's', 'n');
SELECT active_count FROM app.deleted_records_summary WHERE table_name = 'datasets';
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b2"}';
SELECT fqn FROM app.search_datasets('00000000-0000-4000-8000-0000000000a1', 'report');
SELECT count(*) FROM app.dataset_lineage('00000000-0000-4000-8000-0000000000f1');
COMMIT;
-- Who may not read connections still gets the name from them, as a foreign key would look there; the trigger's function is nobody's to call.
RESET ROLE;
INSERT INTO account_users (account_id, user_id) VALUES (:acme, '00000000-0000-4000-8000-0000000000b3');
REVOKE ALL ON connections, users, project_users, workspace_users, subscription_plans FROM regress_app;
SET ROLE regress_app;
BEGIN;
INSERT INTO datasets (account_id, connection_id, name) VALUES (:acme, :lake, 'blind') RETURNING fqn, owner_id = :ann AS of_ann;
UPDATE projects SET owner_id = '00000000-0000-4000-8000-0000000000b3' WHERE id = :warehouse;
SAVEPOINT before;
UPDATE accounts SET subscription_tier = 'free' WHERE id = :acme RETURNING max_projects;
ROLLBACK TO before;
ROLLBACK;
SELECT has_function_privilege('app.update_dataset_fqn()', 'EXECUTE') AS may_call, count(*) FROM datasets WHERE name = 'blind';
RESET ROLE;
DELETE FROM account_users WHERE user_id = '00000000-0000-4000-8000-0000000000b3';
SET request.jwt.claims = '';
-- Nobody is asking: no owner, and no member. A user that is not there, or deleted, owns nothing.
INSERT INTO projects (account_id, name) VALUES (:beta, 'Unowned') RETURNING owner_id;
INSERT INTO projects (account_id, name, created_by) VALUES (:beta, 'Unknown', '00000000-0000-4000-8000-00000000eeee') RETURNING owner_id;
SELECT count(*) FROM project_users JOIN projects ON projects.id = project_id WHERE projects.account_id = :beta AND name LIKE 'Un%';

-- The schema can be renamed: triggers and functions go along.
ALTER SCHEMA app RENAME TO catalog;
SET search_path = catalog, rowkit, public;
INSERT INTO datasets (connection_id, name) VALUES (:lake, 'later') RETURNING fqn, account_id = :acme AS of_acme;
UPDATE connections SET database_name = 'lake2' WHERE id = :lake;
SELECT fqn FROM search_datasets(:acme, 'later');
SELECT count(*) FROM dataset_lineage(:raw);
UPDATE workspaces SET owner_id = '00000000-0000-4000-8000-0000000000b3' WHERE id = :main;
SELECT role FROM workspace_users WHERE user_id = '00000000-0000-4000-8000-0000000000b3';
INSERT INTO accounts (name, subscription_tier) VALUES ('Renamed', 'team') RETURNING max_users;
ALTER SCHEMA catalog RENAME TO app;
SET search_path = app, rowkit, public;

-- Purge: what was deleted long enough ago goes, with all that is below it; a table's own retention counts.
SELECT set_deleted_retention('datasets', 30);
SELECT soft_delete_dataset(:mart);
SELECT cleanup_soft_deleted_records('datasets', 0), cleanup_soft_deleted_records('datasets', 90);
SELECT set_deleted_retention('datasets', NULL);
SELECT cleanup_soft_deleted_records('datasets', 0);
SELECT permanent_delete('users', :bob::uuid);
SELECT soft_delete_account(:acme) <> '{}' AS deleted;
SELECT cleanup_soft_deleted_records('accounts', 0);
SELECT name FROM accounts ORDER BY name;
CREATE FUNCTION checks.rows_of(account uuid) RETURNS TABLE(relation text, rows bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR relation IN SELECT name FROM checks.tables WHERE has_tenant ORDER BY name LOOP
        EXECUTE format('SELECT count(*) FROM app.%I WHERE account_id = $1', relation) INTO rows USING account;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM checks.rows_of(:acme) WHERE rows > 0;
SELECT count(*) FILTER (WHERE purged_at IS NULL) AS not_purged FROM deletions WHERE restored_at IS NULL;
SELECT schedule, command FROM schedule_jobs('app', dry_run => true);
DROP OWNED BY regress_app;
DROP ROLE regress_app;

-- Installing again changes nothing; after DROP EXTENSION CASCADE it makes what went, and only that.
CREATE FUNCTION checks.state() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(row, '' ORDER BY row)) FROM (
        SELECT format('%s %s %s', oid, xmin, ctid) AS row FROM pg_class WHERE relkind <> 't' AND relnamespace <> 'pg_catalog'::regnamespace
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_trigger
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_constraint
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_attrdef
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_type
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_proc
        UNION ALL SELECT format('%s %s %s', objoid, xmin, ctid) FROM pg_description
        UNION ALL SELECT format('%s %s', xmin, ctid) FROM app.rowkit_objects) AS everything
$$;
SELECT checks.state() AS state \gset
SELECT * FROM install_blueprint('data_catalog', 'app');
SELECT checks.state() = :'state' AS unchanged;
CREATE TABLE checks.objects AS SELECT kind, name, identity FROM rowkit_internal._schema_objects('app');
DROP EXTENSION rowkit CASCADE;
SELECT count(*) FROM accounts;
CREATE EXTENSION rowkit;
SELECT kind, count(*) FROM install_blueprint('data_catalog', 'app') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT * FROM install_blueprint('data_catalog', 'app');
TABLE checks.objects EXCEPT SELECT kind, name, identity FROM rowkit_internal._schema_objects('app');
SELECT kind, name, identity FROM rowkit_internal._schema_objects('app') EXCEPT TABLE checks.objects;
INSERT INTO datasets (account_id, schema, name) SELECT id, 'again', 'orders' FROM accounts WHERE name = 'Beta Ltd' RETURNING fqn, id IS NOT NULL AS has_id;
SELECT datasets FROM account_usage_summary WHERE name = 'Beta Ltd';

-- Where auth.users is: nothing refers to it, and who signs up there is a user here; users have an address.
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, raw_user_meta_data jsonb);
SELECT count(*) > 0 AS beside FROM install_blueprint('data_catalog', 'hosted');
SELECT count(*) AS legacy_keys FROM pg_constraint WHERE confrelid = 'auth.users'::regclass;
SELECT count(*) FROM enable_user_sync('auth.users', 'hosted.users');
INSERT INTO auth.users VALUES ('00000000-0000-4000-8000-0000000000c1', 'dee@example.com', '{"full_name": "Dee"}');
UPDATE auth.users SET email = 'dee@other.example';
SELECT email, full_name, is_active, password_hash FROM hosted.users;
SET client_min_messages = error;
DROP SCHEMA hosted, auth CASCADE;
SET client_min_messages = warning;
-- Uninstall: refused while rows are there; then nothing of it is left.
SELECT * FROM uninstall_blueprint('data_catalog', 'app');
SELECT count(*) > 300 AS gone FROM uninstall_blueprint('data_catalog', 'app', 'app');
SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('app');
SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace('app');
DROP SCHEMA IF EXISTS app CASCADE;
DROP SCHEMA checks CASCADE;
