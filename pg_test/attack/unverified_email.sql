-- Whose e-mail address is not verified has none: such claims accept no invitation of the address, and match no policy by e-mail.
\connect - rowkit
INSERT INTO dc.users (id, email) VALUES (attack.id('c3'), 'other@c.example'), (attack.id('a5'), 'friend@a.example');
\connect - authenticator
SELECT attack.sign_in('a2');
SET search_path = dc, rowkit;
SELECT token FROM create_invitation(attack.id('A'), 'friend@a.example', 'member') \gset
-- Somebody else, with the address and without.
SELECT attack.sign_in('c3', '{"email": "other@c.example"}');
SELECT attack.refused(format('SELECT rowkit.accept_invitation(%L)', :'token'), '42501');
SELECT attack.sign_in('c3', '{"email": "other@c.example", "email_verified": false}');
SELECT attack.refused(format('SELECT rowkit.accept_invitation(%L)', :'token'), '42501');
SELECT attack.sign_in('c3', '{"email": "friend@a.example", "email_verified": false}');
SELECT attack.refused(format('SELECT rowkit.accept_invitation(%L)', :'token'), '42501');
SELECT attack.sign_in('c3', '{"email": "friend@a.example", "email_verified": "false"}');
SELECT attack.refused(format('SELECT rowkit.accept_invitation(%L)', :'token'), '42501');
SELECT attack.sign_in('c3', '{"email": "friend@a.example", "email_verified": null}');
SELECT attack.refused(format('SELECT rowkit.accept_invitation(%L)', :'token'), '42501');
SELECT attack.sign_in('c3', '{"email": "friend@a.example", "email_verified": false}');
SELECT attack.holds(count(*) = 0, 'an unverified address sees no invitation') FROM dc.invitations;
-- The invited person, verified, can: so that the refusals were about the address.
SELECT attack.sign_in('a5', '{"email": "FRIEND@a.example"}');
SELECT attack.holds(role = 'member', 'the invited accept') FROM rowkit.accept_invitation(:'token', invitations => 'dc.invitations');
\if :is_15
-- A client's portal goes by the address, too.
SELECT attack.sign_in('c3', jsonb_build_object('email', 'client@a.example', 'organization_id', attack.id('A'), 'email_verified', false));
SELECT attack.holds(count(*) = 0, 'an unverified address is no client') FROM sc.clients;
SELECT attack.sign_in('c3', jsonb_build_object('email', 'client@bsecret.example', 'organization_id', attack.id('A')));
SELECT attack.holds(count(*) = 0, 'an address of another studio is no client') FROM sc.clients;
\endif
