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
    search_vector tsvector,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.projects IS 'Projects of an account, with their repository.';
COMMENT ON COLUMN @schema@.projects.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.projects.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.projects.owner_id IS
'The project''s owner: references users. The user who inserts it, unless another is named; a trigger makes the owner a member of the project.';
COMMENT ON COLUMN @schema@.projects.name IS 'The project''s name, as people read it.';
COMMENT ON COLUMN @schema@.projects.description IS 'What the project is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.projects.project_type IS 'How the project models its data: data_vault, dimensional or standard.';
COMMENT ON COLUMN @schema@.projects.visibility IS
'private to its owner and members, account for all members of the account, public beyond it, as policies say.';
COMMENT ON COLUMN @schema@.projects.source_control_provider IS 'Where the repository is: github, gitlab, bitbucket or azure. NULL without a repository.';
COMMENT ON COLUMN @schema@.projects.source_control_repository_url IS 'The address of the repository; NULL without one.';
COMMENT ON COLUMN @schema@.projects.source_control_default_branch IS 'The branch that workspaces begin at.';
COMMENT ON COLUMN @schema@.projects.source_control_access_token_encrypted IS
'The token for the repository, encrypted, never in clear; rowkit.encrypt_secret() makes such texts. NULL without one.';
COMMENT ON COLUMN @schema@.projects.source_control_connection_status IS
'Whether the repository was reached: not_connected, connected, error or pending. The application writes it.';
COMMENT ON COLUMN @schema@.projects.source_control_last_checked_at IS 'When the application last tried to reach the repository; NULL for never.';
COMMENT ON COLUMN @schema@.projects.source_control_error IS 'Why the repository was not reached; NULL when it was.';
COMMENT ON COLUMN @schema@.projects.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.projects.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.projects.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.projects.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.projects.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.projects.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.projects.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.projects.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.projects.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.projects_account_id_id_key IS 'The projects of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_projects_search ON @schema@.projects USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_projects_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
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
    FOREIGN KEY (project_id, account_id) REFERENCES @schema@.projects (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspaces IS 'Parts of a project, each on a branch of its repository.';
COMMENT ON COLUMN @schema@.workspaces.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workspaces.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the project when left out.';
COMMENT ON COLUMN @schema@.workspaces.project_id IS 'The project that the workspace is a part of: references projects of the same account.';
COMMENT ON COLUMN @schema@.workspaces.owner_id IS
'The workspace''s owner: references users. The user who inserts it, unless another is named; a trigger makes the owner a member of it.';
COMMENT ON COLUMN @schema@.workspaces.name IS 'The workspace''s name, as people read it.';
COMMENT ON COLUMN @schema@.workspaces.description IS 'What the workspace is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.workspaces.source_control_branch IS 'The branch of the repository that the workspace works on; NULL for none.';
COMMENT ON COLUMN @schema@.workspaces.source_control_commit_sha IS
'The commit that the workspace was last synced with, in hexadecimal digits; NULL before the first.';
COMMENT ON COLUMN @schema@.workspaces.source_control_sync_status IS
'How far the last sync is: not_synced, syncing, synced or error. The application writes it.';
COMMENT ON COLUMN @schema@.workspaces.source_control_last_synced_at IS 'When the workspace was last synced; NULL for never.';
COMMENT ON COLUMN @schema@.workspaces.has_uncommitted_changes IS 'Whether the workspace holds changes that the repository has not; the application writes it.';
COMMENT ON COLUMN @schema@.workspaces.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.workspaces.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.workspaces.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workspaces.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.workspaces.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.workspaces.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.workspaces.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.workspaces.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON INDEX @schema@.workspaces_account_id_id_key IS 'The workspaces of an account; what foreign keys with the tenant refer to.';
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
    FOREIGN KEY (project_id, account_id) REFERENCES @schema@.projects (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.project_users IS 'Who works on a project, and as what. Its owner is added by a trigger.';
COMMENT ON COLUMN @schema@.project_users.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.project_users.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the project when left out.';
COMMENT ON COLUMN @schema@.project_users.project_id IS 'The project: references projects of the same account.';
COMMENT ON COLUMN @schema@.project_users.user_id IS 'The user who works on it: references users. A member of the account.';
COMMENT ON COLUMN @schema@.project_users.role IS 'owner, admin, member or viewer, from the most rights to the fewest; the application asks it.';
COMMENT ON COLUMN @schema@.project_users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.project_users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.project_users.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.project_users.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
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
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspace_users IS 'Who works in a workspace, and as what. Its owner is added by a trigger.';
COMMENT ON COLUMN @schema@.workspace_users.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workspace_users.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the workspace when left out.';
COMMENT ON COLUMN @schema@.workspace_users.workspace_id IS 'The workspace: references workspaces of the same account.';
COMMENT ON COLUMN @schema@.workspace_users.user_id IS 'The user who works in it: references users. A member of the account.';
COMMENT ON COLUMN @schema@.workspace_users.role IS 'owner, admin, member or viewer, from the most rights to the fewest; the application asks it.';
COMMENT ON COLUMN @schema@.workspace_users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workspace_users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.workspace_users.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.workspace_users.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
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
    FOREIGN KEY (project_id, account_id) REFERENCES @schema@.projects (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.source_control_commits IS 'What was committed to a project''s repository.';
COMMENT ON COLUMN @schema@.source_control_commits.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.source_control_commits.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the project when left out.';
COMMENT ON COLUMN @schema@.source_control_commits.project_id IS 'The project of the repository: references projects of the same account.';
COMMENT ON COLUMN @schema@.source_control_commits.workspace_id IS
'The workspace that it was committed from: references workspaces of the same account. NULL for a commit from elsewhere.';
COMMENT ON COLUMN @schema@.source_control_commits.commit_sha IS 'The hash of the commit, 7 to 64 hexadecimal digits.';
COMMENT ON COLUMN @schema@.source_control_commits.branch IS 'The branch that it was committed to; NULL when unknown.';
COMMENT ON COLUMN @schema@.source_control_commits.message IS 'The message of the commit; NULL when unknown.';
COMMENT ON COLUMN @schema@.source_control_commits.author_name IS 'Who wrote the commit, as the repository says; NULL when unknown.';
COMMENT ON COLUMN @schema@.source_control_commits.author_email IS 'The author''s address, as the repository says; NULL when unknown.';
COMMENT ON COLUMN @schema@.source_control_commits.file_paths IS 'The files that the commit changed.';
COMMENT ON COLUMN @schema@.source_control_commits.committed_at IS 'When it was committed, as the repository says; now() by default.';
COMMENT ON COLUMN @schema@.source_control_commits.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.source_control_commits.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.source_control_commits.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.source_control_commits.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.source_control_commits.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.source_control_commits_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_source_control_commits_project ON @schema@.source_control_commits (account_id, project_id, committed_at DESC);
COMMENT ON INDEX @schema@.idx_source_control_commits_project IS 'The commits of a project, the newest first.';
CREATE INDEX IF NOT EXISTS idx_source_control_commits_workspace ON @schema@.source_control_commits (account_id, workspace_id, committed_at);
COMMENT ON INDEX @schema@.idx_source_control_commits_workspace IS 'The commits of a workspace in order; audit_events finds the one that a change went into.';
