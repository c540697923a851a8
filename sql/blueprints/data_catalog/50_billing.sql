-- What accounts subscribe to, pay and use.

CREATE TABLE IF NOT EXISTS @schema@.subscriptions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    plan_id uuid NOT NULL REFERENCES @schema@.subscription_plans (id),
    status text NOT NULL DEFAULT 'active'
        CHECK (status IN ('trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete', 'incomplete_expired', 'canceled')),
    billing_interval text NOT NULL DEFAULT 'month' CHECK (billing_interval IN ('month', 'year')),
    trial_start timestamptz,
    trial_end timestamptz,
    current_period_start timestamptz,
    current_period_end timestamptz,
    is_cancel_at_period_end boolean NOT NULL DEFAULT false,
    canceled_at timestamptz,
    stripe_customer_id text,
    stripe_subscription_id text,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    CONSTRAINT subscriptions_trial_check CHECK (trial_end > trial_start),
    CONSTRAINT subscriptions_period_check CHECK (current_period_end > current_period_start)
);
-- GraphQL has a type Subscription of its own: PostGraphile reads the first line, pg_graphql the last one.
COMMENT ON TABLE @schema@.subscriptions IS
'@name account_subscriptions
What accounts subscribed to; at most one at a time gives an account its tier.
@graphql({"name": "AccountSubscription"})';
COMMENT ON COLUMN @schema@.subscriptions.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.subscriptions.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.subscriptions.plan_id IS 'What was subscribed to: references subscription_plans.';
COMMENT ON COLUMN @schema@.subscriptions.status IS
'As Stripe names it. While it is trialing, active or past_due the account is in the plan''s tier; ended, it is in free again.';
COMMENT ON COLUMN @schema@.subscriptions.billing_interval IS 'How often the account pays: month or year.';
COMMENT ON COLUMN @schema@.subscriptions.trial_start IS 'When the trial began; NULL for none.';
COMMENT ON COLUMN @schema@.subscriptions.trial_end IS 'When the trial ends; NULL for none.';
COMMENT ON COLUMN @schema@.subscriptions.current_period_start IS 'When the period that is paid for began; NULL when unknown.';
COMMENT ON COLUMN @schema@.subscriptions.current_period_end IS 'When the period that is paid for ends; NULL when unknown.';
COMMENT ON COLUMN @schema@.subscriptions.is_cancel_at_period_end IS 'Whether the subscription ends with the present period; Stripe says so.';
COMMENT ON COLUMN @schema@.subscriptions.canceled_at IS 'When it was cancelled; NULL when it was not.';
COMMENT ON COLUMN @schema@.subscriptions.stripe_customer_id IS 'Stripe''s id of the customer, cus_…; NULL for another provider.';
COMMENT ON COLUMN @schema@.subscriptions.stripe_subscription_id IS
'Stripe''s id of the subscription, sub_…, unique among live rows; NULL for another provider.';
COMMENT ON COLUMN @schema@.subscriptions.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.subscriptions.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.subscriptions.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.subscriptions.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.subscriptions.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.subscriptions_account_id_id_key IS 'The subscriptions of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_subscriptions_plan ON @schema@.subscriptions (plan_id);
COMMENT ON INDEX @schema@.idx_subscriptions_plan IS 'The subscriptions to a plan; deleting one looks here.';
CREATE INDEX IF NOT EXISTS idx_subscriptions_trial_end ON @schema@.subscriptions (trial_end) WHERE status = 'trialing';
COMMENT ON INDEX @schema@.idx_subscriptions_trial_end IS 'Trials that end.';

CREATE TABLE IF NOT EXISTS @schema@.payments (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    subscription_id uuid,
    amount integer NOT NULL CHECK (amount >= 0),
    currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed', 'refunded', 'canceled')),
    description text,
    failure_reason text,
    stripe_payment_intent_id text,
    stripe_invoice_id text,
    invoice_url text,
    paid_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (subscription_id, account_id) REFERENCES @schema@.subscriptions (id, account_id)
);
COMMENT ON TABLE @schema@.payments IS 'What accounts paid. A subscription with payments cannot be deleted by itself.';
COMMENT ON COLUMN @schema@.payments.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.payments.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the subscription when left out.';
COMMENT ON COLUMN @schema@.payments.subscription_id IS 'What was paid for: references subscriptions of the same account. NULL for a payment without one.';
COMMENT ON COLUMN @schema@.payments.amount IS 'In the smallest unit of the currency: 2900 is 29.00 USD.';
COMMENT ON COLUMN @schema@.payments.currency IS 'The currency of amount, by ISO 4217.';
COMMENT ON COLUMN @schema@.payments.status IS 'pending, succeeded, failed, refunded or canceled.';
COMMENT ON COLUMN @schema@.payments.description IS 'What the invoice says; NULL for no text.';
COMMENT ON COLUMN @schema@.payments.failure_reason IS 'Why the payment failed, as the provider says; NULL when it did not.';
COMMENT ON COLUMN @schema@.payments.stripe_payment_intent_id IS 'Stripe''s id of the payment, pi_…, unique among live rows; NULL for another provider.';
COMMENT ON COLUMN @schema@.payments.stripe_invoice_id IS 'Stripe''s id of the invoice, in_…; NULL for none.';
COMMENT ON COLUMN @schema@.payments.invoice_url IS 'Where the invoice can be read; NULL for none.';
COMMENT ON COLUMN @schema@.payments.paid_at IS 'When the money came; NULL until then.';
COMMENT ON COLUMN @schema@.payments.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.payments.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.payments.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.payments.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.payments.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.payments_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_payments_subscription ON @schema@.payments (account_id, subscription_id);
COMMENT ON INDEX @schema@.idx_payments_subscription IS 'The payments of a subscription.';
CREATE INDEX IF NOT EXISTS idx_payments_created ON @schema@.payments (account_id, created_at DESC);
COMMENT ON INDEX @schema@.idx_payments_created IS 'The payments of an account, the newest first.';

CREATE TABLE IF NOT EXISTS @schema@.usage_events (
    id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    user_id uuid,
    event_type text NOT NULL CHECK (event_type <> ''),
    resource_type text,
    resource_id uuid,
    quantity bigint NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    PRIMARY KEY (created_at, id),
    UNIQUE (account_id, created_at, id)
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE @schema@.usage_events IS
'What was used, when and how much of it: a log, in parts by month. create_usage_event_partitions() makes them ahead, cleanup_usage_events() ends them.';
COMMENT ON COLUMN @schema@.usage_events.id IS 'A version 7 UUID, made by the default when left out; the primary key together with created_at.';
COMMENT ON COLUMN @schema@.usage_events.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.usage_events.user_id IS 'The user whose doing it was, NULL for a service. No foreign key: the log outlives the user.';
COMMENT ON COLUMN @schema@.usage_events.event_type IS 'What happened, such as api_token.used; the application and triggers name it.';
COMMENT ON COLUMN @schema@.usage_events.resource_type IS 'The kind of thing that was used, such as the name of a table; NULL for none.';
COMMENT ON COLUMN @schema@.usage_events.resource_id IS 'The id of that thing; NULL for none. No foreign key: the log outlives it.';
COMMENT ON COLUMN @schema@.usage_events.quantity IS 'How much; negative takes back.';
COMMENT ON COLUMN @schema@.usage_events.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.usage_events.created_at IS 'When it happened; now() by default. Says which part, of a month, holds the row.';
COMMENT ON COLUMN @schema@.usage_events.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.usage_events.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.usage_events.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.usage_events_account_id_created_at_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_usage_events_account_created ON @schema@.usage_events (account_id, created_at DESC);
COMMENT ON INDEX @schema@.idx_usage_events_account_created IS 'The events of an account, the newest first.';
CREATE INDEX IF NOT EXISTS idx_usage_events_resource ON @schema@.usage_events (account_id, resource_id, created_at DESC) WHERE resource_id IS NOT NULL;
COMMENT ON INDEX @schema@.idx_usage_events_resource IS 'What was used of one resource, such as the use of an API token.';

-- An event finds a place though no part was made for its month. A table that was there before parts were stays as it is.
-- PL/pgSQL: which it is is known only now.
DO $parts$
BEGIN
    IF EXISTS (SELECT FROM pg_class AS class WHERE class.oid = $rowkit$@schema@.usage_events$rowkit$::regclass AND class.relkind = 'p')
        AND to_regclass($rowkit$@schema@.usage_events_default$rowkit$) IS NULL
    THEN
        CREATE TABLE @schema@.usage_events_default PARTITION OF @schema@.usage_events DEFAULT;
    END IF;
END
$parts$;
-- Before soft delete is enabled, whose guards they get with the table.
SELECT count(*) FROM pg_class AS class
CROSS JOIN LATERAL rowkit_internal._create_month_parts(class.oid::regclass, 3, false)
WHERE class.oid = $rowkit$@schema@.usage_events$rowkit$::regclass AND class.relkind = 'p';

-- PL/pgSQL, SECURITY DEFINER: as the triggers of 10_accounts.sql.
CREATE OR REPLACE FUNCTION @schema@.set_account_tier() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    live CONSTANT text[] := ARRAY['trialing', 'active', 'past_due'];
    was_live boolean;
    is_live boolean;
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'accounts', 'subscription_plans');
    was_live := TG_OP OPERATOR(pg_catalog.<>) 'INSERT' AND OLD.status OPERATOR(pg_catalog.=) ANY (live) AND OLD.deleted_at IS NULL;
    is_live := TG_OP OPERATOR(pg_catalog.<>) 'DELETE' AND NEW.status OPERATOR(pg_catalog.=) ANY (live) AND NEW.deleted_at IS NULL;
    -- An account that is deleted keeps its tier for its restore.
    IF is_live THEN
        EXECUTE format(
            'UPDATE %1$I.accounts AS account SET subscription_tier = plan.name FROM %1$I.subscription_plans AS plan '
            'WHERE account.id OPERATOR(pg_catalog.=) $1 AND plan.id OPERATOR(pg_catalog.=) $2 AND account.deleted_at IS NULL '
            'AND account.subscription_tier OPERATOR(pg_catalog.<>) plan.name', TG_TABLE_SCHEMA)
        USING NEW.account_id, NEW.plan_id;
    ELSIF was_live THEN
        EXECUTE format(
            'UPDATE %I.accounts AS account SET subscription_tier = ''free'' WHERE account.id OPERATOR(pg_catalog.=) $1 '
            'AND account.deleted_at IS NULL AND account.subscription_tier OPERATOR(pg_catalog.<>) ''free''', TG_TABLE_SCHEMA)
        USING OLD.account_id;
    END IF;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.set_account_tier() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.set_account_tier() IS
'Trigger on subscriptions: a live one gives the account its plan''s tier, an ended one takes it back to free.';
