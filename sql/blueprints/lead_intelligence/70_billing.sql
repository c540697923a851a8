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
