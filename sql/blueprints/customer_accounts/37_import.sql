-- What an export brings back. Atomic bodies refer to the tables themselves, so they survive renaming the schema; all work with the caller's rights.
--
-- A service brings customers back under the numbers that they had. Whom row security holds does so only with a customer that is there, or one that they made
-- and deleted themselves; any other number may be a customer of somebody else, whose past the log tells by it. So that customer gets a new number.

CREATE OR REPLACE FUNCTION @schema@.deleted_own_customer(id bigint) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT EXISTS (
            SELECT FROM @schema@.audit_logs AS event
            WHERE event.record_id = deleted_own_customer.id::text AND event.table_name = 'customer_accounts' AND event.action = 'DELETE'
                AND event.user_id = rowkit.current_user_id() AND event.old_data ->> 'created_by' = event.user_id::text);
    END;
COMMENT ON FUNCTION @schema@.deleted_own_customer(bigint) IS
'Whether the caller, by the claims, made and deleted the customer of this number, as far as the log is there. STABLE.';

CREATE OR REPLACE FUNCTION @schema@.deleted_own_contact(id bigint, customer_account_id bigint) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT EXISTS (
            SELECT FROM @schema@.audit_logs AS event
            WHERE event.record_id = deleted_own_contact.id::text AND event.table_name = 'customer_contacts' AND event.action = 'DELETE'
                AND event.old_data ->> 'customer_account_id' = deleted_own_contact.customer_account_id::text);
    END;
COMMENT ON FUNCTION @schema@.deleted_own_contact(bigint, bigint) IS
'Whether a contact of this number was deleted from this customer, as far as the caller reads the log. STABLE.';

CREATE OR REPLACE FUNCTION @schema@.import_customer_account(customer jsonb) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH given AS MATERIALIZED (
            SELECT
                given.*,
                CASE
                    WHEN NOT row_security_active($rowkit$@schema@.customer_accounts$rowkit$::regclass) THEN true
                    WHEN EXISTS (SELECT FROM @schema@.customer_accounts AS account WHERE account.id = given.id) THEN true
                    ELSE @schema@.deleted_own_customer(given.id)
                END AS keeps_id
            FROM jsonb_to_record(customer -> 'account') AS given(
                id bigint, company_name text, customer_type text, billing_address jsonb, service_address jsonb, account_notes text, tags text[],
                created_at timestamptz, updated_at timestamptz, created_by uuid, updated_by uuid)
        ), kept AS (
            INSERT INTO @schema@.customer_accounts AS held (
                id, company_name, customer_type, billing_address, service_address, account_notes, tags, created_at, updated_at, created_by, updated_by)
            OVERRIDING SYSTEM VALUE
            SELECT
                given.id, given.company_name, given.customer_type, given.billing_address, given.service_address, given.account_notes, given.tags,
                given.created_at, given.updated_at, given.created_by, given.updated_by
            FROM given WHERE given.keeps_id
            ON CONFLICT (id) DO UPDATE SET
                company_name = excluded.company_name, customer_type = excluded.customer_type, billing_address = excluded.billing_address,
                service_address = excluded.service_address, account_notes = excluded.account_notes, tags = excluded.tags,
                created_at = excluded.created_at, created_by = excluded.created_by, updated_by = excluded.updated_by
            RETURNING held.id
        ), made AS (
            INSERT INTO @schema@.customer_accounts AS held (
                company_name, customer_type, billing_address, service_address, account_notes, tags, created_at, updated_at, created_by, updated_by)
            SELECT
                given.company_name, given.customer_type, given.billing_address, given.service_address, given.account_notes, given.tags,
                given.created_at, given.updated_at, given.created_by, given.updated_by
            FROM given WHERE NOT given.keeps_id
            RETURNING held.id
        )
        SELECT kept.id FROM kept UNION ALL SELECT made.id FROM made;
    END;
COMMENT ON FUNCTION @schema@.import_customer_account(jsonb) IS 'import_customer() without the contacts. Returns the id that the customer has now. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.import_customer_contacts(customer jsonb, account_id bigint) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        -- What the export says of them comes below, one primary contact included.
        UPDATE @schema@.customer_contacts AS held SET is_primary_contact = false
        WHERE held.customer_account_id = import_customer_contacts.account_id AND held.is_primary_contact
            AND EXISTS (
                SELECT FROM jsonb_to_recordset(customer -> 'contacts') AS given(id bigint, is_primary_contact boolean)
                WHERE given.is_primary_contact AND given.id <> held.id);

        WITH given AS MATERIALIZED (
            SELECT
                given.*,
                CASE
                    WHEN NOT row_security_active($rowkit$@schema@.customer_contacts$rowkit$::regclass) THEN true
                    WHEN EXISTS (SELECT FROM @schema@.customer_contacts AS contact WHERE contact.id = given.id) THEN true
                    ELSE @schema@.deleted_own_contact(given.id, import_customer_contacts.account_id)
                END AS keeps_id
            FROM jsonb_to_recordset(customer -> 'contacts') AS given(
                id bigint, contact_name text, email text, phone text, role text, is_primary_contact boolean, contact_notes text, created_at timestamptz,
                updated_at timestamptz, created_by uuid, updated_by uuid)
        ), made AS (
            INSERT INTO @schema@.customer_contacts AS held (
                customer_account_id, contact_name, email, phone, role, is_primary_contact, contact_notes, created_at, updated_at, created_by, updated_by)
            SELECT
                import_customer_contacts.account_id, given.contact_name, given.email, given.phone, given.role, given.is_primary_contact,
                given.contact_notes, given.created_at, given.updated_at, given.created_by, given.updated_by
            FROM given WHERE NOT given.keeps_id
            RETURNING held.id
        )
        -- A contact that is another customer's by now is not taken from it: its foreign key would be NULL then, which is refused.
        INSERT INTO @schema@.customer_contacts AS held (
            id, customer_account_id, contact_name, email, phone, role, is_primary_contact, contact_notes, created_at, updated_at, created_by, updated_by)
        OVERRIDING SYSTEM VALUE
        SELECT
            given.id, import_customer_contacts.account_id, given.contact_name, given.email, given.phone, given.role, given.is_primary_contact,
            given.contact_notes, given.created_at, given.updated_at, given.created_by, given.updated_by
        FROM given WHERE given.keeps_id
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
        SELECT import_customer_contacts.account_id;
    END;
COMMENT ON FUNCTION @schema@.import_customer_contacts(jsonb, bigint) IS 'The contacts of import_customer(), into this customer. Returns its id. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.import_customer(customer jsonb) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT @schema@.import_customer_contacts(customer, @schema@.import_customer_account(customer));
    END;
COMMENT ON FUNCTION @schema@.import_customer(jsonb) IS
'Brings a customer and its contacts back to what export_customer() gave: what is gone is made again, what is there is set back, contacts that came since stay. Returns the id that the '
'customer has now. A service brings it back as it was, under the same ids. What a user imports that user signs; it keeps its ids where they are the user''s to '
'write, or where the user made and deleted the customer (the log tells), else it gets new ones. 23502 when it is no such export or one of its contacts is another customer''s by now, 23505 when a contact that came '
'since has the e-mail address of another. VOLATILE.';
