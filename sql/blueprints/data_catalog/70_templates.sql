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
    FOREIGN KEY (account_id, workspace_id) REFERENCES @schema@.workspaces (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.configurations IS 'What a workspace is configured with, by type.';
COMMENT ON COLUMN @schema@.configurations.account_id IS 'Taken from the workspace when left out.';
COMMENT ON COLUMN @schema@.configurations.value IS 'What is not secret.';
COMMENT ON COLUMN @schema@.configurations.value_encrypted IS 'What is secret, encrypted: in place of value when is_encrypted.';
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
    FOREIGN KEY (account_id, project_id) REFERENCES @schema@.projects (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, workspace_id) REFERENCES @schema@.workspaces (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.environments IS 'Environments of a workspace, of a project, or of the whole account when it names neither.';
COMMENT ON COLUMN @schema@.environments.environment_type IS 'development, staging, production and so on.';
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
    template_content text NOT NULL DEFAULT '',
    parameters jsonb NOT NULL DEFAULT '[]',
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.macros IS 'Pieces of scripts that templates use by name.';
COMMENT ON COLUMN @schema@.macros.parameters IS 'An array of {"name", …}; checked by a trigger.';
COMMENT ON INDEX @schema@.macros_account_id_id_key IS 'The macros of an account.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_macros_name ON @schema@.macros (account_id, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_macros_name IS 'A name is one live macro''s within an account.';

CREATE TABLE IF NOT EXISTS @schema@.templates (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    parent_template_id uuid,
    name text NOT NULL CHECK (name <> ''),
    description text,
    category text,
    template_content text NOT NULL DEFAULT '',
    variables jsonb NOT NULL DEFAULT '[]',
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id),
    CONSTRAINT templates_parent_check CHECK (parent_template_id <> id),
    FOREIGN KEY (account_id, parent_template_id) REFERENCES @schema@.templates (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.templates IS 'Templates of scripts. Deleting one deletes those that extend it.';
COMMENT ON COLUMN @schema@.templates.parent_template_id IS 'The template that it extends.';
COMMENT ON COLUMN @schema@.templates.variables IS 'An array of {"name", …}; checked by a trigger.';
COMMENT ON INDEX @schema@.templates_account_id_id_key IS 'The templates of an account; what tenant-first foreign keys refer to.';
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
    content text NOT NULL DEFAULT '',
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, template_id) REFERENCES @schema@.templates (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.template_fragments IS 'What is put into a template at its injection points.';
COMMENT ON COLUMN @schema@.template_fragments.account_id IS 'Taken from the template when left out.';
COMMENT ON COLUMN @schema@.template_fragments.position IS 'The order of those at one point.';
COMMENT ON INDEX @schema@.template_fragments_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_template_fragments_template ON @schema@.template_fragments (account_id, template_id, injection_point, position);
COMMENT ON INDEX @schema@.idx_template_fragments_template IS 'The fragments of a template, in order.';

CREATE OR REPLACE TRIGGER macros_parameters BEFORE INSERT OR UPDATE ON @schema@.macros
    FOR EACH ROW EXECUTE FUNCTION rowkit.validate_json_column('parameters',
        '{"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}}');
CREATE OR REPLACE TRIGGER templates_variables BEFORE INSERT OR UPDATE ON @schema@.templates
    FOR EACH ROW EXECUTE FUNCTION rowkit.validate_json_column('variables',
        '{"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}}');
