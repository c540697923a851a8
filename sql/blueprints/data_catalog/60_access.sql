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
COMMENT ON COLUMN @schema@.invitations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.invitations.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.invitations.email IS 'The address that is invited; only who has it in the claims can accept.';
COMMENT ON COLUMN @schema@.invitations.role IS 'The role that the member gets: owner, admin, member or viewer.';
COMMENT ON COLUMN @schema@.invitations.token_hash IS 'SHA-256 of what was sent; the token itself is nowhere.';
COMMENT ON COLUMN @schema@.invitations.invited_by IS 'The user who invited; NULL for a service. No foreign key: it outlives the user.';
COMMENT ON COLUMN @schema@.invitations.expires_at IS 'When the invitation ends; NULL means that it never ends.';
COMMENT ON COLUMN @schema@.invitations.accepted_at IS 'When the invitation was accepted, which happens once; NULL until then.';
COMMENT ON COLUMN @schema@.invitations.accepted_by IS 'The user who accepted; NULL until then. No foreign key: it outlives the user.';
COMMENT ON COLUMN @schema@.invitations.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.invitations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.invitations.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.invitations.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.invitations.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.invitations.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
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
    rotated_from_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.api_tokens IS 'API tokens: of each its public part, the hash of the rest, and what it may do.';
COMMENT ON COLUMN @schema@.api_tokens.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.api_tokens.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.api_tokens.user_id IS 'The user whose token it is: references users, and goes with the user. NULL for one of the account itself.';
COMMENT ON COLUMN @schema@.api_tokens.name IS 'What the token is for, as people read it.';
COMMENT ON COLUMN @schema@.api_tokens.key_id IS 'The part of the token by which it is found.';
COMMENT ON COLUMN @schema@.api_tokens.token_hash IS 'SHA-256 of the token, which itself is nowhere.';
COMMENT ON COLUMN @schema@.api_tokens.scopes IS 'What it may do: an array of names, ["datasets:read"].';
COMMENT ON COLUMN @schema@.api_tokens.expires_at IS 'When the token ends; NULL means that it never ends.';
COMMENT ON COLUMN @schema@.api_tokens.last_used_at IS
'When the token was last used, at most a minute late; NULL for never. rowkit.validate_api_token() writes it.';
COMMENT ON COLUMN @schema@.api_tokens.last_used_ip IS 'The address of that use; NULL when unknown.';
COMMENT ON COLUMN @schema@.api_tokens.last_used_user_agent IS 'The user agent of that use; NULL when unknown.';
COMMENT ON COLUMN @schema@.api_tokens.is_active IS 'Whether the token works; false once it is revoked.';
COMMENT ON COLUMN @schema@.api_tokens.revoked_at IS 'When the token was revoked; NULL when it was not. A revoked token stays revoked.';
COMMENT ON COLUMN @schema@.api_tokens.rotated_from_id IS 'The token that it replaces: id in api_tokens. NULL for none.';
COMMENT ON COLUMN @schema@.api_tokens.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.api_tokens.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.api_tokens.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.api_tokens.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.api_tokens_account_id_id_key IS 'The tokens of an account.';
CREATE INDEX IF NOT EXISTS idx_api_tokens_user ON @schema@.api_tokens (user_id);
COMMENT ON INDEX @schema@.idx_api_tokens_user IS 'The tokens of a user.';
CREATE INDEX IF NOT EXISTS idx_api_tokens_expires ON @schema@.api_tokens (expires_at) WHERE expires_at IS NOT NULL AND is_active = true;
COMMENT ON INDEX @schema@.idx_api_tokens_expires IS 'Tokens that have expired or soon will.';

CREATE OR REPLACE TRIGGER api_tokens_scopes BEFORE INSERT OR UPDATE ON @schema@.api_tokens
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('scopes', '{"type": "array", "items": {"type": "string", "minLength": 1}}');

-- Names that no user has fail and lock as users do, or the answers would tell who is one.
SELECT count(*) FROM rowkit.enable_login_lockout($rowkit$@schema@.users$rowkit$);
