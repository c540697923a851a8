-- What an export brings back. Atomic bodies refer to the tables themselves, so they survive renaming the schema; all work with the caller's rights.
--
-- A service brings customers back under the numbers that they had. Whom row security holds does so with a customer that is there and theirs, or was theirs when
-- it was deleted. Under any other number somebody else's customer may have been, whose past the log tells by it: guard_record_number() gives it a new one.

CREATE OR REPLACE FUNCTION @schema@.import_customer_account(customer jsonb) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        INSERT INTO @schema@.customer_accounts AS held (
            id, company_name, customer_type, billing_address, service_address, account_notes, tags, phone_region, archived_at, created_at, updated_at, created_by,
            updated_by)
        OVERRIDING SYSTEM VALUE
        SELECT
            given.id, given.company_name, given.customer_type, given.billing_address, given.service_address, given.account_notes, given.tags,
            coalesce(given.phone_region, 'US'), given.archived_at, given.created_at, given.updated_at, given.created_by, given.updated_by
        FROM jsonb_to_record(customer -> 'account') AS given(
            id bigint, company_name text, customer_type text, billing_address jsonb, service_address jsonb, account_notes text, tags text[],
            phone_region text, archived_at timestamptz, created_at timestamptz, updated_at timestamptz, created_by uuid, updated_by uuid)
        ON CONFLICT (id) DO UPDATE SET
            company_name = excluded.company_name, customer_type = excluded.customer_type, billing_address = excluded.billing_address,
            service_address = excluded.service_address, account_notes = excluded.account_notes, tags = excluded.tags,
            phone_region = excluded.phone_region, archived_at = excluded.archived_at,
            created_at = excluded.created_at, created_by = excluded.created_by, updated_by = excluded.updated_by
        RETURNING held.id;
    END;
COMMENT ON FUNCTION @schema@.import_customer_account(jsonb) IS
'Does what import_customer() does, without the contacts.
import_customer() without the contacts. Returns the id that the customer has now. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.import_customer_contacts(customer_account_id bigint, customer jsonb) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        -- What the export says of them comes below, one primary contact included.
        UPDATE @schema@.customer_contacts AS held SET is_primary_contact = false
        WHERE held.customer_account_id = import_customer_contacts.customer_account_id AND held.is_primary_contact
            AND EXISTS (
                SELECT FROM jsonb_to_recordset(customer -> 'contacts') AS given(id bigint, is_primary_contact boolean)
                WHERE given.is_primary_contact AND given.id <> held.id);

        -- A contact that is another customer's by now is not taken from it: its foreign key would be NULL then, which is refused.
        INSERT INTO @schema@.customer_contacts AS held (
            id, customer_account_id, contact_name, email, phone, role, is_primary_contact, contact_notes, created_at, updated_at, created_by, updated_by)
        OVERRIDING SYSTEM VALUE
        SELECT
            given.id, import_customer_contacts.customer_account_id, given.contact_name, given.email, given.phone, given.role, given.is_primary_contact,
            given.contact_notes, given.created_at, given.updated_at, given.created_by, given.updated_by
        FROM jsonb_to_recordset(customer -> 'contacts') AS given(
            id bigint, contact_name text, email text, phone text, role text, is_primary_contact boolean, contact_notes text, created_at timestamptz,
            updated_at timestamptz, created_by uuid, updated_by uuid)
        ON CONFLICT (id) DO UPDATE SET
            customer_account_id = CASE WHEN held.customer_account_id = excluded.customer_account_id THEN held.customer_account_id END,
            contact_name = excluded.contact_name, email = excluded.email, phone = excluded.phone, role = excluded.role,
            is_primary_contact = excluded.is_primary_contact, contact_notes = excluded.contact_notes, created_at = excluded.created_at,
            created_by = excluded.created_by, updated_by = excluded.updated_by;

        -- In another database the identity columns have not come that far; for a service, which keeps the numbers, and who may move them.
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
        ) AS kept
        WHERE NOT row_security_active($rowkit$@schema@.customer_accounts$rowkit$::regclass);
        SELECT import_customer_contacts.customer_account_id;
    END;
COMMENT ON FUNCTION @schema@.import_customer_contacts(bigint, jsonb) IS
'Does what import_customer() does with the contacts, into this customer.
Returns its id. VOLATILE. '
'customer_account_id is that customer. customer is the export.';

CREATE OR REPLACE FUNCTION @schema@.import_customer(customer jsonb) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT @schema@.import_customer_contacts(@schema@.import_customer_account(customer), customer);
    END;
COMMENT ON FUNCTION @schema@.import_customer(jsonb) IS
'Brings a customer and its contacts back from an export.
Brings a customer and its contacts back to what export_customer() gave: what is gone is made again, what is there is set back, contacts that came since stay. Returns the id that the '
'customer has now. A service brings it back as it was, under the same ids. What a user imports that user signs; it keeps its ids where they are the user''s to '
'write, or were the user''s when they were deleted (the log tells), and gets new ones where nobody has them. 42501 for the id of somebody else''s customer, 23502 when it is no such export or one of its contacts is another customer''s by now, 23505 when a contact that came '
'since has the e-mail address of another. VOLATILE.';
