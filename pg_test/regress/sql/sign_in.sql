SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE);
INSERT INTO users VALUES ('00000000-0000-4000-8000-000000000001', 'Ann@example.com'), ('00000000-0000-4000-8000-000000000002', 'bob@example.com');
SELECT command FROM enable_login_lockout(dry_run => true);
SELECT count(*) FROM enable_login_lockout('users');
SELECT count(*) FROM enable_login_lockout();
-- What a test may know: not the moment itself.
CREATE FUNCTION told(state jsonb) RETURNS jsonb LANGUAGE sql STABLE
    AS $$ SELECT state || jsonb_build_object('locked_until', round(extract(epoch FROM (state ->> 'locked_until')::timestamptz - clock_timestamp()) / 60)) $$;

-- Five failures lock for half an hour; what is tried meanwhile changes nothing, not even the right password.
SELECT n, told(count_login_attempt('ann@example.com', false)) FROM generate_series(1, 6) AS n;
SELECT told(count_login_attempt('ANN@example.com', true)), told(count_login_attempt('ann@example.com', NULL));
SELECT failed_login_attempts, last_failed_login_at IS NOT NULL AS failed, last_login_at FROM users ORDER BY id;
-- The lock ends, and it begins anew.
UPDATE users SET locked_until = now() - interval '1 second' WHERE locked_until IS NOT NULL;
SELECT told(count_login_attempt('ann@example.com', NULL)), told(count_login_attempt('ann@example.com', false));
SELECT told(count_login_attempt('ann@example.com', true));
SELECT failed_login_attempts, locked_until, last_login_at IS NOT NULL AS signed_in FROM users ORDER BY id;
-- Failures that lie far apart are not added up.
SELECT count_login_attempt('bob@example.com', false) ->> 'remaining' FROM generate_series(1, 4);
UPDATE users SET last_failed_login_at = now() - interval '31 minutes' WHERE email LIKE 'bob%';
SELECT told(count_login_attempt('bob@example.com', NULL)), told(count_login_attempt('bob@example.com', false));
-- Other numbers, by id.
SELECT told(count_login_attempt('00000000-0000-4000-8000-000000000002'::uuid, false, max_failures => 2, lock_for => '2 hours'));
SELECT told(count_login_attempt('bob@example.com', false));

-- Nobody learns who is a user: a name that none has is counted, locked and freed alike.
SELECT n, told(count_login_attempt('nobody@example.com', false)) FROM generate_series(1, 6) AS n;
SELECT told(count_login_attempt('NoBody@example.com', NULL)), told(count_login_attempt('NoBody@example.com', true)), told(count_login_attempt('other@example.com', NULL));
UPDATE login_failures SET locked_until = now() - interval '1 second';
SELECT told(count_login_attempt('nobody@example.com', false)), told(count_login_attempt('nobody@example.com', true));
SELECT count(*), max(length(login_hash)) FROM login_failures;
-- What is past its time goes by itself.
INSERT INTO login_failures SELECT sha256(n::text::bytea), 1, now() - interval '2 hours' FROM generate_series(1, 5) AS n;
SELECT count_login_attempt('another' || n, false) IS NOT NULL AS told FROM generate_series(1, 4) AS n;
SELECT count(*) FILTER (WHERE last_failed_login_at < now() - interval '1 hour') AS old, count(*) FROM login_failures;
-- Without the table every unknown name fails for the first time.
BEGIN;
DROP TABLE login_failures;
SELECT told(count_login_attempt('nobody@example.com', false)), told(count_login_attempt('nobody@example.com', false)), told(count_login_attempt('nobody@example.com', true));
ROLLBACK;
-- It answers whatever it is given.
SELECT told(count_login_attempt(NULL::text, false)), told(count_login_attempt(NULL::uuid, false)), told(count_login_attempt('', NULL));
SELECT told(count_login_attempt('x''); DROP TABLE users --', false)), told(count_login_attempt(repeat('x', 100000), false));
SELECT told(count_login_attempt('ann@example.com', false, max_failures => -1, lock_for => '-1 hour', within => NULL));
-- A failure counts only when it is committed.
BEGIN;
SELECT told(count_login_attempt('ann@example.com', false));
ROLLBACK;
SELECT told(count_login_attempt('ann@example.com', NULL));
-- Asking is reading; with the caller's rights; by any search_path.
CREATE ROLE sign_in_user;
GRANT USAGE ON SCHEMA app TO sign_in_user;
SET ROLE sign_in_user;
SELECT count_login_attempt('ann@example.com', true);
RESET ROLE;
GRANT SELECT ON users, login_failures TO sign_in_user;
SET ROLE sign_in_user;
SET search_path = '';
BEGIN READ ONLY;
SELECT rowkit.count_login_attempt('ann@example.com', NULL, users => 'app.users') ->> 'is_locked';
SELECT rowkit.count_login_attempt('ann@example.com', NULL);
ROLLBACK;
RESET ROLE;
SET search_path = app, rowkit;

-- handle_new_user: who signs up there is a user here.
CREATE SCHEMA auth;
CREATE ROLE auth_admin;
GRANT USAGE, CREATE ON SCHEMA auth TO auth_admin;
GRANT auth_admin TO CURRENT_USER;
SET ROLE auth_admin;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255), raw_user_meta_data jsonb, last_sign_in_at timestamptz);
RESET ROLE;
ALTER TABLE users ADD COLUMN full_name text, ADD COLUMN avatar_url varchar(30), ADD COLUMN first_name text, ADD COLUMN last_name integer,
    ADD COLUMN upper_name text GENERATED ALWAYS AS (upper(full_name)) STORED;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
SELECT command FROM enable_user_sync('auth.users', dry_run => true);
SELECT count(*) FROM enable_user_sync('auth.users');
SELECT command FROM enable_user_sync('auth.users');
SET ROLE auth_admin;
SET search_path = '';
INSERT INTO auth.users VALUES
    ('00000000-0000-4000-8000-00000000000a', 'new@example.com', '{"full_name": "佐藤 花子", "avatar_url": "https://example.com/a.png", "role": "owner", "id": 1}'),
    ('00000000-0000-4000-8000-00000000000b', 'google@example.com', '{"name": "G", "picture": "p", "given_name": "Given", "family_name": "Family"}');
-- Odd ones: no object, other types, too long for the column, nothing at all.
INSERT INTO auth.users VALUES
    ('00000000-0000-4000-8000-00000000000c', 'c@example.com', '[1, 2]'), ('00000000-0000-4000-8000-00000000000d', 'd@example.com', '"x"'),
    ('00000000-0000-4000-8000-00000000000e', 'e@example.com', '{"full_name": {"a": 1}, "avatar_url": 7, "first_name": ""}'),
    ('00000000-0000-4000-8000-00000000000f', 'f@example.com', '{"full_name": "kept out", "avatar_url": "https://example.com/much-too-long-for-it.png"}'),
    ('00000000-0000-4000-8000-000000000010', 'g@example.com', NULL), ('00000000-0000-4000-8000-000000000011', 'h@example.com', 'null');
SET client_min_messages = warning;
-- What cannot be copied is told, and the sign-up goes on: no e-mail, and one that another user has.
INSERT INTO auth.users VALUES ('00000000-0000-4000-8000-000000000012', NULL, '{}'), ('00000000-0000-4000-8000-000000000013', 'bob@example.com', '{}');
SELECT count(*) FROM auth.users;
RESET ROLE;
SELECT right(id::text, 2) AS id, email, full_name, avatar_url, first_name, last_name FROM app.users ORDER BY users.id;
-- A changed e-mail follows; what the user changed stays.
UPDATE app.users SET full_name = 'Hanako' WHERE email = 'new@example.com';
SET ROLE auth_admin;
UPDATE auth.users SET email = 'newer@example.com', raw_user_meta_data = '{"full_name": "X", "first_name": "H"}' WHERE email = 'new@example.com';
UPDATE auth.users SET last_sign_in_at = now();
RESET ROLE;
SELECT email, full_name, first_name FROM app.users WHERE email LIKE 'new%';
-- Without rights, or a table, a WARNING.
REVOKE INSERT ON app.users FROM auth_admin;
SET ROLE auth_admin;
INSERT INTO auth.users VALUES ('00000000-0000-4000-8000-000000000014', 'late@example.com');
RESET ROLE;
CREATE TABLE app.sign_ups (id text, email text);
CREATE TRIGGER lost AFTER INSERT ON app.sign_ups FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('app.nowhere');
CREATE TRIGGER odd AFTER INSERT ON app.sign_ups FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('a.b.c.d.e');
CREATE TRIGGER typed AFTER INSERT ON app.sign_ups FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user('app.users');
INSERT INTO app.sign_ups VALUES ('no uuid', 'x@example.com');
SELECT count(*) FROM app.sign_ups;
-- The opposite: the policy stays while another table is copied to this one, and done again it changes nothing.
SELECT kind, identity, command FROM rowkit.disable_user_sync('auth.users', 'app.users', dry_run => true);
SELECT kind, identity FROM rowkit.disable_user_sync('auth.users', 'app.users');
SELECT kind, identity FROM rowkit.disable_user_sync('auth.users', 'app.users');
DROP TRIGGER typed ON app.sign_ups;
SELECT kind, identity FROM rowkit.disable_user_sync('auth.users', 'app.users');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'auth.users'::regclass AND NOT tgisinternal;
DROP OWNED BY sign_in_user, auth_admin;
DROP ROLE sign_in_user, auth_admin;
