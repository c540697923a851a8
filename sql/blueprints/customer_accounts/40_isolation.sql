-- Who sees and writes what: a customer is its maker's and of who changed it last, and only its maker deletes it; contacts are of whoever sees
-- their customer.

SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.customer_accounts$rowkit$, '{"created_by": "sub"}', '{select,insert,update,delete}', policy_prefix => 'made', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.customer_accounts$rowkit$, '{"updated_by": "sub"}', '{select,update}', policy_prefix => 'changed', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.customer_contacts$rowkit$, '{}', '{select,insert,update,delete}',
    $rowkit$EXISTS (SELECT FROM @schema@.customer_accounts AS account WHERE account.id = customer_account_id)$rowkit$, policy_prefix => 'own',
    bypass_roles => rowkit_internal._bypass_roles());
-- Who sees a customer sees what happened to it and its contacts; when it is gone, who deleted it still does.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{"user_id": "sub"}', '{select}', policy_prefix => 'audit_own', bypass_roles => '{}');
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$EXISTS (SELECT FROM @schema@.customer_accounts AS account WHERE account.id = customer_account_id)$rowkit$, policy_prefix => 'audit', bypass_roles => '{}');

-- The view asks with the caller's rights.
SELECT rowkit_internal._open_to_api($rowkit$@schema@.current_customer_accounts$rowkit$::regclass, '{authenticated,service_role}');

-- Users sign with who they are: created_by never changes, updated_by is who asks. Whoever names somebody else as the maker of a customer is
-- refused by the policy above. A service writes what it is told to, as when it restores or hands over.
-- Numbers are given out, not chosen; after set_row_maker has signed the row.
CREATE OR REPLACE TRIGGER z_guard_number BEFORE INSERT ON @schema@.customer_accounts
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_record_number('id', 'created_by');
CREATE OR REPLACE TRIGGER z_guard_number BEFORE INSERT ON @schema@.customer_contacts
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_record_number('id', 'customer_account_id');
CREATE OR REPLACE TRIGGER set_row_maker BEFORE INSERT ON @schema@.customer_accounts FOR EACH ROW
    WHEN (row_security_active($rowkit$@schema@.customer_accounts$rowkit$::regclass) AND (NEW.created_by IS NULL OR NEW.created_by = rowkit.current_user_id()))
    EXECUTE FUNCTION rowkit.set_row_actor('created_by', 'updated_by');
CREATE OR REPLACE TRIGGER set_row_actor BEFORE UPDATE ON @schema@.customer_accounts FOR EACH ROW
    WHEN (row_security_active($rowkit$@schema@.customer_accounts$rowkit$::regclass)) EXECUTE FUNCTION rowkit.set_row_actor('created_by', 'updated_by');
CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON @schema@.customer_contacts FOR EACH ROW
    WHEN (row_security_active($rowkit$@schema@.customer_contacts$rowkit$::regclass)) EXECUTE FUNCTION rowkit.set_row_actor('created_by', 'updated_by');
