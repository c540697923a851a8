-- API tokens: made once, stored as a hash. src/tenant/tokens/ computes; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit.generate_api_token() RETURNS text
    LANGUAGE c VOLATILE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'generate_api_token_wrapper';
COMMENT ON FUNCTION rowkit.generate_api_token() IS
'A new token, <prefix>_<key id>_<secret>_<checksum>: 17, 43 and 6 digits in base62, from 96 and 256 bits of the server''s strong random numbers and the '
'CRC-32 of what is before it. The prefix is the setting rowkit.api_token_prefix; 22023 when that is none. Nothing is stored: create_api_token does both. '
'VOLATILE.';

CREATE FUNCTION rowkit.hash_api_token(token text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'hash_api_token_wrapper';
COMMENT ON FUNCTION rowkit.hash_api_token(text) IS
'The SHA-256 of a token''s whole text, prefix and checksum included, as 64 small hex digits: encode(token_hash, ''hex'') of its row. It reads no table and '
'never raises; NULL for NULL. IMMUTABLE.';

CREATE FUNCTION rowkit.validate_api_token(token text, ip inet DEFAULT NULL, user_agent text DEFAULT NULL, api_tokens regclass DEFAULT NULL,
    membership regclass DEFAULT NULL) RETURNS TABLE(token_id uuid, account_id uuid, user_id uuid, scopes text[], is_valid boolean, error text)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'validate_api_token_wrapper';
COMMENT ON FUNCTION rowkit.validate_api_token(text, inet, text, regclass, regclass) IS
'Whose token it is and what it may: always one row, for an invalid one with is_valid false, the error ''invalid or expired token'' and nothing else, '
'whatever the reason. A token is valid while it is active, not revoked and not expired, its account is not deleted, and its user, when it has one, is '
'active and an active member of the account. scopes are those of the token that the user''s present role gives, too. A token with a wrong checksum is '
'refused before any table is read. It reads api_tokens, and account_users, users, accounts and token_scopes beside it of the same owner, as that owner, '
'with the latest snapshot: PUBLIC may execute it, anon has to, before anybody is known; it answers nothing to who does not hold a valid token, whose 256 '
'bits cannot be tried out. A use is noted in last_used_at, last_used_ip and last_used_user_agent once a minute, where that needs no waiting; never in a '
'READ ONLY or SERIALIZABLE transaction or on a replica. membership names another table than account_users for it: one that register_membership was told of, with the columns account_id, '
'user_id and role. 42704 without api_tokens, 42501 for a membership table of another owner or one that is not registered so. VOLATILE. '
'ip is the client''s address, noted with the use if the caller is a superuser or has BYPASSRLS; for others rowkit notes what rowkit.trusted_proxies tell. user_agent is the client''s user agent, noted with the use. api_tokens is the table of the tokens, by default the '
'one on the search_path. token_id is the id of the token.';

CREATE FUNCTION rowkit.create_api_token(account_id uuid, name text, scopes text[] DEFAULT '{}', expires_at timestamptz DEFAULT NULL, user_id uuid DEFAULT NULL,
    api_tokens regclass DEFAULT NULL, membership regclass DEFAULT NULL) RETURNS TABLE(token_id uuid, token text)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'create_api_token_wrapper';
COMMENT ON FUNCTION rowkit.create_api_token(uuid, text, text[], timestamptz, uuid, regclass, regclass) IS
'Makes a token and tells it this once; its hash is stored. It is the token of the user of the claims; a backend, without claims or with BYPASSRLS, names '
'user_id, or none for a token of the account itself. scopes are words with colons, the last may be *. Of a user''s token none may be more than the user''s '
'role in account_users gives (42501), by the table token_scopes(role, scope) beside api_tokens, or else viewer read:*, member read:* and write:*, admin '
'and owner *. expires_at NULL is never. With the caller''s rights on api_tokens. 22023 for what is no scope, 42501 for a user who is no active member, or '
'somebody else than the claims say. VOLATILE. '
'account_id is the account that the token is for. name says what the token is for. api_tokens is the table of the tokens, by default the one on the search_path. '
'membership is the table of the members, by default account_users beside api_tokens. token_id is the id of the row.';

CREATE FUNCTION rowkit.rotate_api_token(token_id uuid, overlap_for interval DEFAULT '00:00:00', expires_at timestamptz DEFAULT NULL,
    api_tokens regclass DEFAULT NULL, membership regclass DEFAULT NULL) RETURNS TABLE(token_id uuid, token text)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'rotate_api_token_wrapper';
COMMENT ON FUNCTION rowkit.rotate_api_token(uuid, interval, timestamptz, regclass, regclass) IS
'Makes the successor of a token, with its account, user, name and scopes, and tells it this once; rotated_from_id names the old one, which stays valid for '
'overlap_for, but not longer than it was. The new one expires at expires_at, or when the old one would have. With the caller''s rights; an end user can rotate '
'only their own. 55000 for a token that is no longer valid or was rotated already, 42704 for none, 42501 for scopes that the user''s role no longer gives. '
'VOLATILE. '
'token_id is the token that is replaced, and in the result the new one. api_tokens is the table of the tokens, by default the one on the search_path. membership is the table of '
'the members, by default account_users beside it.';

CREATE FUNCTION rowkit.revoke_api_token(token_id uuid, api_tokens regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'revoke_api_token_wrapper';
COMMENT ON FUNCTION rowkit.revoke_api_token(uuid, regclass) IS
'Ends a token for good; the next statement anywhere finds it invalid once this has committed. false when there is none that the caller may update, or it '
'was revoked before. A token that it was rotated from is one of its own. With the caller''s rights. VOLATILE. '
'token_id is the token that ends. api_tokens is the table of the tokens, by default the one on the search_path.';

CREATE FUNCTION rowkit.inactive_api_tokens(days_old integer DEFAULT 90, include_unused boolean DEFAULT false, api_tokens regclass DEFAULT NULL, users regclass DEFAULT NULL)
    RETURNS TABLE(token_id uuid, name text, email text, last_used_at timestamptz, days_inactive integer)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'inactive_api_tokens_wrapper';
COMMENT ON FUNCTION rowkit.inactive_api_tokens(integer, boolean, regclass, regclass) IS
'The active tokens that were last used more than days_old days ago, the longest first, with the e-mail of their user; include_unused adds those that are so '
'old and never were. With the caller''s rights. 42704 without api_tokens or users. STABLE. '
'token_id is the id of the token. name says what it is for. email is the address of its user. last_used_at is when it was last used, NULL for never. '
'days_inactive is how many days ago that was, or the token was made.';

CREATE FUNCTION rowkit_internal._table_commands(home text, wanted jsonb) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = home AND nspname !~ '^pg_') THEN
        RAISE EXCEPTION 'there is no schema % for tables', coalesce(left(home, 100), 'on the search_path') USING ERRCODE = '3F000', HINT = 'Make it first, or name another.';
    END IF;
    PERFORM rowkit_internal._refuse_planted(to_regclass(format('%I.%I', home, entry ->> 'relation'))) FROM jsonb_array_elements(wanted) AS entry;
    -- The foreign keys would be to tables whose owner's code runs when a row is checked.
    PERFORM rowkit_internal._require_owner(to_regclass(format('%I.%I', home, referred))) FROM unnest('{accounts,users}'::text[]) AS referred;
    -- A reference is to a table that is there with such a key.
    RETURN QUERY
        SELECT format(entry.wanted ->> 'text', home, named.accounts, named.users)
        FROM jsonb_array_elements(wanted) WITH ORDINALITY AS entry(wanted, place),
            (SELECT max(reference) FILTER (WHERE relname = 'accounts') AS accounts, max(reference) FILTER (WHERE relname = 'users') AS users
                FROM (SELECT relname, format(' REFERENCES %I.%I (id) ON DELETE CASCADE', home, relname) AS reference
                    FROM pg_class AS class
                    JOIN pg_index AS entry ON entry.indrelid = class.oid AND entry.indisunique AND entry.indpred IS NULL AND entry.indnatts = 1
                    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = entry.indkey[0]
                    WHERE class.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = home) AND class.relkind IN ('r', 'p')
                        AND attribute.attname = 'id' AND attribute.atttypid = 'uuid'::regtype) AS known
            ) AS maybe, LATERAL (SELECT coalesce(maybe.accounts, '') AS accounts, coalesce(maybe.users, '') AS users) AS named
        WHERE to_regclass(format('%I.%I', home, entry.wanted ->> 'relation')) IS NULL
        ORDER BY entry.place;
END
$$;
COMMENT ON FUNCTION rowkit_internal._table_commands(text, jsonb) IS
'Returns the commands that make those tables which a schema does not have: [{"relation", "text"}], in their order. 3F000 without the schema, 42501 for a table of somebody else. Internal.';

CREATE FUNCTION rowkit.enable_api_tokens(schema_name text DEFAULT current_schema, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    SET standard_conforming_strings = on
    AS $$
DECLARE
    -- All are found before the first is run.
    commands CONSTANT text[] := ARRAY(SELECT rowkit_internal._table_commands(schema_name, jsonb_build_array(
            jsonb_build_object('relation', 'api_tokens', 'text',
                'CREATE TABLE %1$I.api_tokens (id uuid PRIMARY KEY DEFAULT rowkit.uuidv7(), account_id uuid NOT NULL%2$s, user_id uuid%3$s, '
                'name text NOT NULL, key_id text NOT NULL UNIQUE, token_hash bytea NOT NULL CHECK (length(token_hash) = 32), '
                'scopes jsonb NOT NULL DEFAULT ''[]'' CHECK (jsonb_typeof(scopes) = ''array''), expires_at timestamptz, last_used_at timestamptz, '
                'last_used_ip inet, last_used_user_agent text, is_active boolean NOT NULL DEFAULT true, revoked_at timestamptz, '
                'rotated_from_id uuid REFERENCES %1$I.api_tokens ON DELETE SET NULL, created_at timestamptz NOT NULL DEFAULT now(), '
                'updated_at timestamptz NOT NULL DEFAULT now())'),
            jsonb_build_object('relation', 'api_tokens', 'text',
                'COMMENT ON TABLE %1$I.api_tokens IS ''API tokens, by the hash of each: rowkit.create_api_token() tells one once.'''),
            jsonb_build_object('relation', 'api_tokens', 'text',
                'SELECT rowkit_internal._comment_columns(to_regclass(quote_ident(%1$L) || ''.api_tokens''), rowkit_internal._own_comments(''api_tokens''))'),
            jsonb_build_object('relation', 'api_tokens', 'text', 'CREATE INDEX ON %1$I.api_tokens (account_id)'),
            jsonb_build_object('relation', 'api_tokens', 'text', 'CREATE INDEX ON %1$I.api_tokens (user_id)'),
            jsonb_build_object('relation', 'api_tokens', 'text', 'CREATE INDEX ON %1$I.api_tokens (rotated_from_id) WHERE rotated_from_id IS NOT NULL'),
            jsonb_build_object('relation', 'api_tokens', 'text', 'CREATE INDEX ON %1$I.api_tokens (expires_at) WHERE expires_at IS NOT NULL AND is_active'),
            jsonb_build_object('relation', 'token_scopes', 'text',
                'CREATE TABLE %1$I.token_scopes (role text NOT NULL, '
                'scope text NOT NULL CHECK (scope ~ ''^(\*|[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)*(:\*)?)$''), PRIMARY KEY (role, scope))'),
            jsonb_build_object('relation', 'token_scopes', 'text', 'COMMENT ON TABLE %1$I.token_scopes IS ''What the tokens of a role''''s users may at most.'''),
            jsonb_build_object('relation', 'token_scopes', 'text',
                'SELECT rowkit_internal._comment_columns(to_regclass(quote_ident(%1$L) || ''.token_scopes''), rowkit_internal._own_comments(''token_scopes''))'),
            jsonb_build_object('relation', 'token_scopes', 'text',
                'INSERT INTO %1$I.token_scopes VALUES (''viewer'', ''read:*''), '
                '(''member'', ''read:*''), (''member'', ''write:*''), (''admin'', ''*''), (''owner'', ''*'')'),
            -- Who could write it could give themselves any scope.
            jsonb_build_object('relation', 'token_scopes', 'text',
                'SELECT rowkit_internal._close_helper_table(to_regclass(quote_ident(%1$L) || ''.token_scopes''))'))));
BEGIN
    FOREACH command IN ARRAY commands LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_api_tokens(text, boolean) IS
'Makes the tables api_tokens and token_scopes in schema_name where they are not there, and returns the commands that it ran (or, with dry_run, would run); with foreign keys to '
'accounts and users of that schema where these have a uuid id. 3F000 without the schema. The tables accounts and users of the schema must belong to the caller or a trusted role (42501), also where the caller is a superuser. VOLATILE. '
'kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';
