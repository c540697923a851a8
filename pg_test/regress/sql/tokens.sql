SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
\set acme '''00000000-0000-4000-8000-0000000000a1'''
\set beta '''00000000-0000-4000-8000-0000000000a2'''
\set olga '''00000000-0000-4000-8000-000000000001'''
\set mark '''00000000-0000-4000-8000-000000000002'''
\set vera '''00000000-0000-4000-8000-000000000003'''
CREATE TABLE accounts (id uuid PRIMARY KEY, name text, deleted_at timestamptz);
CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL, is_active boolean NOT NULL DEFAULT true, deleted_at timestamptz);
CREATE TABLE account_users (account_id uuid REFERENCES accounts, user_id uuid REFERENCES users, role text NOT NULL, is_active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (account_id, user_id));
INSERT INTO accounts VALUES (:acme, 'Acme'), (:beta, 'Beta');
INSERT INTO users VALUES (:olga, 'olga@example.com'), (:mark, 'mark@example.com'), (:vera, 'vera@example.com');
INSERT INTO account_users VALUES (:acme, :olga, 'owner'), (:acme, :mark, 'member'), (:acme, :vera, 'viewer');
-- What a test may know: answers without their ids.
CREATE FUNCTION told(token text) RETURNS text LANGUAGE sql VOLATILE
    AS $$ SELECT concat_ws(' ', account_id::text, user_id::text, scopes::text, is_valid::text, error) FROM validate_api_token(token, '192.0.2.1', 'curl/8') $$;

-- The form, and the hash of all of it.
SELECT token ~ '^rk_[0-9A-Za-z]{17}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$' AS form, length(token), token <> generate_api_token() AS other FROM generate_api_token() AS token;
SELECT count(DISTINCT generate_api_token()) FROM generate_series(1, 1000);
SELECT hash_api_token('abc'), hash_api_token('abc') = encode(sha256('abc'), 'hex') AS same, hash_api_token(NULL), hash_api_token('');
SET rowkit.api_token_prefix = 'acme_live';
SELECT generate_api_token() ~ '^acme_live_[0-9A-Za-z]{17}_' AS form;
SET rowkit.api_token_prefix = 'No Prefix';
SELECT generate_api_token();
RESET rowkit.api_token_prefix;

-- A malformed token reads no table, not even to find that there is none; a well-formed one does.
SELECT * FROM validate_api_token('nonsense');
SELECT * FROM validate_api_token(NULL);
SELECT generate_api_token() AS unknown \gset
SELECT * FROM validate_api_token(:'unknown');
SELECT * FROM validate_api_token(overlay(:'unknown' PLACING 'xx' FROM 10));

SELECT command FROM enable_api_tokens(dry_run => true);
SELECT count(*) FROM enable_api_tokens();
SELECT count(*) FROM enable_api_tokens('app');
\set SHOW_CONTEXT never
SELECT * FROM enable_api_tokens('nowhere');
\set SHOW_CONTEXT errors
SELECT * FROM validate_api_token(:'unknown');

-- A token is told once; only its hash is stored.
SELECT token_id AS id, token FROM create_api_token(:acme, 'ci', '{read:tables,write:*}', user_id => :mark) \gset
SELECT token_hash = decode(hash_api_token(:'token'), 'hex') AS hashed, length(token_hash), split_part(:'token', '_', 2) = key_id AS key, name, scopes, is_active, last_used_at
FROM api_tokens;
SELECT count(*) FROM api_tokens AS t WHERE t::text LIKE '%' || split_part(:'token', '_', 3) || '%';
SELECT token_id = :'id' AS same, account_id, user_id, scopes, is_valid, error FROM validate_api_token(:'token', '192.0.2.1', 'curl/8');
SELECT last_used_at > now() - interval '1 minute' AS used, last_used_ip, last_used_user_agent FROM api_tokens;
-- Noted once a minute.
SELECT is_valid FROM validate_api_token(:'token', '192.0.2.2', 'other');
SELECT last_used_ip, last_used_user_agent FROM api_tokens;
UPDATE api_tokens SET last_used_at = now() - interval '61 seconds';
SELECT is_valid FROM validate_api_token(:'token', '2001:db8::1', 'other');
SELECT last_used_ip, last_used_user_agent FROM api_tokens;
-- The same key id with another secret, prefix or checksum is another token.
SELECT is_valid, error FROM validate_api_token((SELECT 'rk_' || split_part(:'token', '_', 2) || '_' || split_part(:'unknown', '_', 3) || '_' || split_part(:'token', '_', 4)));
UPDATE api_tokens SET key_id = split_part(:'unknown', '_', 2);
SELECT told(:'unknown'), told(:'token');
UPDATE api_tokens SET key_id = split_part(:'token', '_', 2);
SELECT told(:'token');

-- A read-only transaction validates and notes nothing; nor does a serializable one.
UPDATE api_tokens SET last_used_at = NULL;
BEGIN READ ONLY;
SELECT told(:'token'), pg_current_xact_id_if_assigned();
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT told(:'token'), pg_current_xact_id_if_assigned();
COMMIT;
SELECT last_used_at FROM api_tokens;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT told(:'token');
COMMIT;
SELECT last_used_at IS NOT NULL AS noted FROM api_tokens;
-- A trigger that refuses the note does not refuse the token.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE OF last_used_at ON api_tokens FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE api_tokens DISABLE TRIGGER refuse;
UPDATE api_tokens SET last_used_at = NULL;
ALTER TABLE api_tokens ENABLE TRIGGER refuse;
BEGIN;
SELECT told(:'token');
SELECT told(:'token');
COMMIT;
SELECT last_used_at FROM api_tokens;
DROP TRIGGER refuse ON api_tokens;

-- One answer for whatever is wrong.
BEGIN; UPDATE api_tokens SET is_active = false; SELECT told(:'token'); ROLLBACK;
BEGIN; UPDATE api_tokens SET expires_at = clock_timestamp(); SELECT told(:'token'); ROLLBACK;
BEGIN; UPDATE api_tokens SET revoked_at = now(); SELECT told(:'token'); ROLLBACK;
BEGIN; UPDATE users SET is_active = false; SELECT told(:'token'); ROLLBACK;
BEGIN; UPDATE users SET deleted_at = now(); SELECT told(:'token'); ROLLBACK;
BEGIN; UPDATE accounts SET deleted_at = now(); SELECT told(:'token'); ROLLBACK;
BEGIN; UPDATE account_users SET is_active = false; SELECT told(:'token'); ROLLBACK;
BEGIN; DELETE FROM account_users; SELECT told(:'token'); ROLLBACK;
BEGIN; ALTER TABLE account_users RENAME TO members; SELECT told(:'token');
SELECT count(*) FROM register_membership('members', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
SELECT is_valid FROM validate_api_token(:'token', membership => 'members'); ROLLBACK;
-- A table that is named must be the registered membership of accounts: one that says who works on a project gives no scopes.
CREATE TABLE project_users AS SELECT account_id, user_id, 'owner'::text AS role, uuidv7() AS project_id FROM account_users;
SELECT is_valid FROM validate_api_token(:'token', membership => 'project_users');
SELECT create_api_token(:acme, 'x', '{*}', user_id => :mark, membership => 'project_users');
SELECT count(*) FROM register_membership('project_users', tenant_column => 'project_id', role_column => 'role', roles => '{viewer,member,admin,owner}');
SELECT is_valid FROM validate_api_token(:'token', membership => 'project_users');
DROP TABLE project_users;
SELECT told(:'token');

-- Scopes are bounded by the role when the token is made, and by the role of the moment when it is used.
SELECT create_api_token(:acme, 'x', '{write:tables}', user_id => :vera);
SELECT create_api_token(:acme, 'x', '{read:*,*}', user_id => :mark);
SELECT create_api_token(:acme, 'x', '{read:*}', user_id => '00000000-0000-4000-8000-0000000000ff');
SELECT create_api_token(:beta, 'x', '{read:*}', user_id => :mark);
SELECT count(*) FROM create_api_token(:acme, 'all', '{*}', user_id => :olga);
UPDATE account_users SET role = 'viewer' WHERE user_id = :mark;
SELECT told(:'token');
UPDATE account_users SET role = 'stranger' WHERE user_id = :mark;
SELECT told(:'token');
UPDATE account_users SET role = 'member' WHERE user_id = :mark;
UPDATE api_tokens SET scopes = '["*", 1, null, {"a": "b"}]' WHERE id = :'id';
SELECT told(:'token');
INSERT INTO token_scopes VALUES ('member', 'delete:own');
SELECT told(:'token');
DELETE FROM token_scopes WHERE role = 'member';
SELECT told(:'token');
SELECT create_api_token(:acme, 'x', '{read:tables}', user_id => :mark);
BEGIN; DROP TABLE token_scopes; SELECT told(:'token'); SELECT create_api_token(:acme, 'x', '{delete:x}', user_id => :mark); ROLLBACK;
INSERT INTO token_scopes VALUES ('member', 'read:*'), ('member', 'write:*');
UPDATE api_tokens SET scopes = '["read:tables", "write:*"]' WHERE id = :'id';
-- A token of the account itself has no user to bound it; only a backend makes one.
SELECT token AS service FROM create_api_token(:acme, 'service', '{*}') \gset
SELECT told(:'service');

-- Rotation: the old one lives for the overlap, and has one successor.
SELECT token_id AS id2, token AS token2 FROM rotate_api_token(:'id', '1 hour') \gset
SELECT told(:'token') = told(:'token2') AS both;
SELECT round(extract(epoch FROM expires_at - now()) / 60) AS minutes FROM api_tokens WHERE id = :'id';
SELECT name, scopes, expires_at, rotated_from_id = :'id' AS line FROM api_tokens WHERE id = :'id2';
SELECT rotate_api_token(:'id');
SELECT rotate_api_token(:'id2', '-1 hour');
SELECT rotate_api_token('00000000-0000-4000-8000-0000000000ff');
SELECT token_id AS id3, token AS token3 FROM rotate_api_token(:'id2') \gset
SELECT told(:'token2'), told(:'token3');
BEGIN; UPDATE account_users SET role = 'viewer' WHERE user_id = :mark; SELECT rotate_api_token(:'id3'); ROLLBACK;
-- Revocation is for good.
SELECT revoke_api_token(:'id3'), revoke_api_token(:'id3'), revoke_api_token('00000000-0000-4000-8000-0000000000ff');
SELECT told(:'token3'), told(:'token');
SELECT rotate_api_token(:'id3');
-- At once, whatever snapshot a transaction keeps.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT told(:'token');
SAVEPOINT s;
SELECT revoke_api_token(:'id');
SELECT told(:'token');
ROLLBACK TO s;
SELECT told(:'token');
ROLLBACK;

-- The monitoring query.
UPDATE api_tokens SET last_used_at = NULL, created_at = now() - interval '200 days';
UPDATE api_tokens SET last_used_at = now() - interval '100 days' WHERE id = :'id';
SELECT name, email, days_inactive FROM inactive_api_tokens();
SELECT name, email, days_inactive FROM inactive_api_tokens(101);
SELECT name, email, days_inactive FROM inactive_api_tokens(30, include_unused => true) ORDER BY 1, 2;

-- End users: their own tokens only, with their rights; anon validates without any right on any table.
CREATE ROLE tokens_user;
CREATE ROLE tokens_anon;
GRANT USAGE ON SCHEMA app TO tokens_user, tokens_anon;
GRANT SELECT ON account_users TO tokens_user;
GRANT EXECUTE ON FUNCTION told(text) TO tokens_user, tokens_anon;
ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON api_tokens USING (user_id = rowkit.current_user_id());
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000003"}';
SET ROLE tokens_user;
SELECT create_api_token(:acme, 'mine', '{read:*}');
RESET ROLE;
GRANT SELECT, INSERT, UPDATE ON api_tokens TO tokens_user;
SET ROLE tokens_user;
SELECT token_id AS id4, token AS token4 FROM create_api_token(:acme, 'mine', '{read:*}') \gset
SELECT create_api_token(:acme, 'mine', '{write:*}');
SELECT create_api_token(:acme, 'hers', '{read:*}', user_id => :olga);
SELECT create_api_token(:beta, 'theirs', '{read:*}');
SELECT name, user_id FROM api_tokens;
SELECT told(:'token4');
SELECT revoke_api_token(:'id');
\set VERBOSITY sqlstate
SELECT rotate_api_token(:'id');
\set VERBOSITY verbose
RESET ROLE;
-- Even where policies let an administrator write others' tokens, their secret stays theirs.
CREATE POLICY admin ON api_tokens USING (true);
SET ROLE tokens_user;
SELECT rotate_api_token(:'id', '1 hour');
SELECT count(*) FROM rotate_api_token(:'id4');
-- Claims without a user are not a backend.
SET request.jwt.claims = '{"role": "anon"}';
SELECT create_api_token(:acme, 'x', '{*}');
SELECT rotate_api_token(:'id', '1 hour');
RESET ROLE;
-- Unless the role is one that row security does not hold, as Supabase's service_role.
SELECT count(*) FROM create_api_token(:acme, 'service', '{*}');
RESET request.jwt.claims;
SET ROLE tokens_anon;
SELECT told(:'service');
SELECT * FROM api_tokens;
SET search_path = '';
SELECT is_valid FROM rowkit.validate_api_token(:'service');
SELECT is_valid FROM rowkit.validate_api_token(:'service', api_tokens => 'app.api_tokens');
RESET ROLE;
SET search_path = app, rowkit;

-- Tables of another owner are not trusted: neither named, nor beside api_tokens, nor of one session alone.
GRANT CREATE ON SCHEMA app TO tokens_anon;
ALTER TABLE token_scopes RENAME TO hidden_scopes;
SET ROLE tokens_anon;
CREATE TABLE app.mine AS SELECT NULL::uuid AS account_id, NULL::uuid AS user_id, 'owner'::text AS role;
CREATE TABLE app.token_scopes AS SELECT 'viewer'::text AS role, '*'::text AS scope;
SELECT validate_api_token(:'service', membership => 'app.mine');
RESET ROLE;
SELECT create_api_token(:acme, 'x', '{*}', user_id => :vera, membership => 'app.mine');
SELECT create_api_token(:acme, 'x', '{*}', user_id => :vera);
DROP TABLE app.token_scopes;
ALTER TABLE hidden_scopes RENAME TO token_scopes;
CREATE TEMP TABLE api_tokens (LIKE app.api_tokens);
SELECT told(:'service');
DROP TABLE pg_temp.api_tokens;

-- Bad input.
SELECT create_api_token(NULL, 'x');
SELECT create_api_token(:acme, NULL);
SELECT create_api_token(:acme, 'x', '{read tables}');
SELECT create_api_token(:acme, 'x', '{NULL}');
SELECT count(*) FROM create_api_token(:acme, 'x', NULL);
SELECT revoke_api_token(NULL);
SELECT rotate_api_token(NULL);
SELECT rotate_api_token(:'id', NULL);
SELECT * FROM validate_api_token(:'service', api_tokens => 'pg_class');
-- A table of other types is refused before a value of it is read.
CREATE TABLE odd AS SELECT id, account_id, user_id, name, key_id, token_hash, 1 AS scopes, expires_at, last_used_at, is_active, revoked_at FROM api_tokens;
SELECT * FROM validate_api_token(:'service', api_tokens => 'odd');
DROP OWNED BY tokens_user, tokens_anon;
DROP ROLE tokens_user, tokens_anon;
