-- Who sees and writes what: a customer is its maker's and of who changed it last, and only its maker deletes it; contacts are of whoever sees
-- their customer.

SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.customer_accounts$rowkit$, '{}', '{select,update}',
    'created_by = rowkit.current_user_id() OR updated_by = rowkit.current_user_id()', name => 'own', service_roles => rowkit._service_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.customer_accounts$rowkit$, '{"created_by": "sub"}', '{insert,delete}', name => 'made', service_roles => rowkit._service_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.customer_contacts$rowkit$, '{}', '{select,insert,update,delete}',
    $rowkit$EXISTS (SELECT FROM @schema@.customer_accounts AS account WHERE account.id = customer_account_id)$rowkit$, name => 'own',
    service_roles => rowkit._service_roles());
-- Who sees a customer sees what happened to it and its contacts; when it is gone, who deleted it still does.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$user_id = rowkit.current_user_id() OR EXISTS (SELECT FROM @schema@.customer_accounts AS account WHERE account.id = customer_account_id)$rowkit$,
    name => 'audit', service_roles => '{}');
