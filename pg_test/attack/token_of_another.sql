-- An admin makes an API token and then says that it is somebody else's: it acts as the owner, or as the account itself, and outlives the admin's removal.
-- A token's user, hash and account are who made it and what was made: by INSERT, by UPDATE, in every role but the service's.
\connect - authenticator
SELECT attack.sign_in('a2');
SET search_path = dc, rowkit;
SELECT token_id, token FROM create_api_token(attack.id('A'), 'mine', '{*}') \gset
CREATE TEMP TABLE token AS SELECT :'token_id'::uuid AS id, :'token' AS token;
-- It is a good token as yet; so the steps below are about nothing else.
SELECT attack.holds(is_valid AND user_id = attack.id('a2'), 'the token is a2''s and valid') FROM validate_api_token(:'token');
CREATE FUNCTION pg_temp.refused_update(change text, also text DEFAULT '42501') RETURNS text LANGUAGE sql AS $$
    SELECT attack.refused(format('UPDATE dc.api_tokens SET %s WHERE id = %L', $1, (SELECT id FROM token)), '42501', also)
$$;
SELECT pg_temp.refused_update('user_id = attack.id(''a1'')'), pg_temp.refused_update('user_id = NULL'), pg_temp.refused_update('account_id = attack.id(''B'')', '23514'),
    pg_temp.refused_update('token_hash = ''\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff''');
DO $$
BEGIN
    UPDATE dc.api_tokens SET created_by = attack.id('a1') WHERE id = (SELECT id FROM token);
EXCEPTION WHEN insufficient_privilege THEN NULL;
END
$$;
SELECT attack.holds(created_by = attack.id('a2'), 'who made a token is kept') FROM dc.api_tokens WHERE id = (SELECT id FROM token);
SELECT attack.refused(format('INSERT INTO dc.api_tokens (account_id, user_id, name, key_id, token_hash, scopes) VALUES (%L, %s, ''x'', ''k'', %L, ''["*"]'')',
    attack.id('A'), whose, decode(rowkit.hash_api_token('x'), 'hex')), '42501')
FROM unnest(ARRAY['NULL', 'attack.id(''a1'')', 'attack.id(''b1'')']) AS whose;
SELECT attack.refused(format('SELECT rowkit.create_api_token(%L, ''x'', ''{*}'', user_id => %L)', attack.id('A'), attack.id('a1')), '42501');
SELECT attack.refused(format('SELECT rowkit.create_api_token(%L, ''x'', ''{*}'', user_id => NULL, membership => ''dc.project_users'')', attack.id('B')), '42501', '22023', '42703');
-- A member's token, made the account's, would have no role that bounds it.
SELECT attack.sign_in('a3');
SELECT token_id FROM create_api_token(attack.id('A'), 'mine', '{read:*}') \gset
UPDATE token SET id = :'token_id';
SELECT pg_temp.refused_update('user_id = NULL'), pg_temp.refused_update('user_id = attack.id(''a1'')');
-- Another's token is not theirs to take, revive or rotate.
SELECT attack.sign_in('a1');
SELECT token_id FROM create_api_token(attack.id('A'), 'owner''s', '{*}') \gset
SELECT attack.sign_in('a2');
UPDATE token SET id = :'token_id';
SELECT pg_temp.refused_update('user_id = attack.id(''a2'')'), pg_temp.refused_update('name = ''x'', user_id = attack.id(''a2'')');
SELECT attack.refused(format('SELECT rowkit.rotate_api_token(%L)', :'token_id'), '42501', '42704');
-- Tokens die with the membership.
\connect - rowkit
UPDATE dc.account_users SET is_active = false WHERE user_id = attack.id('a2');
\connect - authenticator
SELECT attack.sign_in(NULL);
SET search_path = dc, rowkit;
SELECT attack.holds(NOT is_valid, 'a token of who was removed is invalid') FROM validate_api_token(:'token');
