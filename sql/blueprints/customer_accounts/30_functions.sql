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
'Makes a contact the primary one of its customer.
It takes the place of the one before, whoever else does so at the same time. Returns false when it is not there or not the '
'caller''s to update. VOLATILE. '
'contact_id is the id of the contact.';

CREATE OR REPLACE FUNCTION @schema@.export_customer(customer_account_id bigint) RETURNS jsonb
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
        WHERE account.id = export_customer.customer_account_id;
    END;
COMMENT ON FUNCTION @schema@.export_customer(bigint) IS
'Returns a customer with its contacts as one JSON object.
A customer with its contacts, {"version": 1, "account": {…}, "contacts": [{…}]}, for import_customer() or for the customer itself. NULL for one that '
'the caller does not see. STABLE. '
'customer_account_id is the customer.';

CREATE OR REPLACE VIEW @schema@.current_customer_accounts AS
SELECT
    account.id, account.company_name, account.customer_type, account.billing_address, account.service_address, account.account_notes, account.tags,
    account.phone_region, account.created_at, account.updated_at, account.created_by, account.updated_by
FROM @schema@.customer_accounts AS account
WHERE account.archived_at IS NULL;
COMMENT ON VIEW @schema@.current_customer_accounts IS 'The customers that are not archived. With the caller''s rights from PostgreSQL 15 on.';
COMMENT ON COLUMN @schema@.current_customer_accounts.id IS 'The number of the customer: id in customer_accounts, as are the columns below.';
COMMENT ON COLUMN @schema@.current_customer_accounts.company_name IS 'The company''s name, or the person''s for a private customer.';
COMMENT ON COLUMN @schema@.current_customer_accounts.customer_type IS 'Residential or Commercial.';
COMMENT ON COLUMN @schema@.current_customer_accounts.billing_address IS 'Where bills go to: {"street", "city", "state", "zip", "country"}, any of them.';
COMMENT ON COLUMN @schema@.current_customer_accounts.service_address IS 'Where the work is done: {"street", "city", "state", "zip", "country"}, any of them.';
COMMENT ON COLUMN @schema@.current_customer_accounts.account_notes IS 'Notes about the customer.';
COMMENT ON COLUMN @schema@.current_customer_accounts.tags IS 'Labels of the customer.';
COMMENT ON COLUMN @schema@.current_customer_accounts.phone_region IS 'The country (ISO 3166) whose telephone numbers contacts may give without a country code.';
COMMENT ON COLUMN @schema@.current_customer_accounts.created_at IS 'When the customer was inserted.';
COMMENT ON COLUMN @schema@.current_customer_accounts.updated_at IS 'When the customer was last changed.';
COMMENT ON COLUMN @schema@.current_customer_accounts.created_by IS 'The user who inserted the customer; NULL for a service without claims.';
COMMENT ON COLUMN @schema@.current_customer_accounts.updated_by IS 'The user who last changed the customer; NULL for a service without claims.';
-- PL/pgSQL: PostgreSQL 14 has no security_invoker.
DO $view$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW @schema@.current_customer_accounts SET (security_invoker = true);
    END IF;
END
$view$;

CREATE OR REPLACE FUNCTION @schema@.archive_customer(customer_account_id bigint) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH archived AS (
            UPDATE @schema@.customer_accounts AS account SET archived_at = now()
            WHERE account.id = archive_customer.customer_account_id AND account.archived_at IS NULL
            RETURNING account.id
        )
        SELECT EXISTS (SELECT FROM archived);
    END;
COMMENT ON FUNCTION @schema@.archive_customer(bigint) IS
'Puts a customer aside: it and its contacts stay as they are, and leave current_customer_accounts.
Returns whether it did: false for one that is archived already, not there or not the caller''s to update. '
'With the caller''s rights. VOLATILE. '
'customer_account_id is the id of the customer.';

CREATE OR REPLACE FUNCTION @schema@.unarchive_customer(customer_account_id bigint) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH returned AS (
            UPDATE @schema@.customer_accounts AS account SET archived_at = NULL
            WHERE account.id = unarchive_customer.customer_account_id AND account.archived_at IS NOT NULL
            RETURNING account.id
        )
        SELECT EXISTS (SELECT FROM returned);
    END;
COMMENT ON FUNCTION @schema@.unarchive_customer(bigint) IS
'Takes a customer out of the archive.
Returns whether it did: false for one that is not archived, not there or not the caller''s to update. With the caller''s rights. VOLATILE. '
'customer_account_id is the id of the customer.';

CREATE OR REPLACE FUNCTION @schema@.archive_old_customers(days_old integer) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH archived AS (
            UPDATE @schema@.customer_accounts AS account SET archived_at = now()
            WHERE account.archived_at IS NULL AND account.updated_at < now() - make_interval(days => days_old)
                AND NOT EXISTS (
                    SELECT FROM @schema@.customer_contacts AS contact
                    WHERE contact.customer_account_id = account.id AND contact.updated_at >= now() - make_interval(days => days_old))
            RETURNING account.id
        )
        SELECT count(*) FROM archived;
    END;
COMMENT ON FUNCTION @schema@.archive_old_customers(integer) IS
'Archives the customers that nobody has changed for so many days.
A change of a contact counts as a change of its customer. Returns how many customers were archived: those that the caller may update. VOLATILE. Example, for a scheduled job: SELECT archive_old_customers(730). '
'days_old is that number of days.';

CREATE OR REPLACE FUNCTION @schema@.check_customer_integrity() RETURNS TABLE(severity text, object_name text, problem text, remedy text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT 'error' AS severity, format('customer_contacts %s', contact.id), format('there is no customer %s', contact.customer_account_id),
            'restore the customer, or delete the contact' AS remedy
        FROM @schema@.customer_contacts AS contact
        WHERE NOT EXISTS (SELECT FROM @schema@.customer_accounts AS account WHERE account.id = contact.customer_account_id)
        UNION ALL
        SELECT 'error' AS severity, format('customer_accounts %s', contact.customer_account_id), format('it has %s primary contacts', count(*)), 'call set_primary_contact() for one of them' AS remedy
        FROM @schema@.customer_contacts AS contact WHERE contact.is_primary_contact
        GROUP BY contact.customer_account_id HAVING count(*) > 1
        UNION ALL
        SELECT 'error' AS severity, format('customer_accounts %s', contact.customer_account_id), format('%s contacts have the e-mail address %s', count(*), lower(contact.email)),
            'delete those that are the same person' AS remedy
        FROM @schema@.customer_contacts AS contact WHERE contact.email IS NOT NULL
        GROUP BY contact.customer_account_id, lower(contact.email) HAVING count(*) > 1
        UNION ALL
        SELECT 'error' AS severity, format('customer_accounts %s', account.id), format('%s holds something else than texts of street, city, state, zip and country', address.name),
            'correct it by an UPDATE' AS remedy
        FROM @schema@.customer_accounts AS account
        CROSS JOIN LATERAL (VALUES ('billing_address', account.billing_address), ('service_address', account.service_address)) AS address(name, value)
        WHERE address.value IS NOT NULL AND CASE WHEN jsonb_typeof(address.value) = 'object' THEN EXISTS (
            SELECT FROM jsonb_each(address.value) AS part
            WHERE jsonb_typeof(part.value) <> 'string' OR part.key <> ALL (ARRAY['street', 'city', 'state', 'zip', 'country'])) ELSE true END
        UNION ALL
        SELECT 'warning' AS severity, format('%s %s', lost.name, lost.id), 'search does not find it: its search vector is missing' AS problem, format('CALL rowkit.rebuild_search_vectors_in_batches(%L)', lost.name)
        FROM (
            SELECT 'customer_accounts' AS name, account.id FROM @schema@.customer_accounts AS account WHERE account.search_vector IS NULL
            UNION ALL SELECT 'customer_contacts' AS name, contact.id FROM @schema@.customer_contacts AS contact WHERE contact.search_vector IS NULL
        ) AS lost
        UNION ALL
        SELECT 'warning' AS severity, format('customer_contacts %s', contact.id), 'phone_e164 is not that of phone' AS problem, 'UPDATE customer_contacts SET phone = phone' AS remedy
        FROM @schema@.customer_contacts AS contact JOIN @schema@.customer_accounts AS account ON account.id = contact.customer_account_id
        WHERE contact.phone_e164 IS DISTINCT FROM rowkit.standard_phone(contact.phone, account.phone_region)
        UNION ALL
        SELECT 'error' AS severity, kept.name, format('the next id would be %s, and there are ids up to %s', coalesce(pg_sequence_last_value(kept.sequence), 0) + 1, kept.highest),
            format('SELECT setval(%L, %s)', kept.sequence, kept.highest)
        FROM (
            SELECT 'customer_accounts' AS name, pg_get_serial_sequence($rowkit$@schema@.customer_accounts$rowkit$::regclass::text, 'id')::regclass AS sequence,
                (SELECT max(account.id) FROM @schema@.customer_accounts AS account) AS highest
            UNION ALL
            SELECT 'customer_contacts' AS name, pg_get_serial_sequence($rowkit$@schema@.customer_contacts$rowkit$::regclass::text, 'id')::regclass,
                (SELECT max(contact.id) FROM @schema@.customer_contacts AS contact)
        ) AS kept
        -- Who may not look at the sequence is told NULL.
        WHERE has_sequence_privilege(kept.sequence, 'SELECT') AND kept.highest > coalesce(pg_sequence_last_value(kept.sequence), 0)
        UNION ALL
        SELECT 'error' AS severity, found.name, found.problem, found.remedy
        FROM unnest(ARRAY[$rowkit$@schema@.customer_accounts$rowkit$::regclass, $rowkit$@schema@.customer_contacts$rowkit$::regclass]) AS held(relation)
        CROSS JOIN LATERAL (
            SELECT rule.conname::text AS name, format('the constraint of %s was not validated', held.relation) AS problem,
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I', held.relation, rule.conname) AS remedy
            FROM pg_constraint AS rule WHERE rule.conrelid = held.relation AND NOT rule.convalidated
            UNION ALL
            SELECT index.relname, format('the index of %s is not valid', held.relation), format('REINDEX INDEX %s', entry.indexrelid::regclass)
            FROM pg_index AS entry JOIN pg_class AS index ON index.oid = entry.indexrelid WHERE entry.indrelid = held.relation AND NOT entry.indisvalid
            UNION ALL
            SELECT fired.tgname, format('the trigger on %s is disabled', held.relation), format('ALTER TABLE %s ENABLE TRIGGER %I', held.relation, fired.tgname)
            FROM pg_trigger AS fired WHERE fired.tgrelid = held.relation AND fired.tgenabled = 'D'
        ) AS found
        ORDER BY 1, 2, 3;
    END;
COMMENT ON FUNCTION @schema@.check_customer_integrity() IS
'Returns what is not as it should be after a recovery.
A row for each of: contacts without their customer, customers with two primary contacts or one address twice, addresses of another shape, missing search vectors, telephone numbers that are not '
'standardized, ids that would come again, constraints and indexes that are not valid, disabled triggers. No row means that all is well. It reads with the caller''s rights, so call it as the owner or the service. severity is error or '
'warning. STABLE. '
'object_name is the row or object. problem says what is wrong. remedy says what to do.';
