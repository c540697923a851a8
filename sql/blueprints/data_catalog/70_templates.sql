-- What projects are set up and generated with: configurations, environments, macros, templates.

CREATE TABLE IF NOT EXISTS @schema@.configurations (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    config_type text NOT NULL CHECK (config_type <> ''),
    name text NOT NULL CHECK (name <> ''),
    description text,
    value jsonb,
    value_encrypted text,
    is_encrypted boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id),
    CONSTRAINT configurations_encryption_check CHECK (CASE WHEN is_encrypted THEN value IS NULL ELSE value_encrypted IS NULL END),
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.configurations IS 'What a workspace is configured with, by type.';
COMMENT ON COLUMN @schema@.configurations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.configurations.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the workspace when left out.';
COMMENT ON COLUMN @schema@.configurations.workspace_id IS 'The workspace that is configured: references workspaces of the same account.';
COMMENT ON COLUMN @schema@.configurations.config_type IS 'What is configured, such as dbt; the application defines the types.';
COMMENT ON COLUMN @schema@.configurations.name IS 'The configuration''s name within its type.';
COMMENT ON COLUMN @schema@.configurations.description IS 'What it is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.configurations.value IS 'The configuration as JSON, unless it is secret; NULL when is_encrypted.';
COMMENT ON COLUMN @schema@.configurations.value_encrypted IS
'The secret configuration, encrypted; NULL unless is_encrypted. rowkit.encrypt_secret() makes such texts.';
COMMENT ON COLUMN @schema@.configurations.is_encrypted IS 'Whether value_encrypted holds the configuration, in place of value.';
COMMENT ON COLUMN @schema@.configurations.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.configurations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.configurations.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.configurations.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.configurations.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.configurations.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON INDEX @schema@.configurations_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_configurations_workspace ON @schema@.configurations (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_configurations_workspace IS 'The configuration of a workspace.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_configurations_name ON @schema@.configurations (account_id, workspace_id, config_type, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_configurations_name IS 'A name is one live configuration''s within its type.';

CREATE TABLE IF NOT EXISTS @schema@.environments (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    project_id uuid,
    workspace_id uuid,
    name text NOT NULL CHECK (name <> ''),
    description text,
    environment_type text NOT NULL DEFAULT 'development' CHECK (environment_type <> ''),
    variables jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(variables) = 'object'),
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id),
    CONSTRAINT environments_scope_check CHECK (project_id IS NULL OR workspace_id IS NULL),
    FOREIGN KEY (project_id, account_id) REFERENCES @schema@.projects (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.environments IS 'Environments of a workspace, of a project, or of the whole account when it names neither.';
COMMENT ON COLUMN @schema@.environments.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.environments.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.environments.project_id IS 'The project that the environment is of: references projects of the same account. NULL for none.';
COMMENT ON COLUMN @schema@.environments.workspace_id IS 'The workspace that the environment is of: references workspaces of the same account. NULL for none.';
COMMENT ON COLUMN @schema@.environments.name IS 'The environment''s name, as people read it.';
COMMENT ON COLUMN @schema@.environments.description IS 'What the environment is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.environments.environment_type IS 'development, staging, production and so on.';
COMMENT ON COLUMN @schema@.environments.variables IS 'The variables that templates read, {name: value}.';
COMMENT ON COLUMN @schema@.environments.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.environments.is_active IS 'Whether the application offers it.';
COMMENT ON COLUMN @schema@.environments.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.environments.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.environments.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.environments.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.environments.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.environments.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON INDEX @schema@.environments_account_id_id_key IS 'The environments of an account.';
CREATE INDEX IF NOT EXISTS idx_environments_project ON @schema@.environments (account_id, project_id);
COMMENT ON INDEX @schema@.idx_environments_project IS 'The environments of a project.';
CREATE INDEX IF NOT EXISTS idx_environments_workspace ON @schema@.environments (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_environments_workspace IS 'The environments of a workspace.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_environments_name ON @schema@.environments (account_id, coalesce(workspace_id, project_id, account_id), name)
    WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_environments_name IS 'A name is one live environment''s within its workspace, project or account.';

CREATE TABLE IF NOT EXISTS @schema@.macros (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    description text,
    template_content text,
    parameters jsonb NOT NULL DEFAULT '[]',
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.macros IS 'Pieces of scripts that templates use by name.';
COMMENT ON COLUMN @schema@.macros.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.macros.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.macros.name IS 'The name by which templates use it.';
COMMENT ON COLUMN @schema@.macros.description IS 'What the macro does; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.macros.template_content IS 'The text of the macro. NULL until it is written.';
COMMENT ON COLUMN @schema@.macros.parameters IS 'An array of {"name", …}; checked by a trigger.';
COMMENT ON COLUMN @schema@.macros.is_active IS 'Whether templates may use it.';
COMMENT ON COLUMN @schema@.macros.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.macros.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.macros.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.macros.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.macros.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.macros.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.macros.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.macros_account_id_id_key IS 'The macros of an account.';
CREATE INDEX IF NOT EXISTS idx_macros_search ON @schema@.macros USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_macros_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_macros_name ON @schema@.macros (account_id, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_macros_name IS 'A name is one live macro''s within an account.';

CREATE TABLE IF NOT EXISTS @schema@.templates (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    parent_template_id uuid,
    name text NOT NULL CHECK (name <> ''),
    description text,
    category text,
    template_content text,
    variables jsonb NOT NULL DEFAULT '[]',
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id),
    CONSTRAINT templates_parent_check CHECK (parent_template_id <> id),
    FOREIGN KEY (parent_template_id, account_id) REFERENCES @schema@.templates (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.templates IS 'Templates of scripts. Deleting one deletes those that extend it.';
COMMENT ON COLUMN @schema@.templates.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.templates.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.templates.parent_template_id IS 'The template that it extends: references templates of the same account. NULL for none.';
COMMENT ON COLUMN @schema@.templates.name IS 'The template''s name, as people read it.';
COMMENT ON COLUMN @schema@.templates.description IS 'What the template makes; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.templates.category IS 'The group that the template belongs to; search reads it. NULL for none.';
COMMENT ON COLUMN @schema@.templates.template_content IS 'The text of the template. NULL until it is written.';
COMMENT ON COLUMN @schema@.templates.variables IS 'An array of {"name", …}; checked by a trigger.';
COMMENT ON COLUMN @schema@.templates.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.templates.is_active IS 'Whether the application offers it.';
COMMENT ON COLUMN @schema@.templates.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.templates.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.templates.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.templates.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.templates.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.templates.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.templates.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.templates_account_id_id_key IS 'The templates of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_templates_search ON @schema@.templates USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_templates_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE INDEX IF NOT EXISTS idx_templates_parent ON @schema@.templates (account_id, parent_template_id);
COMMENT ON INDEX @schema@.idx_templates_parent IS 'The templates that extend one.';
CREATE INDEX IF NOT EXISTS idx_templates_category ON @schema@.templates (account_id, category);
COMMENT ON INDEX @schema@.idx_templates_category IS 'The templates of a category.';

CREATE TABLE IF NOT EXISTS @schema@.template_fragments (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    template_id uuid NOT NULL,
    injection_point text NOT NULL CHECK (injection_point <> ''),
    position integer NOT NULL DEFAULT 0,
    content text,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (template_id, account_id) REFERENCES @schema@.templates (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.template_fragments IS 'What is put into a template at its injection points.';
COMMENT ON COLUMN @schema@.template_fragments.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.template_fragments.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the template when left out.';
COMMENT ON COLUMN @schema@.template_fragments.template_id IS 'The template that it goes into: references templates of the same account.';
COMMENT ON COLUMN @schema@.template_fragments.injection_point IS 'The name of the place in the template where it goes.';
COMMENT ON COLUMN @schema@.template_fragments.position IS 'The order of the fragments at one place, the lowest first.';
COMMENT ON COLUMN @schema@.template_fragments.content IS 'The text that is put there. NULL until it is written.';
COMMENT ON COLUMN @schema@.template_fragments.is_active IS 'Whether it is put there.';
COMMENT ON COLUMN @schema@.template_fragments.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.template_fragments.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.template_fragments.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.template_fragments.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.template_fragments_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_template_fragments_template ON @schema@.template_fragments (account_id, template_id, injection_point, position);
COMMENT ON INDEX @schema@.idx_template_fragments_template IS 'The fragments of a template, in order.';

CREATE OR REPLACE TRIGGER macros_parameters BEFORE INSERT OR UPDATE ON @schema@.macros
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('parameters',
        '{"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}}');
CREATE OR REPLACE TRIGGER templates_variables BEFORE INSERT OR UPDATE ON @schema@.templates
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('variables',
        '{"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}}');
