-- Invitations: hashed tokens that are accepted once. src/tenant/invitations/ computes.

CREATE FUNCTION rowkit.create_invitation(account_id uuid, email text, role text, expires_at timestamptz DEFAULT now() + '7 days', invited_by uuid DEFAULT NULL,
    invitations regclass DEFAULT NULL)
    RETURNS TABLE(invitation_id uuid, token text)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'create_invitation_wrapper';
COMMENT ON FUNCTION rowkit.create_invitation(uuid, text, text, timestamptz, uuid, regclass) IS
'Invites an e-mail address into an account and tells the token this once; its SHA-256 is stored. Who waits for an answer under the same address, in any '
'case of letters, gets this one in its place: same row, and the old token is void. It is the invitation of the user of the claims; a backend, without '
'claims or with BYPASSRLS, names invited_by, or nobody, and then no role bounds it. Nobody gives a role above their own (42501). Membership, columns and the '
'order of roles are what register_membership was told for the table beside invitations that has its owner (of several, account_users), not the caller''s to '
'say. expires_at NULL is never. With the caller''s rights on invitations: a policy for INSERT and UPDATE says which end users may invite, and guard_invitations keeps them from '
'writing the table by hand. 22023 for a role that is not registered, 55000 without a registered membership. VOLATILE. '
'account_id is the account that is joined. email is the address that is invited. invitation_id is the id of the row.';

CREATE FUNCTION rowkit.accept_invitation(token text, user_id uuid DEFAULT NULL, invitations regclass DEFAULT NULL)
    RETURNS TABLE(account_id uuid, role text)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'accept_invitation_wrapper';
COMMENT ON FUNCTION rowkit.accept_invitation(text, uuid, regclass) IS
'Accepts an invitation for the user of the claims, or, without claims, the one named: marks it, and makes the user a member with its role, in one step of '
'which two at once do one. A member keeps a higher role, and one that was inactive is active again. It works as the owner of invitations, which must own '
'the membership, too, the same that create_invitation goes by: who accepts may see neither. PUBLIC may execute it, as the token is what gives the right. '
'22023 for an invitation that is not valid, whatever the reason; 42501 when the claims have an e-mail that is not verified (email_verified is there and not true) or other than the '
'invited one, when the inviter''s role is no longer as high, or for another user than the claims'' own; 55000 without a registered membership. VOLATILE. '
'user_id names that user. account_id is the account that was joined.';

CREATE FUNCTION rowkit.claim_client_invitation(token text, client_invitations regclass DEFAULT NULL) RETURNS TABLE(invitation_id uuid, organization_id uuid, email text)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'claim_client_invitation_wrapper';
COMMENT ON FUNCTION rowkit.claim_client_invitation(text, regclass) IS
'Marks a row of client_invitations as claimed, once, and answers whom it invited. invitation_token holds hash_api_token(token), or the token itself where '
'it is older than that; a hash is never taken for a token. It works as the table''s owner; PUBLIC may execute it, as the token is what gives the right. '
'22023 for an invitation that is not valid, whatever the reason; 42501 when the claims have an e-mail that is not verified or other than the invited one. VOLATILE. '
'client_invitations is the table of the invitations, by default the one on the search_path. invitation_id is the id of the row. organization_id is the organization '
'that invited. email is the address that was invited.';

CREATE FUNCTION rowkit.guard_invitations() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_invitations_wrapper';
COMMENT ON FUNCTION rowkit.guard_invitations() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW on invitations: guard_invitations([column]) takes the column of the token''s hash, by default token_hash (bytea, or text with hex digits). '
'A role that is subject to row security may insert a row only with the token that rowkit generated in the same statement, as create_invitation() does. If the table has a column invited_by, it '
'must not be NULL. Otherwise 42501. The service and the owner may write any row, and so may accept_invitation() and soft delete, which act as the owner.';

CREATE FUNCTION rowkit_internal._new_invitation_token(invitations regclass) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'new_invitation_token_wrapper';
COMMENT ON FUNCTION rowkit_internal._new_invitation_token(regclass) IS
'A new token of 64 hex digits from 256 random bits, for a function that writes its hash to this table: guard_invitations lets the row with it pass. VOLATILE. Internal.';

CREATE FUNCTION rowkit.enable_invitations(schema_name text DEFAULT current_schema, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
DECLARE
    -- All are found before the first is run.
    commands CONSTANT text[] := ARRAY(SELECT rowkit_internal._table_commands(schema_name, jsonb_build_array(
            jsonb_build_object('relation', 'invitations', 'text',
                'CREATE TABLE %1$I.invitations (id uuid PRIMARY KEY DEFAULT rowkit.uuidv7(), account_id uuid NOT NULL%2$s, email text NOT NULL, '
                'role text NOT NULL, token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32), invited_by uuid, expires_at timestamptz, '
                'accepted_at timestamptz, accepted_by uuid, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), '
                'CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)))'),
            jsonb_build_object('relation', 'invitations', 'text',
                'COMMENT ON TABLE %1$I.invitations IS ''Who was invited into which account, by the hash of a token that rowkit.create_invitation() tells once.'''),
            jsonb_build_object('relation', 'invitations', 'text',
                'SELECT rowkit_internal._comment_columns(to_regclass(quote_ident(%1$L) || ''.invitations''), rowkit_internal._own_comments(''invitations''))'),
            jsonb_build_object('relation', 'invitations', 'text',
                'CREATE UNIQUE INDEX ON %1$I.invitations (account_id, rowkit.email_key(email)) WHERE accepted_at IS NULL'),
            jsonb_build_object('relation', 'invitations', 'text',
                'CREATE TRIGGER a_guard_invitations BEFORE INSERT OR UPDATE ON %1$I.invitations FOR EACH ROW EXECUTE FUNCTION rowkit.guard_invitations()'))));
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
COMMENT ON FUNCTION rowkit.enable_invitations(text, boolean) IS
'Makes the table invitations in schema_name where it is not there, and returns the commands that it ran (or, with dry_run, would run); with a foreign key to accounts of that '
'schema where it has a uuid id. 3F000 without the schema. The tables accounts and users of the schema must belong to the caller or a trusted role (42501), also where the caller is a superuser. VOLATILE. '
'kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';
