-- Who there is: workspaces (the tenants) and their users. The foreign key from a workspace to the user who made it comes last, as both
-- refer to each other. Tenant tables have UNIQUE (workspace_id, id), and foreign keys between them begin with workspace_id.

CREATE TABLE IF NOT EXISTS @schema@.workspaces (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (btrim(name) <> ''),
    slug text UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    plan text NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'starter', 'pro', 'enterprise')),
    max_queries integer DEFAULT 3 CHECK (max_queries >= 0),
    current_query_count integer NOT NULL DEFAULT 0 CHECK (current_query_count >= 0),
    branding jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(branding) = 'object'),
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.workspaces IS
'The tenants. Deleting one deletes what it has; one that has had credits only after rowkit.close_credit_account(), until then it is refused (23503).';
COMMENT ON COLUMN @schema@.workspaces.max_queries IS 'How many queries that are not completed the plan allows; NULL is no limit. Set it with the plan.';
COMMENT ON COLUMN @schema@.workspaces.current_query_count IS 'Queries that are not completed. Kept by triggers on queries.';
COMMENT ON COLUMN @schema@.workspaces.branding IS 'Colours and logos.';

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
    FOREIGN KEY (workspace_id, created_by) REFERENCES @schema@.users (workspace_id, id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.users IS 'The people of a workspace: the membership. A login belongs to one workspace.';
COMMENT ON COLUMN @schema@.users.auth_user_id IS 'The sub of the user''s token, such as auth.users.id of Supabase; a foreign key where that table is there.';
COMMENT ON COLUMN @schema@.users.is_active IS 'false keeps the row without its rights.';
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
            FOREIGN KEY (id, created_by) REFERENCES @schema@.users (workspace_id, id) ON DELETE SET NULL (created_by);
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
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
CREATE OR REPLACE TRIGGER users_updated_at BEFORE UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();

-- The names of an atomic body are resolved now, so it survives renaming the schema.
CREATE OR REPLACE FUNCTION @schema@.get_user_workspace_id() RETURNS uuid
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT member.workspace_id FROM @schema@.users AS member
        WHERE member.auth_user_id = rowkit.current_user_id() AND member.is_active;
    END;
COMMENT ON FUNCTION @schema@.get_user_workspace_id() IS
'The workspace of whoever is asking, by the claims (rowkit.current_user_id()); NULL for nobody and for who is not active. STABLE.';

CREATE OR REPLACE FUNCTION @schema@.check_query_limit(workspace_id uuid DEFAULT @schema@.get_user_workspace_id()) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.check_query_limit(check_query_limit.workspace_id::pg_catalog.text, $rowkit$@schema@.workspaces$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.check_query_limit(uuid) IS
'Whether the plan has room for one more query. It promises nothing: the INSERT decides, with 53400. STABLE.';
