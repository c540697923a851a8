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

CREATE OR REPLACE FUNCTION @schema@.import_customer(customer jsonb) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        INSERT INTO @schema@.customer_accounts AS held (
            id, company_name, customer_type, billing_address, service_address, account_notes, tags, created_at, updated_at, created_by, updated_by)
        OVERRIDING SYSTEM VALUE
        SELECT
            given.id, given.company_name, given.customer_type, given.billing_address, given.service_address, given.account_notes, given.tags,
            given.created_at, given.updated_at, given.created_by, given.updated_by
        FROM jsonb_to_record(customer -> 'account') AS given(
            id bigint, company_name text, customer_type text, billing_address jsonb, service_address jsonb, account_notes text, tags text[],
            created_at timestamptz, updated_at timestamptz, created_by uuid, updated_by uuid)
        ON CONFLICT (id) DO UPDATE SET
            company_name = excluded.company_name, customer_type = excluded.customer_type, billing_address = excluded.billing_address,
            service_address = excluded.service_address, account_notes = excluded.account_notes, tags = excluded.tags,
            created_at = excluded.created_at, created_by = excluded.created_by, updated_by = excluded.updated_by;

        -- What the export says of them comes below, one primary contact included.
        UPDATE @schema@.customer_contacts AS held SET is_primary_contact = false
        WHERE held.customer_account_id = (customer -> 'account' ->> 'id')::bigint AND held.is_primary_contact
            AND EXISTS (
                SELECT FROM jsonb_to_recordset(customer -> 'contacts') AS given(id bigint, is_primary_contact boolean)
                WHERE given.is_primary_contact AND given.id <> held.id);

        -- A contact that is another customer's by now is not taken from it: its foreign key would be NULL then, which is refused.
        INSERT INTO @schema@.customer_contacts AS held (
            id, customer_account_id, contact_name, email, phone, role, is_primary_contact, contact_notes, created_at, updated_at, created_by, updated_by)
        OVERRIDING SYSTEM VALUE
        SELECT
            given.id, (customer -> 'account' ->> 'id')::bigint, given.contact_name, given.email, given.phone, given.role, given.is_primary_contact,
            given.contact_notes, given.created_at, given.updated_at, given.created_by, given.updated_by
        FROM jsonb_to_recordset(customer -> 'contacts') AS given(
            id bigint, contact_name text, email text, phone text, role text, is_primary_contact boolean, contact_notes text, created_at timestamptz,
            updated_at timestamptz, created_by uuid, updated_by uuid)
        ON CONFLICT (id) DO UPDATE SET
            customer_account_id = CASE WHEN held.customer_account_id = excluded.customer_account_id THEN held.customer_account_id END,
            contact_name = excluded.contact_name, email = excluded.email, phone = excluded.phone, role = excluded.role,
            is_primary_contact = excluded.is_primary_contact, contact_notes = excluded.contact_notes, created_at = excluded.created_at,
            created_by = excluded.created_by, updated_by = excluded.updated_by;

        -- In another database the identity columns have not come that far; for who may move them.
        SELECT
            CASE WHEN has_sequence_privilege(kept.sequence, 'SELECT') AND has_sequence_privilege(kept.sequence, 'UPDATE') THEN
                CASE WHEN kept.highest > coalesce(pg_sequence_last_value(kept.sequence), 0) THEN setval(kept.sequence, kept.highest) END
            END
        FROM (
            SELECT
                pg_get_serial_sequence($rowkit$@schema@.customer_accounts$rowkit$::regclass::text, 'id')::regclass AS sequence,
                (customer -> 'account' ->> 'id')::bigint AS highest
            UNION ALL
            SELECT pg_get_serial_sequence($rowkit$@schema@.customer_contacts$rowkit$::regclass::text, 'id')::regclass, max(given.id)
            FROM jsonb_to_recordset(customer -> 'contacts') AS given(id bigint)
        ) AS kept;
        SELECT (customer -> 'account' ->> 'id')::bigint;
    END;
COMMENT ON FUNCTION @schema@.import_customer(jsonb) IS
'Brings a customer and its contacts back to what export_customer() gave, under the same ids: what is gone is made again, what is there is set back, contacts '
'that came since stay. A service signs it as it was; what a user imports that user signs. Returns the id. 23502 when it is no such export or one of its contacts is another customer''s by now, 23505 when a contact that came '
'since has the e-mail address of another. VOLATILE.';
