-- Who there is: plans, accounts (the tenants), users, and who belongs to which account.
--
-- Here as everywhere in this blueprint: created_by, updated_by, deleted_by and the like say who did something, so they refer to nobody by a foreign
-- key: they outlive the user. Foreign keys between tables of one account start with account_id. Defaults for ids, updated_at and soft delete come in
-- 80_lifecycle.sql, row security belongs in a script of its own after the last one.

-- PL/pgSQL: CREATE TYPE has no IF NOT EXISTS.
DO $types$
BEGIN
    IF to_regtype($rowkit$@schema@.source_control_provider$rowkit$) IS NULL THEN
        CREATE TYPE @schema@.source_control_provider AS ENUM ('github', 'gitlab', 'bitbucket', 'azure');
    END IF;
    IF to_regtype($rowkit$@schema@.source_control_connection_status$rowkit$) IS NULL THEN
        CREATE TYPE @schema@.source_control_connection_status AS ENUM ('not_connected', 'connected', 'error', 'pending');
    END IF;
    IF to_regtype($rowkit$@schema@.project_type$rowkit$) IS NULL THEN
        CREATE TYPE @schema@.project_type AS ENUM ('data_vault', 'dimensional', 'standard');
    END IF;
END
$types$;
COMMENT ON TYPE @schema@.source_control_provider IS 'Where a project''s repository is.';
COMMENT ON TYPE @schema@.source_control_connection_status IS 'Whether a project''s repository was reached.';
COMMENT ON TYPE @schema@.project_type IS 'How a project models its data.';

CREATE TABLE IF NOT EXISTS @schema@.subscription_plans (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    display_name text,
    description text,
    price_monthly integer NOT NULL DEFAULT 0 CHECK (price_monthly >= 0),
    price_yearly integer NOT NULL DEFAULT 0 CHECK (price_yearly >= 0),
    currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    trial_days integer NOT NULL DEFAULT 0 CHECK (trial_days >= 0),
    max_users integer CHECK (max_users >= 0),
    max_projects integer CHECK (max_projects >= 0),
    max_datasets integer CHECK (max_datasets >= 0),
    max_monthly_ai_requests integer CHECK (max_monthly_ai_requests >= 0),
    max_storage_mb bigint CHECK (max_storage_mb >= 0),
    features jsonb NOT NULL DEFAULT '[]',
    stripe_product_id text,
    stripe_price_id_monthly text,
    stripe_price_id_yearly text,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid
);
COMMENT ON TABLE @schema@.subscription_plans IS
'What accounts can subscribe to, the same for all. Its limits become those of the accounts in that tier, also when they change later.';
COMMENT ON COLUMN @schema@.subscription_plans.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.subscription_plans.name IS
'What accounts.subscription_tier holds; it stays while accounts are in it, display_name is what people read.';
COMMENT ON COLUMN @schema@.subscription_plans.display_name IS 'The plan''s name, as people read it; NULL when name will do.';
COMMENT ON COLUMN @schema@.subscription_plans.description IS 'What the plan offers, for people; NULL for no text.';
COMMENT ON COLUMN @schema@.subscription_plans.price_monthly IS 'In the smallest unit of the currency: 2900 is 29.00 USD.';
COMMENT ON COLUMN @schema@.subscription_plans.price_yearly IS 'In the smallest unit of the currency: 29000 is 290.00 USD.';
COMMENT ON COLUMN @schema@.subscription_plans.currency IS 'The currency of the prices, by ISO 4217.';
COMMENT ON COLUMN @schema@.subscription_plans.trial_days IS 'How many days a trial lasts; 0 for none. The application gives trials.';
COMMENT ON COLUMN @schema@.subscription_plans.max_users IS 'How many active members an account may have; NULL is no limit, as in the other columns max_….';
COMMENT ON COLUMN @schema@.subscription_plans.max_projects IS 'How many projects an account may have; NULL is no limit.';
COMMENT ON COLUMN @schema@.subscription_plans.max_datasets IS 'How many datasets an account may have; NULL is no limit.';
COMMENT ON COLUMN @schema@.subscription_plans.max_monthly_ai_requests IS 'How many AI requests an account may make in a month (UTC); NULL is no limit.';
COMMENT ON COLUMN @schema@.subscription_plans.max_storage_mb IS 'How many megabytes an account may store; NULL is no limit.';
COMMENT ON COLUMN @schema@.subscription_plans.features IS 'An array of feature flags: ["lineage", "sso"].';
COMMENT ON COLUMN @schema@.subscription_plans.stripe_product_id IS 'Stripe''s id of the product, prod_…; NULL for a plan that Stripe does not sell.';
COMMENT ON COLUMN @schema@.subscription_plans.stripe_price_id_monthly IS 'Stripe''s id of the monthly price, price_…; NULL for none.';
COMMENT ON COLUMN @schema@.subscription_plans.stripe_price_id_yearly IS 'Stripe''s id of the yearly price, price_…; NULL for none.';
COMMENT ON COLUMN @schema@.subscription_plans.is_active IS 'Whether the plan is on offer; accounts that are on it stay.';
COMMENT ON COLUMN @schema@.subscription_plans.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.subscription_plans.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.subscription_plans.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.subscription_plans.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';

CREATE TABLE IF NOT EXISTS @schema@.accounts (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    slug text CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    billing_email text,
    stripe_customer_id text,
    subscription_tier text NOT NULL DEFAULT 'free',
    max_users integer CHECK (max_users >= 0),
    max_projects integer CHECK (max_projects >= 0),
    max_datasets integer CHECK (max_datasets >= 0),
    max_monthly_ai_requests integer CHECK (max_monthly_ai_requests >= 0),
    max_storage_mb bigint CHECK (max_storage_mb >= 0),
    current_user_count integer NOT NULL DEFAULT 0,
    current_project_count integer NOT NULL DEFAULT 0,
    current_dataset_count integer NOT NULL DEFAULT 0,
    current_monthly_ai_requests integer NOT NULL DEFAULT 0,
    ai_requests_month date NOT NULL DEFAULT date_trunc('month', timezone('UTC', now()))::date,
    current_storage_mb bigint NOT NULL DEFAULT 0,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid
);
COMMENT ON TABLE @schema@.accounts IS 'The tenants: every row of the other tables but users and subscription_plans belongs to one.';
COMMENT ON COLUMN @schema@.accounts.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.accounts.name IS 'The account''s name, as people read it.';
COMMENT ON COLUMN @schema@.accounts.slug IS 'The name in addresses; unique among live accounts. NULL when the account has none.';
COMMENT ON COLUMN @schema@.accounts.billing_email IS 'The address that invoices go to; NULL for none.';
COMMENT ON COLUMN @schema@.accounts.stripe_customer_id IS 'Stripe''s id of the customer, cus_…; NULL without one. Only the service changes it.';
COMMENT ON COLUMN @schema@.accounts.subscription_tier IS
'The name of a subscription plan; free is there without one. A new tier brings its limits, where the same statement gives no others.';
COMMENT ON COLUMN @schema@.accounts.max_users IS
'How many active members the account may have; NULL is no limit. Left out at the INSERT it is the tier''s, as are the other columns max_….';
COMMENT ON COLUMN @schema@.accounts.max_projects IS 'How many live projects the account may have; NULL is no limit. The tier''s when left out at the INSERT.';
COMMENT ON COLUMN @schema@.accounts.max_datasets IS 'How many live datasets the account may have; NULL is no limit. The tier''s when left out at the INSERT.';
COMMENT ON COLUMN @schema@.accounts.max_monthly_ai_requests IS
'How many AI requests the account may make in a month (UTC); NULL is no limit. The tier''s when left out at the INSERT.';
COMMENT ON COLUMN @schema@.accounts.max_storage_mb IS 'How many megabytes the account may store; NULL is no limit. The tier''s when left out at the INSERT.';
COMMENT ON COLUMN @schema@.accounts.current_user_count IS 'How many active members the account has; triggers on account_users keep it.';
COMMENT ON COLUMN @schema@.accounts.current_project_count IS 'How many live projects the account has; triggers on projects keep it.';
COMMENT ON COLUMN @schema@.accounts.current_dataset_count IS 'How many live datasets the account has; triggers on datasets keep it.';
COMMENT ON COLUMN @schema@.accounts.current_monthly_ai_requests IS
'Counted by rowkit.increment_usage_counter(id, ''ai_requests''); begun anew by reset_monthly_usage(), which rowkit.schedule_jobs() runs.';
COMMENT ON COLUMN @schema@.accounts.ai_requests_month IS 'The first day of the month (UTC) that current_monthly_ai_requests counts.';
COMMENT ON COLUMN @schema@.accounts.current_storage_mb IS
'How many megabytes the account stores; rowkit.increment_usage_counter(id, ''storage_mb'', megabytes) counts them.';
COMMENT ON COLUMN @schema@.accounts.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.accounts.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.accounts.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.accounts.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE but those that only count.';
COMMENT ON COLUMN @schema@.accounts.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.accounts.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.accounts.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.accounts.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_accounts_slug ON @schema@.accounts (slug) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_accounts_slug IS 'A slug names one account; that of a deleted one is free.';
CREATE INDEX IF NOT EXISTS idx_accounts_subscription_tier ON @schema@.accounts (subscription_tier);
COMMENT ON INDEX @schema@.idx_accounts_subscription_tier IS 'The accounts whose limits change with their plan.';

CREATE TABLE IF NOT EXISTS @schema@.users (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    full_name text,
    avatar_url text,
    password_hash text,
    is_active boolean NOT NULL DEFAULT true,
    is_email_verified boolean NOT NULL DEFAULT false,
    email_verified_at timestamptz,
    email_verification_token_hash bytea,
    email_verification_expires_at timestamptz,
    password_reset_token_hash bytea,
    password_reset_expires_at timestamptz,
    password_changed_at timestamptz,
    failed_login_attempts integer NOT NULL DEFAULT 0 CHECK (failed_login_attempts >= 0),
    last_failed_login_at timestamptz,
    locked_until timestamptz,
    last_login_at timestamptz,
    last_login_ip inet,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid
);
COMMENT ON TABLE @schema@.users IS 'People, across accounts: profile, verification, password reset, lockout.';
COMMENT ON COLUMN @schema@.users.id IS 'The sub of the user''s token, such as auth.users.id of Supabase.';
COMMENT ON COLUMN @schema@.users.email IS 'The e-mail address to sign in with; one live user''s, whatever its case.';
COMMENT ON COLUMN @schema@.users.full_name IS 'The name that others read; NULL when unknown.';
COMMENT ON COLUMN @schema@.users.avatar_url IS 'The address of the user''s picture; NULL for none.';
COMMENT ON COLUMN @schema@.users.password_hash IS 'The hash of the password, written by the application; NULL where another service signs people in.';
COMMENT ON COLUMN @schema@.users.is_active IS 'Whether the user may sign in; the application asks it.';
COMMENT ON COLUMN @schema@.users.is_email_verified IS 'Whether the user has proven that the address is theirs; the service writes it.';
COMMENT ON COLUMN @schema@.users.email_verified_at IS 'When the address was verified; NULL until then.';
COMMENT ON COLUMN @schema@.users.email_verification_token_hash IS
'SHA-256 of the token that was sent to verify the address; the token itself is nowhere. NULL when none is open.';
COMMENT ON COLUMN @schema@.users.email_verification_expires_at IS 'When that token ends; NULL when none is open.';
COMMENT ON COLUMN @schema@.users.password_reset_token_hash IS
'SHA-256 of the token that was sent to reset the password; the token itself is nowhere. NULL when none is open.';
COMMENT ON COLUMN @schema@.users.password_reset_expires_at IS 'When that token ends; NULL when none is open.';
COMMENT ON COLUMN @schema@.users.password_changed_at IS 'When the password was last changed; the service writes it. NULL for never.';
COMMENT ON COLUMN @schema@.users.failed_login_attempts IS
'How many logins failed since the last success; rowkit.count_login_attempt() counts, and by default the fifth locks.';
COMMENT ON COLUMN @schema@.users.last_failed_login_at IS 'When a login last failed; NULL for never. Written by rowkit.count_login_attempt().';
COMMENT ON COLUMN @schema@.users.locked_until IS 'No login before this moment; NULL when the user is not locked. Written by rowkit.count_login_attempt().';
COMMENT ON COLUMN @schema@.users.last_login_at IS 'When the user last signed in; NULL for never. Written by rowkit.count_login_attempt().';
COMMENT ON COLUMN @schema@.users.last_login_ip IS 'The address that the user last signed in from; the service writes it. NULL for none.';
COMMENT ON COLUMN @schema@.users.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.users.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.users.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.users.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.users.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.users.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_users_email ON @schema@.users (rowkit.email_key(email)) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_users_email IS 'An e-mail address is one live user''s; count_login_attempt() finds it.';
CREATE INDEX IF NOT EXISTS idx_users_email_exact ON @schema@.users (email);
COMMENT ON INDEX @schema@.idx_users_email_exact IS 'Look-up of the address as it is written, among deleted users, too.';

CREATE TABLE IF NOT EXISTS @schema@.account_users (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES @schema@.users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    is_active boolean NOT NULL DEFAULT true,
    invitation_id uuid,
    invited_by uuid,
    invited_at timestamptz,
    joined_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.account_users IS 'Who belongs to which account, and as what.';
COMMENT ON COLUMN @schema@.account_users.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.account_users.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.account_users.user_id IS 'The member: references users.';
COMMENT ON COLUMN @schema@.account_users.role IS 'owner, admin, member or viewer, from the most rights to the fewest.';
COMMENT ON COLUMN @schema@.account_users.is_active IS 'Whether the membership gives rights and counts against max_users; false keeps the row without them.';
COMMENT ON COLUMN @schema@.account_users.invitation_id IS 'The invitation that was accepted; no foreign key, as invitations go.';
COMMENT ON COLUMN @schema@.account_users.invited_by IS 'The user who invited the member, NULL for nobody. No foreign key: it outlives the user.';
COMMENT ON COLUMN @schema@.account_users.invited_at IS 'When the member was invited; NULL for one who was not.';
COMMENT ON COLUMN @schema@.account_users.joined_at IS 'When the member accepted; NULL for one who was not invited.';
COMMENT ON COLUMN @schema@.account_users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.account_users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.account_users.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.account_users.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.account_users_account_id_id_key IS 'The members of an account.';
CREATE INDEX IF NOT EXISTS idx_account_users_user ON @schema@.account_users (user_id, account_id);
COMMENT ON INDEX @schema@.idx_account_users_user IS 'The accounts of a user: what policies ask, and deleting a user.';

-- The triggers below are PL/pgSQL, as SQL functions cannot be triggers; they find tables by the schema of their own, so it can be renamed. Those
-- that are SECURITY DEFINER do what a foreign key would: who may write the row need not be able to read or write the other table.
CREATE OR REPLACE FUNCTION @schema@.set_account_limits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    plan record;
    found_plans integer;
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'subscription_plans');
    -- Held as a foreign key would, so that it cannot go meanwhile.
    EXECUTE format('SELECT FROM %I.subscription_plans AS plan WHERE plan.name OPERATOR(pg_catalog.=) $1 FOR KEY SHARE', TG_TABLE_SCHEMA)
    USING NEW.subscription_tier;
    -- The free tier has limits of its own until subscription_plans says otherwise.
    EXECUTE format(
        $query$
            SELECT known.max_users, known.max_projects, known.max_datasets, known.max_monthly_ai_requests, known.max_storage_mb
            FROM %1$I.subscription_plans AS known WHERE known.name OPERATOR(pg_catalog.=) $1
            UNION ALL
            SELECT 3, 3, 100, 100, 1024::pg_catalog.int8
            WHERE $1 OPERATOR(pg_catalog.=) 'free' AND NOT EXISTS (SELECT FROM %1$I.subscription_plans AS known WHERE known.name OPERATOR(pg_catalog.=) $1)
        $query$, TG_TABLE_SCHEMA)
    INTO plan USING NEW.subscription_tier;
    GET DIAGNOSTICS found_plans = ROW_COUNT;
    IF found_plans OPERATOR(pg_catalog.=) 0 THEN
        RAISE EXCEPTION 'there is no subscription plan "%"', NEW.subscription_tier USING
            ERRCODE = '23503', HINT = 'subscription_plans.name lists them.';
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        NEW.max_users := coalesce(NEW.max_users, plan.max_users);
        NEW.max_projects := coalesce(NEW.max_projects, plan.max_projects);
        NEW.max_datasets := coalesce(NEW.max_datasets, plan.max_datasets);
        NEW.max_monthly_ai_requests := coalesce(NEW.max_monthly_ai_requests, plan.max_monthly_ai_requests);
        NEW.max_storage_mb := coalesce(NEW.max_storage_mb, plan.max_storage_mb);
        RETURN NEW;
    END IF;
    -- What the statement itself changes stays.
    NEW.max_users := CASE WHEN NEW.max_users IS DISTINCT FROM OLD.max_users THEN NEW.max_users ELSE plan.max_users END;
    NEW.max_projects := CASE WHEN NEW.max_projects IS DISTINCT FROM OLD.max_projects THEN NEW.max_projects ELSE plan.max_projects END;
    NEW.max_datasets := CASE WHEN NEW.max_datasets IS DISTINCT FROM OLD.max_datasets THEN NEW.max_datasets ELSE plan.max_datasets END;
    NEW.max_monthly_ai_requests := CASE WHEN NEW.max_monthly_ai_requests IS DISTINCT FROM OLD.max_monthly_ai_requests
        THEN NEW.max_monthly_ai_requests ELSE plan.max_monthly_ai_requests END;
    NEW.max_storage_mb := CASE WHEN NEW.max_storage_mb IS DISTINCT FROM OLD.max_storage_mb THEN NEW.max_storage_mb ELSE plan.max_storage_mb END;
    RETURN NEW;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.set_account_limits() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.set_account_limits() IS 'Trigger on accounts: a new tier brings its limits. 23503 for a tier that is no plan.';

CREATE OR REPLACE FUNCTION @schema@.update_account_limits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'accounts', 'subscription_plans');
    IF TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE' THEN
        EXECUTE format('SELECT FROM %I.subscription_plans AS plan WHERE plan.id OPERATOR(pg_catalog.=) $1 FOR UPDATE', TG_TABLE_SCHEMA) USING OLD.id;
        RETURN NEW;
    END IF;
    EXECUTE format(
        $query$
            UPDATE %I.accounts AS account SET
                max_users = CASE WHEN account.max_users IS NOT DISTINCT FROM $1.max_users THEN $2.max_users ELSE account.max_users END,
                max_projects = CASE WHEN account.max_projects IS NOT DISTINCT FROM $1.max_projects THEN $2.max_projects ELSE account.max_projects END,
                max_datasets = CASE WHEN account.max_datasets IS NOT DISTINCT FROM $1.max_datasets THEN $2.max_datasets ELSE account.max_datasets END,
                max_monthly_ai_requests = CASE WHEN account.max_monthly_ai_requests IS NOT DISTINCT FROM $1.max_monthly_ai_requests
                    THEN $2.max_monthly_ai_requests ELSE account.max_monthly_ai_requests END,
                max_storage_mb = CASE WHEN account.max_storage_mb IS NOT DISTINCT FROM $1.max_storage_mb THEN $2.max_storage_mb ELSE account.max_storage_mb END
            WHERE account.subscription_tier OPERATOR(pg_catalog.=) $1.name
        $query$, TG_TABLE_SCHEMA)
    USING OLD, NEW;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.update_account_limits() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.update_account_limits() IS
'Trigger on subscription_plans: before its limits change it locks out who is joining the tier, afterwards accounts in it follow; limits that were agreed '
'otherwise stay.';

CREATE OR REPLACE FUNCTION @schema@.keep_subscription_plan() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_used boolean;
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'accounts');
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.accounts AS account WHERE account.subscription_tier OPERATOR(pg_catalog.=) $1)', TG_TABLE_SCHEMA)
    INTO is_used USING OLD.name;
    IF is_used THEN
        RAISE EXCEPTION 'accounts are in the tier "%"', OLD.name USING
            ERRCODE = '23503', HINT = 'What people read is display_name. UPDATE accounts SET subscription_tier = … first, deleted ones too.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.keep_subscription_plan() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.keep_subscription_plan() IS
'Trigger on subscription_plans: 23503 when the name of a plan changes or goes while accounts are in that tier. A foreign key could not do without a '
'plan for free.';

CREATE OR REPLACE TRIGGER accounts_limits_insert BEFORE INSERT ON @schema@.accounts
    FOR EACH ROW WHEN (NEW.subscription_tier IS NOT NULL) EXECUTE FUNCTION @schema@.set_account_limits();
CREATE OR REPLACE TRIGGER accounts_limits_update BEFORE UPDATE OF subscription_tier ON @schema@.accounts
    FOR EACH ROW WHEN (NEW.subscription_tier <> OLD.subscription_tier) EXECUTE FUNCTION @schema@.set_account_limits();
CREATE OR REPLACE TRIGGER subscription_plans_limits_lock
    BEFORE UPDATE OF max_users, max_projects, max_datasets, max_monthly_ai_requests, max_storage_mb ON @schema@.subscription_plans
    FOR EACH ROW EXECUTE FUNCTION @schema@.update_account_limits();
CREATE OR REPLACE TRIGGER subscription_plans_limits
    AFTER UPDATE OF max_users, max_projects, max_datasets, max_monthly_ai_requests, max_storage_mb ON @schema@.subscription_plans
    FOR EACH ROW EXECUTE FUNCTION @schema@.update_account_limits();
CREATE OR REPLACE TRIGGER subscription_plans_keep_delete BEFORE DELETE ON @schema@.subscription_plans
    FOR EACH ROW EXECUTE FUNCTION @schema@.keep_subscription_plan();
CREATE OR REPLACE TRIGGER subscription_plans_keep_name BEFORE UPDATE OF name ON @schema@.subscription_plans
    FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION @schema@.keep_subscription_plan();
CREATE OR REPLACE TRIGGER subscription_plans_features BEFORE INSERT OR UPDATE ON @schema@.subscription_plans
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('features', '{"type": "array", "items": {"type": "string"}, "uniqueItems": true}');
