-- Workflows, which are graphs, and their runs.

CREATE TABLE IF NOT EXISTS @schema@.workflows (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    trigger_type text NOT NULL,
    trigger_config jsonb DEFAULT '{}',
    nodes jsonb NOT NULL DEFAULT '[]',
    edges jsonb NOT NULL DEFAULT '[]',
    status text DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'inactive')),
    version integer DEFAULT 1,
    settings jsonb DEFAULT '{"errorHandling": "continue", "maxExecutionTime": 300, "timezone": "Europe/London"}',
    total_executions integer NOT NULL DEFAULT 0,
    successful_executions integer NOT NULL DEFAULT 0,
    failed_executions integer NOT NULL DEFAULT 0,
    last_run_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.workflows IS 'Workflows: nodes with ids, edges between them, without circles (rowkit.validate_workflow).';
COMMENT ON COLUMN @schema@.workflows.nodes IS '[{"id", "type", …}].';
COMMENT ON COLUMN @schema@.workflows.edges IS '[{"id", "source", "target", …}], source and target being ids of nodes.';
COMMENT ON COLUMN @schema@.workflows.total_executions IS 'Kept by triggers on workflow_executions, as are the two below and last_run_at.';
CREATE INDEX IF NOT EXISTS idx_workflows_organization_id ON @schema@.workflows (organization_id);
CREATE INDEX IF NOT EXISTS idx_workflows_status ON @schema@.workflows (status);
CREATE INDEX IF NOT EXISTS idx_workflows_trigger_type ON @schema@.workflows (trigger_type);
CREATE INDEX IF NOT EXISTS idx_workflows_org_status_trigger ON @schema@.workflows (organization_id, status, trigger_type);

CREATE TABLE IF NOT EXISTS @schema@.workflow_executions (
    id uuid PRIMARY KEY,
    workflow_id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    triggered_by text,
    trigger_data jsonb,
    input_data jsonb,
    output_data jsonb,
    execution_steps jsonb DEFAULT '[]',
    error_message text,
    error_details jsonb,
    started_at timestamptz DEFAULT now(),
    completed_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, workflow_id) REFERENCES @schema@.workflows (organization_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workflow_executions IS 'Runs of workflows.';
COMMENT ON COLUMN @schema@.workflow_executions.organization_id IS 'Taken from the workflow when left out.';
CREATE INDEX IF NOT EXISTS idx_workflow_executions_workflow_id ON @schema@.workflow_executions (workflow_id);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_organization_id ON @schema@.workflow_executions (organization_id);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_status ON @schema@.workflow_executions (status);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_created_at ON @schema@.workflow_executions (created_at DESC);

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.workflows$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.workflow_executions$rowkit$);

CREATE OR REPLACE TRIGGER enforce_workflow BEFORE INSERT OR UPDATE ON @schema@.workflows
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_workflow();
CREATE OR REPLACE TRIGGER update_workflows_updated_at BEFORE UPDATE ON @schema@.workflows
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER workflow_executions_a_tenant BEFORE INSERT ON @schema@.workflow_executions
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('workflow_id');
CREATE OR REPLACE TRIGGER update_workflow_executions_updated_at BEFORE UPDATE ON @schema@.workflow_executions
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'total_executions', foreign_key => 'workflow_id', limit_column => '');
SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'successful_executions', foreign_key => 'workflow_id',
    condition => $$status = 'completed'$$, limit_column => '');
SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'failed_executions', foreign_key => 'workflow_id',
    condition => $$status = 'failed'$$, limit_column => '');
CREATE OR REPLACE TRIGGER z_last_run_at AFTER INSERT ON @schema@.workflow_executions
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.keep_latest('workflows', 'last_run_at', 'workflow_id', 'started_at');
CREATE OR REPLACE TRIGGER z_last_run_at_guard BEFORE UPDATE ON @schema@.workflows
    FOR EACH ROW WHEN (NEW.last_run_at IS DISTINCT FROM OLD.last_run_at AND row_security_active($rowkit$@schema@.workflows$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('last_run_at');
