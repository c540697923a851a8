-- Who sees and writes what: members of an organization its rows, by their role; everyone their own row in users.
-- Signing up an organization is for a service: nobody is a member of what is not there yet.

SELECT count(*) FROM rowkit.register_membership(
    $rowkit$@schema@.user_organizations$rowkit$, 'user_id', 'organization_id', role_column => 'role', active_column => 'is_active',
    roles => '{viewer,member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.organizations$rowkit$, 'id', membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'admin', delete_role => 'owner',
    commands => '{select,update,delete}', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.user_organizations$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.users$rowkit$, '{"id": "sub"}', '{select,insert,update}', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.tables$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', delete_role => 'admin',
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.table_columns$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.table_statuses$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.records$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
-- Written by triggers with the owner's rights: closed to everyone else.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.record_keys$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.record_counters$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.record_links$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.column_change_values$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.record_index$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
-- Members say which columns are indexed together; triggers write the rest of a row.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.table_indexes$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', commands => '{select,insert,delete}',
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.table_views$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
-- A view that has an owner is nobody else's.
DROP POLICY IF EXISTS owner ON @schema@.table_views;
CREATE POLICY owner ON @schema@.table_views AS RESTRICTIVE FOR ALL
    USING (owner_id IS NULL OR owner_id = rowkit.current_user_id() OR rowkit.current_user_id() IS NULL);
-- Members who may write records read which imports there were, by which columns; viewers read counts by import_progress. What a file held, and what became
-- of it, is for whoever imported it and for admins. A trigger lets only the functions of imports write.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.imports$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.import_chunks$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.import_rows$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.import_batches$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
DROP POLICY IF EXISTS member_reads ON @schema@.imports;
CREATE POLICY member_reads ON @schema@.imports AS RESTRICTIVE FOR SELECT
    USING (created_by = rowkit.current_user_id() OR rowkit.current_user_id() IS NULL
        OR organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.user_organizations$members$, 'member')));
DROP POLICY IF EXISTS creator_updates ON @schema@.imports;
CREATE POLICY creator_updates ON @schema@.imports AS RESTRICTIVE FOR UPDATE
    USING (created_by = rowkit.current_user_id() OR rowkit.current_user_id() IS NULL
        OR organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.user_organizations$members$, 'admin')));
DROP POLICY IF EXISTS creator_deletes ON @schema@.imports;
CREATE POLICY creator_deletes ON @schema@.imports AS RESTRICTIVE FOR DELETE
    USING (created_by = rowkit.current_user_id() OR rowkit.current_user_id() IS NULL
        OR organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.user_organizations$members$, 'admin')));
DROP POLICY IF EXISTS creator ON @schema@.import_chunks;
CREATE POLICY creator ON @schema@.import_chunks AS RESTRICTIVE FOR ALL
    USING (created_by = rowkit.current_user_id() OR rowkit.current_user_id() IS NULL
        OR organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.user_organizations$members$, 'admin')));
DROP POLICY IF EXISTS creator ON @schema@.import_rows;
CREATE POLICY creator ON @schema@.import_rows AS RESTRICTIVE FOR ALL
    USING (created_by = rowkit.current_user_id() OR rowkit.current_user_id() IS NULL
        OR organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.user_organizations$members$, 'admin')));
DROP POLICY IF EXISTS creator ON @schema@.import_batches;
CREATE POLICY creator ON @schema@.import_batches AS RESTRICTIVE FOR ALL
    USING (created_by = rowkit.current_user_id() OR rowkit.current_user_id() IS NULL
        OR organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.user_organizations$members$, 'admin')));
-- What can be restored is for members to read; triggers write it.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.column_changes$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{select}',
    bypass_roles => rowkit_internal._bypass_roles());
-- Members read the counters of their tables; triggers write them.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.record_statistics$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{select}',
    bypass_roles => rowkit_internal._bypass_roles());
SELECT rowkit_internal._open_to_api($rowkit$@schema@.live_table_statistics$rowkit$::regclass, '{authenticated,service_role}');
-- Events of no tenant, such as the purge of a part of the log, are nobody's to read here.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.user_organizations$members$, 'admin'))$rowkit$, policy_prefix => 'audit', bypass_roles => '{}');
SELECT rowkit_internal._close_to_api($rowkit$@schema@.table_statistics$rowkit$);

-- Users write their own address alone, and whom a membership names does not change.
CREATE OR REPLACE TRIGGER a_guard_email BEFORE INSERT OR UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_email_column('email');
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.user_organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('user_id');

-- Users sign what they make: created_by is who asks, and stays. When a user is deleted it becomes NULL, which is no user's doing.
CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON @schema@.tables FOR EACH ROW
    WHEN (row_security_active($rowkit$@schema@.tables$rowkit$::regclass)) EXECUTE FUNCTION rowkit.set_row_actor();
CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON @schema@.records FOR EACH ROW
    WHEN (row_security_active($rowkit$@schema@.records$rowkit$::regclass)) EXECUTE FUNCTION rowkit.set_row_actor();
CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON @schema@.imports FOR EACH ROW
    WHEN (row_security_active($rowkit$@schema@.imports$rowkit$::regclass)) EXECUTE FUNCTION rowkit.set_row_actor();
