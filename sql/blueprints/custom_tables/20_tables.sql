-- What organizations define: tables, their columns and statuses. tables.schema follows the other two.

CREATE TABLE IF NOT EXISTS @schema@.tables (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    description text,
    schema jsonb NOT NULL DEFAULT '{}',
    unknown_keys text NOT NULL DEFAULT 'allow' CHECK (unknown_keys IN ('strict', 'allow', 'strip')),
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.tables IS 'Custom tables.';
COMMENT ON COLUMN @schema@.tables.schema IS
'{"version", "columns", "statuses"}, derived from table_columns and table_statuses; what records are validated against.';
COMMENT ON COLUMN @schema@.tables.unknown_keys IS 'What becomes of keys in data that no column has: refused, kept, or dropped.';
ALTER TABLE @schema@.tables ALTER COLUMN id SET DEFAULT rowkit.uuid_v7();
CREATE INDEX IF NOT EXISTS tables_created_by ON @schema@.tables (created_by) WHERE created_by IS NOT NULL;
COMMENT ON INDEX @schema@.tables_created_by IS 'Deleting a user.';

CREATE TABLE IF NOT EXISTS @schema@.table_columns (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    name text NOT NULL,
    label text,
    type text NOT NULL,
    required boolean NOT NULL DEFAULT false,
    indexed boolean NOT NULL DEFAULT false,
    searchable boolean NOT NULL DEFAULT false,
    is_unique boolean NOT NULL DEFAULT false,
    default_value jsonb,
    options jsonb NOT NULL DEFAULT '{}',
    position double precision NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id),
    UNIQUE (table_id, name),
    FOREIGN KEY (organization_id, table_id) REFERENCES @schema@.tables (organization_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.table_columns IS 'The columns of custom tables, as a user interface edits them.';
COMMENT ON COLUMN @schema@.table_columns.position IS 'Where the column stands among its table''s; a fraction puts it between two others.';
ALTER TABLE @schema@.table_columns ALTER COLUMN id SET DEFAULT rowkit.uuid_v7();
CREATE INDEX IF NOT EXISTS table_columns_tenant_table ON @schema@.table_columns (organization_id, table_id);
COMMENT ON INDEX @schema@.table_columns_tenant_table IS 'The foreign key to tables.';

CREATE TABLE IF NOT EXISTS @schema@.table_statuses (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    name text NOT NULL,
    color text CHECK (color ~ '^#[0-9A-Fa-f]{6}$'),
    position double precision NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id),
    UNIQUE (table_id, name),
    FOREIGN KEY (organization_id, table_id) REFERENCES @schema@.tables (organization_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.table_statuses IS 'The statuses that records of custom tables may have.';
COMMENT ON COLUMN @schema@.table_statuses.position IS 'Becomes "order" in tables.schema.';
ALTER TABLE @schema@.table_statuses ALTER COLUMN id SET DEFAULT rowkit.uuid_v7();
CREATE INDEX IF NOT EXISTS table_statuses_tenant_table ON @schema@.table_statuses (organization_id, table_id);
COMMENT ON INDEX @schema@.table_statuses_tenant_table IS 'The foreign key to tables.';

CREATE OR REPLACE TRIGGER tables_guard_schema BEFORE INSERT OR UPDATE ON @schema@.tables
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_table_schema();
CREATE OR REPLACE TRIGGER tables_publish_update AFTER UPDATE ON @schema@.tables
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.publish_table_schema();
CREATE OR REPLACE TRIGGER tables_publish_delete AFTER DELETE ON @schema@.tables
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.publish_table_schema();
CREATE OR REPLACE TRIGGER tables_publish_truncate AFTER TRUNCATE ON @schema@.tables
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.publish_table_schema();
CREATE OR REPLACE TRIGGER tables_updated_at BEFORE UPDATE ON @schema@.tables
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();

CREATE OR REPLACE TRIGGER table_columns_a_tenant BEFORE INSERT ON @schema@.table_columns
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER table_columns_check BEFORE INSERT OR UPDATE ON @schema@.table_columns
    FOR EACH ROW EXECUTE FUNCTION rowkit.check_table_column();
CREATE OR REPLACE TRIGGER table_columns_sync_insert AFTER INSERT ON @schema@.table_columns
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_columns_sync_update AFTER UPDATE ON @schema@.table_columns
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_columns_sync_delete AFTER DELETE ON @schema@.table_columns
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_columns_sync_truncate AFTER TRUNCATE ON @schema@.table_columns
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_columns_updated_at BEFORE UPDATE ON @schema@.table_columns
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();

CREATE OR REPLACE TRIGGER table_statuses_a_tenant BEFORE INSERT ON @schema@.table_statuses
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER table_statuses_check BEFORE INSERT OR UPDATE ON @schema@.table_statuses
    FOR EACH ROW EXECUTE FUNCTION rowkit.check_table_status();
CREATE OR REPLACE TRIGGER table_statuses_sync_insert AFTER INSERT ON @schema@.table_statuses
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_statuses_sync_update AFTER UPDATE ON @schema@.table_statuses
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_statuses_sync_delete AFTER DELETE ON @schema@.table_statuses
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_statuses_sync_truncate AFTER TRUNCATE ON @schema@.table_statuses
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_statuses_updated_at BEFORE UPDATE ON @schema@.table_statuses
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();
