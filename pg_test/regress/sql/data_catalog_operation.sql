-- data_catalog in operation: months begin, events are in parts, one search finds all kinds of things, the audit is whole, tokens and odd doings are watched,
-- and who signs up at Supabase is a user.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, raw_user_meta_data jsonb);
CREATE ROLE regress_auth NOLOGIN;
ALTER SCHEMA auth OWNER TO regress_auth;
ALTER TABLE auth.users OWNER TO regress_auth;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('data_catalog', 'app');
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
SET search_path = app, rowkit, public;
\set acme '''00000000-0000-4000-8000-00000000000a'''
\set beta '''00000000-0000-4000-8000-00000000000b'''
\set ann '''00000000-0000-4000-8000-0000000000a1'''

-- Who signs up is a user at once: the trigger came with the blueprint, and its owner may write here.
SET ROLE regress_auth;
INSERT INTO auth.users VALUES (:ann, 'ann@acme.example', '{"full_name": "Ann"}'), ('00000000-0000-4000-8000-0000000000b1', 'bob@beta.example', NULL);
RESET ROLE;
SELECT id, email, full_name FROM users ORDER BY email;
SELECT * FROM isolation_report();
SELECT * FROM install_blueprint('data_catalog', 'app');

-- A month begins: once for each account, whenever the job runs, and what was used since stays.
INSERT INTO accounts (id, name) VALUES (:acme, 'Acme'), (:beta, 'Beta');
INSERT INTO account_users (account_id, user_id, role) VALUES (:acme, :ann, 'owner'), (:beta, '00000000-0000-4000-8000-0000000000b1', 'owner');
SELECT increment_usage_counter(:acme::uuid, 'ai_requests', 90), increment_usage_counter(:beta::uuid, 'ai_requests', 5);
UPDATE accounts SET ai_requests_month = ai_requests_month - interval '2 months' WHERE id = :acme;
SELECT reset_monthly_usage(), reset_monthly_usage();
SELECT name, current_monthly_ai_requests, ai_requests_month = date_trunc('month', timezone('UTC', now())) AS this_month FROM accounts ORDER BY name;
SELECT increment_usage_counter(:acme::uuid, 'ai_requests', 7), reset_monthly_usage();
SELECT name, current_monthly_ai_requests FROM accounts ORDER BY name;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
\set VERBOSITY sqlstate
UPDATE accounts SET ai_requests_month = '2001-01-01';
\set VERBOSITY default
RESET ROLE;
RESET request.jwt.claims;
SELECT schedule, command FROM schedule_jobs('app', dry_run => true) ORDER BY command COLLATE "C";
-- Somebody else's function of the name is no job.
CREATE ROLE regress_other;
ALTER FUNCTION reset_monthly_usage() OWNER TO regress_other;
SELECT count(*) AS jobs_of_others FROM schedule_jobs('app', dry_run => true) WHERE command ~ 'reset_monthly';
ALTER FUNCTION reset_monthly_usage() OWNER TO CURRENT_USER;

-- Events lie in parts by month; the job makes them ahead, and moves what came before its part was there.
SELECT pg_get_partkeydef('usage_events'::regclass) AS parts_by, (SELECT count(*) FROM pg_inherits WHERE inhparent = 'usage_events'::regclass) AS parts;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'usage_events'::regclass AND contype IN ('p', 'u') ORDER BY contype;
INSERT INTO usage_events (account_id, event_type, created_at) VALUES (:acme, 'now', now()), (:acme, 'old', '2024-03-05 10:00Z'), (:acme, 'older', '2024-02-29 23:59Z'),
    (:beta, 'far', now() + interval '10 months');
SELECT event_type, tableoid::regclass::text ~ '_default$' AS in_the_default FROM usage_events ORDER BY event_type;
SELECT create_usage_event_partitions(), create_usage_event_partitions();
SELECT event_type, tableoid::regclass::text ~ '_default$' AS in_the_default FROM usage_events ORDER BY event_type;
SELECT tableoid::regclass AS part FROM usage_events WHERE event_type IN ('old', 'older') ORDER BY 1;
SELECT create_usage_event_partitions(12) AS made;
SELECT tableoid::regclass::text ~ '_default$' AS in_the_default FROM usage_events WHERE event_type = 'far';
SELECT * FROM isolation_report();
-- A month that is over goes as a whole; a service that does not own the table deletes instead.
SET ROLE service_role;
SELECT cleanup_usage_events(900) AS deleted;
RESET ROLE;
SELECT (SELECT count(*) FROM usage_events), to_regclass('usage_events_2024_02') IS NOT NULL AS part_stays;
INSERT INTO usage_events (account_id, event_type, created_at) VALUES (:acme, 'old', '2024-03-05 10:00Z'), (:acme, 'year', now() - interval '366 days');
SELECT cleanup_usage_events() AS removed, cleanup_usage_events() AS again;
SELECT to_regclass('usage_events_2024_02') AS part, to_regclass('usage_events_2024_03') AS next_part, (SELECT count(*) FROM usage_events) AS left_over;
\set VERBOSITY sqlstate
SELECT cleanup_usage_events(-1);
SELECT cleanup_usage_events(NULL);
SELECT create_usage_event_partitions(-1);
\set VERBOSITY default
-- They follow their account: a soft delete marks them, its restore brings them back, and admins alone read them.
SELECT soft_delete_account(:beta) ->> 'usage_events' AS events;
SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS live, count(*) AS all FROM usage_events WHERE account_id = :beta;
SELECT restore_deleted('accounts', :beta::uuid);
SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS live FROM usage_events WHERE account_id = :beta;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT DISTINCT account_id = :acme AS of_acme FROM usage_events;
\set VERBOSITY sqlstate
INSERT INTO usage_events (account_id, event_type) VALUES (:acme, 'forged');
SELECT count(*) FROM usage_events_default;
\set VERBOSITY default
-- One search over what the catalog holds.
INSERT INTO connections (id, account_id, name, connection_type, description) VALUES ('00000000-0000-4000-8000-0000000000c1', :acme, 'Revenue lake', 'snowflake', 'All sales');
INSERT INTO projects (id, account_id, name, description) VALUES ('00000000-0000-4000-8000-0000000000d1', :acme, 'Finance', 'Revenue of each month');
INSERT INTO workspaces (id, project_id, name) VALUES ('00000000-0000-4000-8000-0000000000e1', '00000000-0000-4000-8000-0000000000d1', 'Main');
INSERT INTO datasets (id, account_id, connection_id, schema, name) VALUES ('00000000-0000-4000-8000-0000000000f1', :acme, '00000000-0000-4000-8000-0000000000c1', 'shop', 'revenue');
INSERT INTO columns (dataset_id, name, business_name) VALUES ('00000000-0000-4000-8000-0000000000f1', 'amt', 'Net revenue'), ('00000000-0000-4000-8000-0000000000f1', 'day', NULL);
INSERT INTO diagrams (account_id, workspace_id, name) VALUES (:acme, '00000000-0000-4000-8000-0000000000e1', 'Revenue flow');
INSERT INTO templates (account_id, name, category) VALUES (:acme, 'Load', 'revenue');
INSERT INTO macros (account_id, name, description) VALUES (:acme, 'cents', 'Revenue in cents');
SELECT kind, name, match_level FROM search_catalog(:acme, 'revenue');
SELECT kind, name FROM search_catalog(:acme, 'reven', 2);
SELECT count(*) AS nothing FROM search_catalog(:acme, '');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT count(*) AS of_another_account FROM search_catalog(:acme, 'revenue');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
DELETE FROM macros WHERE name = 'cents';
SELECT count(*) FROM search_catalog(:acme, 'cents');

-- The audit by the document's names: what was and is, in which workspace, with which commit.
INSERT INTO configurations (workspace_id, config_type, name, value) VALUES ('00000000-0000-4000-8000-0000000000e1', 'build', 'threads', '4');
INSERT INTO source_control_commits (project_id, workspace_id, commit_sha, committed_at) VALUES
    ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000e1', 'aaaaaaa', now() - interval '1 hour'),
    ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000e1', 'ccccccc', clock_timestamp() + interval '2 hours');
UPDATE configurations SET value = '8';
SELECT action, table_name, workspace_id, old_values ->> 'value' AS old_value, new_values ->> 'value' AS new_value, commit_sha FROM audit_events
WHERE table_name = 'configurations' ORDER BY created_at, id;
SELECT table_name, workspace_id IS NOT NULL AS has_workspace FROM audit_events WHERE table_name IN ('workspaces', 'diagrams', 'connections') AND action = 'INSERT' ORDER BY table_name;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT count(*) AS of_another_account FROM audit_events WHERE account_id = :acme;
RESET ROLE;
RESET request.jwt.claims;
SELECT relname AS not_audited FROM pg_class AS class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = class.oid AND tgfoid = 'rowkit.log_audit_trail'::regproc) ORDER BY relname COLLATE "C";
UPDATE users SET password_hash = '$2b$secret', email_verification_token_hash = '\x5ec4e7' WHERE id = :ann;
-- Whoever signs people in counts there, and nothing of it is an event.
UPDATE users SET last_login_at = now(), failed_login_attempts = 3, last_failed_login_at = now() WHERE id = :ann;
SELECT action, account_id, new_data ->> 'password_hash' AS hash FROM audit_logs WHERE table_name = 'users' AND action = 'UPDATE';
SELECT count(*) AS secrets FROM audit_logs WHERE audit_logs::text ~ 'secret|5ec4e7';

-- Tokens: each use that is noted is an event; admins see how many, from where.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT token_id, token FROM create_api_token(:acme, 'CI', '{read:*}') \gset
RESET ROLE;
RESET request.jwt.claims;
-- What a client says of its address is not believed, what a service says is.
SET ROLE service_role;
SELECT is_valid FROM validate_api_token(:'token', '203.0.113.1', 'curl');
SET ROLE anon;
SELECT is_valid FROM validate_api_token(:'token', '203.0.113.9', 'curl');
RESET ROLE;
INSERT INTO usage_events (account_id, event_type, resource_type, resource_id, metadata)
SELECT :acme, 'api_token.used', 'api_tokens', :'token_id', jsonb_build_object('ip', '203.0.113.' || n) FROM generate_series(2, 5) AS n;
SELECT event_type, user_id, quantity, metadata FROM usage_events WHERE resource_id = :'token_id' ORDER BY metadata ->> 'ip' LIMIT 1;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT name, minutes_last_hour, minutes_last_day, addresses_last_day, user_agents_last_day FROM api_token_usage;
-- What is odd.
DELETE FROM columns WHERE name = 'nothing';
INSERT INTO columns (dataset_id, name) SELECT '00000000-0000-4000-8000-0000000000f1', 'c' || n FROM generate_series(1, 120) AS n;
DELETE FROM columns WHERE name ~ '^c\d';
SELECT reason, subject, subject_id IN (:'token_id', :ann) AS named, times FROM suspicious_activity ORDER BY reason;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT count(*) AS of_another_account FROM suspicious_activity;
RESET ROLE;
RESET request.jwt.claims;
INSERT INTO account_users (account_id, user_id) VALUES (:beta, :ann);
UPDATE account_users SET role = 'admin' WHERE account_id = :beta AND user_id = :ann;
SET ROLE service_role;
SELECT count_login_attempt('nobody@example.com', false) ->> 'failed_attempts' AS failed;
SELECT user_id, email, failed_login_attempts, locked_until FROM failing_logins ORDER BY email;
SELECT table_name, total_bytes > 0 AS has_size FROM table_sizes WHERE table_name IN ('usage_events', 'accounts') ORDER BY table_name;
RESET ROLE;
SET ROLE anon;
\set VERBOSITY sqlstate
SELECT * FROM table_sizes;
SELECT * FROM audit_events;
SELECT * FROM suspicious_activity;
SELECT * FROM failing_logins;
\set VERBOSITY default
RESET ROLE;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT reason, subject, times FROM suspicious_activity;
\set VERBOSITY sqlstate
SELECT * FROM failing_logins;
\set VERBOSITY default
RESET ROLE;
RESET request.jwt.claims;

-- The schema can be renamed, and sign-ups end with the blueprint.
ALTER SCHEMA app RENAME TO moved;
SET search_path = moved, rowkit, public;
SELECT create_usage_event_partitions(13) >= 0, cleanup_usage_events() >= 0, reset_monthly_usage();
SELECT count(*) > 20 AS sized FROM table_sizes;
SELECT count(*) FROM search_catalog(:acme, 'revenue');
ALTER SCHEMA moved RENAME TO app;
SET search_path = public, rowkit;
SELECT count(*) > 0 AS gone FROM uninstall_blueprint('data_catalog', 'app', 'app');
SELECT tgname AS left_over FROM pg_trigger WHERE tgrelid = 'auth.users'::regclass AND NOT tgisinternal;
INSERT INTO auth.users VALUES ('00000000-0000-4000-8000-0000000000a9', 'late@acme.example', NULL);
DROP SCHEMA auth CASCADE;
DROP OWNED BY regress_auth;
DROP ROLE anon, authenticated, service_role, regress_auth, regress_other;
