-- Who there is: organizations (the tenants), users, and who belongs where.
-- Tables of these names that are there already are used as they are, when their keys fit.

CREATE TABLE IF NOT EXISTS @schema@.organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    max_tables integer CHECK (max_tables >= 0),
    current_table_count integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.organizations IS 'The tenants: every row of the other tables belongs to one. Deleting one deletes what it has.';
COMMENT ON COLUMN @schema@.organizations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.organizations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';

CREATE TABLE IF NOT EXISTS @schema@.users (
    id uuid PRIMARY KEY,
    email text UNIQUE,
    name text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.users IS 'People, across organizations.';
COMMENT ON COLUMN @schema@.users.id IS 'The sub of the user''s token, such as auth.users.id of Supabase.';
COMMENT ON COLUMN @schema@.users.email IS 'The e-mail address, unique. NULL for users who sign in by telephone.';
COMMENT ON COLUMN @schema@.users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';

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
COMMENT ON COLUMN @schema@.user_organizations.user_id IS 'The member: references users.';
COMMENT ON COLUMN @schema@.user_organizations.organization_id IS 'The organization (tenant) that the user belongs to; references organizations.';
COMMENT ON COLUMN @schema@.user_organizations.role IS 'owner, admin, member or viewer, from the most rights to the fewest.';
COMMENT ON COLUMN @schema@.user_organizations.is_active IS 'Whether the membership gives rights; false keeps the row without them.';
COMMENT ON COLUMN @schema@.user_organizations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
-- Tables of these names that were there before may lack these columns, or have comments of their own.
SELECT rowkit_internal._comment_columns($rowkit$@schema@.organizations$rowkit$,
    '{"name": "The organization''s name, as people read it.", "created_at": "When the row was inserted; now() by default."}');
SELECT rowkit_internal._comment_columns(
    $rowkit$@schema@.users$rowkit$, '{"name": "The name that others read; NULL when unknown.", "created_at": "When the row was inserted; now() by default."}');
SELECT rowkit_internal._comment_columns($rowkit$@schema@.user_organizations$rowkit$, '{"created_at": "When the row was inserted; now() by default."}');
CREATE INDEX IF NOT EXISTS user_organizations_organization_id_idx ON @schema@.user_organizations (organization_id);
COMMENT ON INDEX @schema@.user_organizations_organization_id_idx IS 'The members of an organization, and deleting an organization.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.organizations$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.users$rowkit$);

CREATE OR REPLACE TRIGGER organizations_updated_at BEFORE UPDATE ON @schema@.organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER users_updated_at BEFORE UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER user_organizations_updated_at BEFORE UPDATE ON @schema@.user_organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
