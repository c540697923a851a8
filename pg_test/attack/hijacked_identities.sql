-- Users write themselves down in ct.users: with somebody else's e-mail address, which is then taken. A studio's admin makes staff of a login that never asked
-- for it, and whoever signs in with it later works for that studio.
\connect - authenticator
SELECT attack.sign_in('c3', '{"email": "c3@c.example"}');
SELECT attack.refused('INSERT INTO ct.users (id, email) VALUES (attack.id(''c3''), ''ceo@bsecret.example'')', '42501');
SELECT attack.refused('INSERT INTO ct.users (id, email) VALUES (attack.id(''c4''), ''c3@c.example'')', '42501');
SELECT attack.sign_in('c3', '{"email": "c3@c.example", "email_verified": false}');
SELECT attack.refused('INSERT INTO ct.users (id, email) VALUES (attack.id(''c3''), ''c3@c.example'')', '42501');
SELECT attack.sign_in('c3', '{"email": "c3@c.example"}');
INSERT INTO ct.users (id, email) VALUES (attack.id('c3'), 'c3@c.example');
SELECT attack.refused('UPDATE ct.users SET email = ''ceo@bsecret.example''', '42501'), attack.refused('UPDATE ct.users SET id = attack.id(''c4'')', '42501');
-- Nor into an organization that they are not of.
SELECT attack.refused(format('INSERT INTO ct.user_organizations (user_id, organization_id, role) VALUES (%L, %L, ''viewer'')', attack.id('c3'), attack.id(tenant)), '42501') FROM unnest('{A,B}'::text[]) AS tenant;
-- A member of A does not move another's membership, nor their own to B.
SELECT attack.sign_in('a2');
SELECT attack.refused(format('UPDATE ct.user_organizations SET %s WHERE user_id = %L', change, attack.id('a3')), '42501', '23514')
FROM unnest(ARRAY['organization_id = attack.id(''B'')', 'user_id = attack.id(''b3'')', 'user_id = attack.id(''c3'')', 'role = ''owner''']) AS change;
\if :is_15
SELECT attack.sign_in('a2');
DO $$
BEGIN
    INSERT INTO sc.auth_users (auth_id, email, organization_id, role) VALUES (attack.id('c3'), 'c3@c.example', attack.id('A'), 'member');
EXCEPTION WHEN insufficient_privilege OR not_null_violation OR check_violation OR invalid_parameter_value THEN NULL;
END
$$;
SELECT attack.sign_in('c3', '{"email": "c3@c.example"}');
SELECT attack.holds(sc.get_user_organization_id() IS NULL, 'nobody becomes staff without having agreed');
SELECT attack.holds(count(*) = 0, 'who was bound sees nothing of the studio') FROM sc.clients;
SELECT attack.sign_in('a2');
SELECT attack.refused(format('UPDATE sc.auth_users SET %s WHERE id = %L', change, attack.id('a3')), '42501')
FROM unnest(ARRAY['auth_id = attack.id(''c3'')', 'auth_id = attack.id(''a2x'')', 'organization_id = attack.id(''B'')', 'role = ''owner''']) AS change;
\endif
