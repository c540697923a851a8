-- An admin writes an invitation's row with a token of their own choice, in nobody's name or in the owner's, is removed, accepts it, and is admin again.
-- Invitations are create_invitation's to write, in the name of who calls; they die with the membership of who made them.
\connect - authenticator
SELECT attack.sign_in('a2');
SET search_path = dc, rowkit;
SELECT token FROM rowkit.generate_api_token() AS token \gset
CREATE TEMP TABLE token AS SELECT decode(rowkit.hash_api_token(:'token'), 'hex') AS hash;
SELECT attack.refused(format('INSERT INTO dc.invitations (account_id, email, role, token_hash, invited_by) VALUES (%L, %L, %L, %L, %s)',
    attack.id('A'), attack.email('a2'), given.role, token.hash, given.who), '42501')
FROM token, (VALUES ('admin', 'NULL'), ('admin', 'attack.id(''a1'')'), ('owner', 'attack.id(''a1'')'), ('viewer', 'attack.id(''b1'')')) AS given(role, who);
SELECT attack.refused(format('SELECT rowkit.create_invitation(%L, ''x@a.example'', %L, invited_by => attack.id(%L))', attack.id(given.tenant), given.role, given.who), '42501')
FROM (VALUES ('A', 'admin', 'a1'), ('A', 'owner', 'a2'), ('B', 'viewer', 'a2'), ('B', 'viewer', 'b1')) AS given(tenant, role, who);
SELECT attack.sign_in('a3');
SELECT attack.refused(format('SELECT rowkit.create_invitation(%L, ''x@a.example'', ''admin'')', attack.id('A')), '42501');
-- An invitation of the owner's, that an admin takes over.
SELECT attack.sign_in('a1');
SELECT invitation_id FROM create_invitation(attack.id('A'), 'new@a.example', 'owner') \gset
SELECT attack.sign_in('a2');
CREATE FUNCTION pg_temp.unchanged(change text, invitation uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
BEGIN
    EXECUTE format('UPDATE dc.invitations SET %s WHERE id = %L', change, invitation);
    GET DIAGNOSTICS changed = ROW_COUNT;
    -- Row security may hide it: then nothing is refused and nothing changed.
    PERFORM attack.holds(changed = 0, format('an admin cannot write %s into the owner''s invitation', change));
    RETURN 'no row';
EXCEPTION WHEN insufficient_privilege THEN
    RETURN SQLSTATE;
END
$$;
SELECT pg_temp.unchanged(change, :'invitation_id')
FROM unnest(ARRAY['token_hash = (SELECT hash FROM token)', 'email = attack.email(''a2'')', 'invited_by = attack.id(''a2'')', 'account_id = attack.id(''B'')', 'accepted_by = attack.id(''a2''), accepted_at = now()']) AS change;
-- One of their own: who made it and its hash stay, whoever asks.
SELECT invitation_id, token AS second FROM create_invitation(attack.id('A'), attack.email('a2'), 'admin') \gset
SELECT attack.refused(format('UPDATE dc.invitations SET %s WHERE id = %L', change, :'invitation_id'), '42501')
FROM unnest(ARRAY['token_hash = (SELECT hash FROM token)', 'invited_by = attack.id(''a1'')', 'invited_by = NULL']) AS change;
-- A token drawn in the same statement lets a row pass, but not one that says that somebody accepted it.
\connect - rowkit
GRANT INSERT, UPDATE ON dc.invitations TO authenticated;
\connect - authenticator
SELECT attack.sign_in('a2');
SET search_path = dc, rowkit;
SELECT attack.refused(format(
    'WITH drawn AS MATERIALIZED (SELECT rowkit_internal._new_invitation_token(''dc.invitations'') AS token) '
    'INSERT INTO dc.invitations (account_id, email, role, invited_by, accepted_at, accepted_by, token_hash) '
    'SELECT %L, ''y@a.example'', ''viewer'', %L, now(), attack.id(%L), decode(rowkit.hash_api_token(drawn.token), ''hex'') FROM drawn',
    attack.id('A'), attack.id('a2'), who), '42501')
FROM unnest(ARRAY['a1', 'a2', 'b1']) AS who;
-- Removed, the admin comes back by neither.
\connect - rowkit
DELETE FROM dc.account_users WHERE user_id = attack.id('a2');
\connect - authenticator
SELECT attack.sign_in('a2');
SET search_path = dc, rowkit;
SELECT attack.refused(format('SELECT rowkit.accept_invitation(%L)', token), '22023', '42501') FROM unnest(ARRAY[:'token', :'second']) AS token;
SELECT attack.holds(count(*) = 0, 'who was removed sees nothing') FROM dc.projects;
