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
