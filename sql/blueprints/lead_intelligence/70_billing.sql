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
    FOREIGN KEY (workspace_id, created_by) REFERENCES @schema@.users (workspace_id, id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.integrations IS 'Systems that a workspace has connected, each once.';
COMMENT ON COLUMN @schema@.integrations.config IS 'Settings. No secrets: everybody who sees the row sees them.';
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
    FOREIGN KEY (workspace_id, created_by) REFERENCES @schema@.users (workspace_id, id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.billing_events IS 'What the payment provider told.';
COMMENT ON COLUMN @schema@.billing_events.stripe_event_id IS 'Told twice it is one event: INSERT … ON CONFLICT DO NOTHING.';
COMMENT ON COLUMN @schema@.billing_events.amount IS
'In the smallest unit of the currency. What was paid back is an event_type of its own, not a negative amount.';
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
    FOREIGN KEY (workspace_id, user_id) REFERENCES @schema@.users (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, created_by) REFERENCES @schema@.users (workspace_id, id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.notification_preferences IS 'What a user wants to hear of; one row a user.';
COMMENT ON COLUMN @schema@.notification_preferences.email IS 'Where to; NULL for the user''s own address.';
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
    FOREIGN KEY (workspace_id, created_by) REFERENCES @schema@.users (workspace_id, id) ON DELETE SET NULL (created_by)
);
COMMENT ON TABLE @schema@.stripe_customers IS 'Who a workspace is to the payment provider; one row a workspace.';
CREATE INDEX IF NOT EXISTS idx_stripe_customers_workspace_id ON @schema@.stripe_customers (workspace_id);
CREATE INDEX IF NOT EXISTS idx_stripe_customers_created_by ON @schema@.stripe_customers (workspace_id, created_by) WHERE created_by IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.integrations$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.billing_events$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.notification_preferences$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.stripe_customers$rowkit$);

CREATE OR REPLACE TRIGGER integrations_updated_at BEFORE UPDATE ON @schema@.integrations
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
CREATE OR REPLACE TRIGGER billing_events_updated_at BEFORE UPDATE ON @schema@.billing_events
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
CREATE OR REPLACE TRIGGER notification_preferences_a_tenant BEFORE INSERT ON @schema@.notification_preferences
    FOR EACH ROW WHEN (NEW.workspace_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('user_id', 'workspace_id');
CREATE OR REPLACE TRIGGER notification_preferences_updated_at BEFORE UPDATE ON @schema@.notification_preferences
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
CREATE OR REPLACE TRIGGER stripe_customers_updated_at BEFORE UPDATE ON @schema@.stripe_customers
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
