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
COMMENT ON TABLE @schema@.subscriptions IS 'What accounts subscribed to; at most one at a time gives an account its tier.';
COMMENT ON COLUMN @schema@.subscriptions.status IS
'As Stripe names it. While it is trialing, active or past_due the account is in the plan''s tier; ended, it is in free again.';
COMMENT ON INDEX @schema@.subscriptions_account_id_id_key IS 'The subscriptions of an account; what tenant-first foreign keys refer to.';
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
    FOREIGN KEY (account_id, subscription_id) REFERENCES @schema@.subscriptions (account_id, id)
);
COMMENT ON TABLE @schema@.payments IS 'What accounts paid. A subscription with payments cannot be deleted by itself.';
COMMENT ON COLUMN @schema@.payments.account_id IS 'Taken from the subscription when left out.';
COMMENT ON COLUMN @schema@.payments.amount IS 'In the smallest unit of the currency.';
COMMENT ON INDEX @schema@.payments_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_payments_subscription ON @schema@.payments (account_id, subscription_id);
COMMENT ON INDEX @schema@.idx_payments_subscription IS 'The payments of a subscription.';
CREATE INDEX IF NOT EXISTS idx_payments_created ON @schema@.payments (account_id, created_at DESC);
COMMENT ON INDEX @schema@.idx_payments_created IS 'The payments of an account, the newest first.';

CREATE TABLE IF NOT EXISTS @schema@.usage_events (
    id uuid PRIMARY KEY,
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
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.usage_events IS 'What was used, when and how much of it: a log. cleanup_usage_events() ends it.';
COMMENT ON COLUMN @schema@.usage_events.user_id IS 'Whose doing it was. No foreign key, nor for resource_id: the log outlives both.';
COMMENT ON COLUMN @schema@.usage_events.quantity IS 'How much; negative takes back.';
COMMENT ON INDEX @schema@.usage_events_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_usage_events_account_created ON @schema@.usage_events (account_id, created_at DESC);
COMMENT ON INDEX @schema@.idx_usage_events_account_created IS 'The events of an account, the newest first.';
CREATE INDEX IF NOT EXISTS idx_usage_events_created ON @schema@.usage_events (created_at);
COMMENT ON INDEX @schema@.idx_usage_events_created IS 'What is old enough for cleanup_usage_events().';

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
