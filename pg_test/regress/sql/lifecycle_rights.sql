-- Who may delete and restore: the privileges and the policies of UPDATE and of DELETE, in whose name, and what cannot be NULL.
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE ROLE authenticated NOLOGIN;
GRANT USAGE ON SCHEMA app TO authenticated;
\set acme '''00000000-0000-4000-8000-000000000001'''
\set admin '{"sub": "00000000-0000-4000-8000-0000000000a1"}'
\set member '{"sub": "00000000-0000-4000-8000-0000000000a2"}'
CREATE TABLE accounts (id uuid PRIMARY KEY);
CREATE TABLE members (account_id uuid REFERENCES accounts, user_id uuid, role text NOT NULL, PRIMARY KEY (account_id, user_id));
CREATE TABLE projects (id bigint PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, name text UNIQUE);
CREATE TABLE tasks (id bigint PRIMARY KEY, project_id bigint REFERENCES projects ON DELETE CASCADE);
SELECT count(*) > 0 AS registered FROM register_membership('members', role_column => 'role', roles => '{viewer,member,admin}');
INSERT INTO accounts VALUES (:acme);
INSERT INTO members VALUES (:acme, '00000000-0000-4000-8000-0000000000a1', 'admin'), (:acme, '00000000-0000-4000-8000-0000000000a2', 'member');
INSERT INTO projects SELECT n, :acme, 'p' || n FROM generate_series(1, 4) AS n;
INSERT INTO tasks SELECT n, n FROM generate_series(1, 4) AS n;
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('projects') AS a, enable_soft_delete('tasks') AS b;
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('projects', membership => 'members', tenant_column => 'account_id', write_role => 'member', delete_role => 'admin');

-- A member may change a project, but not delete it: neither for good nor softly, by no door.
SET request.jwt.claims = :'member';
SET ROLE authenticated;
UPDATE projects SET name = 'P1' WHERE id = 1 RETURNING name;
WITH gone AS (DELETE FROM projects RETURNING id) SELECT count(*) FROM gone;
SELECT soft_delete('projects', 1), soft_delete_with_counts('projects', 1), soft_delete('projects', ARRAY[1, 2]::bigint[]), soft_delete('projects', '1');
WITH gone AS (DELETE FROM projects_active RETURNING id) SELECT count(*) FROM gone;
SELECT permanent_delete('projects', 1), permanent_delete('projects', ARRAY[1, 2]::bigint[]);
RESET ROLE;
SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS live, count(*) FROM projects;
-- An admin may; what is below goes as with a foreign key, whoever may write there. A member cannot take it back, nor hold it.
SET request.jwt.claims = :'admin';
SET ROLE authenticated;
SELECT soft_delete_with_counts('projects', 1), soft_delete('projects', ARRAY[2, 3]::bigint[]);
RESET ROLE;
SET request.jwt.claims = :'member';
SET ROLE authenticated;
SELECT restore_deleted('projects', 1), restore_deleted('projects', ARRAY[1, 2]::bigint[]), hold_deletion('projects', 1), permanent_delete('projects', 1);
RESET ROLE;
SET request.jwt.claims = :'admin';
SET ROLE authenticated;
SELECT restore_deleted('projects', 1), restore_deleted('projects', ARRAY[1, 2]::bigint[]), permanent_delete('projects', 3);
RESET ROLE;
RESET request.jwt.claims;
SELECT id, deleted_at IS NULL AS live FROM projects ORDER BY id;

-- Who holds must also be granted it on deletions.
SELECT soft_delete('projects', 4);
SET request.jwt.claims = :'admin';
SET ROLE authenticated;
SELECT hold_deletion('projects', 4);
RESET ROLE;
GRANT SELECT (id), UPDATE (is_on_hold) ON deletions TO authenticated;
SET ROLE authenticated;
SELECT hold_deletion('projects', 4);
RESET ROLE;
CREATE POLICY held ON deletions TO authenticated USING (true);
SET ROLE authenticated;
SELECT hold_deletion('projects', 4);
RESET ROLE;
SELECT count(*) FROM deletions WHERE table_name = 'projects' AND is_on_hold;
DROP POLICY held ON deletions;
RESET request.jwt.claims;
SELECT hold_deletion('projects', 4, false), restore_deleted('projects', 4);
REVOKE SELECT (id), UPDATE (is_on_hold) ON deletions FROM authenticated;

-- Policies joined as PostgreSQL joins them: permissive ones by OR, restrictive ones by AND, those of the caller's roles only; one without
-- USING says nothing, and none at all lets nothing pass. They may name the table, call functions of its rows and read other tables.
CREATE ROLE lifecycle_user;
GRANT USAGE ON SCHEMA app TO lifecycle_user;
CREATE TABLE "od""d given" (id integer PRIMARY KEY, tag text, deleted text);
CREATE FUNCTION app.is_mine("od""d given") RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT $1.tag LIKE 'mine%' $$;
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('"od""d given"');
INSERT INTO "od""d given" VALUES (1, 'mine'), (2, 'mine locked'), (3, 'yours'), (4, '@state@'), (5, 'mine');
GRANT SELECT, UPDATE ON "od""d given" TO lifecycle_user;
ALTER TABLE "od""d given" ENABLE ROW LEVEL SECURITY;
CREATE POLICY sees ON "od""d given" FOR SELECT USING (true);
CREATE POLICY writes ON "od""d given" FOR UPDATE USING (true);
SET ROLE lifecycle_user;
SELECT soft_delete('"od""d given"', 1);
RESET ROLE;
CREATE POLICY mine ON "od""d given" FOR DELETE USING (app.is_mine("od""d given".*));
CREATE POLICY marked ON "od""d given" FOR DELETE USING (EXISTS (SELECT FROM app.accounts WHERE "od""d given".tag = '@state@' AND id IS NOT NULL));
CREATE POLICY others ON "od""d given" FOR DELETE TO authenticated USING (true);
CREATE POLICY empty ON "od""d given" WITH CHECK (true);
CREATE POLICY unlocked ON "od""d given" AS RESTRICTIVE FOR DELETE USING (tag !~ 'locked');
GRANT SELECT ON accounts TO lifecycle_user;
SET ROLE lifecycle_user;
SELECT n, soft_delete('"od""d given"', n) FROM generate_series(1, 4) AS n;
SET search_path = '';
SELECT rowkit.soft_delete('app."od""d given"', 5), rowkit.restore_deleted('app."od""d given"', 5), rowkit.restore_deleted('app."od""d given"', 4);
SET search_path = app, rowkit, public;
RESET ROLE;

-- The right to change another column is none to delete.
CREATE TABLE plain (id integer PRIMARY KEY, name text);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('plain');
INSERT INTO plain VALUES (1, 'a'), (2, 'b');
GRANT SELECT, UPDATE (name), DELETE ON plain TO lifecycle_user;
SELECT soft_delete('plain', 2);
SET ROLE lifecycle_user;
SELECT soft_delete_with_counts('plain', 1);
SELECT restore_deleted('plain', 2);
SELECT permanent_delete('plain', 2);
RESET ROLE;
GRANT UPDATE (deleted_at, deleted_by, deletion_id) ON plain TO lifecycle_user;
SET ROLE lifecycle_user;
SELECT soft_delete_with_counts('plain', 1), restore_deleted('plain', 1), permanent_delete('plain', 2);
RESET ROLE;

-- A policy that hides what is deleted, and unique values that others took meanwhile: they are told, left or renamed, for those who may. A row
-- that the caller does not see is not named.
CREATE TABLE q (id integer PRIMARY KEY, owner text, name text UNIQUE);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('q');
INSERT INTO q VALUES (1, 'lifecycle_user', 'a'), (2, 'other', 'b');
GRANT SELECT, UPDATE ON q TO lifecycle_user;
ALTER TABLE q ENABLE ROW LEVEL SECURITY;
CREATE POLICY live ON q USING (deleted_at IS NULL AND owner = current_user);
SELECT soft_delete('q', ARRAY[1, 2]::bigint[]);
INSERT INTO q VALUES (3, 'other', 'a'), (4, 'other', 'b');
SET ROLE lifecycle_user;
SELECT restore_deleted('q', 2), restore_deleted('q', 2, 'rename'), restore_deleted('q', ARRAY[1, 2]::bigint[]);
SELECT restore_deleted('q', 1);
SELECT restore_deleted('q', 1, 'skip');
SELECT restore_deleted('q', 1, 'rename');
SELECT id, name FROM q;
RESET ROLE;
SELECT id, name, deleted_at IS NULL AS live FROM q ORDER BY id;
INSERT INTO q VALUES (5, 'lifecycle_user', 'c'), (6, 'lifecycle_user', 'd'), (9, 'lifecycle_user', 'e');
SELECT soft_delete('q', ARRAY[5, 6, 9]::bigint[]);
INSERT INTO q VALUES (7, 'other', 'c'), (8, 'other', 'd'), (10, 'lifecycle_user', 'e');
SET ROLE lifecycle_user;
SELECT restore_deleted('q', 5);
SELECT restore_deleted('q', 5, 'skip');
SELECT restore_deleted('q', 5, 'rename');
SELECT id, name FROM q ORDER BY id;
RESET ROLE;

-- A deletion comes back whole or not at all. Each of its rows that hangs below none which the caller may delete is asked about.
CREATE TABLE docs (id bigint PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, title text);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('docs');
\set other '''00000000-0000-4000-8000-000000000002'''
INSERT INTO accounts VALUES (:other);
INSERT INTO members VALUES (:other, '00000000-0000-4000-8000-0000000000b1', 'admin');
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('docs', 'account_id', membership => 'members', write_role => 'member');
INSERT INTO docs VALUES (1, :acme, 'of one'), (2, :acme, 'of one'), (3, :other, 'of the other');
-- By a service over two tenants.
RESET request.jwt.claims;
SELECT soft_delete('docs', ARRAY[1, 3]::bigint[]);
SET request.jwt.claims = :'admin';
SET ROLE authenticated;
SELECT restore_deleted('docs', 1);
SELECT restore_deleted('docs', ARRAY[1]::bigint[], 'rename');
SELECT hold_deletion('docs', 1);
SELECT count(*) FROM docs WHERE deleted_at IS NULL;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT restore_deleted('docs', 3);
SELECT restore_deleted('docs', 1);
-- What is named alone goes for good.
SELECT permanent_delete('docs', 3);
RESET ROLE;
SELECT id, deleted_at IS NULL AS live FROM docs ORDER BY id;
SET request.jwt.claims = :'member';
SET ROLE authenticated;
SELECT restore_deleted('docs', 1);
RESET ROLE;
-- A child that has another parent by now, or none, brings its former parent back only for whom it is to delete.
CREATE TABLE folders (id bigint PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, parent_id bigint REFERENCES folders ON DELETE CASCADE);
CREATE TABLE notes (id bigint PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, folder_id bigint REFERENCES folders ON DELETE CASCADE);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('folders') AS f, enable_soft_delete('notes') AS n;
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('folders', 'account_id', membership => 'members', write_role => 'member', delete_role => 'admin') AS f,
    enable_tenant_isolation('notes', 'account_id', membership => 'members', write_role => 'member') AS n;
INSERT INTO folders VALUES (1, :acme, NULL), (2, :acme, 1), (3, :acme, NULL), (4, :acme, NULL);
INSERT INTO notes VALUES (1, :acme, 1), (2, :acme, 2), (3, :acme, 2), (4, :acme, NULL);
CREATE VIEW dead AS SELECT 'folders' AS relation, id FROM folders WHERE deleted_at IS NOT NULL UNION ALL SELECT 'notes', id FROM notes WHERE deleted_at IS NOT NULL;
SET request.jwt.claims = :'admin';
SET ROLE authenticated;
SELECT soft_delete_with_counts('folders', 1);
SET request.jwt.claims = :'member';
SELECT restore_deleted('notes', 1);
UPDATE notes SET folder_id = NULL WHERE id = 1;
SELECT restore_deleted('notes', 1);
UPDATE notes SET folder_id = 3 WHERE id = 1;
SELECT restore_deleted('notes', 1);
-- Nor where a circle leaves no row at the top.
UPDATE folders SET parent_id = 2 WHERE id = 1;
SELECT restore_deleted('notes', 1);
RESET ROLE;
SELECT * FROM dead ORDER BY 1, 2;
SET request.jwt.claims = :'admin';
SET ROLE authenticated;
UPDATE folders SET parent_id = NULL WHERE id = 1;
SELECT restore_deleted('notes', 1);
RESET ROLE;
SELECT * FROM dead ORDER BY 1, 2;
-- What hangs below a row that is the caller's comes back with it, though it were not theirs to delete: as the deletion took it.
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('folders', 'account_id', membership => 'members', write_role => 'member') AS f,
    enable_tenant_isolation('notes', 'account_id', membership => 'members', write_role => 'member', delete_role => 'admin') AS n;
SET request.jwt.claims = :'member';
SET ROLE authenticated;
SELECT soft_delete_with_counts('folders', 1);
SELECT restore_deleted('notes', 2);
SELECT restore_deleted('folders', 1);
RESET ROLE;
SELECT * FROM dead;
-- Marks are a deletion's own: a trigger that fires inside one cannot give its mark to another row.
CREATE FUNCTION mark_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE app.notes SET deleted_at = NEW.deleted_at, deletion_id = NEW.deletion_id WHERE id = 4 AND deletion_id IS NULL AND NEW.deletion_id IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_another AFTER UPDATE ON folders FOR EACH ROW EXECUTE FUNCTION mark_another();
SELECT soft_delete('folders', 4);
DROP TRIGGER mark_another ON folders;
SELECT soft_delete('folders', 4), restore_deleted('folders', 4);
SELECT * FROM dead;
RESET request.jwt.claims;

-- In whose name: an end user deletes in their own, as they make tokens; a backend in anybody's.
SET request.jwt.claims = :'member';
SET ROLE lifecycle_user;
SELECT soft_delete('plain', 1, deleted_by => '00000000-0000-4000-8000-0000000000a1'::uuid);
SELECT soft_delete('plain', 1, deleted_by => NULL), restore_deleted('plain', 1);
SELECT soft_delete('plain', 1, '00000000-0000-4000-8000-0000000000a2'::uuid);
SET request.jwt.claims = '{"role": "anon"}';
SELECT restore_deleted('plain', 1), soft_delete('plain', 1);
SELECT restore_deleted('plain', 1);
SELECT soft_delete('plain', 1, deleted_by => '00000000-0000-4000-8000-0000000000a1'::uuid);
RESET request.jwt.claims;
SELECT soft_delete('plain', 1, deleted_by => '00000000-0000-4000-8000-0000000000a1'::uuid);
RESET ROLE;
SELECT deleted_by FROM deletions WHERE table_name = 'plain' ORDER BY id;

-- What cannot be NULL.
SELECT restore_deleted('plain', 1, NULL);
SELECT soft_delete('plain', 1, on_unsupported => NULL);
SELECT hold_deletion('plain', 1, NULL);
SELECT cleanup_soft_deleted_records('plain', NULL);
CALL purge_deleted_in_batches(NULL);
CALL purge_deleted_in_batches(90, NULL);
SELECT soft_delete('plain', NULL::bigint[]), restore_deleted('plain', NULL::uuid[]), permanent_delete('plain', NULL::text);
SELECT * FROM rowkit_internal._purge_step('plain', 1, NULL, NULL, 1, NULL, NULL);
SELECT rowkit_internal._restore('plain', NULL, 'refuse');

DROP OWNED BY lifecycle_user, authenticated;
DROP ROLE lifecycle_user, authenticated;
