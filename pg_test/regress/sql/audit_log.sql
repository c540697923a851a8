-- A log of the user's own making, and one that is changed while it is written to: an event is in it as a statement would have put it there, or the change fails.
SET client_min_messages = warning;
-- Errors name parts by month and rows by time.
\set VERBOSITY sqlstate
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE TABLE things (id integer PRIMARY KEY, organization_id text, name text, deleted_at timestamptz, deleted_by uuid, deletion_id uuid);
SELECT count(*) > 8 FROM create_audit_log('app', 'organization_id', 'text');
SELECT count(*) FROM enable_audit('things');
-- Which part each event is in, and what is in it.
CREATE FUNCTION news() RETURNS TABLE(part text, action text, of text, id text, tenant text, new_data jsonb) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT regexp_replace(log.tableoid::regclass::text, ''\d{4}_\d\d$'', ''month''), log.action, log.table_name, log.record_id, log.organization_id::text, log.new_data '
        'FROM app.audit_logs AS log WHERE log.action <> ''ENABLE'' ORDER BY log.created_at, log.id';
    EXECUTE 'DELETE FROM app.audit_logs';
END $$;
INSERT INTO things VALUES (1, 'org', 'a'), (2, NULL, 'b');
UPDATE things SET name = 'c' WHERE id = 1;
UPDATE things SET deleted_at = '2026-01-01', deletion_id = '00000000-0000-4000-8000-000000000001';
SELECT record_ids, row_count, deletion_id FROM audit_logs WHERE action = 'SOFT_DELETE' ORDER BY id;
SELECT * FROM news();

-- Taken off and put back in the same session, and in the same transaction: events follow.
SELECT inhrelid::regclass AS part, pg_get_expr(relpartbound, inhrelid) AS bound
FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'audit_logs'::regclass AND inhrelid::regclass::text = 'app_parts.audit_logs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM') \gset
ALTER TABLE audit_logs DETACH PARTITION :part;
INSERT INTO things VALUES (3);
BEGIN;
DELETE FROM app_parts.audit_logs_default;
ALTER TABLE audit_logs ATTACH PARTITION :part :bound;
INSERT INTO things VALUES (4);
SAVEPOINT before;
ALTER TABLE audit_logs DETACH PARTITION :part;
INSERT INTO things VALUES (5);
ROLLBACK TO before;
INSERT INTO things VALUES (6);
COMMIT;
SELECT * FROM news();

-- Columns, checks, generated values, triggers and index expressions of the log's owner count.
ALTER TABLE audit_logs ADD COLUMN seen_by text DEFAULT 'nobody';
UPDATE things SET name = 'd' WHERE id = 1;
SELECT seen_by FROM audit_logs;
ALTER TABLE audit_logs DROP COLUMN seen_by, ADD COLUMN kind text GENERATED ALWAYS AS (action || ' of ' || table_name) STORED;
UPDATE things SET name = 'e' WHERE id = 1;
SELECT kind FROM audit_logs ORDER BY created_at;
ALTER TABLE audit_logs DROP COLUMN kind, ADD CONSTRAINT no_secrets CHECK (new_data ->> 'name' <> 'secret');
UPDATE things SET name = 'secret' WHERE id = 1;
SELECT name FROM things WHERE id = 1;
CREATE UNIQUE INDEX once ON audit_logs ((new_data ->> 'name'), created_at);
CREATE UNIQUE INDEX once_each ON :part ((upper(new_data ->> 'name'))) WHERE new_data ->> 'name' LIKE 'once%';
UPDATE things SET name = 'once' WHERE id = 1;
UPDATE things SET name = 'ONCE' WHERE id = 1;
UPDATE things SET name = 'once more' WHERE id = 1;
UPDATE things SET name = 'Once' WHERE id = 1;
UPDATE things SET name = 'once' WHERE id = 2;
DROP INDEX once, app_parts.once_each;
DELETE FROM audit_logs;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.new_data := NEW.new_data || '{"told": true}';
    RETURN NEW;
END $$;
CREATE TRIGGER tell BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION tell();
UPDATE things SET name = 'f' WHERE id = 1;
DROP TRIGGER tell ON audit_logs;
UPDATE things SET name = 'g' WHERE id = 1;
SELECT * FROM news();

-- The tenant's type is the log's: what does not fit fails the change.
ALTER TABLE audit_logs ALTER COLUMN organization_id TYPE varchar(4);
UPDATE things SET organization_id = 'org2' WHERE id = 1;
UPDATE things SET organization_id = 'too long' WHERE id = 1;
ALTER TABLE audit_logs ALTER COLUMN organization_id SET NOT NULL;
UPDATE things SET name = 'h' WHERE id = 2;
ALTER TABLE audit_logs ALTER COLUMN organization_id DROP NOT NULL;
SELECT * FROM news();

-- A schema's new name, while its log is in use.
ALTER SCHEMA app RENAME TO renamed;
UPDATE renamed.things SET name = 'i' WHERE id = 1;
ALTER SCHEMA renamed RENAME TO app;
ALTER TABLE audit_logs RENAME TO other_log;
UPDATE things SET name = 'j' WHERE id = 1;
ALTER TABLE other_log RENAME TO audit_logs;
ALTER TABLE things RENAME TO stuff;
UPDATE stuff SET name = 'k' WHERE id = 1;
ALTER TABLE stuff RENAME TO things;
SELECT * FROM news();

-- What was logged under another name is not taken for all there was, and comes along when one says so.
INSERT INTO things VALUES (7, NULL, 'seven');
SELECT now() AS before \gset
UPDATE things SET name = 'VII' WHERE id = 7;
SELECT row_as_of('things', 7, :'before') ->> 'name', row_as_of('things', 7, now() - interval '1 hour');
ALTER TABLE things RENAME TO stuff;
SELECT row_as_of('stuff', 7, :'before');
UPDATE stuff SET name = '7' WHERE id = 7;
SELECT row_as_of('stuff', 7, :'before');
SELECT count(*) FROM row_history('stuff', 7);
SELECT rebind_audit_events('stuff', NULL), rebind_audit_events('stuff', '');
SELECT rebind_audit_events('stuff', 'audit_logs');
CREATE TABLE things ();
SELECT rebind_audit_events('stuff', 'things');
DROP TABLE things;
CREATE ROLE passer_by;
GRANT USAGE ON SCHEMA app TO passer_by;
SET ROLE passer_by;
SELECT rebind_audit_events('stuff', 'things');
RESET ROLE;
SELECT rebind_audit_events('stuff', 'things'), rebind_audit_events('stuff', 'things');
SELECT row_as_of('stuff', 7, :'before') ->> 'name';
SELECT action, old_data, new_data FROM row_history('stuff', 7);
SELECT action, table_name, old_data, new_data, row_count FROM audit_logs WHERE action = 'RENAME';
ALTER TABLE stuff RENAME TO things;
SELECT rebind_audit_events('things', 'stuff');

-- A transaction whose columns have other names by now is not taken back in part.
ALTER TABLE things ADD COLUMN amount integer;
UPDATE things SET name = 'eight', amount = 8 WHERE id = 7;
SELECT max(transaction_id) AS changed FROM audit_logs WHERE action = 'UPDATE' \gset
ALTER TABLE things RENAME amount TO quantity;
SELECT undo_transaction(:changed);
SELECT name, quantity FROM things WHERE id = 7;
ALTER TABLE things RENAME quantity TO amount;
SELECT undo_transaction(:changed);
SELECT name, amount FROM things WHERE id = 7;
DELETE FROM things WHERE id = 7;
SELECT max(transaction_id) AS deleted FROM audit_logs WHERE action = 'DELETE' \gset
ALTER TABLE things RENAME name TO title;
SELECT undo_transaction(:deleted);
ALTER TABLE things RENAME title TO name;
ALTER TABLE things DROP COLUMN amount;
SELECT undo_transaction(:deleted);
SELECT name FROM things WHERE id = 7;

-- The role that acts is what SET ROLE chose, whoever owns the functions between.
GRANT SELECT, UPDATE ON things TO passer_by;
CREATE FUNCTION rename_thing(to_name text) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ UPDATE app.things SET name = to_name WHERE id = 1 $$;
SET ROLE passer_by;
UPDATE things SET name = 'by hand' WHERE id = 1;
SELECT rename_thing('by a function');
RESET ROLE;
UPDATE things SET name = 'by the owner' WHERE id = 1;
SELECT new_data ->> 'name', database_role = session_user AS is_login, database_role FROM audit_logs WHERE new_data ->> 'name' LIKE 'by%' ORDER BY id;
DROP OWNED BY passer_by;
DROP ROLE passer_by;
DELETE FROM audit_logs;

-- A log without parts, with columns in another order and some that were dropped.
DROP TABLE audit_logs;
CREATE TABLE audit_logs (
    gone integer, created_at timestamptz NOT NULL, statement bigint, transaction uuid, transaction_id bigint, database_role text, ip_address inet, deletion_id uuid, new_data jsonb, old_data jsonb,
    row_count bigint, record_ids text[], new_record_id text, record_id text, organization_id text, table_name text, action text, user_id uuid, id uuid PRIMARY KEY);
ALTER TABLE audit_logs DROP COLUMN gone;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SET request.headers = '{"x-forwarded-for": "203.0.113.7"}';
SET rowkit.trusted_proxies = '10.0.0.0/8';
UPDATE things SET name = 'l' WHERE id = 1;
SELECT user_id, ip_address, old_data, row_count, statement, transaction_id > 0 AS has_transaction, database_role = session_user AS is_own,
    created_at BETWEEN now() - interval '1 minute' AND now() AS is_new
FROM audit_logs;
SELECT * FROM news();
-- Where from: the header counts only past proxies that are trusted, and of it the last address that is not one of theirs.
RESET rowkit.trusted_proxies;
UPDATE things SET name = 'nobody is trusted' WHERE id = 1;
SET rowkit.trusted_proxies = '10.0.0.0/8, 2001:db8:1::/48';
SET request.headers = '{"x-forwarded-for": "127.0.0.1, 203.0.113.8, 10.9.9.9, 2001:db8:1::5"}';
UPDATE things SET name = 'forged on the left' WHERE id = 1;
SET request.headers = '{"x-forwarded-for": "2001:db8:2::1, ::ffff:10.0.0.1"}';
UPDATE things SET name = 'IPv6' WHERE id = 1;
SET request.headers = '{"x-forwarded-for": "203.0.113.9, garbage"}';
UPDATE things SET name = 'garbage' WHERE id = 1;
SELECT new_data ->> 'name' AS name, ip_address FROM audit_logs WHERE old_data <> '{"name": "by the owner"}' ORDER BY id;
SET rowkit.trusted_proxies = '10.0.0.0/8, nginx';
SET rowkit.trusted_proxies = '10.0.0.0/33';
SHOW rowkit.trusted_proxies;
SET request.headers = '{"x-forwarded-for": "203.0.113.7"}';
-- A superuser's setting: who could name a proxy could write any address.
CREATE ROLE proxied;
SET ROLE proxied;
SET rowkit.trusted_proxies = '0.0.0.0/0';
RESET ROLE;
DROP ROLE proxied;
DELETE FROM audit_logs;

-- Whoever owns the log and may not fill it does not.
CREATE ROLE keeper;
GRANT USAGE, CREATE ON SCHEMA app TO keeper;
ALTER TABLE audit_logs OWNER TO keeper;
UPDATE things SET name = 'm' WHERE id = 1;
REVOKE INSERT ON audit_logs FROM keeper;
UPDATE things SET name = 'n' WHERE id = 1;
SET default_transaction_isolation = 'repeatable read';
GRANT INSERT ON audit_logs TO keeper;
UPDATE things SET name = 'o' WHERE id = 1;
SELECT * FROM news();
ALTER TABLE audit_logs OWNER TO CURRENT_USER;
REVOKE ALL ON SCHEMA app FROM keeper;
DROP ROLE keeper;
