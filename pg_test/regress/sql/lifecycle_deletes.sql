-- DELETE by an API role deletes softly, one deletion a statement; services delete for good, and foreign keys' own actions are never turned.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE backend NOLOGIN;
GRANT USAGE ON SCHEMA app TO authenticated, service_role, backend;
\set acme '''00000000-0000-4000-8000-000000000001'''
\set beta '''00000000-0000-4000-8000-000000000002'''
\set member '{"sub": "00000000-0000-4000-8000-0000000000a1"}'
CREATE TABLE accounts (id uuid PRIMARY KEY);
CREATE TABLE members (account_id uuid REFERENCES accounts, user_id uuid, PRIMARY KEY (account_id, user_id));
CREATE TABLE boxes (id bigint PRIMARY KEY);
CREATE TABLE projects (id bigint PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, parent_id bigint REFERENCES projects ON DELETE CASCADE,
    box_id bigint REFERENCES boxes ON DELETE CASCADE, name text);
CREATE TABLE tasks (id bigint PRIMARY KEY, project_id bigint REFERENCES projects ON DELETE CASCADE);
CREATE TABLE bills (id bigint PRIMARY KEY, project_id bigint REFERENCES projects);
INSERT INTO accounts VALUES (:acme), (:beta);
INSERT INTO members VALUES (:acme, '00000000-0000-4000-8000-0000000000a1');
SELECT count(*) > 0 AS registered FROM register_membership('members');
SELECT count(*) > 0 AS done FROM enable_soft_delete('projects') AS a, enable_soft_delete('tasks') AS b, enable_soft_delete('bills') AS c;
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('projects', 'account_id', membership => 'members', bypass_roles => '{service_role,backend}');
INSERT INTO boxes VALUES (1);
INSERT INTO projects (id, account_id, name) SELECT n, :acme, 'p' || n FROM generate_series(1, 9) AS n;
INSERT INTO projects (id, account_id, name) VALUES (20, :beta, 'theirs');
UPDATE projects SET parent_id = id - 1 WHERE id IN (2, 3);
UPDATE projects SET box_id = 1 WHERE id = 9;
INSERT INTO tasks SELECT n, n FROM generate_series(1, 9) AS n;
INSERT INTO bills VALUES (1, 8);
CREATE VIEW state AS SELECT (SELECT string_agg(id::text, ' ' ORDER BY id) FROM projects WHERE deleted_at IS NULL) AS projects,
    (SELECT string_agg(id::text, ' ' ORDER BY id) FROM projects WHERE deleted_at IS NOT NULL) AS deleted,
    (SELECT string_agg(id::text, ' ' ORDER BY id) FROM tasks WHERE deleted_at IS NULL) AS tasks;

-- A statement is one deletion: a tree, with rows below rows of the same statement. The server counts nothing, and RETURNING returns nothing.
SET request.jwt.claims = :'member';
SET ROLE authenticated;
WITH gone AS (DELETE FROM projects WHERE id IN (1, 2, 3, 4) RETURNING id) SELECT count(*) AS returned FROM gone;
RESET ROLE;
SELECT * FROM state;
SELECT table_name, record_keys, counts, deleted_by, reason FROM deletions;
SET ROLE authenticated;
SELECT restore_deleted('projects', 2);
RESET ROLE;
SELECT * FROM state;
-- What row security refuses is not there; nor is anything done where nothing is found.
SET ROLE authenticated;
DELETE FROM projects WHERE id = 20;
DELETE FROM projects WHERE false;
-- A row that stands in the way refuses all of the statement, and says so.
DELETE FROM projects WHERE id IN (7, 8);
-- What is deleted already is left as it is.
DELETE FROM projects WHERE id = 5;
DELETE FROM projects WHERE id = 5;
RESET ROLE;
SELECT * FROM state;
SELECT count(*) FROM deletions WHERE restored_at IS NULL;
-- The view of live rows returns rows and count.
SET ROLE authenticated;
WITH gone AS (DELETE FROM projects_active WHERE id IN (5, 6, 7) RETURNING id) SELECT array_agg(id ORDER BY id) FROM gone;
RESET ROLE;
SELECT * FROM state;
-- In a savepoint that is taken back, in a function in the statement, under a cursor's error.
SET ROLE authenticated;
BEGIN;
SAVEPOINT s;
DELETE FROM projects WHERE id = 1;
ROLLBACK TO s;
DELETE FROM projects WHERE id = 4;
COMMIT;
RESET ROLE;
CREATE FUNCTION also(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN DELETE FROM app.projects WHERE id = $1; RETURN true; END $$;
SET ROLE authenticated;
DELETE FROM projects WHERE id = 1 AND also(9);
DO $$
BEGIN
    BEGIN
        DELETE FROM app.projects WHERE id = 8;
    EXCEPTION WHEN foreign_key_violation THEN
        NULL;
    END;
    DELETE FROM app.projects WHERE id = 999;
END
$$;
RESET ROLE;
SELECT * FROM state;
SELECT restore_deleted('projects', ARRAY[1, 9]::bigint[]);

-- A foreign key's own action is never turned: no row is left without its parent.
DELETE FROM boxes WHERE id = 1;
SELECT count(*) FROM projects WHERE id = 9;
GRANT SELECT, DELETE ON boxes TO authenticated;
INSERT INTO boxes VALUES (2);
UPDATE projects SET box_id = 2 WHERE id = 1;
SET ROLE authenticated;
WITH gone AS (DELETE FROM boxes WHERE id = 2 RETURNING id) SELECT count(*) FROM gone;
RESET ROLE;
SELECT * FROM state;

-- Who deletes for good: the owner, BYPASSRLS, and a role that the isolation lets pass. Who may is asked of current_user.
INSERT INTO projects (id, account_id) SELECT n, :acme FROM generate_series(30, 39) AS n;
DELETE FROM projects WHERE id = 30;
SET ROLE service_role;
DELETE FROM projects WHERE id = 31;
SET ROLE backend;
DELETE FROM projects WHERE id = 32;
RESET ROLE;
SELECT count(*) FROM projects WHERE id IN (30, 31, 32);
CREATE FUNCTION by_owner(bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'DELETE FROM app.projects WHERE id = $1';
SET ROLE authenticated;
SELECT by_owner(37);
MERGE INTO projects USING (VALUES (38)) AS wanted(id) ON projects.id = wanted.id WHEN MATCHED THEN DELETE;
RESET ROLE;
SELECT id, deleted_at IS NULL AS live FROM projects WHERE id IN (37, 38);
-- The argument says otherwise; done again without it, it stays.
SELECT command FROM enable_soft_delete('projects', hard_delete => 'nobody');
SET ROLE backend;
DELETE FROM projects WHERE id = 33;
RESET ROLE;
DELETE FROM projects WHERE id = 34;
SELECT * FROM enable_soft_delete('projects');
SELECT id FROM projects WHERE id IN (33, 34) AND deleted_at IS NOT NULL ORDER BY id;
SELECT permanent_delete('projects', ARRAY[33, 34]::bigint[]), count(*) FROM projects WHERE id IN (33, 34);
SELECT command FROM enable_soft_delete('projects', hard_delete => 'everyone');
SET ROLE authenticated;
DELETE FROM projects WHERE id = 35;
RESET ROLE;
SELECT count(*) FROM projects WHERE id = 35;
SELECT command FROM enable_soft_delete('projects', hard_delete => 'anybody');
SELECT count(*) > 0 AS done FROM enable_soft_delete('projects', hard_delete => 'service');
-- A table that is not isolated: whoever does not own it deletes softly, too, with the DELETE privilege alone.
CREATE TABLE plain (id integer PRIMARY KEY, up integer REFERENCES plain);
SELECT count(*) > 0 AS done FROM enable_soft_delete('plain');
INSERT INTO plain VALUES (1), (2), (3);
GRANT SELECT, DELETE ON plain TO backend;
SET ROLE backend;
DELETE FROM plain WHERE id = 1;
SELECT soft_delete('plain', 2);
RESET ROLE;
SELECT id, deleted_at IS NULL AS live FROM plain ORDER BY id;

-- A row that a trigger changes after it was noted goes, too; a key that is an array serves as well.
CREATE TABLE nodes (id integer PRIMARY KEY, parent_id integer REFERENCES nodes ON DELETE CASCADE, children integer NOT NULL DEFAULT 0);
CREATE TABLE arrays (id integer[] PRIMARY KEY);
SELECT count(*) > 0 AS done FROM enable_soft_delete('nodes') AS a, enable_soft_delete('arrays') AS b;
CREATE FUNCTION count_down() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = app AS $$
BEGIN
    UPDATE nodes SET children = children - 1 WHERE id = OLD.parent_id;
    RETURN OLD;
END
$$;
CREATE TRIGGER a_count BEFORE DELETE ON nodes FOR EACH ROW EXECUTE FUNCTION count_down();
INSERT INTO nodes VALUES (1, NULL, 1), (2, 1, 0), (3, NULL, 0);
INSERT INTO arrays VALUES ('{1,2}'), ('{1}');
GRANT SELECT, DELETE ON nodes, arrays TO backend;
SET ROLE backend;
DELETE FROM nodes WHERE id < 3;
DELETE FROM arrays WHERE id = '{1,2}';
RESET ROLE;
SELECT id, children, deleted_at IS NULL AS live FROM nodes ORDER BY id;
SELECT id, deleted_at IS NULL AS live FROM arrays ORDER BY id;

-- On hold: no DELETE of anybody's, no cascade and no TRUNCATE removes the row.
SELECT soft_delete('projects', 36), hold_deletion('projects', 36);
SELECT soft_delete('tasks', 6), hold_deletion('tasks', 6);
DELETE FROM projects WHERE id = 36;
SET ROLE service_role;
DELETE FROM projects WHERE id = 36;
RESET ROLE;
UPDATE projects SET box_id = 2 WHERE false;
INSERT INTO boxes VALUES (3);
UPDATE projects SET box_id = 3 WHERE id = 36;
DELETE FROM boxes WHERE id = 3;
TRUNCATE tasks;
TRUNCATE projects CASCADE;
SELECT permanent_delete('projects', 36);
CALL purge_deleted_in_batches(0);
SELECT count(*) FROM projects WHERE id = 36;
SELECT hold_deletion('projects', 36, false), hold_deletion('tasks', 6, false);
DELETE FROM projects WHERE id = 36;
TRUNCATE tasks;
SELECT count(*) FROM projects WHERE id = 36;

-- Partitions: through the table and by themselves; a row that moves is no deletion.
CREATE TABLE parted (id integer, part integer, account_id uuid NOT NULL, note text, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2) PARTITION BY LIST (id);
CREATE TABLE parted_2_rest PARTITION OF parted_2 DEFAULT;
SELECT count(*) > 0 AS done FROM enable_soft_delete('parted');
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('parted', 'account_id', membership => 'members');
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES IN (3);
GRANT SELECT, UPDATE, DELETE ON parted_1, parted_2, parted_3 TO authenticated;
INSERT INTO parted SELECT n, n % 3 + 1, :acme FROM generate_series(1, 9) AS n;
SET ROLE authenticated;
DELETE FROM parted WHERE id IN (1, 2, 3);
DELETE FROM parted_1 WHERE id = 6;
DELETE FROM parted_2 WHERE id = 4;
UPDATE parted SET part = 3 WHERE id = 7;
-- A partition that came later: what does not go through the table is refused, as nothing tells a DELETE of it from a move.
DELETE FROM parted_3 WHERE id = 5;
DELETE FROM parted_3 WHERE id = 2;
UPDATE parted SET part = 1 WHERE id = 8;
RESET ROLE;
SELECT command FROM enable_soft_delete('parted');
SET ROLE authenticated;
DELETE FROM parted_3 WHERE id = 5;
UPDATE parted SET part = 1 WHERE id = 8;
RESET ROLE;
SELECT id, part, deleted_at IS NULL AS live FROM parted ORDER BY id;
SELECT table_name, record_keys FROM deletions WHERE table_name = 'parted' ORDER BY id;
SELECT hold_deletion('parted', '{"id": 1, "part": 2}');
UPDATE parted SET part = 1 WHERE id = 1;
DELETE FROM parted WHERE id = 1;
SELECT count(*) FROM disable_soft_delete('parted') WHERE command ~ 'guard_hard_delete|guard_soft_delete';
SELECT tgname FROM pg_trigger WHERE tgfoid::regproc::text ~ 'guard_(hard|soft)_delete' AND tgrelid IN ('parted'::regclass, 'parted_1'::regclass, 'parted_3'::regclass);

DROP SCHEMA app CASCADE;
DROP ROLE authenticated, service_role, backend;
