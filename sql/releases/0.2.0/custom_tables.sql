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
-- Who there is: organizations (the tenants), users, and who belongs where.
-- Tables of these names that are there already are used as they are, when their keys fit.

CREATE TABLE IF NOT EXISTS @schema@.organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    max_tables integer CHECK (max_tables >= 0),
    current_table_count integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.organizations IS 'The tenants: every row of the other tables belongs to one. Deleting one deletes what it has.';
COMMENT ON COLUMN @schema@.organizations.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.organizations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';

CREATE TABLE IF NOT EXISTS @schema@.users (
    id uuid PRIMARY KEY,
    email text UNIQUE,
    name text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @schema@.users IS 'People, across organizations.';
COMMENT ON COLUMN @schema@.users.id IS 'The sub of the user''s token, such as auth.users.id of Supabase.';
COMMENT ON COLUMN @schema@.users.email IS 'The e-mail address, unique. NULL for users who sign in by telephone.';
COMMENT ON COLUMN @schema@.users.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';

CREATE TABLE IF NOT EXISTS @schema@.user_organizations (
    user_id uuid NOT NULL REFERENCES @schema@.users (id) ON DELETE CASCADE,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, organization_id)
);
COMMENT ON TABLE @schema@.user_organizations IS 'Who belongs to which organization, and as what.';
COMMENT ON COLUMN @schema@.user_organizations.user_id IS 'The member: references users.';
COMMENT ON COLUMN @schema@.user_organizations.organization_id IS 'The organization (tenant) that the user belongs to; references organizations.';
COMMENT ON COLUMN @schema@.user_organizations.role IS 'owner, admin, member or viewer, from the most rights to the fewest.';
COMMENT ON COLUMN @schema@.user_organizations.is_active IS 'Whether the membership gives rights; false keeps the row without them.';
COMMENT ON COLUMN @schema@.user_organizations.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
-- Tables of these names that were there before may lack these columns, or have comments of their own.
SELECT rowkit_internal._comment_columns($rowkit$@schema@.organizations$rowkit$,
    '{"name": "The organization''s name, as people read it.", "created_at": "When the row was inserted; now() by default."}');
SELECT rowkit_internal._comment_columns(
    $rowkit$@schema@.users$rowkit$, '{"name": "The name that others read; NULL when unknown.", "created_at": "When the row was inserted; now() by default."}');
SELECT rowkit_internal._comment_columns($rowkit$@schema@.user_organizations$rowkit$, '{"created_at": "When the row was inserted; now() by default."}');
CREATE INDEX IF NOT EXISTS user_organizations_organization_id_idx ON @schema@.user_organizations (organization_id);
COMMENT ON INDEX @schema@.user_organizations_organization_id_idx IS 'The members of an organization, and deleting an organization.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.organizations$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.users$rowkit$);

CREATE OR REPLACE TRIGGER organizations_updated_at BEFORE UPDATE ON @schema@.organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER users_updated_at BEFORE UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
CREATE OR REPLACE TRIGGER user_organizations_updated_at BEFORE UPDATE ON @schema@.user_organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
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
COMMENT ON COLUMN @schema@.table_columns.indexed IS 'Whether users filter on the column.';
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
-- The records of all custom tables, and the keys that make unique columns unique.
--
-- Indexes: no more than these 13, and the one of deleted records, and of types whose comparisons are leakproof wherever users filter (uuid, text, timestamptz):
-- only those stay usable under row security. That is why email is indexed as it is and not as lower(email).
-- Every change that matters touches an indexed column anyway, so an index on updated_at costs one more entry, not a HOT update.
--
-- Row security is in a script of its own.

CREATE TABLE IF NOT EXISTS @schema@.records (
    id uuid PRIMARY KEY,
    table_id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text CHECK (octet_length(name) <= 2500),
    email text CHECK (octet_length(email) <= 2500),
    company text CHECK (octet_length(company) <= 2500),
    status text CHECK (octet_length(status) <= 2500),
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    search_vector tsvector,
    UNIQUE (organization_id, id),
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.records IS 'The records of all custom tables, validated against tables.schema on every write.';
COMMENT ON COLUMN @schema@.records.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.records.table_id IS 'The custom table that the record is one of: references tables of the same organization.';
COMMENT ON COLUMN @schema@.records.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the table when left out.';
COMMENT ON COLUMN @schema@.records.name IS 'A common field: indexed, like email, company and status. At most 2500 bytes, what an index entry holds.';
COMMENT ON COLUMN @schema@.records.email IS 'The e-mail address of the record, checked unless tables.options says otherwise. NULL for none.';
COMMENT ON COLUMN @schema@.records.company IS 'The company of the record. NULL for none.';
COMMENT ON COLUMN @schema@.records.status IS 'The name of one of the table''s statuses, where the table has any. NULL for none.';
COMMENT ON COLUMN @schema@.records.data IS 'The values of all other columns, {column name: value}; validated by a trigger.';
COMMENT ON COLUMN @schema@.records.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.records.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.records.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.records.search_vector IS
'The words that full-text search compares, of name, email, company and searchable columns; set by a trigger.';

COMMENT ON INDEX @schema@.records_pkey IS 'A record by its id. Ids rise with time, so new entries share pages.';
COMMENT ON INDEX @schema@.records_organization_id_id_key IS
'What foreign keys with the tenant refer to; also every record of an organization, as deleting an organization looks for.';
CREATE INDEX IF NOT EXISTS records_table_id_created_at_idx ON @schema@.records (table_id, created_at DESC, id DESC);
COMMENT ON INDEX @schema@.records_table_id_created_at_idx IS
'A table''s records page by page, newest first, by keyset: WHERE table_id = … AND (created_at, id) < (…). Serves the foreign key to tables.';
CREATE INDEX IF NOT EXISTS records_table_id_updated_at_idx ON @schema@.records (table_id, updated_at DESC, id DESC);
COMMENT ON INDEX @schema@.records_table_id_updated_at_idx IS 'What changed last in a table, and export of what changed since.';
CREATE INDEX IF NOT EXISTS records_organization_id_created_at_idx ON @schema@.records (organization_id, created_at DESC, id DESC);
COMMENT ON INDEX @schema@.records_organization_id_created_at_idx IS 'What is new in an organization, across its tables; monthly counts.';
CREATE INDEX IF NOT EXISTS records_table_id_name_idx ON @schema@.records (table_id, name, id) WHERE name IS NOT NULL;
COMMENT ON INDEX @schema@.records_table_id_name_idx IS 'A table sorted by name, page by page, and look-up by name.';
CREATE INDEX IF NOT EXISTS records_table_id_email_idx ON @schema@.records (table_id, email) WHERE email IS NOT NULL;
COMMENT ON INDEX @schema@.records_table_id_email_idx IS 'Look-up by e-mail within a table, as an import does for every row.';
CREATE INDEX IF NOT EXISTS records_organization_id_email_idx ON @schema@.records (organization_id, email) WHERE email IS NOT NULL;
COMMENT ON INDEX @schema@.records_organization_id_email_idx IS 'The same person in all tables of an organization: deduplication, enrichment.';
CREATE INDEX IF NOT EXISTS records_table_id_company_idx ON @schema@.records (table_id, company) WHERE company IS NOT NULL;
COMMENT ON INDEX @schema@.records_table_id_company_idx IS 'Filter, sort and group by company within a table.';
CREATE INDEX IF NOT EXISTS records_table_id_status_idx
    ON @schema@.records (table_id, status, created_at DESC, id DESC) WHERE status IS NOT NULL;
COMMENT ON INDEX @schema@.records_table_id_status_idx IS 'One lane of a board, newest first, page by page; counts by status.';
CREATE INDEX IF NOT EXISTS records_created_by_idx ON @schema@.records (created_by) WHERE created_by IS NOT NULL;
COMMENT ON INDEX @schema@.records_created_by_idx IS 'Deleting a user looks for the records that it made. Partial: imports make records without one.';
CREATE INDEX IF NOT EXISTS records_data_idx ON @schema@.records USING gin (data jsonb_path_ops);
COMMENT ON INDEX @schema@.records_data_idx IS
'Custom fields by value: data @> ''{"industry": "IT"}''. jsonb_path_ops: one entry for a path and its value, so it is smaller and '
'more selective than jsonb_ops, whose extra (does a key exist) is no question here. For roles that bypass row security.';
CREATE INDEX IF NOT EXISTS records_search_vector_idx
    ON @schema@.records USING gin (rowkit.search_scope(table_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.records_search_vector_idx IS
'Full-text search by the leakproof operator @~, so that it serves end users under row security, too. Each table''s entries lie '
'together: what other tenants hold costs nothing, not even for the beginning of a word.';

CREATE TABLE IF NOT EXISTS @schema@.record_keys (
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    column_id text NOT NULL,
    key text NOT NULL,
    record_id uuid NOT NULL,
    PRIMARY KEY (table_id, column_id, key),
    FOREIGN KEY (record_id, organization_id) REFERENCES @schema@.records (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.record_keys IS
'One row for every value of a unique column: its primary key makes uniqueness hold between sessions. Written by triggers on records '
'and tables with the owner''s rights, so nobody needs any on it.';
COMMENT ON COLUMN @schema@.record_keys.organization_id IS 'The organization (tenant) that the row belongs to. Triggers take it from the record.';
COMMENT ON COLUMN @schema@.record_keys.table_id IS 'The custom table within which the value is unique: id in tables.';
COMMENT ON COLUMN @schema@.record_keys.column_id IS
'The unique column: id in table_columns, so that a rename changes no key; the name of a column to which tables.schema gives no UUID.';
COMMENT ON COLUMN @schema@.record_keys.key IS
'The value in the form in which values are compared: e-mail without case, telephone number in international form.';
COMMENT ON COLUMN @schema@.record_keys.record_id IS 'The record that has the value: references records of the same organization.';
CREATE INDEX IF NOT EXISTS record_keys_record_id_idx ON @schema@.record_keys (record_id, organization_id);
COMMENT ON INDEX @schema@.record_keys_record_id_idx IS 'The keys of a record that changes or goes. record_id first: the triggers look for it alone.';

CREATE TABLE IF NOT EXISTS @schema@.record_links (
    organization_id uuid NOT NULL,
    column_id uuid NOT NULL,
    record_id uuid NOT NULL,
    to_id uuid NOT NULL,
    position integer NOT NULL,
    cleared_at timestamptz,
    PRIMARY KEY (record_id, column_id, to_id),
    FOREIGN KEY (record_id, organization_id) REFERENCES @schema@.records (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.record_links IS
'One row for every record that a reference names, so that deleting a record finds what names it. Written by triggers on records and tables with the owner''s '
'rights, so nobody needs any on it.';
COMMENT ON COLUMN @schema@.record_links.organization_id IS 'The organization (tenant) that the row belongs to. Triggers take it from the record.';
COMMENT ON COLUMN @schema@.record_links.column_id IS
'The id in table_columns. No foreign key: a writer would wait for whoever edits that row, who waits for the writer.';
COMMENT ON COLUMN @schema@.record_links.record_id IS 'The record that holds the reference: references records of the same organization.';
COMMENT ON COLUMN @schema@.record_links.to_id IS 'The record that is named. No foreign key: what becomes of the reference is for on_delete of its column to say.';
COMMENT ON COLUMN @schema@.record_links.position IS 'The place in a list, from 0.';
COMMENT ON COLUMN @schema@.record_links.cleared_at IS
'When the soft delete of the record that was named took the reference out; its restore puts it back. NULL while the reference is there.';
CREATE INDEX IF NOT EXISTS record_links_to_id_idx ON @schema@.record_links (to_id, organization_id);
COMMENT ON INDEX @schema@.record_links_to_id_idx IS 'What names a record that is deleted or comes back.';
CREATE INDEX IF NOT EXISTS record_links_column_id_idx ON @schema@.record_links (column_id);
COMMENT ON INDEX @schema@.record_links_column_id_idx IS 'The references of a column whose definition changes.';

CREATE TABLE IF NOT EXISTS @schema@.column_changes (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    column_id uuid NOT NULL,
    kind text NOT NULL DEFAULT 'delete' CHECK (kind IN ('delete')),
    definition jsonb NOT NULL,
    value_count bigint NOT NULL DEFAULT 0,
    changed_by uuid,
    changed_at timestamptz NOT NULL DEFAULT now(),
    restored_at timestamptz,
    UNIQUE (organization_id, id),
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.column_changes IS
'The columns that were deleted, so that rowkit.restore_column can bring them back; rowkit.purge_deleted_columns removes them for good. Written by triggers on table_columns.';
COMMENT ON COLUMN @schema@.column_changes.id IS 'Primary key: a UUID that the trigger on table_columns makes.';
COMMENT ON COLUMN @schema@.column_changes.organization_id IS 'The organization (tenant) that the row belongs to. Triggers take it from the column.';
COMMENT ON COLUMN @schema@.column_changes.table_id IS 'The custom table that had the column: references tables of the same organization.';
COMMENT ON COLUMN @schema@.column_changes.column_id IS 'The id that the column had in table_columns, and gets back when it is restored.';
COMMENT ON COLUMN @schema@.column_changes.kind IS 'What was done with the column; delete is the only kind.';
COMMENT ON COLUMN @schema@.column_changes.definition IS 'The row of table_columns as it was.';
COMMENT ON COLUMN @schema@.column_changes.value_count IS 'How many records had a value; null, "" and [] are none.';
COMMENT ON COLUMN @schema@.column_changes.changed_by IS 'The user who deleted the column, by the claims; NULL for a service without claims.';
COMMENT ON COLUMN @schema@.column_changes.changed_at IS 'When the column was deleted.';
COMMENT ON COLUMN @schema@.column_changes.restored_at IS 'When rowkit.restore_column() brought the column back; NULL while it is deleted.';
COMMENT ON INDEX @schema@.column_changes_organization_id_id_key IS 'The changes of an organization; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS column_changes_table_id_idx ON @schema@.column_changes (table_id);
COMMENT ON INDEX @schema@.column_changes_table_id_idx IS 'What was deleted of a table; deleting a table looks for it.';
CREATE INDEX IF NOT EXISTS column_changes_column_id_idx ON @schema@.column_changes (column_id);
COMMENT ON INDEX @schema@.column_changes_column_id_idx IS 'When a column was deleted.';

CREATE TABLE IF NOT EXISTS @schema@.column_change_values (
    organization_id uuid NOT NULL,
    change_id uuid NOT NULL,
    record_id uuid NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (change_id, record_id),
    FOREIGN KEY (change_id, organization_id) REFERENCES @schema@.column_changes (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE,
    FOREIGN KEY (record_id, organization_id) REFERENCES @schema@.records (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.column_change_values IS
'The values that records had in deleted columns. Written by triggers with the owner''s rights, so nobody needs any on it.';
COMMENT ON COLUMN @schema@.column_change_values.organization_id IS 'The organization (tenant) that the row belongs to. Triggers take it from the record.';
COMMENT ON COLUMN @schema@.column_change_values.change_id IS 'The deletion of the column: references column_changes of the same organization.';
COMMENT ON COLUMN @schema@.column_change_values.record_id IS 'The record that had the value: references records of the same organization.';
COMMENT ON COLUMN @schema@.column_change_values.value IS 'The value as it stood in the record''s data.';
CREATE INDEX IF NOT EXISTS column_change_values_record_id_idx ON @schema@.column_change_values (record_id);
COMMENT ON INDEX @schema@.column_change_values_record_id_idx IS 'Deleting a record looks for its values.';

CREATE TABLE IF NOT EXISTS @schema@.record_counters (
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    column_id uuid NOT NULL,
    slot smallint NOT NULL DEFAULT 0,
    last_number bigint NOT NULL,
    free_numbers bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (table_id, column_id, slot),
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.record_counters IS
'How far the autonumber columns have counted. Written by the triggers on records with the owner''s rights, so nobody needs any on it.';
COMMENT ON COLUMN @schema@.record_counters.organization_id IS 'The organization (tenant) that the row belongs to. Triggers take it from the record.';
COMMENT ON COLUMN @schema@.record_counters.table_id IS 'The custom table whose records are numbered: references tables of the same organization.';
COMMENT ON COLUMN @schema@.record_counters.column_id IS
'The id in table_columns. No foreign key: a writer would wait for whoever edits that row, who waits for the writer.';
COMMENT ON COLUMN @schema@.record_counters.slot IS
'0, or one of the slots that share out the numbers of a column with "numbering": "fast"; last_number of slot 0 is then where they began.';
COMMENT ON COLUMN @schema@.record_counters.last_number IS
'The highest number given; set it forward to begin anew from there, and delete the column''s other slots. In a slot the number before the next one.';
COMMENT ON COLUMN @schema@.record_counters.free_numbers IS
'Numbers below it that no record got, as it met ON CONFLICT or a trigger skipped it, while later records got theirs. They are the next ones.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.records$rowkit$);

CREATE OR REPLACE TRIGGER records_a_tenant BEFORE INSERT ON @schema@.records
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER records_enforce_schema BEFORE INSERT OR UPDATE ON @schema@.records
    FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_record_schema();
CREATE OR REPLACE TRIGGER records_search_vector BEFORE INSERT OR UPDATE ON @schema@.records
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'email:B', 'company:B', 'data:C');
CREATE OR REPLACE TRIGGER records_keys_insert AFTER INSERT ON @schema@.records
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.enforce_record_keys();
CREATE OR REPLACE TRIGGER records_keys_update AFTER UPDATE ON @schema@.records
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.enforce_record_keys();
-- Before the trigger of the audit log by its name: what a statement does within another is written down first, and taken back after it.
CREATE OR REPLACE TRIGGER a_keys_delete AFTER DELETE ON @schema@.records
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.enforce_record_keys();
CREATE OR REPLACE TRIGGER records_updated_at BEFORE UPDATE ON @schema@.records
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();

CREATE OR REPLACE TRIGGER a_values_insert AFTER INSERT ON @schema@.table_columns
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.keep_column_values();
CREATE OR REPLACE TRIGGER a_values_delete AFTER DELETE ON @schema@.table_columns
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.keep_column_values();

-- Records and tables are deleted softly: they come back with all that they had. What tables are made of and rowkit's own tables stay with them.
SELECT count(*) FROM rowkit.enable_soft_delete($rowkit$@schema@.tables$rowkit$, hide_deleted => true);
SELECT count(*) FROM rowkit.enable_soft_delete($rowkit$@schema@.records$rowkit$, hide_deleted => true);
-- PL/pgSQL: the server names the indexes.
DO $comments$
DECLARE
    named regclass;
BEGIN
    FOREACH named IN ARRAY ARRAY[$rowkit$@schema@.tables$rowkit$, $rowkit$@schema@.records$rowkit$]::regclass[] LOOP
        EXECUTE format('COMMENT ON INDEX %s IS %L', rowkit_internal._deletion_index(named), 'The rows of a deletion, for its restore and purge. Partial: live rows are not in it.');
    END LOOP;
END
$comments$;

-- Many records at once: one statement, so that one that is refused leaves all as they were. The names of an atomic body are resolved now.
CREATE OR REPLACE FUNCTION @schema@.bulk_update_records(record_ids uuid[], changes jsonb) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH changed AS (
            UPDATE @schema@.records AS record
            SET name = CASE WHEN changes ? 'name' THEN changes ->> 'name' ELSE record.name END,
                email = CASE WHEN changes ? 'email' THEN changes ->> 'email' ELSE record.email END,
                company = CASE WHEN changes ? 'company' THEN changes ->> 'company' ELSE record.company END,
                status = CASE WHEN changes ? 'status' THEN changes ->> 'status' ELSE record.status END,
                data = record.data || (changes - '{name,email,company,status}'::text[])
            WHERE record.id = ANY (record_ids)
            RETURNING record.id
        )
        SELECT count(*) FROM changed;
    END;
COMMENT ON FUNCTION @schema@.bulk_update_records(uuid[], jsonb) IS
'Changes the given fields of many records, all or none.
changes is an object in flat form, {"status": "won", "amount": 5}: name, email, company and status are columns, the rest is merged into data; null takes a value away. Returns how many of them '
'the caller sees and may change. One that breaks a rule leaves all as they were (23514, 23505, 23503). VOLATILE. '
'record_ids are the ids of the records.';

CREATE OR REPLACE FUNCTION @schema@.bulk_delete_records(record_ids uuid[]) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete($rowkit$@schema@.records$rowkit$::pg_catalog.regclass, record_ids);
    END;
COMMENT ON FUNCTION @schema@.bulk_delete_records(uuid[]) IS
'Deletes many records softly, as one deletion.
Returns how many of them the caller sees and may delete. restore_records() brings them back. 23503 when another record names one by '
'a reference whose on_delete is restrict. VOLATILE. '
'record_ids are the ids of the records.';

CREATE OR REPLACE FUNCTION @schema@.map_record_fields(input jsonb, mapping jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(jsonb_object_agg(coalesce(mapping ->> field.key, field.key), field.value), '{}')
        FROM jsonb_each(input) AS field
        WHERE mapping -> field.key IS DISTINCT FROM 'null'::jsonb);
COMMENT ON FUNCTION @schema@.map_record_fields(jsonb, jsonb) IS
'Names the fields of an imported row as columns are named.
Returns the row as an object: mapping is {"field": "column"}, null leaves a field out, others keep their names. IMMUTABLE. '
'input is the row as it was read.';
-- Figures of every table, as of the last refresh.

CREATE MATERIALIZED VIEW IF NOT EXISTS @schema@.table_statistics AS
SELECT
    home.organization_id,
    home.id AS table_id,
    home.name AS table_name,
    coalesce(figures.record_count, 0) AS record_count,
    coalesce(figures.status_counts, '{}') AS status_counts,
    coalesce(figures.with_email_count, 0) AS with_email_count,
    figures.first_created_at,
    figures.last_created_at,
    figures.last_updated_at
FROM @schema@.tables AS home
LEFT JOIN (
    SELECT
        lane.table_id,
        sum(lane.record_count)::bigint AS record_count,
        jsonb_object_agg(lane.status, lane.record_count) FILTER (WHERE lane.status IS NOT NULL) AS status_counts,
        sum(lane.with_email_count)::bigint AS with_email_count,
        min(lane.first_created_at) AS first_created_at,
        max(lane.last_created_at) AS last_created_at,
        max(lane.last_updated_at) AS last_updated_at
    FROM (
        SELECT
            record.table_id,
            record.status,
            count(*) AS record_count,
            count(record.email) AS with_email_count,
            min(record.created_at) AS first_created_at,
            max(record.created_at) AS last_created_at,
            max(record.updated_at) AS last_updated_at
        FROM @schema@.records AS record
        WHERE record.deleted_at IS NULL
        GROUP BY record.table_id, record.status
    ) AS lane
    GROUP BY lane.table_id
) AS figures ON figures.table_id = home.id
WHERE home.deleted_at IS NULL;
COMMENT ON MATERIALIZED VIEW @schema@.table_statistics IS
'Figures of every live table and its live records as of the last refresh_table_statistics(). Spans all organizations, and a materialized view has no row '
'security: members ask get_table_statistics(), not this.';
COMMENT ON COLUMN @schema@.table_statistics.organization_id IS 'The organization (tenant) that the table belongs to.';
COMMENT ON COLUMN @schema@.table_statistics.table_id IS 'The custom table: id in tables.';
COMMENT ON COLUMN @schema@.table_statistics.table_name IS 'The table''s name at the last refresh.';
COMMENT ON COLUMN @schema@.table_statistics.record_count IS 'How many live records the table has.';
COMMENT ON COLUMN @schema@.table_statistics.with_email_count IS 'How many of them have an e-mail address.';
COMMENT ON COLUMN @schema@.table_statistics.first_created_at IS 'When the oldest of them was inserted; NULL without records.';
COMMENT ON COLUMN @schema@.table_statistics.last_created_at IS 'When the newest of them was inserted; NULL without records.';
COMMENT ON COLUMN @schema@.table_statistics.last_updated_at IS 'When one of them was last changed; NULL without records.';
COMMENT ON COLUMN @schema@.table_statistics.status_counts IS 'Records by status; those without one are in record_count alone.';
CREATE UNIQUE INDEX IF NOT EXISTS table_statistics_table_id_idx ON @schema@.table_statistics (table_id);
COMMENT ON INDEX @schema@.table_statistics_table_id_idx IS 'Figures of one table; lets the view be refreshed while it is read.';
CREATE INDEX IF NOT EXISTS table_statistics_organization_id_idx ON @schema@.table_statistics (organization_id);
COMMENT ON INDEX @schema@.table_statistics_organization_id_idx IS 'Figures of one organization''s tables.';

CREATE OR REPLACE FUNCTION @schema@.get_table_statistics(table_id uuid DEFAULT NULL)
    RETURNS TABLE(
        organization_id uuid, table_id uuid, table_name text, record_count bigint, status_counts jsonb, with_email_count bigint, first_created_at timestamptz,
        last_created_at timestamptz, last_updated_at timestamptz)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT
            home.organization_id, home.id, home.name, coalesce(figures.record_count, 0), coalesce(figures.status_counts, '{}'), coalesce(figures.with_email_count, 0),
            figures.first_created_at, figures.last_created_at, figures.last_updated_at
        FROM @schema@.tables AS home
        LEFT JOIN LATERAL (
            SELECT
                sum(lane.record_count)::bigint AS record_count, jsonb_object_agg(lane.status, lane.record_count) FILTER (WHERE lane.status IS NOT NULL) AS status_counts,
                sum(lane.with_email_count)::bigint AS with_email_count, min(lane.first_created_at) AS first_created_at, max(lane.last_created_at) AS last_created_at,
                max(lane.last_updated_at) AS last_updated_at
            FROM (
                SELECT
                    record.status, count(*) AS record_count, count(record.email) AS with_email_count, min(record.created_at) AS first_created_at,
                    max(record.created_at) AS last_created_at, max(record.updated_at) AS last_updated_at
                FROM @schema@.records AS record
                WHERE record.table_id = home.id AND record.organization_id = home.organization_id AND record.deleted_at IS NULL
                GROUP BY record.status
            ) AS lane
        ) AS figures ON true
        WHERE home.deleted_at IS NULL AND (get_table_statistics.table_id IS NULL OR home.id = get_table_statistics.table_id)
        ORDER BY home.name, home.id;
    END;
COMMENT ON FUNCTION @schema@.get_table_statistics(uuid) IS
'Returns the figures of custom tables as of now.
Returns the columns of table_statistics as of now, for one table or for all, with the caller''s rights: row security shows members the tables of their organizations and counts their records alone. It reads the records of the '
'tables; dashboards over many of them ask table_statistics, as its owner. Deleted tables and records are not counted, whoever asks. No row for a table that is not there, deleted or not the caller''s. STABLE. Example: SELECT table_name, record_count, status_counts FROM get_table_statistics(). '
'table_id is the custom table, NULL for all. organization_id is its organization. with_email_count is how many records have an e-mail address. '
'first_created_at is when the oldest record was inserted. last_created_at is when the newest was. last_updated_at is when one was last changed.';

-- An atomic body refers to the view itself, not to its name, so it survives renaming the schema.
CREATE OR REPLACE FUNCTION @schema@.refresh_table_statistics() RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._refresh_view($rowkit$@schema@.table_statistics$rowkit$::pg_catalog.regclass);
        SELECT true;
    END;
COMMENT ON FUNCTION @schema@.refresh_table_statistics() IS
'Brings table_statistics up to date without locking readers out.
Returns true. For the owner of the view; rowkit.schedule_jobs() runs it every 15 minutes.';
-- Who changed what: audit_logs, in parts by month, of everything that members write. What follows from it stays out: schema, search_vector.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'organization_id');
SELECT (SELECT count(*) FROM rowkit.enable_audit(audited.name, ignore => audited.ignore, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.organizations$rowkit$::regclass, '{updated_at,current_table_count}'::text[], 'id'),
    ($rowkit$@schema@.user_organizations$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.tables$rowkit$, '{updated_at,schema}', NULL),
    ($rowkit$@schema@.table_columns$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.table_statuses$rowkit$, '{updated_at}', NULL),
    ($rowkit$@schema@.records$rowkit$, '{updated_at,search_vector}', NULL)
) AS audited(name, ignore, tenant_from);
-- What applications call. Each function works on the tables of this schema, whatever the search_path is, with the caller's rights and row security.
-- A record in flat form is one JSON object: name, email, company and status beside the names of the custom columns. Those that return rows of a
-- table have no atomic body, so that a column that you add is returned, too; after ALTER SCHEMA … RENAME install the blueprint again.

CREATE OR REPLACE FUNCTION @schema@.create_records(table_id uuid, records jsonb) RETURNS SETOF @schema@.records
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $function$
        INSERT INTO @schema@.records AS record (table_id, name, email, company, status, data)
        SELECT
            create_records.table_id, given.fields ->> 'name', given.fields ->> 'email', given.fields ->> 'company', given.fields ->> 'status',
            given.fields -> 'data'
        FROM jsonb_array_elements(rowkit_internal._nested_records(
            create_records.table_id,
            -- What is no array of objects is refused by _nested_records.
            CASE jsonb_typeof(create_records.records)
                WHEN 'array' THEN (
                    SELECT coalesce(jsonb_agg(rowkit_internal._without_record_columns(element.fields) ORDER BY element.place), '[]')
                    FROM jsonb_array_elements(create_records.records) WITH ORDINALITY AS element(fields, place))
                ELSE create_records.records
            END,
            $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass)) WITH ORDINALITY AS given(fields, place)
        ORDER BY given.place
        RETURNING record.*;
    $function$;
COMMENT ON FUNCTION @schema@.create_records(uuid, jsonb) IS
'Creates records of a custom table, all or none.
records is a JSON array of records in flat form. Returns the rows of records that were made, in the order of the array. Keys that are columns of the record itself, such as id and '
'created_at, are left out. 23514 with every problem as JSON in DETAIL, 23505 for a value that is taken, 23503 for a reference to a record that is not there, 22023 for anything but an array '
'of objects, 42501 for a viewer, 42704 for a table that is not there or not the caller''s to see. VOLATILE. '
'Example: SELECT id, name FROM create_records(''0193…'', ''[{"name": "Ann", "amount": 5}, {"name": "Bob"}]''). '
'table_id is the custom table.';

CREATE OR REPLACE FUNCTION @schema@.create_record(table_id uuid, data jsonb) RETURNS SETOF @schema@.records
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
    AS $function$
        SELECT made.* FROM @schema@.create_records(create_record.table_id, jsonb_build_array(create_record.data)) AS made;
    $function$;
COMMENT ON FUNCTION @schema@.create_record(uuid, jsonb) IS
'Creates a record of a custom table.
data is the record in flat form. Returns the row of records that was made. Errors as create_records. VOLATILE. '
'Example: SELECT id FROM create_record(''0193…'', ''{"name": "Ann", "email": "ann@example.com", "amount": 5}''). '
'table_id is the custom table.';

CREATE OR REPLACE FUNCTION @schema@.get_records(record_ids uuid[]) RETURNS TABLE(record_id uuid, data jsonb)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT record.id, rowkit.transform_from_record(to_jsonb(record) - '{search_vector,deleted_at,deleted_by,deletion_id}'::text[])
        FROM unnest(get_records.record_ids) WITH ORDINALITY AS wanted(id, place)
        JOIN @schema@.records AS record ON record.id = wanted.id
        WHERE record.deleted_at IS NULL
        ORDER BY wanted.place;
    END;
COMMENT ON FUNCTION @schema@.get_records(uuid[]) IS
'Returns records in flat form.
data is the record: its own columns, such as id, table_id and created_at, beside its custom fields. Returns a row for each of record_ids that is there and the caller''s to see, in their '
'order; deleted records are left out. STABLE. Example: SELECT data ->> ''amount'' FROM get_records(''{0193…,0194…}''). '
'record_ids are the ids of the records. record_id is the id of one.';

CREATE OR REPLACE FUNCTION @schema@.get_record(record_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT found.data FROM @schema@.get_records(ARRAY[get_record.record_id]) AS found;
    END;
COMMENT ON FUNCTION @schema@.get_record(uuid) IS
'Returns a record in flat form.
The answer is {"id", "table_id", "name", "amount", …}: the record''s own columns beside its custom fields. NULL for a record that is not there, deleted, or not the caller''s to see. STABLE. '
'Example: SELECT get_record(''0193…'') ->> ''amount''. '
'record_id is the id of the record.';

CREATE OR REPLACE FUNCTION @schema@.update_record(record_id uuid, changes jsonb) RETURNS SETOF @schema@.records
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
    AS $function$
        UPDATE @schema@.records AS record
        SET name = CASE WHEN given.fields ? 'name' THEN given.fields ->> 'name' ELSE record.name END,
            email = CASE WHEN given.fields ? 'email' THEN given.fields ->> 'email' ELSE record.email END,
            company = CASE WHEN given.fields ? 'company' THEN given.fields ->> 'company' ELSE record.company END,
            status = CASE WHEN given.fields ? 'status' THEN given.fields ->> 'status' ELSE record.status END,
            data = record.data || (given.fields -> 'data')
        FROM (
            SELECT found.id, rowkit_internal._nested_records(
                found.table_id,
                jsonb_build_array(rowkit_internal._without_record_columns(update_record.changes)),
                $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) -> 0 AS fields
            FROM @schema@.records AS found
            WHERE found.id = update_record.record_id AND found.deleted_at IS NULL
        ) AS given
        WHERE record.id = given.id
        RETURNING record.*;
    $function$;
COMMENT ON FUNCTION @schema@.update_record(uuid, jsonb) IS
'Changes the given fields of a record.
changes is an object in flat form, such as {"status": "won", "amount": 5}: fields that it does not name stay as they are, null takes a value away, and columns of the record itself, such as id, are left out. Returns the row of records as it is '
'now; no row for a record that is not there, deleted, or not the caller''s to change. Errors as create_records. VOLATILE. '
'Example: SELECT status FROM update_record(''0193…'', ''{"status": "won", "note": null}''). bulk_update_records() changes many at once. '
'record_id is the id of the record.';

CREATE OR REPLACE FUNCTION @schema@.upsert_records(table_id uuid, match_on text, records jsonb) RETURNS TABLE(record_id uuid, is_new boolean)
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT upserted.* FROM rowkit.upsert_records(
            upsert_records.table_id, upsert_records.match_on, upsert_records.records, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS upserted;
    END;
COMMENT ON FUNCTION @schema@.upsert_records(uuid, text, jsonb) IS
'Inserts or updates records by a unique column, all or none.
records is a JSON array of records in flat form, each with a value of match_on. Where a record has that value its given fields are set, null taking a value away; else a record is inserted. '
'Safe against other sessions that do the same. Returns a row for each, in their order. Raises 42704 for a column that does not exist, 22023 for a column that is not unique and for a record without a value in it, '
'21000 for the same value twice, else the errors of create_records. VOLATILE. '
'Example: SELECT * FROM upsert_records(''0193…'', ''email'', ''[{"email": "a@b.example", "name": "Ann"}]''). '
'table_id is the custom table. record_id is the id of the record. is_new says whether it was inserted.';

CREATE OR REPLACE FUNCTION @schema@.upsert_record(table_id uuid, match_on text, data jsonb) RETURNS TABLE(record_id uuid, is_new boolean)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT upserted.* FROM @schema@.upsert_records(upsert_record.table_id, upsert_record.match_on, jsonb_build_array(upsert_record.data)) AS upserted;
    END;
COMMENT ON FUNCTION @schema@.upsert_record(uuid, text, jsonb) IS
'Inserts or updates a record by a unique column.
upsert_records for one record. VOLATILE. Example: SELECT * FROM upsert_record(''0193…'', ''email'', ''{"email": "a@b.example", "name": "Ann"}''). '
'table_id is the custom table. match_on is the unique column. data is the record in flat form. record_id is its id. is_new says whether it was inserted.';

CREATE OR REPLACE FUNCTION @schema@.delete_record(record_id uuid, reason text DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete($rowkit$@schema@.records$rowkit$::pg_catalog.regclass, delete_record.record_id, rowkit.current_user_id(), delete_record.reason);
    END;
COMMENT ON FUNCTION @schema@.delete_record(uuid, text) IS
'Deletes a record softly.
restore_record() brings it back with all that it had. Returns false for a record that is not there, deleted already, or not the caller''s to delete. 23503 when another record names it by a '
'reference whose on_delete is restrict. VOLATILE. Example: SELECT delete_record(''0193…'', reason => ''twice''). bulk_delete_records() deletes many at once. '
'record_id is the id of the record. reason is a text that is kept with the deletion.';

CREATE OR REPLACE FUNCTION @schema@.restore_record(record_id uuid, on_conflict text DEFAULT 'refuse') RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.restore_deleted($rowkit$@schema@.records$rowkit$::pg_catalog.regclass, restore_record.record_id, restore_record.on_conflict);
    END;
COMMENT ON FUNCTION @schema@.restore_record(uuid, text) IS
'Brings a deleted record back.
Returns false for a record that is not deleted, or not the caller''s. 23505 when a record has taken one of its unique values meanwhile, unless on_conflict is skip or rename. VOLATILE. '
'Example: SELECT restore_record(''0193…''). '
'record_id is the id of the record. on_conflict is refuse, skip or rename.';

CREATE OR REPLACE FUNCTION @schema@.restore_records(record_ids uuid[], on_conflict text DEFAULT 'refuse') RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.restore_deleted($rowkit$@schema@.records$rowkit$::pg_catalog.regclass, restore_records.record_ids, restore_records.on_conflict);
    END;
COMMENT ON FUNCTION @schema@.restore_records(uuid[], text) IS
'Brings deleted records back.
Returns how many came back. 23505 when a record has taken a unique value of one of them meanwhile; with on_conflict skip those stay deleted. VOLATILE. '
'Example: SELECT restore_records(''{0193…,0194…}''). '
'record_ids are the ids of the records. on_conflict is refuse, skip or rename.';

CREATE OR REPLACE FUNCTION @schema@.preview_delete_record(record_id uuid) RETURNS TABLE(table_name text, effect text, rows bigint, record_keys text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT shown.* FROM rowkit.preview_delete($rowkit$@schema@.records$rowkit$::pg_catalog.regclass, preview_delete_record.record_id) AS shown;
    END;
COMMENT ON FUNCTION @schema@.preview_delete_record(uuid) IS
'Tells what deleting a record would change, and changes nothing.
Returns a row for each table and effect, as rowkit.preview_delete(). STABLE. Example: SELECT * FROM preview_delete_record(''0193…''). '
'record_id is the id of the record. table_name is the table. effect says what would become of its rows. rows is how many. record_keys are the keys of some of them.';

CREATE OR REPLACE FUNCTION @schema@.deleted_records(max_rows integer DEFAULT 100, after text DEFAULT NULL)
    RETURNS TABLE(
        record_key text, deleted_at timestamptz, deleted_by uuid, deletion_id uuid, reason text, is_on_hold boolean, record jsonb, cursor text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT listed.* FROM rowkit.deleted_rows($rowkit$@schema@.records$rowkit$::pg_catalog.regclass, deleted_records.max_rows, deleted_records.after) AS listed;
    END;
COMMENT ON FUNCTION @schema@.deleted_records(integer, text) IS
'Lists the deleted records that the caller may restore, the latest deletion first.
At most max_rows (1 to 10000); the cursor of the last row, as after, gives the next page. 22023 for another max_rows or after. STABLE. '
'Example: SELECT record_key, record ->> ''name'' FROM deleted_records(20). '
'record_key is the id of the record, as text. deleted_at is when it was deleted. deleted_by is the user who deleted it. deletion_id is the deletion that it belongs to. reason is what was given '
'with it. is_on_hold says whether a purge leaves it. record is the row, with the columns that the caller may read.';

CREATE OR REPLACE FUNCTION @schema@.delete_table(table_id uuid, reason text DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete($rowkit$@schema@.tables$rowkit$::pg_catalog.regclass, delete_table.table_id, rowkit.current_user_id(), delete_table.reason);
    END;
COMMENT ON FUNCTION @schema@.delete_table(uuid, text) IS
'Deletes a custom table softly, with its records.
restore_table() brings both back. For admins of the organization; returns false for a table that is not there, deleted already, or not the caller''s to delete. VOLATILE. '
'Example: SELECT delete_table(''0193…''). '
'table_id is the custom table. reason is a text that is kept with the deletion.';

CREATE OR REPLACE FUNCTION @schema@.restore_table(table_id uuid, on_conflict text DEFAULT 'refuse') RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.restore_deleted($rowkit$@schema@.tables$rowkit$::pg_catalog.regclass, restore_table.table_id, restore_table.on_conflict);
    END;
COMMENT ON FUNCTION @schema@.restore_table(uuid, text) IS
'Brings a deleted custom table back, with the records that were deleted with it.
Returns false for a table that is not deleted, or not the caller''s. 53400 when the organization may have no more tables. VOLATILE. Example: SELECT restore_table(''0193…''). '
'table_id is the custom table. on_conflict is refuse, skip or rename, as for restore_record().';

CREATE OR REPLACE FUNCTION @schema@.search_records(table_id uuid, query text, max_rows integer DEFAULT 20, after text DEFAULT NULL)
    RETURNS TABLE(record_id uuid, match_level integer, cursor text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT found.* FROM rowkit.search_records(
            search_records.table_id, search_records.query, search_records.max_rows, search_records.after,
            records => $rowkit$@schema@.records$rowkit$::pg_catalog.regclass) AS found;
    END;
COMMENT ON FUNCTION @schema@.search_records(uuid, text, integer, text) IS
'Finds records of a custom table by their words, the best first, page by page.
match_level is 0 where a field is the query, 1 where one begins with it, 2 where a word is a term, 3 inside. The cursor of the last row, as after, gives the next page (22023 for another text). '
'find_records() returns whole rows. 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT record_id FROM search_records(''0193…'', ''ann'', max_rows => 10). '
'table_id is the custom table. query is what people type; its last word may be unfinished. max_rows is how many rows are returned at most. '
'record_id is the id of the record.';

CREATE OR REPLACE FUNCTION @schema@.find_records(table_id uuid, query text, max_rows integer DEFAULT 20) RETURNS SETOF @schema@.records
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
        SELECT record.*
        FROM @schema@.search_records(find_records.table_id, find_records.query, find_records.max_rows) WITH ORDINALITY AS found(record_id, match_level, cursor, place)
        JOIN @schema@.records AS record ON record.id = found.record_id
        ORDER BY found.place;
    $function$;
COMMENT ON FUNCTION @schema@.find_records(uuid, text, integer) IS
'Finds records of a custom table by their words, and returns their rows, the best first.
As search_records, without pages. STABLE. Example: SELECT id, name FROM find_records(''0193…'', ''ann''). '
'table_id is the custom table. query is what people type; its last word may be unfinished. max_rows is how many rows are returned at most.';

CREATE OR REPLACE FUNCTION @schema@.validate_record(table_id uuid, data jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.validate_record(validate_record.table_id, validate_record.data, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.validate_record(uuid, jsonb) IS
'Returns the problems of a record as a JSON array; [] means valid.
Each problem is {"path", "column", "column_id", "label", "code", "params", "message"}, as in DETAIL of a write that is refused. Never raises for bad data. '
'42704 for a table that is not there or not the caller''s to see. STABLE. Example: SELECT validate_record(''0193…'', ''{"amount": -1}''). '
'table_id is the custom table. data is the record in flat form.';

CREATE OR REPLACE FUNCTION @schema@.record_errors(table_id uuid, data jsonb)
    RETURNS TABLE(path text, column_name text, column_id text, label text, code text, params jsonb, message text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT problem.* FROM rowkit.record_errors(
            record_errors.table_id, record_errors.data, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS problem;
    END;
COMMENT ON FUNCTION @schema@.record_errors(uuid, jsonb) IS
'Returns the problems of a record, a row for each; no row means valid.
validate_record() as rows. STABLE. Example: SELECT column_name, message FROM record_errors(''0193…'', ''{"amount": -1}''). '
'table_id is the custom table. data is the record in flat form. path is a JSON pointer to the value. column_name is the column, column_id its id, label what people read. code says which rule was '
'broken, params with which bounds. message is a sentence for people.';

CREATE OR REPLACE FUNCTION @schema@.is_valid_record(table_id uuid, data jsonb) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.is_valid_record(is_valid_record.table_id, is_valid_record.data, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.is_valid_record(uuid, jsonb) IS
'Returns whether a record is valid.
Whether validate_record() would be []. Errors as validate_record. STABLE. Example: SELECT is_valid_record(''0193…'', ''{"amount": 5}''). '
'table_id is the custom table. data is the record in flat form.';

CREATE OR REPLACE FUNCTION @schema@.cast_record(table_id uuid, data jsonb) RETURNS TABLE(data jsonb, changes jsonb, errors jsonb)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT given.* FROM rowkit.cast_record(cast_record.table_id, cast_record.data, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS given;
    END;
COMMENT ON FUNCTION @schema@.cast_record(uuid, jsonb) IS
'Turns texts as people write them into values of the types of the columns, and writes nothing.
"1,234.50" becomes a number, "yes" a boolean and so on, as rowkit.cast_record() says. 42704 as validate_record. STABLE. '
'Example: SELECT data FROM cast_record(''0193…'', ''{"amount": "1,234"}''). '
'table_id is the custom table. data is the record in flat form, and in the answer the record with the values. changes lists what became of which value. errors are the problems that are left, as '
'validate_record() returns them.';

CREATE OR REPLACE FUNCTION @schema@.invalid_records(table_id uuid) RETURNS TABLE(record_id uuid, errors jsonb)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT found.* FROM rowkit.invalid_records(invalid_records.table_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS found;
    END;
COMMENT ON FUNCTION @schema@.invalid_records(uuid) IS
'Returns the records of a custom table that break its rules.
Rules that came later leave records as they are; these are to be corrected. No row means that all are valid. 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT record_id, errors FROM invalid_records(''0193…''). '
'table_id is the custom table. record_id is the id of the record. errors are its problems, as validate_record() returns them.';

CREATE OR REPLACE FUNCTION @schema@.table_json_schema(table_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.table_json_schema(table_json_schema.table_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.table_json_schema(uuid) IS
'Returns the JSON Schema of a custom table''s records.
For forms and generated types, as rowkit.table_json_schema(). 42704 for a table that is not there or not the caller''s to see. STABLE. Example: SELECT table_json_schema(''0193…''). '
'table_id is the custom table.';

CREATE OR REPLACE FUNCTION @schema@.rename_column(table_id uuid, from_name text, to_name text) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.rename_column(rename_column.table_id, rename_column.from_name, rename_column.to_name, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.rename_column(uuid, text, text) IS
'Renames a custom column, and its key in every record.
Returns how many records changed. Raises 42704 for a column that does not exist or that the caller may not see, 42501 for a column that the caller may not change, 23505 for a name that is taken. VOLATILE. '
'Example: SELECT rename_column(''0193…'', ''amount'', ''total''). '
'table_id is the custom table. from_name is the name of the column. to_name is its new name.';

CREATE OR REPLACE FUNCTION @schema@.delete_column(table_id uuid, column_name text) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.delete_column(delete_column.table_id, delete_column.column_name, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.delete_column(uuid, text) IS
'Deletes a custom column, and keeps its values for restore_column().
Returns how many records had a value. Raises 42704 for a column that does not exist or that the caller may not see, 42501 for a column that the caller may not delete. VOLATILE. '
'Example: SELECT delete_column(''0193…'', ''amount''). '
'table_id is the custom table. column_name is the column, as in table_columns.name.';

CREATE OR REPLACE FUNCTION @schema@.restore_column(column_id uuid) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.restore_column(restore_column.column_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.restore_column(uuid) IS
'Brings a deleted custom column back, with its values.
Returns how many records have their value again. Errors as rowkit.restore_column(). VOLATILE. '
'Example: SELECT restore_column(column_id) FROM column_changes WHERE restored_at IS NULL. '
'column_id is the id that the column had in table_columns, as in column_changes.';

CREATE OR REPLACE FUNCTION @schema@.organization_usage(organization_id uuid) RETURNS TABLE(resource_type text, used bigint, usage_limit bigint, plan text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT counted.* FROM rowkit.account_usage(
            organization_usage.organization_id, $rowkit$@schema@.organizations$rowkit$::pg_catalog.regclass) AS counted;
    END;
COMMENT ON FUNCTION @schema@.organization_usage(uuid) IS
'Returns what an organization uses of what it may.
A row for each resource, such as tables. No row for an organization that is not the caller''s to see. STABLE. Example: SELECT used, usage_limit FROM organization_usage(''0193…''). '
'organization_id is the organization. resource_type is what is counted. used is how many there are. usage_limit is how many there may be; NULL is no limit. plan is the plan that says so, where '
'there are plans.';

CREATE OR REPLACE FUNCTION @schema@.record_history(record_id uuid) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history($rowkit$@schema@.records$rowkit$::pg_catalog.regclass, record_history.record_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.record_history(uuid) IS
'Returns what was done to a record, the first event first.
For admins, who read audit_logs; no row for others. STABLE. Example: SELECT created_at, user_id, new_data FROM record_history(''0193…''). '
'record_id is the id of the record. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. old_data and new_data are the '
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

SELECT rowkit_internal._reset_grants('custom_tables', $rowkit$@schema@$rowkit$::regnamespace);
-- Who sees and writes what: members of an organization its rows, by their role; everyone their own row in users.
-- Signing up an organization is for a service: nobody is a member of what is not there yet.

SELECT count(*) FROM rowkit.register_membership(
    $rowkit$@schema@.user_organizations$rowkit$, 'user_id', 'organization_id', role_column => 'role', active_column => 'is_active',
    roles => '{viewer,member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.organizations$rowkit$, 'id', membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'admin', delete_role => 'owner',
    commands => '{select,update,delete}', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.user_organizations$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.users$rowkit$, '{"id": "sub"}', '{select,insert,update}', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.tables$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', delete_role => 'admin',
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.table_columns$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.table_statuses$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.records$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles());
-- Written by triggers with the owner's rights: closed to everyone else.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.record_keys$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.record_counters$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.record_links$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.column_change_values$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{}', bypass_roles => '{}');
-- What can be restored is for members to read; triggers write it.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.column_changes$rowkit$, membership => $rowkit$@schema@.user_organizations$rowkit$, commands => '{select}',
    bypass_roles => rowkit_internal._bypass_roles());
-- Events of no tenant, such as the purge of a part of the log, are nobody's to read here.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.user_organizations$members$, 'admin'))$rowkit$, policy_prefix => 'audit', bypass_roles => '{}');
SELECT rowkit_internal._close_to_api($rowkit$@schema@.table_statistics$rowkit$);

-- Users write their own address alone, and whom a membership names does not change.
CREATE OR REPLACE TRIGGER a_guard_email BEFORE INSERT OR UPDATE ON @schema@.users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_email_column('email');
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.user_organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('user_id');

-- Users sign what they make: created_by is who asks, and stays. When a user is deleted it becomes NULL, which is no user's doing.
CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON @schema@.tables FOR EACH ROW
    WHEN (row_security_active($rowkit$@schema@.tables$rowkit$::regclass)) EXECUTE FUNCTION rowkit.set_row_actor();
CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON @schema@.records FOR EACH ROW
    WHEN (row_security_active($rowkit$@schema@.records$rowkit$::regclass)) EXECUTE FUNCTION rowkit.set_row_actor();
-- Columns that a trigger fills in say so to clients: they have a default, so that nobody has to give them.

SELECT rowkit_internal._ensure_filled_defaults('custom_tables', $rowkit$@schema@$rowkit$::regnamespace);
-- Functions that act with their owner's rights, and those of triggers, are nobody's to call but where the blueprint opened them.

SELECT rowkit_internal._close_routines('custom_tables', $rowkit$@schema@$rowkit$::regnamespace);
