-- A log of the user's own making, and one that is changed while it is written to: an event is in it as a statement would have put it there, or the change fails.
SET client_min_messages = warning;
-- Errors name parts by month and rows by time.
\set VERBOSITY sqlstate
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE TABLE things (id integer PRIMARY KEY, organization_id text, name text, deleted_at timestamptz, deleted_by uuid, deletion_id uuid);
SELECT count(*) > 8 FROM enable_audit_log(tenant_type => 'text');
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
WHERE inhparent = 'audit_logs'::regclass AND inhrelid::regclass::text = 'audit_logs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM') \gset
ALTER TABLE audit_logs DETACH PARTITION :part;
INSERT INTO things VALUES (3);
BEGIN;
DELETE FROM audit_logs_default;
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
DROP INDEX once, once_each;
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

-- A log without parts, with columns in another order and some that were dropped.
DROP TABLE audit_logs;
CREATE TABLE audit_logs (
    gone integer, created_at timestamptz NOT NULL, statement bigint, transaction_id bigint, database_role text, ip_address inet, deletion_id uuid, new_data jsonb, old_data jsonb,
    row_count bigint, record_ids text[], new_record_id text, record_id text, organization_id text, table_name text, action text, user_id uuid, id uuid PRIMARY KEY);
ALTER TABLE audit_logs DROP COLUMN gone;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SET request.headers = '{"x-forwarded-for": "203.0.113.7"}';
UPDATE things SET name = 'l' WHERE id = 1;
SELECT user_id, ip_address, old_data, row_count, statement, transaction_id > 0 AS has_transaction, database_role = session_user AS is_own,
    created_at BETWEEN now() - interval '1 minute' AND now() AS is_new
FROM audit_logs;
SELECT * FROM news();

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
