\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT * FROM blueprints();
-- Everything that it makes, once.
SELECT * FROM install_blueprint('custom_tables', 'app');
CREATE FUNCTION catalog_state() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(row, '' ORDER BY row)) FROM (
        SELECT format('%s %s %s', oid, xmin, ctid) AS row FROM pg_class WHERE relkind <> 't' AND relnamespace <> 'pg_catalog'::regnamespace
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_trigger
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_constraint
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_attrdef
        UNION ALL SELECT format('%s %s %s', oid, xmin, ctid) FROM pg_proc
        UNION ALL SELECT format('%s %s %s', objoid, xmin, ctid) FROM pg_description
        UNION ALL SELECT format('%s %s', xmin, ctid) FROM app.rowkit_objects) AS everything
$$;
-- Again: nothing, and nothing changes.
SELECT catalog_state() AS state \gset
SELECT * FROM install_blueprint('custom_tables', 'app');
SELECT catalog_state() = :'state' AS unchanged;
-- No object is a member of the extension; all have a comment.
SELECT count(*) AS members FROM pg_depend
WHERE deptype = 'e' AND classid = 'pg_class'::regclass AND objid IN (SELECT oid FROM pg_class WHERE relnamespace = 'app'::regnamespace);
SELECT relkind, relname AS uncommented FROM pg_class
WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p', 'm') AND NOT relispartition AND obj_description(oid, 'pg_class') IS NULL;
-- The 13 indexes of records, each with its reason.
\pset format unaligned
SELECT pg_get_indexdef(indexrelid) AS index, obj_description(indexrelid, 'pg_class') AS reason
FROM pg_index WHERE indrelid = 'app.records'::regclass ORDER BY indexrelid::regclass::text COLLATE "C";
\pset format aligned
-- Whatever users filter on compares with leakproof operators, or its index would be lost under row security.
SELECT DISTINCT operator.amopopr::regoperator AS leaky
FROM pg_index AS index
JOIN pg_class AS relation ON relation.oid = index.indexrelid
JOIN pg_am ON pg_am.oid = relation.relam AND amname = 'btree'
CROSS JOIN LATERAL unnest(index.indclass::oid[]) AS class(oid)
JOIN pg_opclass ON pg_opclass.oid = class.oid
JOIN pg_amop AS operator ON operator.amopfamily = opcfamily AND amoplefttype = opcintype AND amoprighttype = opcintype
JOIN pg_operator ON pg_operator.oid = operator.amopopr
JOIN pg_proc ON pg_proc.oid = oprcode
WHERE index.indrelid = 'app.records'::regclass AND NOT proleakproof;
-- No cross-tenant reference: every key between tenant tables starts with the tenant.
SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'app'::regnamespace ORDER BY conrelid::regclass::text COLLATE "C", conname COLLATE "C";
-- A table, its columns, a record: the tenant comes from the table.
INSERT INTO app.organizations (id, name) VALUES
    ('00000000-0000-7000-8000-000000000001', 'One'), ('00000000-0000-7000-8000-000000000002', 'Two');
INSERT INTO app.users (id, email) VALUES ('00000000-0000-7000-8000-0000000000a1', 'u@example.com');
INSERT INTO app.tables (id, organization_id, name) VALUES
    ('00000000-0000-7000-8000-000000000011', '00000000-0000-7000-8000-000000000001', 'Leads');
INSERT INTO app.table_statuses (table_id, name, color, position) VALUES
    ('00000000-0000-7000-8000-000000000011', 'リード', '#3B82F6', 1), ('00000000-0000-7000-8000-000000000011', '成約', '#0a0', 2);
INSERT INTO app.table_columns (table_id, name, type, is_unique) VALUES
    ('00000000-0000-7000-8000-000000000011', 'email', 'email', true);
INSERT INTO app.records (table_id, name, email, status, created_by, created_at, data) VALUES
    ('00000000-0000-7000-8000-000000000011', '佐藤', 'sato@example.com', 'リード', '00000000-0000-7000-8000-0000000000a1', '2026-01-01', '{"n": 1}'),
    ('00000000-0000-7000-8000-000000000011', '鈴木', NULL, 'リード', NULL, '2026-01-02', '{}'),
    ('00000000-0000-7000-8000-000000000011', '高橋', 'taka@example.com', NULL, NULL, '2026-01-03', '{}');
SELECT name, organization_id, created_by FROM app.records ORDER BY created_at;
SELECT (SELECT name FROM app.table_columns WHERE id::text = column_id) AS column_name, key FROM app.record_keys ORDER BY key;
-- Statistics are as of the refresh, also after the schema is renamed, and when the view was restored without data.
SELECT table_name, record_count FROM app.table_statistics;
ALTER SCHEMA app RENAME TO application;
SELECT application.refresh_table_statistics();
SELECT table_name, record_count, status_counts, with_email_count, first_created_at, last_created_at, last_updated_at > last_created_at AS updated
FROM application.table_statistics;
REFRESH MATERIALIZED VIEW application.table_statistics WITH NO DATA;
SELECT application.refresh_table_statistics();
SELECT record_count FROM application.table_statistics;
SELECT * FROM install_blueprint('custom_tables', 'application');
ALTER SCHEMA application RENAME TO app;
-- What the tables refuse.
\set VERBOSITY terse
INSERT INTO app.table_statuses (table_id, name, color) VALUES ('00000000-0000-7000-8000-000000000011', 'x', 'red');
INSERT INTO app.tables (organization_id, name, unknown_keys) VALUES ('00000000-0000-7000-8000-000000000001', 'x', 'maybe');
INSERT INTO app.records (table_id, name) VALUES ('00000000-0000-7000-8000-000000000011', repeat('x', 2501));
INSERT INTO app.user_organizations (user_id, organization_id, role) VALUES
    ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-000000000001', 'king');
INSERT INTO app.records (table_id, organization_id, name) VALUES
    ('00000000-0000-7000-8000-000000000011', '00000000-0000-7000-8000-000000000002', 'of another tenant');
\set VERBOSITY verbose
-- A deleted user stays no obstacle; a table cannot move to another organization.
DELETE FROM app.users;
SELECT count(*) FILTER (WHERE created_by IS NULL) AS without_creator, count(*) FROM app.records;
UPDATE app.tables SET organization_id = '00000000-0000-7000-8000-000000000002';
SELECT (SELECT count(*) FROM app.records WHERE organization_id = '00000000-0000-7000-8000-000000000002') AS records,
    (SELECT count(*) FROM app.record_keys WHERE organization_id = '00000000-0000-7000-8000-000000000002') AS keys;
-- Arguments that cannot be used.
SELECT * FROM install_blueprint('no_such', 'app');
SELECT * FROM install_blueprint(NULL, 'app');
SELECT * FROM install_blueprint('custom_tables', 'pg_catalog');
SELECT * FROM install_blueprint('custom_tables', 'rowkit');
SELECT * FROM install_blueprint('custom_tables', 'information_schema');
SELECT * FROM uninstall_blueprint('custom_tables', 'public');
SELECT * FROM uninstall_blueprint('no_such', 'app');
SET search_path = '';
SELECT * FROM rowkit.install_blueprint('custom_tables');
SET search_path = "$user", public, rowkit;
-- A newer version is left alone.
UPDATE app.rowkit_objects SET version = 99 WHERE kind = 'blueprint';
SELECT * FROM install_blueprint('custom_tables', 'app');
UPDATE app.rowkit_objects SET version = (SELECT version FROM rowkit.blueprints() AS known WHERE known.blueprint = 'custom_tables') WHERE kind = 'blueprint';
-- DROP EXTENSION: refused while triggers use it; with CASCADE no row is lost, and installing again repairs what went.
DO $$ BEGIN DROP EXTENSION rowkit; EXCEPTION WHEN dependent_objects_still_exist THEN RAISE WARNING 'refused: %', SQLSTATE; END $$;
CREATE TABLE rows_before AS SELECT * FROM app.records;
DROP EXTENSION rowkit CASCADE;
SELECT count(*) FROM (TABLE rows_before EXCEPT TABLE app.records) AS lost;
CREATE EXTENSION rowkit;
SELECT kind, count(*) FROM install_blueprint('custom_tables', 'app') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT * FROM install_blueprint('custom_tables', 'app');
INSERT INTO app.records (table_id, name) VALUES ('00000000-0000-7000-8000-000000000011', 'after') RETURNING name, organization_id, id IS NOT NULL AS has_id;
-- Uninstall: refused while rows are there, and while something of somebody else's depends on it; then nothing is gone.
SELECT * FROM uninstall_blueprint('custom_tables', 'app');
SELECT * FROM uninstall_blueprint('custom_tables', 'app', 'wrong');
CREATE VIEW public.mine AS SELECT id FROM app.records;
SELECT * FROM uninstall_blueprint('custom_tables', 'app', 'app');
SELECT count(*) FROM app.records;
DROP VIEW public.mine;
-- Forced row security does not make rows look absent.
ALTER TABLE app.records ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT kind, count(*), count(command) AS commands FROM uninstall_blueprint('custom_tables', 'app', dry_run => true) GROUP BY kind ORDER BY kind COLLATE "C";
SELECT kind, identity, command FROM uninstall_blueprint('custom_tables', 'app', dry_run => true) WHERE identity ~ 'user_organizations' AND kind IN ('table', 'policy');
SELECT kind, count(*) FROM uninstall_blueprint('custom_tables', 'app', 'app') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT to_regnamespace('app') AS schema_left;
-- dry_run: the SQL, and nothing made; run by hand it makes the same.
SELECT count(*), bool_and(kind = 'sql') AS sql_only FROM install_blueprint('custom_tables', 'by "hand"', true);
SELECT to_regnamespace('"by ""hand"""') AS made;
SELECT kind, identity, command FROM install_blueprint('custom_tables', 'by "hand"', true) LIMIT 1;
\set ECHO none
\o /dev/null
SELECT command FROM install_blueprint('custom_tables', 'by "hand"', true) \gexec
\o
\set ECHO all
SELECT count(*) FROM rowkit_internal._schema_objects('by "hand"');
SELECT * FROM install_blueprint('custom_tables', 'by "hand"');
DROP SCHEMA "by ""hand""" CASCADE;
-- An ordinary role, in the schema that its search_path gives; what was there before is used, and is there afterwards.
CREATE ROLE regress_owner;
CREATE ROLE regress_other;
CREATE SCHEMA regress_owner AUTHORIZATION regress_owner;
GRANT USAGE ON SCHEMA rowkit TO regress_owner, regress_other;
SET ROLE regress_owner;
CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text, updated_at timestamptz);
CREATE VIEW my_view AS SELECT 1 AS one;
SELECT count(*) FROM install_blueprint('custom_tables');
SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'regress_owner'::regnamespace;
SELECT kind, name FROM rowkit_objects WHERE split_part(name, '.', 1) IN ('users', 'my_view') ORDER BY kind, name COLLATE "C";
SELECT pg_get_expr(adbin, adrelid) AS own_default FROM pg_attrdef WHERE adrelid = 'users'::regclass;
RESET ROLE;
SELECT * FROM install_blueprint('custom_tables', 'regress_owner');
GRANT ALL ON SCHEMA regress_owner TO regress_other;
SET ROLE regress_other;
SELECT * FROM uninstall_blueprint('custom_tables', 'regress_owner', 'regress_owner');
SELECT * FROM install_blueprint('custom_tables', 'elsewhere');
RESET ROLE;
SET ROLE regress_owner;
SELECT count(*) FROM uninstall_blueprint('custom_tables', 'regress_owner');
SELECT relkind, relname FROM pg_class WHERE relnamespace = 'regress_owner'::regnamespace AND relkind IN ('r', 'v', 'm') ORDER BY relname;
SELECT count(*) AS triggers_left FROM pg_trigger WHERE tgrelid = 'users'::regclass;
RESET ROLE;
-- What has one of its names and is somebody else's stops it, whatever kind it is of; what is beside it does not.
CREATE SCHEMA others;
GRANT ALL ON SCHEMA others TO regress_other;
SET ROLE regress_other;
CREATE TABLE others.mine (id integer);
CREATE TABLE others.tables (id uuid);
RESET ROLE;
SELECT * FROM install_blueprint('custom_tables', 'others');
DROP TABLE others.tables;
SET ROLE regress_other;
CREATE FUNCTION others.bulk_delete_records(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT $1';
RESET ROLE;
SELECT * FROM install_blueprint('custom_tables', 'others');
DROP FUNCTION others.bulk_delete_records;
SET ROLE regress_other;
CREATE SEQUENCE others.records_data_idx;
RESET ROLE;
SELECT * FROM install_blueprint('custom_tables', 'others');
DROP SEQUENCE others.records_data_idx;
SET ROLE regress_other;
CREATE DOMAIN others.records AS text;
RESET ROLE;
SELECT * FROM install_blueprint('custom_tables', 'others');
DROP DOMAIN others.records;
SELECT count(*) FROM install_blueprint('custom_tables', 'others');
DROP SCHEMA others CASCADE;
-- A table that does not fit stops it, and nothing is left behind.
CREATE SCHEMA misfit;
CREATE TABLE misfit.organizations (id bigint PRIMARY KEY, name text, updated_at timestamptz);
\set VERBOSITY sqlstate
SELECT * FROM install_blueprint('custom_tables', 'misfit');
\set VERBOSITY verbose
SELECT relname FROM pg_class WHERE relnamespace = 'misfit'::regnamespace AND relkind = 'r';
-- A schema that the blueprint made stays when something else is in it.
SELECT count(*) FROM install_blueprint('custom_tables', 'shared');
CREATE TABLE shared.mine (id integer);
SELECT count(*) FROM uninstall_blueprint('custom_tables', 'shared');
SELECT relname FROM pg_class WHERE relnamespace = 'shared'::regnamespace;
DROP SCHEMA shared, misfit, regress_owner CASCADE;
REVOKE ALL ON SCHEMA rowkit FROM regress_owner, regress_other;
DROP ROLE regress_owner, regress_other;
