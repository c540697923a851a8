-- Organizations (the tenants) and their staff. Columns, defaults and indexes are the seed's, but for the ids, which rise with time
-- (rowkit.uuid_v7). Tenant tables have UNIQUE (organization_id, id), and foreign keys between them begin with organization_id.

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
CREATE INDEX IF NOT EXISTS idx_organizations_slug ON @schema@.organizations (slug);
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
COMMENT ON COLUMN @schema@.auth_users.auth_id IS 'The sub of the user''s token, such as auth.users.id of Supabase.';
CREATE INDEX IF NOT EXISTS idx_auth_users_auth_id ON @schema@.auth_users (auth_id);
CREATE INDEX IF NOT EXISTS idx_auth_users_organization_id ON @schema@.auth_users (organization_id);
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
'The organization of whoever is asking, by the claims (rowkit.current_user_id()); NULL for who is no active staff. STABLE.';

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
