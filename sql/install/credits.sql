-- Credits: grants, a ledger, and what is done with them. src/metering/credits/ computes; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit.credit_period(period text, happened_at timestamptz, time_zone text DEFAULT 'UTC') RETURNS date
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
        SELECT date_trunc(period, timezone(time_zone, happened_at))::date;
    END;
COMMENT ON FUNCTION rowkit.credit_period(text, timestamptz, text) IS
'The key of the day, week (from Monday, ISO 8601) or month that a moment falls in, by the clocks of a time zone: days of 23 and 25 hours are days. NULL when an '
'argument is. 22023 for another time zone or period. STABLE, as the time zones'' rules may change. '
'period is day, week or month. happened_at is the moment. time_zone is the name of the time zone, by default UTC.';

CREATE FUNCTION rowkit_internal._grant_credits(credit_accounts regclass, account_id text, amount bigint, priority bigint, expires_at text, period text, source text, idempotency_key text) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'grant_credits_wrapper';
COMMENT ON FUNCTION rowkit_internal._grant_credits(regclass, text, bigint, bigint, text, text, text, text) IS 'grant_credits. Internal.';

CREATE FUNCTION rowkit_internal._spend_credits(credit_accounts regclass, account_id text, amount bigint, action text, idempotency_key text, hold_for text) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'spend_credits_wrapper';
COMMENT ON FUNCTION rowkit_internal._spend_credits(regclass, text, bigint, text, text, text) IS 'consume_credits and reserve_credits. Internal.';

CREATE FUNCTION rowkit_internal._return_credits(credit_accounts regclass, operation uuid, amount bigint, kind text, idempotency_key text) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'return_credits_wrapper';
COMMENT ON FUNCTION rowkit_internal._return_credits(regclass, uuid, bigint, text, text) IS 'refund_credits, settle_credits and release_credits. Internal.';

CREATE FUNCTION rowkit_internal._renew_credits(credit_accounts regclass, period text) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'renew_credits_wrapper';
COMMENT ON FUNCTION rowkit_internal._renew_credits(regclass, text) IS 'Brings accounts up to date, those with grants of a period or all; how many. Internal.';

CREATE FUNCTION rowkit_internal._credit_balance(account_id text, credit_accounts regclass) RETURNS bigint
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'credit_balance_wrapper';
COMMENT ON FUNCTION rowkit_internal._credit_balance(text, regclass) IS 'credit_balance. Internal.';

CREATE FUNCTION rowkit.grant_credits(account_key text, amount bigint, priority integer DEFAULT 100, expires_at timestamptz DEFAULT NULL, period text DEFAULT NULL, source text DEFAULT NULL, idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._grant_credits(credit_accounts, account_key, amount, priority, rowkit_internal._value_text(expires_at), period, source, idempotency_key)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.grant_credits(text, bigint, integer, timestamptz, text, text, text, regclass) IS
'Gives an account credits: {"grant_id", "amount", "balance"}. Of grants the lowest priority is spent first, then what ends soonest. A grant with a period (day, week, month) is full again in '
'each, and what was left is gone. The same idempotency_key is one grant. 22023 for an amount that is not positive, or a key used for another request. VOLATILE. '
'account_key is the primary key of the account. expires_at is when the grant ends; NULL is never. source says where the credits come from, and is kept with '
'the grant. '
'credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.grant_credits(account_id uuid, amount bigint, priority integer DEFAULT 100, expires_at timestamptz DEFAULT NULL, period text DEFAULT NULL, source text DEFAULT NULL, idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._grant_credits(credit_accounts, account_id::text, amount, priority, rowkit_internal._value_text(expires_at), period, source, idempotency_key)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.grant_credits(uuid, bigint, integer, timestamptz, text, text, text, regclass) IS
'grant_credits for a uuid key. '
'account_id is the primary key of the account. amount is how many credits are given. priority orders the grants of an account. expires_at is when the grant '
'ends; NULL is never. period is day, week or month, or NULL for a grant that is given once. source says where the credits come from, and is kept with the '
'grant. idempotency_key is a text of the caller: the same one again returns the first answer. credit_accounts is the table of the accounts'' credits, by default the one on '
'the search_path.';

CREATE FUNCTION rowkit.grant_credits(account_number bigint, amount bigint, priority integer DEFAULT 100, expires_at timestamptz DEFAULT NULL, period text DEFAULT NULL, source text DEFAULT NULL, idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._grant_credits(credit_accounts, account_number::text, amount, priority, rowkit_internal._value_text(expires_at), period, source, idempotency_key)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.grant_credits(bigint, bigint, integer, timestamptz, text, text, text, regclass) IS
'grant_credits for a bigint key. '
'account_number is the primary key of the account. amount is how many credits are given. priority orders the grants of an account. expires_at is when the grant '
'ends; NULL is never. period is day, week or month, or NULL for a grant that is given once. source says where the credits come from, and is kept with the '
'grant. idempotency_key is a text of the caller: the same one again returns the first answer. credit_accounts is the table of the accounts'' credits, by default the one on '
'the search_path.';

CREATE FUNCTION rowkit.consume_credits(account_key text, amount bigint, action text, idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credit_accounts, account_key, amount, action, idempotency_key, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.consume_credits(text, bigint, text, text, regclass) IS
'Takes credits, all or none: {"operation_id", "amount", "balance"}. The same idempotency_key with the same amount and action is one debit and gets the same answer; with others 22023. 53400 when '
'the account has too few, with {"account_id", "resource_type", "limit", "used", "requested", "plan"} in DETAIL, as a usage counter raises it: limit is what the grants gave that have not '
'ended, used what of it is spent or reserved. With the caller''s rights on the tables of enable_credits. VOLATILE. '
'account_key is the primary key of the account. '
'credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.consume_credits(account_id uuid, amount bigint, action text, idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credit_accounts, account_id::text, amount, action, idempotency_key, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.consume_credits(uuid, bigint, text, text, regclass) IS
'consume_credits for a uuid key. '
'account_id is the primary key of the account. amount is how many credits are taken. action says in a word what the credits are for. idempotency_key is a '
'text of the caller: the same one again returns the first answer. credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.consume_credits(account_number bigint, amount bigint, action text, idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credit_accounts, account_number::text, amount, action, idempotency_key, NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.consume_credits(bigint, bigint, text, text, regclass) IS
'consume_credits for a bigint key. '
'account_number is the primary key of the account. amount is how many credits are taken. action says in a word what the credits are for. idempotency_key is a '
'text of the caller: the same one again returns the first answer. credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.reserve_credits(account_key text, amount bigint, action text, hold_for interval DEFAULT '00:15:00', idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credit_accounts, account_key, amount, action, idempotency_key, rowkit_internal._value_text(coalesce(hold_for, '00:15:00'::interval)))::jsonb;
    END;
COMMENT ON FUNCTION rowkit.reserve_credits(text, bigint, text, interval, text, regclass) IS
'Holds credits until they are settled or released, or the time is over: {"reservation_id", "amount", "balance"}. Otherwise as consume_credits. VOLATILE. '
'account_key is the primary key of the account. action says in a word what the credits are for. hold_for is after which time the reservation lapses. '
'idempotency_key is a text of the caller: the same one again returns the first answer. '
'credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.reserve_credits(account_id uuid, amount bigint, action text, hold_for interval DEFAULT '00:15:00', idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credit_accounts, account_id::text, amount, action, idempotency_key, rowkit_internal._value_text(coalesce(hold_for, '00:15:00'::interval)))::jsonb;
    END;
COMMENT ON FUNCTION rowkit.reserve_credits(uuid, bigint, text, interval, text, regclass) IS
'reserve_credits for a uuid key. '
'account_id is the primary key of the account. amount is how many credits are held. action says in a word what the credits are for. hold_for is after which '
'time the reservation lapses. idempotency_key is a text of the caller: the same one again returns the first answer. credits is the table credit_accounts, by '
'default the one on the search_path. '
'credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.reserve_credits(account_number bigint, amount bigint, action text, hold_for interval DEFAULT '00:15:00', idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._spend_credits(credit_accounts, account_number::text, amount, action, idempotency_key, rowkit_internal._value_text(coalesce(hold_for, '00:15:00'::interval)))::jsonb;
    END;
COMMENT ON FUNCTION rowkit.reserve_credits(bigint, bigint, text, interval, text, regclass) IS
'reserve_credits for a bigint key. '
'account_number is the primary key of the account. amount is how many credits are held. action says in a word what the credits are for. hold_for is after which '
'time the reservation lapses. idempotency_key is a text of the caller: the same one again returns the first answer. credits is the table credit_accounts, by '
'default the one on the search_path. '
'credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.credit_balance(account_key text, credit_accounts regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_key, credit_accounts);
    END;
COMMENT ON FUNCTION rowkit.credit_balance(text, regclass) IS
'What an account can spend now: whatever ended, renewed or lapsed counts already, though no job ran. 0 for an account without credits, or one the caller does not see. STABLE. '
'account_key is the primary key of the account. '
'credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.credit_balance(account_id uuid, credit_accounts regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_id::text, credit_accounts);
    END;
COMMENT ON FUNCTION rowkit.credit_balance(uuid, regclass) IS
'credit_balance for a uuid key. '
'account_id is the primary key of the account. credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.credit_balance(account_number bigint, credit_accounts regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._credit_balance(account_number::text, credit_accounts);
    END;
COMMENT ON FUNCTION rowkit.credit_balance(bigint, regclass) IS
'credit_balance for a bigint key. '
'account_number is the primary key of the account. credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.refund_credits(operation_id uuid, amount bigint DEFAULT NULL, idempotency_key text DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._return_credits(credit_accounts, operation_id, amount, 'refund', idempotency_key)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.refund_credits(uuid, bigint, text, regclass) IS
'Gives back what consume_credits or settle_credits took, all or some, to the grants it came from: {"operation_id", "amount", "balance"}. What came from a period that has '
'passed, or a grant that ended, is gone with it. 22023 for more than was taken, 42704 for an operation that is not there, 55000 for one that took nothing. VOLATILE. '
'idempotency_key is a text of the caller: the same one again returns the first answer. credit_accounts is the table of the accounts'' credits, by default the one on the '
'search_path.';

CREATE FUNCTION rowkit.settle_credits(reservation_id uuid, amount bigint DEFAULT NULL, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._return_credits(credit_accounts, reservation_id, amount, 'settle', NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.settle_credits(uuid, bigint, regclass) IS
'Takes what was reserved, or less of it, for good; amount in the answer is what came back. 22023 for more than was reserved, 55000 for a reservation that is no longer '
'held, 42704 for none. VOLATILE. '
'reservation_id is the id that reserve_credits returned. credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.release_credits(reservation_id uuid, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._return_credits(credit_accounts, reservation_id, NULL, 'release', NULL)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.release_credits(uuid, regclass) IS
'Gives back all that was reserved. 55000 for a reservation that is no longer held, 42704 for none. VOLATILE. '
'reservation_id is the id that reserve_credits returned. credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.expire_credits(credit_accounts regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._renew_credits(credit_accounts, NULL);
    END;
COMMENT ON FUNCTION rowkit.expire_credits(regclass) IS
'Brings every account up to date: ended grants, passed periods, lapsed reservations; how many accounts. No answer depends on it. VOLATILE. '
'credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit_internal._close_credit_account(account_id text, credit_accounts regclass) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'close_credit_account_wrapper';
COMMENT ON FUNCTION rowkit_internal._close_credit_account(text, regclass) IS 'close_credit_account. Internal.';

CREATE FUNCTION rowkit.close_credit_account(account_key text, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._close_credit_account(account_key, credit_accounts)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.close_credit_account(text, regclass) IS
'Ends an account: deletes its grants, its operations, its part of the ledger and what is left of its credits, and tells what it was: {"account_id", "balance", "grants", '
'"operations", "entries"}. Until then its owner''s row cannot be deleted (23503). Copy credit_entries before, if the books must be kept. NULL for an account without '
'credits. With the caller''s right to DELETE from the tables of enable_credits. VOLATILE. account_key is the primary key of the account. '
'credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.close_credit_account(account_id uuid, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._close_credit_account(account_id::text, credit_accounts)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.close_credit_account(uuid, regclass) IS
'close_credit_account for a uuid key. '
'account_id is the primary key of the account. credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.close_credit_account(account_number bigint, credit_accounts regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._close_credit_account(account_number::text, credit_accounts)::jsonb;
    END;
COMMENT ON FUNCTION rowkit.close_credit_account(bigint, regclass) IS
'close_credit_account for a bigint key. '
'account_number is the primary key of the account. credit_accounts is the table of the accounts'' credits, by default the one on the search_path.';

CREATE FUNCTION rowkit.keep_credit_entries() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'keep_credit_entries_wrapper';
COMMENT ON FUNCTION rowkit.keep_credit_entries() IS
'Trigger, BEFORE UPDATE, DELETE or TRUNCATE FOR EACH STATEMENT, on the ledger: refuses with 55000 all but what close_credit_account() deletes.';

CREATE FUNCTION rowkit.enable_credits(owner_table regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
DECLARE
    home text;
    key record;
BEGIN
    PERFORM rowkit_internal._require_owner(owner_table);
    SELECT namespace.nspname INTO home
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = owner_table AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't' AND namespace.nspname !~ '^pg_';
    SELECT count(*) AS columns, min(attribute.attname) AS name, min(format_type(attribute.atttypid, attribute.atttypmod)) AS type INTO key
    FROM pg_index AS entry
    JOIN pg_attribute AS attribute ON attribute.attrelid = entry.indrelid AND attribute.attnum = ANY (entry.indkey::int2[])
    WHERE entry.indrelid = owner_table AND entry.indisprimary;
    IF home IS NULL OR key.columns <> 1 THEN
        RAISE EXCEPTION '% cannot have credits', coalesce(owner_table::text, 'a table that is not there') USING
            ERRCODE = '42809', HINT = 'An ordinary or partitioned table with a primary key of one column can.';
    END IF;
    PERFORM rowkit_internal._refuse_planted(to_regclass(format('%I.%I', home, named))), rowkit_internal._require_owner(to_regclass(format('%I.%I', home, named)))
    FROM unnest('{credit_accounts,credit_grants,credit_operations,credit_entries}'::text[]) AS named;
    FOR command IN
        SELECT format(wanted.text, home, key.type, owner_table, key.name, format('%I.%I', home, wanted.relation))
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
                'action text, idempotency_key text, request jsonb NOT NULL, answer jsonb, status text, expires_at timestamptz, original_operation_id uuid, created_at timestamptz NOT NULL DEFAULT now(), '
                'UNIQUE (account_id, idempotency_key), UNIQUE (account_id, id), FOREIGN KEY (original_operation_id, account_id) REFERENCES %1$I.credit_operations (id, account_id))'),
            ('credit_operations', 7, 'CREATE INDEX ON %1$I.credit_operations (original_operation_id) WHERE original_operation_id IS NOT NULL'),
            ('credit_operations', 8, 'CREATE INDEX ON %1$I.credit_operations (expires_at) WHERE status = ''held'''),
            ('credit_operations', 9, 'CREATE INDEX ON %1$I.credit_operations (account_id, created_at)'),
            ('credit_entries', 10, 'CREATE TABLE %1$I.credit_entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id %2$s NOT NULL REFERENCES %1$I.credit_accounts, '
                'operation_id uuid, grant_id uuid NOT NULL, period_key date, kind text NOT NULL, '
                'amount bigint NOT NULL CHECK (amount <> 0), created_at timestamptz NOT NULL DEFAULT now(), '
                'FOREIGN KEY (operation_id, account_id) REFERENCES %1$I.credit_operations (id, account_id), '
                'FOREIGN KEY (grant_id, account_id) REFERENCES %1$I.credit_grants (id, account_id))'),
            ('credit_entries', 11, 'COMMENT ON TABLE %1$I.credit_entries IS ''The ledger: every credit that came to a grant or left it. It only grows, until close_credit_account().'''),
            ('credit_entries', 12, 'CREATE INDEX ON %1$I.credit_entries (operation_id)'),
            ('credit_entries', 13, 'CREATE INDEX ON %1$I.credit_entries (account_id, id)'),
            ('credit_entries', 14, 'CREATE INDEX ON %1$I.credit_entries (grant_id)'),
            ('credit_entries', 15, 'CREATE TRIGGER keep_credit_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON %1$I.credit_entries FOR EACH STATEMENT EXECUTE FUNCTION rowkit.keep_credit_entries()'),
            ('credit_accounts', 16, 'SELECT rowkit_internal._close_to_api(%5$L)'), ('credit_grants', 17, 'SELECT rowkit_internal._close_to_api(%5$L)'),
            ('credit_operations', 18, 'SELECT rowkit_internal._close_to_api(%5$L)'), ('credit_entries', 19, 'SELECT rowkit_internal._close_to_api(%5$L)'),
            ('credit_grants', 20, 'COMMENT ON TABLE %1$I.credit_grants IS ''Credits given to an account, once or anew each day, week or month; what is left of them.'''),
            ('credit_operations', 21, 'COMMENT ON TABLE %1$I.credit_operations IS ''Every grant, debit, reservation and refund, with its answer.'''),
            ('credit_accounts', 22, 'SELECT rowkit_internal._comment_columns(%5$L, rowkit_internal._own_comments(''credit_accounts''))'),
            ('credit_grants', 23, 'SELECT rowkit_internal._comment_columns(%5$L, rowkit_internal._own_comments(''credit_grants''))'),
            ('credit_operations', 24, 'SELECT rowkit_internal._comment_columns(%5$L, rowkit_internal._own_comments(''credit_operations''))'),
            ('credit_entries', 25, 'SELECT rowkit_internal._comment_columns(%5$L, rowkit_internal._own_comments(''credit_entries''))')
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
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_credits(regclass, boolean) IS
'Makes the tables credit_accounts, credit_grants, credit_operations and credit_entries beside the table whose rows have credits, where they are not there; and returns the commands that it ran '
'(or, with dry_run, would run). 42809 for what is no table, or has no key of one column, 42501 where one of these names is somebody else''s table. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'owner_table is that table. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';
