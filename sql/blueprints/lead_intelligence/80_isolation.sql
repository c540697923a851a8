-- Who sees and writes what: members of a workspace its rows, by their role. What a service writes (billing, the ledger of credits, what was
-- found) members read. Topics and trends are everyone's to read and the service's to write.

SELECT count(*) FROM rowkit.register_membership(
    $rowkit$@schema@.users$rowkit$, 'auth_user_id', 'workspace_id', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.workspaces$rowkit$, 'id', $rowkit$@schema@.users$rowkit$, write_role => 'admin', delete_role => 'owner',
    commands => '{select,update,delete}', service_roles => rowkit._service_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation($rowkit$@schema@.users$rowkit$, membership => $rowkit$@schema@.users$rowkit$, service_roles => rowkit._service_roles());
SELECT (
    SELECT count(*) FROM rowkit.enable_tenant_isolation(
        shared.name, shared.tenant, $rowkit$@schema@.users$rowkit$, write_role => shared.write_role,
        commands => shared.commands, service_roles => rowkit._service_roles()))
FROM (VALUES
    ($rowkit$@schema@.queries$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'::text[]),
    ($rowkit$@schema@.saved_searches$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.leads$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.export_jobs$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.people_search_results$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.saved_people_searches$rowkit$::regclass, 'workspace_id', 'member', '{select,insert,update,delete}'),
    ($rowkit$@schema@.integrations$rowkit$::regclass, 'workspace_id', 'admin', '{select,insert,update,delete}'),
    ($rowkit$@schema@.billing_events$rowkit$::regclass, 'workspace_id', 'admin', '{select}'),
    ($rowkit$@schema@.stripe_customers$rowkit$::regclass, 'workspace_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_usage$rowkit$::regclass, 'workspace_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_accounts$rowkit$::regclass, 'account_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_grants$rowkit$::regclass, 'account_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_operations$rowkit$::regclass, 'account_id', 'admin', '{select}'),
    ($rowkit$@schema@.credit_entries$rowkit$::regclass, 'account_id', 'admin', '{select}')) AS shared(name, tenant, write_role, commands);
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.notification_preferences$rowkit$, membership => $rowkit$@schema@.users$rowkit$, service_roles => rowkit._service_roles(),
    read_condition => $rowkit$EXISTS (SELECT FROM @schema@.users AS me WHERE me.id = user_id AND me.auth_user_id = rowkit.current_user_id())$rowkit$,
    write_condition => $rowkit$EXISTS (SELECT FROM @schema@.users AS me WHERE me.id = user_id AND me.auth_user_id = rowkit.current_user_id())$rowkit$);
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.global_topics$rowkit$, '{}', '{select}', 'true', name => 'shared', service_roles => rowkit._service_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.trends$rowkit$, '{}', '{select}', 'true', name => 'shared', service_roles => rowkit._service_roles());
-- Events of no tenant, such as the purge of a part of the log, are nobody's to read here.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$workspace_id = ANY (rowkit.my_tenant_ids($members$@schema@.users$members$, 'admin'))$rowkit$, name => 'audit', service_roles => '{}');

-- What is paid for is not the customer's to write.
-- PL/pgSQL: a trigger function cannot be SQL.
CREATE OR REPLACE FUNCTION @schema@.guard_service_columns() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    changed text;
BEGIN
    -- Whom row security holds, but for the owner: in the owner's name counters and limits follow.
    IF row_security_active(TG_RELID) AND NOT EXISTS (
        SELECT FROM pg_class AS class WHERE class.oid = TG_RELID AND pg_get_userbyid(class.relowner) = current_user
    ) THEN
        changed := (
            SELECT string_agg(kept.name, ', ') FROM unnest(TG_ARGV) AS kept(name) WHERE to_jsonb(NEW) -> kept.name IS DISTINCT FROM to_jsonb(OLD) -> kept.name);
    END IF;
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION 'only the service changes % of %', changed, TG_TABLE_NAME USING ERRCODE = '42501', HINT = 'Use a role with BYPASSRLS, such as service_role.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.guard_service_columns() IS
'Trigger BEFORE UPDATE: the columns that are its arguments change by the service, the owner and triggers alone (42501), not by whoever may edit the row.';
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.workspaces
    FOR EACH ROW EXECUTE FUNCTION @schema@.guard_service_columns('plan', 'max_queries', 'current_query_count');
