-- Invitations and API tokens. Of both only hashes are kept.
--
-- What is looked up without asking whether it is deleted stays unique among deleted rows, too: a DEFERRABLE constraint is one that enable_soft_delete
-- leaves as it is.

CREATE TABLE IF NOT EXISTS @schema@.invitations (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    email text NOT NULL CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    token_hash bytea NOT NULL UNIQUE DEFERRABLE,
    invited_by uuid,
    expires_at timestamptz,
    accepted_at timestamptz,
    accepted_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.invitations IS 'Who was invited to an account, and as what.';
COMMENT ON COLUMN @schema@.invitations.token_hash IS 'SHA-256 of what was sent; the token itself is nowhere.';
COMMENT ON COLUMN @schema@.invitations.expires_at IS 'NULL is never.';
COMMENT ON COLUMN @schema@.invitations.accepted_at IS 'Once.';
COMMENT ON INDEX @schema@.invitations_account_id_id_key IS 'The invitations of an account.';
CREATE INDEX IF NOT EXISTS idx_invitations_email ON @schema@.invitations (rowkit.email_key(email));
COMMENT ON INDEX @schema@.idx_invitations_email IS 'The invitations of who signs up.';

CREATE TABLE IF NOT EXISTS @schema@.api_tokens (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    user_id uuid REFERENCES @schema@.users (id) ON DELETE CASCADE,
    name text NOT NULL,
    key_id text NOT NULL UNIQUE DEFERRABLE,
    token_hash bytea NOT NULL,
    scopes jsonb NOT NULL DEFAULT '[]',
    expires_at timestamptz,
    last_used_at timestamptz,
    last_used_ip inet,
    last_used_user_agent text,
    is_active boolean NOT NULL DEFAULT true,
    revoked_at timestamptz,
    rotated_from uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.api_tokens IS 'API tokens: of each its public part, the hash of the rest, and what it may do.';
COMMENT ON COLUMN @schema@.api_tokens.user_id IS 'Whose it is; NULL for one of the account itself. It goes with the user.';
COMMENT ON COLUMN @schema@.api_tokens.key_id IS 'The part of the token by which it is found.';
COMMENT ON COLUMN @schema@.api_tokens.token_hash IS 'SHA-256 of the token, which itself is nowhere.';
COMMENT ON COLUMN @schema@.api_tokens.scopes IS 'What it may do: an array of names, ["datasets:read"].';
COMMENT ON COLUMN @schema@.api_tokens.expires_at IS 'NULL is never.';
COMMENT ON COLUMN @schema@.api_tokens.last_used_at IS 'At most a minute late.';
COMMENT ON COLUMN @schema@.api_tokens.rotated_from IS 'The token that it replaces.';
COMMENT ON INDEX @schema@.api_tokens_account_id_id_key IS 'The tokens of an account.';
CREATE INDEX IF NOT EXISTS idx_api_tokens_user ON @schema@.api_tokens (user_id);
COMMENT ON INDEX @schema@.idx_api_tokens_user IS 'The tokens of a user.';
CREATE INDEX IF NOT EXISTS idx_api_tokens_expires ON @schema@.api_tokens (expires_at) WHERE expires_at IS NOT NULL AND is_active = true;
COMMENT ON INDEX @schema@.idx_api_tokens_expires IS 'Tokens that have expired or soon will.';

CREATE OR REPLACE TRIGGER api_tokens_scopes BEFORE INSERT OR UPDATE ON @schema@.api_tokens
    FOR EACH ROW EXECUTE FUNCTION rowkit.validate_json_column('scopes', '{"type": "array", "items": {"type": "string", "minLength": 1}}');

-- Names that no user has fail and lock as users do, or the answers would tell who is one.
SELECT count(*) FROM rowkit.enable_login_lockout($rowkit$@schema@.users$rowkit$);
