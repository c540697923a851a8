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
COMMENT ON TABLE @schema@.workflows IS 'Workflows: nodes with ids, edges between them, without cycles (rowkit.validate_workflow).';
COMMENT ON COLUMN @schema@.workflows.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workflows.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.workflows.name IS 'The workflow''s name, as people read it.';
COMMENT ON COLUMN @schema@.workflows.description IS 'What the workflow is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.workflows.trigger_type IS 'The kind of event that starts the workflow, such as form_submission; the application defines the kinds.';
COMMENT ON COLUMN @schema@.workflows.trigger_config IS 'Which events of that kind start it, a JSON object of the application.';
COMMENT ON COLUMN @schema@.workflows.nodes IS 'The steps: [{"id", "type", …}], each id once. A trigger refuses a graph with a cycle.';
COMMENT ON COLUMN @schema@.workflows.edges IS 'The order of the steps: [{"id", "source", "target", …}], where source and target are ids of nodes.';
COMMENT ON COLUMN @schema@.workflows.status IS 'draft, active or inactive; the application runs only what is active.';
COMMENT ON COLUMN @schema@.workflows.version IS 'The version that the application gives to the graph; 1 by default.';
COMMENT ON COLUMN @schema@.workflows.settings IS 'How the application runs it: {"errorHandling", "maxExecutionTime" in seconds, "timezone"}.';
COMMENT ON COLUMN @schema@.workflows.total_executions IS 'How many runs there are; triggers on workflow_executions keep it.';
COMMENT ON COLUMN @schema@.workflows.successful_executions IS 'How many runs have the status completed; triggers on workflow_executions keep it.';
COMMENT ON COLUMN @schema@.workflows.failed_executions IS 'How many runs have the status failed; triggers on workflow_executions keep it.';
COMMENT ON COLUMN @schema@.workflows.last_run_at IS 'When the latest run started; a trigger on workflow_executions keeps it. NULL before the first.';
COMMENT ON COLUMN @schema@.workflows.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workflows.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_workflows_organization_id ON @schema@.workflows (organization_id);
CREATE INDEX IF NOT EXISTS idx_workflows_status ON @schema@.workflows (status);
CREATE INDEX IF NOT EXISTS idx_workflows_trigger_type ON @schema@.workflows (trigger_type);
CREATE INDEX IF NOT EXISTS idx_workflows_created_at ON @schema@.workflows (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_workflows_trigger_config ON @schema@.workflows USING gin (trigger_config jsonb_path_ops);
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
    FOREIGN KEY (workflow_id, organization_id) REFERENCES @schema@.workflows (id, organization_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workflow_executions IS 'Runs of workflows.';
COMMENT ON COLUMN @schema@.workflow_executions.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workflow_executions.workflow_id IS 'The workflow that runs: references workflows of the same organization.';
COMMENT ON COLUMN @schema@.workflow_executions.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the workflow when left out.';
COMMENT ON COLUMN @schema@.workflow_executions.status IS 'pending, running, completed, failed or cancelled; workflows counts those that completed and failed.';
COMMENT ON COLUMN @schema@.workflow_executions.triggered_by IS
'What started the run, such as the id of a form submission; the application writes it. NULL when unknown.';
COMMENT ON COLUMN @schema@.workflow_executions.trigger_data IS 'The event that started the run, as JSON; NULL without one.';
COMMENT ON COLUMN @schema@.workflow_executions.input_data IS 'What the first step got, as JSON; NULL for nothing.';
COMMENT ON COLUMN @schema@.workflow_executions.output_data IS 'What the run returned, as JSON; NULL until it ends.';
COMMENT ON COLUMN @schema@.workflow_executions.execution_steps IS 'What each step did, a JSON array that the application appends to.';
COMMENT ON COLUMN @schema@.workflow_executions.error_message IS 'Why the run failed, for people; NULL when it did not.';
COMMENT ON COLUMN @schema@.workflow_executions.error_details IS 'Why the run failed, for programs, as JSON; NULL when it did not.';
COMMENT ON COLUMN @schema@.workflow_executions.started_at IS 'When the run started; now() by default.';
COMMENT ON COLUMN @schema@.workflow_executions.completed_at IS 'When the run ended, well or not; NULL while it runs.';
COMMENT ON COLUMN @schema@.workflow_executions.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workflow_executions.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_workflow_executions_workflow_id ON @schema@.workflow_executions (workflow_id);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_organization_id ON @schema@.workflow_executions (organization_id);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_status ON @schema@.workflow_executions (status);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_created_at ON @schema@.workflow_executions (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_workflow_executions_trigger_data ON @schema@.workflow_executions USING gin (trigger_data jsonb_path_ops);

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
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'total_executions', foreign_key_column => 'workflow_id', limit_column => '');
SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'successful_executions', foreign_key_column => 'workflow_id',
    condition => $$status = 'completed'$$, limit_column => '');
SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.workflow_executions$rowkit$, $rowkit$@schema@.workflows$rowkit$, 'failed_executions', foreign_key_column => 'workflow_id',
    condition => $$status = 'failed'$$, limit_column => '');
CREATE OR REPLACE TRIGGER z_last_run_at AFTER INSERT ON @schema@.workflow_executions
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.keep_latest('workflows', 'last_run_at', 'workflow_id', 'started_at');
CREATE OR REPLACE TRIGGER z_last_run_at_guard BEFORE UPDATE ON @schema@.workflows
    FOR EACH ROW WHEN (NEW.last_run_at IS DISTINCT FROM OLD.last_run_at AND row_security_active($rowkit$@schema@.workflows$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('last_run_at');
