-- What was found, and how it goes out: leads and exports.

-- PL/pgSQL: CREATE TYPE has no IF NOT EXISTS.
DO $do$
BEGIN
    IF pg_catalog.to_regtype($rowkit$@schema@.enrichment_status$rowkit$) IS NULL THEN
        CREATE TYPE @schema@.enrichment_status AS ENUM ('pending', 'enriching', 'enriched', 'failed');
    END IF;
    IF pg_catalog.to_regtype($rowkit$@schema@.delivery_status$rowkit$) IS NULL THEN
        CREATE TYPE @schema@.delivery_status AS ENUM ('pending', 'delivered', 'failed');
    END IF;
    IF pg_catalog.to_regtype($rowkit$@schema@.export_status$rowkit$) IS NULL THEN
        CREATE TYPE @schema@.export_status AS ENUM ('pending', 'processing', 'completed', 'failed');
    END IF;
END
$do$;
COMMENT ON TYPE @schema@.enrichment_status IS 'How far a lead''s contact data are.';
COMMENT ON TYPE @schema@.delivery_status IS 'Whether a lead has gone out.';
COMMENT ON TYPE @schema@.export_status IS 'How far an export is.';

CREATE TABLE IF NOT EXISTS @schema@.leads (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    query_id uuid NOT NULL,
    company_name text CHECK (btrim(company_name) <> ''),
    company_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(company_data) = 'object'),
    contact_email text CHECK (octet_length(contact_email) <= 254 AND contact_email ~ '^[^@\s]+@[^@\s]+\.[^@\s.]+$'),
    contact_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(contact_data) = 'object'),
    intent_score integer CHECK (intent_score BETWEEN 0 AND 100),
    enrichment_status @schema@.enrichment_status NOT NULL DEFAULT 'pending',
    enriched_at timestamptz,
    delivery_status @schema@.delivery_status NOT NULL DEFAULT 'pending',
    delivered_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (query_id, workspace_id) REFERENCES @schema@.queries (id, workspace_id) ON DELETE CASCADE,
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.leads IS 'What queries found.';
COMMENT ON COLUMN @schema@.leads.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.leads.workspace_id IS
'The workspace (tenant) that the row belongs to; references workspaces. A trigger takes it from the query when left out.';
COMMENT ON COLUMN @schema@.leads.query_id IS 'The query that found the lead: references queries of the same workspace.';
COMMENT ON COLUMN @schema@.leads.company_name IS 'The company''s name; NULL when unknown.';
COMMENT ON COLUMN @schema@.leads.company_data IS 'The company as its source (DataShopper) gives it.';
COMMENT ON COLUMN @schema@.leads.contact_email IS 'The address of the person to write to; NULL until it is known.';
COMMENT ON COLUMN @schema@.leads.contact_data IS 'Contacts as their source (Clay) gives them.';
COMMENT ON COLUMN @schema@.leads.intent_score IS 'How likely the company buys, from 0 to 100; NULL until it was computed.';
COMMENT ON COLUMN @schema@.leads.enrichment_status IS 'How far the contact data are: pending, enriching, enriched or failed. The service writes it.';
COMMENT ON COLUMN @schema@.leads.enriched_at IS 'When the contact data came; NULL until then.';
COMMENT ON COLUMN @schema@.leads.delivery_status IS 'Whether the lead has gone out: pending, delivered or failed. The service writes it.';
COMMENT ON COLUMN @schema@.leads.delivered_at IS 'When the lead went out; NULL until then.';
COMMENT ON COLUMN @schema@.leads.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.leads.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.leads.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_leads_workspace_id ON @schema@.leads (workspace_id);
CREATE INDEX IF NOT EXISTS idx_leads_query_id ON @schema@.leads (workspace_id, query_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_leads_company_data ON @schema@.leads USING gin (company_data);
CREATE INDEX IF NOT EXISTS idx_leads_contact_data ON @schema@.leads USING gin (contact_data);
CREATE INDEX IF NOT EXISTS idx_leads_created_at ON @schema@.leads (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_leads_contact_email ON @schema@.leads (workspace_id, contact_email) WHERE contact_email IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_leads_to_enrich ON @schema@.leads (created_at) WHERE enrichment_status IN ('pending', 'enriching');
COMMENT ON INDEX @schema@.idx_leads_to_enrich IS 'What waits for its contact data, the oldest first. For the service.';
CREATE INDEX IF NOT EXISTS idx_leads_to_deliver ON @schema@.leads (created_at) WHERE delivery_status = 'pending';
COMMENT ON INDEX @schema@.idx_leads_to_deliver IS 'What waits to go out, the oldest first. For the service.';
CREATE INDEX IF NOT EXISTS idx_leads_created_by ON @schema@.leads (workspace_id, created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.export_jobs (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    user_id uuid NOT NULL,
    status @schema@.export_status NOT NULL DEFAULT 'pending',
    format text NOT NULL DEFAULT 'csv' CHECK (format IN ('csv', 'json', 'xlsx')),
    filters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(filters) = 'object'),
    row_count bigint CHECK (row_count >= 0),
    file_url text CHECK (file_url <> ''),
    file_size bigint CHECK (file_size >= 0),
    error_message text,
    completed_at timestamptz,
    expires_at timestamptz DEFAULT now() + interval '7 days',
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (user_id, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE CASCADE,
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.export_jobs IS 'Exports of leads as files.';
COMMENT ON COLUMN @schema@.export_jobs.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.export_jobs.workspace_id IS
'The workspace (tenant) that the row belongs to; references workspaces. A trigger takes it from the user when left out.';
COMMENT ON COLUMN @schema@.export_jobs.user_id IS 'The user who asked for the export: references users of the same workspace.';
COMMENT ON COLUMN @schema@.export_jobs.status IS 'How far the export is: pending, processing, completed or failed. The service writes it.';
COMMENT ON COLUMN @schema@.export_jobs.format IS 'The format of the file: csv, json or xlsx.';
COMMENT ON COLUMN @schema@.export_jobs.filters IS 'Which leads are exported, in the form of queries.filters.';
COMMENT ON COLUMN @schema@.export_jobs.row_count IS 'How many leads the file holds; NULL until it is written.';
COMMENT ON COLUMN @schema@.export_jobs.file_url IS 'Where the file can be fetched; NULL until it is written.';
COMMENT ON COLUMN @schema@.export_jobs.file_size IS 'The size of the file in bytes; NULL until it is written.';
COMMENT ON COLUMN @schema@.export_jobs.error_message IS 'Why the export failed; NULL when it did not.';
COMMENT ON COLUMN @schema@.export_jobs.completed_at IS 'When the file was written; NULL until then.';
COMMENT ON COLUMN @schema@.export_jobs.expires_at IS 'When cleanup_expired_exports() removes it, if it is not at work then; NULL for never.';
COMMENT ON COLUMN @schema@.export_jobs.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.export_jobs.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.export_jobs.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_export_jobs_workspace_id ON @schema@.export_jobs (workspace_id);
CREATE INDEX IF NOT EXISTS idx_export_jobs_user_id ON @schema@.export_jobs (workspace_id, user_id);
CREATE INDEX IF NOT EXISTS idx_export_jobs_filters ON @schema@.export_jobs USING gin (filters);
CREATE INDEX IF NOT EXISTS idx_export_jobs_expires_at ON @schema@.export_jobs (expires_at);
CREATE INDEX IF NOT EXISTS idx_export_jobs_created_at ON @schema@.export_jobs (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_export_jobs_created_by ON @schema@.export_jobs (workspace_id, created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.leads$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.export_jobs$rowkit$);

CREATE OR REPLACE TRIGGER leads_a_tenant BEFORE INSERT ON @schema@.leads
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('query_id', 'workspace_id');
CREATE OR REPLACE TRIGGER leads_updated_at BEFORE UPDATE ON @schema@.leads
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER export_jobs_a_tenant BEFORE INSERT ON @schema@.export_jobs
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('user_id', 'workspace_id');
CREATE OR REPLACE TRIGGER export_jobs_updated_at BEFORE UPDATE ON @schema@.export_jobs
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.leads$rowkit$, $rowkit$@schema@.queries$rowkit$, 'lead_count', foreign_key_column => 'query_id', limit_column => '');

-- PL/pgSQL: a trigger function cannot be SQL, and its schema is known by the trigger only, so that it can be renamed.
-- The owner's rights: whoever may add a lead need not be allowed to change the query.
CREATE OR REPLACE FUNCTION @schema@.count_weekly_leads() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $trigger$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'queries');
    EXECUTE format(
        $query$
            UPDATE %I.queries AS query
            SET leads_this_week = CASE WHEN query.leads_week OPERATOR(pg_catalog.=) week.begins THEN query.leads_this_week ELSE 0 END
                    OPERATOR(pg_catalog.+) added.leads,
                leads_week = week.begins
            FROM (SELECT new_rows.query_id, count(*)::integer AS leads FROM new_rows GROUP BY new_rows.query_id) AS added,
                (SELECT rowkit.credit_period('week', now()) AS begins) AS week
            WHERE query.id OPERATOR(pg_catalog.=) added.query_id
        $query$, TG_TABLE_SCHEMA);
    RETURN NULL;
END
$trigger$;
REVOKE EXECUTE ON FUNCTION @schema@.count_weekly_leads() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.count_weekly_leads() IS 'Trigger on leads: adds what came to leads_this_week, which it begins anew each Monday (UTC).';
-- After usage_lead_count_insert, which holds the queries in the order of their keys: triggers fire in the order of their names.
CREATE OR REPLACE TRIGGER weekly_leads AFTER INSERT ON @schema@.leads
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.count_weekly_leads();

-- As for lead_count: the leads count, and a new query has none.
CREATE OR REPLACE TRIGGER weekly_leads_begin BEFORE INSERT ON @schema@.queries
    FOR EACH ROW WHEN (NEW.leads_this_week <> 0 AND row_security_active($rowkit$@schema@.queries$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('leads_this_week');
CREATE OR REPLACE TRIGGER weekly_leads_start AFTER INSERT ON @schema@.queries
    FOR EACH ROW WHEN (NEW.leads_this_week <> 0) EXECUTE FUNCTION rowkit.keep_usage_counter('leads_this_week');
CREATE OR REPLACE TRIGGER weekly_leads_guard BEFORE UPDATE ON @schema@.queries
    FOR EACH ROW WHEN (
        (NEW.leads_this_week IS DISTINCT FROM OLD.leads_this_week OR NEW.leads_week IS DISTINCT FROM OLD.leads_week)
        AND row_security_active($rowkit$@schema@.queries$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('leads_this_week');

CREATE OR REPLACE FUNCTION @schema@.cleanup_expired_exports() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._cleanup_expired_exports($rowkit$@schema@.export_jobs$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.cleanup_expired_exports() IS
'Deletes the exports that have expired and are completed or failed.
Pending and processing exports stay. Returns how many exports were deleted. For the service; rowkit.schedule_jobs() runs it daily. VOLATILE. Example: SELECT cleanup_expired_exports().';
