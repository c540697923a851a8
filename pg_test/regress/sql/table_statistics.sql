-- custom_tables: members see the figures of their tables by get_table_statistics(), under row security; table_statistics is its owner's, refreshed by a job.
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
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-00000000000a', 'viewer'),
    ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-00000000000b', 'owner');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-00000000000a', 'People'),
    ('00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-00000000000a', 'Empty'), ('00000000-0000-4000-8000-0000000000c3', '00000000-0000-4000-8000-00000000000b', 'Secret');
INSERT INTO table_statuses (table_id, name) VALUES ('00000000-0000-4000-8000-0000000000c1', 'new'), ('00000000-0000-4000-8000-0000000000c1', 'won');
INSERT INTO records (table_id, name, email, status) VALUES ('00000000-0000-4000-8000-0000000000c1', 'Ann', 'ann@example.com', 'new'), ('00000000-0000-4000-8000-0000000000c1', 'Bob', NULL, 'new'),
    ('00000000-0000-4000-8000-0000000000c1', 'Cy', NULL, 'won'), ('00000000-0000-4000-8000-0000000000c1', 'Di', NULL, NULL), ('00000000-0000-4000-8000-0000000000c3', 'Eve', NULL, NULL);
SELECT refresh_table_statistics();
-- The owner's two answers are one, and the columns are the same.
SELECT * FROM table_statistics EXCEPT SELECT * FROM get_table_statistics();
SELECT count(*) AS tables FROM get_table_statistics();
-- Deleted records and tables are not counted, whoever asks: not for the owner, nor for a service, which sees them.
CREATE ROLE regress_service BYPASSRLS;
GRANT USAGE ON SCHEMA app TO regress_service;
GRANT SELECT ON tables, records TO regress_service;
GRANT EXECUTE ON FUNCTION get_table_statistics TO regress_service;
BEGIN;
INSERT INTO records (table_id, name, email) SELECT '00000000-0000-4000-8000-0000000000c1', 'Gone ' || n, 'gone@example.com' FROM generate_series(1, 5) AS n;
SELECT count(soft_delete('records', id)) AS deleted FROM records WHERE name LIKE 'Gone%';
SELECT soft_delete('tables', '00000000-0000-4000-8000-0000000000c2'::uuid);
REFRESH MATERIALIZED VIEW table_statistics;
SELECT * FROM table_statistics EXCEPT SELECT * FROM get_table_statistics();
SELECT * FROM get_table_statistics() EXCEPT SELECT * FROM table_statistics;
SET ROLE regress_service;
SELECT table_name, record_count, status_counts, with_email_count FROM get_table_statistics();
ROLLBACK;
DROP OWNED BY regress_service;
DROP ROLE regress_service;
SELECT string_agg(attname, ', ' ORDER BY attnum) = (SELECT string_agg(name, ', ' ORDER BY place) FROM unnest((SELECT proargnames FROM pg_proc WHERE proname = 'get_table_statistics'))
    WITH ORDINALITY AS argument(name, place) WHERE place > 1) AS same_columns FROM pg_attribute WHERE attrelid = 'table_statistics'::regclass AND attnum > 0;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT table_name, record_count, status_counts, with_email_count, last_updated_at IS NOT NULL AS dated FROM get_table_statistics();
SELECT table_name, record_count FROM get_table_statistics('00000000-0000-4000-8000-0000000000c1');
SELECT count(*) AS of_another_organization FROM get_table_statistics('00000000-0000-4000-8000-0000000000c3');
\set VERBOSITY sqlstate
SELECT count(*) FROM table_statistics;
SELECT refresh_table_statistics();
\set VERBOSITY default
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
-- As of now: without a refresh.
INSERT INTO records (table_id, name) VALUES ('00000000-0000-4000-8000-0000000000c3', 'Mallory');
SELECT table_name, record_count FROM get_table_statistics();
RESET request.jwt.claims;
SELECT count(*) AS of_nobody FROM get_table_statistics();
RESET ROLE;
SELECT schedule, command FROM schedule_jobs('app', dry_run => true) WHERE command ~ 'statistics';
SET search_path = public, rowkit;
DROP SCHEMA app CASCADE;
DROP ROLE anon, authenticated;
