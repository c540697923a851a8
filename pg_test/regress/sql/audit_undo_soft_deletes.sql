-- Undo beside soft delete: what soft delete and restore did is taken back by their own functions, and a row that was deleted softly since is not written.
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
CREATE TABLE projects (id integer PRIMARY KEY, name text, state text);
CREATE TABLE tasks (id integer PRIMARY KEY, project_id integer REFERENCES projects ON DELETE CASCADE, next_id integer REFERENCES tasks ON DELETE SET NULL, name text);
SELECT count(*) > 0 FROM enable_soft_delete('projects');
SELECT count(*) > 0 FROM enable_soft_delete('tasks');
SELECT count(*) > 0 FROM unnest('{projects,tasks}'::regclass[]) AS name, enable_audit(name);
CREATE FUNCTION rows() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' / ', (SELECT string_agg(concat(id, name, CASE WHEN deleted_at IS NOT NULL THEN '-' END), ' ' ORDER BY id) FROM app.projects),
        (SELECT string_agg(concat(id, name, '@', project_id, CASE WHEN deleted_at IS NOT NULL THEN '-' END), ' ' ORDER BY id) FROM app.tasks)) $$;
INSERT INTO projects VALUES (1, 'a'), (2, 'b');
INSERT INTO tasks VALUES (11, 1, NULL, 'x'), (12, 1, 11, 'y'), (21, 2, 12, 'z');
-- A soft delete, a restore, and both with more in one transaction.
SELECT soft_delete('projects', 1);
SELECT undo(), rows();
SELECT restore_deleted('projects', 1);
SELECT undo(), rows();
BEGIN;
UPDATE tasks SET name = 'w' WHERE id = 21;
SELECT soft_delete('tasks', 21);
COMMIT;
SELECT undo(), rows();
SELECT restore_deleted('tasks', 21);
-- An insert, an update and a delete below a parent that was deleted softly since, and above such rows.
INSERT INTO tasks VALUES (13, 1, NULL, 'new');
SELECT soft_delete('projects', 1);
SELECT undo(1), rows();
SELECT restore_deleted('projects', 1);
SELECT undo(2), rows();
INSERT INTO tasks VALUES (14, 1, NULL, 'new');
UPDATE tasks SET name = 'newer' WHERE id = 14;
SELECT soft_delete('projects', 1);
SELECT undo(1), rows();
SELECT restore_deleted('projects', 1);
DELETE FROM tasks WHERE id = 14;
SELECT soft_delete('projects', 1);
SELECT undo(1), rows();
SELECT restore_deleted('projects', 1);
SELECT undo(2), rows();
UPDATE tasks SET project_id = 2 WHERE id = 14;
SELECT soft_delete('projects', 1);
SELECT undo(1), rows();
SELECT restore_deleted('projects', 1);
SELECT soft_delete('tasks', 14);
UPDATE projects SET name = 'above' WHERE id = 2;
SELECT undo(), rows();
-- A new parent and its rows, of which one was deleted softly since.
BEGIN;
INSERT INTO projects VALUES (3, 'c');
INSERT INTO tasks VALUES (31, 3, NULL, 'n'), (32, 3, 31, 'n');
COMMIT;
SELECT soft_delete('tasks', 32);
SELECT undo(1), rows();
SELECT restore_deleted('tasks', 32);
SELECT undo(2), rows();
-- A row that was inserted, and deleted softly since, counts as gone: it stays as it is, is not counted, and can be restored.
INSERT INTO projects VALUES (6, 'f'), (7, 'f'), (8, 'f');
SELECT soft_delete('projects', 7);
SELECT undo(1), rows();
SELECT restore_deleted('projects', 7), rows();
SELECT soft_delete('projects', 7), permanent_delete('projects', 7);
-- A row that was deleted softly, and one that is gone for good since.
UPDATE projects SET name = 'gone' WHERE id = 2;
SELECT soft_delete('projects', 2);
SELECT undo(1), rows();
SELECT permanent_delete('projects', 2);
SELECT undo(2), rows();
SELECT undo(), rows();
-- A trigger that changes more of a row that is deleted softly: the event is an UPDATE, and is refused all the same.
CREATE FUNCTION archive() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := CASE WHEN NEW.deleted_at IS NULL THEN 'open' ELSE 'archived' END; RETURN NEW; END $$;
CREATE TRIGGER archive BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION archive();
INSERT INTO projects VALUES (4, 'd');
SELECT soft_delete('projects', 4);
SELECT action, new_data ->> 'state' FROM audit_logs ORDER BY id DESC LIMIT 1;
SELECT undo(), rows();
SELECT restore_deleted('projects', 4);
SELECT undo(), rows();
-- As an end user, for whom DELETE deletes softly and deleted rows are hidden.
CREATE ROLE undo_user;
GRANT USAGE ON SCHEMA app TO undo_user;
GRANT ALL ON ALL TABLES IN SCHEMA app TO undo_user;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON projects TO undo_user USING (true);
CREATE POLICY all_rows ON tasks TO undo_user USING (true);
CREATE POLICY all_rows ON audit_logs TO undo_user USING (true);
SELECT count(*) >= 0 FROM enable_soft_delete('projects', hide_deleted => true, api_roles => '{undo_user}');
SELECT count(*) >= 0 FROM enable_soft_delete('tasks', hide_deleted => true, api_roles => '{undo_user}');
SET ROLE undo_user;
INSERT INTO projects VALUES (5, 'e');
INSERT INTO tasks VALUES (51, 5, NULL, 'e');
SELECT undo(), rows();
INSERT INTO tasks VALUES (52, 5, NULL, 'f');
UPDATE tasks SET name = 'g' WHERE id = 52;
DELETE FROM tasks WHERE id = 52;
SELECT undo(), rows();
SELECT undo(1), rows();
SELECT undo(2), rows();
RESET ROLE;
SELECT rows();
DROP OWNED BY undo_user;
DROP ROLE undo_user;
