-- Projects and their workspaces, who works there, and what was committed to their repositories.

CREATE TABLE IF NOT EXISTS @schema@.projects (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    name text NOT NULL CHECK (name <> ''),
    description text,
    project_type @schema@.project_type NOT NULL DEFAULT 'standard',
    visibility text NOT NULL DEFAULT 'account' CHECK (visibility IN ('private', 'account', 'public')),
    source_control_provider @schema@.source_control_provider,
    source_control_repository_url text,
    source_control_default_branch text NOT NULL DEFAULT 'main',
    source_control_access_token_encrypted text,
    source_control_connection_status @schema@.source_control_connection_status NOT NULL DEFAULT 'not_connected',
    source_control_last_checked_at timestamptz,
    source_control_error text,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.projects IS 'Projects of an account, with their repository.';
COMMENT ON COLUMN @schema@.projects.owner_id IS 'Who makes it, unless another is named; becomes a member of the project.';
COMMENT ON COLUMN @schema@.projects.visibility IS
'private to its owner and members, account for all members of the account, public beyond it, as policies say.';
COMMENT ON COLUMN @schema@.projects.source_control_access_token_encrypted IS 'Never the token itself.';
COMMENT ON INDEX @schema@.projects_account_id_id_key IS 'The projects of an account; what tenant-first foreign keys refer to.';
CREATE INDEX IF NOT EXISTS idx_projects_owner ON @schema@.projects (owner_id);
COMMENT ON INDEX @schema@.idx_projects_owner IS 'The projects of an owner; deleting a user looks here.';
CREATE INDEX IF NOT EXISTS idx_projects_active ON @schema@.projects (account_id, created_at DESC) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_projects_active IS 'The live projects of an account, the newest first.';

CREATE TABLE IF NOT EXISTS @schema@.workspaces (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    project_id uuid NOT NULL,
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    name text NOT NULL CHECK (name <> ''),
    description text,
    source_control_branch text,
    source_control_commit_sha text CHECK (source_control_commit_sha ~ '^[0-9a-f]{7,64}$'),
    source_control_sync_status text NOT NULL DEFAULT 'not_synced' CHECK (source_control_sync_status IN ('not_synced', 'syncing', 'synced', 'error')),
    source_control_last_synced_at timestamptz,
    has_uncommitted_changes boolean NOT NULL DEFAULT false,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES @schema@.projects (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspaces IS 'Parts of a project, each on a branch of its repository.';
COMMENT ON COLUMN @schema@.workspaces.account_id IS 'Taken from the project when left out.';
COMMENT ON COLUMN @schema@.workspaces.owner_id IS 'Who makes it, unless another is named; becomes a member of the workspace.';
COMMENT ON COLUMN @schema@.workspaces.source_control_commit_sha IS 'The commit that it was synced with.';
COMMENT ON INDEX @schema@.workspaces_account_id_id_key IS 'The workspaces of an account; what tenant-first foreign keys refer to.';
CREATE INDEX IF NOT EXISTS idx_workspaces_project ON @schema@.workspaces (account_id, project_id);
COMMENT ON INDEX @schema@.idx_workspaces_project IS 'The workspaces of a project.';
CREATE INDEX IF NOT EXISTS idx_workspaces_owner ON @schema@.workspaces (owner_id);
COMMENT ON INDEX @schema@.idx_workspaces_owner IS 'The workspaces of an owner; deleting a user looks here.';

CREATE TABLE IF NOT EXISTS @schema@.project_users (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES @schema@.users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES @schema@.projects (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.project_users IS 'Who works on a project, and as what. Its owner is added by a trigger.';
COMMENT ON COLUMN @schema@.project_users.account_id IS 'Taken from the project when left out.';
COMMENT ON INDEX @schema@.project_users_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_project_users_project ON @schema@.project_users (account_id, project_id);
COMMENT ON INDEX @schema@.idx_project_users_project IS 'The members of a project.';
CREATE INDEX IF NOT EXISTS idx_project_users_user ON @schema@.project_users (user_id);
COMMENT ON INDEX @schema@.idx_project_users_user IS 'The projects of a user.';

CREATE TABLE IF NOT EXISTS @schema@.workspace_users (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES @schema@.users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, workspace_id) REFERENCES @schema@.workspaces (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspace_users IS 'Who works in a workspace, and as what. Its owner is added by a trigger.';
COMMENT ON COLUMN @schema@.workspace_users.account_id IS 'Taken from the workspace when left out.';
COMMENT ON INDEX @schema@.workspace_users_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_workspace_users_workspace ON @schema@.workspace_users (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_workspace_users_workspace IS 'The members of a workspace.';
CREATE INDEX IF NOT EXISTS idx_workspace_users_user ON @schema@.workspace_users (user_id);
COMMENT ON INDEX @schema@.idx_workspace_users_user IS 'The workspaces of a user.';

CREATE TABLE IF NOT EXISTS @schema@.source_control_commits (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    project_id uuid NOT NULL,
    workspace_id uuid,
    commit_sha text NOT NULL CHECK (commit_sha ~ '^[0-9a-f]{7,64}$'),
    branch text,
    message text,
    author_name text,
    author_email text,
    file_paths text[] NOT NULL DEFAULT '{}',
    committed_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES @schema@.projects (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, workspace_id) REFERENCES @schema@.workspaces (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.source_control_commits IS 'What was committed to a project''s repository.';
COMMENT ON COLUMN @schema@.source_control_commits.account_id IS 'Taken from the project when left out.';
COMMENT ON COLUMN @schema@.source_control_commits.workspace_id IS 'Where it was committed from, if from here.';
COMMENT ON COLUMN @schema@.source_control_commits.file_paths IS 'The files that it changed.';
COMMENT ON INDEX @schema@.source_control_commits_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_source_control_commits_project ON @schema@.source_control_commits (account_id, project_id, committed_at DESC);
COMMENT ON INDEX @schema@.idx_source_control_commits_project IS 'The commits of a project, the newest first.';
CREATE INDEX IF NOT EXISTS idx_source_control_commits_workspace ON @schema@.source_control_commits (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_source_control_commits_workspace IS 'The commits of a workspace.';
