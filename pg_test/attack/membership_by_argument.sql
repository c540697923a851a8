-- The arguments of a call name the tables that decide: a viewer's token is judged by the membership of a project, where the viewer is owner, and gets everything.
\connect - rowkit
INSERT INTO dc.project_users (account_id, project_id, user_id, role) VALUES (attack.id('A'), attack.id('A project'), attack.id('a4'), 'owner');
\connect - authenticator
SELECT attack.sign_in('a4');
SET search_path = dc, rowkit;
SELECT token FROM create_api_token(attack.id('A'), 'viewer''s', '{read:*}') \gset
CREATE FUNCTION pg_temp.scopes(token text, membership regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    SELECT to_jsonb(scopes)::text INTO answer FROM rowkit.validate_api_token(token, api_tokens => 'dc.api_tokens', membership => membership);
    RETURN answer;
EXCEPTION WHEN insufficient_privilege OR invalid_parameter_value OR undefined_object OR undefined_column THEN
    RETURN SQLSTATE;
END
$$;
SELECT attack.holds(pg_temp.scopes(:'token', NULL) = '["read:*"]', 'a viewer''s token reads');
SELECT attack.holds(coalesce(pg_temp.scopes(:'token', membership::regclass), '') NOT LIKE '%"*"%' AND coalesce(pg_temp.scopes(:'token', membership::regclass), '') NOT LIKE '%write%', format('a viewer''s token does no more by %s', membership))
FROM unnest('{dc.project_users,dc.workspace_users}'::text[]) AS membership;
SELECT attack.refused(format('SELECT rowkit.create_api_token(%L, ''x'', ''{*}'', membership => %L)', attack.id('A'), membership), '42501', '22023', '42704') FROM unnest('{dc.project_users,dc.account_users}'::text[]) AS membership;
-- A table of one's own is no membership at all.
CREATE TEMP TABLE account_users (account_id uuid, user_id uuid, role text, is_active boolean DEFAULT true, deleted_at timestamptz);
INSERT INTO account_users VALUES (attack.id('A'), attack.id('a4'), 'owner'), (attack.id('B'), attack.id('a4'), 'owner');
SELECT attack.holds(coalesce(pg_temp.scopes(:'token', 'pg_temp.account_users'), '') NOT LIKE '%"*"%', 'a membership of one''s own says nothing');
SELECT attack.refused(format('SELECT rowkit.create_api_token(%L, ''x'', ''{*}'', api_tokens => ''dc.api_tokens'', membership => ''pg_temp.account_users'')', attack.id(tenant)), '42501', '22023', '42704') FROM unnest('{A,B}'::text[]) AS tenant;
SELECT attack.shows_nothing('SELECT rowkit.current_tenant_ids(''pg_temp.account_users'')', '42501', '22023', '42704', '42809', '0A000', '55000');
SELECT attack.holds(count(*) = 0, 'a membership of one''s own opens nothing') FROM dc.projects WHERE account_id = attack.id('B');
-- Nor do tokens of one's own say what another's hold.
CREATE TEMP TABLE api_tokens (LIKE dc.api_tokens);
SET search_path = pg_temp, dc, rowkit;
DO $$
BEGIN
    PERFORM attack.holds(NOT is_valid, 'a token that is in no table is invalid') FROM rowkit.validate_api_token(rowkit.generate_api_token(), api_tokens => 'pg_temp.api_tokens');
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value OR wrong_object_type OR feature_not_supported THEN NULL;
END
$$;
