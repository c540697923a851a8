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
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, workspace_id) REFERENCES @schema@.workspaces (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.diagrams IS 'Diagrams of datasets.';
COMMENT ON COLUMN @schema@.diagrams.account_id IS 'Taken from the workspace when left out.';
COMMENT ON COLUMN @schema@.diagrams.workspace_id IS 'NULL for one of the whole account, such as a template.';
COMMENT ON COLUMN @schema@.diagrams.owner_id IS 'Who makes it, unless another is named.';
COMMENT ON COLUMN @schema@.diagrams.visibility IS 'private to its owner, account for all members of the account, public beyond it, as policies say.';
COMMENT ON COLUMN @schema@.diagrams.version IS 'Rises with each change of diagram_state: UPDATE … WHERE version = … finds out whether another was faster.';
COMMENT ON COLUMN @schema@.diagrams.diagram_state IS 'What the editor keeps: zoom, notes, groups.';
COMMENT ON INDEX @schema@.diagrams_account_id_id_key IS 'The diagrams of an account; what tenant-first foreign keys refer to.';
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
    FOREIGN KEY (account_id, diagram_id) REFERENCES @schema@.diagrams (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, dataset_id) REFERENCES @schema@.datasets (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.diagram_datasets IS 'Which datasets a diagram shows, and where.';
COMMENT ON COLUMN @schema@.diagram_datasets.account_id IS 'Taken from the diagram when left out.';
COMMENT ON COLUMN @schema@.diagram_datasets.location IS '{"x", "y", "width", "height"}, any of them, numbers; checked by a trigger.';
COMMENT ON COLUMN @schema@.diagram_datasets.is_expanded IS 'Whether it shows its columns.';
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
    FOREIGN KEY (account_id, workspace_id) REFERENCES @schema@.workspaces (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, dataset_id) REFERENCES @schema@.datasets (account_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspace_datasets IS 'Which datasets a workspace uses. Deprecated, kept for those who still read it: diagrams say it now.';
COMMENT ON COLUMN @schema@.workspace_datasets.account_id IS 'Taken from the workspace when left out.';
COMMENT ON INDEX @schema@.workspace_datasets_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_workspace_datasets_workspace ON @schema@.workspace_datasets (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_workspace_datasets_workspace IS 'The datasets of a workspace.';
CREATE INDEX IF NOT EXISTS idx_workspace_datasets_dataset ON @schema@.workspace_datasets (account_id, dataset_id);
COMMENT ON INDEX @schema@.idx_workspace_datasets_dataset IS 'The workspaces that use a dataset.';

CREATE OR REPLACE TRIGGER diagram_datasets_location BEFORE INSERT OR UPDATE ON @schema@.diagram_datasets
    FOR EACH ROW EXECUTE FUNCTION rowkit.validate_json_column('location',
        '{"type": "object", "additionalProperties": false, "properties": {"x": {"type": "number"}, "y": {"type": "number"}, "width": '
        '{"type": "number", "minimum": 0}, "height": {"type": "number", "minimum": 0}}}');
