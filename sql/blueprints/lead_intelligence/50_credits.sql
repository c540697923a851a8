-- Credits of a workspace by rowkit.enable_credits: accounts, grants, operations and a ledger; and beside them who used how many for what.

SELECT FROM rowkit.enable_credits($rowkit$@schema@.workspaces$rowkit$);
-- enable_credits makes these with their tables alone; they come back after DROP EXTENSION CASCADE, too.
CREATE OR REPLACE TRIGGER keep_credit_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.credit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.keep_credit_entries();
COMMENT ON INDEX @schema@.credit_operations_account_id_id_key IS 'What tenant-first foreign keys refer to.';
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
    FOREIGN KEY (workspace_id, user_id) REFERENCES @schema@.users (workspace_id, id) ON DELETE SET NULL (user_id),
    FOREIGN KEY (workspace_id, operation_id) REFERENCES @schema@.credit_operations (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, created_by) REFERENCES @schema@.users (workspace_id, id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.credit_usage IS
'Who used how many credits for what: a row for each debit, written with it, whichever function took the credits. Refunds are in credit_operations.';
COMMENT ON COLUMN @schema@.credit_usage.user_id IS 'Who was asking, by the claims; NULL for the service, and when the user is deleted.';
COMMENT ON COLUMN @schema@.credit_usage.action IS 'What for: email_reveal, export and so on; the action of record_credit_usage().';
CREATE INDEX IF NOT EXISTS idx_credit_usage_workspace_id ON @schema@.credit_usage (workspace_id);
CREATE INDEX IF NOT EXISTS idx_credit_usage_user_id ON @schema@.credit_usage (workspace_id, user_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_credit_usage_operation_id ON @schema@.credit_usage (workspace_id, operation_id);
CREATE INDEX IF NOT EXISTS idx_credit_usage_created_at ON @schema@.credit_usage (workspace_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_credit_usage_created_by ON @schema@.credit_usage (workspace_id, created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.credit_usage$rowkit$);
CREATE OR REPLACE TRIGGER credit_usage_updated_at BEFORE UPDATE ON @schema@.credit_usage
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();

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
            LEFT JOIN %1$I.credit_operations AS held ON held.id OPERATOR(pg_catalog.=) made.of_operation
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

CREATE OR REPLACE FUNCTION @schema@.check_credits_available(workspace_id uuid DEFAULT @schema@.get_user_workspace_id(), amount bigint DEFAULT 1) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.check_credits_available(
            check_credits_available.workspace_id, check_credits_available.amount, $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.check_credits_available(uuid, bigint) IS
'Whether the workspace has so many credits now. It promises nothing: record_credit_usage() decides. STABLE.';

CREATE OR REPLACE FUNCTION @schema@.record_credit_usage(workspace_id uuid, amount bigint, action text) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.record_credit_usage(
            record_credit_usage.workspace_id, record_credit_usage.amount, record_credit_usage.action,
            $rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.record_credit_usage(uuid, bigint, text) IS
'Takes credits, all or none, and writes it down in credit_usage: {"operation_id", "amount", "balance"}. 53400 when there are too few. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.reset_daily_credits() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.reset_daily_credits($rowkit$@schema@.credit_accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.reset_daily_credits() IS 'rowkit.reset_daily_credits() for this schema: daily. No answer depends on it. VOLATILE.';
