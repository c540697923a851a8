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
