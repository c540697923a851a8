-- Who sees and writes what: members of a workspace its rows, by their role. What a service writes (billing, the ledger of credits, what was
-- found) members read. Topics and trends are everyone's to read and the service's to write.

SELECT count(*) FROM rowkit.register_membership(
    $rowkit$@schema@.users$rowkit$, 'auth_user_id', 'workspace_id', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.workspaces$rowkit$, 'id', membership => $rowkit$@schema@.users$rowkit$, write_role => 'admin', delete_role => 'owner',
    commands => '{select,update,delete}', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation($rowkit$@schema@.users$rowkit$, membership => $rowkit$@schema@.users$rowkit$, bypass_roles => rowkit_internal._bypass_roles());
SELECT (
    SELECT count(*) FROM rowkit.enable_tenant_isolation(
        shared.name, shared.tenant, membership => $rowkit$@schema@.users$rowkit$, write_role => shared.write_role,
        commands => shared.commands, bypass_roles => rowkit_internal._bypass_roles()))
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
    $rowkit$@schema@.notification_preferences$rowkit$, membership => $rowkit$@schema@.users$rowkit$, bypass_roles => rowkit_internal._bypass_roles(),
    read_condition => $rowkit$EXISTS (SELECT FROM @schema@.users AS me WHERE me.id = user_id AND me.auth_user_id = rowkit.current_user_id())$rowkit$,
    write_condition => $rowkit$EXISTS (SELECT FROM @schema@.users AS me WHERE me.id = user_id AND me.auth_user_id = rowkit.current_user_id())$rowkit$);
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.global_topics$rowkit$, '{}', '{select}', 'true', policy_prefix => 'shared', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.plans$rowkit$, '{}', '{select}', 'true', policy_prefix => 'shared', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.trends$rowkit$, '{}', '{select}', 'true', policy_prefix => 'shared', bypass_roles => rowkit_internal._bypass_roles());
-- Events of no tenant, such as the purge of a part of the log, are nobody's to read here.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$workspace_id = ANY (rowkit.current_tenant_ids($members$@schema@.users$members$, 'admin'))$rowkit$, policy_prefix => 'audit', bypass_roles => '{}');
-- The view asks with the caller's rights.
SELECT rowkit_internal._open_to_api($rowkit$@schema@.workspace_credits$rowkit$::regclass, '{authenticated,service_role}');

-- The figures of operation are the service's. Members spend what their own workspace has.
SELECT rowkit_internal._open_to_api(shown.name, '{service_role}')
FROM (VALUES
    ($rowkit$@schema@.table_sizes$rowkit$::regclass), ($rowkit$@schema@.index_usage$rowkit$), ($rowkit$@schema@.slow_queries$rowkit$),
    ($rowkit$@schema@.connection_count$rowkit$), ($rowkit$@schema@.policy_hits$rowkit$)) AS shown(name);
SELECT rowkit_internal._open_to_api($rowkit$@schema@.record_credit_usage(uuid, bigint, text)$rowkit$::regprocedure, '{authenticated,service_role}');

-- What is paid for is not the customer's to write.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.workspaces
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('plan', 'max_queries', 'current_query_count');

-- Columns that name a person. A membership names others; whom it names does not change. The other rows are of who makes them.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.saved_searches
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.export_jobs
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.people_search_results
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.saved_people_searches
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.notification_preferences
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('user_id:users.auth_user_id');

-- Users sign what they make: created_by is who asks, by their row in users, and stays. When a user is deleted it becomes NULL, which is no
-- user's doing.
-- PL/pgSQL: a trigger function cannot be SQL; users is beside the table, however the schema is called by now.
CREATE OR REPLACE FUNCTION @schema@.set_created_by() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.created_by := OLD.created_by;
    ELSE
        EXECUTE format('SELECT person.id FROM %I.users AS person WHERE person.auth_user_id = rowkit.current_user_id() AND person.is_active', TG_TABLE_SCHEMA)
        INTO NEW.created_by;
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.set_created_by() IS
'Trigger BEFORE INSERT OR UPDATE, for whom row security holds: created_by is the user who asks, by the claims, and does not change.';
-- PL/pgSQL: the same DDL for each table.
DO $signed$
DECLARE
    signed regclass;
BEGIN
    FOREACH signed IN ARRAY ARRAY[
        $rowkit$@schema@.workspaces$rowkit$, $rowkit$@schema@.users$rowkit$, $rowkit$@schema@.queries$rowkit$, $rowkit$@schema@.saved_searches$rowkit$,
        $rowkit$@schema@.leads$rowkit$, $rowkit$@schema@.export_jobs$rowkit$, $rowkit$@schema@.people_search_results$rowkit$,
        $rowkit$@schema@.saved_people_searches$rowkit$, $rowkit$@schema@.integrations$rowkit$,
        $rowkit$@schema@.notification_preferences$rowkit$]::regclass[]
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER set_created_by BEFORE INSERT OR UPDATE ON %1$s FOR EACH ROW WHEN (row_security_active(%1$L::regclass)) EXECUTE FUNCTION %2$s()',
            rowkit_internal._quoted_name(signed), $rowkit$@schema@.set_created_by$rowkit$);
    END LOOP;
END
$signed$;
