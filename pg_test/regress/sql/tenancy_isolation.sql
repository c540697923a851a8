-- Row security for tenants: memberships, policies, guards, drift and the proof.
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;

CREATE TABLE accounts (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE members (
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE, user_id uuid NOT NULL, role text NOT NULL DEFAULT 'viewer', is_active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (account_id, user_id));
CREATE TABLE projects (id uuid PRIMARY KEY DEFAULT rowkit.uuidv7(), account_id uuid REFERENCES accounts ON DELETE CASCADE, name text, UNIQUE (account_id, id));
CREATE TABLE tasks (
    id uuid PRIMARY KEY DEFAULT rowkit.uuidv7(), account_id uuid NOT NULL, project_id uuid NOT NULL, name text,
    FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id) ON DELETE CASCADE);
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE, body text);
CREATE TABLE events (id bigint, account_id uuid NOT NULL, kind integer NOT NULL, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
GRANT ALL ON ALL TABLES IN SCHEMA app TO anon, authenticated;

-- A membership is registered before it is read.
SELECT current_tenant_ids('members');
SELECT current_tenant_ids(NULL);
SELECT * FROM register_membership('members', 'nobody');
SELECT * FROM register_membership('members', 'role', 'account_id');
SELECT * FROM register_membership('members', role_column => 'role');
SELECT * FROM register_membership('members', roles => '{viewer}');
SELECT * FROM register_membership('accounts');
SELECT * FROM register_membership('pg_class');
SELECT * FROM register_membership('members', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
SELECT * FROM register_membership('members', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}', dry_run => true);

INSERT INTO accounts SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'account ' || n FROM generate_series(1, 3) AS n;
INSERT INTO members (account_id, user_id, role) VALUES
    ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1', 'owner'),
    ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a2', 'viewer'),
    ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a3', 'admin'),
    ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000b1', 'owner'),
    ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1', 'viewer'),
    ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-0000000000c1', 'owner');

-- Who belongs where, by the claims.
SELECT current_tenant_ids('members');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "email": "a1@example.com", "app_metadata": {"plan": "pro"}}';
SELECT current_tenant_ids('members'), current_tenant_ids('members', 'viewer') = current_tenant_ids('members') AS same, current_tenant_ids('members', 'admin');
SELECT current_claim('email'), current_claim('app_metadata.plan'), current_claim('app_metadata'), current_claim('nothing'), current_claim_uuid('sub'), current_claim_uuid('email');
SELECT current_tenant_ids('members', 'king');
SELECT current_tenant_ids('projects');
SET request.jwt.claims = '{"sub": ';
SELECT current_tenant_ids('members'), current_user_id(), current_claim('sub');
SET request.jwt.claims = '';
SET request.jwt.claim.sub = '00000000-0000-4000-8000-0000000000b1';
SELECT current_tenant_ids('members'), current_claim('sub');
RESET request.jwt.claim.sub;
SET jwt.claims.user_id = '00000000-0000-4000-8000-0000000000c1';
SELECT current_tenant_ids('members');
RESET jwt.claims.user_id;

-- In a transaction the answer follows what it wrote, what it takes back, and who asks; without triggers, too.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT current_tenant_ids('members');
SAVEPOINT s;
DELETE FROM members WHERE account_id = '00000000-0000-4000-8000-000000000002' AND user_id = '00000000-0000-4000-8000-0000000000a1';
SELECT current_tenant_ids('members');
ROLLBACK TO s;
SELECT current_tenant_ids('members');
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT current_tenant_ids('members');
SET LOCAL session_replication_role = replica;
UPDATE members SET is_active = false WHERE user_id = '00000000-0000-4000-8000-0000000000b1';
SELECT current_tenant_ids('members');
ROLLBACK;
SELECT current_tenant_ids('members');
BEGIN READ ONLY;
SELECT current_tenant_ids('members');
COMMIT;
PREPARE mine AS SELECT current_tenant_ids('members');
EXECUTE mine;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000c1"}';
EXECUTE mine;
DEALLOCATE mine;
-- In one statement the identity may change, too.
SELECT count(set_config('request.jwt.claims', format('{"sub": "00000000-0000-4000-8000-0000000000%s"}', who), false)), who, current_tenant_ids('members')
FROM unnest(ARRAY['a1', 'b1', 'c1']) AS who GROUP BY who ORDER BY who;
RESET request.jwt.claims;

-- A tenant keeps its last owner, unless it goes itself.
UPDATE members SET role = 'admin' WHERE user_id = '00000000-0000-4000-8000-0000000000c1';
DELETE FROM members WHERE user_id = '00000000-0000-4000-8000-0000000000c1';
UPDATE members SET is_active = false WHERE user_id = '00000000-0000-4000-8000-0000000000c1';
UPDATE members SET role = CASE role WHEN 'owner' THEN 'admin' ELSE 'owner' END
WHERE account_id = '00000000-0000-4000-8000-000000000001' AND role IN ('owner', 'admin');
SELECT user_id, role FROM members WHERE account_id = '00000000-0000-4000-8000-000000000001' ORDER BY user_id;
DELETE FROM accounts WHERE id = '00000000-0000-4000-8000-000000000003';
SELECT count(*) FROM members WHERE account_id = '00000000-0000-4000-8000-000000000003';

-- What enabling does, and what it says it would.
SELECT * FROM enable_tenant_isolation('projects', write_role => 'king');
SELECT * FROM enable_tenant_isolation('accounts');
SELECT * FROM enable_tenant_isolation('projects', membership => 'accounts');
SELECT * FROM enable_tenant_isolation('projects', write_role => 'member', delete_role => 'admin', dry_run => true);
SELECT relrowsecurity FROM pg_class WHERE oid = 'projects'::regclass;
SELECT * FROM enable_tenant_isolation('projects', write_role => 'member', delete_role => 'admin');
SELECT count(*) FROM enable_tenant_isolation('accounts', 'id', write_role => 'admin', delete_role => 'owner');
SELECT * FROM enable_tenant_isolation('members');
SELECT count(*) FROM enable_tenant_isolation('tasks');
SELECT count(*) FROM enable_tenant_isolation('events');
SELECT * FROM enable_derived_isolation('notes', 'project_id');
SELECT * FROM enable_derived_isolation('notes', 'body');
SELECT * FROM isolation_report();

-- As users, whose path is empty.
INSERT INTO projects (id, account_id, name) VALUES
    ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-000000000001', 'p1'), ('00000000-0000-4000-8000-0000000000d2', '00000000-0000-4000-8000-000000000002', 'p2');
INSERT INTO notes (project_id, body) VALUES ('00000000-0000-4000-8000-0000000000d1', 'n1'), ('00000000-0000-4000-8000-0000000000d2', 'n2');
SET search_path = '';
SET ROLE authenticated;
SELECT * FROM app.projects;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2"}';
SELECT name FROM app.projects;
SELECT body FROM app.notes;
INSERT INTO app.projects (account_id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'by a viewer');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT name FROM app.projects;
INSERT INTO app.projects (account_id, name) VALUES ('00000000-0000-4000-8000-000000000002', 'by its owner') RETURNING name;
INSERT INTO app.projects (account_id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'elsewhere');
UPDATE app.projects SET account_id = '00000000-0000-4000-8000-000000000001';
UPDATE app.notes SET project_id = '00000000-0000-4000-8000-0000000000d1';
DELETE FROM app.notes RETURNING body;
TRUNCATE app.projects CASCADE;
-- An admin manages members, but nobody above an admin.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT user_id, role FROM app.members WHERE account_id = '00000000-0000-4000-8000-000000000001' ORDER BY user_id;
INSERT INTO app.members VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a4', 'member');
INSERT INTO app.members VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a5', 'owner');
UPDATE app.members SET role = 'owner' WHERE user_id = '00000000-0000-4000-8000-0000000000a1';
UPDATE app.members SET role = 'viewer' WHERE role = 'owner';
RESET ROLE;
-- Revoked is revoked with the next statement.
BEGIN;
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2"}';
SELECT count(*) FROM app.projects;
RESET ROLE;
UPDATE app.members SET is_active = false WHERE user_id = '00000000-0000-4000-8000-0000000000a2';
SET LOCAL ROLE authenticated;
SELECT count(*) FROM app.projects;
ROLLBACK;
SET search_path = app, rowkit, public;
RESET request.jwt.claims;

-- The proof, of every kind of table.
SELECT * FROM prove_isolation('projects');
SELECT relation, count(*) AS attempts, count(*) FILTER (WHERE NOT is_right) AS wrong
FROM unnest(ARRAY['accounts', 'members', 'projects', 'tasks', 'notes', 'events']) AS relation
CROSS JOIN LATERAL prove_isolation(relation::regclass, CASE relation WHEN 'events' THEN '{"kind": 1}' ELSE '{}' END::jsonb) GROUP BY relation ORDER BY relation;
SELECT actor, operation, outcome, is_right FROM prove_isolation('tasks') WHERE actor = 'admin' AND operation ~ 'foreign key';
ALTER TABLE accounts ADD CHECK (name ~ '^a');
-- Where it stood is worded differently from version to version.
\set SHOW_CONTEXT never
SELECT * FROM prove_isolation('tasks');
\set SHOW_CONTEXT errors
SELECT count(*) FROM prove_isolation('tasks', parents => '{"app.accounts": {"name": "a"}}') WHERE NOT is_right;
ALTER TABLE accounts DROP CONSTRAINT accounts_name_check;
SELECT (SELECT count(*) FROM accounts) AS accounts, (SELECT count(*) FROM projects) AS projects;
SELECT * FROM prove_isolation('pg_class');
CREATE ROLE nobody;
SET ROLE nobody;
SELECT * FROM rowkit.prove_isolation('app.projects');
RESET ROLE;

-- A proof that cannot fail proves nothing: each fault at a time, what the proof and the report say of it.
CREATE VIEW projects_of_all AS SELECT * FROM projects;
GRANT SELECT ON projects_of_all TO authenticated;
CREATE FUNCTION fault(fault text) RETURNS TABLE(proof text[], report text[]) LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE fault;
        proof := ARRAY(
            SELECT concat_ws(' ', relation || ':', actor, operation, target, outcome) FROM unnest(ARRAY['projects', 'tasks']) AS relation
            CROSS JOIN LATERAL rowkit.prove_isolation(('app.' || relation)::regclass) WHERE NOT is_right);
        report := ARRAY(SELECT concat(object_name, ': ', problem) FROM rowkit.isolation_report());
        RAISE EXCEPTION USING ERRCODE = 'RK002';
    EXCEPTION WHEN SQLSTATE 'RK002' THEN NULL;
    END;
    RETURN NEXT;
END
$$;
SELECT fault, made.* FROM unnest(ARRAY[
    'SELECT',
    'DROP VIEW app.projects_of_all',
    'DROP VIEW app.projects_of_all; DROP POLICY tenant_select ON app.projects',
    'DROP VIEW app.projects_of_all; DROP POLICY tenant_insert ON app.projects',
    'DROP VIEW app.projects_of_all; DROP POLICY tenant_update ON app.projects',
    'DROP VIEW app.projects_of_all; DROP POLICY tenant_delete ON app.projects',
    'DROP VIEW app.projects_of_all; ALTER POLICY tenant_insert ON app.projects WITH CHECK (true)',
    'DROP VIEW app.projects_of_all; ALTER POLICY tenant_select ON app.projects USING (true)',
    'DROP VIEW app.projects_of_all; ALTER TABLE app.projects NO FORCE ROW LEVEL SECURITY',
    'DROP VIEW app.projects_of_all; ALTER TABLE app.projects DISABLE ROW LEVEL SECURITY',
    'DROP VIEW app.projects_of_all; GRANT TRUNCATE ON app.projects, app.tasks, app.notes TO authenticated',
    'DROP VIEW app.projects_of_all; GRANT REFERENCES ON app.projects TO anon',
    'DROP VIEW app.projects_of_all; DROP TRIGGER "0_guard_tenant" ON app.tasks',
    'DROP VIEW app.projects_of_all; ALTER TABLE app.projects DISABLE TRIGGER "0_guard_tenant"',
    'DROP VIEW app.projects_of_all; CREATE POLICY public_ones ON app.projects FOR SELECT USING (true)',
    'DROP VIEW app.projects_of_all; ALTER TABLE app.tasks DROP CONSTRAINT tasks_account_id_project_id_fkey, ADD FOREIGN KEY (project_id) REFERENCES app.projects',
    'DROP VIEW app.projects_of_all; CREATE TABLE app.forgotten (account_id uuid)',
    'DROP VIEW app.projects_of_all; CREATE TABLE app.events_2 PARTITION OF app.events FOR VALUES IN (2); GRANT SELECT ON app.events_2 TO authenticated'
]) WITH ORDINALITY AS each(fault, place) CROSS JOIN LATERAL fault(fault) AS made ORDER BY place \gx

-- Claims: a customer's own row, by verified e-mail and tenant; an invitation by its token.
DROP VIEW projects_of_all;
CREATE TABLE clients (id uuid PRIMARY KEY DEFAULT rowkit.uuidv7(), account_id uuid NOT NULL, email text, token_hash bytea, name text);
INSERT INTO clients (account_id, email, token_hash, name) VALUES
    ('00000000-0000-4000-8000-000000000001', 'x@example.com', sha256('t1'), 'x'), ('00000000-0000-4000-8000-000000000002', 'x@example.com', sha256('t2'), 'x elsewhere');
SELECT count(*) FROM enable_tenant_isolation('clients');
SELECT * FROM enable_claim_isolation('clients', '{"email": "email", "account_id": "account_id"}', '{select,update}');
SELECT * FROM enable_claim_isolation('clients', '{"mail": "email"}');
SELECT * FROM enable_claim_isolation('clients', '{"id": "email"}', '{merge}');
SET ROLE authenticated;
SET request.jwt.claims = '{"email": "x@example.com", "account_id": "00000000-0000-4000-8000-000000000001"}';
SELECT name FROM clients;
SET request.jwt.claims = '{"email": "x@example.com", "email_verified": true, "account_id": "00000000-0000-4000-8000-000000000001"}';
UPDATE clients SET name = 'x himself' RETURNING name;
UPDATE clients SET email = 'y@example.com';
SET request.jwt.claims = '{"email": "x@example.com", "email_verified": true, "account_id": "not a uuid"}';
SELECT name FROM clients;
RESET ROLE;
-- An address is the same in any case, with A to Z alone: what only folds to another address is none of its owner's.
SELECT email_key(' Ann@Example.COM '), email_key(E'\u212A') = 'k' AS kelvin, email_key(NULL) IS NULL AS nothing;
CREATE INDEX clients_email_key ON clients (email_key(email));
INSERT INTO clients (account_id, email, name) VALUES
    ('00000000-0000-4000-8000-000000000001', 'Kim@Example.com', 'kim'), ('00000000-0000-4000-8000-000000000001', E'\u212Aim@example.com', 'kelvin');
SET ROLE authenticated;
SET request.jwt.claims = '{"email": "KIM@example.com", "email_verified": true, "account_id": "00000000-0000-4000-8000-000000000001"}';
SELECT name FROM clients;
UPDATE clients SET email = 'kim@example.com' RETURNING email;
UPDATE clients SET email = E'\u212Aim@example.com';
SET request.jwt.claims = '{"email": "\u212Aim@example.com", "email_verified": true, "account_id": "00000000-0000-4000-8000-000000000001"}';
SELECT name FROM clients;
-- An index serves the policy, and what an end user asks for.
RESET ROLE;
INSERT INTO clients (account_id, email) SELECT '00000000-0000-4000-8000-000000000001', n || '@example.com' FROM generate_series(1, 5000) AS n;
ANALYZE clients;
CREATE FUNCTION uses(query text, index text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    RETURN plan::text LIKE '%' || index || '%' AND plan::text NOT LIKE '%Seq Scan%';
END $$;
SET ROLE authenticated;
SET enable_seqscan = off;
SELECT uses('SELECT FROM clients', 'clients_email_key') AS policy, uses('SELECT FROM clients WHERE email_key(email) = ''7@example.com''', 'clients_email_key') AS asked;
RESET enable_seqscan;
RESET ROLE;
DELETE FROM clients WHERE name IS NULL;
DROP FUNCTION uses;
SELECT count(*) FROM enable_claim_isolation('clients', '{"token_hash": "invitation_token"}');
SET ROLE authenticated;
SET request.jwt.claims = '{"invitation_token": "t2"}';
SELECT name FROM clients;
SET request.jwt.claims = '{"invitation_token": "t3"}';
SELECT name FROM clients;
RESET ROLE;
RESET request.jwt.claims;

-- A table that members only read, and one that is closed to them.
SELECT * FROM enable_tenant_isolation('events', commands => '{select,merge}');
SELECT kind, identity, command FROM enable_tenant_isolation('events', commands => '{select}') WHERE command ~ 'events ' OR command ~ 'seal';
SELECT count(*) FILTER (WHERE NOT is_right) AS wrong, count(*) FILTER (WHERE actor = 'admin' AND outcome = '1 row') AS rows FROM prove_isolation('events', '{"kind": 1}');
SELECT kind, identity, command FROM enable_tenant_isolation('events', commands => '{}') WHERE command ~ 'events ' OR command ~ 'seal';
SELECT count(*) FILTER (WHERE NOT is_right) AS wrong, count(*) FILTER (WHERE actor = 'admin' AND outcome = '1 row') AS rows FROM prove_isolation('events', '{"kind": 1}');
SELECT * FROM isolation_report();

-- Children by inheritance are isolated with their parent, by themselves.
CREATE TABLE logs (id bigint PRIMARY KEY, account_id uuid NOT NULL);
CREATE TABLE logs_2020 () INHERITS (logs);
SELECT command FROM enable_tenant_isolation('logs') WHERE command ~ 'logs_2020';
SELECT object_name, problem FROM isolation_report();
INSERT INTO logs_2020 VALUES (1, '00000000-0000-4000-8000-000000000001');
GRANT SELECT ON logs_2020 TO authenticated;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT (SELECT count(*) FROM logs) AS through_the_parent, (SELECT count(*) FROM logs_2020) AS at_once;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a3"}';
SELECT (SELECT count(*) FROM logs) AS through_the_parent, (SELECT count(*) FROM logs_2020) AS at_once;
RESET ROLE;
RESET request.jwt.claims;
DROP TABLE logs CASCADE;

-- Visibility and own rows are conditions.
ALTER TABLE projects ADD COLUMN visibility text NOT NULL DEFAULT 'account', ADD COLUMN created_by uuid;
SELECT count(*) FROM enable_tenant_isolation('projects', read_condition => $$visibility <> 'private' OR created_by = rowkit.current_user_id()$$,
    write_condition => 'created_by = rowkit.current_user_id()');
UPDATE projects SET visibility = 'private', created_by = '00000000-0000-4000-8000-0000000000a3' WHERE name = 'p1';
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2"}';
SELECT name FROM projects;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a3"}';
UPDATE projects SET name = 'p1 of mine' RETURNING name;
RESET ROLE;
RESET request.jwt.claims;

-- The view of live rows is granted with its table.
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('clients');
SELECT command FROM enable_tenant_isolation('clients') WHERE command ~ 'clients_active';
SELECT has_table_privilege('authenticated', 'clients_active', 'SELECT, DELETE') AS granted;

-- Names and roles of any script, with any characters, as arguments of triggers.
CREATE TRIGGER odd BEFORE UPDATE ON tasks FOR EACH ROW WHEN (false)
    EXECUTE FUNCTION guard_tenant('account_id', '', '組織 ID', 'it''s', E'back\\slash', E'\\000', E'line\nbreak\ttab', '🔑', '{"a", b}');
SELECT rowkit_internal._trigger_arguments(tgargs, tgnargs) = ARRAY['account_id', '', '組織 ID', 'it''s', E'back\\slash', E'\\000', E'line\nbreak\ttab', '🔑', '{"a", b}'] AS whole
FROM pg_trigger WHERE tgname = 'odd';
SELECT rowkit_internal._trigger_arguments('', 0::smallint), rowkit_internal._trigger_arguments('\x6100', 1::smallint), rowkit_internal._trigger_arguments(NULL, 1::smallint);
DROP TRIGGER odd ON tasks;
CREATE TABLE "会員" ("利用者" uuid NOT NULL, "組織\000" uuid NOT NULL REFERENCES accounts, "役割" text, "有効" boolean);
CREATE TABLE "記録" (id uuid PRIMARY KEY DEFAULT rowkit.uuidv7(), "組織\000" uuid REFERENCES accounts, "内容" text);
INSERT INTO "会員" VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001', '管理者', true),
    ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000002', '閲覧', true),
    ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-000000000002', '管理者', false);
INSERT INTO "記録" ("組織\000", "内容") VALUES ('00000000-0000-4000-8000-000000000001', '一'), ('00000000-0000-4000-8000-000000000002', '二');
SELECT count(*) FROM register_membership('"会員"', '利用者', '組織\000', '役割', '有効', '{閲覧,管理者}');
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('"記録"', '組織\000', membership => '"会員"', write_role => '管理者');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT "内容" FROM "記録" ORDER BY 1;
UPDATE "記録" SET "内容" = '変' RETURNING "内容";
RESET ROLE;
SELECT current_tenant_ids('"会員"', '管理者'), current_tenant_ids('"会員"');
SELECT current_tenant_ids('"会員"', '持主');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT current_tenant_ids('"会員"');
RESET request.jwt.claims;
SELECT count(*) > 40 AS tried, count(*) FILTER (WHERE NOT is_right) AS wrong FROM prove_isolation('"記録"');
SELECT object_name, problem FROM isolation_report() WHERE object_name = rowkit_internal._quoted_name('"記録"');
ALTER TABLE "記録" NO FORCE ROW LEVEL SECURITY;
SELECT object_name, problem FROM isolation_report() WHERE object_name = rowkit_internal._quoted_name('"記録"');
SELECT count(*) > 0 AS back FROM disable_isolation('"記録"');
DROP TABLE "記録", "会員";

-- Columns that only the service changes, in rows that their users may edit.
CREATE TABLE plans (
    id integer PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE, name text, plan text, max_users integer, settings jsonb);
SELECT count(*) > 0 AS enabled FROM enable_tenant_isolation('plans');
INSERT INTO plans SELECT 1, '00000000-0000-4000-8000-000000000001', 'one', 'free', NULL, jsonb_agg(md5(n::text)) FROM generate_series(1, 500) AS n;
CREATE TRIGGER service BEFORE UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION guard_service_columns('plan', 'max_users', 'settings');
CREATE FUNCTION upgrade() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$ UPDATE app.plans SET plan = 'pro', max_users = 5 $$;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
UPDATE plans SET name = 'mine', plan = 'free', settings = settings::text::jsonb RETURNING name;
UPDATE plans SET plan = 'pro';
UPDATE plans SET name = 'theirs', max_users = 9, plan = NULL;
UPDATE plans SET settings = '[]';
INSERT INTO plans (id, account_id) VALUES (1, '00000000-0000-4000-8000-000000000001') ON CONFLICT (id) DO UPDATE SET plan = 'pro';
SET search_path = '';
UPDATE app.plans SET plan = 'pro';
UPDATE app.plans SET name = 'still mine' RETURNING name, plan;
SET search_path = app, rowkit, public;
SELECT upgrade();
SELECT name, plan, max_users FROM plans;
SET ROLE service_role;
UPDATE plans SET plan = 'team' RETURNING plan;
RESET ROLE;
UPDATE plans SET plan = 'free' RETURNING plan;
-- An owner whom row security holds, too, is the owner all the same.
GRANT USAGE ON SCHEMA app TO nobody;
ALTER TABLE plans OWNER TO nobody;
CREATE POLICY owners ON plans TO nobody USING (true);
SET ROLE nobody;
UPDATE plans SET plan = 'team' RETURNING plan;
RESET ROLE;
ALTER TABLE plans DISABLE ROW LEVEL SECURITY;
SET ROLE authenticated;
UPDATE plans SET plan = 'open to all' RETURNING plan;
RESET ROLE;
RESET request.jwt.claims;
CREATE OR REPLACE TRIGGER service BEFORE UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION guard_service_columns('plan', 'price');
UPDATE plans SET name = 'x';
CREATE OR REPLACE TRIGGER service BEFORE UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION guard_service_columns();
UPDATE plans SET name = 'x';
CREATE OR REPLACE TRIGGER service AFTER UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION guard_service_columns('plan');
UPDATE plans SET name = 'x';
DROP TABLE plans;

-- And back.
SELECT count(*) AS dry_run FROM disable_isolation('projects', dry_run => true);
SELECT * FROM disable_isolation('projects');
SELECT * FROM disable_isolation('projects');
SELECT object_name, problem FROM isolation_report();
SELECT count(*) AS dry_run FROM unregister_membership('members', dry_run => true);
SELECT * FROM unregister_membership('members');
SELECT * FROM unregister_membership('members');
SELECT current_tenant_ids('members');
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP ROLE anon, authenticated, service_role, nobody;
