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
