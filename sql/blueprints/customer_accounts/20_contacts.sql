-- The people at a customer.

CREATE TABLE IF NOT EXISTS @schema@.customer_contacts (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    customer_account_id bigint NOT NULL REFERENCES @schema@.customer_accounts (id) ON DELETE CASCADE,
    contact_name text NOT NULL CHECK (contact_name <> ''),
    email text CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$'),
    phone text,
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
COMMENT ON COLUMN @schema@.customer_contacts.email IS 'Once within a customer, whatever its case.';
COMMENT ON COLUMN @schema@.customer_contacts.phone IS 'As it was typed; search finds it by its digits, in every usual form.';
COMMENT ON COLUMN @schema@.customer_contacts.role IS 'What the person does there, in words.';
COMMENT ON COLUMN @schema@.customer_contacts.is_primary_contact IS 'set_primary_contact() moves it from one contact to another.';
COMMENT ON COLUMN @schema@.customer_contacts.updated_at IS 'Kept by a trigger.';
COMMENT ON COLUMN @schema@.customer_contacts.created_by IS 'As that of customer_accounts.';
COMMENT ON COLUMN @schema@.customer_contacts.updated_by IS 'As that of customer_accounts.';
COMMENT ON COLUMN @schema@.customer_contacts.search_vector IS 'What rowkit.search_rows looks in; kept by a trigger.';

CREATE INDEX IF NOT EXISTS idx_customer_contacts_account_id ON @schema@.customer_contacts (customer_account_id);
COMMENT ON INDEX @schema@.idx_customer_contacts_account_id IS 'The contacts of a customer; deleting one looks here.';
CREATE INDEX IF NOT EXISTS idx_customer_contacts_name ON @schema@.customer_contacts USING gin (to_tsvector('english', contact_name));
COMMENT ON INDEX @schema@.idx_customer_contacts_name IS
'English words of names, for roles that bypass row security; users of policies are served by the search vector.';
CREATE INDEX IF NOT EXISTS idx_customer_contacts_email ON @schema@.customer_contacts (email);
COMMENT ON INDEX @schema@.idx_customer_contacts_email IS 'Look-up by e-mail, across customers.';
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

CREATE OR REPLACE TRIGGER customer_contacts_search_vector BEFORE INSERT OR UPDATE ON @schema@.customer_contacts
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(
        'search_vector', 'contact_name:A', 'email:B', 'phone:B:phone', 'role:C', 'contact_notes:D');
CREATE OR REPLACE TRIGGER customer_contacts_updated_at BEFORE UPDATE ON @schema@.customer_contacts
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();

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
