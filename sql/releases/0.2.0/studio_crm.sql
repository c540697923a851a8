-- What blueprints made in this schema, by names relative to it: no OID, so it survives dump, restore and renaming the schema.

CREATE TABLE IF NOT EXISTS @schema@.rowkit_objects (
    blueprint text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    checksum text,
    PRIMARY KEY (blueprint, kind, name)
);
COMMENT ON TABLE @schema@.rowkit_objects IS
'What rowkit.install_blueprint made in this schema; rowkit.uninstall_blueprint drops exactly this. Not to be edited.';
COMMENT ON COLUMN @schema@.rowkit_objects.blueprint IS 'The blueprint that made the object, as rowkit.blueprints() names it.';
COMMENT ON COLUMN @schema@.rowkit_objects.version IS
'The version that made the object; for kind blueprint the version that is installed.';
COMMENT ON COLUMN @schema@.rowkit_objects.kind IS
'What the object is, such as table, index or policy; blueprint for the row of the blueprint itself, schema where the schema was made with it.';
COMMENT ON COLUMN @schema@.rowkit_objects.name IS
'Relative to the schema; objects of a table as table.object. For kind blueprint its name, for kind schema a dot.';
COMMENT ON COLUMN @schema@.rowkit_objects.checksum IS
'For kind blueprint, of what was made and granted: install_blueprint repairs it where that is another by now.';
SELECT rowkit_internal._close_helper_table($rowkit$@schema@.rowkit_objects$rowkit$);
-- Organizations (the tenants) and their staff. Columns, defaults and indexes are the seed's, but for the ids, which rise with time
-- (rowkit.uuidv7). Tenant tables have UNIQUE (organization_id, id), and foreign keys between them hold organization_id after the id.

CREATE TABLE IF NOT EXISTS @schema@.organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    slug text UNIQUE,
    settings jsonb DEFAULT '{}',
    subscription_status text DEFAULT 'trial',
    subscription_tier text DEFAULT 'starter',
    trial_ends_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
COMMENT ON TABLE @schema@.organizations IS 'The tenants: studios. Deleting one deletes what it has.';
COMMENT ON COLUMN @schema@.organizations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.organizations.name IS 'The studio''s name, as people read it.';
COMMENT ON COLUMN @schema@.organizations.slug IS 'The name in addresses; unique across organizations. NULL when the studio has none.';
COMMENT ON COLUMN @schema@.organizations.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.organizations.subscription_status IS
'The state of the subscription, such as trial or active. Only the service changes it, members cannot.';
COMMENT ON COLUMN @schema@.organizations.subscription_tier IS
'The tier that the studio pays for, such as starter. Only the service changes it, members cannot.';
COMMENT ON COLUMN @schema@.organizations.trial_ends_at IS 'When the trial ends; NULL when there is none. Only the service changes it, members cannot.';
COMMENT ON COLUMN @schema@.organizations.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.organizations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_organizations_slug ON @schema@.organizations (slug);
CREATE INDEX IF NOT EXISTS idx_organizations_created_at ON @schema@.organizations (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_organizations_subscription_status ON @schema@.organizations (subscription_status);

CREATE TABLE IF NOT EXISTS @schema@.auth_users (
    id uuid PRIMARY KEY,
    auth_id uuid UNIQUE NOT NULL,
    email text UNIQUE NOT NULL,
    full_name text,
    organization_id uuid REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    role text DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    is_active boolean DEFAULT true,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.auth_users IS 'Staff: the membership. Who has no organization yet sees none.';
COMMENT ON COLUMN @schema@.auth_users.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.auth_users.auth_id IS 'The sub of the user''s token, such as auth.users.id of Supabase.';
COMMENT ON COLUMN @schema@.auth_users.email IS 'The e-mail address to sign in with; unique across organizations.';
COMMENT ON COLUMN @schema@.auth_users.full_name IS 'The name that colleagues read; NULL when unknown.';
COMMENT ON COLUMN @schema@.auth_users.organization_id IS
'The organization (tenant) that the person works for; references organizations. NULL for a person who has none yet.';
COMMENT ON COLUMN @schema@.auth_users.role IS 'owner, admin or member, from the most rights to the fewest.';
COMMENT ON COLUMN @schema@.auth_users.is_active IS 'Whether the membership gives rights; false keeps the row without them.';
COMMENT ON COLUMN @schema@.auth_users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.auth_users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_auth_users_auth_id ON @schema@.auth_users (auth_id);
CREATE INDEX IF NOT EXISTS idx_auth_users_organization_id ON @schema@.auth_users (organization_id);
CREATE INDEX IF NOT EXISTS idx_auth_users_created_at ON @schema@.auth_users (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_auth_users_email ON @schema@.auth_users (email);

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.organizations$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.auth_users$rowkit$);

CREATE OR REPLACE TRIGGER update_organizations_updated_at BEFORE UPDATE ON @schema@.organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER update_auth_users_updated_at BEFORE UPDATE ON @schema@.auth_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

-- The names of an atomic body are resolved now, so it survives renaming the schema.
CREATE OR REPLACE FUNCTION @schema@.get_user_organization_id() RETURNS uuid
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT staff.organization_id FROM @schema@.auth_users AS staff
        WHERE staff.auth_id = rowkit.current_user_id() AND staff.is_active;
    END;
COMMENT ON FUNCTION @schema@.get_user_organization_id() IS
'Returns the organization of whoever is asking.
The organization of whoever is asking, by the claims (rowkit.current_user_id()); NULL for who is no active staff. STABLE.';

-- PL/pgSQL: a trigger function cannot be SQL; the tables are named by its arguments and its schema by the trigger.
-- The owner's rights: whoever may add a row need not be allowed to change the parent.
CREATE OR REPLACE FUNCTION @schema@.keep_latest() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $trigger$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, TG_ARGV[0]);
    EXECUTE format(
        'UPDATE %1$I.%2$I AS parent SET %3$I = greatest(parent.%3$I, latest.at) '
        'FROM (SELECT new_rows.%4$I AS id, max(new_rows.%5$I) AS at FROM new_rows GROUP BY new_rows.%4$I) AS latest '
        'WHERE parent.id OPERATOR(pg_catalog.=) latest.id AND latest.at IS NOT NULL',
        TG_TABLE_SCHEMA, TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3]);
    RETURN NULL;
END
$trigger$;
REVOKE EXECUTE ON FUNCTION @schema@.keep_latest() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.keep_latest() IS
'Trigger, AFTER INSERT FOR EACH STATEMENT with new_rows: keep_latest(parent table, its column, column of the foreign key, column of the time) keeps on '
'each parent when the latest row came. Its name comes after usage_…: the counters hold the parents in the order of their keys.';
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
-- Leads: who may become a client.

CREATE TABLE IF NOT EXISTS @schema@.leads (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    first_name text,
    last_name text,
    name text GENERATED ALWAYS AS (coalesce(first_name || ' ' || last_name, first_name, last_name, 'Unknown')) STORED,
    email text,
    phone text,
    source text DEFAULT 'manual',
    source_details jsonb DEFAULT '{}',
    utm_source text,
    utm_medium text,
    utm_campaign text,
    status text DEFAULT 'new' CHECK (status IN ('new', 'contacted', 'qualified', 'converted', 'lost')),
    tags text[] DEFAULT '{}',
    lead_score integer DEFAULT 0,
    ai_score double precision,
    assigned_to uuid,
    custom_fields jsonb DEFAULT '{}',
    notes text,
    last_contacted_at timestamptz,
    converted_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    search_vector tsvector,
    UNIQUE (organization_id, id),
    FOREIGN KEY (assigned_to, organization_id) REFERENCES @schema@.auth_users (id, organization_id)
);
COMMENT ON TABLE @schema@.leads IS 'Who may become a client.';
COMMENT ON COLUMN @schema@.leads.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.leads.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.leads.first_name IS 'The lead''s first name; NULL when unknown.';
COMMENT ON COLUMN @schema@.leads.last_name IS 'The lead''s last name; NULL when unknown.';
COMMENT ON COLUMN @schema@.leads.name IS 'The full name, generated from first_name and last_name; Unknown when both are NULL.';
COMMENT ON COLUMN @schema@.leads.email IS 'The lead''s e-mail address; NULL when unknown. Several leads may share one.';
COMMENT ON COLUMN @schema@.leads.phone IS 'The telephone number as it was typed; search finds it by its digits. NULL when unknown.';
COMMENT ON COLUMN @schema@.leads.source IS 'Where the lead came from, such as manual or website; free text of the studio.';
COMMENT ON COLUMN @schema@.leads.source_details IS 'More about the source, a JSON object of the application.';
COMMENT ON COLUMN @schema@.leads.utm_source IS 'The utm_source of the link that brought the lead; NULL without one.';
COMMENT ON COLUMN @schema@.leads.utm_medium IS 'The utm_medium of the link that brought the lead; NULL without one.';
COMMENT ON COLUMN @schema@.leads.utm_campaign IS 'The utm_campaign of the link that brought the lead; NULL without one.';
COMMENT ON COLUMN @schema@.leads.status IS 'new, contacted, qualified, converted or lost.';
COMMENT ON COLUMN @schema@.leads.tags IS 'Labels that the studio gives; search reads them.';
COMMENT ON COLUMN @schema@.leads.lead_score IS 'How promising the lead is, in points; the application computes it. 0 by default.';
COMMENT ON COLUMN @schema@.leads.ai_score IS 'How promising a model thinks the lead is; the application writes it. NULL until it was computed.';
COMMENT ON COLUMN @schema@.leads.assigned_to IS 'The staff member who takes care of the lead: references auth_users of the same organization. NULL for nobody.';
COMMENT ON COLUMN @schema@.leads.custom_fields IS 'Fields that the studio defines, a JSON object; search reads its values.';
COMMENT ON COLUMN @schema@.leads.notes IS 'What the staff noted about the lead; search reads it.';
COMMENT ON COLUMN @schema@.leads.last_contacted_at IS 'When somebody last got in touch with the lead; the application writes it. NULL for never.';
COMMENT ON COLUMN @schema@.leads.converted_at IS 'When the lead became a client; the application writes it. NULL until then.';
COMMENT ON COLUMN @schema@.leads.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.leads.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.leads.search_vector IS 'What search_studio() looks in; kept by a trigger.';
CREATE INDEX IF NOT EXISTS idx_leads_organization_id ON @schema@.leads (organization_id);
CREATE INDEX IF NOT EXISTS idx_leads_email ON @schema@.leads (email);
CREATE INDEX IF NOT EXISTS idx_leads_phone ON @schema@.leads (phone);
CREATE INDEX IF NOT EXISTS idx_leads_status ON @schema@.leads (status);
CREATE INDEX IF NOT EXISTS idx_leads_source ON @schema@.leads (source);
CREATE INDEX IF NOT EXISTS idx_leads_created_at ON @schema@.leads (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_leads_tags ON @schema@.leads USING gin (tags);
CREATE INDEX IF NOT EXISTS idx_leads_org_status_created ON @schema@.leads (organization_id, status, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_leads_assigned_to ON @schema@.leads (organization_id, assigned_to);
CREATE INDEX IF NOT EXISTS idx_leads_custom_fields ON @schema@.leads USING gin (custom_fields);
CREATE INDEX IF NOT EXISTS idx_leads_source_details ON @schema@.leads USING gin (source_details jsonb_path_ops);
CREATE INDEX IF NOT EXISTS idx_leads_search ON @schema@.leads USING gin (rowkit.search_scope(organization_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_leads_search IS 'Full-text search by the leakproof operator @~ within an organization, under row security, too.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.leads$rowkit$);
CREATE OR REPLACE TRIGGER leads_search_vector BEFORE INSERT OR UPDATE ON @schema@.leads
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(
        'search_vector', 'first_name:A', 'last_name:A', 'email:B', 'phone:B:phone', 'tags:B', 'custom_fields:C', 'notes:D');
CREATE OR REPLACE TRIGGER update_leads_updated_at BEFORE UPDATE ON @schema@.leads
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
-- Workflows, which are graphs, and their runs.

CREATE TABLE IF NOT EXISTS @schema@.workflows (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    trigger_type text NOT NULL,
    trigger_config jsonb DEFAULT '{}',
    nodes jsonb NOT NULL DEFAULT '[]',
    edges jsonb NOT NULL DEFAULT '[]',
    status text DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'inactive')),
    version integer DEFAULT 1,
    settings jsonb DEFAULT '{"errorHandling": "continue", "maxExecutionTime": 300, "timezone": "Europe/London"}',
    total_executions integer NOT NULL DEFAULT 0,
    successful_executions integer NOT NULL DEFAULT 0,
    failed_executions integer NOT NULL DEFAULT 0,
    last_run_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.workflows IS 'Workflows: nodes with ids, edges between them, without cycles (rowkit.validate_workflow).';
COMMENT ON COLUMN @schema@.workflows.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workflows.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.workflows.name IS 'The workflow''s name, as people read it.';
COMMENT ON COLUMN @schema@.workflows.description IS 'What the workflow is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.workflows.trigger_type IS 'The kind of event that starts the workflow, such as form_submission; the application defines the kinds.';
COMMENT ON COLUMN @schema@.workflows.trigger_config IS 'Which events of that kind start it, a JSON object of the application.';
COMMENT ON COLUMN @schema@.workflows.nodes IS 'The steps: [{"id", "type", …}], each id once. A trigger refuses a graph with a cycle.';
COMMENT ON COLUMN @schema@.workflows.edges IS 'The order of the steps: [{"id", "source", "target", …}], where source and target are ids of nodes.';
COMMENT ON COLUMN @schema@.workflows.status IS 'draft, active or inactive; the application runs only what is active.';
COMMENT ON COLUMN @schema@.workflows.version IS 'The version that the application gives to the graph; 1 by default.';
COMMENT ON COLUMN @schema@.workflows.settings IS 'How the application runs it: {"errorHandling", "maxExecutionTime" in seconds, "timezone"}.';
COMMENT ON COLUMN @schema@.workflows.total_executions IS 'How many runs there are; triggers on workflow_executions keep it.';
COMMENT ON COLUMN @schema@.workflows.successful_executions IS 'How many runs have the status completed; triggers on workflow_executions keep it.';
COMMENT ON COLUMN @schema@.workflows.failed_executions IS 'How many runs have the status failed; triggers on workflow_executions keep it.';
COMMENT ON COLUMN @schema@.workflows.last_run_at IS 'When the latest run started; a trigger on workflow_executions keeps it. NULL before the first.';
COMMENT ON COLUMN @schema@.workflows.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workflows.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_workflows_organization_id ON @schema@.workflows (organization_id);
CREATE INDEX IF NOT EXISTS idx_workflows_status ON @schema@.workflows (status);
CREATE INDEX IF NOT EXISTS idx_workflows_trigger_type ON @schema@.workflows (trigger_type);
CREATE INDEX IF NOT EXISTS idx_workflows_created_at ON @schema@.workflows (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_workflows_trigger_config ON @schema@.workflows USING gin (trigger_config jsonb_path_ops);
CREATE INDEX IF NOT EXISTS idx_workflows_org_status_trigger ON @schema@.workflows (organization_id, status, trigger_type);

CREATE TABLE IF NOT EXISTS @schema@.workflow_executions (
    id uuid PRIMARY KEY,
    workflow_id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    triggered_by text,
    trigger_data jsonb,
    input_data jsonb,
    output_data jsonb,
    execution_steps jsonb DEFAULT '[]',
    error_message text,
    error_details jsonb,
    started_at timestamptz DEFAULT now(),
    completed_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id),
    FOREIGN KEY (workflow_id, organization_id) REFERENCES @schema@.workflows (id, organization_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workflow_executions IS 'Runs of workflows.';
COMMENT ON COLUMN @schema@.workflow_executions.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workflow_executions.workflow_id IS 'The workflow that runs: references workflows of the same organization.';
COMMENT ON COLUMN @schema@.workflow_executions.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the workflow when left out.';
COMMENT ON COLUMN @schema@.workflow_executions.status IS 'pending, running, completed, failed or cancelled; workflows counts those that completed and failed.';
COMMENT ON COLUMN @schema@.workflow_executions.triggered_by IS
'What started the run, such as the id of a form submission; the application writes it. NULL when unknown.';
COMMENT ON COLUMN @schema@.workflow_executions.trigger_data IS 'The event that started the run, as JSON; NULL without one.';
COMMENT ON COLUMN @schema@.workflow_executions.input_data IS 'What the first step got, as JSON; NULL for nothing.';
COMMENT ON COLUMN @schema@.workflow_executions.output_data IS 'What the run returned, as JSON; NULL until it ends.';
COMMENT ON COLUMN @schema@.workflow_executions.execution_steps IS 'What each step did, a JSON array that the application appends to.';
COMMENT ON COLUMN @schema@.workflow_executions.error_message IS 'Why the run failed, for people; NULL when it did not.';
COMMENT ON COLUMN @schema@.workflow_executions.error_details IS 'Why the run failed, for programs, as JSON; NULL when it did not.';
COMMENT ON COLUMN @schema@.workflow_executions.started_at IS 'When the run started; now() by default.';
COMMENT ON COLUMN @schema@.workflow_executions.completed_at IS 'When the run ended, well or not; NULL while it runs.';
COMMENT ON COLUMN @schema@.workflow_executions.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workflow_executions.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_workflow_executions_workflow_id ON @schema@.workflow_executions (workflow_id);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_organization_id ON @schema@.workflow_executions (organization_id);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_status ON @schema@.workflow_executions (status);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_created_at ON @schema@.workflow_executions (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_trigger_data ON @schema@.workflow_executions USING gin (trigger_data jsonb_path_ops);

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.workflows$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.workflow_executions$rowkit$);

CREATE OR REPLACE TRIGGER enforce_workflow BEFORE INSERT OR UPDATE ON @schema@.workflows
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_workflow();
CREATE OR REPLACE TRIGGER update_workflows_updated_at BEFORE UPDATE ON @schema@.workflows
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER workflow_executions_a_tenant BEFORE INSERT ON @schema@.workflow_executions
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('workflow_id');
CREATE OR REPLACE TRIGGER update_workflow_executions_updated_at BEFORE UPDATE ON @schema@.workflow_executions
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'total_executions', foreign_key_column => 'workflow_id', limit_column => '');
SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'successful_executions', foreign_key_column => 'workflow_id',
    condition => $$status = 'completed'$$, limit_column => '');
SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'failed_executions', foreign_key_column => 'workflow_id',
    condition => $$status = 'failed'$$, limit_column => '');
CREATE OR REPLACE TRIGGER z_last_run_at AFTER INSERT ON @schema@.workflow_executions
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.keep_latest('workflows', 'last_run_at', 'workflow_id', 'started_at');
CREATE OR REPLACE TRIGGER z_last_run_at_guard BEFORE UPDATE ON @schema@.workflows
    FOR EACH ROW WHEN (NEW.last_run_at IS DISTINCT FROM OLD.last_run_at AND row_security_active($rowkit$@schema@.workflows$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('last_run_at');
-- Forms, whose fields are columns as in tables.schema, and what people filled in. Amounts of money are fields of type currency: whole
-- numbers of the smallest unit.

CREATE TABLE IF NOT EXISTS @schema@.forms (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    type text DEFAULT 'embed' CHECK (type IN ('embed', 'popup', 'standalone', 'facebook')),
    fields jsonb NOT NULL DEFAULT '[]',
    settings jsonb DEFAULT '{"submitButton": "Submit", "successMessage": "Thank you for your submission!", "redirectUrl": null}',
    styles jsonb DEFAULT '{}',
    is_active boolean DEFAULT true,
    external_id text,
    external_data jsonb,
    submission_count integer NOT NULL DEFAULT 0,
    last_submission_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.forms IS 'Forms that visitors fill in.';
COMMENT ON COLUMN @schema@.forms.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.forms.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.forms.name IS 'The form''s name, as staff read it.';
COMMENT ON COLUMN @schema@.forms.description IS 'What the form is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.forms.type IS 'Where the form is shown: embed, popup, standalone or facebook.';
COMMENT ON COLUMN @schema@.forms.fields IS
'[{"name", "label", "type", "required", "options", …}]: the columns of tables.schema, of rowkit''s field types. Other keys are refused in submissions.';
COMMENT ON COLUMN @schema@.forms.settings IS 'How the page behaves: {"submitButton", "successMessage", "redirectUrl"}, read by the application.';
COMMENT ON COLUMN @schema@.forms.styles IS 'How the page looks, a JSON object of the application.';
COMMENT ON COLUMN @schema@.forms.is_active IS 'Whether the form takes submissions; a closed one refuses them with 55000.';
COMMENT ON COLUMN @schema@.forms.external_id IS 'The form''s id at Facebook; NULL for a form of the studio''s own.';
COMMENT ON COLUMN @schema@.forms.external_data IS 'What Facebook says about the form, as JSON; NULL for a form of the studio''s own.';
COMMENT ON COLUMN @schema@.forms.submission_count IS 'How many submissions there are; triggers on form_submissions keep it.';
COMMENT ON COLUMN @schema@.forms.last_submission_at IS 'When the latest submission came; a trigger on form_submissions keeps it. NULL before the first.';
COMMENT ON COLUMN @schema@.forms.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.forms.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_forms_organization_id ON @schema@.forms (organization_id);
CREATE INDEX IF NOT EXISTS idx_forms_is_active ON @schema@.forms (is_active);
CREATE INDEX IF NOT EXISTS idx_forms_created_at ON @schema@.forms (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_forms_external_id ON @schema@.forms (external_id);

CREATE TABLE IF NOT EXISTS @schema@.form_submissions (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    form_id uuid NOT NULL,
    lead_id uuid,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id),
    FOREIGN KEY (form_id, organization_id) REFERENCES @schema@.forms (id, organization_id) ON DELETE CASCADE,
    FOREIGN KEY (lead_id, organization_id) REFERENCES @schema@.leads (id, organization_id) ON DELETE SET NULL (lead_id)
);
COMMENT ON TABLE @schema@.form_submissions IS 'What visitors filled in; each is valid by the fields that the form had then.';
COMMENT ON COLUMN @schema@.form_submissions.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.form_submissions.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the form when left out.';
COMMENT ON COLUMN @schema@.form_submissions.form_id IS 'The form that was filled in: references forms of the same organization.';
COMMENT ON COLUMN @schema@.form_submissions.lead_id IS
'The lead that was made of it: references leads of the same organization. NULL when none was, and after the lead is deleted.';
COMMENT ON COLUMN @schema@.form_submissions.data IS 'What the visitor filled in: {field name: value}. A trigger validates it against forms.fields.';
COMMENT ON COLUMN @schema@.form_submissions.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.form_submissions.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_form_submissions_organization_id ON @schema@.form_submissions (organization_id);
CREATE INDEX IF NOT EXISTS idx_form_submissions_form_id ON @schema@.form_submissions (organization_id, form_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_form_submissions_created_at ON @schema@.form_submissions (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_form_submissions_data ON @schema@.form_submissions USING gin (data jsonb_path_ops);
CREATE INDEX IF NOT EXISTS idx_form_submissions_lead_id ON @schema@.form_submissions (organization_id, lead_id) WHERE lead_id IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.forms$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.form_submissions$rowkit$);

-- PL/pgSQL: a trigger function cannot be SQL.
CREATE OR REPLACE FUNCTION @schema@.enforce_form_fields() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
BEGIN
    PERFORM rowkit_internal._check_form_submission(NEW.fields, '{}');
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.enforce_form_fields() IS 'Trigger on forms: refuses fields that are no columns of rowkit''s types, with 22023.';
CREATE OR REPLACE TRIGGER enforce_form_fields BEFORE INSERT OR UPDATE OF fields ON @schema@.forms
    FOR EACH ROW EXECUTE FUNCTION @schema@.enforce_form_fields();

-- PL/pgSQL: as above, and it raises. Its schema is known by the trigger only, so that it can be renamed. The owner's rights: whoever fills a form in need not be allowed to read it.
CREATE OR REPLACE FUNCTION @schema@.enforce_form_submission() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    problems jsonb;
    is_open boolean;
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'forms');
    -- Of the row's own organization alone: what this raises must not tell of another one's form.
    EXECUTE format(
        'SELECT form.is_active, rowkit_internal._check_form_submission(form.fields, $2) FROM %1$I.forms AS form '
        'WHERE form.organization_id OPERATOR(pg_catalog.=) $3 AND form.id OPERATOR(pg_catalog.=) $1', TG_TABLE_SCHEMA)
    INTO is_open, problems USING NEW.form_id, NEW.data, NEW.organization_id;
    -- A form that is not there is the foreign key's to refuse.
    IF (TG_OP = 'INSERT' OR NEW.form_id OPERATOR(pg_catalog.<>) OLD.form_id) AND NOT is_open THEN
        RAISE EXCEPTION 'the form is closed' USING ERRCODE = rowkit_internal._error_sqlstate('conflict'), HINT = 'Set is_active of the form.';
    ELSIF problems <> '[]' THEN
        RAISE EXCEPTION '%', (SELECT string_agg(problem ->> 'message', '; ') FROM jsonb_path_query(problems, '$[0 to 2]') AS problem) USING
            ERRCODE = '23514', DETAIL = problems, HINT = 'DETAIL lists every problem as JSON; validate_form_submission() tells them without an error.';
    END IF;
    RETURN NEW;
END
$trigger$;
REVOKE EXECUTE ON FUNCTION @schema@.enforce_form_submission() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.enforce_form_submission() IS
'Trigger on form_submissions: refuses what the form''s fields refuse (23514, DETAIL as rowkit.validate_record), and new ones of a closed form, or ones that are moved to it (55000).';
-- After form_submissions_a_tenant: triggers of one kind fire in the order of their names.
DROP TRIGGER IF EXISTS enforce_form_submission ON @schema@.form_submissions;
CREATE OR REPLACE TRIGGER form_submissions_enforce BEFORE INSERT OR UPDATE OF form_id, data ON @schema@.form_submissions
    FOR EACH ROW EXECUTE FUNCTION @schema@.enforce_form_submission();

CREATE OR REPLACE TRIGGER update_forms_updated_at BEFORE UPDATE ON @schema@.forms
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER form_submissions_a_tenant BEFORE INSERT ON @schema@.form_submissions
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('form_id');
CREATE OR REPLACE TRIGGER update_form_submissions_updated_at BEFORE UPDATE ON @schema@.form_submissions
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.form_submissions$rowkit$, $rowkit$@schema@.forms$rowkit$, 'submission_count', foreign_key_column => 'form_id', limit_column => '');
CREATE OR REPLACE TRIGGER z_last_submission_at AFTER INSERT ON @schema@.form_submissions
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.keep_latest('forms', 'last_submission_at', 'form_id', 'created_at');
CREATE OR REPLACE TRIGGER z_last_submission_at_guard BEFORE UPDATE ON @schema@.forms
    FOR EACH ROW WHEN (NEW.last_submission_at IS DISTINCT FROM OLD.last_submission_at AND row_security_active($rowkit$@schema@.forms$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('last_submission_at');

CREATE OR REPLACE FUNCTION @schema@.validate_form_submission(form_id uuid, data jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._check_form_submission(form.fields, validate_form_submission.data)
        FROM @schema@.forms AS form WHERE form.id = validate_form_submission.form_id;
    END;
COMMENT ON FUNCTION @schema@.validate_form_submission(uuid, jsonb) IS
'Returns the problems of a submission as a JSON array; [] means valid.
What is wrong with a submission, as rowkit.validate_record() tells it; [] is valid, NULL without the form. 22023 when data is no object. STABLE. '
'form_id is the form.';

CREATE OR REPLACE FUNCTION @schema@.submit_form(form_id uuid, data jsonb) RETURNS uuid
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        INSERT INTO @schema@.form_submissions (form_id, data) VALUES (submit_form.form_id, submit_form.data) RETURNING id;
    END;
REVOKE EXECUTE ON FUNCTION @schema@.submit_form(uuid, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION @schema@.submit_form(uuid, jsonb) IS
'Writes a submission of a form down, and returns its id.
23514 with every problem as JSON in DETAIL, 55000 for a closed form, 23503 for none. With the owner''s rights, '
'for visitors: anon, authenticated and service_role where they are; grant EXECUTE to others. VOLATILE. '
'form_id is the form. data is what was filled in, {field name: value}.';
-- Message templates, and messages of all channels.

CREATE TABLE IF NOT EXISTS @schema@.message_templates (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    type text NOT NULL CHECK (type IN ('email', 'sms', 'whatsapp')),
    category text,
    subject text,
    content text NOT NULL,
    variables text[] DEFAULT '{}',
    is_active boolean DEFAULT true,
    tags text[] DEFAULT '{}',
    usage_count integer NOT NULL DEFAULT 0,
    last_used_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.message_templates IS 'Texts with variables, {{name}}; render_template() fills them in.';
COMMENT ON COLUMN @schema@.message_templates.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.message_templates.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.message_templates.name IS 'The template''s name, as staff read it.';
COMMENT ON COLUMN @schema@.message_templates.description IS 'What the template is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.message_templates.type IS 'The channel that the text is written for: email, sms or whatsapp.';
COMMENT ON COLUMN @schema@.message_templates.category IS 'A group that staff sort templates into; free text, NULL for none.';
COMMENT ON COLUMN @schema@.message_templates.subject IS 'The subject of e-mails, with variables as {{name}}; NULL for the other channels.';
COMMENT ON COLUMN @schema@.message_templates.content IS 'The text of the message, with variables as {{name}}.';
COMMENT ON COLUMN @schema@.message_templates.variables IS
'What subject and content name, in order. Filled when left out or empty, and when the text changes; given otherwise, it must be that (23514).';
COMMENT ON COLUMN @schema@.message_templates.is_active IS 'Whether staff may still choose it.';
COMMENT ON COLUMN @schema@.message_templates.tags IS 'Labels that the studio gives.';
COMMENT ON COLUMN @schema@.message_templates.usage_count IS 'How many messages were made of it; triggers on messages keep it.';
COMMENT ON COLUMN @schema@.message_templates.last_used_at IS 'When the latest message was made of it; a trigger on messages keeps it. NULL before the first.';
COMMENT ON COLUMN @schema@.message_templates.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.message_templates.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_message_templates_organization_id ON @schema@.message_templates (organization_id);
CREATE INDEX IF NOT EXISTS idx_message_templates_type ON @schema@.message_templates (type);
CREATE INDEX IF NOT EXISTS idx_message_templates_is_active ON @schema@.message_templates (is_active);
CREATE INDEX IF NOT EXISTS idx_message_templates_created_at ON @schema@.message_templates (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_message_templates_tags ON @schema@.message_templates USING gin (tags);

CREATE TABLE IF NOT EXISTS @schema@.messages (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'whatsapp', 'call')),
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    from_address text NOT NULL,
    to_address text NOT NULL,
    lead_id uuid,
    template_id uuid,
    subject text,
    body text NOT NULL,
    html_body text,
    attachments jsonb DEFAULT '[]',
    status text DEFAULT 'pending',
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    error_message text,
    external_id text,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    search_vector tsvector,
    UNIQUE (organization_id, id),
    FOREIGN KEY (lead_id, organization_id) REFERENCES @schema@.leads (id, organization_id) ON DELETE SET NULL (lead_id),
    FOREIGN KEY (template_id, organization_id) REFERENCES @schema@.message_templates (id, organization_id) ON DELETE SET NULL (template_id)
);
COMMENT ON TABLE @schema@.messages IS 'Messages of all channels, in and out.';
COMMENT ON COLUMN @schema@.messages.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.messages.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the lead when left out.';
COMMENT ON COLUMN @schema@.messages.channel IS 'email, sms, whatsapp or call.';
COMMENT ON COLUMN @schema@.messages.direction IS 'inbound for what the studio received, outbound for what it sent.';
COMMENT ON COLUMN @schema@.messages.from_address IS 'The sender: an e-mail address or a telephone number.';
COMMENT ON COLUMN @schema@.messages.to_address IS 'The receiver: an e-mail address or a telephone number.';
COMMENT ON COLUMN @schema@.messages.lead_id IS 'The lead who wrote or was written to: references leads of the same organization. NULL for nobody known.';
COMMENT ON COLUMN @schema@.messages.template_id IS 'The template that it was made of: references message_templates, which counts these. NULL for none.';
COMMENT ON COLUMN @schema@.messages.subject IS 'The subject of an e-mail; NULL for the other channels.';
COMMENT ON COLUMN @schema@.messages.body IS 'The text as plain text; of a call, notes about it.';
COMMENT ON COLUMN @schema@.messages.html_body IS 'The text as HTML; NULL when there is plain text only.';
COMMENT ON COLUMN @schema@.messages.attachments IS 'The attached files, a JSON array of the application.';
COMMENT ON COLUMN @schema@.messages.status IS 'How far the message is, such as pending, sent or failed; the application writes it.';
COMMENT ON COLUMN @schema@.messages.sent_at IS 'When it was sent; NULL until then.';
COMMENT ON COLUMN @schema@.messages.delivered_at IS 'When the provider said that it arrived; NULL until then.';
COMMENT ON COLUMN @schema@.messages.read_at IS 'When the receiver read it; NULL until then, and where nobody tells.';
COMMENT ON COLUMN @schema@.messages.failed_at IS 'When sending it failed; NULL when it did not.';
COMMENT ON COLUMN @schema@.messages.error_message IS 'Why sending it failed, as the provider says; NULL when it did not.';
COMMENT ON COLUMN @schema@.messages.external_id IS 'The message''s id at the provider that carried it, such as Twilio''s SID. NULL for none.';
COMMENT ON COLUMN @schema@.messages.metadata IS 'Free-form data of the application; rowkit does not read it.';
COMMENT ON COLUMN @schema@.messages.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.messages.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.messages.search_vector IS 'What search_studio() looks in; kept by a trigger.';
CREATE INDEX IF NOT EXISTS idx_messages_organization_id ON @schema@.messages (organization_id);
CREATE INDEX IF NOT EXISTS idx_messages_lead_id ON @schema@.messages (lead_id);
CREATE INDEX IF NOT EXISTS idx_messages_channel ON @schema@.messages (channel);
CREATE INDEX IF NOT EXISTS idx_messages_direction ON @schema@.messages (direction);
CREATE INDEX IF NOT EXISTS idx_messages_created_at ON @schema@.messages (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_messages_external_id ON @schema@.messages (external_id);
CREATE INDEX IF NOT EXISTS idx_messages_org_lead_created ON @schema@.messages (organization_id, lead_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_messages_metadata ON @schema@.messages USING gin (metadata jsonb_path_ops);
CREATE INDEX IF NOT EXISTS idx_messages_search ON @schema@.messages USING gin (rowkit.search_scope(organization_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_messages_search IS 'Full-text search by the leakproof operator @~ within an organization, under row security, too.';
CREATE INDEX IF NOT EXISTS idx_messages_template_id ON @schema@.messages (organization_id, template_id) WHERE template_id IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.message_templates$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.messages$rowkit$);

-- PL/pgSQL: a trigger function cannot be SQL, and it raises.
CREATE OR REPLACE FUNCTION @schema@.check_template_variables() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    named CONSTANT text[] := rowkit.template_variables(concat_ws(E'\n', NEW.subject, NEW.content));
BEGIN
    IF coalesce(cardinality(NEW.variables), 0) = 0 OR (TG_OP = 'UPDATE' AND NEW.variables IS NOT DISTINCT FROM OLD.variables) THEN
        NEW.variables := named;
    ELSIF NOT (NEW.variables <@ named AND NEW.variables @> named) THEN
        RAISE EXCEPTION 'variables of template "%" are not those of its text', NEW.name USING
            ERRCODE = '23514', DETAIL = format('Its text names %s, variables has %s.', named, NEW.variables), HINT = 'Leave variables out: they are filled in.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.check_template_variables() IS
'Trigger on message_templates: fills variables, or refuses others than the text names (23514). 22023 for a text that cannot be read.';
CREATE OR REPLACE TRIGGER check_template_variables BEFORE INSERT OR UPDATE OF subject, content, variables ON @schema@.message_templates
    FOR EACH ROW EXECUTE FUNCTION @schema@.check_template_variables();

CREATE OR REPLACE TRIGGER update_message_templates_updated_at BEFORE UPDATE ON @schema@.message_templates
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER messages_a_tenant BEFORE INSERT ON @schema@.messages
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('lead_id');
CREATE OR REPLACE TRIGGER messages_search_vector BEFORE INSERT OR UPDATE ON @schema@.messages
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'subject:A', 'from_address:B', 'to_address:B', 'body:C');
CREATE OR REPLACE TRIGGER update_messages_updated_at BEFORE UPDATE ON @schema@.messages
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.messages$rowkit$, $rowkit$@schema@.message_templates$rowkit$, 'usage_count', foreign_key_column => 'template_id', limit_column => '');
CREATE OR REPLACE TRIGGER z_last_used_at AFTER INSERT ON @schema@.messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.keep_latest('message_templates', 'last_used_at', 'template_id', 'created_at');
CREATE OR REPLACE TRIGGER z_last_used_at_guard BEFORE UPDATE ON @schema@.message_templates
    FOR EACH ROW WHEN (NEW.last_used_at IS DISTINCT FROM OLD.last_used_at AND row_security_active($rowkit$@schema@.message_templates$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('last_used_at');

CREATE OR REPLACE FUNCTION @schema@.render_template(template_id uuid, variables jsonb DEFAULT '{}')
    RETURNS TABLE(subject text, content text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.render_text(template.subject, render_template.variables), rowkit.render_text(template.content, render_template.variables)
        FROM @schema@.message_templates AS template WHERE template.id = render_template.template_id;
    END;
COMMENT ON FUNCTION @schema@.render_template(uuid, jsonb) IS
'Returns a template''s subject and content with the values of its variables.
No row without the template. 22023 for variables without a value. '
'Escape values for HTML first. STABLE. '
'template_id is the template. variables are the values, {variable: value}.';

CREATE OR REPLACE FUNCTION @schema@.search_studio(query text, max_rows integer DEFAULT 20, organization_id uuid DEFAULT @schema@.get_user_organization_id())
    RETURNS TABLE(kind text, record_id uuid, name text, address text, match_level integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH candidate AS MATERIALIZED (
            (SELECT 'lead' AS kind, found.id, found.name, found.email AS address, found.phone AS also, found.notes FROM @schema@.leads AS found
            WHERE found.organization_id = search_studio.organization_id AND rowkit.search_scope(found.organization_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_studio.query, scope => search_studio.organization_id) LIMIT 500)
            UNION ALL
            (SELECT 'client' AS kind, found.id, found.name, found.email, found.phone, found.notes FROM @schema@.clients AS found
            WHERE found.organization_id = search_studio.organization_id AND rowkit.search_scope(found.organization_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_studio.query, scope => search_studio.organization_id) LIMIT 500)
            UNION ALL
            (SELECT 'message' AS kind, found.id, coalesce(found.subject, left(found.body, 100)), CASE found.direction WHEN 'inbound' THEN found.from_address ELSE found.to_address END,
                NULL AS also, found.body FROM @schema@.messages AS found
            WHERE found.organization_id = search_studio.organization_id AND rowkit.search_scope(found.organization_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_studio.query, scope => search_studio.organization_id) LIMIT 500)
        ), ranked AS MATERIALIZED (
            SELECT candidate.kind, candidate.id, candidate.name, candidate.address,
                rowkit_internal._match_level(search_studio.query, ARRAY[candidate.name, candidate.address, candidate.also, candidate.notes], NULL, false) AS match_level
            FROM candidate
        )
        SELECT ranked.kind, ranked.id, ranked.name, ranked.address, ranked.match_level
        FROM ranked
        WHERE numnode(rowkit.search_query(search_studio.query)) > 0
        ORDER BY ranked.match_level, ranked.name, ranked.kind, ranked.id
        LIMIT max_rows;
    END;
COMMENT ON FUNCTION @schema@.search_studio(text, integer, uuid) IS
'Finds leads, clients and messages of a studio by their words, the best first.
Returns what a query finds among the leads, clients and messages of an organization, by default that of whoever is asking, the best first: kind is lead, client or message, name the person or the subject, address the e-mail address or '
'telephone number; match_level is as rank of rowkit.search_records, 0 the best. At most 500 of each kind are looked at. With the caller''s rights and row security. STABLE. '
'Example: SELECT kind, name FROM search_studio(''gwen''). '
'max_rows is how many rows are returned at most. organization_id is that organization. record_id is the id of what was found.';
-- Who changed what: audit_logs, in parts by month, of all tables. Hashes, counters and what follows from other columns stay out of it. Where messages,
-- submissions or runs come in great numbers, rowkit.disable_audit() ends their part of it.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'organization_id');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, redact => audited.redact, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.organizations$rowkit$::regclass, '{updated_at}'::text[], NULL::text[], 'id'),
    ($rowkit$@schema@.auth_users$rowkit$, '{updated_at}', NULL, NULL),
    ($rowkit$@schema@.client_invitations$rowkit$, '{updated_at}', '{invitation_token}', NULL),
    ($rowkit$@schema@.clients$rowkit$, '{updated_at,last_login_at,search_vector}', '{password_hash}', NULL),
    ($rowkit$@schema@.leads$rowkit$, '{updated_at,search_vector}', NULL, NULL),
    ($rowkit$@schema@.workflows$rowkit$, '{updated_at,total_executions,successful_executions,failed_executions,last_run_at}', NULL, NULL),
    ($rowkit$@schema@.workflow_executions$rowkit$, '{updated_at}', NULL, NULL),
    ($rowkit$@schema@.forms$rowkit$, '{updated_at,submission_count,last_submission_at}', NULL, NULL),
    ($rowkit$@schema@.message_templates$rowkit$, '{updated_at,usage_count,last_used_at}', NULL, NULL),
    ($rowkit$@schema@.messages$rowkit$, '{updated_at,search_vector}', NULL, NULL),
    ($rowkit$@schema@.form_submissions$rowkit$, '{updated_at}', NULL, NULL)
) AS audited(name, ignore, redact, tenant_from);
-- What applications call, besides the functions of invitations, forms, templates and search before. Each works on the tables of this schema, whatever the
-- search_path is, with the caller's rights and row security.

CREATE OR REPLACE FUNCTION @schema@.validate_workflow(nodes jsonb, edges jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT rowkit.validate_workflow(validate_workflow.nodes, validate_workflow.edges);
    END;
COMMENT ON FUNCTION @schema@.validate_workflow(jsonb, jsonb) IS
'Returns the problems of a workflow as a JSON array; [] means valid.
What a write of workflows would be refused for, as rowkit.validate_workflow() tells it. IMMUTABLE. Example: SELECT validate_workflow(''[{"id": "a"}]'', ''[]''). '
'nodes are those of workflows.nodes. edges are those of workflows.edges.';

CREATE OR REPLACE FUNCTION @schema@.template_variables(template text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT rowkit.template_variables(template_variables.template);
    END;
COMMENT ON FUNCTION @schema@.template_variables(text) IS
'Returns the variables that a text names, in order.
22023 for a text that cannot be read. IMMUTABLE. Example: SELECT template_variables(''Hello {{name}}''). '
'template is the text, as in message_templates.content.';

CREATE OR REPLACE FUNCTION @schema@.row_history(table_name text, record_id uuid) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history(
            rowkit_internal._table_beside($rowkit$@schema@.organizations$rowkit$::pg_catalog.regclass, row_history.table_name), row_history.record_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.row_history(text, uuid) IS
'Returns what was done to a row, the first event first.
For admins, who read audit_logs; no row for others. 42704 for a table that is not there. STABLE. Example: SELECT created_at, user_id, new_data FROM row_history(''leads'', ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. '
'old_data and new_data are the values before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. '
'database_role is the role that wrote.';
-- What applications call to take back a transaction that audit_logs tells of: the same in each blueprint.

CREATE OR REPLACE FUNCTION @schema@.undo_transaction(transaction uuid) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.undo_transaction(undo_transaction.transaction, $rowkit$@schema@.audit_logs$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.undo_transaction(uuid) IS
'Takes back every change of a transaction.
With the caller''s rights, all or nothing. Returns how many rows it changed. 55000 when a row holds something else by now. VOLATILE. '
'Returns 0 for a transaction that was undone already. Example: SELECT undo_transaction(transaction) FROM audit_logs WHERE id = ''0193…''. '
'transaction is the uuid that audit_logs and the functions of the history have for it.';
-- What default privileges gave the API's roles when the objects were made, or anyone since, is taken back. What they may do is granted after this.

SELECT rowkit_internal._reset_grants('studio_crm', $rowkit$@schema@$rowkit$::regnamespace);
-- Who sees and writes what: staff the rows of their organization, by their role; clients their own row, by verified e-mail and organization;
-- who holds an invitation's token that invitation.

SELECT count(*) FROM rowkit.register_membership(
    $rowkit$@schema@.auth_users$rowkit$, 'auth_id', 'organization_id', role_column => 'role', active_column => 'is_active', roles => '{member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.organizations$rowkit$, 'id', membership => $rowkit$@schema@.auth_users$rowkit$, write_role => 'admin', delete_role => 'owner',
    commands => '{select,update,delete}', bypass_roles => rowkit_internal._bypass_roles());
-- Who has no organization yet is a row as well, so that organization_id can be NULL here and change once: everyone sees themselves and
-- their colleagues, and admins manage these, never above their own role. A login belongs to one studio: so owners alone take somebody on.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.auth_users$rowkit$, '{"auth_id": "sub"}', '{select}', policy_prefix => 'own', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.auth_users$rowkit$, '{}', '{select}', $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$))$rowkit$, policy_prefix => 'staff',
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.auth_users$rowkit$, '{}', '{insert}', $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$, 'owner'))$rowkit$,
    policy_prefix => 'engaged', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.auth_users$rowkit$, '{}', '{update,delete}',
    $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$, 'admin')) AND organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$, role))$rowkit$,
    policy_prefix => 'managed', bypass_roles => rowkit_internal._bypass_roles());
SELECT (
    SELECT count(*) FROM rowkit.enable_tenant_isolation(
        shared.name, membership => $rowkit$@schema@.auth_users$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles()))
FROM unnest(ARRAY[
    $rowkit$@schema@.clients$rowkit$,
    $rowkit$@schema@.leads$rowkit$,
    $rowkit$@schema@.workflows$rowkit$,
    $rowkit$@schema@.workflow_executions$rowkit$,
    $rowkit$@schema@.messages$rowkit$,
    $rowkit$@schema@.forms$rowkit$,
    $rowkit$@schema@.form_submissions$rowkit$,
    $rowkit$@schema@.message_templates$rowkit$]::regclass[]) AS shared(name);
-- Of staff invite_client() alone writes invitations, and claim_invitation(): who wrote one by hand would choose its token and who invited.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.client_invitations$rowkit$, membership => $rowkit$@schema@.auth_users$rowkit$, write_role => 'member', commands => '{select,insert,delete}',
    bypass_roles => rowkit_internal._bypass_roles());
CREATE OR REPLACE TRIGGER a_guard_invitations BEFORE INSERT OR UPDATE ON @schema@.client_invitations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_invitations('invitation_token');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.client_invitations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('invited_by:auth_users.auth_id');
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.client_invitations$rowkit$, '{}', '{select}',
    $rowkit$invitation_token = rowkit.hash_api_token(rowkit.current_claim('invitation_token'))$rowkit$, policy_prefix => 'invited',
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.clients$rowkit$, '{"email": "email", "organization_id": "organization_id"}', '{select,update}', policy_prefix => 'client',
    bypass_roles => rowkit_internal._bypass_roles());
-- A portal that signs its clients in by itself tells who they are by the document's two settings, jwt.claims.email and jwt.claims.organization_id. It has checked
-- the address; a token, which has a user or comes as JSON, must say that somebody did.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.clients$rowkit$, '{"email": "email", "organization_id": "organization_id"}', '{select,update}',
    $rowkit$current_setting('jwt.claims.email', true) <> '' AND coalesce(current_setting('request.jwt.claims', true), '') = '' AND rowkit.current_user_id() IS NULL$rowkit$,
    verified => false, policy_prefix => 'portal', bypass_roles => rowkit_internal._bypass_roles());
-- Events of no tenant, such as the purge of a part of the log, are nobody's to read here.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$, 'admin'))$rowkit$, policy_prefix => 'audit', bypass_roles => '{}');

-- The token, or that a form is open, is the right to call these: so visitors may, and whoever serves them.
SELECT rowkit_internal._open_to_api(called.name, '{anon,authenticated,service_role}')
FROM (VALUES
    ($rowkit$@schema@.claim_invitation(text, text)$rowkit$::regprocedure),
    ($rowkit$@schema@.submit_form(uuid, jsonb)$rowkit$)) AS called(name);

-- What is paid for is not the customer's to write.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('subscription_status', 'subscription_tier', 'trial_ends_at');

-- Admins say who belongs to the staff; that somebody else becomes the person of a row is the service's to say.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.auth_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('auth_id');

-- Clients change how they are reached and called; what they are to the studio is the staff's.
-- PL/pgSQL: a trigger function cannot be SQL.
CREATE OR REPLACE FUNCTION @schema@.guard_client_columns() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    changed text;
BEGIN
    IF row_security_active(TG_RELID) AND NOT NEW.organization_id = ANY (rowkit.current_tenant_ids(TG_ARGV[0]::regclass)) THEN
        SELECT string_agg(field.key, ', ' ORDER BY field.key) INTO changed
        FROM jsonb_each(to_jsonb(NEW)) AS field
        WHERE field.value IS DISTINCT FROM to_jsonb(OLD) -> field.key AND field.key <> ALL (
            ARRAY['first_name', 'last_name', 'name', 'phone', 'date_of_birth', 'gender', 'emergency_contact_name', 'emergency_contact_phone', 'updated_at']);
    END IF;
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION 'only the staff change % of a client', changed USING ERRCODE = '42501', HINT = 'Ask the studio.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.guard_client_columns() IS
'Trigger BEFORE UPDATE on clients, its argument the membership: who is not of the staff changes names, phone, birth, gender and emergency contact alone (42501).';
CREATE OR REPLACE TRIGGER a_client_columns BEFORE UPDATE ON @schema@.clients
    FOR EACH ROW EXECUTE FUNCTION @schema@.guard_client_columns($members$@schema@.auth_users$members$);

-- The hash of a client's password is the service's alone: the others are given every column but that. When a client set it, signed in and was verified
-- they read. A column that you add is one to grant.
-- PL/pgSQL: which roles there are is known only now.
DO $columns$
DECLARE
    role text;
    clients CONSTANT text := rowkit_internal._quoted_name($rowkit$@schema@.clients$rowkit$);
    columns text;
    written text;
BEGIN
    SELECT string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum),
        string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) FILTER (
            WHERE attribute.attname NOT IN ('email_verified', 'password_set_at', 'last_login_at'))
    INTO columns, written
    FROM pg_catalog.pg_attribute AS attribute
    WHERE attribute.attrelid = clients::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attname <> 'password_hash';
    FOR role IN SELECT known.rolname FROM pg_catalog.pg_roles AS known WHERE known.rolname IN ('anon', 'authenticated') LOOP
        EXECUTE format('REVOKE SELECT, INSERT, UPDATE ON %s FROM %I', clients, role);
        IF role = 'authenticated' THEN
            EXECUTE format('GRANT SELECT (%1$s), INSERT (%2$s), UPDATE (%2$s) ON %3$s TO %4$I', columns, written, clients, role);
        END IF;
    END LOOP;
END
$columns$;
-- Columns that a trigger fills in say so to clients: they have a default, so that nobody has to give them.

SELECT rowkit_internal._ensure_filled_defaults('studio_crm', $rowkit$@schema@$rowkit$::regnamespace);
-- Functions that act with their owner's rights, and those of triggers, are nobody's to call but where the blueprint opened them.

SELECT rowkit_internal._close_routines('studio_crm', $rowkit$@schema@$rowkit$::regnamespace);
