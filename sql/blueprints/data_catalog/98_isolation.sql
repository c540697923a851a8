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
