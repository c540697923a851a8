-- The records of all custom tables. Row security comes with tenant isolation, which the extension does not bring yet.

CREATE TABLE IF NOT EXISTS @schema@.records (
    id uuid PRIMARY KEY,
    table_id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text,
    email text,
    company text,
    status text,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    search_vector tsvector,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, table_id) REFERENCES @schema@.tables (organization_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.records IS 'The records of all custom tables, validated against tables.schema.';
COMMENT ON COLUMN @schema@.records.data IS 'The custom fields, by column name.';
COMMENT ON INDEX @schema@.records_pkey IS 'A record by its id.';
COMMENT ON INDEX @schema@.records_organization_id_id_key IS 'What tenant-first foreign keys refer to.';
ALTER TABLE @schema@.records ALTER COLUMN id SET DEFAULT rowkit.uuid_v7();

CREATE INDEX IF NOT EXISTS records_table_created ON @schema@.records (table_id, created_at DESC, id DESC);
COMMENT ON INDEX @schema@.records_table_created IS 'A table''s records page by page, newest first, by keyset.';
CREATE INDEX IF NOT EXISTS records_table_updated ON @schema@.records (table_id, updated_at DESC, id DESC);
COMMENT ON INDEX @schema@.records_table_updated IS 'What changed lately in a table; incremental export.';
CREATE INDEX IF NOT EXISTS records_tenant_table ON @schema@.records (organization_id, table_id);
COMMENT ON INDEX @schema@.records_tenant_table IS 'The foreign key to tables; counting an organization''s records.';
CREATE INDEX IF NOT EXISTS records_tenant_created ON @schema@.records (organization_id, created_at DESC);
COMMENT ON INDEX @schema@.records_tenant_created IS 'An organization''s latest records across tables; retention.';
CREATE INDEX IF NOT EXISTS records_name ON @schema@.records (table_id, name) WHERE name IS NOT NULL;
COMMENT ON INDEX @schema@.records_name IS 'Filter and sort by name within a table; text equality stays usable under row security.';
CREATE INDEX IF NOT EXISTS records_email ON @schema@.records (table_id, email) WHERE email IS NOT NULL;
COMMENT ON INDEX @schema@.records_email IS 'Look-up by e-mail within a table, as imports do.';
CREATE INDEX IF NOT EXISTS records_company ON @schema@.records (table_id, company) WHERE company IS NOT NULL;
COMMENT ON INDEX @schema@.records_company IS 'Filter and sort by company within a table.';
CREATE INDEX IF NOT EXISTS records_status ON @schema@.records (table_id, status) WHERE status IS NOT NULL;
COMMENT ON INDEX @schema@.records_status IS 'Boards and counts by status within a table.';
CREATE INDEX IF NOT EXISTS records_created_by ON @schema@.records (created_by) WHERE created_by IS NOT NULL;
COMMENT ON INDEX @schema@.records_created_by IS 'Deleting a user; what somebody entered.';
CREATE INDEX IF NOT EXISTS records_data ON @schema@.records USING gin (data jsonb_path_ops);
COMMENT ON INDEX @schema@.records_data IS
'Containment (@>) in data; jsonb_path_ops is a third of the size of the default and what containment needs.';
CREATE INDEX IF NOT EXISTS records_search_vector ON @schema@.records USING gin (search_vector);
COMMENT ON INDEX @schema@.records_search_vector IS 'Full-text search.';

CREATE TABLE IF NOT EXISTS @schema@.record_keys (
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    column_name text NOT NULL,
    key text NOT NULL,
    record_id uuid NOT NULL,
    PRIMARY KEY (table_id, column_name, key),
    FOREIGN KEY (organization_id, record_id) REFERENCES @schema@.records (organization_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.record_keys IS
'One row for each value of a unique column, in its normalised form: what makes uniqueness hold between sessions. Written by triggers alone.';
CREATE INDEX IF NOT EXISTS record_keys_record ON @schema@.record_keys (organization_id, record_id);
COMMENT ON INDEX @schema@.record_keys_record IS 'The foreign key to records.';
CREATE INDEX IF NOT EXISTS record_keys_record_id ON @schema@.record_keys (record_id);
COMMENT ON INDEX @schema@.record_keys_record_id IS 'The keys of a record whose values change.';

CREATE OR REPLACE TRIGGER records_a_tenant BEFORE INSERT ON @schema@.records
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER records_enforce_schema BEFORE INSERT OR UPDATE ON @schema@.records
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_record_schema();
CREATE OR REPLACE TRIGGER records_keys_insert AFTER INSERT ON @schema@.records
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.enforce_record_keys();
CREATE OR REPLACE TRIGGER records_keys_update AFTER UPDATE ON @schema@.records
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.enforce_record_keys();
CREATE OR REPLACE TRIGGER records_updated_at BEFORE UPDATE ON @schema@.records
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
