SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
\set acme '''00000000-0000-4000-8000-0000000000a1'''
\set olga '''00000000-0000-4000-8000-000000000001'''
\set adam '''00000000-0000-4000-8000-000000000002'''
\set mark '''00000000-0000-4000-8000-000000000003'''
\set neil '''00000000-0000-4000-8000-000000000004'''
CREATE TABLE accounts (id uuid PRIMARY KEY);
CREATE TABLE account_users (account_id uuid REFERENCES accounts, user_id uuid, role text NOT NULL, is_active boolean NOT NULL DEFAULT true, PRIMARY KEY (account_id, user_id));
INSERT INTO accounts VALUES (:acme), ('00000000-0000-4000-8000-0000000000a2');
INSERT INTO account_users VALUES (:acme, :olga, 'owner'), (:acme, :adam, 'admin'), (:acme, :mark, 'member');
SELECT command FROM enable_invitations(dry_run => true);
SELECT count(*) FROM enable_invitations();
SELECT count(*) FROM enable_invitations();
CREATE VIEW members AS SELECT right(user_id::text, 1) AS user, role, is_active FROM account_users ORDER BY user_id;

-- The token is told once; its hash is stored.
SELECT token FROM create_invitation(:acme, ' Neil@Example.com ', 'member', invited_by => :adam) \gset
SELECT :'token' ~ '^rk_invite_[0-9A-Za-z]{17}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$' AS form;
SELECT email, role, token_hash = decode(hash_api_token(:'token'), 'hex') AS hashed, right(invited_by::text, 1) AS by, round(extract(epoch FROM expires_at - now()) / 86400) AS days, accepted_at
FROM invitations;
SELECT count(*) FROM invitations AS i WHERE i::text LIKE '%' || split_part(:'token', '_', 4) || '%';
-- Nobody gives a role above their own.
SELECT create_invitation(:acme, 'x@example.com', 'owner', invited_by => :adam);
SELECT create_invitation(:acme, 'x@example.com', 'viewer', invited_by => :neil);
SELECT create_invitation('00000000-0000-4000-8000-0000000000a2', 'x@example.com', 'viewer', invited_by => :olga);
SELECT create_invitation(:acme, 'x@example.com', 'emperor', invited_by => :olga);
SELECT create_invitation(:acme, 'x@example.com', 'admin', invited_by => :adam, roles => '{viewer,member,owner,admin}') IS NOT NULL AS made;
-- Inviting again replaces: the same row, another token.
SELECT token AS again FROM create_invitation(:acme, 'NEIL@example.com', 'viewer', NULL, invited_by => :olga) \gset
SELECT email, role, right(invited_by::text, 1) AS by, expires_at IS NULL AS never FROM invitations ORDER BY email;
SELECT accept_invitation(:'token', :neil);
-- Accepted once, by whom it is for.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000004", "email": "other@example.com"}';
SELECT accept_invitation(:'again');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000004", "email": "Neil@EXAMPLE.com"}';
SELECT accept_invitation(:'again', :mark);
SELECT * FROM members;
SELECT * FROM accept_invitation(:'again');
SELECT * FROM accept_invitation(:'again');
RESET request.jwt.claims;
SELECT * FROM members;
SELECT accepted_at IS NOT NULL AS accepted, right(accepted_by::text, 1) AS by FROM invitations ORDER BY email;
-- A new one beside the accepted one; a member's role rises and never falls; who was inactive is back.
SELECT token FROM create_invitation(:acme, 'neil@example.com', 'admin', invited_by => :olga) \gset
SELECT * FROM accept_invitation(:'token', :neil);
SELECT token FROM create_invitation(:acme, 'neil@example.com', 'viewer') \gset
SELECT * FROM accept_invitation(:'token', :neil);
UPDATE account_users SET is_active = false WHERE user_id = :neil;
SELECT token FROM create_invitation(:acme, 'neil@example.com', 'viewer') \gset
SELECT * FROM accept_invitation(:'token', :neil);
SELECT * FROM members;

-- Not valid, for whatever reason.
SELECT token FROM create_invitation(:acme, 'late@example.com', 'viewer', clock_timestamp() + interval '1 hour') \gset
BEGIN; UPDATE invitations SET expires_at = now() WHERE email = 'late@example.com'; SELECT accept_invitation(:'token', :neil); ROLLBACK;
BEGIN; DELETE FROM invitations WHERE email = 'late@example.com'; SELECT accept_invitation(:'token', :neil); ROLLBACK;
BEGIN; ALTER TABLE invitations ADD COLUMN deleted_at timestamptz DEFAULT now(); SELECT accept_invitation(:'token', :neil); ROLLBACK;
SELECT accept_invitation('nonsense', :neil);
SELECT accept_invitation(generate_api_token(), :neil);
SELECT accept_invitation(NULL, :neil);
SELECT accept_invitation(:'token');
SELECT accept_invitation(encode(token_hash, 'hex'), :neil) FROM invitations WHERE email = 'late@example.com';
-- Taken back with its transaction.
BEGIN;
SELECT count(*) FROM accept_invitation(:'token', '00000000-0000-4000-8000-000000000009');
ROLLBACK;
SELECT accepted_at FROM invitations WHERE email = 'late@example.com';
-- The inviter's role counts on the day of the accepting, too.
SELECT token FROM create_invitation(:acme, 'boss@example.com', 'admin', invited_by => :adam) \gset
BEGIN; UPDATE account_users SET role = 'member' WHERE user_id = :adam; SELECT accept_invitation(:'token', '00000000-0000-4000-8000-000000000009'); ROLLBACK;
BEGIN; UPDATE account_users SET is_active = false WHERE user_id = :adam; SELECT accept_invitation(:'token', '00000000-0000-4000-8000-000000000009'); ROLLBACK;
-- An e-mail that nobody checked proves nothing, the token does.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000009", "email": "x@example.com", "email_verified": false}';
SELECT * FROM accept_invitation(:'token');
RESET request.jwt.claims;

-- End users: with their rights they invite, as owner of the tables they are let in.
CREATE ROLE invitations_user;
GRANT USAGE ON SCHEMA app TO invitations_user;
GRANT SELECT ON account_users TO invitations_user;
ALTER TABLE account_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_users FORCE ROW LEVEL SECURITY;
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON account_users USING (user_id = rowkit.current_user_id());
CREATE POLICY own ON invitations USING (invited_by = rowkit.current_user_id());
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000003"}';
SET ROLE invitations_user;
SELECT create_invitation(:acme, 'friend@example.com', 'viewer');
RESET ROLE;
GRANT SELECT, INSERT, UPDATE ON invitations TO invitations_user;
SET ROLE invitations_user;
SELECT token FROM create_invitation(:acme, 'friend@example.com', 'member') \gset
SELECT create_invitation(:acme, 'friend@example.com', 'admin');
SELECT create_invitation(:acme, 'friend@example.com', 'admin', invited_by => :olga);
SELECT email, role FROM invitations;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000005", "email": "friend@example.com"}';
SELECT * FROM invitations;
SET search_path = '';
SET request.jwt.claims = '{"role": "anon"}';
SELECT role FROM rowkit.accept_invitation(:'token', :neil, invitations => 'app.invitations');
SET request.jwt.claims = '{';
SELECT role FROM rowkit.accept_invitation(:'token', :neil, invitations => 'app.invitations');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000005", "email": "friend@example.com"}';
SELECT role FROM rowkit.accept_invitation(:'token', invitations => 'app.invitations');
SELECT role FROM app.account_users;
RESET ROLE;
RESET request.jwt.claims;
SET search_path = app, rowkit;
-- Nobody is let into the table of another owner by an invitation of their own.
GRANT CREATE ON SCHEMA app TO invitations_user;
CREATE SCHEMA theirs AUTHORIZATION invitations_user;
SET ROLE invitations_user;
SELECT count(*) FROM enable_invitations('theirs');
SELECT token FROM create_invitation(:acme, 'me@example.com', 'owner', invitations => 'theirs.invitations') \gset
SELECT accept_invitation(:'token', :neil, invitations => 'theirs.invitations', membership => 'app.account_users');
SELECT accept_invitation(:'token', :neil, invitations => 'theirs.invitations');
RESET ROLE;

-- client_invitations are claimed once, by their hash, or by the token itself where it is stored so.
CREATE TABLE client_invitations (id uuid PRIMARY KEY DEFAULT uuid_v7(), organization_id uuid NOT NULL, email text NOT NULL, invitation_token text UNIQUE NOT NULL,
    is_claimed boolean DEFAULT false, claimed_at timestamptz, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), expires_at timestamptz);
SELECT generate_api_token() AS client \gset
INSERT INTO client_invitations (organization_id, email, invitation_token, expires_at) VALUES (:acme, 'client@example.com', hash_api_token(:'client'), NULL),
    (:acme, 'old@example.com', 'old-token', NULL), (:acme, 'late@example.com', 'late-token', now());
SET ROLE invitations_user;
SELECT claim_client_invitation(hash_api_token(:'client'));
SELECT organization_id, email FROM claim_client_invitation(:'client');
SELECT organization_id, email FROM claim_client_invitation(:'client');
SET request.jwt.claims = '{"email": "thief@example.com", "email_verified": true}';
SELECT organization_id, email FROM claim_client_invitation('old-token');
SET request.jwt.claims = '{"email": "OLD@example.com", "email_verified": true}';
SELECT organization_id, email FROM claim_client_invitation('old-token');
SELECT organization_id, email FROM claim_client_invitation('late-token');
SELECT organization_id, email FROM claim_client_invitation(NULL);
RESET ROLE;
RESET request.jwt.claims;
SELECT email, is_claimed, claimed_at IS NOT NULL AS claimed FROM client_invitations ORDER BY email;

-- Bad input.
SELECT create_invitation(NULL, 'x@example.com', 'viewer');
SELECT create_invitation(:acme, ' ', 'viewer');
SELECT create_invitation(:acme, 'x@example.com', NULL);
SELECT create_invitation(:acme, 'x@example.com', 'viewer', roles => '{}');
SELECT create_invitation(:acme, 'x@example.com', 'viewer', invitations => 'app.members');
DROP OWNED BY invitations_user CASCADE;
DROP ROLE invitations_user;
