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
    FOREIGN KEY (invited_by, organization_id) REFERENCES @schema@.auth_users (id, organization_id)
);
COMMENT ON TABLE @schema@.client_invitations IS 'Invitations to become a client; made by invite_client(), claimed once by claim_invitation().';
COMMENT ON COLUMN @schema@.client_invitations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.client_invitations.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.client_invitations.email IS 'The address that is invited; it becomes the client''s.';
COMMENT ON COLUMN @schema@.client_invitations.first_name IS 'The client''s first name, copied to the client by claim_invitation(). NULL when unknown.';
COMMENT ON COLUMN @schema@.client_invitations.last_name IS 'The client''s last name, copied to the client by claim_invitation(). NULL when unknown.';
COMMENT ON COLUMN @schema@.client_invitations.phone IS 'The client''s telephone number, copied to the client by claim_invitation(). NULL when unknown.';
COMMENT ON COLUMN @schema@.client_invitations.invitation_token IS 'The SHA-256 of the token, in hexadecimal digits. The token itself is nowhere.';
COMMENT ON COLUMN @schema@.client_invitations.is_claimed IS 'Whether the invitation was used; set once by claim_invitation().';
COMMENT ON COLUMN @schema@.client_invitations.claimed_at IS 'When the invitation was used; set by claim_invitation(). NULL until then.';
COMMENT ON COLUMN @schema@.client_invitations.invited_by IS
'The staff member who invited: references auth_users of the same organization. NULL when a service invited.';
COMMENT ON COLUMN @schema@.client_invitations.custom_message IS 'The text that the e-mail shows to the client; NULL for none. The application sends it.';
COMMENT ON COLUMN @schema@.client_invitations.metadata IS 'Free-form data of the application; rowkit does not read it.';
COMMENT ON COLUMN @schema@.client_invitations.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.client_invitations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.client_invitations.expires_at IS
'When the invitation ends: claim_invitation() refuses it afterwards. NULL means that it never ends.';
CREATE INDEX IF NOT EXISTS idx_client_invitations_organization_id ON @schema@.client_invitations (organization_id);
CREATE INDEX IF NOT EXISTS idx_client_invitations_email ON @schema@.client_invitations (email);
CREATE INDEX IF NOT EXISTS idx_client_invitations_token ON @schema@.client_invitations (invitation_token);
CREATE INDEX IF NOT EXISTS idx_client_invitations_is_claimed ON @schema@.client_invitations (is_claimed);
CREATE INDEX IF NOT EXISTS idx_client_invitations_created_at ON @schema@.client_invitations (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_client_invitations_metadata ON @schema@.client_invitations USING gin (metadata jsonb_path_ops);
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
    search_vector tsvector,
    UNIQUE (organization_id, id),
    FOREIGN KEY (invitation_id, organization_id) REFERENCES @schema@.client_invitations (id, organization_id)
);
COMMENT ON TABLE @schema@.clients IS 'Clients of a studio. An e-mail address, whatever its case, is one client, across all organizations.';
COMMENT ON COLUMN @schema@.clients.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.clients.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.clients.first_name IS 'The client''s first name; NULL when unknown. The client may change it.';
COMMENT ON COLUMN @schema@.clients.last_name IS 'The client''s last name; NULL when unknown. The client may change it.';
COMMENT ON COLUMN @schema@.clients.name IS 'The full name, generated from first_name and last_name; Unknown when both are NULL.';
COMMENT ON COLUMN @schema@.clients.email IS 'The client''s e-mail address. One address, whatever its case, is one client, across all organizations.';
COMMENT ON COLUMN @schema@.clients.phone IS 'The telephone number as it was typed; search finds it by its digits. NULL when unknown. The client may change it.';
COMMENT ON COLUMN @schema@.clients.password_hash IS 'A bcrypt hash, made by the application. The service''s alone: neither staff nor clients read or write it.';
COMMENT ON COLUMN @schema@.clients.password_set_at IS 'When the client set a password; claim_invitation() writes it. NULL for a client without one.';
COMMENT ON COLUMN @schema@.clients.last_login_at IS 'When the client last signed in; the service writes it. NULL for a client who never did.';
COMMENT ON COLUMN @schema@.clients.is_active IS 'Whether the client is one of the studio''s present clients.';
COMMENT ON COLUMN @schema@.clients.email_verified IS
'Whether the address was proven to be the client''s. Set by claim_invitation() when the claims hold that verified address.';
COMMENT ON COLUMN @schema@.clients.date_of_birth IS 'The client''s day of birth; NULL when unknown. The client may change it.';
COMMENT ON COLUMN @schema@.clients.gender IS 'The client''s gender, in free text; NULL when unknown. The client may change it.';
COMMENT ON COLUMN @schema@.clients.emergency_contact_name IS 'Whom to call in an emergency; NULL when unknown. The client may change it.';
COMMENT ON COLUMN @schema@.clients.emergency_contact_phone IS 'The telephone number of the emergency contact; NULL when unknown. The client may change it.';
COMMENT ON COLUMN @schema@.clients.membership_status IS 'The state of the membership, such as active; free text of the studio.';
COMMENT ON COLUMN @schema@.clients.membership_start_date IS 'The first day of the membership; NULL when it has none.';
COMMENT ON COLUMN @schema@.clients.membership_end_date IS 'The last day of the membership; NULL when it does not end.';
COMMENT ON COLUMN @schema@.clients.invitation_id IS
'The invitation that made or linked the client: references client_invitations. NULL for a client whom staff added.';
COMMENT ON COLUMN @schema@.clients.custom_fields IS 'Fields that the studio defines, a JSON object; search reads its values.';
COMMENT ON COLUMN @schema@.clients.notes IS 'What the staff noted about the client; search reads it.';
COMMENT ON COLUMN @schema@.clients.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.clients.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.clients.search_vector IS 'What search_studio() looks in; kept by a trigger.';
CREATE INDEX IF NOT EXISTS idx_clients_organization_id ON @schema@.clients (organization_id);
CREATE INDEX IF NOT EXISTS idx_clients_email ON @schema@.clients (email);
CREATE UNIQUE INDEX IF NOT EXISTS idx_clients_email_key ON @schema@.clients (rowkit.email_key(email));
CREATE INDEX IF NOT EXISTS idx_clients_phone ON @schema@.clients (phone);
CREATE INDEX IF NOT EXISTS idx_clients_membership_status ON @schema@.clients (membership_status);
CREATE INDEX IF NOT EXISTS idx_clients_is_active ON @schema@.clients (is_active);
CREATE INDEX IF NOT EXISTS idx_clients_invitation_id ON @schema@.clients (organization_id, invitation_id);
CREATE INDEX IF NOT EXISTS idx_clients_custom_fields ON @schema@.clients USING gin (custom_fields);
CREATE INDEX IF NOT EXISTS idx_clients_created_at ON @schema@.clients (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_clients_search ON @schema@.clients USING gin (rowkit.search_scope(organization_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_clients_search IS 'Full-text search by the leakproof operator @~ within an organization, under row security, too.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.client_invitations$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.clients$rowkit$);

CREATE OR REPLACE TRIGGER update_client_invitations_updated_at BEFORE UPDATE ON @schema@.client_invitations
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER clients_search_vector BEFORE INSERT OR UPDATE ON @schema@.clients
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(
        'search_vector', 'first_name:A', 'last_name:A', 'email:B', 'phone:B:phone', 'custom_fields:C', 'notes:D');
CREATE OR REPLACE TRIGGER update_clients_updated_at BEFORE UPDATE ON @schema@.clients
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

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
                rowkit.hash_api_token(drawn.token),
                (SELECT staff.id FROM @schema@.auth_users AS staff
                 WHERE staff.auth_id = rowkit.current_user_id() AND staff.organization_id = invite_client.organization_id AND staff.is_active),
                invite_client.custom_message, coalesce(invite_client.metadata, '{}'), invite_client.expires_at
            FROM drawn
            RETURNING made.id
        )
        SELECT made.id, drawn.token FROM made CROSS JOIN drawn;
    END;
COMMENT ON FUNCTION @schema@.invite_client(text, text, text, text, text, timestamptz, jsonb, uuid) IS
'Makes an invitation, and tells its token this once.
invited_by is the staff member who calls. expires_at NULL is never. With the caller''s rights; no end user writes invitations otherwise. 42501 for '
'who is not of the staff, 23502 without an organization. VOLATILE. '
'email is the address that is invited. first_name is the client''s first name. last_name is the client''s last name. phone is the client''s telephone '
'number. custom_message is a text for the e-mail. metadata is kept with the invitation. organization_id is the organization that invites, by default that of '
'whoever is asking. invitation_id is the id of the invitation.';

CREATE OR REPLACE FUNCTION @schema@.claim_invitation(token text, password_hash text DEFAULT NULL)
    RETURNS TABLE(client_id uuid, organization_id uuid, email text)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        -- The UPDATE is the claim: of two at once the second waits, finds it claimed and gets no row.
        WITH claimed AS (
            UPDATE @schema@.client_invitations AS invitation
            SET is_claimed = true, claimed_at = now()
            WHERE invitation.invitation_token = rowkit.hash_api_token(claim_invitation.token)
                AND invitation.is_claimed IS NOT TRUE AND (invitation.expires_at IS NULL OR invitation.expires_at > now())
                -- It dies with the membership of who made it.
                AND (invitation.invited_by IS NULL OR EXISTS (
                    SELECT FROM @schema@.auth_users AS staff
                    WHERE staff.id = invitation.invited_by AND staff.organization_id = invitation.organization_id AND staff.is_active))
            RETURNING invitation.id, invitation.organization_id, invitation.email, invitation.first_name, invitation.last_name, invitation.phone
        ), known AS (
            -- Who is a client of this studio already is linked; of another one, the INSERT fails (23505) and the invitation stays. Staff invite and are told
            -- the token: so it gives nobody the account of a client who has a password, and proves no address.
            UPDATE @schema@.clients AS client
            SET invitation_id = claimed.id, email_verified = client.email_verified IS TRUE
                    OR coalesce(rowkit.email_key(rowkit.current_claim('email')) = rowkit.email_key(claimed.email), false),
                password_hash = coalesce(client.password_hash, claim_invitation.password_hash),
                password_set_at = CASE WHEN client.password_hash IS NULL AND claim_invitation.password_hash IS NOT NULL THEN now() ELSE client.password_set_at END
            FROM claimed
            WHERE rowkit.email_key(client.email) = rowkit.email_key(claimed.email) AND client.organization_id = claimed.organization_id
            RETURNING client.id, client.organization_id, client.email
        ), made AS (
            INSERT INTO @schema@.clients AS client (
                organization_id, email, first_name, last_name, phone, invitation_id, email_verified, password_hash, password_set_at)
            SELECT
                claimed.organization_id, claimed.email, claimed.first_name, claimed.last_name, claimed.phone, claimed.id,
                coalesce(rowkit.email_key(rowkit.current_claim('email')) = rowkit.email_key(claimed.email), false), claim_invitation.password_hash, CASE WHEN claim_invitation.password_hash IS NOT NULL THEN now() END
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
'Claims an invitation, once, and makes its client or links the one that is there.
Returns no row for a token that is unknown, claimed or '
'expired, or whose inviter is no active member of the staff any more. A client who has a password keeps it. email_verified becomes true only where the claims have that e-mail address, verified: staff are told the token, too. The token is the right to do so: it works with the owner''s rights, for anon, authenticated and service_role where they are; grant EXECUTE to others. '
'23505 when the address is a client of another organization. VOLATILE. '
'password_hash is the hash of the client''s password, NULL for none. client_id is the client. organization_id is the studio. email is the client''s address.';
