-- What blueprints made in this schema, by names relative to it: no OID, so it survives dump, restore and renaming the schema.

CREATE TABLE IF NOT EXISTS @schema@.rowkit_objects (
    blueprint text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    checksum text,
    PRIMARY KEY (blueprint, kind, name)
);
COMMENT ON TABLE @schema@.rowkit_objects IS
'What rowkit.install_blueprint made in this schema; rowkit.uninstall_blueprint drops exactly this. Not to be edited.';
COMMENT ON COLUMN @schema@.rowkit_objects.blueprint IS 'The blueprint that made the object, as rowkit.blueprints() names it.';
COMMENT ON COLUMN @schema@.rowkit_objects.version IS
'The version that made the object; for kind blueprint the version that is installed.';
COMMENT ON COLUMN @schema@.rowkit_objects.kind IS
'What the object is, such as table, index or policy; blueprint for the row of the blueprint itself, schema where the schema was made with it.';
COMMENT ON COLUMN @schema@.rowkit_objects.name IS
'Relative to the schema; objects of a table as table.object. For kind blueprint its name, for kind schema a dot.';
COMMENT ON COLUMN @schema@.rowkit_objects.checksum IS
'For kind blueprint, of what was made and granted: install_blueprint repairs it where that is another by now.';
SELECT rowkit_internal._close_helper_table($rowkit$@schema@.rowkit_objects$rowkit$);
-- Customers and their contacts. Columns, types, defaults and indexes are those of the seed, so ids are bigint and come from identity columns.
--
-- Row security belongs in a script of its own after this one: rows are those of who made or last changed them (created_by, updated_by), contacts
-- those of their account. Both columns are indexed for it, and for the foreign keys that they get where auth.users is there.

CREATE TABLE IF NOT EXISTS @schema@.customer_accounts (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    company_name text NOT NULL CHECK (company_name <> ''),
    customer_type text NOT NULL CHECK (customer_type IN ('Residential', 'Commercial')),
    billing_address jsonb DEFAULT '{}',
    service_address jsonb DEFAULT '{}',
    account_notes text,
    tags text[] DEFAULT '{}',
    phone_region text NOT NULL DEFAULT 'US' CHECK (phone_region ~ '^[A-Z]{2}$'),
    archived_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    search_vector tsvector
);
COMMENT ON TABLE @schema@.customer_accounts IS
'Customers. Deleting one deletes its contacts; export_customer() first keeps what import_customer() brings back.';
COMMENT ON COLUMN @schema@.customer_accounts.id IS 'Primary key: a number that PostgreSQL draws from the table''s identity sequence.';
COMMENT ON COLUMN @schema@.customer_accounts.company_name IS 'The company''s name, or the person''s for a private customer; search reads it first.';
COMMENT ON COLUMN @schema@.customer_accounts.customer_type IS 'Residential or Commercial.';
COMMENT ON COLUMN @schema@.customer_accounts.billing_address IS '{"street", "city", "state", "zip", "country"}, any of them, all texts; checked by a trigger.';
COMMENT ON COLUMN @schema@.customer_accounts.service_address IS
'Where the work is done: {"street", "city", "state", "zip", "country"}, any of them, all texts; checked by a trigger.';
COMMENT ON COLUMN @schema@.customer_accounts.account_notes IS 'Notes about the customer; search reads them.';
COMMENT ON COLUMN @schema@.customer_accounts.tags IS 'Labels of the customer; search reads them.';
COMMENT ON COLUMN @schema@.customer_accounts.phone_region IS
'The country (ISO 3166) whose telephone numbers contacts may give without a country code; customer_contacts.phone_e164 follows.';
COMMENT ON COLUMN @schema@.customer_accounts.archived_at IS 'When it was put aside by archive_customer(); NULL for one that is in use. Archived ones are in current_customer_accounts no more, and stay readable.';
COMMENT ON COLUMN @schema@.customer_accounts.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.customer_accounts.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.customer_accounts.created_by IS
'The user who inserted the row, by the claims; users cannot change it. Refers to auth.users where that table exists. NULL for a service without claims.';
COMMENT ON COLUMN @schema@.customer_accounts.updated_by IS
'The user who last changed the row, by the claims. Refers to auth.users where that table exists. NULL for a service without claims.';
COMMENT ON COLUMN @schema@.customer_accounts.search_vector IS 'What rowkit.search_rows looks in; kept by a trigger.';

CREATE INDEX IF NOT EXISTS idx_customer_accounts_company_name ON @schema@.customer_accounts USING gin (to_tsvector('english', company_name));
COMMENT ON INDEX @schema@.idx_customer_accounts_company_name IS
'English words of company names, for roles that bypass row security: @@ is not leakproof, so users of policies are served by the search vector.';
CREATE INDEX IF NOT EXISTS idx_customer_accounts_customer_type ON @schema@.customer_accounts (customer_type);
COMMENT ON INDEX @schema@.idx_customer_accounts_customer_type IS 'Filter by type.';
CREATE INDEX IF NOT EXISTS idx_customer_accounts_created_at ON @schema@.customer_accounts (created_at DESC);
COMMENT ON INDEX @schema@.idx_customer_accounts_created_at IS 'The newest customers, and ranges of dates.';
CREATE INDEX IF NOT EXISTS idx_customer_accounts_current ON @schema@.customer_accounts (created_at DESC) WHERE archived_at IS NULL;
COMMENT ON INDEX @schema@.idx_customer_accounts_current IS 'The newest customers that are not archived: current_customer_accounts.';
CREATE INDEX IF NOT EXISTS idx_customer_accounts_tags ON @schema@.customer_accounts USING gin (tags);
COMMENT ON INDEX @schema@.idx_customer_accounts_tags IS 'Customers with a tag: tags @> ARRAY[''vip'']. For roles that bypass row security.';
CREATE INDEX IF NOT EXISTS idx_customer_accounts_created_by ON @schema@.customer_accounts (created_by);
COMMENT ON INDEX @schema@.idx_customer_accounts_created_by IS 'The customers of who made them; deleting a user looks here.';
CREATE INDEX IF NOT EXISTS idx_customer_accounts_updated_by ON @schema@.customer_accounts (updated_by);
COMMENT ON INDEX @schema@.idx_customer_accounts_updated_by IS 'The customers of who changed them last; deleting a user looks here.';
CREATE INDEX IF NOT EXISTS idx_customer_accounts_search ON @schema@.customer_accounts USING gin (search_vector rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_customer_accounts_search IS 'Full-text search by the leakproof operator @~, under row security, too.';

CREATE OR REPLACE TRIGGER customer_accounts_billing_address BEFORE INSERT OR UPDATE ON @schema@.customer_accounts
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('billing_address',
        '{"type": "object", "additionalProperties": false, "properties": {"street": {"type": "string"}, "city": {"type": "string"}, '
        '"state": {"type": "string"}, "zip": {"type": "string"}, "country": {"type": "string"}}}');
CREATE OR REPLACE TRIGGER customer_accounts_service_address BEFORE INSERT OR UPDATE ON @schema@.customer_accounts
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('service_address',
        '{"type": "object", "additionalProperties": false, "properties": {"street": {"type": "string"}, "city": {"type": "string"}, '
        '"state": {"type": "string"}, "zip": {"type": "string"}, "country": {"type": "string"}}}');
CREATE OR REPLACE TRIGGER customer_accounts_search_vector BEFORE INSERT OR UPDATE ON @schema@.customer_accounts
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'company_name:A', 'tags:B', 'account_notes:C');
CREATE OR REPLACE TRIGGER customer_accounts_updated_at BEFORE UPDATE ON @schema@.customer_accounts
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
-- The people at a customer.

CREATE TABLE IF NOT EXISTS @schema@.customer_contacts (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    customer_account_id bigint NOT NULL REFERENCES @schema@.customer_accounts (id) ON DELETE CASCADE,
    contact_name text NOT NULL CHECK (contact_name <> ''),
    email text CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$'),
    phone text,
    phone_e164 text CHECK (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
    role text,
    is_primary_contact boolean DEFAULT false,
    contact_notes text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    created_by uuid,
    updated_by uuid,
    search_vector tsvector
);
COMMENT ON TABLE @schema@.customer_contacts IS 'The people at a customer; at most one is its primary contact.';
COMMENT ON COLUMN @schema@.customer_contacts.id IS 'Primary key: a number that PostgreSQL draws from the table''s identity sequence.';
COMMENT ON COLUMN @schema@.customer_contacts.customer_account_id IS 'The customer that the person belongs to: references customer_accounts.';
COMMENT ON COLUMN @schema@.customer_contacts.contact_name IS 'The person''s name; search reads it first.';
COMMENT ON COLUMN @schema@.customer_contacts.email IS 'The person''s address, unique within a customer whatever its case. NULL when unknown.';
COMMENT ON COLUMN @schema@.customer_contacts.phone IS 'As it was typed; search finds it by its digits, in every usual form.';
COMMENT ON COLUMN @schema@.customer_contacts.phone_e164 IS
'The same number in the standard form of E.164, +15551234567: by phone_region of the customer where the country code was left out; NULL for what is no number that can be dialled. Kept by a trigger.';
COMMENT ON COLUMN @schema@.customer_contacts.role IS 'What the person does there, in words.';
COMMENT ON COLUMN @schema@.customer_contacts.is_primary_contact IS
'Whether it is the customer''s primary contact; a customer has at most one. set_primary_contact() moves it to another contact.';
COMMENT ON COLUMN @schema@.customer_contacts.contact_notes IS 'Notes about the person; search reads them.';
COMMENT ON COLUMN @schema@.customer_contacts.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.customer_contacts.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.customer_contacts.created_by IS
'The user who inserted the row, by the claims; users cannot change it. Refers to auth.users where that table exists. NULL for a service without claims.';
COMMENT ON COLUMN @schema@.customer_contacts.updated_by IS
'The user who last changed the row, by the claims. Refers to auth.users where that table exists. NULL for a service without claims.';
COMMENT ON COLUMN @schema@.customer_contacts.search_vector IS 'What rowkit.search_rows looks in; kept by a trigger.';

CREATE INDEX IF NOT EXISTS idx_customer_contacts_account_id ON @schema@.customer_contacts (customer_account_id);
COMMENT ON INDEX @schema@.idx_customer_contacts_account_id IS 'The contacts of a customer; deleting one looks here.';
CREATE INDEX IF NOT EXISTS idx_customer_contacts_name ON @schema@.customer_contacts USING gin (to_tsvector('english', contact_name));
COMMENT ON INDEX @schema@.idx_customer_contacts_name IS
'English words of names, for roles that bypass row security; users of policies are served by the search vector.';
CREATE INDEX IF NOT EXISTS idx_customer_contacts_email ON @schema@.customer_contacts (email);
COMMENT ON INDEX @schema@.idx_customer_contacts_email IS 'Look-up by e-mail, across customers.';
CREATE INDEX IF NOT EXISTS idx_customer_contacts_phone_e164 ON @schema@.customer_contacts (phone_e164) WHERE phone_e164 IS NOT NULL;
COMMENT ON INDEX @schema@.idx_customer_contacts_phone_e164 IS 'Look-up of who calls, however the number was typed.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_customer_contacts_primary ON @schema@.customer_contacts (customer_account_id, is_primary_contact)
    WHERE is_primary_contact = true;
COMMENT ON INDEX @schema@.idx_customer_contacts_primary IS 'The primary contact of a customer. Unique: two sessions cannot make two.';
CREATE UNIQUE INDEX IF NOT EXISTS idx_customer_contacts_account_email ON @schema@.customer_contacts (customer_account_id, lower(email))
    WHERE email IS NOT NULL;
COMMENT ON INDEX @schema@.idx_customer_contacts_account_email IS 'An e-mail address once within a customer.';
CREATE INDEX IF NOT EXISTS idx_customer_contacts_created_by ON @schema@.customer_contacts (created_by);
COMMENT ON INDEX @schema@.idx_customer_contacts_created_by IS 'Deleting a user looks here.';
CREATE INDEX IF NOT EXISTS idx_customer_contacts_updated_by ON @schema@.customer_contacts (updated_by);
COMMENT ON INDEX @schema@.idx_customer_contacts_updated_by IS 'Deleting a user looks here.';
CREATE INDEX IF NOT EXISTS idx_customer_contacts_search ON @schema@.customer_contacts USING gin (search_vector rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_customer_contacts_search IS 'Full-text search by the leakproof operator @~, under row security, too.';

-- PL/pgSQL: a trigger function cannot be SQL; customers are beside the table, however the schema is called by now. With the caller's rights: whoever writes
-- a contact sees its customer.
CREATE OR REPLACE FUNCTION @schema@.standardize_phone() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    region text;
BEGIN
    IF NEW.phone IS NOT NULL THEN
        EXECUTE format('SELECT account.phone_region FROM %I.customer_accounts AS account WHERE account.id = $1', TG_TABLE_SCHEMA)
        INTO region USING NEW.customer_account_id;
    END IF;
    NEW.phone_e164 := rowkit.standard_phone(NEW.phone, region);
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.standardize_phone() IS 'Trigger on customer_contacts: phone_e164 is rowkit.standard_phone() of phone, in the customer''s region.';
CREATE OR REPLACE TRIGGER customer_contacts_phone BEFORE INSERT OR UPDATE OF phone, phone_e164, customer_account_id ON @schema@.customer_contacts
    FOR EACH ROW EXECUTE FUNCTION @schema@.standardize_phone();
-- PL/pgSQL: as above.
CREATE OR REPLACE FUNCTION @schema@.standardize_phones() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
BEGIN
    EXECUTE format(
        'UPDATE %I.customer_contacts AS contact SET phone_e164 = NULL WHERE contact.customer_account_id = $1 AND contact.phone IS NOT NULL', TG_TABLE_SCHEMA)
    USING NEW.id;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION @schema@.standardize_phones() IS 'Trigger on customer_accounts: another region makes phone_e164 of the contacts anew.';
CREATE OR REPLACE TRIGGER customer_accounts_phone_region AFTER UPDATE OF phone_region ON @schema@.customer_accounts
    FOR EACH ROW WHEN (NEW.phone_region IS DISTINCT FROM OLD.phone_region) EXECUTE FUNCTION @schema@.standardize_phones();

CREATE OR REPLACE TRIGGER customer_contacts_search_vector BEFORE INSERT OR UPDATE ON @schema@.customer_contacts
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(
        'search_vector', 'contact_name:A', 'email:B', 'phone:B:phone', 'role:C', 'contact_notes:D');
CREATE OR REPLACE TRIGGER customer_contacts_updated_at BEFORE UPDATE ON @schema@.customer_contacts
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

-- PL/pgSQL: auth.users is there on Supabase only, or whoever installs may not refer to it.
DO $references$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES auth.users (id)', kept.relation, wanted.rule, wanted.actor)
        FROM (VALUES
            ($rowkit$@schema@.customer_accounts$rowkit$::regclass, 'customer_accounts'),
            ($rowkit$@schema@.customer_contacts$rowkit$::regclass, 'customer_contacts')
        ) AS kept(relation, name)
        CROSS JOIN LATERAL (VALUES ('created_by', kept.name || '_created_by_fkey'), ('updated_by', kept.name || '_updated_by_fkey')) AS wanted(actor, rule)
        WHERE has_table_privilege(to_regclass('auth.users'), 'REFERENCES')
            AND NOT EXISTS (SELECT FROM pg_constraint AS held WHERE held.conrelid = kept.relation AND held.conname = wanted.rule)
    LOOP
        EXECUTE command;
    END LOOP;
END
$references$;
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
-- Who changed what: audit_logs, in parts by month. An event is of the customer that it happened to, as is one of its contacts.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'customer_account_id', 'bigint');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.customer_accounts$rowkit$::regclass, '{updated_at,updated_by,search_vector}'::text[], 'id'),
    ($rowkit$@schema@.customer_contacts$rowkit$, '{updated_at,updated_by,search_vector,phone_e164}', NULL)
) AS audited(name, ignore, tenant_from);
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
-- What applications call, besides the functions of customers before. Each works on the tables of this schema, whatever the search_path is, with the caller's
-- rights and row security. Those that return rows of a table have no atomic body, so that a column that you add is returned, too; after
-- ALTER SCHEMA … RENAME install the blueprint again.

CREATE OR REPLACE FUNCTION @schema@.create_customer_contacts(customer_account_id bigint, contacts jsonb) RETURNS SETOF @schema@.customer_contacts
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $function$
        INSERT INTO @schema@.customer_contacts AS contact (customer_account_id, contact_name, email, phone, role, is_primary_contact, contact_notes)
        SELECT
            create_customer_contacts.customer_account_id, given.contact_name, given.email, given.phone, given.role, coalesce(given.is_primary_contact, false),
            given.contact_notes
        FROM jsonb_array_elements(create_customer_contacts.contacts) WITH ORDINALITY AS element(fields, place)
        CROSS JOIN LATERAL jsonb_to_record(element.fields) AS given(
            contact_name text, email text, phone text, role text, is_primary_contact boolean, contact_notes text)
        ORDER BY element.place
        RETURNING contact.*;
    $function$;
COMMENT ON FUNCTION @schema@.create_customer_contacts(bigint, jsonb) IS
'Creates contacts of a customer, all or none.
contacts is a JSON array of {"contact_name", "email", "phone", "role", "is_primary_contact", "contact_notes"}; the name alone is required. Returns the rows of customer_contacts that were made, '
'in the order of the array. 23502 and 23514 for a contact that breaks a rule, 23505 for an e-mail address that the customer has already or a second primary contact, 42501 for a customer that is '
'not there or not the caller''s to see. VOLATILE. '
'Example: SELECT id FROM create_customer_contacts(1, ''[{"contact_name": "Ann", "email": "ann@example.com"}]''). '
'customer_account_id is the customer.';

CREATE OR REPLACE FUNCTION @schema@.create_customer_account(account jsonb) RETURNS SETOF @schema@.customer_accounts
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
    AS $function$
        INSERT INTO @schema@.customer_accounts AS made (company_name, customer_type, billing_address, service_address, account_notes, tags, phone_region)
        SELECT
            given.company_name, given.customer_type, coalesce(given.billing_address, '{}'), coalesce(given.service_address, '{}'), given.account_notes,
            coalesce(given.tags, '{}'), coalesce(given.phone_region, 'US')
        FROM jsonb_to_record(create_customer_account.account) AS given(
            company_name text, customer_type text, billing_address jsonb, service_address jsonb, account_notes text, tags text[], phone_region text)
        RETURNING made.*;
    $function$;
COMMENT ON FUNCTION @schema@.create_customer_account(jsonb) IS
'Creates a customer without contacts.
account is {"company_name", "customer_type", "billing_address", "service_address", "account_notes", "tags", "phone_region"}; the first two are required. Returns the row of customer_accounts '
'that was made. 23502 and 23514 for a value that breaks a rule, with the problems of an address as JSON in DETAIL. VOLATILE. '
'Example: SELECT id FROM create_customer_account(''{"company_name": "Acme", "customer_type": "Commercial"}'').';

CREATE OR REPLACE FUNCTION @schema@.create_customer(account jsonb, contacts jsonb DEFAULT '[]') RETURNS SETOF @schema@.customer_accounts
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
    AS $function$
        -- The contacts are written after the customer, which their policies look for.
        SELECT made.* FROM @schema@.create_customer_account(create_customer.account) AS made
        WHERE (SELECT count(*) FROM @schema@.create_customer_contacts(made.id, create_customer.contacts)) >= 0;
    $function$;
COMMENT ON FUNCTION @schema@.create_customer(jsonb, jsonb) IS
'Creates a customer with its contacts, all or none.
account is as create_customer_account takes it, contacts as create_customer_contacts does. Returns the row of customer_accounts that was made. Errors as these. VOLATILE. '
'Example: SELECT id FROM create_customer(''{"company_name": "Acme", "customer_type": "Commercial"}'', ''[{"contact_name": "Ann"}]'').';

CREATE OR REPLACE FUNCTION @schema@.search_customers(query text, max_rows integer DEFAULT 20) RETURNS SETOF @schema@.customer_accounts
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
        WITH candidate AS MATERIALIZED (
            SELECT found AS customer, rowkit_internal._match_level(
                search_customers.query, ARRAY[found.company_name, array_to_string(found.tags, ' '), found.account_notes], NULL, false) AS match_level
            FROM @schema@.customer_accounts AS found
            WHERE found.search_vector OPERATOR(rowkit.@~) rowkit.search_query(search_customers.query)
            LIMIT 500
        )
        SELECT (candidate.customer).*
        FROM candidate
        WHERE numnode(rowkit.search_query(search_customers.query)) > 0
        ORDER BY candidate.match_level, (candidate.customer).company_name, (candidate.customer).id
        LIMIT search_customers.max_rows;
    $function$;
COMMENT ON FUNCTION @schema@.search_customers(text, integer) IS
'Finds customers by their name, tags and notes, the best first.
Returns rows of customer_accounts, archived ones too. At most 500 are looked at. STABLE. Example: SELECT id, company_name FROM search_customers(''acm''). '
'query is what people type; its last word may be unfinished. max_rows is how many rows are returned at most.';

CREATE OR REPLACE FUNCTION @schema@.search_contacts(query text, max_rows integer DEFAULT 20) RETURNS SETOF @schema@.customer_contacts
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
        WITH candidate AS MATERIALIZED (
            SELECT found AS contact, rowkit_internal._match_level(
                search_contacts.query, ARRAY[found.contact_name, found.email, found.phone, found.role, found.contact_notes], NULL, false) AS match_level
            FROM @schema@.customer_contacts AS found
            WHERE found.search_vector OPERATOR(rowkit.@~) rowkit.search_query(search_contacts.query)
            LIMIT 500
        )
        SELECT (candidate.contact).*
        FROM candidate
        WHERE numnode(rowkit.search_query(search_contacts.query)) > 0
        ORDER BY candidate.match_level, (candidate.contact).contact_name, (candidate.contact).id
        LIMIT search_contacts.max_rows;
    $function$;
COMMENT ON FUNCTION @schema@.search_contacts(text, integer) IS
'Finds contacts by their name, e-mail address, telephone number, role and notes, the best first.
Returns rows of customer_contacts. At most 500 are looked at. STABLE. Example: SELECT contact_name FROM search_contacts(''555 123''). '
'query is what people type; its last word may be unfinished. max_rows is how many rows are returned at most.';

CREATE OR REPLACE FUNCTION @schema@.find_contacts_by_phone(phone text, phone_region text DEFAULT 'US') RETURNS SETOF @schema@.customer_contacts
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
        SELECT contact.*
        FROM @schema@.customer_contacts AS contact
        WHERE contact.phone_e164 = rowkit.standard_phone(find_contacts_by_phone.phone, find_contacts_by_phone.phone_region)
        ORDER BY contact.id;
    $function$;
COMMENT ON FUNCTION @schema@.find_contacts_by_phone(text, text) IS
'Finds the contacts who have a telephone number, however it was typed.
Returns rows of customer_contacts; no row for what is no number that can be dialled. STABLE. Example: SELECT contact_name FROM find_contacts_by_phone(''(202) 555-0123''). '
'phone is the number. phone_region is the country (ISO 3166) of a number without a country code.';

CREATE OR REPLACE FUNCTION @schema@.customer_statistics()
    RETURNS TABLE(customer_type text, customer_count bigint, archived_count bigint, contact_count bigint, last_created_at timestamptz)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT
            account.customer_type, count(*), count(account.archived_at),
            coalesce(sum((SELECT count(*) FROM @schema@.customer_contacts AS contact WHERE contact.customer_account_id = account.id)), 0)::bigint,
            max(account.created_at)
        FROM @schema@.customer_accounts AS account
        GROUP BY account.customer_type
        ORDER BY account.customer_type;
    END;
COMMENT ON FUNCTION @schema@.customer_statistics() IS
'Returns how many customers and contacts there are, by type of customer.
Of the customers that the caller sees. STABLE. Example: SELECT customer_type, customer_count FROM customer_statistics(). '
'customer_type is Residential or Commercial. customer_count is how many customers there are, archived_count how many of these are archived. contact_count is how many contacts they have. '
'last_created_at is when the newest was inserted.';

CREATE OR REPLACE FUNCTION @schema@.customer_history(customer_account_id bigint) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history(
            $rowkit$@schema@.customer_accounts$rowkit$::pg_catalog.regclass, customer_history.customer_account_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.customer_history(bigint) IS
'Returns what was done to a customer, the first event first.
Returns no row if the caller may not see the customer. STABLE. Example: SELECT created_at, user_id, new_data FROM customer_history(1). '
'customer_account_id is the customer. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. old_data and new_data are the '
'values before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. database_role is the role '
'that wrote.';
-- What applications call to take back a transaction that audit_logs tells of: the same in each blueprint.

CREATE OR REPLACE FUNCTION @schema@.undo_transaction(transaction uuid) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.undo_transaction(undo_transaction.transaction, $rowkit$@schema@.audit_logs$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.undo_transaction(uuid) IS
'Takes back every change of a transaction.
With the caller''s rights, all or nothing. Returns how many rows it changed. 55000 when a row holds something else by now. VOLATILE. '
'Returns 0 for a transaction that was undone already. Example: SELECT undo_transaction(transaction) FROM audit_logs WHERE id = ''0193…''. '
'transaction is the uuid that audit_logs and the functions of the history have for it.';
-- What default privileges gave the API's roles when the objects were made, or anyone since, is taken back. What they may do is granted after this.

SELECT rowkit_internal._reset_grants('customer_accounts', $rowkit$@schema@$rowkit$::regnamespace);
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
-- Columns that a trigger fills in say so to clients: they have a default, so that nobody has to give them.

SELECT rowkit_internal._ensure_filled_defaults('customer_accounts', $rowkit$@schema@$rowkit$::regnamespace);
-- Functions that act with their owner's rights, and those of triggers, are nobody's to call but where the blueprint opened them.

SELECT rowkit_internal._close_routines('customer_accounts', $rowkit$@schema@$rowkit$::regnamespace);
