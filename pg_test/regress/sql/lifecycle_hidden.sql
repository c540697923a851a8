-- hide_deleted hides deleted rows from API roles by policy; deleted_rows() lists them for whoever may restore them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
GRANT USAGE ON SCHEMA app TO authenticated, service_role;
\set acme '''00000000-0000-4000-8000-000000000001'''
\set beta '''00000000-0000-4000-8000-000000000002'''
\set admin '{"sub": "00000000-0000-4000-8000-0000000000a1"}'
\set viewer '{"sub": "00000000-0000-4000-8000-0000000000a2"}'
CREATE TABLE accounts (id uuid PRIMARY KEY);
CREATE TABLE members (account_id uuid REFERENCES accounts, user_id uuid, role text NOT NULL, PRIMARY KEY (account_id, user_id));
CREATE TABLE notes (id bigint PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, name text UNIQUE, secret text);
INSERT INTO accounts VALUES (:acme), (:beta);
INSERT INTO members VALUES (:acme, '00000000-0000-4000-8000-0000000000a1', 'admin'), (:acme, '00000000-0000-4000-8000-0000000000a2', 'viewer');
SELECT count(*) > 0 AS registered FROM register_membership('members', role_column => 'role', roles => '{viewer,admin}');
SELECT command FROM enable_soft_delete('notes', hide_deleted => true) WHERE command ~ 'POLICY';
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('notes', 'account_id', membership => 'members', read_role => 'viewer', write_role => 'admin');
SELECT * FROM enable_soft_delete('notes');
INSERT INTO notes SELECT n, CASE WHEN n < 8 THEN :acme::uuid ELSE :beta END, 'n' || n, 's' || n FROM generate_series(1, 9) AS n;
SELECT soft_delete('notes', 9, reason => 'theirs');

-- Deleted, and gone for whoever comes through the API; the service and the owner see it.
SET request.jwt.claims = :'admin';
SET ROLE authenticated;
SELECT soft_delete('notes', ARRAY[1, 2]::bigint[], reason => 'spring');
DELETE FROM notes WHERE id = 3;
SELECT id FROM notes ORDER BY id;
UPDATE notes SET name = 'again' WHERE id = 1;
SELECT id FROM notes_active ORDER BY id;
-- An UPDATE that reads no column meets no policy for SELECT; of rows on hold it changes none.
RESET ROLE;
SELECT hold_deletion('notes', 3);
SET ROLE authenticated;
UPDATE notes SET secret = 'overwritten';
RESET ROLE;
UPDATE notes SET secret = secret WHERE id = 3;
SELECT hold_deletion('notes', 3, false);
SET ROLE service_role;
SELECT count(*) FROM notes;
RESET ROLE;
SELECT count(*) FROM notes;
-- The partial unique index serves a query that says nothing of deleted_at, since the policy does.
SET enable_seqscan = off;
SET ROLE authenticated;
EXPLAIN (COSTS OFF) SELECT id FROM notes WHERE name = 'n4';
RESET ROLE;
RESET enable_seqscan;

-- Listed for who may restore, with what they may read, page by page; not for a viewer, and not of another tenant.
SET ROLE authenticated;
SELECT record_key, deleted_at IS NOT NULL AS told, deleted_by, reason, is_on_hold, record - '{deleted_at,deletion_id}'::text[] AS record FROM deleted_rows('notes');
SELECT record_key FROM deleted_rows('notes', max_rows => 2);
SELECT record_key FROM deleted_rows('notes', 2, (SELECT cursor FROM deleted_rows('notes', 2) OFFSET 1));
SELECT record_key FROM deleted_rows('notes', 2, (SELECT cursor FROM deleted_rows('notes', 3) OFFSET 2));
SELECT restore_deleted('notes', record_key) FROM deleted_rows('notes', 1);
SET request.jwt.claims = :'viewer';
SELECT record_key FROM deleted_rows('notes');
SET request.jwt.claims = :'admin';
SELECT record_key FROM deleted_rows('notes', 0);
SELECT record_key FROM deleted_rows('notes', NULL);
SELECT record_key FROM deleted_rows('notes', 10, 'x');
SELECT record_key FROM deleted_rows('notes', 10, '00000000-0000-4000-8000-00000000000x:1');
SELECT record_key FROM deleted_rows('accounts');
SELECT count(*) FROM deleted_rows('members');
RESET ROLE;
SELECT record_key, reason, record ->> 'secret' AS secret FROM deleted_rows('notes') ORDER BY record_key;
REVOKE SELECT ON notes FROM authenticated;
GRANT SELECT (id, name) ON notes TO authenticated;
SET ROLE authenticated;
SELECT record FROM deleted_rows('notes', 1);
RESET ROLE;
CREATE ROLE stranger;
GRANT USAGE ON SCHEMA app TO stranger;
SET ROLE stranger;
SELECT count(*) FROM deleted_rows('notes');
RESET ROLE;

-- Row security without the isolation's policies, and everybody: services see what is deleted. Shown again.
CREATE TABLE open (id integer PRIMARY KEY, up bigint REFERENCES notes);
SELECT command FROM enable_soft_delete('open', hide_deleted => true, api_roles => '{public}') WHERE command ~ 'POLICY';
ALTER TABLE open ENABLE ROW LEVEL SECURITY;
CREATE POLICY every ON open USING (true);
GRANT SELECT, UPDATE ON open TO stranger;
INSERT INTO open SELECT generate_series(1, 3);
SELECT soft_delete('open', 2);
SET ROLE stranger;
SELECT id FROM open ORDER BY id;
SELECT record_key FROM deleted_rows('open');
RESET ROLE;
CREATE ROLE steward;
GRANT USAGE ON SCHEMA app TO steward;
GRANT service_role TO steward;
GRANT SELECT ON open TO steward;
SET ROLE steward;
SELECT id FROM open ORDER BY id;
RESET ROLE;
SELECT command FROM enable_soft_delete('open', hide_deleted => false);
SET ROLE stranger;
SELECT id FROM open ORDER BY id;
RESET ROLE;
-- It does not keep a table closed that is not isolated any more, and goes with soft delete.
SELECT command FROM disable_isolation('notes') WHERE command ~ 'ROW LEVEL|deleted_hidden';
SELECT command FROM disable_soft_delete('notes') WHERE command ~ 'POLICY';
SELECT count(*) FROM pg_policy WHERE polname = 'deleted_hidden';

DROP SCHEMA app CASCADE;
DROP ROLE authenticated, service_role, stranger, steward;
