-- A time that a trigger of the table's owner sets on every UPDATE: an undo ends with what the trigger sets, and is not refused for it.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
SELECT count(*) > 0 FROM create_audit_log(tenant_column => 'organization_id');
CREATE FUNCTION undo(back integer DEFAULT 0) RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text; detail text; hint text;
BEGIN
    SELECT 'done ' || rowkit.undo_transaction(known.transaction, 'app.audit_logs') INTO told FROM (
        SELECT transaction, max(id::text) AS last FROM app.audit_logs WHERE action NOT IN ('COLUMNS', 'ENABLE') GROUP BY transaction ORDER BY 2 DESC OFFSET back LIMIT 1) AS known;
    RETURN told;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail, hint);
END $$;
CREATE TABLE notes (id integer PRIMARY KEY, body text, modified timestamptz, updated_at timestamptz, edits integer NOT NULL DEFAULT 0, state text);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.modified := clock_timestamp(); NEW.updated_at := clock_timestamp(); NEW.edits := OLD.edits + 1; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();
SELECT count(*) > 0 FROM enable_audit('notes');
CREATE FUNCTION held() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT concat_ws(' ', body, modified > '2021-01-01', state) FROM app.notes); END $$;
INSERT INTO notes VALUES (1, 'first', '2020-01-01', '2020-01-01');
UPDATE notes SET body = 'second' WHERE id = 1;
SELECT undo(), held();
SELECT undo(), held();
-- Several changes of the row in one transaction.
BEGIN;
UPDATE notes SET body = 'a' WHERE id = 1;
UPDATE notes SET body = 'b' WHERE id = 1;
UPDATE notes SET body = 'c' WHERE id = 1;
COMMIT;
SELECT undo(), held();
SELECT undo(), held();
SELECT undo(), held();
UPDATE notes SET body = 'third' WHERE id = 1;
UPDATE notes SET body = 'fourth' WHERE id = 1;
-- One after the other: the time counts as changed since, unless the audit ignores it.
SELECT undo(), held();
SELECT left(undo(2), 5), held();
SELECT count(*) > 0 FROM enable_audit('notes', ignore => '{modified,updated_at,edits}');
UPDATE notes SET body = 'fifth' WHERE id = 1;
UPDATE notes SET body = 'sixth' WHERE id = 1;
SELECT undo(), held();
SELECT undo(2), held();
DELETE FROM notes;
SELECT undo(), held();
-- A trigger that keeps a column from being set: what it keeps cannot be taken back, and nothing is.
UPDATE notes SET state = 'open';
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := coalesce(OLD.state, NEW.state); RETURN NEW; END $$;
UPDATE notes SET body = 'seventh', state = 'closed' WHERE id = 1;
CREATE TRIGGER keep BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION keep();
SELECT undo(), held();
DROP TRIGGER keep ON notes;
SELECT undo(), held();
