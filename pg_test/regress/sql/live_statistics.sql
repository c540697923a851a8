-- custom_tables: counters of live records by statement triggers, read by members under row security, and figures of columns.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'app');
GRANT USAGE ON SCHEMA app TO anon, authenticated;
SET search_path = app, rowkit, public;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme'), ('00000000-0000-4000-8000-00000000000b', 'Beta');
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1'), ('00000000-0000-4000-8000-0000000000b1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-00000000000a', 'member'),
    ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-00000000000b', 'owner');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-00000000000a', 'Deals'),
    ('00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-00000000000a', 'Empty'), ('00000000-0000-4000-8000-0000000000c3', '00000000-0000-4000-8000-00000000000b', 'Secret');
INSERT INTO table_statuses (table_id, name) VALUES ('00000000-0000-4000-8000-0000000000c1', 'open'), ('00000000-0000-4000-8000-0000000000c1', 'won');
INSERT INTO table_columns (id, table_id, name, type, options) VALUES
    ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000c1', 'stage', 'select', '{"choices": ["new", "late"]}'),
    ('00000000-0000-4000-8000-0000000000d2', '00000000-0000-4000-8000-0000000000c1', 'tags', 'multi_select', '{"choices": ["x", "y"]}'),
    ('00000000-0000-4000-8000-0000000000d3', '00000000-0000-4000-8000-0000000000c1', 'amount', 'number', '{}'),
    ('00000000-0000-4000-8000-0000000000d4', '00000000-0000-4000-8000-0000000000c1', 'due', 'date', '{}'),
    ('00000000-0000-4000-8000-0000000000d5', '00000000-0000-4000-8000-0000000000c1', 'made', 'created_at', '{}'),
    ('00000000-0000-4000-8000-0000000000d6', '00000000-0000-4000-8000-0000000000c1', 'city', 'text', '{}');
CREATE FUNCTION public.shown() RETURNS TABLE(records bigint, filled jsonb, options jsonb, statuses jsonb, is_counted boolean) LANGUAGE sql STABLE AS $$
    SELECT record_count, (SELECT jsonb_object_agg(key, value) FROM jsonb_each(filled_counts) WHERE value <> '0'), option_counts, status_counts, is_counted
    FROM app.live_table_statistics WHERE table_id = '00000000-0000-4000-8000-0000000000c1' $$;
SELECT * FROM shown();
INSERT INTO records (table_id, name, email, status, data) VALUES
    ('00000000-0000-4000-8000-0000000000c1', 'Ann', 'ann@example.com', 'open', '{"stage": "new", "tags": ["x", "y"], "amount": 10, "due": "2024-02-01", "city": "Oslo"}'),
    ('00000000-0000-4000-8000-0000000000c1', 'Bob', NULL, 'open', '{"stage": "new", "tags": ["x"], "amount": 10.0, "due": "2023-02-01", "city": "oslo"}'),
    ('00000000-0000-4000-8000-0000000000c1', 'Cy', '', 'won', '{"stage": "late", "tags": [], "amount": -3, "city": ""}'),
    ('00000000-0000-4000-8000-0000000000c1', 'Di', NULL, NULL, '{"amount": null, "city": "Bergen"}'),
    ('00000000-0000-4000-8000-0000000000c3', 'Eve', NULL, NULL, '{}');
SELECT * FROM shown();
SELECT filled_counts FROM live_table_statistics WHERE table_name = 'Empty';
SELECT column_name, filled_count, unique_count, min_value, max_value, top_values FROM column_statistics('00000000-0000-4000-8000-0000000000c1');
SELECT count(*) AS drift FROM table_statistics_drift();
-- What a statement changes, an upsert and a merge of statements; a savepoint that is rolled back takes its part along.
UPDATE records SET data = data || '{"stage": "late"}', status = 'won' WHERE name IN ('Ann', 'Di');
SELECT options -> 'stage' AS stage, statuses FROM shown();
BEGIN;
DELETE FROM records WHERE name = 'Ann';
SAVEPOINT here;
INSERT INTO records (table_id, name, data) SELECT '00000000-0000-4000-8000-0000000000c1', 'r' || n, '{"stage": "new"}' FROM generate_series(1, 10) AS n;
SELECT records, options -> 'stage' AS stage FROM shown();
ROLLBACK TO here;
SELECT records, options -> 'stage' AS stage FROM shown();
ROLLBACK;
SELECT records, options -> 'stage' AS stage FROM shown();
-- Deleted softly a record does not count, restored it does; a deleted table is not shown.
SELECT soft_delete('records', id) FROM records WHERE name = 'Bob';
SELECT records, options -> 'tags' AS tags FROM shown();
UPDATE records SET data = data || '{"tags": ["y"]}' WHERE name = 'Bob';
SELECT restore_deleted('records', id) FROM records WHERE name = 'Bob';
SELECT records, options -> 'tags' AS tags FROM shown();
SELECT soft_delete('tables', '00000000-0000-4000-8000-0000000000c1'::uuid);
SELECT count(*) AS shown FROM shown();
SELECT restore_deleted('tables', '00000000-0000-4000-8000-0000000000c1'::uuid);
SELECT records FROM shown();
-- A record that moves to another table.
UPDATE records SET table_id = '00000000-0000-4000-8000-0000000000c2', status = NULL, data = '{}' WHERE name = 'Cy';
SELECT table_name, record_count FROM live_table_statistics ORDER BY table_name;
-- Columns: renamed, added with values that were unknown keys, of another type, deleted and restored; options and statuses renamed and removed.
UPDATE table_columns SET name = 'phase' WHERE name = 'stage';
UPDATE table_columns SET options = '{"choices": [{"id": "00000000-0000-4000-8000-0000000000e1", "name": "new"}, {"id": "00000000-0000-4000-8000-0000000000e2", "name": "late"}]}' WHERE name = 'phase';
UPDATE table_columns SET options = '{"choices": [{"id": "00000000-0000-4000-8000-0000000000e1", "name": "fresh"}, {"id": "00000000-0000-4000-8000-0000000000e2", "name": "late"}]}' WHERE name = 'phase';
UPDATE table_statuses SET name = 'shut' WHERE name = 'won';
SELECT filled, options, statuses FROM shown();
UPDATE records SET data = data || '{"size": "big"}' WHERE name = 'Di';
INSERT INTO table_columns (table_id, name, type) VALUES ('00000000-0000-4000-8000-0000000000c1', 'size', 'text');
SELECT filled FROM shown();
UPDATE table_columns SET type = 'select', options = '{"choices": ["big", "small"]}' WHERE name = 'size';
SELECT options -> 'size' AS size FROM shown();
DELETE FROM table_columns WHERE name = 'size';
DELETE FROM table_statuses WHERE name = 'open';
SELECT filled, statuses FROM shown();
SELECT count(*) AS restored FROM column_changes CROSS JOIN LATERAL restore_column(column_id);
SELECT filled -> 'size' AS size, options -> 'size' AS options FROM shown();
SELECT count(*) AS drift FROM table_statistics_drift();
-- Drift is told and put right; what was written past the triggers counts as still to be counted only where nothing was.
SET session_replication_role = replica;
UPDATE records SET data = data || '{"amount": 1}' WHERE name = 'Di';
SET session_replication_role = origin;
SELECT * FROM table_statistics_drift();
SELECT rebuild_table_statistics('00000000-0000-4000-8000-0000000000c1');
SELECT count(*) AS drift FROM table_statistics_drift();
DELETE FROM record_statistics;
SELECT rebuild_table_statistics(), rebuild_table_statistics();
SELECT count(*) AS drift FROM table_statistics_drift();
-- A large table is marked, and counted later.
BEGIN;
INSERT INTO records (table_id, name) SELECT '00000000-0000-4000-8000-0000000000c2', 'r' || n FROM generate_series(1, 50001) AS n;
INSERT INTO table_columns (table_id, name, type) VALUES ('00000000-0000-4000-8000-0000000000c2', 'note', 'text');
SELECT record_count, is_counted FROM get_live_table_statistics('00000000-0000-4000-8000-0000000000c2');
SELECT count(*) AS drift FROM table_statistics_drift();
SELECT app.rebuild_table_statistics();
SELECT record_count, is_counted, filled_counts FROM get_live_table_statistics('00000000-0000-4000-8000-0000000000c2');
ROLLBACK;
BEGIN;
TRUNCATE records CASCADE;
SELECT count(*) AS counters FROM record_statistics;
ROLLBACK;
\set VERBOSITY terse
SELECT * FROM column_statistics('00000000-0000-4000-8000-0000000000ff');
SELECT rebuild_table_statistics('00000000-0000-4000-8000-0000000000ff');
SELECT * FROM table_statistics_drift('00000000-0000-4000-8000-0000000000ff');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT rebuild_table_statistics('00000000-0000-4000-8000-0000000000c1');
ROLLBACK;
-- Members see their own organization's counters, and write none.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT table_name, record_count FROM live_table_statistics ORDER BY table_name;
SELECT count(*) AS of_others FROM record_statistics WHERE organization_id <> '00000000-0000-4000-8000-00000000000a';
INSERT INTO records (table_id, name, data) VALUES ('00000000-0000-4000-8000-0000000000c1', 'Flo', '{"amount": 99}');
SELECT column_name, filled_count, max_value FROM column_statistics('00000000-0000-4000-8000-0000000000c1') WHERE column_name = 'amount';
SELECT record_count FROM get_live_table_statistics('00000000-0000-4000-8000-0000000000c1');
SELECT * FROM column_statistics('00000000-0000-4000-8000-0000000000c3');
SELECT count(*) AS of_others FROM get_live_table_statistics('00000000-0000-4000-8000-0000000000c3');
UPDATE record_statistics SET counts = '{}';
SELECT rebuild_table_statistics('00000000-0000-4000-8000-0000000000c1');
SELECT count(*) FROM table_statistics_drift();
RESET request.jwt.claims;
SELECT count(*) AS of_nobody FROM live_table_statistics;
RESET ROLE;
SELECT count(*) AS drift FROM table_statistics_drift();
DELETE FROM tables WHERE name <> 'Secret';
SELECT count(*) AS left_over FROM record_statistics;
SELECT schedule, command FROM schedule_jobs('app', dry_run => true) WHERE command ~ 'statistics';
SET search_path = public, rowkit;
DROP SCHEMA app CASCADE;
DROP FUNCTION shown;
DROP ROLE anon, authenticated;
