-- Who there is: workspaces (the tenants) and their users. The foreign key from a workspace to the user who made it comes last, as both
-- refer to each other. Tenant tables have UNIQUE (workspace_id, id), and foreign keys between them hold workspace_id after the id.

CREATE TABLE IF NOT EXISTS @schema@.workspaces (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (btrim(name) <> ''),
    slug text UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    plan text NOT NULL DEFAULT 'free',
    max_queries integer CHECK (max_queries >= 0),
    current_query_count integer NOT NULL DEFAULT 0 CHECK (current_query_count >= 0),
    branding jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(branding) = 'object'),
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.workspaces IS
'The tenants. Deleting one deletes what it has; one that has had credits only after rowkit.close_credit_account(), until then it is refused (23503).';
COMMENT ON COLUMN @schema@.workspaces.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workspaces.name IS 'The workspace''s name, as people read it.';
COMMENT ON COLUMN @schema@.workspaces.slug IS 'The name in addresses; unique across workspaces. NULL when the workspace has none.';
COMMENT ON COLUMN @schema@.workspaces.plan IS 'free, starter, pro, enterprise, or the name of a row in plans (23514). Its limit and its daily credits are those of plan_limits(). A new plan brings them, where the same statement gives no other limit.';
COMMENT ON COLUMN @schema@.workspaces.max_queries IS
'How many queries that are not completed the workspace may have. Left out it is the plan''s, and it follows the plan; NULL afterwards is no limit.';
COMMENT ON COLUMN @schema@.workspaces.current_query_count IS 'Queries that are not completed. Kept by triggers on queries.';
COMMENT ON COLUMN @schema@.workspaces.branding IS 'Colours and logos, a JSON object of the application.';
COMMENT ON COLUMN @schema@.workspaces.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.workspaces.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.workspaces.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workspaces.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';

CREATE TABLE IF NOT EXISTS @schema@.users (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    auth_user_id uuid UNIQUE NOT NULL,
    email text NOT NULL CHECK (octet_length(email) <= 254 AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s.]+$'),
    full_name text CHECK (btrim(full_name) <> ''),
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    is_active boolean NOT NULL DEFAULT true,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, email),
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.users IS 'The people of a workspace: the membership. A login belongs to one workspace.';
COMMENT ON COLUMN @schema@.users.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.users.workspace_id IS 'The workspace (tenant) that the row belongs to; references workspaces.';
COMMENT ON COLUMN @schema@.users.auth_user_id IS 'The sub of the user''s token, such as auth.users.id of Supabase; a foreign key where that table is there.';
COMMENT ON COLUMN @schema@.users.email IS 'The e-mail address; a workspace has each once.';
COMMENT ON COLUMN @schema@.users.full_name IS 'The name that colleagues read; NULL when unknown.';
COMMENT ON COLUMN @schema@.users.role IS 'owner, admin, member or viewer, from the most rights to the fewest.';
COMMENT ON COLUMN @schema@.users.is_active IS 'false keeps the row without its rights.';
COMMENT ON COLUMN @schema@.users.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_users_created_at ON @schema@.users (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_workspaces_created_at ON @schema@.workspaces (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_users_workspace_id ON @schema@.users (workspace_id);
CREATE INDEX IF NOT EXISTS idx_users_created_by ON @schema@.users (workspace_id, created_by) WHERE created_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_workspaces_created_by ON @schema@.workspaces (created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.workspaces$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.users$rowkit$);

-- PL/pgSQL: ADD CONSTRAINT has no IF NOT EXISTS, and whether auth.users is there is known only now.
DO $do$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS rule
        WHERE rule.conrelid = $rowkit$@schema@.workspaces$rowkit$::pg_catalog.regclass AND rule.conname = 'workspaces_created_by_fkey'
    ) THEN
        ALTER TABLE @schema@.workspaces ADD CONSTRAINT workspaces_created_by_fkey
            FOREIGN KEY (created_by, id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by);
    END IF;
    IF pg_catalog.to_regclass('auth.users') IS NOT NULL AND pg_catalog.has_table_privilege('auth.users', 'REFERENCES') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS rule
        WHERE rule.conrelid = $rowkit$@schema@.users$rowkit$::pg_catalog.regclass AND rule.conname = 'users_auth_user_id_fkey'
    ) THEN
        ALTER TABLE @schema@.users ADD CONSTRAINT users_auth_user_id_fkey
            FOREIGN KEY (auth_user_id) REFERENCES auth.users (id) ON DELETE CASCADE;
    END IF;
END
$do$;

CREATE OR REPLACE TRIGGER workspaces_updated_at BEFORE UPDATE ON @schema@.workspaces
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER users_updated_at BEFORE UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

-- The names of an atomic body are resolved now, so it survives renaming the schema.
CREATE OR REPLACE FUNCTION @schema@.get_user_workspace_id() RETURNS uuid
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT member.workspace_id FROM @schema@.users AS member
        WHERE member.auth_user_id = rowkit.current_user_id() AND member.is_active;
    END;
COMMENT ON FUNCTION @schema@.get_user_workspace_id() IS
'Returns the workspace of whoever is asking.
The workspace of whoever is asking, by the claims (rowkit.current_user_id()); NULL for nobody and for who is not active. STABLE.';

CREATE OR REPLACE FUNCTION @schema@.check_query_limit(workspace_id uuid DEFAULT @schema@.get_user_workspace_id()) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.check_usage_available(check_query_limit.workspace_id, 'queries', 1, $rowkit$@schema@.workspaces$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.check_query_limit(uuid) IS
'Returns whether the plan has room for one more query.
It promises nothing: the INSERT decides, with 53400. STABLE. '
'workspace_id is the workspace, by default that of whoever is asking.';
