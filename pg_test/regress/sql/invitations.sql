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
-- What leads in is what its owner registered.
SELECT create_invitation(:acme, 'x@example.com', 'viewer');
SELECT count(*) FROM register_membership('account_users');
SELECT create_invitation(:acme, 'x@example.com', 'viewer');
SELECT count(*) FROM register_membership('account_users', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
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
SELECT create_invitation(:acme, 'x@example.com', 'admin', invited_by => :adam) IS NOT NULL AS made;
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
-- An e-mail that nobody checked is nobody's: not another one, and not the invited one. Who is known without an e-mail has the token.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000009", "email": "x@example.com", "email_verified": false}';
SELECT * FROM accept_invitation(:'token');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000009", "email": "boss@example.com", "email_verified": "no"}';
SELECT * FROM accept_invitation(:'token');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000009", "email_verified": false}';
SELECT * FROM accept_invitation(:'token');
RESET request.jwt.claims;

-- End users: with their rights they invite, as owner of the tables they are let in.
CREATE ROLE invitations_user;
GRANT USAGE ON SCHEMA app TO invitations_user;
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
RESET ROLE;
RESET request.jwt.claims;
SET search_path = app, rowkit;
-- A member who wants to be an owner, Mark. Neither the order of roles nor the membership is theirs to name.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000003"}';
SET ROLE invitations_user;
SELECT create_invitation(:acme, 'mark@example.com', 'owner');
SELECT create_invitation(:acme, 'mark@example.com', 'owner', roles => '{owner,viewer,member}');
SELECT create_invitation(:acme, 'mark@example.com', 'owner', membership => 'theirs.account_users');
-- A row written by hand, with a token of their own, is refused, whoever it names.
SELECT generate_api_token() AS own \gset
INSERT INTO invitations (account_id, email, role, token_hash, invited_by) VALUES (:acme, 'mark@example.com', 'owner', decode(hash_api_token(:'own'), 'hex'), :olga);
INSERT INTO invitations (account_id, email, role, token_hash) VALUES (:acme, 'mark@example.com', 'owner', decode(hash_api_token(:'own'), 'hex'));
INSERT INTO invitations (account_id, email, role, token_hash, invited_by) VALUES (:acme, 'mark@example.com', 'owner', decode(hash_api_token(:'own'), 'hex'), :mark);
UPDATE invitations SET role = 'owner';
-- One that the owner of the table writes is worth what its inviter is.
RESET ROLE;
INSERT INTO invitations (account_id, email, role, token_hash, invited_by) VALUES (:acme, 'mark@example.com', 'owner', decode(hash_api_token(:'own'), 'hex'), :mark);
SET ROLE invitations_user;
SELECT accept_invitation(:'own');
SELECT accept_invitation('x', roles => '{owner,viewer,member}');
SELECT accept_invitation('x', membership => 'theirs.account_users');
RESET ROLE;
UPDATE invitations SET role = 'emperor' WHERE email = 'mark@example.com';
SET ROLE invitations_user;
SELECT accept_invitation(:'own');
RESET ROLE;
UPDATE invitations SET account_id = '00000000-0000-4000-8000-0000000000a2', role = 'viewer' WHERE email = 'mark@example.com';
SET ROLE invitations_user;
SELECT accept_invitation(:'own');
RESET ROLE;
UPDATE invitations SET account_id = :acme, role = 'member' WHERE email = 'mark@example.com';
SET ROLE invitations_user;
SELECT role FROM accept_invitation(:'own');
RESET ROLE;
SELECT role FROM account_users WHERE user_id = :mark;
-- A membership of another owner beside the invitations counts for nothing, and an invitation of their own leads into their own tables alone.
GRANT CREATE ON SCHEMA app TO invitations_user;
CREATE SCHEMA theirs AUTHORIZATION invitations_user;
SET ROLE invitations_user;
CREATE TABLE app.a_membership (account_id uuid, user_id uuid, role text);
CREATE TABLE theirs.account_users (account_id uuid, user_id uuid, role text);
INSERT INTO app.a_membership VALUES (:acme, :mark, 'owner');
INSERT INTO theirs.account_users VALUES (:acme, :mark, 'owner');
SELECT count(*) FROM register_membership('app.a_membership', role_column => 'role', roles => '{owner,viewer,member}');
SELECT count(*) FROM register_membership('theirs.account_users', role_column => 'role', roles => '{viewer,owner}');
SELECT count(*) FROM register_membership('app.account_users', role_column => 'role', roles => '{owner,viewer,member}');
SELECT create_invitation(:acme, 'mark@example.com', 'owner');
SELECT count(*) FROM enable_invitations('theirs');
SELECT token FROM create_invitation(:acme, 'me@example.com', 'owner', invitations => 'theirs.invitations') \gset
SELECT accept_invitation(:'token');
SELECT role FROM accept_invitation(:'token', invitations => 'theirs.invitations');
RESET ROLE;
RESET request.jwt.claims;
SELECT role FROM account_users WHERE user_id = :mark;
-- Other names: the columns are those that were registered. Of several memberships account_users is meant, else nobody knows.
CREATE SCHEMA clubs;
CREATE TABLE clubs.people ("the club" uuid NOT NULL, person uuid NOT NULL, rank text, "is here" boolean NOT NULL DEFAULT true, deleted_at timestamptz);
INSERT INTO clubs.people VALUES (:acme, :olga, 'chair');
SELECT count(*) FROM register_membership('clubs.people', 'person', 'the club', 'rank', 'is here', '{guest,regular,chair}');
SELECT count(*) FROM enable_invitations('clubs');
SELECT create_invitation(:acme, 'neil@example.com', 'viewer', invited_by => :olga, invitations => 'clubs.invitations');
SELECT token FROM create_invitation(:acme, 'neil@example.com', 'regular', invited_by => :olga, invitations => 'clubs.invitations') \gset
SELECT role FROM accept_invitation(:'token', :neil, 'clubs.invitations');
UPDATE clubs.people SET "is here" = false WHERE person = :neil;
SELECT token FROM create_invitation(:acme, 'neil@example.com', 'guest', invited_by => :olga, invitations => 'clubs.invitations') \gset
SELECT role FROM accept_invitation(:'token', :neil, 'clubs.invitations');
SELECT right(person::text, 1) AS person, rank, "is here" FROM clubs.people ORDER BY person;
SELECT create_invitation(:acme, 'x@example.com', 'guest', invited_by => :neil, invitations => 'clubs.invitations') IS NOT NULL AS made;
CREATE TABLE clubs.staff (LIKE clubs.people);
SELECT count(*) FROM register_membership('clubs.staff', 'person', 'the club', 'rank', 'is here', '{guest,chair}');
SELECT create_invitation(:acme, 'x@example.com', 'guest', invitations => 'clubs.invitations');
ALTER TABLE clubs.people RENAME TO account_users;
SELECT create_invitation(:acme, 'x@example.com', 'regular', invited_by => :olga, invitations => 'clubs.invitations') IS NOT NULL AS made;
DROP SCHEMA clubs CASCADE;

-- client_invitations are claimed once, by their hash, or by the token itself where it is stored so.
CREATE TABLE client_invitations (id uuid PRIMARY KEY DEFAULT uuidv7(), organization_id uuid NOT NULL, email text NOT NULL, invitation_token text UNIQUE NOT NULL,
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
SELECT create_invitation(:acme, 'x@example.com', 'viewer', invitations => 'app.members');
DROP OWNED BY invitations_user CASCADE;
DROP ROLE invitations_user;
