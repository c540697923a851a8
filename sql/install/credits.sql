-- Credits: grants, a ledger, and what is done with them. src/credits/ computes; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit.credit_period(period text, at timestamptz, time_zone text DEFAULT 'UTC') RETURNS date
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
        SELECT date_trunc(period, timezone(time_zone, at))::date;
    END;
COMMENT ON FUNCTION rowkit.credit_period(text, timestamptz, text) IS
'The key of the day, week (from Monday, ISO 8601) or month that a moment falls in, by the clocks of a time zone: days of 23 and 25 hours are days. NULL when an '
'argument is. 22023 for another time zone or period. STABLE, as the time zones'' rules may change.';

CREATE FUNCTION rowkit_internal._grant_credits(credits regclass, account_id text, amount bigint, priority bigint, expires_at text, period text, source text, idempotency_key text) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'grant_credits_wrapper';
COMMENT ON FUNCTION rowkit_internal._grant_credits(regclass, text, bigint, bigint, text, text, text, text) IS 'grant_credits. Internal.';

CREATE FUNCTION rowkit_internal._spend_credits(credits regclass, account_id text, amount bigint, action text, idempotency_key text, holds_for text) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'spend_credits_wrapper';
COMMENT ON FUNCTION rowkit_internal._spend_credits(regclass, text, bigint, text, text, text) IS 'consume_credits and reserve_credits. Internal.';

CREATE FUNCTION rowkit_internal._return_credits(credits regclass, operation uuid, amount bigint, kind text, idempotency_key text) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'return_credits_wrapper';
COMMENT ON FUNCTION rowkit_internal._return_credits(regclass, uuid, bigint, text, text) IS 'refund_credits, settle_credits and release_credits. Internal.';

CREATE FUNCTION rowkit_internal._renew_credits(credits regclass, period text) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'renew_credits_wrapper';
COMMENT ON FUNCTION rowkit_internal._renew_credits(regclass, text) IS 'Brings accounts up to date, those with grants of a period or all; how many. Internal.';

CREATE FUNCTION rowkit_internal._credit_balance(account_id text, credits regclass) RETURNS bigint
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'credit_balance_wrapper';
COMMENT ON FUNCTION rowkit_internal._credit_balance(text, regclass) IS 'credit_balance. Internal.';

CREATE FUNCTION rowkit.grant_credits(account_id text, amount bigint, priority integer DEFAULT 100, expires_at timestamptz DEFAULT NULL, period text DEFAULT NULL, source text DEFAULT NULL, idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._grant_credits(credits, account_id, amount, priority, expires_at::text, period, source, idempotency_key)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.grant_credits(text, bigint, integer, timestamptz, text, text, text, regclass) IS
'Gives an account credits: {"grant_id", "amount", "balance"}. Of grants the lowest priority is spent first, then what ends soonest. A grant with a period (day, week, month) is full again in '
'each, and what was left is gone. The same idempotency_key is one grant. 22023 for an amount that is not positive, or a key used for another request. VOLATILE.';

CREATE FUNCTION rowkit.grant_credits(account_id uuid, amount bigint, priority integer DEFAULT 100, expires_at timestamptz DEFAULT NULL, period text DEFAULT NULL, source text DEFAULT NULL, idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._grant_credits(credits, account_id::text, amount, priority, expires_at::text, period, source, idempotency_key)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.grant_credits(uuid, bigint, integer, timestamptz, text, text, text, regclass) IS 'grant_credits for a uuid key.';

CREATE FUNCTION rowkit.grant_credits(account_id bigint, amount bigint, priority integer DEFAULT 100, expires_at timestamptz DEFAULT NULL, period text DEFAULT NULL, source text DEFAULT NULL, idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._grant_credits(credits, account_id::text, amount, priority, expires_at::text, period, source, idempotency_key)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.grant_credits(bigint, bigint, integer, timestamptz, text, text, text, regclass) IS 'grant_credits for a bigint key.';

CREATE FUNCTION rowkit.consume_credits(account_id text, amount bigint, action text, idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id, amount, action, idempotency_key, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.consume_credits(text, bigint, text, text, regclass) IS
'Takes credits, all or none: {"operation_id", "amount", "balance"}. The same idempotency_key with the same amount and action is one debit and gets the same answer; with others 22023. 53400 when '
'the account has too few, with balance and requested as JSON in DETAIL. With the caller''s rights on the tables of enable_credits. VOLATILE.';

CREATE FUNCTION rowkit.consume_credits(account_id uuid, amount bigint, action text, idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id::text, amount, action, idempotency_key, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.consume_credits(uuid, bigint, text, text, regclass) IS 'consume_credits for a uuid key.';

CREATE FUNCTION rowkit.consume_credits(account_id bigint, amount bigint, action text, idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id::text, amount, action, idempotency_key, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.consume_credits(bigint, bigint, text, text, regclass) IS 'consume_credits for a bigint key.';

CREATE FUNCTION rowkit.reserve_credits(account_id text, amount bigint, action text, holds_for interval DEFAULT '00:15:00', idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id, amount, action, idempotency_key, coalesce(holds_for, '00:15:00'::interval)::text)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.reserve_credits(text, bigint, text, interval, text, regclass) IS
'Holds credits until they are settled or released, or the time is over: {"reservation_id", "amount", "balance"}. Otherwise as consume_credits. VOLATILE.';

CREATE FUNCTION rowkit.reserve_credits(account_id uuid, amount bigint, action text, holds_for interval DEFAULT '00:15:00', idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id::text, amount, action, idempotency_key, coalesce(holds_for, '00:15:00'::interval)::text)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.reserve_credits(uuid, bigint, text, interval, text, regclass) IS 'reserve_credits for a uuid key.';

CREATE FUNCTION rowkit.reserve_credits(account_id bigint, amount bigint, action text, holds_for interval DEFAULT '00:15:00', idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id::text, amount, action, idempotency_key, coalesce(holds_for, '00:15:00'::interval)::text)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.reserve_credits(bigint, bigint, text, interval, text, regclass) IS 'reserve_credits for a bigint key.';

CREATE FUNCTION rowkit.record_credit_usage(account_id text, amount bigint, action text, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id, amount, action, NULL, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.record_credit_usage(text, bigint, text, regclass) IS
'consume_credits without an idempotency key. VOLATILE.';

CREATE FUNCTION rowkit.record_credit_usage(account_id uuid, amount bigint, action text, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id::text, amount, action, NULL, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.record_credit_usage(uuid, bigint, text, regclass) IS 'record_credit_usage for a uuid key.';

CREATE FUNCTION rowkit.record_credit_usage(account_id bigint, amount bigint, action text, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credits, account_id::text, amount, action, NULL, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.record_credit_usage(bigint, bigint, text, regclass) IS 'record_credit_usage for a bigint key.';

CREATE FUNCTION rowkit.credit_balance(account_id text, credits regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_id, credits);
    END;
COMMENT ON FUNCTION rowkit.credit_balance(text, regclass) IS
'What an account can spend now: whatever ended, renewed or lapsed counts already, though no job ran. 0 for an account without credits, or one the caller does not see. STABLE.';

CREATE FUNCTION rowkit.credit_balance(account_id uuid, credits regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_id::text, credits);
    END;
COMMENT ON FUNCTION rowkit.credit_balance(uuid, regclass) IS 'credit_balance for a uuid key.';

CREATE FUNCTION rowkit.credit_balance(account_id bigint, credits regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_id::text, credits);
    END;
COMMENT ON FUNCTION rowkit.credit_balance(bigint, regclass) IS 'credit_balance for a bigint key.';

CREATE FUNCTION rowkit.check_credits_available(account_id text, amount bigint DEFAULT 1, credits regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_id, credits) >= amount;
    END;
COMMENT ON FUNCTION rowkit.check_credits_available(text, bigint, regclass) IS
'Whether an account has so many credits now. It promises nothing: consume_credits decides. STABLE.';

CREATE FUNCTION rowkit.check_credits_available(account_id uuid, amount bigint DEFAULT 1, credits regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_id::text, credits) >= amount;
    END;
COMMENT ON FUNCTION rowkit.check_credits_available(uuid, bigint, regclass) IS 'check_credits_available for a uuid key.';

CREATE FUNCTION rowkit.check_credits_available(account_id bigint, amount bigint DEFAULT 1, credits regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_id::text, credits) >= amount;
    END;
COMMENT ON FUNCTION rowkit.check_credits_available(bigint, bigint, regclass) IS 'check_credits_available for a bigint key.';

CREATE FUNCTION rowkit.refund_credits(operation_id uuid, amount bigint DEFAULT NULL, idempotency_key text DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._return_credits(credits, operation_id, amount, 'refund', idempotency_key)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.refund_credits(uuid, bigint, text, regclass) IS
'Gives back what consume_credits or settle_credits took, all or some, to the grants it came from: {"operation_id", "amount", "balance"}. What came from a period that has '
'passed, or a grant that ended, is gone with it. 22023 for more than was taken, 42704 for an operation that is not there, 55000 for one that took nothing. VOLATILE.';

CREATE FUNCTION rowkit.settle_credits(reservation_id uuid, amount bigint DEFAULT NULL, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._return_credits(credits, reservation_id, amount, 'settle', NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.settle_credits(uuid, bigint, regclass) IS
'Takes what was reserved, or less of it, for good; amount in the answer is what came back. 22023 for more than was reserved, 55000 for a reservation that is no longer '
'held, 42704 for none. VOLATILE.';

CREATE FUNCTION rowkit.release_credits(reservation_id uuid, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._return_credits(credits, reservation_id, NULL, 'release', NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.release_credits(uuid, regclass) IS
'Gives back all that was reserved. 55000 for a reservation that is no longer held, 42704 for none. VOLATILE.';

CREATE FUNCTION rowkit.reset_daily_credits(credits regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._renew_credits(credits, 'day');
    END;
COMMENT ON FUNCTION rowkit.reset_daily_credits(regclass) IS
'Begins the day for every account whose daily grants are still of another one, by its own time zone; how many. No answer depends on it: run twice, late or never it only '
'moves work out of the requests'' way. VOLATILE.';

CREATE FUNCTION rowkit.expire_credits(credits regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._renew_credits(credits, NULL);
    END;
COMMENT ON FUNCTION rowkit.expire_credits(regclass) IS
'Brings every account up to date: ended grants, passed periods, lapsed reservations; how many accounts. No answer depends on it. VOLATILE.';

CREATE FUNCTION rowkit_internal._close_credit_account(account_id text, credits regclass) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'close_credit_account_wrapper';
COMMENT ON FUNCTION rowkit_internal._close_credit_account(text, regclass) IS 'close_credit_account. Internal.';

CREATE FUNCTION rowkit.close_credit_account(account_id text, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._close_credit_account(account_id, credits)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.close_credit_account(text, regclass) IS
'Ends an account: deletes its grants, its operations, its part of the ledger and what is left of its credits, and tells what it was: {"account_id", "balance", "grants", '
'"operations", "entries"}. Until then its owner''s row cannot be deleted (23503). Copy credit_entries before, if the books must be kept. NULL for an account without '
'credits. With the caller''s right to DELETE from the tables of enable_credits. VOLATILE.';

CREATE FUNCTION rowkit.close_credit_account(account_id uuid, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._close_credit_account(account_id::text, credits)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.close_credit_account(uuid, regclass) IS 'close_credit_account for a uuid key.';

CREATE FUNCTION rowkit.close_credit_account(account_id bigint, credits regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._close_credit_account(account_id::text, credits)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.close_credit_account(bigint, regclass) IS 'close_credit_account for a bigint key.';

CREATE FUNCTION rowkit.keep_credit_entries() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'keep_credit_entries_wrapper';
COMMENT ON FUNCTION rowkit.keep_credit_entries() IS
'Trigger, BEFORE UPDATE, DELETE or TRUNCATE FOR EACH STATEMENT, on the ledger: refuses with 55000 all but what close_credit_account() deletes.';

CREATE FUNCTION rowkit.enable_credits(owner regclass, dry_run boolean DEFAULT false) RETURNS TABLE(command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home text;
    key record;
BEGIN
    SELECT namespace.nspname INTO home
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = owner AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't' AND namespace.nspname !~ '^pg_';
    SELECT count(*) AS columns, min(attribute.attname) AS name, min(format_type(attribute.atttypid, attribute.atttypmod)) AS type INTO key
    FROM pg_index AS entry
    JOIN pg_attribute AS attribute ON attribute.attrelid = entry.indrelid AND attribute.attnum = ANY (entry.indkey::int2[])
    WHERE entry.indrelid = owner AND entry.indisprimary;
    IF home IS NULL OR key.columns <> 1 THEN
        RAISE EXCEPTION '% cannot have credits', coalesce(owner::text, 'a table that is not there') USING
            ERRCODE = '42809', HINT = 'An ordinary or partitioned table with a primary key of one column can.';
    END IF;
    PERFORM rowkit_internal._refuse_planted(to_regclass(format('%I.%I', home, named)))
    FROM unnest('{credit_accounts,credit_grants,credit_operations,credit_entries}'::text[]) AS named;
    FOR command IN
        SELECT format(wanted.text, home, key.type, owner, key.name)
        FROM (VALUES
            ('credit_accounts', 1, 'CREATE TABLE %1$I.credit_accounts (account_id %2$s PRIMARY KEY REFERENCES %3$s, balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0), '
                'time_zone text NOT NULL DEFAULT ''UTC'' CHECK (timezone(time_zone, ''2000-01-01T00:00:00Z''::timestamptz) IS NOT NULL))'),
            ('credit_accounts', 2, 'COMMENT ON TABLE %1$I.credit_accounts IS ''Accounts that have had credits: the sum of what their grants still hold, and the clocks their days and weeks go by.'''),
            ('credit_grants', 3, 'CREATE TABLE %1$I.credit_grants (id uuid PRIMARY KEY, account_id %2$s NOT NULL REFERENCES %1$I.credit_accounts, amount bigint NOT NULL CHECK (amount > 0), '
                'remaining bigint NOT NULL CHECK (remaining BETWEEN 0 AND amount), priority integer NOT NULL, expires_at timestamptz, '
                'period text CHECK (period IN (''day'', ''week'', ''month'')), period_key date, source text, created_at timestamptz NOT NULL DEFAULT now(), '
                'CHECK ((period IS NULL) = (period_key IS NULL)), UNIQUE (account_id, id))'),
            ('credit_grants', 5, 'CREATE INDEX ON %1$I.credit_grants (period, period_key) WHERE period IS NOT NULL'),
            ('credit_operations', 6, 'CREATE TABLE %1$I.credit_operations (id uuid PRIMARY KEY, account_id %2$s NOT NULL REFERENCES %1$I.credit_accounts, kind text NOT NULL, amount bigint NOT NULL, '
                'action text, idempotency_key text, request jsonb NOT NULL, answer jsonb, status text, expires_at timestamptz, of_operation uuid, created_at timestamptz NOT NULL DEFAULT now(), '
                'UNIQUE (account_id, idempotency_key), UNIQUE (account_id, id), FOREIGN KEY (account_id, of_operation) REFERENCES %1$I.credit_operations (account_id, id))'),
            ('credit_operations', 7, 'CREATE INDEX ON %1$I.credit_operations (of_operation) WHERE of_operation IS NOT NULL'),
            ('credit_operations', 8, 'CREATE INDEX ON %1$I.credit_operations (expires_at) WHERE status = ''held'''),
            ('credit_operations', 9, 'CREATE INDEX ON %1$I.credit_operations (account_id, created_at)'),
            ('credit_entries', 10, 'CREATE TABLE %1$I.credit_entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id %2$s NOT NULL REFERENCES %1$I.credit_accounts, '
                'operation_id uuid, grant_id uuid NOT NULL, period_key date, kind text NOT NULL, '
                'amount bigint NOT NULL CHECK (amount <> 0), created_at timestamptz NOT NULL DEFAULT now(), '
                'FOREIGN KEY (account_id, operation_id) REFERENCES %1$I.credit_operations (account_id, id), '
                'FOREIGN KEY (account_id, grant_id) REFERENCES %1$I.credit_grants (account_id, id))'),
            ('credit_entries', 11, 'COMMENT ON TABLE %1$I.credit_entries IS ''The ledger: every credit that came to a grant or left it. It only grows, until close_credit_account().'''),
            ('credit_entries', 12, 'CREATE INDEX ON %1$I.credit_entries (operation_id)'),
            ('credit_entries', 13, 'CREATE INDEX ON %1$I.credit_entries (account_id, id)'),
            ('credit_entries', 14, 'CREATE INDEX ON %1$I.credit_entries (grant_id)'),
            ('credit_entries', 15, 'CREATE TRIGGER keep_credit_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON %1$I.credit_entries FOR EACH STATEMENT EXECUTE FUNCTION rowkit.keep_credit_entries()'),
            ('credit_accounts', 16, 'SELECT rowkit_internal._close_to_api(''%1$I.credit_accounts'')'), ('credit_grants', 17, 'SELECT rowkit_internal._close_to_api(''%1$I.credit_grants'')'),
            ('credit_operations', 18, 'SELECT rowkit_internal._close_to_api(''%1$I.credit_operations'')'), ('credit_entries', 19, 'SELECT rowkit_internal._close_to_api(''%1$I.credit_entries'')')
        ) AS wanted(relation, place, text)
        WHERE to_regclass(format('%I.%I', home, wanted.relation)) IS NULL
            -- DROP EXTENSION takes the trigger and leaves the table.
            OR wanted.place = 15 AND NOT EXISTS (
                SELECT FROM pg_trigger AS kept
                WHERE kept.tgrelid = to_regclass(format('%I.%I', home, wanted.relation)) AND kept.tgfoid = 'rowkit.keep_credit_entries'::regproc)
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_credits(regclass, boolean) IS
'Makes the tables credit_accounts, credit_grants, credit_operations and credit_entries beside the table whose rows have credits, where they are not there; and tells what it did '
'(or, dry_run, would do). 42809 for what is no table, or has no key of one column, 42501 where one of these names is somebody else''s table. VOLATILE.';
