-- What workspaces look for: queries that run by the clock, and searches that somebody keeps.

-- PL/pgSQL: CREATE TYPE has no IF NOT EXISTS.
DO $do$
BEGIN
    IF pg_catalog.to_regtype($rowkit$@schema@.query_status$rowkit$) IS NULL THEN
        CREATE TYPE @schema@.query_status AS ENUM ('active', 'paused', 'completed');
    END IF;
END
$do$;
COMMENT ON TYPE @schema@.query_status IS 'What becomes of a query: active runs, paused does not, completed never will again.';

CREATE TABLE IF NOT EXISTS @schema@.queries (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    topic_id uuid REFERENCES @schema@.global_topics (id) ON DELETE RESTRICT,
    name text NOT NULL CHECK (btrim(name) <> ''),
    status @schema@.query_status NOT NULL DEFAULT 'active',
    filters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(filters) = 'object'),
    lead_count integer NOT NULL DEFAULT 0 CHECK (lead_count >= 0),
    leads_this_week integer NOT NULL DEFAULT 0 CHECK (leads_this_week >= 0),
    leads_week date,
    last_run_at timestamptz,
    next_run_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
-- GraphQL has a type Query of its own: PostGraphile reads the first line, pg_graphql the last one.
COMMENT ON TABLE @schema@.queries IS
'@name lead_queries
What a workspace looks for. Deleting one deletes its leads.
@graphql({"name": "LeadQuery"})';
COMMENT ON COLUMN @schema@.queries.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.queries.workspace_id IS 'The workspace (tenant) that the row belongs to; references workspaces.';
COMMENT ON COLUMN @schema@.queries.topic_id IS
'The topic that the query follows: references global_topics, where it cannot be deleted meanwhile. NULL for no topic.';
COMMENT ON COLUMN @schema@.queries.name IS 'The query''s name, as people read it.';
COMMENT ON COLUMN @schema@.queries.status IS 'active runs, paused does not, completed never will again and does not count against max_queries.';
COMMENT ON COLUMN @schema@.queries.filters IS 'What counts as a lead, such as {"industry": ["SaaS"], "employees": {"min": 50}}.';
COMMENT ON COLUMN @schema@.queries.lead_count IS 'How many leads there are. Kept by triggers on leads.';
COMMENT ON COLUMN @schema@.queries.leads_this_week IS
'How many leads came in the week of leads_week. Of another week it stands for 0: reset_weekly_lead_counts(), or the next lead, begins anew.';
COMMENT ON COLUMN @schema@.queries.leads_week IS 'The Monday (UTC) that leads_this_week counts from.';
COMMENT ON COLUMN @schema@.queries.last_run_at IS 'When the query last ran; the service writes it. NULL before the first run.';
COMMENT ON COLUMN @schema@.queries.next_run_at IS 'When the query is due again; the service writes it and reads it. NULL for never.';
COMMENT ON COLUMN @schema@.queries.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.queries.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.queries.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_queries_workspace_id ON @schema@.queries (workspace_id);
CREATE INDEX IF NOT EXISTS idx_queries_topic_id ON @schema@.queries (topic_id);
CREATE INDEX IF NOT EXISTS idx_queries_filters ON @schema@.queries USING gin (filters);
CREATE INDEX IF NOT EXISTS idx_queries_next_run_at ON @schema@.queries (next_run_at) WHERE status = 'active';
COMMENT ON INDEX @schema@.idx_queries_next_run_at IS
'What is due: WHERE status = ''active'' AND next_run_at <= now(). For the service, which row security does not hold back.';
CREATE INDEX IF NOT EXISTS idx_queries_created_at ON @schema@.queries (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_queries_created_by ON @schema@.queries (workspace_id, created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.saved_searches (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    user_id uuid NOT NULL,
    name text NOT NULL CHECK (btrim(name) <> ''),
    filters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(filters) = 'object'),
    is_shared boolean NOT NULL DEFAULT false,
    last_run_at timestamptz,
    next_run_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (user_id, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE CASCADE,
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.saved_searches IS 'Filters over leads that somebody keeps.';
COMMENT ON COLUMN @schema@.saved_searches.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.saved_searches.workspace_id IS
'The workspace (tenant) that the row belongs to; references workspaces. A trigger takes it from the user when left out.';
COMMENT ON COLUMN @schema@.saved_searches.user_id IS 'The user who keeps the search: references users of the same workspace.';
COMMENT ON COLUMN @schema@.saved_searches.name IS 'The search''s name, as people read it.';
COMMENT ON COLUMN @schema@.saved_searches.filters IS 'Which leads it shows, in the form of queries.filters.';
COMMENT ON COLUMN @schema@.saved_searches.is_shared IS
'Whether the application shows it to the whole workspace. Row security shows it to every member in either case.';
COMMENT ON COLUMN @schema@.saved_searches.last_run_at IS 'When the search last ran; the application writes it. NULL before the first run.';
COMMENT ON COLUMN @schema@.saved_searches.next_run_at IS 'When the application runs the search again; NULL for never.';
COMMENT ON COLUMN @schema@.saved_searches.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.saved_searches.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.saved_searches.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_saved_searches_workspace_id ON @schema@.saved_searches (workspace_id);
CREATE INDEX IF NOT EXISTS idx_saved_searches_user_id ON @schema@.saved_searches (workspace_id, user_id);
CREATE INDEX IF NOT EXISTS idx_saved_searches_filters ON @schema@.saved_searches USING gin (filters);
CREATE INDEX IF NOT EXISTS idx_saved_searches_next_run_at ON @schema@.saved_searches (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_saved_searches_created_at ON @schema@.saved_searches (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_saved_searches_created_by ON @schema@.saved_searches (workspace_id, created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.queries$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.saved_searches$rowkit$);

CREATE OR REPLACE TRIGGER queries_updated_at BEFORE UPDATE ON @schema@.queries
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER saved_searches_a_tenant BEFORE INSERT ON @schema@.saved_searches
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('user_id', 'workspace_id');
CREATE OR REPLACE TRIGGER saved_searches_updated_at BEFORE UPDATE ON @schema@.saved_searches
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

-- A completed query leaves its place to another.
SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.queries$rowkit$, $rowkit$@schema@.workspaces$rowkit$, 'current_query_count', foreign_key_column => 'workspace_id',
    condition => $$status <> 'completed'$$, limit_column => 'max_queries', plan_column => 'plan');

CREATE OR REPLACE FUNCTION @schema@.reset_weekly_lead_counts() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._reset_weekly_lead_counts($rowkit$@schema@.queries$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.reset_weekly_lead_counts() IS
'Sets queries.leads_this_week to 0 where it still counts another week (UTC).
Returns how many rows that were. The next lead of a query does it, too, so it may run late or twice. For the service; rowkit.schedule_jobs() runs it weekly. VOLATILE. '
'Example: SELECT reset_weekly_lead_counts().';
