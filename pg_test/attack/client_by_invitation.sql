\if :is_15
-- Staff invite somebody who is a client already, claim the token themselves, and have set the client's password and verified their address. An invitation makes
-- a client, it changes none.
\connect - authenticator
SELECT attack.sign_in('a3');
CREATE FUNCTION pg_temp.claim(email text, password text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    token text; answer text;
BEGIN
    PERFORM attack.sign_in('a3');
    SELECT invited.token INTO token FROM sc.invite_client(email) AS invited;
    PERFORM attack.sign_in(NULL);
    SELECT client_id::text INTO answer FROM sc.claim_invitation(token, password);
    RETURN coalesce(answer, 'nothing');
EXCEPTION WHEN insufficient_privilege OR unique_violation OR invalid_parameter_value OR object_not_in_prerequisite_state THEN
    RETURN SQLSTATE;
END
$$;
SELECT pg_temp.claim(email, 'attacker''s') FROM unnest('{client@a.example,CLIENT@A.example}'::text[]) AS email;
-- B's client is not A's to invite into A with another's password.
SELECT attack.sign_in('a3');
SELECT pg_temp.claim('client@bsecret.example', 'attacker''s');
-- One who has no password, and one who is nobody's client yet: who is told the token has proved no address.
SELECT attack.sign_in('a3');
INSERT INTO sc.clients (organization_id, email, first_name) VALUES (attack.id('A'), 'nopass@elsewhere.example', 'N');
SELECT pg_temp.claim(email, 'attacker''s') FROM unnest('{nopass@elsewhere.example,nobody@elsewhere.example}'::text[]) AS email;
\connect - rowkit
SELECT attack.holds(count(*) = 2 AND NOT bool_or(email_verified), 'no address was verified') FROM sc.clients WHERE email ~ 'elsewhere';
SELECT attack.holds(password_hash = 'hash of A' AND email_verified IS NOT TRUE, 'the client''s password is the client''s') FROM sc.clients WHERE id = attack.id('A client');
-- A new client's invitation: its address and token are not the staff's to change afterwards, nor in whose name it is.
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT invitation_id, token FROM sc.invite_client('new@a.example') \gset
CREATE FUNCTION pg_temp.changed(change text, invitation uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    EXECUTE format('UPDATE sc.client_invitations SET %s WHERE id = %L', change, invitation);
    GET DIAGNOSTICS rows = ROW_COUNT;
    PERFORM attack.holds(rows = 0, format('a member cannot write %s', change));
    RETURN 'no row';
EXCEPTION WHEN insufficient_privilege THEN
    RETURN SQLSTATE;
END
$$;
SELECT pg_temp.changed(change, :'invitation_id')
FROM unnest(ARRAY['invitation_token = rowkit.hash_api_token(''mine'')', 'invited_by = attack.id(''a1'')', 'organization_id = attack.id(''B'')']) AS change;
SELECT attack.refused(format('INSERT INTO sc.client_invitations (organization_id, email, invitation_token, invited_by) VALUES (%L, ''client@a.example'', rowkit.hash_api_token(''mine''), %L)', attack.id('A'), attack.id(who)), '42501')
FROM unnest('{a1,a2}'::text[]) AS who;
-- A token that was drawn in an earlier statement makes no invitation by hand.
SELECT rowkit_internal._new_invitation_token('sc.client_invitations') AS drawn \gset
SELECT attack.refused(format('INSERT INTO sc.client_invitations (organization_id, email, invitation_token, invited_by) VALUES (%L, ''drawn@a.example'', rowkit.hash_api_token(%L),'
    ' (SELECT id FROM sc.auth_users WHERE auth_id = %L))', attack.id('A'), :'drawn', attack.id('a3')), '42501');
\endif
