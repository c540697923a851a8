-- Diagrams, and where datasets stand in them.

CREATE TABLE IF NOT EXISTS @schema@.diagrams (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    workspace_id uuid,
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    name text NOT NULL CHECK (name <> ''),
    description text,
    diagram_type text NOT NULL DEFAULT 'er' CHECK (diagram_type <> ''),
    visibility text NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'account', 'public')),
    is_template boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    diagram_state jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(diagram_state) = 'object'),
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id),
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.diagrams IS 'Diagrams of datasets.';
COMMENT ON COLUMN @schema@.diagrams.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.diagrams.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the workspace when left out.';
COMMENT ON COLUMN @schema@.diagrams.workspace_id IS
'The workspace of the diagram: references workspaces of the same account. NULL for one of the whole account, such as a template.';
COMMENT ON COLUMN @schema@.diagrams.owner_id IS
'The diagram''s owner: references users. The user who inserts it, unless another is named; NULL when that user is deleted.';
COMMENT ON COLUMN @schema@.diagrams.name IS 'The diagram''s name, as people read it.';
COMMENT ON COLUMN @schema@.diagrams.description IS 'What the diagram shows; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.diagrams.diagram_type IS 'The kind of diagram, such as er; the application defines the kinds.';
COMMENT ON COLUMN @schema@.diagrams.visibility IS 'private to its owner, account for all members of the account, public beyond it, as policies say.';
COMMENT ON COLUMN @schema@.diagrams.is_template IS 'Whether the application offers it as a start for others.';
COMMENT ON COLUMN @schema@.diagrams.version IS 'Rises with each change of diagram_state: UPDATE … WHERE version = … finds out whether another was faster.';
COMMENT ON COLUMN @schema@.diagrams.diagram_state IS 'What the editor keeps: zoom, notes, groups.';
COMMENT ON COLUMN @schema@.diagrams.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.diagrams.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.diagrams.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.diagrams.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.diagrams.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.diagrams.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.diagrams.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.diagrams_account_id_id_key IS 'The diagrams of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_diagrams_search ON @schema@.diagrams USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_diagrams_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE INDEX IF NOT EXISTS idx_diagrams_workspace ON @schema@.diagrams (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_diagrams_workspace IS 'The diagrams of a workspace.';
CREATE INDEX IF NOT EXISTS idx_diagrams_owner ON @schema@.diagrams (owner_id);
COMMENT ON INDEX @schema@.idx_diagrams_owner IS 'The diagrams of an owner; deleting a user looks here.';

CREATE TABLE IF NOT EXISTS @schema@.diagram_datasets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    diagram_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    location jsonb NOT NULL DEFAULT '{}',
    is_expanded boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (diagram_id, account_id) REFERENCES @schema@.diagrams (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.diagram_datasets IS 'Which datasets a diagram shows, and where.';
COMMENT ON COLUMN @schema@.diagram_datasets.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.diagram_datasets.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the diagram when left out.';
COMMENT ON COLUMN @schema@.diagram_datasets.diagram_id IS 'The diagram: references diagrams of the same account.';
COMMENT ON COLUMN @schema@.diagram_datasets.dataset_id IS 'The dataset that it shows: references datasets of the same account.';
COMMENT ON COLUMN @schema@.diagram_datasets.location IS '{"x", "y", "width", "height"}, any of them, numbers; checked by a trigger.';
COMMENT ON COLUMN @schema@.diagram_datasets.is_expanded IS 'Whether the diagram shows the columns of the dataset.';
COMMENT ON COLUMN @schema@.diagram_datasets.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.diagram_datasets.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.diagram_datasets.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.diagram_datasets.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.diagram_datasets_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_diagram_datasets_diagram ON @schema@.diagram_datasets (account_id, diagram_id);
COMMENT ON INDEX @schema@.idx_diagram_datasets_diagram IS 'The datasets of a diagram.';
CREATE INDEX IF NOT EXISTS idx_diagram_datasets_dataset ON @schema@.diagram_datasets (account_id, dataset_id);
COMMENT ON INDEX @schema@.idx_diagram_datasets_dataset IS 'The diagrams that show a dataset.';

CREATE TABLE IF NOT EXISTS @schema@.workspace_datasets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspace_datasets IS 'Which datasets a workspace uses. Deprecated, kept for those who still read it: diagrams say it now.';
COMMENT ON COLUMN @schema@.workspace_datasets.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workspace_datasets.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the workspace when left out.';
COMMENT ON COLUMN @schema@.workspace_datasets.workspace_id IS 'The workspace: references workspaces of the same account.';
COMMENT ON COLUMN @schema@.workspace_datasets.dataset_id IS 'The dataset that it uses: references datasets of the same account.';
COMMENT ON COLUMN @schema@.workspace_datasets.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workspace_datasets.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.workspace_datasets.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.workspace_datasets.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.workspace_datasets_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_workspace_datasets_workspace ON @schema@.workspace_datasets (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_workspace_datasets_workspace IS 'The datasets of a workspace.';
CREATE INDEX IF NOT EXISTS idx_workspace_datasets_dataset ON @schema@.workspace_datasets (account_id, dataset_id);
COMMENT ON INDEX @schema@.idx_workspace_datasets_dataset IS 'The workspaces that use a dataset.';

CREATE OR REPLACE TRIGGER diagram_datasets_location BEFORE INSERT OR UPDATE ON @schema@.diagram_datasets
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('location',
        '{"type": "object", "additionalProperties": false, "properties": {"x": {"type": "number"}, "y": {"type": "number"}, "width": '
        '{"type": "number", "minimum": 0}, "height": {"type": "number", "minimum": 0}}}');
