\set VERBOSITY verbose
\set SHOW_CONTEXT never
SET client_min_messages = warning;
-- isolation_report() tells of guard triggers that are disabled or gone, and of functions with their owner's rights in any schema.
CREATE ROLE authenticated NOLOGIN;
BEGIN;
CREATE SCHEMA "My Data";
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('data_catalog', 'My Data');
CREATE VIEW told AS SELECT object_name, problem, remedy FROM rowkit.isolation_report();
SELECT * FROM told;
DROP TRIGGER a_guard_invitations ON "My Data".invitations;
DROP TRIGGER "0_guard_members" ON "My Data".diagrams;
SELECT object_name, problem FROM told;
-- The remedy is one.
SELECT DISTINCT format('SELECT count(*) FROM (%s) AS put_right', remedy) FROM told \gexec
SELECT * FROM told;
-- A guard of any kind that is disabled.
SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname)
FROM (SELECT DISTINCT ON (proname) tgrelid, tgname, proname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE proname ~ '^guard_' AND pronamespace = 'rowkit'::regnamespace ORDER BY proname, tgrelid::regclass::text COLLATE "C", tgname) AS one \gexec
SELECT object_name, problem FROM told;
SELECT remedy FROM told \gexec
SELECT * FROM told;
-- A table that is gone takes its guards along.
DROP TABLE "My Data".diagrams CASCADE;
SELECT count(*) FROM told WHERE problem ~ 'guard';
ROLLBACK;
-- Functions with their owner's rights beside no tenant's table.
BEGIN;
CREATE SCHEMA helpers;
CREATE FUNCTION helpers.all_of_it() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp RETURN 1;
SELECT problem FROM rowkit.isolation_report();
GRANT USAGE ON SCHEMA helpers TO authenticated;
SELECT object_name, problem, remedy FROM rowkit.isolation_report();
COMMENT ON FUNCTION helpers.all_of_it() IS 'One. Open to authenticated.';
REVOKE EXECUTE ON FUNCTION helpers.all_of_it() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION helpers.all_of_it() TO authenticated;
SELECT * FROM rowkit.isolation_report();
ROLLBACK;
DROP ROLE authenticated;
