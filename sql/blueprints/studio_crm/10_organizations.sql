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
