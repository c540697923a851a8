SET client_min_messages = warning;
SET search_path = public, rowkit;
SELECT rowkit_internal._reset_weekly_lead_counts();
CREATE TABLE queries (id integer PRIMARY KEY, leads_this_week integer NOT NULL DEFAULT 0, leads_week date);
INSERT INTO queries VALUES (1, 5, '2026-01-05'), (2, 7, credit_period('week', now())), (3, 1, NULL);
SELECT rowkit_internal._reset_weekly_lead_counts(), rowkit_internal._reset_weekly_lead_counts();
SELECT id, leads_this_week, leads_week = credit_period('week', now()) AS this_week FROM queries ORDER BY id;

CREATE TYPE export_status AS ENUM ('pending', 'processing', 'completed', 'failed');
CREATE TABLE export_jobs (id integer PRIMARY KEY, status export_status NOT NULL, expires_at timestamptz);
INSERT INTO export_jobs VALUES (1, 'completed', now() - interval '1 day'), (2, 'processing', now() - interval '1 day'), (3, 'completed', now() + interval '1 day'), (4, 'failed', NULL);
SELECT rowkit_internal._cleanup_expired_exports(), rowkit_internal._cleanup_expired_exports();
SELECT id FROM export_jobs ORDER BY id;

CREATE TABLE trends (topic_id integer, week date, volume bigint, change_percent numeric, PRIMARY KEY (topic_id, week));
INSERT INTO trends (topic_id, week, volume) VALUES (1, '2026-01-05', 300), (1, '2026-01-12', 400), (1, '2026-01-19', 100), (2, '2026-01-12', 5), (3, '2026-01-05', 0), (3, '2026-01-12', 4);
SELECT rowkit_internal._update_topic_trends(), rowkit_internal._update_topic_trends();
SELECT * FROM trends ORDER BY 1, 2;

-- Without pg_cron the jobs are told, not registered.
CREATE SCHEMA "My App";
CREATE TABLE "My App".trends (LIKE trends);
-- What a blueprint brings runs by its functions, and only where they are.
SELECT count(*) AS jobs_without_functions FROM schedule_jobs(dry_run => true);
CREATE FUNCTION update_topic_trends() RETURNS bigint LANGUAGE sql AS 'SELECT rowkit_internal._update_topic_trends()';
CREATE FUNCTION cleanup_expired_exports() RETURNS bigint LANGUAGE sql AS 'SELECT rowkit_internal._cleanup_expired_exports()';
CREATE FUNCTION reset_weekly_lead_counts() RETURNS bigint LANGUAGE sql AS 'SELECT rowkit_internal._reset_weekly_lead_counts()';
CREATE FUNCTION "My App".update_topic_trends() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
SELECT * FROM schedule_jobs(dry_run => true);
SELECT command FROM schedule_jobs('My App', dry_run => true);
SELECT * FROM schedule_jobs('nowhere', dry_run => true);
SELECT * FROM schedule_jobs();
SELECT unschedule_jobs();
SELECT rowkit_internal._update_topic_trends('"My App".trends');

-- The limit of queries, as the plan has it.
CREATE TABLE workspaces (id uuid PRIMARY KEY, current_query_count integer NOT NULL DEFAULT 0, max_queries integer);
INSERT INTO workspaces VALUES ('00000000-0000-4000-8000-0000000000a1', 0, 1), ('00000000-0000-4000-8000-0000000000a2', 9, NULL);
SELECT check_usage_available(id, 'queries', 1, 'workspaces') FROM (VALUES ('00000000-0000-4000-8000-0000000000a1'::uuid), ('00000000-0000-4000-8000-0000000000a2'), ('00000000-0000-4000-8000-0000000000a3')) AS asked(id);
SELECT increment_usage_counter('00000000-0000-4000-8000-0000000000a1', 'queries', accounts => 'workspaces');
SELECT check_usage_available('00000000-0000-4000-8000-0000000000a1', 'queries', 1, 'workspaces'), check_usage_available('00000000-0000-4000-8000-0000000000a2', 'queries', 1000, 'workspaces');
SELECT check_usage_available('00000000-0000-4000-8000-0000000000a2', 'cows', 1, 'workspaces');
