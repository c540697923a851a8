-- What organizations define: tables, their columns and statuses. tables.schema follows the other two.
-- Triggers of one kind fire in the order of their names, hence _a_tenant, and a_sync: what it does to records is logged before the change that it follows from,
-- which is how an undo knows that taking back that change does the rest.

CREATE TABLE IF NOT EXISTS @schema@.tables (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    description text,
    schema jsonb NOT NULL DEFAULT '{}',
    unknown_keys text NOT NULL DEFAULT 'allow' CHECK (unknown_keys IN ('strict', 'allow', 'strip')),
    options jsonb NOT NULL DEFAULT '{}',
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.tables IS 'Custom tables. Deleting one deletes its columns, statuses and records.';
COMMENT ON COLUMN @schema@.tables.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.tables.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.tables.name IS 'The table''s name, as people read it; two tables may share one.';
COMMENT ON COLUMN @schema@.tables.description IS 'What the table is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.tables.schema IS
'{"version", "columns", "statuses", "unknown_keys", "options"}: what records are validated against. Follows table_columns and table_statuses; not to be written.';
COMMENT ON COLUMN @schema@.tables.unknown_keys IS
'What becomes of a key in records.data that no column has: strict refuses it, allow keeps it, strip drops it and says so in a NOTICE.';
COMMENT ON COLUMN @schema@.tables.options IS
'Settings of the table, {} by default: {"check_email": false} takes any text as records.email, which must be an e-mail address otherwise, unless a column of that name has the type email; '
'{"check_status": false} takes any text as records.status, which must be one of table_statuses otherwise, where the table has any, unless a column of that name has the type status; "ui" is free for a user interface. '
'22023 for anything else.';
COMMENT ON COLUMN @schema@.tables.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.tables.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.tables.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON INDEX @schema@.tables_organization_id_id_key IS 'The tables of an organization; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS tables_created_by_idx ON @schema@.tables (created_by) WHERE created_by IS NOT NULL;
COMMENT ON INDEX @schema@.tables_created_by_idx IS 'Deleting a user looks for the tables that it made.';

CREATE TABLE IF NOT EXISTS @schema@.table_columns (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    name text NOT NULL,
    renamed_from text,
    label text,
    type text NOT NULL DEFAULT 'text',
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
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.table_columns IS 'The columns of custom tables, as a user interface edits them.';
COMMENT ON COLUMN @schema@.table_columns.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.table_columns.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the table when left out.';
COMMENT ON COLUMN @schema@.table_columns.table_id IS 'The custom table that has the column: references tables of the same organization.';
COMMENT ON COLUMN @schema@.table_columns.name IS
'The key in records.data; name, email, company and status are columns of records instead. A new name is carried into every record.';
COMMENT ON COLUMN @schema@.table_columns.renamed_from IS
'The former name while rowkit.rename_column_in_batches is at work: records may still hold the value under it.';
COMMENT ON COLUMN @schema@.table_columns.label IS 'What people read in place of name; NULL when that is name itself.';
COMMENT ON COLUMN @schema@.table_columns.type IS 'The field type: text, integer, email, select and so on.';
COMMENT ON COLUMN @schema@.table_columns.required IS 'Whether records must have a value.';
COMMENT ON COLUMN @schema@.table_columns.indexed IS
'Whether the column has an index of its own, which queries filter and sort by. Columns of the types json, attachment, address, created_at, updated_at and created_by have none, whatever this says.';
COMMENT ON COLUMN @schema@.table_columns.searchable IS 'Whether full-text search reads the column.';
COMMENT ON COLUMN @schema@.table_columns.is_unique IS 'Whether two records of the table may not share a value; "unique" in tables.schema.';
COMMENT ON COLUMN @schema@.table_columns.default_value IS 'What a new record gets that leaves it out; "default" in tables.schema.';
COMMENT ON COLUMN @schema@.table_columns.options IS
'What the type allows to be set, such as {"min": 0} or {"choices": ["a", "b"]}. A choice with an id that gets another name keeps its records.';
COMMENT ON COLUMN @schema@.table_columns.position IS 'Where it stands among its table''s columns; a fraction puts it between two others.';
COMMENT ON COLUMN @schema@.table_columns.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.table_columns.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON INDEX @schema@.table_columns_organization_id_id_key IS 'The columns of an organization; what foreign keys with the tenant refer to.';
COMMENT ON INDEX @schema@.table_columns_table_id_name_key IS
'One column of a name in a table. Its table_id also serves the foreign key to tables: no second index is needed.';

CREATE TABLE IF NOT EXISTS @schema@.table_statuses (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    name text NOT NULL,
    color text NOT NULL DEFAULT '#6B7280' CHECK (color ~ '^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$'),
    position double precision NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id),
    UNIQUE (table_id, name),
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.table_statuses IS 'The statuses that records of custom tables may have, as a user interface edits them.';
COMMENT ON COLUMN @schema@.table_statuses.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.table_statuses.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the table when left out.';
COMMENT ON COLUMN @schema@.table_statuses.table_id IS 'The custom table that has the status: references tables of the same organization.';
COMMENT ON COLUMN @schema@.table_statuses.name IS 'What records.status holds. A new name is carried into every record.';
COMMENT ON COLUMN @schema@.table_statuses.color IS 'As in HTML: #RRGGBB or #RGB.';
COMMENT ON COLUMN @schema@.table_statuses.position IS 'Where it stands among its table''s statuses; "order" in tables.schema.';
COMMENT ON COLUMN @schema@.table_statuses.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.table_statuses.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON INDEX @schema@.table_statuses_organization_id_id_key IS 'The statuses of an organization; what foreign keys with the tenant refer to.';
COMMENT ON INDEX @schema@.table_statuses_table_id_name_key IS
'One status of a name in a table. Its table_id also serves the foreign key to tables: no second index is needed.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.tables$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.table_columns$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.table_statuses$rowkit$);

CREATE OR REPLACE TRIGGER tables_guard_schema BEFORE INSERT OR UPDATE ON @schema@.tables
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_table_schema();
CREATE OR REPLACE TRIGGER tables_publish_schema_update AFTER UPDATE ON @schema@.tables
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.publish_table_schema();
CREATE OR REPLACE TRIGGER tables_publish_schema_delete AFTER DELETE ON @schema@.tables
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.publish_table_schema();
CREATE OR REPLACE TRIGGER tables_publish_schema_truncate AFTER TRUNCATE ON @schema@.tables
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.publish_table_schema();
-- A subscription that applies changes calls row triggers that are ENABLE ALWAYS, and no others.
CREATE OR REPLACE TRIGGER tables_tell_update AFTER UPDATE ON @schema@.tables
    FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.schema IS DISTINCT FROM NEW.schema OR OLD.unknown_keys IS DISTINCT FROM NEW.unknown_keys)
    EXECUTE FUNCTION rowkit.publish_table_schema();
CREATE OR REPLACE TRIGGER tables_tell_delete AFTER DELETE ON @schema@.tables
    FOR EACH ROW EXECUTE FUNCTION rowkit.publish_table_schema();
ALTER TABLE @schema@.tables ENABLE ALWAYS TRIGGER tables_tell_update;
ALTER TABLE @schema@.tables ENABLE ALWAYS TRIGGER tables_tell_delete;
CREATE OR REPLACE TRIGGER tables_updated_at BEFORE UPDATE ON @schema@.tables
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

CREATE OR REPLACE TRIGGER table_columns_a_tenant BEFORE INSERT ON @schema@.table_columns
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER table_columns_check BEFORE INSERT OR UPDATE ON @schema@.table_columns
    FOR EACH ROW EXECUTE FUNCTION rowkit.check_table_column();
CREATE OR REPLACE TRIGGER a_sync_insert AFTER INSERT ON @schema@.table_columns
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER a_sync_update AFTER UPDATE ON @schema@.table_columns
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER a_sync_delete AFTER DELETE ON @schema@.table_columns
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER a_sync_truncate AFTER TRUNCATE ON @schema@.table_columns
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_columns_updated_at BEFORE UPDATE ON @schema@.table_columns
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

CREATE OR REPLACE TRIGGER table_statuses_a_tenant BEFORE INSERT ON @schema@.table_statuses
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER table_statuses_check BEFORE INSERT OR UPDATE ON @schema@.table_statuses
    FOR EACH ROW EXECUTE FUNCTION rowkit.check_table_status();
CREATE OR REPLACE TRIGGER a_sync_insert AFTER INSERT ON @schema@.table_statuses
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER a_sync_update AFTER UPDATE ON @schema@.table_statuses
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER a_sync_delete AFTER DELETE ON @schema@.table_statuses
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER a_sync_truncate AFTER TRUNCATE ON @schema@.table_statuses
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.propagate_table_schema();
CREATE OR REPLACE TRIGGER table_statuses_updated_at BEFORE UPDATE ON @schema@.table_statuses
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

-- How many tables an organization may have: the service sets max_tables, NULL is no limit. An organizations table of yours without the column has none.
-- PL/pgSQL: whether it has is known only now.
DO $limit$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS attribute
        WHERE attribute.attrelid = $rowkit$@schema@.organizations$rowkit$::pg_catalog.regclass AND attribute.attname = 'max_tables' AND NOT attribute.attisdropped)
    THEN
        PERFORM rowkit.enable_usage_counter($rowkit$@schema@.tables$rowkit$, $rowkit$@schema@.organizations$rowkit$, 'current_table_count', limit_column => 'max_tables');
        CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.organizations
            FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('max_tables');
        COMMENT ON COLUMN @schema@.organizations.max_tables IS 'How many tables the organization may have; NULL is no limit. Only the service changes it.';
        COMMENT ON COLUMN @schema@.organizations.current_table_count IS 'How many live tables the organization has; triggers on tables keep it.';
    END IF;
END
$limit$;
