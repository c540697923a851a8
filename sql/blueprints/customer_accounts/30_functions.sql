-- What is done with customers. Atomic bodies refer to the tables themselves, so they survive renaming the schema; all work with the caller's rights.

CREATE OR REPLACE FUNCTION @schema@.set_primary_contact(contact_id bigint) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        -- One at a time for a customer: a statement that waited here sees what the other left.
        SELECT account.id FROM @schema@.customer_accounts AS account
        WHERE account.id = (SELECT contact.customer_account_id FROM @schema@.customer_contacts AS contact WHERE contact.id = set_primary_contact.contact_id)
        FOR NO KEY UPDATE;
        -- The old one first: the index of primary contacts is looked at row by row.
        UPDATE @schema@.customer_contacts AS contact SET is_primary_contact = false
        WHERE contact.is_primary_contact AND contact.id <> set_primary_contact.contact_id AND contact.customer_account_id = (
            SELECT chosen.customer_account_id FROM @schema@.customer_contacts AS chosen WHERE chosen.id = set_primary_contact.contact_id);
        UPDATE @schema@.customer_contacts AS contact SET is_primary_contact = true
        WHERE contact.id = set_primary_contact.contact_id AND contact.is_primary_contact IS NOT TRUE;
        SELECT EXISTS (SELECT FROM @schema@.customer_contacts AS contact WHERE contact.id = set_primary_contact.contact_id AND contact.is_primary_contact);
    END;
COMMENT ON FUNCTION @schema@.set_primary_contact(bigint) IS
'Makes a contact the primary one of its customer, in place of the one before, whoever else does so at the same time. false when it is not there or not the '
'caller''s to update. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.export_customer(id bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT jsonb_build_object(
            'version', 1,
            'account', to_jsonb(account) - 'search_vector',
            'contacts', (
                SELECT coalesce(jsonb_agg(to_jsonb(contact) - 'search_vector' ORDER BY contact.id), '[]')
                FROM @schema@.customer_contacts AS contact
                WHERE contact.customer_account_id = account.id))
        FROM @schema@.customer_accounts AS account
        WHERE account.id = export_customer.id;
    END;
COMMENT ON FUNCTION @schema@.export_customer(bigint) IS
'A customer with its contacts, {"version": 1, "account": {…}, "contacts": [{…}]}, for import_customer() or for the customer itself. NULL for one that '
'the caller does not see. STABLE.';
