-- Clients and how they are invited. An invitation's token is told once and stored as its hash: who reads the table cannot claim.

CREATE TABLE IF NOT EXISTS @schema@.client_invitations (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    email text NOT NULL,
    first_name text,
    last_name text,
    phone text,
    invitation_token text UNIQUE NOT NULL CHECK (invitation_token ~ '^[0-9a-f]{64}$'),
    is_claimed boolean DEFAULT false,
    claimed_at timestamptz,
    invited_by uuid,
    custom_message text,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    expires_at timestamptz,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, invited_by) REFERENCES @schema@.auth_users (organization_id, id)
);
COMMENT ON TABLE @schema@.client_invitations IS 'Invitations to become a client; made by invite_client(), claimed once by claim_invitation().';
COMMENT ON COLUMN @schema@.client_invitations.invitation_token IS 'The SHA-256 of the token, in hexadecimal digits. The token itself is nowhere.';
COMMENT ON COLUMN @schema@.client_invitations.invited_by IS 'Staff of the same organization.';
COMMENT ON COLUMN @schema@.client_invitations.expires_at IS 'NULL: never.';
CREATE INDEX IF NOT EXISTS idx_client_invitations_organization_id ON @schema@.client_invitations (organization_id);
CREATE INDEX IF NOT EXISTS idx_client_invitations_email ON @schema@.client_invitations (email);
CREATE INDEX IF NOT EXISTS idx_client_invitations_token ON @schema@.client_invitations (invitation_token);
CREATE INDEX IF NOT EXISTS idx_client_invitations_is_claimed ON @schema@.client_invitations (is_claimed);
CREATE INDEX IF NOT EXISTS idx_client_invitations_invited_by ON @schema@.client_invitations (organization_id, invited_by);

CREATE TABLE IF NOT EXISTS @schema@.clients (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    first_name text,
    last_name text,
    name text GENERATED ALWAYS AS (coalesce(first_name || ' ' || last_name, first_name, last_name, 'Unknown')) STORED,
    email text UNIQUE NOT NULL,
    phone text,
    password_hash text,
    password_set_at timestamptz,
    last_login_at timestamptz,
    is_active boolean DEFAULT true,
    email_verified boolean DEFAULT false,
    date_of_birth date,
    gender text,
    emergency_contact_name text,
    emergency_contact_phone text,
    membership_status text DEFAULT 'active',
    membership_start_date date,
    membership_end_date date,
    invitation_id uuid,
    custom_fields jsonb DEFAULT '{}',
    notes text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, invitation_id) REFERENCES @schema@.client_invitations (organization_id, id)
);
COMMENT ON TABLE @schema@.clients IS 'Clients of a studio. An e-mail address, whatever its case, is one client, across all organizations.';
COMMENT ON COLUMN @schema@.clients.password_hash IS 'A bcrypt hash, made by the application. The service''s alone: neither staff nor clients read or write it.';
CREATE INDEX IF NOT EXISTS idx_clients_organization_id ON @schema@.clients (organization_id);
CREATE INDEX IF NOT EXISTS idx_clients_email ON @schema@.clients (email);
CREATE UNIQUE INDEX IF NOT EXISTS idx_clients_email_key ON @schema@.clients (rowkit.email_key(email));
CREATE INDEX IF NOT EXISTS idx_clients_phone ON @schema@.clients (phone);
CREATE INDEX IF NOT EXISTS idx_clients_membership_status ON @schema@.clients (membership_status);
CREATE INDEX IF NOT EXISTS idx_clients_is_active ON @schema@.clients (is_active);
CREATE INDEX IF NOT EXISTS idx_clients_invitation_id ON @schema@.clients (organization_id, invitation_id);
CREATE INDEX IF NOT EXISTS idx_clients_custom_fields ON @schema@.clients USING gin (custom_fields);

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.client_invitations$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.clients$rowkit$);

CREATE OR REPLACE TRIGGER update_client_invitations_updated_at BEFORE UPDATE ON @schema@.client_invitations
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER update_clients_updated_at BEFORE UPDATE ON @schema@.clients
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

CREATE OR REPLACE FUNCTION @schema@.hash_invitation_token(token text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(token, 'UTF8')), 'hex');
COMMENT ON FUNCTION @schema@.hash_invitation_token(text) IS
'What client_invitations.invitation_token holds for a token: its SHA-256. A plain hash does, as a token is 256 random bits, not a password. IMMUTABLE.';

CREATE OR REPLACE FUNCTION @schema@.invite_client(
    email text, first_name text DEFAULT NULL, last_name text DEFAULT NULL, phone text DEFAULT NULL, custom_message text DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT '{}', organization_id uuid DEFAULT @schema@.get_user_organization_id()
)
    RETURNS TABLE(invitation_id uuid, token text)
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH drawn AS MATERIALIZED (
            SELECT rowkit_internal._new_invitation_token($rowkit$@schema@.client_invitations$rowkit$::pg_catalog.regclass) AS token
        ), made AS (
            INSERT INTO @schema@.client_invitations AS made (
                organization_id, email, first_name, last_name, phone, invitation_token, invited_by, custom_message, metadata, expires_at)
            SELECT
                invite_client.organization_id, invite_client.email, invite_client.first_name, invite_client.last_name, invite_client.phone,
                @schema@.hash_invitation_token(drawn.token),
                (SELECT staff.id FROM @schema@.auth_users AS staff
                 WHERE staff.auth_id = rowkit.current_user_id() AND staff.organization_id = invite_client.organization_id AND staff.is_active),
                invite_client.custom_message, coalesce(invite_client.metadata, '{}'), invite_client.expires_at
            FROM drawn
            RETURNING made.id
        )
        SELECT made.id, drawn.token FROM made CROSS JOIN drawn;
    END;
COMMENT ON FUNCTION @schema@.invite_client(text, text, text, text, text, timestamptz, jsonb, uuid) IS
'Makes an invitation and returns its token, this once. invited_by is the staff member who calls. expires_at NULL is never. With the caller''s rights; no end user writes invitations otherwise. 42501 for '
'who is not of the staff, 23502 without an organization. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.claim_invitation(token text, password_hash text DEFAULT NULL)
    RETURNS TABLE(client_id uuid, organization_id uuid, email text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        -- The UPDATE is the claim: of two at once the second waits, finds it claimed and gets no row.
        WITH claimed AS (
            UPDATE @schema@.client_invitations AS invitation
            SET is_claimed = true, claimed_at = now()
            WHERE invitation.invitation_token = @schema@.hash_invitation_token(claim_invitation.token)
                AND invitation.is_claimed IS NOT TRUE AND (invitation.expires_at IS NULL OR invitation.expires_at > now())
                -- It dies with the membership of who made it.
                AND (invitation.invited_by IS NULL OR EXISTS (
                    SELECT FROM @schema@.auth_users AS staff
                    WHERE staff.id = invitation.invited_by AND staff.organization_id = invitation.organization_id AND staff.is_active))
            RETURNING invitation.id, invitation.organization_id, invitation.email, invitation.first_name, invitation.last_name, invitation.phone
        ), known AS (
            -- Who is a client of this studio already is linked; of another one, the INSERT fails (23505) and the invitation stays. Staff invite and are told
            -- the token: so it gives nobody the account of a client who has a password, nor proves that client's address.
            UPDATE @schema@.clients AS client
            SET invitation_id = claimed.id, email_verified = client.email_verified IS TRUE OR client.password_hash IS NULL,
                password_hash = coalesce(client.password_hash, claim_invitation.password_hash),
                password_set_at = CASE WHEN client.password_hash IS NULL AND claim_invitation.password_hash IS NOT NULL THEN now() ELSE client.password_set_at END
            FROM claimed
            WHERE rowkit.email_key(client.email) = rowkit.email_key(claimed.email) AND client.organization_id = claimed.organization_id
            RETURNING client.id, client.organization_id, client.email
        ), made AS (
            INSERT INTO @schema@.clients AS client (
                organization_id, email, first_name, last_name, phone, invitation_id, email_verified, password_hash, password_set_at)
            SELECT
                claimed.organization_id, claimed.email, claimed.first_name, claimed.last_name, claimed.phone, claimed.id, true,
                claim_invitation.password_hash, CASE WHEN claim_invitation.password_hash IS NOT NULL THEN now() END
            FROM claimed
            WHERE NOT EXISTS (SELECT FROM known)
            RETURNING client.id, client.organization_id, client.email
        )
        SELECT known.id, known.organization_id, known.email FROM known
        UNION ALL
        SELECT made.id, made.organization_id, made.email FROM made;
    END;
REVOKE EXECUTE ON FUNCTION @schema@.claim_invitation(text, text) FROM PUBLIC;
COMMENT ON FUNCTION @schema@.claim_invitation(text, text) IS
'Claims an invitation, once, and makes its client or links the one that is there; no row for a token that is unknown, claimed or '
'expired, or whose inviter is no active member of the staff any more. A client who has a password keeps it, and is not verified by this. The token is the right to do so: it works with the owner''s rights, for anon, authenticated and service_role where they are; grant EXECUTE to others. '
'23505 when the address is a client of another organization. VOLATILE.';
