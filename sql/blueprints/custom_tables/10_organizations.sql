-- Who there is: organizations (the tenants), users, and who belongs where.
-- Defaults that call rowkit are set apart from CREATE TABLE, so that running this again restores them after DROP EXTENSION CASCADE.

CREATE TABLE IF NOT EXISTS @schema@.organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.organizations IS 'The tenants: every other row belongs to one.';
ALTER TABLE @schema@.organizations ALTER COLUMN id SET DEFAULT rowkit.uuid_v7();

CREATE TABLE IF NOT EXISTS @schema@.users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.users IS 'People, across organizations; an id is the sub of their token.';
ALTER TABLE @schema@.users ALTER COLUMN id SET DEFAULT rowkit.uuid_v7();

CREATE TABLE IF NOT EXISTS @schema@.user_organizations (
    user_id uuid NOT NULL REFERENCES @schema@.users (id) ON DELETE CASCADE,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, organization_id)
);
COMMENT ON TABLE @schema@.user_organizations IS 'Who belongs to which organization, and as what.';
CREATE INDEX IF NOT EXISTS user_organizations_organization_id ON @schema@.user_organizations (organization_id);
COMMENT ON INDEX @schema@.user_organizations_organization_id IS 'The members of an organization; deleting one.';

CREATE OR REPLACE TRIGGER organizations_updated_at BEFORE UPDATE ON @schema@.organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
CREATE OR REPLACE TRIGGER users_updated_at BEFORE UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
CREATE OR REPLACE TRIGGER user_organizations_updated_at BEFORE UPDATE ON @schema@.user_organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
