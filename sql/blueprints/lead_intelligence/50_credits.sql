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
