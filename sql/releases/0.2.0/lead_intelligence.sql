-- What blueprints made in this schema, by names relative to it: no OID, so it survives dump, restore and renaming the schema.

CREATE TABLE IF NOT EXISTS @schema@.rowkit_objects (
    blueprint text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    checksum text,
    PRIMARY KEY (blueprint, kind, name)
);
COMMENT ON TABLE @schema@.rowkit_objects IS
'What rowkit.install_blueprint made in this schema; rowkit.uninstall_blueprint drops exactly this. Not to be edited.';
COMMENT ON COLUMN @schema@.rowkit_objects.blueprint IS 'The blueprint that made the object, as rowkit.blueprints() names it.';
COMMENT ON COLUMN @schema@.rowkit_objects.version IS
'The version that made the object; for kind blueprint the version that is installed.';
COMMENT ON COLUMN @schema@.rowkit_objects.kind IS
'What the object is, such as table, index or policy; blueprint for the row of the blueprint itself, schema where the schema was made with it.';
COMMENT ON COLUMN @schema@.rowkit_objects.name IS
'Relative to the schema; objects of a table as table.object. For kind blueprint its name, for kind schema a dot.';
COMMENT ON COLUMN @schema@.rowkit_objects.checksum IS
'For kind blueprint, of what was made and granted: install_blueprint repairs it where that is another by now.';
SELECT rowkit_internal._close_helper_table($rowkit$@schema@.rowkit_objects$rowkit$);
-- Who there is: workspaces (the tenants) and their users. The foreign key from a workspace to the user who made it comes last, as both
-- refer to each other. Tenant tables have UNIQUE (workspace_id, id), and foreign keys between them hold workspace_id after the id.

CREATE TABLE IF NOT EXISTS @schema@.workspaces (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (btrim(name) <> ''),
    slug text UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    plan text NOT NULL DEFAULT 'free',
    max_queries integer CHECK (max_queries >= 0),
    current_query_count integer NOT NULL DEFAULT 0 CHECK (current_query_count >= 0),
    branding jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(branding) = 'object'),
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.workspaces IS
'The tenants. Deleting one deletes what it has; one that has had credits only after rowkit.close_credit_account(), until then it is refused (23503).';
COMMENT ON COLUMN @schema@.workspaces.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workspaces.name IS 'The workspace''s name, as people read it.';
COMMENT ON COLUMN @schema@.workspaces.slug IS 'The name in addresses; unique across workspaces. NULL when the workspace has none.';
COMMENT ON COLUMN @schema@.workspaces.plan IS 'free, starter, pro, enterprise, or the name of a row in plans (23514). Its limit and its daily credits are those of plan_limits(). A new plan brings them, where the same statement gives no other limit.';
COMMENT ON COLUMN @schema@.workspaces.max_queries IS
'How many queries that are not completed the workspace may have. Left out it is the plan''s, and it follows the plan; NULL afterwards is no limit.';
COMMENT ON COLUMN @schema@.workspaces.current_query_count IS 'Queries that are not completed. Kept by triggers on queries.';
COMMENT ON COLUMN @schema@.workspaces.branding IS 'Colours and logos, a JSON object of the application.';
COMMENT ON COLUMN @schema@.workspaces.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.workspaces.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.workspaces.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workspaces.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';

CREATE TABLE IF NOT EXISTS @schema@.users (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    auth_user_id uuid UNIQUE NOT NULL,
    email text NOT NULL CHECK (octet_length(email) <= 254 AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s.]+$'),
    full_name text CHECK (btrim(full_name) <> ''),
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    is_active boolean NOT NULL DEFAULT true,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, email),
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.users IS 'The people of a workspace: the membership. A login belongs to one workspace.';
COMMENT ON COLUMN @schema@.users.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.users.workspace_id IS 'The workspace (tenant) that the row belongs to; references workspaces.';
COMMENT ON COLUMN @schema@.users.auth_user_id IS 'The sub of the user''s token, such as auth.users.id of Supabase; a foreign key where that table is there.';
COMMENT ON COLUMN @schema@.users.email IS 'The e-mail address; a workspace has each once.';
COMMENT ON COLUMN @schema@.users.full_name IS 'The name that colleagues read; NULL when unknown.';
COMMENT ON COLUMN @schema@.users.role IS 'owner, admin, member or viewer, from the most rights to the fewest.';
COMMENT ON COLUMN @schema@.users.is_active IS 'false keeps the row without its rights.';
COMMENT ON COLUMN @schema@.users.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_users_created_at ON @schema@.users (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_workspaces_created_at ON @schema@.workspaces (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_users_workspace_id ON @schema@.users (workspace_id);
CREATE INDEX IF NOT EXISTS idx_users_created_by ON @schema@.users (workspace_id, created_by) WHERE created_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_workspaces_created_by ON @schema@.workspaces (created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.workspaces$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.users$rowkit$);

-- PL/pgSQL: ADD CONSTRAINT has no IF NOT EXISTS, and whether auth.users is there is known only now.
DO $do$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS rule
        WHERE rule.conrelid = $rowkit$@schema@.workspaces$rowkit$::pg_catalog.regclass AND rule.conname = 'workspaces_created_by_fkey'
    ) THEN
        ALTER TABLE @schema@.workspaces ADD CONSTRAINT workspaces_created_by_fkey
            FOREIGN KEY (created_by, id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by);
    END IF;
    IF pg_catalog.to_regclass('auth.users') IS NOT NULL AND pg_catalog.has_table_privilege('auth.users', 'REFERENCES') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS rule
        WHERE rule.conrelid = $rowkit$@schema@.users$rowkit$::pg_catalog.regclass AND rule.conname = 'users_auth_user_id_fkey'
    ) THEN
        ALTER TABLE @schema@.users ADD CONSTRAINT users_auth_user_id_fkey
            FOREIGN KEY (auth_user_id) REFERENCES auth.users (id) ON DELETE CASCADE;
    END IF;
END
$do$;

CREATE OR REPLACE TRIGGER workspaces_updated_at BEFORE UPDATE ON @schema@.workspaces
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER users_updated_at BEFORE UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

-- The names of an atomic body are resolved now, so it survives renaming the schema.
CREATE OR REPLACE FUNCTION @schema@.get_user_workspace_id() RETURNS uuid
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT member.workspace_id FROM @schema@.users AS member
        WHERE member.auth_user_id = rowkit.current_user_id() AND member.is_active;
    END;
COMMENT ON FUNCTION @schema@.get_user_workspace_id() IS
'Returns the workspace of whoever is asking.
The workspace of whoever is asking, by the claims (rowkit.current_user_id()); NULL for nobody and for who is not active. STABLE.';

CREATE OR REPLACE FUNCTION @schema@.check_query_limit(workspace_id uuid DEFAULT @schema@.get_user_workspace_id()) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.check_usage_available(check_query_limit.workspace_id, 'queries', 1, $rowkit$@schema@.workspaces$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.check_query_limit(uuid) IS
'Returns whether the plan has room for one more query.
It promises nothing: the INSERT decides, with 53400. STABLE. '
'workspace_id is the workspace, by default that of whoever is asking.';
-- Plans: what each allows and gives. Four are built in; a row in plans takes the place of the one of its name, or adds another.

CREATE TABLE IF NOT EXISTS @schema@.plans (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (btrim(name) <> ''),
    max_queries integer CHECK (max_queries >= 0),
    daily_credits bigint NOT NULL DEFAULT 0 CHECK (daily_credits >= 0),
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.plans IS
'What plans allow and give, beside those that plan_limits() has built in, or in their place. Workspaces follow when a row changes; one that they are on cannot go. Written by the service, read by everybody.';
COMMENT ON COLUMN @schema@.plans.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.plans.name IS 'What workspaces.plan holds.';
COMMENT ON COLUMN @schema@.plans.max_queries IS 'How many queries that are not completed; NULL is no limit.';
COMMENT ON COLUMN @schema@.plans.daily_credits IS 'Credits that a workspace gets each day; what is left of them at its end is gone.';
COMMENT ON COLUMN @schema@.plans.created_by IS
'The user whom the service named when it inserted the row: references users. NULL for nobody, and after the user is deleted.';
COMMENT ON COLUMN @schema@.plans.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.plans.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_plans_created_by ON @schema@.plans (created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.plans$rowkit$);
CREATE OR REPLACE TRIGGER plans_updated_at BEFORE UPDATE ON @schema@.plans
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

CREATE OR REPLACE FUNCTION @schema@.built_in_plan_limits(plan text) RETURNS TABLE(max_queries integer, daily_credits bigint)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT known.max_queries, known.daily_credits
        FROM (VALUES ('free', 3, 0::bigint), ('starter', 10, 50), ('pro', 50, 250), ('enterprise', NULL, 1000)) AS known(name, max_queries, daily_credits)
        WHERE known.name = plan;
    END;
COMMENT ON FUNCTION @schema@.built_in_plan_limits(text) IS
'Returns what a plan allows and gives where the table plans has no row for it.
Returns what a plan allows and gives where plans has no row for it: free 3 queries, starter 10 and 50 credits a day, pro 50 and 250, enterprise any number and 1000. No row for another name. IMMUTABLE. '
'max_queries is how many queries that are not completed; NULL is no limit. daily_credits is how many credits a day.';

CREATE OR REPLACE FUNCTION @schema@.plan_limits(plan text) RETURNS TABLE(max_queries integer, daily_credits bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT offered.max_queries, offered.daily_credits FROM @schema@.plans AS offered WHERE offered.name = plan
        UNION ALL
        SELECT known.max_queries, known.daily_credits
        FROM @schema@.built_in_plan_limits(plan) AS known
        WHERE NOT EXISTS (SELECT FROM @schema@.plans AS offered WHERE offered.name = plan);
    END;
COMMENT ON FUNCTION @schema@.plan_limits(text) IS
'Returns what a plan allows and gives.
max_queries (NULL is no limit) and daily_credits, from its row in plans, else as it is built in. No row for another name. With the caller''s rights. STABLE.';

-- The triggers below are PL/pgSQL, as SQL functions cannot be triggers; they find tables by the schema of their own, so it can be renamed.
-- Whoever gives a workspace a plan and whoever changes what plans allow wait for each other, as neither sees what the other has not committed: before they
-- hold any row, so that no two of them can deadlock.
CREATE OR REPLACE FUNCTION @schema@.lock_plans() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    plans CONSTANT bigint := hashtextextended('rowkit.plans', to_regclass(format('%I.plans', TG_TABLE_SCHEMA))::bigint);
BEGIN
    IF TG_TABLE_NAME = 'plans' THEN
        PERFORM pg_advisory_xact_lock(plans);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(plans);
    END IF;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION @schema@.lock_plans() IS 'Trigger BEFORE statements that give workspaces a plan, or change plans: an advisory lock that the first share and the second hold alone.';
CREATE OR REPLACE TRIGGER lock_plans BEFORE INSERT OR UPDATE OF plan ON @schema@.workspaces
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.lock_plans();
CREATE OR REPLACE TRIGGER lock_plans BEFORE INSERT OR UPDATE OR DELETE ON @schema@.plans
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.lock_plans();

CREATE OR REPLACE FUNCTION @schema@.set_plan_limits() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    allowed integer;
    found_plans integer;
BEGIN
    EXECUTE format('SELECT limits.max_queries FROM %I.plan_limits($1) AS limits', TG_TABLE_SCHEMA) INTO allowed USING NEW.plan;
    GET DIAGNOSTICS found_plans = ROW_COUNT;
    -- Without a plan at all the column itself refuses.
    IF found_plans = 0 AND NEW.plan IS NOT NULL THEN
        RAISE EXCEPTION 'there is no plan "%"', NEW.plan USING ERRCODE = '23514', HINT = 'Plans are free, starter, pro, enterprise, and those in the table plans.';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.max_queries := coalesce(NEW.max_queries, allowed);
    ELSIF NEW.max_queries IS NOT DISTINCT FROM OLD.max_queries THEN
        -- A limit that the statement itself changes stays.
        NEW.max_queries := allowed;
    END IF;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION @schema@.set_plan_limits() IS 'Trigger on workspaces: a plan brings its max_queries. 23514 for a plan that there is not.';
CREATE OR REPLACE TRIGGER plan_limits_insert BEFORE INSERT ON @schema@.workspaces
    FOR EACH ROW EXECUTE FUNCTION @schema@.set_plan_limits();
CREATE OR REPLACE TRIGGER plan_limits_update BEFORE UPDATE OF plan ON @schema@.workspaces
    FOR EACH ROW WHEN (NEW.plan IS DISTINCT FROM OLD.plan) EXECUTE FUNCTION @schema@.set_plan_limits();
-- What everybody reads: topics and how much is heard of them each week. Shared by all workspaces, so without workspace_id.

CREATE TABLE IF NOT EXISTS @schema@.global_topics (
    id uuid PRIMARY KEY,
    topic text NOT NULL CHECK (btrim(topic) <> '' AND octet_length(topic) <= 500),
    category text CHECK (btrim(category) <> ''),
    topic_tsv tsvector,
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.global_topics IS 'Topics that queries follow, for all workspaces. Written by the service, read by everybody.';
COMMENT ON COLUMN @schema@.global_topics.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.global_topics.topic IS 'The topic, as people read it; unique without regard to case, width and kana.';
COMMENT ON COLUMN @schema@.global_topics.category IS 'The group that the topic belongs to; free text, NULL for none.';
COMMENT ON COLUMN @schema@.global_topics.topic_tsv IS 'What search_topics() looks in. Kept by a trigger.';
COMMENT ON COLUMN @schema@.global_topics.created_by IS
'The user whom the service named when it inserted the row: references users. NULL for nobody, and after the user is deleted.';
COMMENT ON COLUMN @schema@.global_topics.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.global_topics.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_global_topics_topic_tsv ON @schema@.global_topics USING gin (topic_tsv rowkit.search_ops);
CREATE UNIQUE INDEX IF NOT EXISTS idx_global_topics_topic ON @schema@.global_topics ((rowkit.search_key(topic) COLLATE "C"));
COMMENT ON INDEX @schema@.idx_global_topics_topic IS
'One topic in all its writings (case, width, kana); look-up by the beginning of a topic.';
CREATE INDEX IF NOT EXISTS idx_global_topics_created_at ON @schema@.global_topics (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_global_topics_category ON @schema@.global_topics (category);
CREATE INDEX IF NOT EXISTS idx_global_topics_created_by ON @schema@.global_topics (created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.trends (
    id uuid PRIMARY KEY,
    topic_id uuid NOT NULL REFERENCES @schema@.global_topics (id) ON DELETE CASCADE,
    week date NOT NULL CHECK (extract(isodow FROM week) = 1),
    volume bigint NOT NULL DEFAULT 0 CHECK (volume >= 0),
    change_percent numeric,
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (topic_id, week)
);
COMMENT ON TABLE @schema@.trends IS 'How much was heard of a topic in each week.';
COMMENT ON COLUMN @schema@.trends.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.trends.topic_id IS 'The topic that is measured: references global_topics.';
COMMENT ON COLUMN @schema@.trends.week IS 'The Monday that the week begins with.';
COMMENT ON COLUMN @schema@.trends.volume IS 'How often the topic was heard of in the week; the service counts.';
COMMENT ON COLUMN @schema@.trends.change_percent IS 'Against the week before; set by update_topic_trends().';
COMMENT ON COLUMN @schema@.trends.created_by IS
'The user whom the service named when it inserted the row: references users. NULL for nobody, and after the user is deleted.';
COMMENT ON COLUMN @schema@.trends.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.trends.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_trends_topic_id ON @schema@.trends (topic_id);
CREATE INDEX IF NOT EXISTS idx_trends_week ON @schema@.trends (week DESC, volume DESC);
CREATE INDEX IF NOT EXISTS idx_trends_created_at ON @schema@.trends (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_trends_created_by ON @schema@.trends (created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.global_topics$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.trends$rowkit$);

CREATE OR REPLACE TRIGGER global_topics_topic_tsv BEFORE INSERT OR UPDATE ON @schema@.global_topics
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('topic_tsv', 'topic:A', 'category:B');
CREATE OR REPLACE TRIGGER global_topics_updated_at BEFORE UPDATE ON @schema@.global_topics
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER trends_updated_at BEFORE UPDATE ON @schema@.trends
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

CREATE OR REPLACE FUNCTION @schema@.search_topics(query text, max_rows integer DEFAULT 10)
    RETURNS TABLE(topic_id uuid, topic text, category text, match_level integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT (found.row_data ->> 'id')::pg_catalog.uuid, found.row_data ->> 'topic', found.row_data ->> 'category', found.match_level
        FROM rowkit.search_rows($rowkit$@schema@.global_topics$rowkit$::pg_catalog.regclass, search_topics.query, search_topics.max_rows) AS found;
    END;
COMMENT ON FUNCTION @schema@.search_topics(text, integer) IS
'Finds topics by their words and categories, the best first.
Full-text search over topics and categories; the last word may be unfinished. match_level is 0 for the topic itself, 1 begins with the query, '
'2 holds it as a word, 3 inside. STABLE. '
'query is what people type. max_rows is how many rows are returned at most. topic_id is the id of the topic. category is its group.';

CREATE OR REPLACE FUNCTION @schema@.update_topic_trends() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._update_topic_trends($rowkit$@schema@.trends$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.update_topic_trends() IS
'Sets trends.change_percent to how much each week differs from the one before.
In percent, two digits; NULL if there is no week before, or its volume was 0. Returns how many rows changed. For the service; rowkit.schedule_jobs() runs it weekly. VOLATILE. '
'Example: SELECT update_topic_trends().';
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
-- Credits of a workspace by rowkit.enable_credits: accounts, grants, operations and a ledger; and beside them who used how many for what.

SELECT FROM rowkit.enable_credits($rowkit$@schema@.workspaces$rowkit$);
-- enable_credits makes these with their tables alone; they come back after DROP EXTENSION CASCADE, too.
CREATE OR REPLACE TRIGGER keep_credit_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.credit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.keep_credit_entries();
COMMENT ON INDEX @schema@.credit_operations_account_id_id_key IS 'What foreign keys with the tenant refer to.';
COMMENT ON TABLE @schema@.credit_grants IS 'Credits given to a workspace, once or anew each day, week or month; what is left of them.';
COMMENT ON TABLE @schema@.credit_operations IS 'Every grant, debit, reservation and refund, with its answer.';

CREATE TABLE IF NOT EXISTS @schema@.credit_usage (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    user_id uuid,
    operation_id uuid NOT NULL,
    action text NOT NULL CHECK (btrim(action) <> ''),
    credits_used bigint NOT NULL CHECK (credits_used > 0),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (user_id, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (user_id),
    FOREIGN KEY (operation_id, workspace_id) REFERENCES @schema@.credit_operations (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.credit_usage IS
'Who used how many credits for what: a row for each debit, written with it, whichever function took the credits. Refunds are in credit_operations.';
COMMENT ON COLUMN @schema@.credit_usage.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.credit_usage.workspace_id IS 'The workspace (tenant) that the row belongs to; references workspaces.';
COMMENT ON COLUMN @schema@.credit_usage.user_id IS 'Who was asking, by the claims; NULL for the service, and when the user is deleted.';
COMMENT ON COLUMN @schema@.credit_usage.operation_id IS 'The debit in the ledger: references credit_operations of the same workspace.';
COMMENT ON COLUMN @schema@.credit_usage.action IS 'What for: email_reveal, export and so on; the action of record_credit_usage().';
COMMENT ON COLUMN @schema@.credit_usage.credits_used IS 'How many credits were taken; always positive.';
COMMENT ON COLUMN @schema@.credit_usage.created_by IS
'The user whom the service named when it inserted the row: references users. NULL for nobody, and after the user is deleted.';
COMMENT ON COLUMN @schema@.credit_usage.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.credit_usage.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_credit_usage_workspace_id ON @schema@.credit_usage (workspace_id);
CREATE INDEX IF NOT EXISTS idx_credit_usage_user_id ON @schema@.credit_usage (workspace_id, user_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_credit_usage_operation_id ON @schema@.credit_usage (workspace_id, operation_id);
CREATE INDEX IF NOT EXISTS idx_credit_usage_created_at ON @schema@.credit_usage (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_credit_usage_created_by ON @schema@.credit_usage (workspace_id, created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.credit_usage$rowkit$);
CREATE OR REPLACE TRIGGER credit_usage_updated_at BEFORE UPDATE ON @schema@.credit_usage
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

-- PL/pgSQL: a trigger function cannot be SQL, and its schema is known by the trigger only, so that it can be renamed.
-- The owner's rights: the log is nobody's to write but the debit's.
CREATE OR REPLACE FUNCTION @schema@.log_credit_usage() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $trigger$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'credit_operations', 'credit_usage', 'users');
    -- What was reserved is used when it is settled; the amount of a settling is what came back of it.
    EXECUTE format(
        $query$
            INSERT INTO %1$I.credit_usage (workspace_id, user_id, operation_id, action, credits_used)
            SELECT made.account_id, member.id, made.id, coalesce(nullif(btrim(used.action), ''), 'other'), used.amount
            FROM (SELECT ($1).*) AS made
            LEFT JOIN %1$I.credit_operations AS held ON held.id OPERATOR(pg_catalog.=) made.original_operation_id
            LEFT JOIN %1$I.users AS member
                ON member.workspace_id OPERATOR(pg_catalog.=) made.account_id AND member.auth_user_id OPERATOR(pg_catalog.=) rowkit.current_user_id()
            CROSS JOIN LATERAL (
                SELECT coalesce(made.action, held.action),
                    CASE made.kind WHEN 'settle' THEN held.amount OPERATOR(pg_catalog.-) made.amount ELSE made.amount END
            ) AS used(action, amount)
            WHERE used.amount OPERATOR(pg_catalog.>) 0
        $query$, TG_TABLE_SCHEMA)
    USING NEW;
    RETURN NULL;
END
$trigger$;
REVOKE EXECUTE ON FUNCTION @schema@.log_credit_usage() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.log_credit_usage() IS 'Trigger on credit_operations: writes each debit down in credit_usage.';
CREATE OR REPLACE TRIGGER log_credit_usage AFTER INSERT ON @schema@.credit_operations
    FOR EACH ROW WHEN (NEW.kind IN ('consume', 'settle')) EXECUTE FUNCTION @schema@.log_credit_usage();

-- As of now, whether reset_daily_credits() ran or not.
CREATE OR REPLACE VIEW @schema@.workspace_credits WITH (security_invoker = true) AS
SELECT
    workspace.id AS workspace_id,
    workspace.plan,
    rowkit.credit_balance(workspace.id, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass) AS balance,
    coalesce(today.credits, 0) AS daily_credits,
    coalesce(today.used, 0) AS daily_credits_used
FROM @schema@.workspaces AS workspace
LEFT JOIN LATERAL (
    SELECT
        sum(given.amount)::bigint AS credits,
        (sum(given.amount - given.remaining)
            FILTER (WHERE given.period_key = rowkit.credit_period('day', now(), account.time_zone)))::bigint AS used
    FROM @schema@.credit_accounts AS account
    JOIN @schema@.credit_grants AS given ON given.account_id = account.account_id
    WHERE account.account_id = workspace.id AND given.period = 'day' AND (given.expires_at IS NULL OR given.expires_at > now())
) AS today ON true;
COMMENT ON VIEW @schema@.workspace_credits IS
'What each workspace can spend now, how many credits it gets a day, and how many of these it has used today, by its own clocks.';
COMMENT ON COLUMN @schema@.workspace_credits.workspace_id IS 'The workspace: id in workspaces.';
COMMENT ON COLUMN @schema@.workspace_credits.plan IS 'The plan that the workspace is on, as in workspaces.plan.';
COMMENT ON COLUMN @schema@.workspace_credits.balance IS 'How many credits the workspace can spend now.';
COMMENT ON COLUMN @schema@.workspace_credits.daily_credits IS 'How many credits it gets each day, of its plan and of other daily grants.';
COMMENT ON COLUMN @schema@.workspace_credits.daily_credits_used IS 'How many of the daily credits it has spent today, in the account''s time zone.';

CREATE OR REPLACE FUNCTION @schema@.check_credits_available(workspace_id uuid DEFAULT @schema@.get_user_workspace_id(), amount bigint DEFAULT 1) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.credit_balance(check_credits_available.workspace_id, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass)
            >= check_credits_available.amount;
    END;
COMMENT ON FUNCTION @schema@.check_credits_available(uuid, bigint) IS
'Returns whether the workspace has so many credits now.
It promises nothing: record_credit_usage() decides. STABLE. '
'workspace_id is the workspace, by default that of whoever is asking. amount is how many credits are asked about.';

-- The owner's rights: members spend what their workspace has, and write none of the tables.
CREATE OR REPLACE FUNCTION @schema@.record_credit_usage(workspace_id uuid, amount bigint, action text) RETURNS jsonb
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        SELECT CASE WHEN rowkit_internal._assert_allowed(
            rowkit_internal._is_service($rowkit$@schema@.credit_operations$rowkit$::pg_catalog.regclass) OR EXISTS (
                SELECT FROM @schema@.users AS member
                WHERE member.auth_user_id = rowkit.current_user_id() AND member.workspace_id = record_credit_usage.workspace_id
                    AND member.is_active AND member.role <> 'viewer'),
            'only a member of a workspace spends its credits', 'Viewers and members of another workspace cannot; get_user_workspace_id() is one''s own.')
        THEN rowkit.consume_credits(
            record_credit_usage.workspace_id, record_credit_usage.amount, record_credit_usage.action, NULL,
            $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass) END;
    END;
REVOKE EXECUTE ON FUNCTION @schema@.record_credit_usage(uuid, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION @schema@.record_credit_usage(uuid, bigint, text) IS
'Takes credits of a workspace, all or none, and writes down what for.
Takes credits, all or none, for an e-mail that is revealed or an export, and writes it down in credit_usage: returns {"operation_id", "amount", "balance"}. A member of the workspace (owner, admin or member, by the claims) spends '
'those of their own, a service those of any. 53400 when there are too few, 22023 for an amount that is not positive, 42501 for viewers, outsiders and another workspace. VOLATILE. '
'Example: SELECT record_credit_usage(get_user_workspace_id(), 1, ''email_reveal''). It works with the owner''s rights, for authenticated and service_role where they are; grant EXECUTE to others. '
'workspace_id is the workspace that pays. action says in a word what for, such as email_reveal.';

CREATE OR REPLACE FUNCTION @schema@.reset_daily_credits() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._renew_credits($rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass, 'day');
    END;
COMMENT ON FUNCTION @schema@.reset_daily_credits() IS
'Begins the day for the workspaces whose daily credits are still of another one.
A day begins in the time zone of each account. Returns the number of accounts. Balances are right without it: it only does in advance what the next request would do. For the service; '
'rowkit.schedule_jobs() runs it every hour. VOLATILE. Example: SELECT reset_daily_credits().';

-- What plans give: daily credits, of the source plan.
CREATE OR REPLACE FUNCTION @schema@.set_plan_credits(workspace_id uuid, daily_credits bigint) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        -- The account first, as whoever spends holds it.
        SELECT account.account_id FROM @schema@.credit_accounts AS account WHERE account.account_id = set_plan_credits.workspace_id FOR NO KEY UPDATE;
        UPDATE @schema@.credit_grants AS given SET expires_at = now()
        WHERE given.account_id = set_plan_credits.workspace_id AND given.source = 'plan' AND (given.expires_at IS NULL OR given.expires_at > now());
        SELECT CASE WHEN set_plan_credits.daily_credits > 0 THEN rowkit.grant_credits(
            set_plan_credits.workspace_id, set_plan_credits.daily_credits, period => 'day', source => 'plan',
            credit_accounts => $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass) END IS NOT NULL;
    END;
COMMENT ON FUNCTION @schema@.set_plan_credits(uuid, bigint) IS
'Gives a workspace so many credits a day by its plan, in place of those before.
Ends the daily credits that a workspace got by its plan, and gives it so many from now on; 0 gives none. Credits of other sources stay. Returns whether it gave some. With the caller''s rights on the tables of '
'credits. VOLATILE. '
'workspace_id is the workspace. daily_credits is how many credits it gets each day.';

-- The owner's rights: a plan brings its credits, whoever may set it.
CREATE OR REPLACE FUNCTION @schema@.give_plan_credits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'plans', 'credit_accounts', 'credit_grants', 'credit_operations', 'credit_entries');
    EXECUTE format('SELECT %1$I.set_plan_credits($1, limits.daily_credits) FROM %1$I.plan_limits($2) AS limits', TG_TABLE_SCHEMA) USING NEW.id, NEW.plan;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.give_plan_credits() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.give_plan_credits() IS 'Trigger on workspaces: a plan brings its daily credits and ends those of the one before.';
CREATE OR REPLACE TRIGGER plan_credits_insert AFTER INSERT ON @schema@.workspaces
    FOR EACH ROW EXECUTE FUNCTION @schema@.give_plan_credits();
CREATE OR REPLACE TRIGGER plan_credits_update AFTER UPDATE OF plan ON @schema@.workspaces
    FOR EACH ROW WHEN (NEW.plan IS DISTINCT FROM OLD.plan) EXECUTE FUNCTION @schema@.give_plan_credits();

-- The owner's rights: a plan is everybody's who is on it; plans are the service's to write.
CREATE OR REPLACE FUNCTION @schema@.update_plan_limits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    moved record;
    is_lost boolean;
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'workspaces', 'credit_accounts', 'credit_grants', 'credit_operations', 'credit_entries');
    -- What was allowed before, by the row that changed or went, or as it is built in where the row is new.
    FOR moved IN EXECUTE format(
        'SELECT $1 AS plan, $2 AS max_queries, $3 AS daily_credits WHERE $1 IS NOT NULL '
        'UNION ALL SELECT $4, known.max_queries, known.daily_credits FROM %I.built_in_plan_limits($4) AS known WHERE $4 IS DISTINCT FROM $1', TG_TABLE_SCHEMA)
        USING OLD.name, OLD.max_queries, OLD.daily_credits, NEW.name
    LOOP
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM %1$I.workspaces AS workspace WHERE workspace.plan OPERATOR(pg_catalog.=) $1) '
            'AND NOT EXISTS (SELECT FROM %1$I.plan_limits($1))', TG_TABLE_SCHEMA)
        INTO is_lost USING moved.plan;
        IF is_lost THEN
            RAISE EXCEPTION 'workspaces are on the plan "%"', moved.plan USING ERRCODE = '23503', HINT = 'Give them another plan first.';
        END IF;
        -- A limit that was agreed otherwise stays.
        EXECUTE format(
            'UPDATE %1$I.workspaces AS workspace SET max_queries = limits.max_queries FROM %1$I.plan_limits($1) AS limits '
            'WHERE workspace.plan OPERATOR(pg_catalog.=) $1 AND workspace.max_queries IS NOT DISTINCT FROM $2 AND limits.max_queries IS DISTINCT FROM $2', TG_TABLE_SCHEMA)
        USING moved.plan, moved.max_queries;
        EXECUTE format(
            'SELECT %1$I.set_plan_credits(workspace.id, limits.daily_credits) FROM %1$I.workspaces AS workspace CROSS JOIN %1$I.plan_limits($1) AS limits '
            'WHERE workspace.plan OPERATOR(pg_catalog.=) $1 AND limits.daily_credits IS DISTINCT FROM $2', TG_TABLE_SCHEMA)
        USING moved.plan, moved.daily_credits;
    END LOOP;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.update_plan_limits() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.update_plan_limits() IS
'Trigger on plans: workspaces on a plan follow when its row comes, changes or goes; a limit that was agreed otherwise stays. 23503 where they would be on a plan that is no more.';
CREATE OR REPLACE TRIGGER plans_limits AFTER INSERT OR DELETE OR UPDATE OF name, max_queries, daily_credits ON @schema@.plans
    FOR EACH ROW EXECUTE FUNCTION @schema@.update_plan_limits();
-- People: what was found, and searches that somebody keeps.

CREATE TABLE IF NOT EXISTS @schema@.people_search_results (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    user_id uuid,
    person_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(person_data) = 'object'),
    email text CHECK (octet_length(email) <= 254 AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s.]+$'),
    email_revealed boolean NOT NULL DEFAULT false,
    revealed_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    CHECK (email IS NOT NULL OR NOT email_revealed),
    FOREIGN KEY (user_id, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (user_id),
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.people_search_results IS 'People that a search found.';
COMMENT ON COLUMN @schema@.people_search_results.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.people_search_results.workspace_id IS
'The workspace (tenant) that the row belongs to; references workspaces. A trigger takes it from the user when left out.';
COMMENT ON COLUMN @schema@.people_search_results.user_id IS 'The user who searched: references users of the same workspace. NULL after the user is deleted.';
COMMENT ON COLUMN @schema@.people_search_results.person_data IS 'The person as the source gives it.';
COMMENT ON COLUMN @schema@.people_search_results.email IS 'The person''s address; NULL until it is known.';
COMMENT ON COLUMN @schema@.people_search_results.email_revealed IS 'Whether the address has been paid for with credits.';
COMMENT ON COLUMN @schema@.people_search_results.revealed_at IS 'When the address was paid for; NULL until then.';
COMMENT ON COLUMN @schema@.people_search_results.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.people_search_results.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.people_search_results.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_people_search_results_workspace_id ON @schema@.people_search_results (workspace_id);
CREATE INDEX IF NOT EXISTS idx_people_search_results_user_id ON @schema@.people_search_results (workspace_id, user_id);
CREATE INDEX IF NOT EXISTS idx_people_search_results_person_data ON @schema@.people_search_results USING gin (person_data);
CREATE INDEX IF NOT EXISTS idx_people_search_results_created_at ON @schema@.people_search_results (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_people_search_results_created_by ON @schema@.people_search_results (workspace_id, created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.saved_people_searches (
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
COMMENT ON TABLE @schema@.saved_people_searches IS 'Filters over people that somebody keeps.';
COMMENT ON COLUMN @schema@.saved_people_searches.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.saved_people_searches.workspace_id IS
'The workspace (tenant) that the row belongs to; references workspaces. A trigger takes it from the user when left out.';
COMMENT ON COLUMN @schema@.saved_people_searches.user_id IS 'The user who keeps the search: references users of the same workspace.';
COMMENT ON COLUMN @schema@.saved_people_searches.name IS 'The search''s name, as people read it.';
COMMENT ON COLUMN @schema@.saved_people_searches.filters IS 'Which people it shows, a JSON object of the application.';
COMMENT ON COLUMN @schema@.saved_people_searches.is_shared IS
'Whether the application shows it to the whole workspace. Row security shows it to every member in either case.';
COMMENT ON COLUMN @schema@.saved_people_searches.last_run_at IS 'When the search last ran; the application writes it. NULL before the first run.';
COMMENT ON COLUMN @schema@.saved_people_searches.next_run_at IS 'When the application runs the search again; NULL for never.';
COMMENT ON COLUMN @schema@.saved_people_searches.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.saved_people_searches.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.saved_people_searches.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_workspace_id ON @schema@.saved_people_searches (workspace_id);
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_user_id ON @schema@.saved_people_searches (workspace_id, user_id);
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_filters ON @schema@.saved_people_searches USING gin (filters);
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_next_run_at ON @schema@.saved_people_searches (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_created_at ON @schema@.saved_people_searches (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_saved_people_searches_created_by ON @schema@.saved_people_searches (workspace_id, created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.people_search_results$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.saved_people_searches$rowkit$);

CREATE OR REPLACE TRIGGER people_search_results_a_tenant BEFORE INSERT ON @schema@.people_search_results
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('user_id', 'workspace_id');
CREATE OR REPLACE TRIGGER people_search_results_updated_at BEFORE UPDATE ON @schema@.people_search_results
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER saved_people_searches_a_tenant BEFORE INSERT ON @schema@.saved_people_searches
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('user_id', 'workspace_id');
CREATE OR REPLACE TRIGGER saved_people_searches_updated_at BEFORE UPDATE ON @schema@.saved_people_searches
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
-- Other systems: integrations, payments, and what users want to hear of.

CREATE TABLE IF NOT EXISTS @schema@.integrations (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    provider text NOT NULL CHECK (btrim(provider) <> ''),
    config jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(config) = 'object'),
    is_active boolean NOT NULL DEFAULT true,
    last_synced_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, provider),
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.integrations IS 'Systems that a workspace has connected, each once.';
COMMENT ON COLUMN @schema@.integrations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.integrations.workspace_id IS 'The workspace (tenant) that the row belongs to; references workspaces.';
COMMENT ON COLUMN @schema@.integrations.provider IS 'The connected system, such as hubspot; a workspace has each once.';
COMMENT ON COLUMN @schema@.integrations.config IS 'Settings. No secrets: everybody who sees the row sees them.';
COMMENT ON COLUMN @schema@.integrations.is_active IS 'Whether the application exchanges data with it.';
COMMENT ON COLUMN @schema@.integrations.last_synced_at IS 'When data were last exchanged; the service writes it. NULL before the first time.';
COMMENT ON COLUMN @schema@.integrations.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.integrations.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.integrations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_integrations_workspace_id ON @schema@.integrations (workspace_id);
CREATE INDEX IF NOT EXISTS idx_integrations_created_at ON @schema@.integrations (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_integrations_created_by ON @schema@.integrations (workspace_id, created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.billing_events (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    event_type text NOT NULL CHECK (btrim(event_type) <> ''),
    stripe_event_id text UNIQUE CHECK (stripe_event_id <> ''),
    amount bigint CHECK (amount >= 0),
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    event_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(event_data) = 'object'),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    CHECK (amount IS NULL OR currency IS NOT NULL),
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.billing_events IS 'What the payment provider told.';
COMMENT ON COLUMN @schema@.billing_events.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.billing_events.workspace_id IS 'The workspace (tenant) that the row belongs to; references workspaces.';
COMMENT ON COLUMN @schema@.billing_events.event_type IS 'What happened, as the payment provider names it, such as invoice.paid.';
COMMENT ON COLUMN @schema@.billing_events.stripe_event_id IS
'Stripe''s id of the event, unique: INSERT … ON CONFLICT DO NOTHING makes one row of an event that is sent twice. NULL for others.';
COMMENT ON COLUMN @schema@.billing_events.amount IS
'In the smallest unit of the currency. What was paid back is an event_type of its own, not a negative amount.';
COMMENT ON COLUMN @schema@.billing_events.currency IS 'The currency of amount, by ISO 4217; NULL without an amount.';
COMMENT ON COLUMN @schema@.billing_events.event_data IS 'The event as the payment provider sent it, a JSON object.';
COMMENT ON COLUMN @schema@.billing_events.created_by IS
'The user whom the service named when it inserted the row: references users. NULL for nobody, and after the user is deleted.';
COMMENT ON COLUMN @schema@.billing_events.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.billing_events.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_billing_events_workspace_id ON @schema@.billing_events (workspace_id);
CREATE INDEX IF NOT EXISTS idx_billing_events_created_at ON @schema@.billing_events (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_billing_events_created_by ON @schema@.billing_events (workspace_id, created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.notification_preferences (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    user_id uuid UNIQUE NOT NULL,
    email text CHECK (octet_length(email) <= 254 AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s.]+$'),
    new_leads boolean NOT NULL DEFAULT true,
    weekly_report boolean NOT NULL DEFAULT true,
    credits_low boolean NOT NULL DEFAULT true,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (user_id, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE CASCADE,
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.notification_preferences IS 'What a user wants to hear of; one row a user.';
COMMENT ON COLUMN @schema@.notification_preferences.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.notification_preferences.workspace_id IS
'The workspace (tenant) that the row belongs to; references workspaces. A trigger takes it from the user when left out.';
COMMENT ON COLUMN @schema@.notification_preferences.user_id IS 'The user who gets the e-mails: references users of the same workspace. One row a user.';
COMMENT ON COLUMN @schema@.notification_preferences.email IS 'Where to; NULL for the user''s own address.';
COMMENT ON COLUMN @schema@.notification_preferences.new_leads IS 'Whether the user wants an e-mail when a query found leads.';
COMMENT ON COLUMN @schema@.notification_preferences.weekly_report IS 'Whether the user wants the report of each week.';
COMMENT ON COLUMN @schema@.notification_preferences.credits_low IS 'Whether the user wants an e-mail when few credits are left.';
COMMENT ON COLUMN @schema@.notification_preferences.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.notification_preferences.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.notification_preferences.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_notification_preferences_created_at ON @schema@.notification_preferences (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_notification_preferences_workspace_id ON @schema@.notification_preferences (workspace_id);
CREATE INDEX IF NOT EXISTS idx_notification_preferences_created_by ON @schema@.notification_preferences (workspace_id, created_by) WHERE created_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS @schema@.stripe_customers (
    id uuid PRIMARY KEY,
    workspace_id uuid UNIQUE NOT NULL REFERENCES @schema@.workspaces (id) ON DELETE CASCADE,
    stripe_customer_id text UNIQUE NOT NULL CHECK (stripe_customer_id <> ''),
    stripe_subscription_id text UNIQUE CHECK (stripe_subscription_id <> ''),
    email text CHECK (octet_length(email) <= 254 AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s.]+$'),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (created_by, workspace_id) REFERENCES @schema@.users (id, workspace_id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.stripe_customers IS 'Who a workspace is to the payment provider; one row a workspace.';
COMMENT ON COLUMN @schema@.stripe_customers.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.stripe_customers.workspace_id IS 'The workspace (tenant) that the row belongs to; references workspaces.';
COMMENT ON COLUMN @schema@.stripe_customers.stripe_customer_id IS 'Stripe''s id of the customer, cus_…; unique.';
COMMENT ON COLUMN @schema@.stripe_customers.stripe_subscription_id IS 'Stripe''s id of the subscription, sub_…; unique. NULL without one.';
COMMENT ON COLUMN @schema@.stripe_customers.email IS 'The address that invoices go to; NULL for none.';
COMMENT ON COLUMN @schema@.stripe_customers.created_by IS
'The user whom the service named when it inserted the row: references users. NULL for nobody, and after the user is deleted.';
COMMENT ON COLUMN @schema@.stripe_customers.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.stripe_customers.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_stripe_customers_created_at ON @schema@.stripe_customers (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_stripe_customers_workspace_id ON @schema@.stripe_customers (workspace_id);
CREATE INDEX IF NOT EXISTS idx_stripe_customers_created_by ON @schema@.stripe_customers (workspace_id, created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.integrations$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.billing_events$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.notification_preferences$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.stripe_customers$rowkit$);

CREATE OR REPLACE TRIGGER integrations_updated_at BEFORE UPDATE ON @schema@.integrations
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER billing_events_updated_at BEFORE UPDATE ON @schema@.billing_events
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER notification_preferences_a_tenant BEFORE INSERT ON @schema@.notification_preferences
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('user_id', 'workspace_id');
CREATE OR REPLACE TRIGGER notification_preferences_updated_at BEFORE UPDATE ON @schema@.notification_preferences
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER stripe_customers_updated_at BEFORE UPDATE ON @schema@.stripe_customers
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
-- What is looked at in operation: the five metrics of the document. The server counts them; these views show them for this schema.

CREATE OR REPLACE VIEW @schema@.table_sizes WITH (security_invoker = true) AS
SELECT sized.table_name, sized.row_estimate, sized.table_bytes, sized.index_bytes, sized.total_bytes
FROM rowkit_internal._table_sizes($rowkit$@schema@$rowkit$::pg_catalog.regnamespace) AS sized;
COMMENT ON VIEW @schema@.table_sizes IS
'Bytes of each table with its indexes, the largest first; parts count with their table. row_estimate is of the last ANALYZE.';
COMMENT ON COLUMN @schema@.table_sizes.table_name IS 'The table or materialized view, without its schema.';
COMMENT ON COLUMN @schema@.table_sizes.row_estimate IS 'How many rows it holds, as of the last ANALYZE.';
COMMENT ON COLUMN @schema@.table_sizes.table_bytes IS 'Bytes of the rows, of large values (TOAST) and of the maps of free space and visibility.';
COMMENT ON COLUMN @schema@.table_sizes.index_bytes IS 'Bytes of all its indexes.';
COMMENT ON COLUMN @schema@.table_sizes.total_bytes IS 'table_bytes and index_bytes together.';

CREATE OR REPLACE VIEW @schema@.index_usage WITH (security_invoker = true) AS
SELECT used.table_name, used.index_name, used.is_unique, used.scans, used.tuples_read, used.index_bytes
FROM rowkit_internal._index_usage($rowkit$@schema@$rowkit$::pg_catalog.regnamespace) AS used;
COMMENT ON VIEW @schema@.index_usage IS
'How often each index was scanned since the statistics were reset, the least used first. One that is unique does its work without scans.';
COMMENT ON COLUMN @schema@.index_usage.table_name IS 'The table, without its schema.';
COMMENT ON COLUMN @schema@.index_usage.index_name IS 'The index, without its schema.';
COMMENT ON COLUMN @schema@.index_usage.is_unique IS 'Whether the index keeps values unique, and is needed for that.';
COMMENT ON COLUMN @schema@.index_usage.scans IS 'How often it was scanned since the statistics were reset.';
COMMENT ON COLUMN @schema@.index_usage.tuples_read IS 'How many entries those scans returned.';
COMMENT ON COLUMN @schema@.index_usage.index_bytes IS 'Bytes of the index.';

CREATE OR REPLACE VIEW @schema@.slow_queries WITH (security_invoker = true) AS
SELECT slow.query, slow.calls, slow.mean_ms, slow.max_ms, slow.total_ms, slow.returned_rows
FROM rowkit_internal._slow_statements(50) AS slow;
COMMENT ON VIEW @schema@.slow_queries IS
'The 50 statements of the database that take longest on average. It needs the extension pg_stat_statements, and has no rows without it; the text of others'' statements is for members of pg_read_all_stats.';
COMMENT ON COLUMN @schema@.slow_queries.query IS
'The statement''s text, with $1 in place of its constants. Only members of pg_read_all_stats see that of others.';
COMMENT ON COLUMN @schema@.slow_queries.calls IS 'How often it ran.';
COMMENT ON COLUMN @schema@.slow_queries.mean_ms IS 'Milliseconds that it took on average.';
COMMENT ON COLUMN @schema@.slow_queries.max_ms IS 'Milliseconds that it took at most.';
COMMENT ON COLUMN @schema@.slow_queries.total_ms IS 'Milliseconds that all its runs took.';
COMMENT ON COLUMN @schema@.slow_queries.returned_rows IS 'How many rows all its runs returned or changed.';

CREATE OR REPLACE VIEW @schema@.connection_count WITH (security_invoker = true) AS
SELECT held.role_name, held.state, held.connections, held.longest_transaction
FROM rowkit_internal._connection_count() AS held;
COMMENT ON VIEW @schema@.connection_count IS
'Connections to the database by role and state, and their longest transaction; the state of others'' connections is for members of pg_read_all_stats.';
COMMENT ON COLUMN @schema@.connection_count.role_name IS 'The role that signed in.';
COMMENT ON COLUMN @schema@.connection_count.state IS 'What the connection does: active, idle, idle in transaction and so on; not shown for those of others.';
COMMENT ON COLUMN @schema@.connection_count.connections IS 'How many connections the role has in that state.';
COMMENT ON COLUMN @schema@.connection_count.longest_transaction IS 'The age of their oldest transaction; NULL when none is in one.';

CREATE OR REPLACE VIEW @schema@.policy_hits WITH (security_invoker = true) AS
SELECT asked.table_name, asked.policy_name, asked.command, asked.roles, asked.is_enforced, asked.scans
FROM rowkit_internal._policy_hits($rowkit$@schema@$rowkit$::pg_catalog.regnamespace) AS asked;
COMMENT ON VIEW @schema@.policy_hits IS
'How often each policy of row security can have been asked at most since the statistics were reset: by scans of its table, or rows inserted, updated or deleted. The server counts no policies: '
'what services and jobs do counts here, too, and refused writes do not.';
COMMENT ON COLUMN @schema@.policy_hits.table_name IS 'The table of the policy, without its schema.';
COMMENT ON COLUMN @schema@.policy_hits.policy_name IS 'The name of the policy, unique within its table.';
COMMENT ON COLUMN @schema@.policy_hits.command IS 'The command that it is for: SELECT, INSERT, UPDATE, DELETE or ALL.';
COMMENT ON COLUMN @schema@.policy_hits.roles IS 'The roles that it is for; public is everyone.';
COMMENT ON COLUMN @schema@.policy_hits.is_enforced IS 'Whether row security is on for the table; a policy does nothing otherwise.';
COMMENT ON COLUMN @schema@.policy_hits.scans IS 'How often it can have been asked at most since the statistics were reset.';
-- Who changed what: audit_logs, in parts by month, of what members write. Counters and times of runs stay out of it; credits have their ledger.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'workspace_id');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.workspaces$rowkit$::regclass, '{updated_at,current_query_count}'::text[], 'id'),
    ($rowkit$@schema@.users$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.queries$rowkit$, '{updated_at,lead_count,leads_this_week,leads_week,last_run_at,next_run_at}', NULL),
    ($rowkit$@schema@.leads$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.saved_searches$rowkit$, '{updated_at,last_run_at,next_run_at}', NULL),
    ($rowkit$@schema@.saved_people_searches$rowkit$, '{updated_at,last_run_at,next_run_at}', NULL),
    ($rowkit$@schema@.export_jobs$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.integrations$rowkit$, '{updated_at,last_synced_at}', NULL),
    ($rowkit$@schema@.stripe_customers$rowkit$, '{updated_at}', NULL)
) AS audited(name, ignore, tenant_from);
-- What applications call, besides the functions of workspaces, topics and credits before. Each works on the tables of this schema, whatever the search_path
-- is, with the caller's rights and row security: members read what their workspace has, a service gives and takes credits.

CREATE OR REPLACE FUNCTION @schema@.credit_balance(workspace_id uuid DEFAULT @schema@.get_user_workspace_id()) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.credit_balance(credit_balance.workspace_id, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.credit_balance(uuid) IS
'Returns how many credits a workspace can spend now.
What ended, renewed or lapsed counts already, though no job ran. 0 for a workspace without credits, or one that the caller does not see. STABLE. Example: SELECT credit_balance(). '
'workspace_id is the workspace, by default that of whoever is asking.';

CREATE OR REPLACE FUNCTION @schema@.workspace_usage(workspace_id uuid DEFAULT @schema@.get_user_workspace_id())
    RETURNS TABLE(resource_type text, used bigint, usage_limit bigint, plan text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT counted.* FROM rowkit.account_usage(workspace_usage.workspace_id, $rowkit$@schema@.workspaces$rowkit$::pg_catalog.regclass) AS counted;
    END;
COMMENT ON FUNCTION @schema@.workspace_usage(uuid) IS
'Returns what a workspace uses of what its plan allows.
A row for each resource: queries that are not completed. No row for a workspace that the caller does not see. STABLE. Example: SELECT used, usage_limit FROM workspace_usage(). '
'workspace_id is the workspace, by default that of whoever is asking. resource_type is what is counted. used is how many there are. usage_limit is how many there may be; NULL is no limit. plan is '
'the plan that says so.';

CREATE OR REPLACE FUNCTION @schema@.grant_credits(
    workspace_id uuid, amount bigint, priority integer DEFAULT 100, expires_at timestamptz DEFAULT NULL, period text DEFAULT NULL, source text DEFAULT NULL,
    idempotency_key text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.grant_credits(
            grant_credits.workspace_id, grant_credits.amount, grant_credits.priority, grant_credits.expires_at, grant_credits.period, grant_credits.source,
            grant_credits.idempotency_key, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.grant_credits(uuid, bigint, integer, timestamptz, text, text, text) IS
'Gives a workspace credits, as after a payment.
For the service: 42501 for users. Returns {"grant_id", "amount", "balance"}. 22023 for an amount that is not positive, or an idempotency_key of another request. VOLATILE. '
'Example: SELECT grant_credits(''0193…'', 500, source => ''purchase'', idempotency_key => ''pi_123''). '
'workspace_id is the workspace. amount is how many credits. priority orders the grants of a workspace: the lowest is spent first. expires_at is when the grant ends; NULL is never. period is day, '
'week or month for a grant that is full again in each, or NULL. source says where the credits come from. idempotency_key is a text of the caller: the same one again gives nothing and returns the '
'first answer.';

CREATE OR REPLACE FUNCTION @schema@.consume_credits(workspace_id uuid, amount bigint, action text, idempotency_key text DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.consume_credits(
            consume_credits.workspace_id, consume_credits.amount, consume_credits.action, consume_credits.idempotency_key,
            $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.consume_credits(uuid, bigint, text, text) IS
'Takes credits of a workspace, all or none, once for an idempotency key.
For the service: 42501 for users, who call record_credit_usage(). Returns {"operation_id", "amount", "balance"}. 53400 when there are too few, 22023 for an amount that is not positive, or an '
'idempotency_key of another request. VOLATILE. Example: SELECT consume_credits(''0193…'', 1, ''email_reveal'', ''req_7''). '
'workspace_id is the workspace. amount is how many credits. action says in a word what for. idempotency_key is a text of the caller: the same one again takes nothing and returns the first answer.';

CREATE OR REPLACE FUNCTION @schema@.reserve_credits(
    workspace_id uuid, amount bigint, action text, hold_for interval DEFAULT '15 minutes', idempotency_key text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.reserve_credits(
            reserve_credits.workspace_id, reserve_credits.amount, reserve_credits.action, reserve_credits.hold_for, reserve_credits.idempotency_key,
            $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.reserve_credits(uuid, bigint, text, interval, text) IS
'Holds credits of a workspace for work whose price is known at its end.
For the service: 42501 for users. settle_credits() takes what was used, release_credits() gives all back; after hold_for the reservation lapses. Returns {"operation_id", "amount", "balance"}. '
'Errors as consume_credits. VOLATILE. Example: SELECT reserve_credits(''0193…'', 20, ''export'') ->> ''operation_id''. '
'workspace_id is the workspace. amount is how many credits. action says in a word what for. idempotency_key is a text of the caller: the same one again returns the first answer.';

CREATE OR REPLACE FUNCTION @schema@.settle_credits(reservation_id uuid, amount bigint DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.settle_credits(settle_credits.reservation_id, settle_credits.amount, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.settle_credits(uuid, bigint) IS
'Takes what was reserved, or less of it, for good.
For the service. Returns {"operation_id", "amount", "balance"}, amount being what came back. 22023 for more than was reserved, 55000 for a reservation that is no longer held, 42704 for none. '
'VOLATILE. Example: SELECT settle_credits(''0193…'', 12). '
'reservation_id is the operation_id that reserve_credits() returned. amount is how many credits were used, by default all.';

CREATE OR REPLACE FUNCTION @schema@.release_credits(reservation_id uuid) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.release_credits(release_credits.reservation_id, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.release_credits(uuid) IS
'Gives back all that was reserved.
For the service. Returns {"operation_id", "amount", "balance"}. 55000 for a reservation that is no longer held, 42704 for none. VOLATILE. Example: SELECT release_credits(''0193…''). '
'reservation_id is the operation_id that reserve_credits() returned.';

CREATE OR REPLACE FUNCTION @schema@.refund_credits(operation_id uuid, amount bigint DEFAULT NULL, idempotency_key text DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.refund_credits(
            refund_credits.operation_id, refund_credits.amount, refund_credits.idempotency_key, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.refund_credits(uuid, bigint, text) IS
'Gives back credits that were taken, all or some.
For the service. Returns {"operation_id", "amount", "balance"}. 22023 for more than was taken, 42704 for an operation that is not there, 55000 for one that took nothing. VOLATILE. '
'Example: SELECT refund_credits(operation_id) FROM credit_usage WHERE id = ''0193…''. '
'operation_id is the debit, as record_credit_usage() and consume_credits() return it. amount is how many credits come back, by default all. idempotency_key is a text of the caller: the same one '
'again gives nothing and returns the first answer.';

CREATE OR REPLACE FUNCTION @schema@.lead_history(lead_id uuid) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history($rowkit$@schema@.leads$rowkit$::pg_catalog.regclass, lead_history.lead_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.lead_history(uuid) IS
'Returns what was done to a lead, the first event first.
For admins, who read audit_logs; no row for others. STABLE. Example: SELECT created_at, user_id, new_data FROM lead_history(''0193…''). '
'lead_id is the id of the lead. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. old_data and new_data are the values '
'before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. database_role is the role that wrote.';
-- What applications call to take back a transaction that audit_logs tells of: the same in each blueprint.

CREATE OR REPLACE FUNCTION @schema@.undo_transaction(transaction uuid) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.undo_transaction(undo_transaction.transaction, $rowkit$@schema@.audit_logs$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.undo_transaction(uuid) IS
'Takes back every change of a transaction.
With the caller''s rights, all or nothing. Returns how many rows it changed. 55000 when a row holds something else by now. VOLATILE. '
'Returns 0 for a transaction that was undone already. Example: SELECT undo_transaction(transaction) FROM audit_logs WHERE id = ''0193…''. '
'transaction is the uuid that audit_logs and the functions of the history have for it.';
-- What default privileges gave the API's roles when the objects were made, or anyone since, is taken back. What they may do is granted after this.

SELECT rowkit_internal._reset_grants('lead_intelligence', $rowkit$@schema@$rowkit$::regnamespace);
-- Who sees and writes what: members of a workspace its rows, by their role. What a service writes (billing, the ledger of credits, what was
-- found) members read. Topics and trends are everyone's to read and the service's to write.

SELECT count(*) FROM rowkit.register_membership(
    $rowkit$@schema@.users$rowkit$, 'auth_user_id', 'workspace_id', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.workspaces$rowkit$, 'id', membership => $rowkit$@schema@.users$rowkit$, write_role => 'admin', delete_role => 'owner',
    commands => '{select,update,delete}', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation($rowkit$@schema@.users$rowkit$, membership => $rowkit$@schema@.users$rowkit$, bypass_roles => rowkit_internal._bypass_roles());
SELECT (
    SELECT count(*) FROM rowkit.enable_tenant_isolation(
        shared.name, shared.tenant, membership => $rowkit$@schema@.users$rowkit$, write_role => shared.write_role,
        commands => shared.commands, bypass_roles => rowkit_internal._bypass_roles()))
FROM (VALUES
    ($rowkit$@schema@.queries$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'::text[]),
    ($rowkit$@schema@.saved_searches$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.leads$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.export_jobs$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.people_search_results$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.saved_people_searches$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.integrations$rowkit$::regclass, 'workspace_id', 'admin', '{select,insert,update,delete}'),
    ($rowkit$@schema@.billing_events$rowkit$::regclass, 'workspace_id', 'admin', '{select}'),
    ($rowkit$@schema@.stripe_customers$rowkit$::regclass, 'workspace_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_usage$rowkit$::regclass, 'workspace_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_accounts$rowkit$::regclass, 'account_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_grants$rowkit$::regclass, 'account_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_operations$rowkit$::regclass, 'account_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_entries$rowkit$::regclass, 'account_id', 'admin', '{select}')) AS shared(name, tenant, write_role, commands);
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.notification_preferences$rowkit$, membership => $rowkit$@schema@.users$rowkit$, bypass_roles => rowkit_internal._bypass_roles(),
    read_condition => $rowkit$EXISTS (SELECT FROM @schema@.users AS me WHERE me.id = user_id AND me.auth_user_id = rowkit.current_user_id())$rowkit$,
    write_condition => $rowkit$EXISTS (SELECT FROM @schema@.users AS me WHERE me.id = user_id AND me.auth_user_id = rowkit.current_user_id())$rowkit$);
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.global_topics$rowkit$, '{}', '{select}', 'true', policy_prefix => 'shared', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.plans$rowkit$, '{}', '{select}', 'true', policy_prefix => 'shared', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.trends$rowkit$, '{}', '{select}', 'true', policy_prefix => 'shared', bypass_roles => rowkit_internal._bypass_roles());
-- Events of no tenant, such as the purge of a part of the log, are nobody's to read here.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$workspace_id = ANY (rowkit.current_tenant_ids($members$@schema@.users$members$, 'admin'))$rowkit$, policy_prefix => 'audit', bypass_roles => '{}');
-- The view asks with the caller's rights.
SELECT rowkit_internal._open_to_api($rowkit$@schema@.workspace_credits$rowkit$::regclass, '{authenticated,service_role}');

-- The figures of operation are the service's. Members spend what their own workspace has.
SELECT rowkit_internal._open_to_api(shown.name, '{service_role}')
FROM (VALUES
    ($rowkit$@schema@.table_sizes$rowkit$::regclass), ($rowkit$@schema@.index_usage$rowkit$), ($rowkit$@schema@.slow_queries$rowkit$),
    ($rowkit$@schema@.connection_count$rowkit$), ($rowkit$@schema@.policy_hits$rowkit$)) AS shown(name);
SELECT rowkit_internal._open_to_api($rowkit$@schema@.record_credit_usage(uuid, bigint, text)$rowkit$::regprocedure, '{authenticated,service_role}');

-- What is paid for is not the customer's to write.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.workspaces
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('plan', 'max_queries', 'current_query_count');

-- Columns that name a person. A membership names others; whom it names does not change. The other rows are of who makes them.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.saved_searches
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.export_jobs
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.people_search_results
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.saved_people_searches
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.notification_preferences
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');

-- Users sign what they make: created_by is who asks, by their row in users, and stays. When a user is deleted it becomes NULL, which is no
-- user's doing.
-- PL/pgSQL: a trigger function cannot be SQL; users is beside the table, however the schema is called by now.
CREATE OR REPLACE FUNCTION @schema@.set_created_by() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.created_by := OLD.created_by;
    ELSE
        EXECUTE format('SELECT person.id FROM %I.users AS person WHERE person.auth_user_id = rowkit.current_user_id() AND person.is_active', TG_TABLE_SCHEMA)
        INTO NEW.created_by;
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.set_created_by() IS
'Trigger BEFORE INSERT OR UPDATE, for whom row security holds: created_by is the user who asks, by the claims, and does not change.';
-- PL/pgSQL: the same DDL for each table.
DO $signed$
DECLARE
    signed regclass;
BEGIN
    FOREACH signed IN ARRAY ARRAY[
        $rowkit$@schema@.workspaces$rowkit$, $rowkit$@schema@.users$rowkit$, $rowkit$@schema@.queries$rowkit$, $rowkit$@schema@.saved_searches$rowkit$,
        $rowkit$@schema@.leads$rowkit$, $rowkit$@schema@.export_jobs$rowkit$, $rowkit$@schema@.people_search_results$rowkit$,
        $rowkit$@schema@.saved_people_searches$rowkit$, $rowkit$@schema@.integrations$rowkit$,
        $rowkit$@schema@.notification_preferences$rowkit$]::regclass[]
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER set_created_by BEFORE INSERT OR UPDATE ON %1$s FOR EACH ROW WHEN (row_security_active(%1$L::regclass)) EXECUTE FUNCTION %2$s()',
            rowkit_internal._quoted_name(signed), $rowkit$@schema@.set_created_by$rowkit$);
    END LOOP;
END
$signed$;
-- Columns that a trigger fills in say so to clients: they have a default, so that nobody has to give them.

SELECT rowkit_internal._ensure_filled_defaults('lead_intelligence', $rowkit$@schema@$rowkit$::regnamespace);
-- Functions that act with their owner's rights, and those of triggers, are nobody's to call but where the blueprint opened them.

SELECT rowkit_internal._close_routines('lead_intelligence', $rowkit$@schema@$rowkit$::regnamespace);
