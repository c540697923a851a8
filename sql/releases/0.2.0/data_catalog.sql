-- What blueprints made in this schema, by names relative to it: no OID, so it survives dump, restore and renaming the schema.

CREATE TABLE IF NOT EXISTS @schema@.rowkit_objects (
    blueprint text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    checksum text,
    PRIMARY KEY (blueprint, kind, name)
);
COMMENT ON TABLE @schema@.rowkit_objects IS
'What rowkit.install_blueprint made in this schema; rowkit.uninstall_blueprint drops exactly this. Not to be edited.';
COMMENT ON COLUMN @schema@.rowkit_objects.blueprint IS 'The blueprint that made the object, as rowkit.blueprints() names it.';
COMMENT ON COLUMN @schema@.rowkit_objects.version IS
'The version that made the object; for kind blueprint the version that is installed.';
COMMENT ON COLUMN @schema@.rowkit_objects.kind IS
'What the object is, such as table, index or policy; blueprint for the row of the blueprint itself, schema where the schema was made with it.';
COMMENT ON COLUMN @schema@.rowkit_objects.name IS
'Relative to the schema; objects of a table as table.object. For kind blueprint its name, for kind schema a dot.';
COMMENT ON COLUMN @schema@.rowkit_objects.checksum IS
'For kind blueprint, of what was made and granted: install_blueprint repairs it where that is another by now.';
SELECT rowkit_internal._close_helper_table($rowkit$@schema@.rowkit_objects$rowkit$);
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
-- Projects and their workspaces, who works there, and what was committed to their repositories.

CREATE TABLE IF NOT EXISTS @schema@.projects (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    name text NOT NULL CHECK (name <> ''),
    description text,
    project_type @schema@.project_type NOT NULL DEFAULT 'standard',
    visibility text NOT NULL DEFAULT 'account' CHECK (visibility IN ('private', 'account', 'public')),
    source_control_provider @schema@.source_control_provider,
    source_control_repository_url text,
    source_control_default_branch text NOT NULL DEFAULT 'main',
    source_control_access_token_encrypted text,
    source_control_connection_status @schema@.source_control_connection_status NOT NULL DEFAULT 'not_connected',
    source_control_last_checked_at timestamptz,
    source_control_error text,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.projects IS 'Projects of an account, with their repository.';
COMMENT ON COLUMN @schema@.projects.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.projects.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.projects.owner_id IS
'The project''s owner: references users. The user who inserts it, unless another is named; a trigger makes the owner a member of the project.';
COMMENT ON COLUMN @schema@.projects.name IS 'The project''s name, as people read it.';
COMMENT ON COLUMN @schema@.projects.description IS 'What the project is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.projects.project_type IS 'How the project models its data: data_vault, dimensional or standard.';
COMMENT ON COLUMN @schema@.projects.visibility IS
'private to its owner and members, account for all members of the account, public beyond it, as policies say.';
COMMENT ON COLUMN @schema@.projects.source_control_provider IS 'Where the repository is: github, gitlab, bitbucket or azure. NULL without a repository.';
COMMENT ON COLUMN @schema@.projects.source_control_repository_url IS 'The address of the repository; NULL without one.';
COMMENT ON COLUMN @schema@.projects.source_control_default_branch IS 'The branch that workspaces begin at.';
COMMENT ON COLUMN @schema@.projects.source_control_access_token_encrypted IS
'The token for the repository, encrypted, never in clear; rowkit.encrypt_secret() makes such texts. NULL without one.';
COMMENT ON COLUMN @schema@.projects.source_control_connection_status IS
'Whether the repository was reached: not_connected, connected, error or pending. The application writes it.';
COMMENT ON COLUMN @schema@.projects.source_control_last_checked_at IS 'When the application last tried to reach the repository; NULL for never.';
COMMENT ON COLUMN @schema@.projects.source_control_error IS 'Why the repository was not reached; NULL when it was.';
COMMENT ON COLUMN @schema@.projects.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.projects.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.projects.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.projects.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.projects.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.projects.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.projects.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.projects.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.projects.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.projects_account_id_id_key IS 'The projects of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_projects_search ON @schema@.projects USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_projects_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE INDEX IF NOT EXISTS idx_projects_owner ON @schema@.projects (owner_id);
COMMENT ON INDEX @schema@.idx_projects_owner IS 'The projects of an owner; deleting a user looks here.';
CREATE INDEX IF NOT EXISTS idx_projects_active ON @schema@.projects (account_id, created_at DESC) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_projects_active IS 'The live projects of an account, the newest first.';

CREATE TABLE IF NOT EXISTS @schema@.workspaces (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    project_id uuid NOT NULL,
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    name text NOT NULL CHECK (name <> ''),
    description text,
    source_control_branch text,
    source_control_commit_sha text CHECK (source_control_commit_sha ~ '^[0-9a-f]{7,64}$'),
    source_control_sync_status text NOT NULL DEFAULT 'not_synced' CHECK (source_control_sync_status IN ('not_synced', 'syncing', 'synced', 'error')),
    source_control_last_synced_at timestamptz,
    has_uncommitted_changes boolean NOT NULL DEFAULT false,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (project_id, account_id) REFERENCES @schema@.projects (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspaces IS 'Parts of a project, each on a branch of its repository.';
COMMENT ON COLUMN @schema@.workspaces.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workspaces.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the project when left out.';
COMMENT ON COLUMN @schema@.workspaces.project_id IS 'The project that the workspace is a part of: references projects of the same account.';
COMMENT ON COLUMN @schema@.workspaces.owner_id IS
'The workspace''s owner: references users. The user who inserts it, unless another is named; a trigger makes the owner a member of it.';
COMMENT ON COLUMN @schema@.workspaces.name IS 'The workspace''s name, as people read it.';
COMMENT ON COLUMN @schema@.workspaces.description IS 'What the workspace is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.workspaces.source_control_branch IS 'The branch of the repository that the workspace works on; NULL for none.';
COMMENT ON COLUMN @schema@.workspaces.source_control_commit_sha IS
'The commit that the workspace was last synced with, in hexadecimal digits; NULL before the first.';
COMMENT ON COLUMN @schema@.workspaces.source_control_sync_status IS
'How far the last sync is: not_synced, syncing, synced or error. The application writes it.';
COMMENT ON COLUMN @schema@.workspaces.source_control_last_synced_at IS 'When the workspace was last synced; NULL for never.';
COMMENT ON COLUMN @schema@.workspaces.has_uncommitted_changes IS 'Whether the workspace holds changes that the repository has not; the application writes it.';
COMMENT ON COLUMN @schema@.workspaces.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.workspaces.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.workspaces.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workspaces.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.workspaces.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.workspaces.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.workspaces.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.workspaces.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON INDEX @schema@.workspaces_account_id_id_key IS 'The workspaces of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_workspaces_project ON @schema@.workspaces (account_id, project_id);
COMMENT ON INDEX @schema@.idx_workspaces_project IS 'The workspaces of a project.';
CREATE INDEX IF NOT EXISTS idx_workspaces_owner ON @schema@.workspaces (owner_id);
COMMENT ON INDEX @schema@.idx_workspaces_owner IS 'The workspaces of an owner; deleting a user looks here.';

CREATE TABLE IF NOT EXISTS @schema@.project_users (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES @schema@.users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (project_id, account_id) REFERENCES @schema@.projects (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.project_users IS 'Who works on a project, and as what. Its owner is added by a trigger.';
COMMENT ON COLUMN @schema@.project_users.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.project_users.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the project when left out.';
COMMENT ON COLUMN @schema@.project_users.project_id IS 'The project: references projects of the same account.';
COMMENT ON COLUMN @schema@.project_users.user_id IS 'The user who works on it: references users. A member of the account.';
COMMENT ON COLUMN @schema@.project_users.role IS 'owner, admin, member or viewer, from the most rights to the fewest; the application asks it.';
COMMENT ON COLUMN @schema@.project_users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.project_users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.project_users.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.project_users.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.project_users_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_project_users_project ON @schema@.project_users (account_id, project_id);
COMMENT ON INDEX @schema@.idx_project_users_project IS 'The members of a project.';
CREATE INDEX IF NOT EXISTS idx_project_users_user ON @schema@.project_users (user_id);
COMMENT ON INDEX @schema@.idx_project_users_user IS 'The projects of a user.';

CREATE TABLE IF NOT EXISTS @schema@.workspace_users (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES @schema@.users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspace_users IS 'Who works in a workspace, and as what. Its owner is added by a trigger.';
COMMENT ON COLUMN @schema@.workspace_users.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workspace_users.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the workspace when left out.';
COMMENT ON COLUMN @schema@.workspace_users.workspace_id IS 'The workspace: references workspaces of the same account.';
COMMENT ON COLUMN @schema@.workspace_users.user_id IS 'The user who works in it: references users. A member of the account.';
COMMENT ON COLUMN @schema@.workspace_users.role IS 'owner, admin, member or viewer, from the most rights to the fewest; the application asks it.';
COMMENT ON COLUMN @schema@.workspace_users.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workspace_users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.workspace_users.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.workspace_users.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.workspace_users_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_workspace_users_workspace ON @schema@.workspace_users (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_workspace_users_workspace IS 'The members of a workspace.';
CREATE INDEX IF NOT EXISTS idx_workspace_users_user ON @schema@.workspace_users (user_id);
COMMENT ON INDEX @schema@.idx_workspace_users_user IS 'The workspaces of a user.';

CREATE TABLE IF NOT EXISTS @schema@.source_control_commits (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    project_id uuid NOT NULL,
    workspace_id uuid,
    commit_sha text NOT NULL CHECK (commit_sha ~ '^[0-9a-f]{7,64}$'),
    branch text,
    message text,
    author_name text,
    author_email text,
    file_paths text[] NOT NULL DEFAULT '{}',
    committed_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (project_id, account_id) REFERENCES @schema@.projects (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.source_control_commits IS 'What was committed to a project''s repository.';
COMMENT ON COLUMN @schema@.source_control_commits.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.source_control_commits.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the project when left out.';
COMMENT ON COLUMN @schema@.source_control_commits.project_id IS 'The project of the repository: references projects of the same account.';
COMMENT ON COLUMN @schema@.source_control_commits.workspace_id IS
'The workspace that it was committed from: references workspaces of the same account. NULL for a commit from elsewhere.';
COMMENT ON COLUMN @schema@.source_control_commits.commit_sha IS 'The hash of the commit, 7 to 64 hexadecimal digits.';
COMMENT ON COLUMN @schema@.source_control_commits.branch IS 'The branch that it was committed to; NULL when unknown.';
COMMENT ON COLUMN @schema@.source_control_commits.message IS 'The message of the commit; NULL when unknown.';
COMMENT ON COLUMN @schema@.source_control_commits.author_name IS 'Who wrote the commit, as the repository says; NULL when unknown.';
COMMENT ON COLUMN @schema@.source_control_commits.author_email IS 'The author''s address, as the repository says; NULL when unknown.';
COMMENT ON COLUMN @schema@.source_control_commits.file_paths IS 'The files that the commit changed.';
COMMENT ON COLUMN @schema@.source_control_commits.committed_at IS 'When it was committed, as the repository says; now() by default.';
COMMENT ON COLUMN @schema@.source_control_commits.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.source_control_commits.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.source_control_commits.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.source_control_commits.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.source_control_commits.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.source_control_commits_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_source_control_commits_project ON @schema@.source_control_commits (account_id, project_id, committed_at DESC);
COMMENT ON INDEX @schema@.idx_source_control_commits_project IS 'The commits of a project, the newest first.';
CREATE INDEX IF NOT EXISTS idx_source_control_commits_workspace ON @schema@.source_control_commits (account_id, workspace_id, committed_at);
COMMENT ON INDEX @schema@.idx_source_control_commits_workspace IS 'The commits of a workspace in order; audit_events finds the one that a change went into.';
-- Where data is: connections, their datasets, the columns of those, and what flows from one into another.

CREATE TABLE IF NOT EXISTS @schema@.connections (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    description text,
    connection_type text NOT NULL CHECK (connection_type <> ''),
    host text,
    port integer CHECK (port BETWEEN 1 AND 65535),
    database_name text,
    username text,
    password_encrypted text,
    is_active boolean NOT NULL DEFAULT true,
    last_tested_at timestamptz,
    last_test_status text CHECK (last_test_status IN ('success', 'failure')),
    last_test_error text,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.connections IS 'Databases and services of an account.';
COMMENT ON COLUMN @schema@.connections.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.connections.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.connections.name IS 'The connection''s name, unique among the live ones of an account.';
COMMENT ON COLUMN @schema@.connections.description IS 'What the connection leads to; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.connections.connection_type IS 'The kind of database or service: postgres, snowflake and so on.';
COMMENT ON COLUMN @schema@.connections.host IS 'The host to connect to; NULL where the kind needs none.';
COMMENT ON COLUMN @schema@.connections.port IS 'The port to connect to, 1 to 65535; NULL for the usual one.';
COMMENT ON COLUMN @schema@.connections.database_name IS
'The database; begins the fully qualified names of its datasets. NULL for none: then the connection''s name does.';
COMMENT ON COLUMN @schema@.connections.username IS 'The user to connect as; NULL for none.';
COMMENT ON COLUMN @schema@.connections.password_encrypted IS
'The password, encrypted, never in clear; rowkit.encrypt_secret() makes such texts. NULL for none.';
COMMENT ON COLUMN @schema@.connections.is_active IS 'Whether the application connects to it.';
COMMENT ON COLUMN @schema@.connections.last_tested_at IS 'When the application last tried to connect; NULL for never.';
COMMENT ON COLUMN @schema@.connections.last_test_status IS 'How that ended: success or failure. NULL when it was never tried.';
COMMENT ON COLUMN @schema@.connections.last_test_error IS 'Why it failed; NULL when it did not.';
COMMENT ON COLUMN @schema@.connections.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.connections.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.connections.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.connections.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.connections.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.connections.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.connections.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.connections.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.connections.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.connections_account_id_id_key IS 'The connections of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_connections_search ON @schema@.connections USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_connections_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_connections_name ON @schema@.connections (account_id, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_connections_name IS 'A name is one live connection''s within an account.';

CREATE TABLE IF NOT EXISTS @schema@.connection_metadata_cache (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    metadata_type text NOT NULL CHECK (metadata_type <> ''),
    metadata_key text NOT NULL DEFAULT '*' CHECK (metadata_key <> ''),
    metadata jsonb NOT NULL DEFAULT '{}',
    is_stale boolean NOT NULL DEFAULT false,
    fetched_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (connection_id, account_id) REFERENCES @schema@.connections (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.connection_metadata_cache IS 'What a connection said of itself, by type.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the connection when left out.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.connection_id IS 'The connection that said it: references connections of the same account.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.metadata_type IS 'What it is about: schemas, tables, columns and so on.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.metadata_key IS
'The part of that type which it is about, such as the name of a schema; * for the whole.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.metadata IS 'What the connection said, as JSON.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.is_stale IS 'Whether it is known to be out of date, whatever expires_at says.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.fetched_at IS 'When the connection was asked; now() by default.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.expires_at IS 'When it is to be fetched again; NULL for never.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.connection_metadata_cache.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.connection_metadata_cache_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_connection_metadata_cache_connection ON @schema@.connection_metadata_cache (account_id, connection_id);
COMMENT ON INDEX @schema@.idx_connection_metadata_cache_connection IS 'What is known of a connection.';
CREATE INDEX IF NOT EXISTS idx_connection_metadata_cache_expires ON @schema@.connection_metadata_cache (expires_at) WHERE expires_at IS NOT NULL;
COMMENT ON INDEX @schema@.idx_connection_metadata_cache_expires IS 'What is to be fetched again.';

CREATE TABLE IF NOT EXISTS @schema@.datasets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    connection_id uuid,
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    name text NOT NULL CHECK (name <> ''),
    schema text,
    fqn varchar,
    dataset_type text NOT NULL DEFAULT 'table' CHECK (dataset_type <> ''),
    description text,
    tags text[] NOT NULL DEFAULT '{}',
    row_count bigint CHECK (row_count >= 0),
    size_bytes bigint CHECK (size_bytes >= 0),
    sync_status text NOT NULL DEFAULT 'not_synced' CHECK (sync_status IN ('not_synced', 'syncing', 'synced', 'error')),
    last_synced_at timestamptz,
    sync_error text,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id),
    FOREIGN KEY (connection_id, account_id) REFERENCES @schema@.connections (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.datasets IS 'Tables, views and files of connections, or drawn up before they exist.';
COMMENT ON COLUMN @schema@.datasets.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.datasets.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the connection when left out.';
COMMENT ON COLUMN @schema@.datasets.connection_id IS
'The connection that holds the dataset: references connections of the same account. NULL for one that exists nowhere yet.';
COMMENT ON COLUMN @schema@.datasets.owner_id IS
'The dataset''s owner: references users. The user who inserts it, unless another is named; NULL when that user is deleted.';
COMMENT ON COLUMN @schema@.datasets.name IS 'The dataset''s name, unique among the live ones of a schema of a connection.';
COMMENT ON COLUMN @schema@.datasets.schema IS 'The schema within the connection; NULL for none.';
COMMENT ON COLUMN @schema@.datasets.fqn IS 'The fully qualified name, database.schema.name; kept by triggers, whatever is written there.';
COMMENT ON COLUMN @schema@.datasets.dataset_type IS 'What the dataset is: table, view, file and so on.';
COMMENT ON COLUMN @schema@.datasets.description IS 'What the dataset holds; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.datasets.tags IS 'Labels of the dataset; search reads them.';
COMMENT ON COLUMN @schema@.datasets.row_count IS 'How many rows it had at the last sync; NULL when unknown.';
COMMENT ON COLUMN @schema@.datasets.size_bytes IS 'How many bytes it had at the last sync; NULL when unknown.';
COMMENT ON COLUMN @schema@.datasets.sync_status IS 'How far the last sync is: not_synced, syncing, synced or error. The application writes it.';
COMMENT ON COLUMN @schema@.datasets.last_synced_at IS 'When the dataset was last synced; NULL for never.';
COMMENT ON COLUMN @schema@.datasets.sync_error IS 'Why the last sync failed; NULL when it did not.';
COMMENT ON COLUMN @schema@.datasets.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.datasets.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.datasets.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.datasets.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.datasets.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.datasets.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.datasets.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.datasets.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.datasets.search_vector IS 'What search_datasets() and search_catalog() look in; kept by a trigger.';
COMMENT ON INDEX @schema@.datasets_account_id_id_key IS 'The datasets of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_datasets_active ON @schema@.datasets (account_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_datasets_active IS 'The live datasets of an account.';
CREATE INDEX IF NOT EXISTS idx_datasets_connection ON @schema@.datasets (account_id, connection_id);
COMMENT ON INDEX @schema@.idx_datasets_connection IS 'The datasets of a connection.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_datasets_name ON @schema@.datasets (account_id, connection_id, coalesce(schema, ''), name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_datasets_name IS 'A name is one live dataset''s within a schema of a connection.';
CREATE INDEX IF NOT EXISTS idx_datasets_fqn ON @schema@.datasets (account_id, fqn);
COMMENT ON INDEX @schema@.idx_datasets_fqn IS 'A dataset by its fully qualified name.';
CREATE INDEX IF NOT EXISTS idx_datasets_created ON @schema@.datasets (account_id, created_at DESC, id DESC);
COMMENT ON INDEX @schema@.idx_datasets_created IS 'The datasets of an account page by page, the newest first.';
CREATE INDEX IF NOT EXISTS idx_datasets_owner ON @schema@.datasets (owner_id);
COMMENT ON INDEX @schema@.idx_datasets_owner IS 'The datasets of an owner; deleting a user looks here.';
CREATE INDEX IF NOT EXISTS idx_datasets_search ON @schema@.datasets USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_datasets_search IS
'Full-text search by the leakproof operator @~, under row security, too. Each account''s entries lie together: what others hold costs nothing.';

CREATE TABLE IF NOT EXISTS @schema@.columns (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    ordinal_position integer CHECK (ordinal_position > 0),
    data_type text NOT NULL DEFAULT 'text' CHECK (data_type <> ''),
    max_length integer CHECK (max_length > 0),
    numeric_precision integer CHECK (numeric_precision > 0),
    numeric_scale integer,
    default_value text,
    is_nullable boolean NOT NULL DEFAULT true,
    is_primary_key boolean NOT NULL DEFAULT false,
    is_foreign_key boolean NOT NULL DEFAULT false,
    is_sensitive boolean NOT NULL DEFAULT false,
    business_name text,
    business_description text,
    business_rules text,
    tags text[] NOT NULL DEFAULT '{}',
    null_percentage double precision CHECK (null_percentage BETWEEN 0 AND 100),
    distinct_count bigint CHECK (distinct_count >= 0),
    quality_score double precision CHECK (quality_score BETWEEN 0 AND 100),
    last_profiled_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id),
    UNIQUE (account_id, dataset_id, id),
    FOREIGN KEY (dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.columns IS 'The columns of datasets: types, what they mean to the business, how good their data is.';
COMMENT ON COLUMN @schema@.columns.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.columns.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the dataset when left out.';
COMMENT ON COLUMN @schema@.columns.dataset_id IS 'The dataset that has the column: references datasets of the same account.';
COMMENT ON COLUMN @schema@.columns.name IS 'The column''s name, unique among the live ones of a dataset.';
COMMENT ON COLUMN @schema@.columns.ordinal_position IS 'The place of the column in its dataset, from 1; NULL when unknown.';
COMMENT ON COLUMN @schema@.columns.data_type IS 'The type, as the connection names it.';
COMMENT ON COLUMN @schema@.columns.max_length IS 'How many characters a value may have; NULL for no limit and for other types.';
COMMENT ON COLUMN @schema@.columns.numeric_precision IS 'How many digits a number may have; NULL for no limit and for other types.';
COMMENT ON COLUMN @schema@.columns.numeric_scale IS 'How many of them stand behind the point; NULL for no limit and for other types.';
COMMENT ON COLUMN @schema@.columns.default_value IS 'The expression of the default, as the connection writes it; NULL for none.';
COMMENT ON COLUMN @schema@.columns.is_nullable IS 'Whether a row may be without a value.';
COMMENT ON COLUMN @schema@.columns.is_primary_key IS 'Whether the column is a part of the primary key.';
COMMENT ON COLUMN @schema@.columns.is_foreign_key IS 'Whether the column is a part of a foreign key.';
COMMENT ON COLUMN @schema@.columns.is_sensitive IS 'Whether the column holds personal or secret data.';
COMMENT ON COLUMN @schema@.columns.business_name IS 'What the business calls it; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.columns.business_description IS 'What it means to the business; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.columns.business_rules IS 'Which rules its values keep, in words; search reads it. NULL when nobody wrote them down.';
COMMENT ON COLUMN @schema@.columns.tags IS 'Labels of the column; search reads them.';
COMMENT ON COLUMN @schema@.columns.null_percentage IS 'The share of rows without a value, 0 to 100, as of last_profiled_at. NULL when unknown.';
COMMENT ON COLUMN @schema@.columns.distinct_count IS 'How many different values there were as of last_profiled_at. NULL when unknown.';
COMMENT ON COLUMN @schema@.columns.quality_score IS 'How good the data are, 0 to 100, as of last_profiled_at; the application computes it. NULL when unknown.';
COMMENT ON COLUMN @schema@.columns.last_profiled_at IS 'When the application last looked at the values; NULL for never.';
COMMENT ON COLUMN @schema@.columns.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.columns.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.columns.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.columns.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.columns.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.columns.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.columns.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.columns.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.columns_account_id_id_key IS 'The columns of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_columns_search ON @schema@.columns USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_columns_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
COMMENT ON INDEX @schema@.columns_account_id_dataset_id_id_key IS
'The columns of a dataset; what lineage refers to, so that it names columns of its own datasets.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_columns_name ON @schema@.columns (account_id, dataset_id, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_columns_name IS 'A name is one live column''s within a dataset.';

CREATE TABLE IF NOT EXISTS @schema@.lineage (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    source_dataset_id uuid NOT NULL,
    source_column_id uuid,
    target_dataset_id uuid NOT NULL,
    target_column_id uuid,
    lineage_type text NOT NULL DEFAULT 'transformation' CHECK (lineage_type <> ''),
    transformation_logic text,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    CONSTRAINT lineage_loop_check
        CHECK (source_dataset_id <> target_dataset_id OR coalesce(source_column_id <> target_column_id, false)),
    FOREIGN KEY (source_dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (target_dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (source_column_id, source_dataset_id, account_id) REFERENCES @schema@.columns (id, dataset_id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (target_column_id, target_dataset_id, account_id) REFERENCES @schema@.columns (id, dataset_id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.lineage IS 'What flows from one dataset into another, or from column to column, and how. Circles are allowed, loops are not.';
COMMENT ON COLUMN @schema@.lineage.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.lineage.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the source when left out.';
COMMENT ON COLUMN @schema@.lineage.source_dataset_id IS 'The dataset that data flow from: references datasets of the same account.';
COMMENT ON COLUMN @schema@.lineage.source_column_id IS 'A column of the source dataset; NULL when the whole dataset is meant.';
COMMENT ON COLUMN @schema@.lineage.target_dataset_id IS 'The dataset that data flow into: references datasets of the same account.';
COMMENT ON COLUMN @schema@.lineage.target_column_id IS 'A column of the target dataset; NULL when the whole dataset is meant.';
COMMENT ON COLUMN @schema@.lineage.lineage_type IS 'How the data flow: transformation, copy and so on.';
COMMENT ON COLUMN @schema@.lineage.transformation_logic IS 'The expression or statement that makes the target; NULL when unknown.';
COMMENT ON COLUMN @schema@.lineage.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.lineage.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.lineage.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.lineage.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.lineage.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.lineage_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_lineage_source ON @schema@.lineage (account_id, source_dataset_id, source_column_id);
COMMENT ON INDEX @schema@.idx_lineage_source IS 'What a dataset or column flows into.';
CREATE INDEX IF NOT EXISTS idx_lineage_target ON @schema@.lineage (account_id, target_dataset_id, target_column_id);
COMMENT ON INDEX @schema@.idx_lineage_target IS 'What a dataset or column is made from.';
-- Diagrams, and where datasets stand in them.

CREATE TABLE IF NOT EXISTS @schema@.diagrams (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    workspace_id uuid,
    owner_id uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    name text NOT NULL CHECK (name <> ''),
    description text,
    diagram_type text NOT NULL DEFAULT 'er' CHECK (diagram_type <> ''),
    visibility text NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'account', 'public')),
    is_template boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    diagram_state jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(diagram_state) = 'object'),
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id),
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.diagrams IS 'Diagrams of datasets.';
COMMENT ON COLUMN @schema@.diagrams.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.diagrams.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the workspace when left out.';
COMMENT ON COLUMN @schema@.diagrams.workspace_id IS
'The workspace of the diagram: references workspaces of the same account. NULL for one of the whole account, such as a template.';
COMMENT ON COLUMN @schema@.diagrams.owner_id IS
'The diagram''s owner: references users. The user who inserts it, unless another is named; NULL when that user is deleted.';
COMMENT ON COLUMN @schema@.diagrams.name IS 'The diagram''s name, as people read it.';
COMMENT ON COLUMN @schema@.diagrams.description IS 'What the diagram shows; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.diagrams.diagram_type IS 'The kind of diagram, such as er; the application defines the kinds.';
COMMENT ON COLUMN @schema@.diagrams.visibility IS 'private to its owner, account for all members of the account, public beyond it, as policies say.';
COMMENT ON COLUMN @schema@.diagrams.is_template IS 'Whether the application offers it as a start for others.';
COMMENT ON COLUMN @schema@.diagrams.version IS 'Rises with each change of diagram_state: UPDATE … WHERE version = … finds out whether another was faster.';
COMMENT ON COLUMN @schema@.diagrams.diagram_state IS 'What the editor keeps: zoom, notes, groups.';
COMMENT ON COLUMN @schema@.diagrams.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.diagrams.metadata IS 'Free-form data of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.diagrams.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.diagrams.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.diagrams.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.diagrams.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.diagrams.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.diagrams_account_id_id_key IS 'The diagrams of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_diagrams_search ON @schema@.diagrams USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_diagrams_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE INDEX IF NOT EXISTS idx_diagrams_workspace ON @schema@.diagrams (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_diagrams_workspace IS 'The diagrams of a workspace.';
CREATE INDEX IF NOT EXISTS idx_diagrams_owner ON @schema@.diagrams (owner_id);
COMMENT ON INDEX @schema@.idx_diagrams_owner IS 'The diagrams of an owner; deleting a user looks here.';

CREATE TABLE IF NOT EXISTS @schema@.diagram_datasets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    diagram_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    location jsonb NOT NULL DEFAULT '{}',
    is_expanded boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (diagram_id, account_id) REFERENCES @schema@.diagrams (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.diagram_datasets IS 'Which datasets a diagram shows, and where.';
COMMENT ON COLUMN @schema@.diagram_datasets.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.diagram_datasets.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the diagram when left out.';
COMMENT ON COLUMN @schema@.diagram_datasets.diagram_id IS 'The diagram: references diagrams of the same account.';
COMMENT ON COLUMN @schema@.diagram_datasets.dataset_id IS 'The dataset that it shows: references datasets of the same account.';
COMMENT ON COLUMN @schema@.diagram_datasets.location IS '{"x", "y", "width", "height"}, any of them, numbers; checked by a trigger.';
COMMENT ON COLUMN @schema@.diagram_datasets.is_expanded IS 'Whether the diagram shows the columns of the dataset.';
COMMENT ON COLUMN @schema@.diagram_datasets.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.diagram_datasets.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.diagram_datasets.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.diagram_datasets.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.diagram_datasets_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_diagram_datasets_diagram ON @schema@.diagram_datasets (account_id, diagram_id);
COMMENT ON INDEX @schema@.idx_diagram_datasets_diagram IS 'The datasets of a diagram.';
CREATE INDEX IF NOT EXISTS idx_diagram_datasets_dataset ON @schema@.diagram_datasets (account_id, dataset_id);
COMMENT ON INDEX @schema@.idx_diagram_datasets_dataset IS 'The diagrams that show a dataset.';

CREATE TABLE IF NOT EXISTS @schema@.workspace_datasets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (dataset_id, account_id) REFERENCES @schema@.datasets (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.workspace_datasets IS 'Which datasets a workspace uses. Deprecated, kept for those who still read it: diagrams say it now.';
COMMENT ON COLUMN @schema@.workspace_datasets.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.workspace_datasets.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the workspace when left out.';
COMMENT ON COLUMN @schema@.workspace_datasets.workspace_id IS 'The workspace: references workspaces of the same account.';
COMMENT ON COLUMN @schema@.workspace_datasets.dataset_id IS 'The dataset that it uses: references datasets of the same account.';
COMMENT ON COLUMN @schema@.workspace_datasets.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.workspace_datasets.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.workspace_datasets.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.workspace_datasets.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.workspace_datasets_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_workspace_datasets_workspace ON @schema@.workspace_datasets (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_workspace_datasets_workspace IS 'The datasets of a workspace.';
CREATE INDEX IF NOT EXISTS idx_workspace_datasets_dataset ON @schema@.workspace_datasets (account_id, dataset_id);
COMMENT ON INDEX @schema@.idx_workspace_datasets_dataset IS 'The workspaces that use a dataset.';

CREATE OR REPLACE TRIGGER diagram_datasets_location BEFORE INSERT OR UPDATE ON @schema@.diagram_datasets
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('location',
        '{"type": "object", "additionalProperties": false, "properties": {"x": {"type": "number"}, "y": {"type": "number"}, "width": '
        '{"type": "number", "minimum": 0}, "height": {"type": "number", "minimum": 0}}}');
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
-- Invitations and API tokens. Of both only hashes are kept.
--
-- What is looked up without asking whether it is deleted stays unique among deleted rows, too: a DEFERRABLE constraint is one that enable_soft_delete
-- leaves as it is.

CREATE TABLE IF NOT EXISTS @schema@.invitations (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    email text NOT NULL CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    token_hash bytea NOT NULL UNIQUE DEFERRABLE,
    invited_by uuid,
    expires_at timestamptz,
    accepted_at timestamptz,
    accepted_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.invitations IS 'Who was invited to an account, and as what.';
COMMENT ON COLUMN @schema@.invitations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.invitations.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.invitations.email IS 'The address that is invited; only who has it in the claims can accept.';
COMMENT ON COLUMN @schema@.invitations.role IS 'The role that the member gets: owner, admin, member or viewer.';
COMMENT ON COLUMN @schema@.invitations.token_hash IS 'SHA-256 of what was sent; the token itself is nowhere.';
COMMENT ON COLUMN @schema@.invitations.invited_by IS 'The user who invited; NULL for a service. No foreign key: it outlives the user.';
COMMENT ON COLUMN @schema@.invitations.expires_at IS 'When the invitation ends; NULL means that it never ends.';
COMMENT ON COLUMN @schema@.invitations.accepted_at IS 'When the invitation was accepted, which happens once; NULL until then.';
COMMENT ON COLUMN @schema@.invitations.accepted_by IS 'The user who accepted; NULL until then. No foreign key: it outlives the user.';
COMMENT ON COLUMN @schema@.invitations.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.invitations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.invitations.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.invitations.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.invitations.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.invitations.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON INDEX @schema@.invitations_account_id_id_key IS 'The invitations of an account.';
CREATE INDEX IF NOT EXISTS idx_invitations_email ON @schema@.invitations (rowkit.email_key(email));
COMMENT ON INDEX @schema@.idx_invitations_email IS 'The invitations of who signs up.';

CREATE TABLE IF NOT EXISTS @schema@.api_tokens (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    user_id uuid REFERENCES @schema@.users (id) ON DELETE CASCADE,
    name text NOT NULL,
    key_id text NOT NULL UNIQUE DEFERRABLE,
    token_hash bytea NOT NULL,
    scopes jsonb NOT NULL DEFAULT '[]',
    expires_at timestamptz,
    last_used_at timestamptz,
    last_used_ip inet,
    last_used_user_agent text,
    is_active boolean NOT NULL DEFAULT true,
    revoked_at timestamptz,
    rotated_from_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.api_tokens IS 'API tokens: of each its public part, the hash of the rest, and what it may do.';
COMMENT ON COLUMN @schema@.api_tokens.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.api_tokens.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.api_tokens.user_id IS 'The user whose token it is: references users, and goes with the user. NULL for one of the account itself.';
COMMENT ON COLUMN @schema@.api_tokens.name IS 'What the token is for, as people read it.';
COMMENT ON COLUMN @schema@.api_tokens.key_id IS 'The part of the token by which it is found.';
COMMENT ON COLUMN @schema@.api_tokens.token_hash IS 'SHA-256 of the token, which itself is nowhere.';
COMMENT ON COLUMN @schema@.api_tokens.scopes IS 'What it may do: an array of names, ["datasets:read"].';
COMMENT ON COLUMN @schema@.api_tokens.expires_at IS 'When the token ends; NULL means that it never ends.';
COMMENT ON COLUMN @schema@.api_tokens.last_used_at IS
'When the token was last used, at most a minute late; NULL for never. rowkit.validate_api_token() writes it.';
COMMENT ON COLUMN @schema@.api_tokens.last_used_ip IS 'The address of that use; NULL when unknown.';
COMMENT ON COLUMN @schema@.api_tokens.last_used_user_agent IS 'The user agent of that use; NULL when unknown.';
COMMENT ON COLUMN @schema@.api_tokens.is_active IS 'Whether the token works; false once it is revoked.';
COMMENT ON COLUMN @schema@.api_tokens.revoked_at IS 'When the token was revoked; NULL when it was not. A revoked token stays revoked.';
COMMENT ON COLUMN @schema@.api_tokens.rotated_from_id IS 'The token that it replaces: id in api_tokens. NULL for none.';
COMMENT ON COLUMN @schema@.api_tokens.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.api_tokens.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.api_tokens.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.api_tokens.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.api_tokens_account_id_id_key IS 'The tokens of an account.';
CREATE INDEX IF NOT EXISTS idx_api_tokens_user ON @schema@.api_tokens (user_id);
COMMENT ON INDEX @schema@.idx_api_tokens_user IS 'The tokens of a user.';
CREATE INDEX IF NOT EXISTS idx_api_tokens_expires ON @schema@.api_tokens (expires_at) WHERE expires_at IS NOT NULL AND is_active = true;
COMMENT ON INDEX @schema@.idx_api_tokens_expires IS 'Tokens that have expired or soon will.';

CREATE OR REPLACE TRIGGER api_tokens_scopes BEFORE INSERT OR UPDATE ON @schema@.api_tokens
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('scopes', '{"type": "array", "items": {"type": "string", "minLength": 1}}');

-- Names that no user has fail and lock as users do, or the answers would tell who is one.
SELECT count(*) FROM rowkit.enable_login_lockout($rowkit$@schema@.users$rowkit$);
-- What projects are set up and generated with: configurations, environments, macros, templates.

CREATE TABLE IF NOT EXISTS @schema@.configurations (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    config_type text NOT NULL CHECK (config_type <> ''),
    name text NOT NULL CHECK (name <> ''),
    description text,
    value jsonb,
    value_encrypted text,
    is_encrypted boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id),
    CONSTRAINT configurations_encryption_check CHECK (CASE WHEN is_encrypted THEN value IS NULL ELSE value_encrypted IS NULL END),
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.configurations IS 'What a workspace is configured with, by type.';
COMMENT ON COLUMN @schema@.configurations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.configurations.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the workspace when left out.';
COMMENT ON COLUMN @schema@.configurations.workspace_id IS 'The workspace that is configured: references workspaces of the same account.';
COMMENT ON COLUMN @schema@.configurations.config_type IS 'What is configured, such as dbt; the application defines the types.';
COMMENT ON COLUMN @schema@.configurations.name IS 'The configuration''s name within its type.';
COMMENT ON COLUMN @schema@.configurations.description IS 'What it is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.configurations.value IS 'The configuration as JSON, unless it is secret; NULL when is_encrypted.';
COMMENT ON COLUMN @schema@.configurations.value_encrypted IS
'The secret configuration, encrypted; NULL unless is_encrypted. rowkit.encrypt_secret() makes such texts.';
COMMENT ON COLUMN @schema@.configurations.is_encrypted IS 'Whether value_encrypted holds the configuration, in place of value.';
COMMENT ON COLUMN @schema@.configurations.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.configurations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.configurations.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.configurations.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.configurations.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.configurations.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON INDEX @schema@.configurations_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_configurations_workspace ON @schema@.configurations (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_configurations_workspace IS 'The configuration of a workspace.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_configurations_name ON @schema@.configurations (account_id, workspace_id, config_type, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_configurations_name IS 'A name is one live configuration''s within its type.';

CREATE TABLE IF NOT EXISTS @schema@.environments (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    project_id uuid,
    workspace_id uuid,
    name text NOT NULL CHECK (name <> ''),
    description text,
    environment_type text NOT NULL DEFAULT 'development' CHECK (environment_type <> ''),
    variables jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(variables) = 'object'),
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    UNIQUE (account_id, id),
    CONSTRAINT environments_scope_check CHECK (project_id IS NULL OR workspace_id IS NULL),
    FOREIGN KEY (project_id, account_id) REFERENCES @schema@.projects (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, account_id) REFERENCES @schema@.workspaces (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.environments IS 'Environments of a workspace, of a project, or of the whole account when it names neither.';
COMMENT ON COLUMN @schema@.environments.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.environments.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.environments.project_id IS 'The project that the environment is of: references projects of the same account. NULL for none.';
COMMENT ON COLUMN @schema@.environments.workspace_id IS 'The workspace that the environment is of: references workspaces of the same account. NULL for none.';
COMMENT ON COLUMN @schema@.environments.name IS 'The environment''s name, as people read it.';
COMMENT ON COLUMN @schema@.environments.description IS 'What the environment is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.environments.environment_type IS 'development, staging, production and so on.';
COMMENT ON COLUMN @schema@.environments.variables IS 'The variables that templates read, {name: value}.';
COMMENT ON COLUMN @schema@.environments.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.environments.is_active IS 'Whether the application offers it.';
COMMENT ON COLUMN @schema@.environments.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.environments.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.environments.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.environments.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.environments.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.environments.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON INDEX @schema@.environments_account_id_id_key IS 'The environments of an account.';
CREATE INDEX IF NOT EXISTS idx_environments_project ON @schema@.environments (account_id, project_id);
COMMENT ON INDEX @schema@.idx_environments_project IS 'The environments of a project.';
CREATE INDEX IF NOT EXISTS idx_environments_workspace ON @schema@.environments (account_id, workspace_id);
COMMENT ON INDEX @schema@.idx_environments_workspace IS 'The environments of a workspace.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_environments_name ON @schema@.environments (account_id, coalesce(workspace_id, project_id, account_id), name)
    WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_environments_name IS 'A name is one live environment''s within its workspace, project or account.';

CREATE TABLE IF NOT EXISTS @schema@.macros (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    description text,
    template_content text,
    parameters jsonb NOT NULL DEFAULT '[]',
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id)
);
COMMENT ON TABLE @schema@.macros IS 'Pieces of scripts that templates use by name.';
COMMENT ON COLUMN @schema@.macros.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.macros.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.macros.name IS 'The name by which templates use it.';
COMMENT ON COLUMN @schema@.macros.description IS 'What the macro does; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.macros.template_content IS 'The text of the macro. NULL until it is written.';
COMMENT ON COLUMN @schema@.macros.parameters IS 'An array of {"name", …}; checked by a trigger.';
COMMENT ON COLUMN @schema@.macros.is_active IS 'Whether templates may use it.';
COMMENT ON COLUMN @schema@.macros.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.macros.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.macros.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.macros.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.macros.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.macros.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.macros.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.macros_account_id_id_key IS 'The macros of an account.';
CREATE INDEX IF NOT EXISTS idx_macros_search ON @schema@.macros USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_macros_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_macros_name ON @schema@.macros (account_id, name) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_macros_name IS 'A name is one live macro''s within an account.';

CREATE TABLE IF NOT EXISTS @schema@.templates (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES @schema@.accounts (id) ON DELETE CASCADE,
    parent_template_id uuid,
    name text NOT NULL CHECK (name <> ''),
    description text,
    category text,
    template_content text,
    variables jsonb NOT NULL DEFAULT '[]',
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    deleted_by uuid,
    search_vector tsvector,
    UNIQUE (account_id, id),
    CONSTRAINT templates_parent_check CHECK (parent_template_id <> id),
    FOREIGN KEY (parent_template_id, account_id) REFERENCES @schema@.templates (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.templates IS 'Templates of scripts. Deleting one deletes those that extend it.';
COMMENT ON COLUMN @schema@.templates.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.templates.account_id IS 'The account (tenant) that the row belongs to; references accounts.';
COMMENT ON COLUMN @schema@.templates.parent_template_id IS 'The template that it extends: references templates of the same account. NULL for none.';
COMMENT ON COLUMN @schema@.templates.name IS 'The template''s name, as people read it.';
COMMENT ON COLUMN @schema@.templates.description IS 'What the template makes; search reads it. NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.templates.category IS 'The group that the template belongs to; search reads it. NULL for none.';
COMMENT ON COLUMN @schema@.templates.template_content IS 'The text of the template. NULL until it is written.';
COMMENT ON COLUMN @schema@.templates.variables IS 'An array of {"name", …}; checked by a trigger.';
COMMENT ON COLUMN @schema@.templates.settings IS 'Settings of the application, a JSON object; rowkit does not read it.';
COMMENT ON COLUMN @schema@.templates.is_active IS 'Whether the application offers it.';
COMMENT ON COLUMN @schema@.templates.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.templates.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.templates.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.templates.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.templates.deleted_at IS
'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.';
COMMENT ON COLUMN @schema@.templates.deleted_by IS
'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.';
COMMENT ON COLUMN @schema@.templates.search_vector IS 'What search_catalog() looks in; kept by a trigger.';
COMMENT ON INDEX @schema@.templates_account_id_id_key IS 'The templates of an account; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS idx_templates_search ON @schema@.templates USING gin (rowkit.search_scope(account_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_templates_search IS 'Full-text search by @~ within an account, as idx_datasets_search.';
CREATE INDEX IF NOT EXISTS idx_templates_parent ON @schema@.templates (account_id, parent_template_id);
COMMENT ON INDEX @schema@.idx_templates_parent IS 'The templates that extend one.';
CREATE INDEX IF NOT EXISTS idx_templates_category ON @schema@.templates (account_id, category);
COMMENT ON INDEX @schema@.idx_templates_category IS 'The templates of a category.';

CREATE TABLE IF NOT EXISTS @schema@.template_fragments (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    template_id uuid NOT NULL,
    injection_point text NOT NULL CHECK (injection_point <> ''),
    position integer NOT NULL DEFAULT 0,
    content text,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    UNIQUE (account_id, id),
    FOREIGN KEY (template_id, account_id) REFERENCES @schema@.templates (id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.template_fragments IS 'What is put into a template at its injection points.';
COMMENT ON COLUMN @schema@.template_fragments.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.template_fragments.account_id IS
'The account (tenant) that the row belongs to; references accounts. A trigger takes it from the template when left out.';
COMMENT ON COLUMN @schema@.template_fragments.template_id IS 'The template that it goes into: references templates of the same account.';
COMMENT ON COLUMN @schema@.template_fragments.injection_point IS 'The name of the place in the template where it goes.';
COMMENT ON COLUMN @schema@.template_fragments.position IS 'The order of the fragments at one place, the lowest first.';
COMMENT ON COLUMN @schema@.template_fragments.content IS 'The text that is put there. NULL until it is written.';
COMMENT ON COLUMN @schema@.template_fragments.is_active IS 'Whether it is put there.';
COMMENT ON COLUMN @schema@.template_fragments.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.template_fragments.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.template_fragments.created_by IS
'The user who inserted the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON COLUMN @schema@.template_fragments.updated_by IS
'The user who last changed the row, by the claims; set by a trigger. No foreign key: it outlives the user. Without claims what the service gives.';
COMMENT ON INDEX @schema@.template_fragments_account_id_id_key IS 'All that an account has here.';
CREATE INDEX IF NOT EXISTS idx_template_fragments_template ON @schema@.template_fragments (account_id, template_id, injection_point, position);
COMMENT ON INDEX @schema@.idx_template_fragments_template IS 'The fragments of a template, in order.';

CREATE OR REPLACE TRIGGER macros_parameters BEFORE INSERT OR UPDATE ON @schema@.macros
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('parameters',
        '{"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}}');
CREATE OR REPLACE TRIGGER templates_variables BEFORE INSERT OR UPDATE ON @schema@.templates
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('variables',
        '{"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}}');
-- What is the same for many tables: ids, tenants from parents, updated_at, soft delete; and what accounts use.
-- Triggers of one kind fire in the order of their names, hence …_a_tenant.

-- PL/pgSQL: the same DDL for each table.
DO $tables$
DECLARE
    home CONSTANT text := $rowkit$@schema@$rowkit$;
    named text;
    parent text;
BEGIN
    FOREACH named IN ARRAY ARRAY[
        'accounts', 'users', 'account_users', 'projects', 'workspaces', 'workspace_users', 'project_users', 'connections', 'datasets', 'columns', 'lineage',
        'diagrams', 'diagram_datasets', 'workspace_datasets', 'subscription_plans', 'subscriptions', 'payments', 'usage_events', 'invitations', 'api_tokens',
        'configurations', 'environments', 'macros', 'templates', 'template_fragments', 'connection_metadata_cache', 'source_control_commits']
    LOOP
        PERFORM rowkit_internal._ensure_id_default(format('%s.%I', home, named)::regclass);
        -- Counting is no change that anyone made.
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %1$s_updated_at BEFORE UPDATE %3$sON %2$s.%1$I FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at()', named, home,
            CASE named WHEN 'accounts' THEN 'OF name, slug, billing_email, stripe_customer_id, subscription_tier, max_users, max_projects, max_datasets, '
                'max_monthly_ai_requests, max_storage_mb, settings, metadata, created_by, updated_by ' END);
    END LOOP;

    FOR named, parent IN VALUES
        ('workspaces', 'project_id'), ('workspace_users', 'workspace_id'), ('project_users', 'project_id'), ('source_control_commits', 'project_id'),
        ('connection_metadata_cache', 'connection_id'), ('datasets', 'connection_id'), ('columns', 'dataset_id'), ('lineage', 'source_dataset_id'),
        ('diagrams', 'workspace_id'), ('diagram_datasets', 'diagram_id'), ('workspace_datasets', 'workspace_id'), ('payments', 'subscription_id'),
        ('configurations', 'workspace_id'), ('template_fragments', 'template_id')
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %1$s_a_tenant BEFORE INSERT ON %2$s.%1$I FOR EACH ROW WHEN (NEW.account_id IS NULL) '
            'EXECUTE FUNCTION rowkit.inherit_tenant(%3$L)', named, home, parent);
    END LOOP;

    -- All that is below an account, a user, a project or a dataset can be deleted softly, or it would stand in the way. The view of what is not
    -- deleted is there for the tables that people delete from. Of those the view deleted_records_summary shows what is deleted; in the other tables deleted
    -- rows are hidden from the API's roles.
    FOREACH named IN ARRAY ARRAY[
        'accounts', 'users', 'projects', 'workspaces', 'connections', 'datasets', 'columns', 'configurations', 'environments', 'invitations',
        'macros', 'templates']
    LOOP
        PERFORM rowkit.enable_soft_delete(format('%s.%I', home, named)::regclass);
    END LOOP;
    FOREACH named IN ARRAY ARRAY[
        'account_users', 'workspace_users', 'project_users', 'source_control_commits', 'connection_metadata_cache', 'lineage', 'diagrams', 'diagram_datasets',
        'workspace_datasets', 'subscriptions', 'payments', 'usage_events', 'api_tokens', 'template_fragments']
    LOOP
        PERFORM rowkit.enable_soft_delete(format('%s.%I', home, named)::regclass, hide_deleted => true);
        EXECUTE format('DROP VIEW %s.%I', home, named || '_active');
    END LOOP;
END
$tables$;

-- What is unique among live rows, in tables that have deleted_at from here on.
CREATE UNIQUE INDEX IF NOT EXISTS idx_account_users_member ON @schema@.account_users (account_id, user_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_account_users_member IS 'A user is a member of an account once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_project_users_member ON @schema@.project_users (account_id, project_id, user_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_project_users_member IS 'A user is a member of a project once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_workspace_users_member ON @schema@.workspace_users (account_id, workspace_id, user_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_workspace_users_member IS 'A user is a member of a workspace once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_source_control_commits_sha ON @schema@.source_control_commits (account_id, project_id, commit_sha)
    WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_source_control_commits_sha IS 'A commit is in a project once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_connection_metadata_cache_key
    ON @schema@.connection_metadata_cache (account_id, connection_id, metadata_type, metadata_key) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_connection_metadata_cache_key IS 'What is known of a thing is one row, so that fetching it again is an upsert.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_lineage_edge ON @schema@.lineage (
    account_id, source_dataset_id, target_dataset_id, coalesce(source_column_id, source_dataset_id), coalesce(target_column_id, target_dataset_id))
    WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_lineage_edge IS 'What flows from one into another is told once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_diagram_datasets_pair ON @schema@.diagram_datasets (account_id, diagram_id, dataset_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_diagram_datasets_pair IS 'A diagram shows a dataset once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_workspace_datasets_pair ON @schema@.workspace_datasets (account_id, workspace_id, dataset_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_workspace_datasets_pair IS 'A workspace uses a dataset once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_subscriptions_live ON @schema@.subscriptions (account_id)
    WHERE status IN ('trialing', 'active', 'past_due') AND deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_subscriptions_live IS 'At most one subscription at a time gives an account its tier.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_subscriptions_stripe ON @schema@.subscriptions (stripe_subscription_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_subscriptions_stripe IS 'A subscription by Stripe''s id, once.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_payments_stripe ON @schema@.payments (stripe_payment_intent_id) WHERE deleted_at IS NULL;
COMMENT ON INDEX @schema@.idx_payments_stripe IS 'A payment by Stripe''s id, once: an event that comes twice pays once.';

CREATE OR REPLACE TRIGGER subscriptions_tier AFTER INSERT OR DELETE OR UPDATE OF status, plan_id, deleted_at ON @schema@.subscriptions
    FOR EACH ROW EXECUTE FUNCTION @schema@.set_account_tier();
CREATE OR REPLACE TRIGGER account_users_count_insert AFTER INSERT ON @schema@.account_users REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count('where=is_active');
CREATE OR REPLACE TRIGGER account_users_count_update AFTER UPDATE ON @schema@.account_users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count('where=is_active');
CREATE OR REPLACE TRIGGER account_users_count_delete AFTER DELETE ON @schema@.account_users REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count('where=is_active');
CREATE OR REPLACE TRIGGER account_users_count_truncate BEFORE TRUNCATE ON @schema@.account_users
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count('where=is_active');
CREATE OR REPLACE TRIGGER projects_count_insert AFTER INSERT ON @schema@.projects REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_project_count();
CREATE OR REPLACE TRIGGER projects_count_update AFTER UPDATE ON @schema@.projects REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_project_count();
CREATE OR REPLACE TRIGGER projects_count_delete AFTER DELETE ON @schema@.projects REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_project_count();
CREATE OR REPLACE TRIGGER projects_count_truncate BEFORE TRUNCATE ON @schema@.projects
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_project_count();
CREATE OR REPLACE TRIGGER datasets_count_insert AFTER INSERT ON @schema@.datasets REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_dataset_count();
CREATE OR REPLACE TRIGGER datasets_count_update AFTER UPDATE ON @schema@.datasets REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_dataset_count();
CREATE OR REPLACE TRIGGER datasets_count_delete AFTER DELETE ON @schema@.datasets REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_dataset_count();
CREATE OR REPLACE TRIGGER datasets_count_truncate BEFORE TRUNCATE ON @schema@.datasets
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_dataset_count();
-- Names, owners, diagrams, lineage. Atomic bodies refer to the tables themselves, so they survive renaming the schema, and work with the caller's
-- rights. Triggers are PL/pgSQL and, where they read or write other tables, SECURITY DEFINER, as those of 10_accounts.sql.

CREATE OR REPLACE FUNCTION @schema@.get_dataset_fqn(connection_id uuid, schema text, name text) RETURNS varchar
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._dataset_fqn(connection.database_name, connection.name, get_dataset_fqn.schema, get_dataset_fqn.name)
        FROM (SELECT get_dataset_fqn.connection_id AS id) AS asked
        LEFT JOIN @schema@.connections AS connection ON connection.id = asked.id;
    END;
COMMENT ON FUNCTION @schema@.get_dataset_fqn(uuid, text, text) IS
'Returns the fully qualified name of a dataset.
The fully qualified name of a dataset: the connection''s database, or its name where it has none, the schema and the name, with points between; what is '
'missing is left out. STABLE. '
'connection_id is the connection, NULL for none.';

CREATE OR REPLACE FUNCTION @schema@.update_dataset_fqn() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'connections');
    IF NEW.connection_id IS NULL THEN
        NEW.fqn := rowkit_internal._dataset_fqn(NULL, NULL, NEW.schema, NEW.name);
        RETURN NEW;
    END IF;
    -- Of the row's own account alone: the foreign key refuses another one's connection, but only after RETURNING has told the name.
    -- Held as the foreign key will hold it: whoever gives the connection another name waits for this dataset, or this one waits for the name.
    EXECUTE format(
        'SELECT rowkit_internal._dataset_fqn(connection.database_name, connection.name, $2, $3) FROM %1$I.connections AS connection '
        'WHERE connection.account_id OPERATOR(pg_catalog.=) $4 AND connection.id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE', TG_TABLE_SCHEMA)
    INTO NEW.fqn USING NEW.connection_id, NEW.schema, NEW.name, NEW.account_id;
    RETURN NEW;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.update_dataset_fqn() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.update_dataset_fqn() IS 'Trigger on datasets: fqn is get_dataset_fqn() of the row.';

CREATE OR REPLACE FUNCTION @schema@.update_connection_fqns() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'connections', 'datasets');
    IF TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE' THEN
        EXECUTE format('SELECT FROM %I.connections AS connection WHERE connection.id OPERATOR(pg_catalog.=) $1 FOR UPDATE', TG_TABLE_SCHEMA) USING OLD.id;
        RETURN NEW;
    END IF;
    -- The trigger on datasets finds the name.
    EXECUTE format(
        'UPDATE %I.datasets AS dataset SET fqn = NULL WHERE dataset.account_id OPERATOR(pg_catalog.=) $1 AND dataset.connection_id OPERATOR(pg_catalog.=) $2',
        TG_TABLE_SCHEMA)
    USING NEW.account_id, NEW.id;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.update_connection_fqns() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.update_connection_fqns() IS
'Trigger on connections: before another name it locks out who is making datasets, afterwards it renames those that are there.';

CREATE OR REPLACE FUNCTION @schema@.set_dataset_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    maker uuid;
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'users');
    -- As set_row_actor will sign the row.
    maker := coalesce(rowkit.current_user_id(), NEW.created_by);
    IF maker IS NULL THEN
        RETURN NEW;
    END IF;
    EXECUTE format(
        'SELECT person.id FROM %I.users AS person WHERE person.id OPERATOR(pg_catalog.=) $1 AND person.deleted_at IS NULL', TG_TABLE_SCHEMA)
    INTO NEW.owner_id USING maker;
    RETURN NEW;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.set_dataset_owner() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.set_dataset_owner() IS
'Trigger on datasets, and on projects, workspaces and diagrams: without an owner_id it is the user of the request, else created_by, where that is a user.';

CREATE OR REPLACE FUNCTION @schema@.add_project_owner_to_project_users() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'project_users');
    EXECUTE format(
        'INSERT INTO %I.project_users AS member (account_id, project_id, user_id, role, created_by) VALUES ($1, $2, $3, ''owner'', $4) '
        'ON CONFLICT (account_id, project_id, user_id) WHERE deleted_at IS NULL DO UPDATE SET role = ''owner'' '
        'WHERE member.role OPERATOR(pg_catalog.<>) ''owner''', TG_TABLE_SCHEMA)
    USING NEW.account_id, NEW.id, NEW.owner_id, rowkit.current_user_id();
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.add_project_owner_to_project_users() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.add_project_owner_to_project_users() IS 'Trigger on projects: the owner is a member with the role owner.';

CREATE OR REPLACE FUNCTION @schema@.add_workspace_owner_to_workspace_users() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'workspace_users');
    EXECUTE format(
        'INSERT INTO %I.workspace_users AS member (account_id, workspace_id, user_id, role, created_by) VALUES ($1, $2, $3, ''owner'', $4) '
        'ON CONFLICT (account_id, workspace_id, user_id) WHERE deleted_at IS NULL DO UPDATE SET role = ''owner'' '
        'WHERE member.role OPERATOR(pg_catalog.<>) ''owner''', TG_TABLE_SCHEMA)
    USING NEW.account_id, NEW.id, NEW.owner_id, rowkit.current_user_id();
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.add_workspace_owner_to_workspace_users() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.add_workspace_owner_to_workspace_users() IS 'Trigger on workspaces: the owner is a member with the role owner.';

CREATE OR REPLACE FUNCTION @schema@.count_diagram_version() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    NEW.version := OLD.version OPERATOR(pg_catalog.+) 1;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION @schema@.count_diagram_version() IS 'Trigger on diagrams: a changed diagram_state is another version.';

CREATE OR REPLACE TRIGGER datasets_fqn BEFORE INSERT OR UPDATE OF connection_id, schema, name, fqn ON @schema@.datasets
    FOR EACH ROW EXECUTE FUNCTION @schema@.update_dataset_fqn();
CREATE OR REPLACE TRIGGER connections_fqn_lock BEFORE UPDATE OF name, database_name ON @schema@.connections
    FOR EACH ROW WHEN ((NEW.name, NEW.database_name) IS DISTINCT FROM (OLD.name, OLD.database_name))
    EXECUTE FUNCTION @schema@.update_connection_fqns();
CREATE OR REPLACE TRIGGER connections_fqn AFTER UPDATE OF name, database_name ON @schema@.connections
    FOR EACH ROW WHEN ((NEW.name, NEW.database_name) IS DISTINCT FROM (OLD.name, OLD.database_name))
    EXECUTE FUNCTION @schema@.update_connection_fqns();
-- After datasets_fqn: the vector holds the name that it makes.
CREATE OR REPLACE TRIGGER datasets_search_vector BEFORE INSERT OR UPDATE ON @schema@.datasets
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'fqn:B', 'tags:B', 'description:C');

CREATE OR REPLACE TRIGGER datasets_owner BEFORE INSERT ON @schema@.datasets
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION @schema@.set_dataset_owner();
CREATE OR REPLACE TRIGGER projects_owner BEFORE INSERT ON @schema@.projects
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION @schema@.set_dataset_owner();
CREATE OR REPLACE TRIGGER workspaces_owner BEFORE INSERT ON @schema@.workspaces
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION @schema@.set_dataset_owner();
CREATE OR REPLACE TRIGGER diagrams_owner BEFORE INSERT ON @schema@.diagrams
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION @schema@.set_dataset_owner();
CREATE OR REPLACE TRIGGER projects_owner_member_insert AFTER INSERT ON @schema@.projects
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL) EXECUTE FUNCTION @schema@.add_project_owner_to_project_users();
CREATE OR REPLACE TRIGGER projects_owner_member_update AFTER UPDATE OF owner_id ON @schema@.projects
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id)
    EXECUTE FUNCTION @schema@.add_project_owner_to_project_users();
CREATE OR REPLACE TRIGGER workspaces_owner_member_insert AFTER INSERT ON @schema@.workspaces
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL) EXECUTE FUNCTION @schema@.add_workspace_owner_to_workspace_users();
CREATE OR REPLACE TRIGGER workspaces_owner_member_update AFTER UPDATE OF owner_id ON @schema@.workspaces
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id)
    EXECUTE FUNCTION @schema@.add_workspace_owner_to_workspace_users();
CREATE OR REPLACE TRIGGER diagrams_version BEFORE UPDATE OF diagram_state ON @schema@.diagrams
    FOR EACH ROW WHEN (NEW.diagram_state <> OLD.diagram_state) EXECUTE FUNCTION @schema@.count_diagram_version();

CREATE OR REPLACE FUNCTION @schema@.add_dataset_to_diagram(
    diagram_id uuid, dataset_id uuid, location jsonb DEFAULT '{}', user_id uuid DEFAULT rowkit.current_user_id()
) RETURNS uuid
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        INSERT INTO @schema@.diagram_datasets (diagram_id, dataset_id, location, created_by, updated_by)
        VALUES (diagram_id, dataset_id, coalesce(location, '{}'), user_id, user_id)
        ON CONFLICT (account_id, diagram_id, dataset_id) WHERE deleted_at IS NULL
        DO UPDATE SET location = excluded.location, updated_by = excluded.updated_by
        RETURNING id;
    END;
COMMENT ON FUNCTION @schema@.add_dataset_to_diagram(uuid, uuid, jsonb, uuid) IS
'Puts a dataset into a diagram, or moves it there.
Puts a dataset into a diagram of the same account at a location {"x", "y", "width", "height"}, or moves it there when the diagram shows it already; the id in '
'diagram_datasets. 23503 when one of the two is not there, deleted or another account''s, 23514 for another location. VOLATILE. '
'diagram_id is the diagram. dataset_id is the dataset. user_id is the user who does it, by default that of the claims.';

CREATE OR REPLACE FUNCTION @schema@.remove_dataset_from_diagram(diagram_id uuid, dataset_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH gone AS (
            DELETE FROM @schema@.diagram_datasets AS shown
            WHERE shown.diagram_id = remove_dataset_from_diagram.diagram_id AND shown.dataset_id = remove_dataset_from_diagram.dataset_id
                AND shown.deleted_at IS NULL
                -- For the index, which begins with the account.
                AND shown.account_id = (SELECT diagram.account_id FROM @schema@.diagrams AS diagram WHERE diagram.id = remove_dataset_from_diagram.diagram_id)
            RETURNING shown.id
        )
        SELECT EXISTS (SELECT FROM gone);
    END;
COMMENT ON FUNCTION @schema@.remove_dataset_from_diagram(uuid, uuid) IS
'Takes a dataset out of a diagram, for good; the dataset stays.
Whether it was there and the caller''s to take. VOLATILE. '
'diagram_id is the diagram. dataset_id is the dataset.';

CREATE OR REPLACE FUNCTION @schema@.dataset_lineage(dataset_id uuid, direction text DEFAULT 'both', depth integer DEFAULT NULL)
    RETURNS TABLE(flow text, distance integer, related_dataset_id uuid, name text, fqn varchar)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        -- One row a step, not one a path: a dataset is met once, at its shortest distance, however many ways and circles lead to it.
        WITH RECURSIVE step AS (
            SELECT start.account_id, way.flow, 0 AS distance, ARRAY[start.id] AS met, ARRAY[start.id] AS seen
            FROM unnest(rowkit_internal._lineage_directions(direction)) AS way(flow)
            JOIN @schema@.datasets AS start ON start.id = dataset_lineage.dataset_id AND start.deleted_at IS NULL
            UNION ALL
            SELECT step.account_id, step.flow, step.distance + 1, next.met, step.seen || next.met
            FROM step
            CROSS JOIN LATERAL (
                SELECT array_agg(edge.dataset_id) AS met
                FROM (
                    SELECT lineage.source_dataset_id FROM @schema@.lineage AS lineage
                    WHERE step.flow = 'upstream' AND lineage.account_id = step.account_id AND lineage.target_dataset_id = ANY (step.met)
                        AND lineage.deleted_at IS NULL
                    UNION ALL
                    SELECT lineage.target_dataset_id FROM @schema@.lineage AS lineage
                    WHERE step.flow = 'downstream' AND lineage.account_id = step.account_id AND lineage.source_dataset_id = ANY (step.met)
                        AND lineage.deleted_at IS NULL
                    EXCEPT
                    SELECT known.id FROM unnest(step.seen) AS known(id)
                ) AS edge(dataset_id)
            ) AS next
            WHERE next.met IS NOT NULL AND (depth IS NULL OR step.distance < depth)
        )
        SELECT step.flow, step.distance, found.id, found.name, found.fqn
        FROM step
        CROSS JOIN LATERAL unnest(step.met) AS met(id)
        JOIN @schema@.datasets AS found ON found.id = met.id
        WHERE step.distance > 0
        ORDER BY step.flow DESC, step.distance, found.name, found.id;
    END;
COMMENT ON FUNCTION @schema@.dataset_lineage(uuid, text, integer) IS
'Returns what a dataset is made from, and what is made from it.
What a dataset is made from (direction upstream), what is made from it (downstream), or both, over at most depth steps (NULL: all): each dataset once in a '
'direction, with its shortest distance, the nearest first. No row for one that is deleted or that the caller does not see. 22023 for another '
'direction. STABLE. '
'dataset_id is the dataset to begin at. flow is upstream or downstream. related_dataset_id is the dataset that was met. name is its name. fqn is its fully '
'qualified name.';

CREATE OR REPLACE FUNCTION @schema@.search_datasets(account_id uuid, query text, max_rows integer DEFAULT 20)
    RETURNS TABLE(dataset_id uuid, name text, fqn varchar, match_level integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH candidate AS MATERIALIZED (
            SELECT dataset.id, dataset.name, dataset.fqn, dataset.description
            FROM @schema@.datasets AS dataset
            WHERE dataset.account_id = search_datasets.account_id AND dataset.deleted_at IS NULL
                AND rowkit.search_scope(dataset.account_id, dataset.search_vector)
                    OPERATOR(rowkit.@~) rowkit.search_query(search_datasets.query, scope => search_datasets.account_id)
            LIMIT 500
        ), ranked AS MATERIALIZED (
            SELECT
                candidate.id, candidate.name, candidate.fqn,
                rowkit_internal._match_level(search_datasets.query, ARRAY[candidate.name, candidate.fqn, candidate.description], NULL, false) AS match_level
            FROM candidate
        )
        SELECT ranked.id, ranked.name, ranked.fqn, ranked.match_level
        FROM ranked
        WHERE numnode(rowkit.search_query(search_datasets.query)) > 0
        ORDER BY ranked.match_level, ranked.name, ranked.id
        LIMIT max_rows;
    END;
COMMENT ON FUNCTION @schema@.search_datasets(uuid, text, integer) IS
'Finds datasets of an account by their words, the best first.
The live datasets of an account that a query finds by name, fully qualified name, tags and description, the best first; match_level as '
'rowkit.search_records. STABLE. '
'account_id is the account. max_rows is how many rows are returned at most. dataset_id is the dataset. fqn is its fully qualified name. match_level says how well it '
'fits, 0 the best.';

CREATE OR REPLACE FUNCTION @schema@.search_catalog(account_id uuid, query text, max_rows integer DEFAULT 20)
    RETURNS TABLE(kind text, record_id uuid, name text, description text, match_level integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH candidate AS MATERIALIZED (
            (SELECT 'dataset' AS kind, found.id, found.name, found.fqn::text AS also, found.description FROM @schema@.datasets AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'column' AS kind, found.id, found.name, found.business_name, found.business_description FROM @schema@.columns AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'connection' AS kind, found.id, found.name, found.database_name, found.description FROM @schema@.connections AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'project' AS kind, found.id, found.name, NULL AS also, found.description FROM @schema@.projects AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'diagram' AS kind, found.id, found.name, NULL AS also, found.description FROM @schema@.diagrams AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'template' AS kind, found.id, found.name, found.category, found.description FROM @schema@.templates AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'macro' AS kind, found.id, found.name, NULL AS also, found.description FROM @schema@.macros AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
        ), ranked AS MATERIALIZED (
            SELECT candidate.kind, candidate.id, candidate.name, candidate.description,
                rowkit_internal._match_level(search_catalog.query, ARRAY[candidate.name, candidate.also, candidate.description], NULL, false) AS match_level
            FROM candidate
        )
        SELECT ranked.kind, ranked.id, ranked.name, ranked.description, ranked.match_level
        FROM ranked
        WHERE numnode(rowkit.search_query(search_catalog.query)) > 0
        ORDER BY ranked.match_level, ranked.name, ranked.kind, ranked.id
        LIMIT max_rows;
    END;
COMMENT ON FUNCTION @schema@.search_catalog(uuid, text, integer) IS
'Finds whatever an account''s catalog holds by its words, the best first.
Returns what a query finds among the live datasets, columns, connections, projects, diagrams, templates and macros of an account, the best first: kind says which of them it is, match_level is as '
'rank of rowkit.search_records, 0 the best. At most 500 of each kind are looked at. With the caller''s rights and row security. STABLE. '
'Example: SELECT kind, name FROM search_catalog(''…'', ''customer revenue''). '
'account_id is the account. max_rows is how many rows are returned at most. record_id is the id of what was found. description is its description.';

-- What search_catalog() looks in, but for datasets, whose trigger is above.
CREATE OR REPLACE TRIGGER projects_search_vector BEFORE INSERT OR UPDATE ON @schema@.projects
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'description:C');
CREATE OR REPLACE TRIGGER connections_search_vector BEFORE INSERT OR UPDATE ON @schema@.connections
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'database_name:B', 'connection_type:B', 'description:C');
CREATE OR REPLACE TRIGGER columns_search_vector BEFORE INSERT OR UPDATE ON @schema@.columns
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(
        'search_vector', 'name:A', 'business_name:A', 'tags:B', 'business_description:C', 'business_rules:D');
CREATE OR REPLACE TRIGGER diagrams_search_vector BEFORE INSERT OR UPDATE ON @schema@.diagrams
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'description:C');
CREATE OR REPLACE TRIGGER templates_search_vector BEFORE INSERT OR UPDATE ON @schema@.templates
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'category:B', 'description:C');
CREATE OR REPLACE TRIGGER macros_search_vector BEFORE INSERT OR UPDATE ON @schema@.macros
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'description:C');

CREATE OR REPLACE FUNCTION @schema@.reset_monthly_usage() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH begun AS (
            UPDATE @schema@.accounts AS account SET current_monthly_ai_requests = 0, ai_requests_month = date_trunc('month', timezone('UTC', now()))::date
            WHERE account.ai_requests_month < date_trunc('month', timezone('UTC', now()))::date
            RETURNING account.id
        )
        SELECT count(*) FROM begun;
    END;
COMMENT ON FUNCTION @schema@.reset_monthly_usage() IS
'Begins the month for every account whose AI requests count an earlier one.
Begins the month (UTC) for every account whose AI requests still count those of an earlier one, and returns how many accounts that were. Run it as often as you like, or late: what was counted in this month '
'stays. rowkit.schedule_jobs() runs it every day. With the caller''s rights. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.create_usage_event_partitions(months_ahead integer DEFAULT 3) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._create_month_parts($rowkit$@schema@.usage_events$rowkit$::pg_catalog.regclass, months_ahead, false) AS made
        WHERE starts_with(made.command, 'CREATE TABLE');
    END;
COMMENT ON FUNCTION @schema@.create_usage_event_partitions(integer) IS
'Makes the parts of usage_events for this month and so many to come.
Makes the parts of usage_events for this month (UTC), for so many to come, and for months whose events came before their part was there; returns how many. For the owner of usage_events; rowkit.schedule_jobs() runs it every day. '
'22023 for fewer than 0 or more than 1200 months, and where usage_events is not partitioned. VOLATILE. '
'months_ahead is how many months after this one.';

CREATE OR REPLACE FUNCTION @schema@.cleanup_usage_events(days_old integer DEFAULT 365) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._purge_events($rowkit$@schema@.usage_events$rowkit$::pg_catalog.regclass, days_old);
    END;
COMMENT ON FUNCTION @schema@.cleanup_usage_events(integer) IS
'Removes usage events older than so many days.
Removes usage events older than so many days, and returns how many: months of which all are older go as a whole, if the caller owns the table. Copy them out first to keep them; rowkit.schedule_jobs() runs it '
'every day with 365. 22023 for a number of days below 0 or above 36500. VOLATILE. '
'days_old is that number of days.';
-- What is looked at in operation. With the caller's rights and row security from PostgreSQL 15 on.

CREATE OR REPLACE VIEW @schema@.deleted_records_summary AS
SELECT
    stats.table_name,
    count(*) FILTER (WHERE stats.deleted_at IS NULL) AS active_count,
    count(*) FILTER (WHERE stats.deleted_at IS NOT NULL) AS deleted_count,
    round(count(*) FILTER (WHERE stats.deleted_at IS NOT NULL)::numeric / nullif(count(*), 0) * 100, 2) AS deleted_percentage
FROM (
    SELECT 'accounts' AS table_name, deleted_at FROM @schema@.accounts
    UNION ALL SELECT 'users' AS table_name, deleted_at FROM @schema@.users
    UNION ALL SELECT 'projects' AS table_name, deleted_at FROM @schema@.projects
    UNION ALL SELECT 'workspaces' AS table_name, deleted_at FROM @schema@.workspaces
    UNION ALL SELECT 'connections' AS table_name, deleted_at FROM @schema@.connections
    UNION ALL SELECT 'datasets' AS table_name, deleted_at FROM @schema@.datasets
    UNION ALL SELECT 'columns' AS table_name, deleted_at FROM @schema@.columns
    UNION ALL SELECT 'configurations' AS table_name, deleted_at FROM @schema@.configurations
    UNION ALL SELECT 'environments' AS table_name, deleted_at FROM @schema@.environments
    UNION ALL SELECT 'invitations' AS table_name, deleted_at FROM @schema@.invitations
    UNION ALL SELECT 'macros' AS table_name, deleted_at FROM @schema@.macros
    UNION ALL SELECT 'templates' AS table_name, deleted_at FROM @schema@.templates
) AS stats
GROUP BY stats.table_name
ORDER BY deleted_percentage DESC, stats.table_name;
COMMENT ON VIEW @schema@.deleted_records_summary IS
'Live and deleted rows of the tables that people delete from, and the share of the deleted in percent; a table without rows is not listed.';
COMMENT ON COLUMN @schema@.deleted_records_summary.table_name IS 'The table, without its schema.';
COMMENT ON COLUMN @schema@.deleted_records_summary.active_count IS 'How many rows are live.';
COMMENT ON COLUMN @schema@.deleted_records_summary.deleted_count IS 'How many rows are deleted softly.';
COMMENT ON COLUMN @schema@.deleted_records_summary.deleted_percentage IS 'The share of deleted rows in percent, to two places.';

CREATE OR REPLACE VIEW @schema@.inactive_api_tokens AS
SELECT token.name, person.email, token.last_used_at, date_part('day', now() - token.last_used_at) AS days_inactive, token.id, token.account_id
FROM @schema@.api_tokens AS token
JOIN @schema@.users AS person ON person.id = token.user_id
WHERE token.is_active AND token.deleted_at IS NULL AND token.last_used_at < now() - interval '90 days'
ORDER BY token.last_used_at;
COMMENT ON VIEW @schema@.inactive_api_tokens IS 'Active tokens of users that nobody has used for 90 days, the longest first.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.name IS 'What the token is for: name in api_tokens.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.email IS 'The address of the token''s user.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.last_used_at IS 'When the token was last used, more than 90 days ago.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.days_inactive IS 'How many days ago that was.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.id IS 'The token: id in api_tokens.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.account_id IS 'The account (tenant) of the token.';

CREATE OR REPLACE VIEW @schema@.table_sizes AS
SELECT sized.table_name, sized.row_estimate, sized.table_bytes, sized.index_bytes, sized.total_bytes
FROM rowkit_internal._table_sizes($rowkit$@schema@$rowkit$::pg_catalog.regnamespace) AS sized;
COMMENT ON VIEW @schema@.table_sizes IS
'Bytes of each table with its indexes, the largest first: what to partition, and what to clean up. Parts count with their table; row_estimate is of the last ANALYZE.';
COMMENT ON COLUMN @schema@.table_sizes.table_name IS 'The table or materialized view, without its schema.';
COMMENT ON COLUMN @schema@.table_sizes.row_estimate IS 'How many rows it holds, as of the last ANALYZE.';
COMMENT ON COLUMN @schema@.table_sizes.table_bytes IS 'Bytes of the rows, of large values (TOAST) and of the maps of free space and visibility.';
COMMENT ON COLUMN @schema@.table_sizes.index_bytes IS 'Bytes of all its indexes.';
COMMENT ON COLUMN @schema@.table_sizes.total_bytes IS 'table_bytes and index_bytes together.';

-- The use of tokens is an event, at most one a minute for a token, as last_used_at is noted no more often.
-- PL/pgSQL: a trigger function cannot be SQL; the table is beside its own. The owner's rights: whoever checks a token writes no events.
CREATE OR REPLACE FUNCTION @schema@.log_token_use() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'usage_events');
    EXECUTE format(
        'INSERT INTO %I.usage_events (account_id, user_id, event_type, resource_type, resource_id, metadata) '
        'VALUES ($1, $2, ''api_token.used'', ''api_tokens'', $3, jsonb_strip_nulls(jsonb_build_object(''ip'', host($4), ''user_agent'', $5)))', TG_TABLE_SCHEMA)
    USING NEW.account_id, NEW.user_id, NEW.id, NEW.last_used_ip, NEW.last_used_user_agent;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.log_token_use() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.log_token_use() IS 'Trigger on api_tokens: a use that last_used_at notes is an event in usage_events, api_token.used, with the address and the user agent.';
CREATE OR REPLACE TRIGGER api_tokens_log_use AFTER UPDATE OF last_used_at ON @schema@.api_tokens
    FOR EACH ROW WHEN (NEW.last_used_at IS NOT NULL AND NEW.last_used_at IS DISTINCT FROM OLD.last_used_at) EXECUTE FUNCTION @schema@.log_token_use();

CREATE OR REPLACE VIEW @schema@.api_token_usage AS
SELECT
    token.account_id, token.id AS token_id, token.name, token.user_id, token.is_active, token.last_used_at,
    count(used.id) FILTER (WHERE used.created_at > now() - interval '1 hour') AS minutes_last_hour,
    count(used.id) AS minutes_last_day,
    count(DISTINCT used.metadata ->> 'ip') AS addresses_last_day,
    count(DISTINCT used.metadata ->> 'user_agent') AS user_agents_last_day
FROM @schema@.api_tokens AS token
LEFT JOIN @schema@.usage_events AS used ON used.account_id = token.account_id AND used.resource_id = token.id AND used.event_type = 'api_token.used'
    AND used.created_at > now() - interval '1 day'
WHERE token.deleted_at IS NULL
GROUP BY token.account_id, token.id, token.name, token.user_id, token.is_active, token.last_used_at
ORDER BY minutes_last_day DESC, token.id;
COMMENT ON VIEW @schema@.api_token_usage IS
'How much each API token was used within a day: in how many minutes, from how many addresses, with how many user agents. For admins; a token that many addresses use has been passed on or stolen.';
COMMENT ON COLUMN @schema@.api_token_usage.account_id IS 'The account (tenant) of the token.';
COMMENT ON COLUMN @schema@.api_token_usage.token_id IS 'The token: id in api_tokens.';
COMMENT ON COLUMN @schema@.api_token_usage.name IS 'What the token is for: name in api_tokens.';
COMMENT ON COLUMN @schema@.api_token_usage.user_id IS 'The user whose token it is; NULL for one of the account itself.';
COMMENT ON COLUMN @schema@.api_token_usage.is_active IS 'Whether the token works.';
COMMENT ON COLUMN @schema@.api_token_usage.last_used_at IS 'When the token was last used; NULL for never.';
COMMENT ON COLUMN @schema@.api_token_usage.minutes_last_hour IS 'In how many minutes of the last hour it was used.';
COMMENT ON COLUMN @schema@.api_token_usage.minutes_last_day IS 'In how many minutes of the last 24 hours it was used.';
COMMENT ON COLUMN @schema@.api_token_usage.addresses_last_day IS 'From how many addresses it was used in the last 24 hours.';
COMMENT ON COLUMN @schema@.api_token_usage.user_agents_last_day IS 'With how many user agents it was used in the last 24 hours.';

CREATE OR REPLACE VIEW @schema@.failing_logins AS
SELECT person.id AS user_id, person.email, person.failed_login_attempts, person.last_failed_login_at, person.locked_until
FROM @schema@.users AS person
WHERE person.failed_login_attempts >= 3 OR person.locked_until > now()
UNION ALL
SELECT NULL, NULL, sum(unknown.failed_login_attempts)::integer, max(unknown.last_failed_login_at), max(unknown.locked_until)
FROM @schema@.login_failures AS unknown
WHERE unknown.last_failed_login_at > now() - interval '7 days'
HAVING count(*) > 0
ORDER BY last_failed_login_at DESC;
COMMENT ON VIEW @schema@.failing_logins IS
'Users whose login failed three times or more since the last success, or who are locked; and in one row without a user what was tried within seven days with names that no user has. For the service.';
COMMENT ON COLUMN @schema@.failing_logins.user_id IS 'The user: id in users. NULL in the row of names that no user has.';
COMMENT ON COLUMN @schema@.failing_logins.email IS 'The user''s address; NULL in the row of names that no user has.';
COMMENT ON COLUMN @schema@.failing_logins.failed_login_attempts IS 'How many logins failed since the last success.';
COMMENT ON COLUMN @schema@.failing_logins.last_failed_login_at IS 'When a login last failed.';
COMMENT ON COLUMN @schema@.failing_logins.locked_until IS 'No login before this moment; NULL for who is not locked.';

SELECT rowkit.create_usage_summary_view($rowkit$@schema@.accounts$rowkit$);
COMMENT ON VIEW @schema@.account_usage_summary IS 'What each live account uses of what it may: 3/10; without a limit only what it uses.';

-- PL/pgSQL: PostgreSQL 14 has no security_invoker.
DO $views$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW @schema@.deleted_records_summary SET (security_invoker = true);
        ALTER VIEW @schema@.inactive_api_tokens SET (security_invoker = true);
        ALTER VIEW @schema@.table_sizes SET (security_invoker = true);
        ALTER VIEW @schema@.api_token_usage SET (security_invoker = true);
        ALTER VIEW @schema@.failing_logins SET (security_invoker = true);
    END IF;
END
$views$;
-- Who made a row and who changed it last, by the claims: nobody signs for somebody else.
-- PL/pgSQL: the same DDL for each table.
DO $signed$
DECLARE
    signed regclass;
BEGIN
    FOREACH signed IN ARRAY ARRAY[
        $rowkit$@schema@.subscription_plans$rowkit$, $rowkit$@schema@.accounts$rowkit$, $rowkit$@schema@.users$rowkit$,
        $rowkit$@schema@.account_users$rowkit$, $rowkit$@schema@.projects$rowkit$, $rowkit$@schema@.workspaces$rowkit$,
        $rowkit$@schema@.project_users$rowkit$, $rowkit$@schema@.workspace_users$rowkit$, $rowkit$@schema@.source_control_commits$rowkit$,
        $rowkit$@schema@.connections$rowkit$, $rowkit$@schema@.connection_metadata_cache$rowkit$, $rowkit$@schema@.datasets$rowkit$,
        $rowkit$@schema@.columns$rowkit$, $rowkit$@schema@.lineage$rowkit$, $rowkit$@schema@.diagrams$rowkit$,
        $rowkit$@schema@.diagram_datasets$rowkit$, $rowkit$@schema@.workspace_datasets$rowkit$, $rowkit$@schema@.subscriptions$rowkit$,
        $rowkit$@schema@.payments$rowkit$, $rowkit$@schema@.usage_events$rowkit$, $rowkit$@schema@.invitations$rowkit$,
        $rowkit$@schema@.api_tokens$rowkit$, $rowkit$@schema@.configurations$rowkit$, $rowkit$@schema@.environments$rowkit$,
        $rowkit$@schema@.macros$rowkit$, $rowkit$@schema@.templates$rowkit$, $rowkit$@schema@.template_fragments$rowkit$]::regclass[]
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.set_row_actor(%s)',
            rowkit_internal._quoted_name(signed),
            -- Named, so that neither is missed in silence under another name; one alone is missed aloud.
            CASE WHEN (SELECT count(*) FROM pg_attribute WHERE attrelid = signed AND attname IN ('created_by', 'updated_by') AND NOT attisdropped) = 2 THEN '''created_by'', ''updated_by''' ELSE '' END);
    END LOOP;
END
$signed$;

-- Who changed what: audit_logs, in parts by month, of all tables but three. usage_events and source_control_commits are logs themselves, which only grow, and
-- connection_metadata_cache holds what can be fetched again. Hashes, secrets, counters and what follows from other columns stay out of it. Events of
-- users and subscription_plans are of no account. Where a workspace is named the whole row is logged, so that each event tells which one.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'account_id');
SELECT (
    SELECT count(*) FROM rowkit.enable_audit(
        audited.name, ignore => audited.ignore, redact => audited.redact, mode => audited.mode, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.accounts$rowkit$::regclass, '{updated_at,updated_by,current_user_count,current_project_count,current_dataset_count,'
        'current_monthly_ai_requests,ai_requests_month,current_storage_mb}'::text[], NULL::text[], 'diff', 'id'),
    ($rowkit$@schema@.users$rowkit$, '{updated_at,updated_by,failed_login_attempts,last_failed_login_at,last_login_at,last_login_ip}',
        '{password_hash,email_verification_token_hash,password_reset_token_hash}', 'diff', NULL),
    ($rowkit$@schema@.account_users$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.projects$rowkit$, '{updated_at,updated_by,search_vector}', '{source_control_access_token_encrypted}', 'diff', NULL),
    ($rowkit$@schema@.workspaces$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.project_users$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.workspace_users$rowkit$, '{updated_at,updated_by}', NULL, 'full', NULL),
    ($rowkit$@schema@.connections$rowkit$, '{updated_at,updated_by,search_vector}', '{password_encrypted}', 'diff', NULL),
    ($rowkit$@schema@.datasets$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'diff', NULL),
    ($rowkit$@schema@.columns$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'diff', NULL),
    ($rowkit$@schema@.lineage$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.diagrams$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'full', NULL),
    ($rowkit$@schema@.diagram_datasets$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.workspace_datasets$rowkit$, '{updated_at,updated_by}', NULL, 'full', NULL),
    ($rowkit$@schema@.subscription_plans$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.subscriptions$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.payments$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.invitations$rowkit$, '{updated_at,updated_by}', '{token_hash}', 'diff', NULL),
    ($rowkit$@schema@.api_tokens$rowkit$, '{updated_at,updated_by,last_used_at,last_used_ip,last_used_user_agent}', '{token_hash}', 'diff', NULL),
    ($rowkit$@schema@.configurations$rowkit$, '{updated_at,updated_by}', '{value_encrypted}', 'full', NULL),
    ($rowkit$@schema@.environments$rowkit$, '{updated_at,updated_by}', NULL, 'full', NULL),
    ($rowkit$@schema@.macros$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'diff', NULL),
    ($rowkit$@schema@.templates$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'diff', NULL),
    ($rowkit$@schema@.template_fragments$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL)
) AS audited(name, ignore, redact, mode, tenant_from);

-- What is read of the log. With the caller's rights and row security from PostgreSQL 15 on.
CREATE OR REPLACE VIEW @schema@.suspicious_activity AS
SELECT found.account_id, found.reason, found.subject, found.subject_id, found.times, found.last_seen_at
FROM (
    SELECT used.account_id, 'token used from many addresses' AS reason, 'api_tokens' AS subject, used.token_id AS subject_id, used.addresses_last_day AS times,
        used.last_used_at AS last_seen_at
    FROM @schema@.api_token_usage AS used WHERE used.addresses_last_day >= 5
    UNION ALL
    SELECT event.account_id, 'many rows deleted within an hour' AS reason, 'users' AS subject, event.user_id, sum(event.row_count)::bigint, max(event.created_at)
    FROM @schema@.audit_logs AS event
    WHERE event.action IN ('DELETE', 'SOFT_DELETE', 'TRUNCATE') AND event.created_at > now() - interval '7 days'
    GROUP BY event.account_id, event.user_id, date_trunc('hour', event.created_at)
    HAVING sum(event.row_count) >= 100
    UNION ALL
    SELECT event.account_id, 'member made an admin or owner' AS reason, 'account_users' AS subject, event.record_id::uuid, 1 AS times, event.created_at
    FROM @schema@.audit_logs AS event
    WHERE event.table_name = 'account_users' AND event.action = 'UPDATE' AND event.new_data ->> 'role' IN ('admin', 'owner') AND event.created_at > now() - interval '7 days'
) AS found
ORDER BY found.last_seen_at DESC, found.account_id, found.reason, found.subject_id;
COMMENT ON VIEW @schema@.suspicious_activity IS
'What to look into of the last seven days: tokens used from five addresses or more within a day, 100 rows or more that one user deleted within an hour, and members who became admin or owner. Admins see their account''s. '
'Logins that fail are in failing_logins. No row is nothing found.';
COMMENT ON COLUMN @schema@.suspicious_activity.account_id IS 'The account (tenant) that it concerns; NULL for none.';
COMMENT ON COLUMN @schema@.suspicious_activity.reason IS
'What was found: a token used from many addresses, many rows deleted within an hour, or a member made an admin or owner.';
COMMENT ON COLUMN @schema@.suspicious_activity.subject IS 'The table that subject_id is of: api_tokens, users or account_users.';
COMMENT ON COLUMN @schema@.suspicious_activity.subject_id IS
'The row that it is about: the token, the user who deleted, or the membership. NULL when nobody is known.';
COMMENT ON COLUMN @schema@.suspicious_activity.times IS 'How many addresses, rows or changes there were.';
COMMENT ON COLUMN @schema@.suspicious_activity.last_seen_at IS 'When it last happened; NULL for never.';

CREATE OR REPLACE VIEW @schema@.audit_events AS
SELECT
    event.id, event.account_id, place.workspace_id, event.user_id, event.action, event.table_name, event.record_id, event.record_ids, event.row_count,
    event.old_data AS old_values, event.new_data AS new_values, saved.commit_sha, saved.committed_at, event.ip_address, event.database_role, event.transaction_id,
    event.created_at
FROM @schema@.audit_logs AS event
CROSS JOIN LATERAL (
    SELECT coalesce(event.new_data ->> 'workspace_id', event.old_data ->> 'workspace_id', CASE event.table_name WHEN 'workspaces' THEN event.record_id END)::uuid AS workspace_id
) AS place
LEFT JOIN LATERAL (
    SELECT done.commit_sha, done.committed_at
    FROM @schema@.source_control_commits AS done
    WHERE done.account_id = event.account_id AND done.workspace_id = place.workspace_id AND done.committed_at >= event.created_at
    ORDER BY done.committed_at
    LIMIT 1
) AS saved ON true;
COMMENT ON VIEW @schema@.audit_events IS
'audit_logs by the names of the document: old_values and new_values, the workspace in which it happened, and the commit with which the change went to the repository: the first one of that workspace after it, NULL while '
'it is not committed. For who may read audit_logs.';
COMMENT ON COLUMN @schema@.audit_events.id IS 'The event: id in audit_logs.';
COMMENT ON COLUMN @schema@.audit_events.account_id IS 'The account (tenant) of the row that was changed; NULL for users and plans.';
COMMENT ON COLUMN @schema@.audit_events.workspace_id IS 'The workspace in which it happened, where the row names one; NULL otherwise.';
COMMENT ON COLUMN @schema@.audit_events.user_id IS 'The user who did it, by the claims; NULL for a service without claims.';
COMMENT ON COLUMN @schema@.audit_events.action IS 'What was done: INSERT, UPDATE, DELETE, SOFT_DELETE, RESTORE, TRUNCATE and so on, as in audit_logs.';
COMMENT ON COLUMN @schema@.audit_events.table_name IS 'The table that was changed.';
COMMENT ON COLUMN @schema@.audit_events.record_id IS 'The key of the row that was changed; NULL for events of many rows.';
COMMENT ON COLUMN @schema@.audit_events.record_ids IS 'The keys of the rows of a soft delete or its restore; NULL for other events.';
COMMENT ON COLUMN @schema@.audit_events.row_count IS 'How many rows were changed.';
COMMENT ON COLUMN @schema@.audit_events.old_values IS 'The row, or its changed columns, before: {column: value}. NULL for an INSERT.';
COMMENT ON COLUMN @schema@.audit_events.new_values IS 'The row, or its changed columns, afterwards: {column: value}. NULL for a DELETE.';
COMMENT ON COLUMN @schema@.audit_events.commit_sha IS 'The commit with which the change went to the repository; NULL while there is none.';
COMMENT ON COLUMN @schema@.audit_events.committed_at IS 'When that was committed; NULL while it was not.';
COMMENT ON COLUMN @schema@.audit_events.ip_address IS 'The client''s address; NULL when unknown.';
COMMENT ON COLUMN @schema@.audit_events.database_role IS 'The database role that did it.';
COMMENT ON COLUMN @schema@.audit_events.transaction_id IS 'The number that the cluster gave the transaction.';
COMMENT ON COLUMN @schema@.audit_events.created_at IS 'When it was done.';

-- PL/pgSQL: PostgreSQL 14 has no security_invoker.
DO $views$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW @schema@.suspicious_activity SET (security_invoker = true);
        ALTER VIEW @schema@.audit_events SET (security_invoker = true);
    END IF;
END
$views$;
-- What applications call by the document's names, besides the functions of datasets, diagrams and search before. Each works on the tables of this schema,
-- whatever the search_path is, with the caller's rights and row security. A table is named without its schema.

CREATE OR REPLACE FUNCTION @schema@.soft_delete(table_name text, record_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL)
    RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, soft_delete.table_name), soft_delete.record_id,
            soft_delete.deleted_by, soft_delete.reason);
    END;
COMMENT ON FUNCTION @schema@.soft_delete(text, uuid, uuid, text) IS
'Deletes a row softly, with all that is below it.
restore_deleted() brings it back with what was deleted with it. Returns false for a row that is not there, deleted already, or not the caller''s to delete. 42704 for a table that is not there, '
'42501 for another user than the claims'' own. VOLATILE. Example: SELECT soft_delete(''datasets'', record_id => ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row. deleted_by is the user who deletes, by default that of the claims. reason is a text that is kept with the deletion.';

CREATE OR REPLACE FUNCTION @schema@.soft_delete(table_name text, record_ids uuid[], deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, soft_delete.table_name), soft_delete.record_ids,
            soft_delete.deleted_by, soft_delete.reason);
    END;
COMMENT ON FUNCTION @schema@.soft_delete(text, uuid[], uuid, text) IS
'Deletes rows softly, as one deletion.
Returns how many of them are deleted now. Errors as soft_delete of one row. VOLATILE. Example: SELECT soft_delete(''datasets'', ''{0193…,0194…}''::uuid[]). '
'table_name is a table of this schema. record_ids are the ids of the rows. deleted_by is the user who deletes, by default that of the claims. reason is a text that is kept with the deletion.';

CREATE OR REPLACE FUNCTION @schema@.restore_deleted(table_name text, record_id uuid, on_conflict text DEFAULT 'refuse') RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.restore_deleted(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, restore_deleted.table_name), restore_deleted.record_id,
            restore_deleted.on_conflict);
    END;
COMMENT ON FUNCTION @schema@.restore_deleted(text, uuid, text) IS
'Brings a deleted row back, with what was deleted with it.
Returns false for a row that is not deleted, or not the caller''s. 23505 when a unique value has been taken meanwhile, unless on_conflict is skip or rename; 53400 when a limit would be passed; 42704 for a '
'table that is not there. VOLATILE. Example: SELECT restore_deleted(''datasets'', record_id => ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row. on_conflict is refuse, skip or rename.';

CREATE OR REPLACE FUNCTION @schema@.restore_deleted(table_name text, record_ids uuid[], on_conflict text DEFAULT 'refuse') RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.restore_deleted(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, restore_deleted.table_name), restore_deleted.record_ids,
            restore_deleted.on_conflict);
    END;
COMMENT ON FUNCTION @schema@.restore_deleted(text, uuid[], text) IS
'Brings deleted rows back, with what was deleted with them.
Returns how many came back. Errors as restore_deleted of one row. VOLATILE. Example: SELECT restore_deleted(''datasets'', ''{0193…,0194…}''::uuid[]). '
'table_name is a table of this schema. record_ids are the ids of the rows. on_conflict is refuse, skip or rename.';

CREATE OR REPLACE FUNCTION @schema@.permanent_delete(table_name text, record_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.permanent_delete(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, permanent_delete.table_name), permanent_delete.record_id);
    END;
COMMENT ON FUNCTION @schema@.permanent_delete(text, uuid) IS
'Deletes a row for good, live or deleted softly, with all that is below it.
Nothing brings it back. Returns false for a row that is not there, or not the caller''s to delete. 42704 for a table that is not there. Otherwise as rowkit.permanent_delete(). VOLATILE. '
'Example: SELECT permanent_delete(''datasets'', ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row.';

CREATE OR REPLACE FUNCTION @schema@.cleanup_soft_deleted_records(table_name text, days_old integer DEFAULT 90) RETURNS integer
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.cleanup_soft_deleted_records(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, cleanup_soft_deleted_records.table_name),
            cleanup_soft_deleted_records.days_old);
    END;
COMMENT ON FUNCTION @schema@.cleanup_soft_deleted_records(text, integer) IS
'Removes for good the rows of a table that were deleted softly so many days ago.
Returns how many rows of the table went. For the service or the owner; the job of rowkit.schedule_jobs() does it for all tables. 42704 for a table that is not there. VOLATILE. '
'Example: SELECT cleanup_soft_deleted_records(''datasets'', 30). '
'table_name is a table of this schema. days_old is how many days ago they were deleted at least.';

CREATE OR REPLACE FUNCTION @schema@.soft_delete_account(account_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete_with_counts(
            $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, soft_delete_account.account_id, soft_delete_account.deleted_by);
    END;
COMMENT ON FUNCTION @schema@.soft_delete_account(uuid, uuid) IS
'Deletes an account softly, with all that it has, and tells how many rows of each table.
Returns {"accounts": 1, "projects": 3, …}; {} for an account that is not there, deleted already, or not the caller''s to delete. restore_deleted(''accounts'', …) brings all back. For owners of the '
'account. VOLATILE. Example: SELECT soft_delete_account(''0193…''). '
'account_id is the account. deleted_by is the user who deletes, by default that of the claims.';

CREATE OR REPLACE FUNCTION @schema@.soft_delete_project(project_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete_with_counts(
            $rowkit$@schema@.projects$rowkit$::pg_catalog.regclass, soft_delete_project.project_id, soft_delete_project.deleted_by);
    END;
COMMENT ON FUNCTION @schema@.soft_delete_project(uuid, uuid) IS
'Deletes a project softly, with its workspaces and what is in them, and tells how many rows of each table.
Returns {"projects": 1, "workspaces": 2, …}; {} for a project that is not there, deleted already, or not the caller''s to delete. restore_deleted(''projects'', …) brings all back. VOLATILE. '
'Example: SELECT soft_delete_project(''0193…''). '
'project_id is the project. deleted_by is the user who deletes, by default that of the claims.';

CREATE OR REPLACE FUNCTION @schema@.soft_delete_dataset(dataset_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete_with_counts(
            $rowkit$@schema@.datasets$rowkit$::pg_catalog.regclass, soft_delete_dataset.dataset_id, soft_delete_dataset.deleted_by);
    END;
COMMENT ON FUNCTION @schema@.soft_delete_dataset(uuid, uuid) IS
'Deletes a dataset softly, with its columns and lineage, and tells how many rows of each table.
Returns {"datasets": 1, "columns": 12, …}; {} for a dataset that is not there, deleted already, or not the caller''s to delete. restore_deleted(''datasets'', …) brings all back. VOLATILE. '
'Example: SELECT soft_delete_dataset(''0193…''). '
'dataset_id is the dataset. deleted_by is the user who deletes, by default that of the claims.';

CREATE OR REPLACE FUNCTION @schema@.preview_delete(table_name text, record_id uuid) RETURNS TABLE(table_name text, effect text, rows bigint, record_keys text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT shown.* FROM rowkit.preview_delete(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, preview_delete.table_name), preview_delete.record_id) AS shown;
    END;
COMMENT ON FUNCTION @schema@.preview_delete(text, uuid) IS
'Tells what deleting a row would change, and changes nothing.
Returns a row for each table and effect, as rowkit.preview_delete(). 42704 for a table that is not there. STABLE. Example: SELECT * FROM preview_delete(''projects'', ''0193…''). '
'table_name is a table of this schema, and in the answer a table whose rows change. record_id is the id of the row. effect says what would become of them. rows is how many. record_keys are the keys '
'of some of them.';

CREATE OR REPLACE FUNCTION @schema@.deleted_rows(table_name text, max_rows integer DEFAULT 100, after text DEFAULT NULL)
    RETURNS TABLE(
        record_key text, deleted_at timestamptz, deleted_by uuid, deletion_id uuid, reason text, is_on_hold boolean, record jsonb, cursor text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT listed.* FROM rowkit.deleted_rows(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, deleted_rows.table_name), deleted_rows.max_rows,
            deleted_rows.after) AS listed;
    END;
COMMENT ON FUNCTION @schema@.deleted_rows(text, integer, text) IS
'Lists the deleted rows of a table that the caller may restore, the latest deletion first.
At most max_rows (1 to 10000); the cursor of the last row, as after, gives the next page. 22023 for another max_rows or after, 42704 for a table that is not there. STABLE. '
'Example: SELECT record_key, record ->> ''name'' FROM deleted_rows(''datasets'', 20). '
'table_name is a table of this schema. record_key is the id of the row, as text. deleted_at is when it was deleted. deleted_by is the user who deleted it. deletion_id is the deletion that it belongs '
'to. reason is what was given with it. is_on_hold says whether a purge leaves it. record is the row, with the columns that the caller may read.';

CREATE OR REPLACE FUNCTION @schema@.increment_usage_counter(account_id uuid, resource_type text, amount bigint DEFAULT 1) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.increment_usage_counter(
            increment_usage_counter.account_id, increment_usage_counter.resource_type, increment_usage_counter.amount,
            $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.increment_usage_counter(uuid, text, bigint) IS
'Counts what an account uses and no table holds, up to its limit.
For the service. Returns false for an account that is not there, or not the caller''s to change. If the limit would be passed, raises 53400 with DETAIL as JSON and counts nothing. Other errors as rowkit.increment_usage_counter(). VOLATILE. '
'Example: SELECT increment_usage_counter(''0193…'', ''ai_requests''). '
'account_id is the account. resource_type is ai_requests or storage_mb. amount is how many more.';

CREATE OR REPLACE FUNCTION @schema@.decrement_usage_counter(account_id uuid, resource_type text, amount bigint DEFAULT 1) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.decrement_usage_counter(
            decrement_usage_counter.account_id, decrement_usage_counter.resource_type, decrement_usage_counter.amount,
            $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.decrement_usage_counter(uuid, text, bigint) IS
'Takes back what increment_usage_counter() counted.
For the service. The counter does not fall below 0. Errors as rowkit.decrement_usage_counter(). VOLATILE. Example: SELECT decrement_usage_counter(''0193…'', ''storage_mb'', 12). '
'account_id is the account. resource_type is ai_requests or storage_mb. amount is how many fewer.';

CREATE OR REPLACE FUNCTION @schema@.check_usage_available(account_id uuid, resource_type text, amount bigint DEFAULT 1) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.check_usage_available(
            check_usage_available.account_id, check_usage_available.resource_type, check_usage_available.amount,
            $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.check_usage_available(uuid, text, bigint) IS
'Returns whether an account may have so many more of a resource.
It promises nothing: the write decides, with 53400. Errors as rowkit.check_usage_available(). STABLE. Example: SELECT check_usage_available(''0193…'', ''projects''). '
'account_id is the account. resource_type is users, projects, datasets, ai_requests or storage_mb. amount is how many more.';

CREATE OR REPLACE FUNCTION @schema@.account_usage(account_id uuid) RETURNS TABLE(resource_type text, used bigint, usage_limit bigint, plan text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT counted.* FROM rowkit.account_usage(account_usage.account_id, $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass) AS counted;
    END;
COMMENT ON FUNCTION @schema@.account_usage(uuid) IS
'Returns what an account uses of what it may, a row for each resource.
No row for an account that the caller does not see. STABLE. Example: SELECT resource_type, used, usage_limit FROM account_usage(''0193…''). '
'account_id is the account. resource_type is users, projects, datasets, ai_requests or storage_mb. used is how many there are. usage_limit is how many there may be; NULL is no limit. plan is the '
'tier that says so.';

CREATE OR REPLACE FUNCTION @schema@.calculate_account_usage(
    account_id uuid, OUT user_count bigint, OUT project_count bigint, OUT dataset_count bigint, OUT monthly_ai_requests bigint, OUT storage_mb bigint)
    RETURNS record
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT counted.* FROM rowkit_internal._calculate_account_usage(
            calculate_account_usage.account_id::text, $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass) AS counted;
    END;
COMMENT ON FUNCTION @schema@.calculate_account_usage(uuid) IS
'Counts what an account has in its tables, whatever the counters say.
Returns one row, with NULL in it for an account that the caller does not see. STABLE. Example: SELECT project_count FROM calculate_account_usage(''0193…''). '
'account_id is the account. user_count is how many active members it has. project_count is how many live projects. dataset_count is how many live datasets. monthly_ai_requests is how many AI requests '
'of the month were counted. storage_mb is how many megabytes were counted.';

CREATE OR REPLACE FUNCTION @schema@.sync_usage_counters(account_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.sync_usage_counters(sync_usage_counters.account_id, $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.sync_usage_counters(uuid) IS
'Sets the counters of an account to what is in its tables.
For the service. Returns whether one was wrong. 42704 for an account that is not there, or not the caller''s to see. VOLATILE. Example: SELECT sync_usage_counters(''0193…''). '
'account_id is the account.';

CREATE OR REPLACE FUNCTION @schema@.create_invitation(
    account_id uuid, email text, role text, expires_at timestamptz DEFAULT now() + interval '7 days', invited_by uuid DEFAULT NULL)
    RETURNS TABLE(invitation_id uuid, token text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT made.* FROM rowkit.create_invitation(
            create_invitation.account_id, create_invitation.email, create_invitation.role, create_invitation.expires_at, create_invitation.invited_by,
            $rowkit$@schema@.invitations$rowkit$::pg_catalog.regclass) AS made;
    END;
COMMENT ON FUNCTION @schema@.create_invitation(uuid, text, text, timestamptz, uuid) IS
'Invites an e-mail address into an account, and tells the token this once.
Send the token; accept_invitation() takes it. An invitation that waits under the same address is replaced by this one. For admins, who give no role above their own (42501). 22023 for a role that '
'is none. VOLATILE. Example: SELECT token FROM create_invitation(''0193…'', ''ann@example.com'', ''member''). '
'account_id is the account. email is the address. role is owner, admin, member or viewer. expires_at is when the invitation ends; NULL is never. invited_by is the user who invites, for a service; '
'of a user it is the user. invitation_id is the id of the row.';

CREATE OR REPLACE FUNCTION @schema@.accept_invitation(token text, user_id uuid DEFAULT NULL) RETURNS TABLE(account_id uuid, role text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT joined.* FROM rowkit.accept_invitation(
            accept_invitation.token, accept_invitation.user_id, $rowkit$@schema@.invitations$rowkit$::pg_catalog.regclass) AS joined;
    END;
COMMENT ON FUNCTION @schema@.accept_invitation(text, uuid) IS
'Accepts an invitation, once, and makes the user of the claims a member of the account.
22023 for a token that is not valid, whatever the reason; 42501 when the claims have an e-mail address that is not verified or another than the invited one. VOLATILE. '
'Example: SELECT account_id, role FROM accept_invitation(''9f…''). '
'token is what create_invitation() told. user_id is the user, for a service without claims. account_id is the account that was joined. role is the role in it.';

CREATE OR REPLACE FUNCTION @schema@.generate_api_token() RETURNS text
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.generate_api_token();
    END;
COMMENT ON FUNCTION @schema@.generate_api_token() IS
'Returns a new API token, and stores nothing.
create_api_token() makes one and stores its hash. VOLATILE. Example: SELECT generate_api_token().';

CREATE OR REPLACE FUNCTION @schema@.hash_api_token(token text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT rowkit.hash_api_token(hash_api_token.token);
    END;
COMMENT ON FUNCTION @schema@.hash_api_token(text) IS
'Returns the SHA-256 of a token in hexadecimal digits, as api_tokens.token_hash holds it.
NULL for NULL. IMMUTABLE. Example: SELECT id FROM api_tokens WHERE encode(token_hash, ''hex'') = hash_api_token(''rk_…''). '
'token is the whole token.';

CREATE OR REPLACE FUNCTION @schema@.create_api_token(
    account_id uuid, name text, scopes text[] DEFAULT '{}', expires_at timestamptz DEFAULT NULL, user_id uuid DEFAULT NULL)
    RETURNS TABLE(token_id uuid, token text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT made.* FROM rowkit.create_api_token(
            create_api_token.account_id, create_api_token.name, create_api_token.scopes, create_api_token.expires_at, create_api_token.user_id,
            $rowkit$@schema@.api_tokens$rowkit$::pg_catalog.regclass) AS made;
    END;
COMMENT ON FUNCTION @schema@.create_api_token(uuid, text, text[], timestamptz, uuid) IS
'Makes an API token of the user of the claims, and tells it this once.
Its hash is stored. 22023 for what is no scope, 42501 for scopes that the user''s role does not give, or an account that the user is no active member of. VOLATILE. '
'Example: SELECT token FROM create_api_token(''0193…'', ''CI'', ''{read:*}''). '
'account_id is the account. name says what the token is for. scopes are what it may, such as read:*. expires_at is when it ends; NULL is never. user_id is the user, for a service. token_id is the id '
'of the row.';

CREATE OR REPLACE FUNCTION @schema@.rotate_api_token(token_id uuid, overlap_for interval DEFAULT '0 seconds', expires_at timestamptz DEFAULT NULL)
    RETURNS TABLE(token_id uuid, token text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT made.* FROM rowkit.rotate_api_token(
            rotate_api_token.token_id, rotate_api_token.overlap_for, rotate_api_token.expires_at, $rowkit$@schema@.api_tokens$rowkit$::pg_catalog.regclass) AS made;
    END;
COMMENT ON FUNCTION @schema@.rotate_api_token(uuid, interval, timestamptz) IS
'Makes the successor of an API token, and tells it this once.
The old one stays valid for overlap_for. For its user. 55000 for a token that is no longer valid or was rotated already, 42704 for none that the caller sees. VOLATILE. '
'Example: SELECT token FROM rotate_api_token(''0193…'', interval ''1 day''). '
'token_id is the token that is replaced, and in the answer the new one. expires_at is when the new one ends, by default when the old one would have.';

CREATE OR REPLACE FUNCTION @schema@.revoke_api_token(token_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.revoke_api_token(revoke_api_token.token_id, $rowkit$@schema@.api_tokens$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.revoke_api_token(uuid) IS
'Ends an API token for good.
For its user, and for admins of the account. Returns false for a token that is not there, revoked already, or not the caller''s. VOLATILE. Example: SELECT revoke_api_token(''0193…''). '
'token_id is the token.';

CREATE OR REPLACE FUNCTION @schema@.validate_api_token(token text, ip inet DEFAULT NULL, user_agent text DEFAULT NULL)
    RETURNS TABLE(token_id uuid, account_id uuid, user_id uuid, scopes text[], is_valid boolean, error text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT checked.* FROM rowkit.validate_api_token(
            validate_api_token.token, validate_api_token.ip, validate_api_token.user_agent, $rowkit$@schema@.api_tokens$rowkit$::pg_catalog.regclass) AS checked;
    END;
COMMENT ON FUNCTION @schema@.validate_api_token(text, inet, text) IS
'Returns whose an API token is, and what it may.
Always one row; for a token that is not valid is_valid is false and error says so, whatever the reason. A use is noted once a minute. VOLATILE. '
'Example: SELECT account_id, scopes FROM validate_api_token(''rk_…'') WHERE is_valid. '
'ip is the client''s address. user_agent is the client''s user agent. token_id is the id of the token. account_id is the account that it is for. user_id is whose it is; NULL for a token of the account '
'itself. scopes are what it may now, by the user''s role, too.';

CREATE OR REPLACE FUNCTION @schema@.count_login_attempt(
    email text, succeeded boolean, max_failures integer DEFAULT 5, lock_for interval DEFAULT '30 minutes', within interval DEFAULT '30 minutes')
    RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.count_login_attempt(
            count_login_attempt.email, count_login_attempt.succeeded, count_login_attempt.max_failures, count_login_attempt.lock_for, count_login_attempt.within,
            $rowkit$@schema@.users$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.count_login_attempt(text, boolean, integer, interval, interval) IS
'Counts a login that failed or succeeded, and tells whether the user is locked.
For the service. Returns {"is_locked", "failed_attempts", "remaining", "locked_until"}: refuse the login when is_locked, even if the password was right. An address that no user has answers alike. '
'VOLATILE. Example: SELECT count_login_attempt(''ann@example.com'', false) ->> ''is_locked''. '
'email is the address. succeeded says whether the login was right; NULL only asks. max_failures is how many failures lock. lock_for is how long the user is locked then. within is within which time '
'failures count together.';

CREATE OR REPLACE FUNCTION @schema@.row_history(table_name text, record_id uuid) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, row_history.table_name), row_history.record_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.row_history(text, uuid) IS
'Returns what was done to a row, the first event first.
For admins, who read audit_logs; no row for others. 42704 for a table that is not there. STABLE. Example: SELECT created_at, user_id, new_data FROM row_history(''datasets'', ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. '
'old_data and new_data are the values before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. '
'database_role is the role that wrote.';
-- What applications call to take back a transaction that audit_logs tells of: the same in each blueprint.

CREATE OR REPLACE FUNCTION @schema@.undo_transaction(transaction uuid) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.undo_transaction(undo_transaction.transaction, $rowkit$@schema@.audit_logs$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.undo_transaction(uuid) IS
'Takes back every change of a transaction.
With the caller''s rights, all or nothing. Returns how many rows it changed. 55000 when a row holds something else by now. VOLATILE. '
'Returns 0 for a transaction that was undone already. Example: SELECT undo_transaction(transaction) FROM audit_logs WHERE id = ''0193…''. '
'transaction is the uuid that audit_logs and the functions of the history have for it.';
-- What default privileges gave the API's roles when the objects were made, or anyone since, is taken back. What they may do is granted after this.

SELECT rowkit_internal._reset_grants('data_catalog', $rowkit$@schema@$rowkit$::regnamespace);
-- Who sees and writes what: members of an account its rows, by their role. Diagrams also by their visibility, and what is in them with them;
-- a connection's metadata with the connection; tokens are their owner's, and the admins' to see and to end; an invitation is the admins' and of who was invited.
-- What a service writes (billing, usage) admins read. Users see themselves; their rows hold what they must not write.

SELECT count(*) FROM rowkit.register_membership(
    $rowkit$@schema@.account_users$rowkit$, 'user_id', 'account_id', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.accounts$rowkit$, 'id', membership => $rowkit$@schema@.account_users$rowkit$, write_role => 'admin', delete_role => 'owner',
    commands => '{select,update,delete}', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.account_users$rowkit$, membership => $rowkit$@schema@.account_users$rowkit$, bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.users$rowkit$, '{"id": "sub"}', '{select}', bypass_roles => rowkit_internal._bypass_roles());
SELECT (
    SELECT count(*) FROM rowkit.enable_tenant_isolation(
        shared.name, membership => $rowkit$@schema@.account_users$rowkit$, read_role => shared.read_role, write_role => shared.write_role,
        commands => shared.commands, bypass_roles => rowkit_internal._bypass_roles()))
FROM (VALUES
    ($rowkit$@schema@.projects$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'::text[]),
    ($rowkit$@schema@.project_users$rowkit$::regclass, NULL, 'admin', '{select,insert,update,delete}'),
    ($rowkit$@schema@.workspaces$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.workspace_users$rowkit$::regclass, NULL, 'admin', '{select,insert,update,delete}'),
    ($rowkit$@schema@.source_control_commits$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.connections$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.datasets$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.columns$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.lineage$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.workspace_datasets$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.configurations$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.environments$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.macros$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.templates$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.template_fragments$rowkit$::regclass, NULL, 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.subscriptions$rowkit$::regclass, 'admin', 'admin', '{select}'),
    ($rowkit$@schema@.payments$rowkit$::regclass, 'admin', 'admin', '{select}'),
    ($rowkit$@schema@.usage_events$rowkit$::regclass, 'admin', 'admin', '{select}')) AS shared(name, read_role, write_role, commands);
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.connection_metadata_cache$rowkit$, membership => $rowkit$@schema@.account_users$rowkit$, write_role => 'member',
    read_condition => $rowkit$EXISTS (SELECT FROM @schema@.connections AS connection WHERE connection.id = connection_id)$rowkit$,
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.diagrams$rowkit$, membership => $rowkit$@schema@.account_users$rowkit$, write_role => 'member',
    read_condition => $rowkit$visibility <> 'private' OR owner_id = rowkit.current_user_id() OR created_by = rowkit.current_user_id()$rowkit$,
    write_condition => $rowkit$visibility <> 'private' OR owner_id = rowkit.current_user_id() OR created_by = rowkit.current_user_id()$rowkit$,
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.diagram_datasets$rowkit$, membership => $rowkit$@schema@.account_users$rowkit$, write_role => 'member',
    read_condition => $rowkit$EXISTS (SELECT FROM @schema@.diagrams AS diagram WHERE diagram.id = diagram_id)$rowkit$,
    write_condition => $rowkit$EXISTS (SELECT FROM @schema@.diagrams AS diagram WHERE diagram.id = diagram_id)$rowkit$,
    bypass_roles => rowkit_internal._bypass_roles());
-- A token has no more scopes than its user's role when it is used, however its row was written: so it must be one's own.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.api_tokens$rowkit$, membership => $rowkit$@schema@.account_users$rowkit$, bypass_roles => rowkit_internal._bypass_roles(),
    read_condition => $rowkit$user_id = rowkit.current_user_id() OR account_id = ANY (rowkit.current_tenant_ids($members$@schema@.account_users$members$, 'admin'))$rowkit$,
    write_condition => 'user_id = rowkit.current_user_id()');
-- Admins end the tokens of others, the account's own among them; guard_token() bounds them to that.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.api_tokens$rowkit$, '{}', '{update}',
    $rowkit$account_id = ANY (rowkit.current_tenant_ids($members$@schema@.account_users$members$, 'admin'))$rowkit$, policy_prefix => 'revoke', bypass_roles => rowkit_internal._bypass_roles());
-- Nobody invites to more than they are themselves. The policies say who may invite; a_guard_invitations lets only create_invitation() write.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.invitations$rowkit$, membership => $rowkit$@schema@.account_users$rowkit$, read_role => 'admin', write_role => 'admin',
    write_condition => $rowkit$account_id = ANY (rowkit.current_tenant_ids($members$@schema@.account_users$members$, role)) AND invited_by = rowkit.current_user_id()$rowkit$,
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.invitations$rowkit$, '{"token_hash": "invitation_token"}', '{select}', policy_prefix => 'token', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.invitations$rowkit$, '{"email": "email"}', '{select}', policy_prefix => 'invited', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.subscription_plans$rowkit$, '{}', '{select}', 'true', policy_prefix => 'shared', bypass_roles => rowkit_internal._bypass_roles());
-- Whoever signs people in counts there, and nobody else looks.
SELECT rowkit_internal._close_to_api($rowkit$@schema@.login_failures$rowkit$);
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.login_failures$rowkit$, '{}', '{}', 'false', policy_prefix => 'closed', bypass_roles => rowkit_internal._bypass_roles());
-- Events of no tenant, such as the purge of a part of the log, are nobody's to read here.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$account_id = ANY (rowkit.current_tenant_ids($members$@schema@.account_users$members$, 'admin'))$rowkit$, policy_prefix => 'audit', bypass_roles => '{}');
-- What guards an account is the service's alone, also from the user whose it is.
SELECT rowkit_internal._hide_columns($rowkit$@schema@.users$rowkit$, '{password_hash,email_verification_token_hash,password_reset_token_hash}');
-- Views ask with the caller's rights.
SELECT rowkit_internal._open_to_api(shown.name, '{authenticated,service_role}')
FROM (VALUES
    ($rowkit$@schema@.deleted_records_summary$rowkit$::regclass), ($rowkit$@schema@.inactive_api_tokens$rowkit$),
    ($rowkit$@schema@.account_usage_summary$rowkit$), ($rowkit$@schema@.api_token_usage$rowkit$), ($rowkit$@schema@.audit_events$rowkit$),
    ($rowkit$@schema@.suspicious_activity$rowkit$)) AS shown(name);
SELECT rowkit_internal._open_to_api(shown.name, '{service_role}')
FROM (VALUES ($rowkit$@schema@.table_sizes$rowkit$::regclass), ($rowkit$@schema@.failing_logins$rowkit$)) AS shown(name);

-- What is paid for is not the customer's to write.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.accounts
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('subscription_tier', 'stripe_customer_id', 'max_users', 'max_projects', 'max_datasets', 'max_monthly_ai_requests', 'max_storage_mb',
        'current_user_count', 'current_project_count', 'current_dataset_count', 'current_monthly_ai_requests', 'ai_requests_month', 'current_storage_mb');

-- Columns that name a person or a token. set_row_actor signs created_by and updated_by, and soft delete deleted_by. 0_guard_members sorts before the foreign keys, so that a user of another account and none give the same error.
CREATE OR REPLACE TRIGGER a_guard_invitations BEFORE INSERT OR UPDATE ON @schema@.invitations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_invitations();
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.account_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('invited_by');
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.account_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('user_id', 'invitation_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.api_tokens
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id');
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.api_tokens
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('key_id', 'token_hash', 'rotated_from_id', 'last_used_at', 'last_used_ip', 'last_used_user_agent');
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.project_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('user_id');
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.workspace_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('user_id');
CREATE OR REPLACE TRIGGER "0_guard_members" AFTER INSERT OR UPDATE ON @schema@.projects
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('account_users', 'account_id', 'owner_id');
CREATE OR REPLACE TRIGGER "0_guard_members" AFTER INSERT OR UPDATE ON @schema@.workspaces
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('account_users', 'account_id', 'owner_id');
CREATE OR REPLACE TRIGGER "0_guard_members" AFTER INSERT OR UPDATE ON @schema@.datasets
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('account_users', 'account_id', 'owner_id');
CREATE OR REPLACE TRIGGER "0_guard_members" AFTER INSERT OR UPDATE ON @schema@.diagrams
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('account_users', 'account_id', 'owner_id');
CREATE OR REPLACE TRIGGER "0_guard_members" AFTER INSERT OR UPDATE ON @schema@.project_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('account_users', 'account_id', 'user_id');
CREATE OR REPLACE TRIGGER "0_guard_members" AFTER INSERT OR UPDATE ON @schema@.workspace_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('account_users', 'account_id', 'user_id');

-- PL/pgSQL: a trigger function cannot be SQL.
CREATE OR REPLACE FUNCTION @schema@.guard_token() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    ended CONSTANT text[] := '{is_active,revoked_at,updated_at,updated_by}';
    is_foreign boolean;
BEGIN
    -- Whom row security holds, but for the owner, who notes the use.
    IF NOT row_security_active(TG_RELID) OR EXISTS (
        SELECT FROM pg_class AS class WHERE class.oid = TG_RELID AND pg_get_userbyid(class.relowner) = current_user
    ) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        -- With the caller's rights, who sees their own tokens and, as an admin, those of the account.
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I.api_tokens AS old WHERE old.id = $1 AND old.user_id = $2)', TG_TABLE_SCHEMA)
        INTO is_foreign USING NEW.rotated_from_id, rowkit.current_user_id();
        IF NEW.rotated_from_id IS NOT NULL AND is_foreign THEN
            RAISE EXCEPTION 'only its user rotates a token' USING ERRCODE = '42501', HINT = 'rowkit.rotate_api_token() makes a token''s successor.';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.revoked_at IS NOT NULL AND (NEW.is_active OR NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) THEN
        RAISE EXCEPTION 'a revoked token stays revoked' USING ERRCODE = '42501', HINT = 'Create another.';
    ELSIF OLD.user_id IS DISTINCT FROM rowkit.current_user_id() AND (NEW.is_active OR to_jsonb(NEW) - ended IS DISTINCT FROM to_jsonb(OLD) - ended) THEN
        RAISE EXCEPTION 'only its user changes a token' USING ERRCODE = '42501', HINT = 'Admins can revoke it: rowkit.revoke_api_token().';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.guard_token() IS
'Trigger BEFORE INSERT OR UPDATE on api_tokens: a new token is the successor of one of its user''s own or of none, who is not a token''s user can only end it, and nobody brings a revoked '
'one back (42501), but for the service and the owner.';
CREATE OR REPLACE TRIGGER a_token BEFORE INSERT OR UPDATE ON @schema@.api_tokens FOR EACH ROW EXECUTE FUNCTION @schema@.guard_token();

-- Who signs up is a user here where Supabase's auth.users is, and whoever installs may have triggers on it and grant what its owner needs.
-- PL/pgSQL: whether it is there is known only now.
DO $sign_up$
BEGIN
    IF to_regclass('auth.users') IS NOT NULL AND has_table_privilege('auth.users', 'TRIGGER') AND NOT EXISTS (
        SELECT FROM pg_trigger AS held WHERE held.tgrelid = to_regclass('auth.users') AND held.tgname = 'handle_new_user')
    THEN
        PERFORM rowkit.enable_user_sync('auth.users', $rowkit$@schema@.users$rowkit$);
    END IF;
END
$sign_up$;
-- Columns that a trigger fills in say so to clients: they have a default, so that nobody has to give them.

SELECT rowkit_internal._ensure_filled_defaults('data_catalog', $rowkit$@schema@$rowkit$::regnamespace);
-- Functions that act with their owner's rights, and those of triggers, are nobody's to call but where the blueprint opened them.

SELECT rowkit_internal._close_routines('data_catalog', $rowkit$@schema@$rowkit$::regnamespace);
