SET client_min_messages = warning;
SET search_path = public, rowkit;
\set a '''00000000-0000-4000-8000-0000000000a1'''
\set b '''00000000-0000-4000-8000-0000000000a2'''
CREATE TABLE accounts (id uuid PRIMARY KEY, name text UNIQUE, updated_at timestamptz);
CREATE TABLE projects (id bigint PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE, name text, UNIQUE (account_id, name));
CREATE TABLE datasets (project_id bigint REFERENCES projects ON DELETE CASCADE, code text, lead_project bigint REFERENCES projects ON DELETE SET NULL,
    email text, PRIMARY KEY (project_id, code));
CREATE UNIQUE INDEX datasets_email_key ON datasets (lower(email)) WHERE email <> '';
CREATE TABLE invoices (id bigint PRIMARY KEY, project_id bigint REFERENCES projects);
CREATE TABLE logs (id bigint PRIMARY KEY, project_id bigint REFERENCES projects ON DELETE CASCADE);
CREATE TRIGGER accounts_updated_at BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

-- What enable_soft_delete does; done again, nothing.
SELECT * FROM enable_soft_delete('accounts', dry_run => true);
SELECT count(*) FROM enable_soft_delete('accounts');
SELECT * FROM enable_soft_delete('accounts');
SELECT count(*) FROM enable_soft_delete('projects');
SELECT command FROM enable_soft_delete('datasets') WHERE command ~ 'INDEX';
CREATE VIEW view_of_accounts AS SELECT * FROM accounts;
CREATE TEMP TABLE here (id integer PRIMARY KEY);
CREATE TABLE keyless (id integer);
CREATE TABLE odd (id integer PRIMARY KEY, deleted_at date);
SELECT * FROM enable_soft_delete('view_of_accounts');
SELECT * FROM enable_soft_delete('here');
SELECT * FROM enable_soft_delete('pg_class');
SELECT * FROM enable_soft_delete('keyless');
SELECT * FROM enable_soft_delete('odd');

INSERT INTO accounts VALUES (:a, 'Acme', '2026-01-01'), (:b, 'Beta', '2026-01-01');
INSERT INTO projects VALUES (1, :a, 'one'), (2, :a, 'two'), (3, :b, 'three');
INSERT INTO datasets VALUES (1, 'x', NULL, 'A@b.c'), (2, 'y', NULL, NULL), (3, 'z', 1, 'z@b.c');
INSERT INTO invoices VALUES (1, 1), (2, 3);

-- Explained, refused, done; the second time nothing.
SELECT * FROM preview_delete('accounts', :a);
SELECT soft_delete('accounts', :a);
UPDATE invoices SET project_id = 3;
SELECT * FROM preview_delete('accounts', :a);
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000ff"}';
SELECT soft_delete_with_counts('accounts', :a, reason => 'left us');
SELECT soft_delete_with_counts('accounts', :a), soft_delete('accounts', :a), soft_delete('accounts', '00000000-0000-4000-8000-0000000000a9');
RESET request.jwt.claims;
SELECT table_name, record_keys, deleted_by, reason, counts, is_on_hold FROM deletions;
SELECT id, deleted_at = now() AS now, deleted_by FROM accounts ORDER BY id;
SELECT project_id, code, lead_project, deleted_at IS NOT NULL AS deleted FROM datasets ORDER BY 1;

-- Nothing comes to live below what is deleted; the marks are rowkit's.
INSERT INTO projects VALUES (4, :a, 'four');
UPDATE projects SET account_id = :a WHERE id = 3;
UPDATE projects SET deleted_at = NULL, deletion_id = NULL WHERE id = 1;
UPDATE projects SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = 3;
UPDATE projects SET deleted_at = '2026-01-01' WHERE id = 3;
INSERT INTO projects (id, account_id, deleted_at, deletion_id) VALUES (5, :b, now(), gen_random_uuid());
INSERT INTO projects VALUES (1, :b, 'taken');

-- Below a deleted parent nothing is restored by itself; unique values were free, and all conflicts are told.
SELECT restore_deleted('projects', 1);
INSERT INTO accounts (id, name) VALUES ('00000000-0000-4000-8000-0000000000a3', 'Acme');
INSERT INTO datasets VALUES (3, 'w', NULL, 'a@B.c');
SELECT restore_deleted('accounts', :a);
SELECT restore_deleted('accounts', :a, on_conflict => 'x');
SELECT restore_deleted('accounts', :a, on_conflict => 'skip');
BEGIN;
SELECT restore_deleted('accounts', :a, on_conflict => 'rename');
SELECT name FROM accounts ORDER BY id;
SELECT code, email, deleted_at IS NULL AS live FROM datasets ORDER BY code;
ROLLBACK;
DELETE FROM accounts WHERE name = 'Acme' AND id <> :a;
BEGIN;
SELECT restore_deleted('accounts', :a, on_conflict => 'skip');
SELECT code, email, deleted_at IS NULL AS live FROM datasets ORDER BY code;
SELECT table_name, record_keys, counts, restored_at IS NOT NULL AS restored FROM deletions ORDER BY id;
ROLLBACK;
DELETE FROM datasets WHERE code = 'w';
SELECT restore_deleted('accounts', :a), restore_deleted('accounts', :a);
SELECT id, name, updated_at, deleted_at, deleted_by, deletion_id FROM accounts ORDER BY id;
SELECT project_id, code, lead_project, deleted_at IS NOT NULL AS deleted FROM datasets ORDER BY 1;

-- Two deletions: what is below both comes back with the later one.
SELECT soft_delete('projects', 1), soft_delete('accounts', :a), restore_deleted('accounts', :a);
SELECT id, deleted_at IS NOT NULL AS deleted FROM projects ORDER BY id;
SELECT soft_delete('accounts', :a);
SELECT restore_deleted('projects', 1);
SELECT restore_deleted('accounts', :a), restore_deleted('projects', 1);
-- A reference that someone changed meanwhile stays as it is.
SELECT soft_delete('projects', 1);
UPDATE datasets SET lead_project = 2 WHERE code = 'z';
SELECT restore_deleted('projects', 1);
SELECT lead_project FROM datasets WHERE code = 'z';

-- Keys of every kind, many at once, the view, a savepoint.
SELECT soft_delete('datasets', '{"project_id": 1, "code": "x"}'), soft_delete('projects', '2');
SELECT soft_delete('datasets', 'x');
SELECT soft_delete('datasets', '{"project_id": 1}');
SELECT soft_delete('projects', 'x');
SELECT * FROM preview_delete('accounts', 'x');
SELECT restore_deleted('datasets', '{"code": "x", "project_id": 1}'), restore_deleted('projects', ARRAY['2', '2', '77']);
SELECT soft_delete('projects', ARRAY[1, 2, 2, 99]::bigint[]), restore_deleted('projects', ARRAY[1, 2]::bigint[]);
DELETE FROM datasets_active WHERE code = 'x' RETURNING project_id, code;
INSERT INTO datasets_active (project_id, code) VALUES (2, 'v');
UPDATE datasets_active SET email = 'v@b.c' WHERE code = 'v';
SELECT project_id, code, email FROM datasets_active ORDER BY 1, 2;
BEGIN;
SAVEPOINT s;
SELECT soft_delete('accounts', :a);
ROLLBACK TO s;
SELECT restore_deleted('accounts', :a), count(*) FROM accounts_active;
COMMIT;
BEGIN READ ONLY;
SELECT * FROM preview_delete('accounts', :a);
ROLLBACK;

-- A table without soft delete is refused or left.
INSERT INTO logs VALUES (1, 1);
SELECT soft_delete('projects', 1);
SELECT soft_delete('projects', 1, on_unsupported => 'drop');
SELECT soft_delete('projects', 1, on_unsupported => 'leave');
SELECT permanent_delete('projects', 1), count(*) FROM logs GROUP BY ();
SELECT cleanup_soft_deleted_records('projects', 0);
SELECT count(*) FROM logs;
DELETE FROM logs;

-- Holds and retention.
SELECT hold_deletion('projects', 1), hold_deletion('projects', 2);
SELECT permanent_delete('projects', 1);
SELECT cleanup_soft_deleted_records('projects', 0);
SELECT hold_deletion('projects', 1, false);
SELECT set_deleted_retention('projects', 30);
SELECT set_deleted_retention('projects', -1);
SELECT set_deleted_retention('logs', 1);
SELECT cleanup_soft_deleted_records('projects', 0), cleanup_soft_deleted_records('projects', -1);
SELECT cleanup_soft_deleted_records('projects', 0);
SELECT set_deleted_retention('projects', NULL);
SELECT * FROM deleted_records_summary() ORDER BY 1;
SELECT soft_delete('datasets', '{"project_id": 3, "code": "z"}');
UPDATE deletions SET deleted_at = now() - interval '40 days' WHERE restored_at IS NULL AND table_name = 'projects';
CALL purge_deleted_in_batches(60);
SELECT set_deleted_retention('projects', 30), set_deleted_retention('datasets', 30);
CALL purge_deleted_in_batches(60);
SELECT table_name, purged_rows, purged_at IS NOT NULL AS purged FROM deletions WHERE restored_at IS NULL ORDER BY id;
SELECT id FROM projects ORDER BY id;
SELECT permanent_delete('projects', 2), permanent_delete('projects', 2), permanent_delete('datasets', '{"project_id": 3, "code": "z"}');
SELECT count(*) FROM datasets;
-- The book tells of a purge for as long again as anything stays; then it is forgotten, unless it is on hold or a row still has its mark.
CREATE TABLE pages (id integer PRIMARY KEY);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('pages');
INSERT INTO pages SELECT generate_series(1, 6);
SELECT count(soft_delete('pages', n)) FROM generate_series(1, 6) AS n;
CREATE VIEW purges AS SELECT record_keys -> 0 ->> 'id' AS page, purged_rows, is_on_hold FROM deletions WHERE table_name = 'pages' ORDER BY id;
UPDATE deletions SET deleted_at = now() - interval '70 days' WHERE table_name = 'pages' AND record_keys -> 0 ->> 'id' <> '6';
SELECT set_deleted_retention('pages', 40);
CALL purge_deleted_in_batches(30, 2);
SELECT * FROM purges;
UPDATE deletions SET purged_at = now() - interval '39 days' WHERE table_name = 'pages' AND purged_at IS NOT NULL;
CALL purge_deleted_in_batches(30, 2);
SELECT count(*) FROM purges;
UPDATE deletions SET purged_at = now() - interval '41 days' WHERE table_name = 'pages';
UPDATE deletions SET is_on_hold = true WHERE table_name = 'pages' AND record_keys -> 0 ->> 'id' = '2';
CALL purge_deleted_in_batches(50, 2);
SELECT count(*) FROM purges;
CALL purge_deleted_in_batches(30, 2);
SELECT * FROM purges;
SELECT restore_deleted('pages', 6);
DROP VIEW purges;
DROP TABLE pages CASCADE;
DELETE FROM deletions WHERE table_name = 'pages';

-- With the rows of each table counted.
SELECT soft_delete_with_counts('accounts', :b::uuid);
UPDATE invoices SET project_id = NULL;
SELECT soft_delete_with_counts('accounts', :b::uuid), soft_delete_with_counts('accounts', :b::uuid);
SELECT soft_delete_with_counts('datasets', :a::uuid);

-- What other hands deleted before.
CREATE TABLE old (id integer PRIMARY KEY, deleted_at timestamptz, deleted_by uuid);
INSERT INTO old VALUES (1, '2026-01-01'), (2, NULL);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('old');
SELECT table_name, record_keys, reason, deleted_at FROM deletions WHERE table_name = 'old';
SELECT restore_deleted('old', '1');

-- An end user: another tenant's rows are not there; a policy that hides deleted rows hinders nobody.
CREATE ROLE lifecycle_user;
GRANT USAGE ON SCHEMA public TO lifecycle_user;
GRANT SELECT, UPDATE, DELETE ON accounts, projects TO lifecycle_user;
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON accounts USING (id = current_setting('app.account')::uuid AND deleted_at IS NULL);
CREATE POLICY owner ON accounts TO rowkit USING (true);
SELECT restore_deleted('accounts', :b);
SET app.account = '00000000-0000-4000-8000-0000000000a1';
SET ROLE lifecycle_user;
SELECT soft_delete('accounts', :b), soft_delete_with_counts('accounts', :b), permanent_delete('accounts', :b), count(*) FROM preview_delete('accounts', :b);
SELECT soft_delete('accounts', :a), count(*) FROM accounts;
SELECT restore_deleted('accounts', :a), restore_deleted('accounts', :b);
SELECT * FROM deleted_records_summary() ORDER BY 1;
SELECT cleanup_soft_deleted_records('accounts', 0);
SELECT hold_deletion('accounts', :a);
SELECT soft_delete('accounts', :a);
SELECT hold_deletion('accounts', :a);
SELECT soft_delete('datasets', '{"project_id": 1, "code": "x"}');
RESET ROLE;
SET app.account = '00000000-0000-4000-8000-0000000000a2';
SET ROLE lifecycle_user;
SELECT restore_deleted('accounts', :a), permanent_delete('accounts', :a);
RESET ROLE;
REVOKE DELETE ON accounts FROM lifecycle_user;
SET app.account = '00000000-0000-4000-8000-0000000000a1';
SET ROLE lifecycle_user;
SELECT permanent_delete('accounts', :a);
RESET ROLE;
DROP OWNED BY lifecycle_user;
DROP ROLE lifecycle_user;

-- An error while rowkit tries what the caller may do is caught like any other.
CREATE ROLE lifecycle_user;
GRANT USAGE ON SCHEMA public TO lifecycle_user;
GRANT SELECT, UPDATE ON accounts TO lifecycle_user;
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not so fast'; END $$;
CREATE TRIGGER shout BEFORE UPDATE ON accounts FOR EACH ROW WHEN (OLD.deleted_at IS NOT NULL) EXECUTE FUNCTION shout();
SET ROLE lifecycle_user;
DO $$
BEGIN
    BEGIN
        PERFORM rowkit.restore_deleted('public.accounts', '00000000-0000-4000-8000-0000000000a1'::uuid);
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'caught: %', SQLERRM;
    END;
    PERFORM count(*) FROM accounts;
END
$$;
RESET ROLE;
DROP TRIGGER shout ON accounts;
DROP OWNED BY lifecycle_user;
DROP ROLE lifecycle_user;

-- A partition is deleted from through its table.
CREATE TABLE event (id integer, kind integer, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('event');
INSERT INTO event_0 VALUES (1, 0);
SELECT soft_delete('event_0', '{"id": 1, "kind": 0}');
SELECT soft_delete('event', '{"id": 1, "kind": 0}'), restore_deleted('event', '{"id": 1, "kind": 0}');

-- A tree over two schemas: each keeps what was deleted of it, and one restore brings all of it back.
CREATE SCHEMA shop;
CREATE TABLE shop.customer (id integer PRIMARY KEY);
CREATE SCHEMA depot;
CREATE TABLE depot.parcel (id integer PRIMARY KEY, customer_id integer REFERENCES shop.customer ON DELETE CASCADE);
CREATE TABLE shop.note (id integer PRIMARY KEY, parcel_id integer REFERENCES depot.parcel ON DELETE CASCADE, other_id integer REFERENCES depot.parcel ON DELETE SET NULL);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('shop.note') AS a, enable_soft_delete('depot.parcel') AS b, enable_soft_delete('shop.customer') AS c;
SELECT to_regclass('shop.customer_active') AS view_of_one_column;
INSERT INTO shop.customer VALUES (1), (2);
INSERT INTO depot.parcel VALUES (1, 1), (2, 2);
INSERT INTO shop.note VALUES (1, 1, NULL), (2, 2, 1);
SELECT soft_delete_with_counts('shop.customer', 1);
SELECT tableoid::regclass, table_name, counts FROM shop.deletions UNION ALL SELECT tableoid::regclass, table_name, counts FROM depot.deletions ORDER BY 1;
SELECT id, other_id, deleted_at IS NULL AS live FROM shop.note ORDER BY id;
INSERT INTO shop.note VALUES (3, 1, NULL);
SELECT restore_deleted('shop.customer', 1);
SELECT id, other_id, deleted_at IS NULL AS live FROM shop.note ORDER BY id;
SELECT soft_delete('depot.parcel', 2), soft_delete('shop.customer', 2);
SELECT restore_deleted('depot.parcel', 2);
SELECT cleanup_soft_deleted_records('shop.customer', 0);
SELECT (SELECT count(*) FROM shop.customer) AS customers, (SELECT count(*) FROM depot.parcel) AS parcels, (SELECT count(*) FROM shop.note) AS notes;

-- Bad input.
SELECT soft_delete('invoices', 1);
SELECT soft_delete(NULL, 1::bigint);
SELECT soft_delete('projects', NULL::bigint);
SELECT soft_delete('no_such_table', 1);

-- An empty search_path, and one that would mislead.
CREATE SCHEMA evil;
CREATE FUNCTION evil.equal(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.equal);
SET search_path = evil, pg_catalog;
SELECT rowkit.soft_delete('public.accounts', :b);
SET search_path = '';
SELECT rowkit.restore_deleted('public.accounts', :b);
SET search_path = public, rowkit;

-- A trigger of one's own that keeps a row is told.
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION keep();
SELECT soft_delete('accounts', :b);
DROP TRIGGER keep ON accounts;

-- Taken back; the rows stay.
SELECT * FROM disable_soft_delete('datasets');
SELECT count(*) FROM disable_soft_delete('accounts', dry_run => true);
SELECT count(*) FROM disable_soft_delete('accounts');
SELECT * FROM disable_soft_delete('accounts');
SELECT column_name FROM information_schema.columns WHERE table_name = 'accounts' ORDER BY ordinal_position;
SELECT indexdef FROM pg_indexes WHERE tablename = 'datasets' ORDER BY 1;
