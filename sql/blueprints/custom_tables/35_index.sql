-- The index of custom columns: one side table of ordered byte keys for all tables, so that a new indexed column is rows, not DDL.

CREATE TABLE IF NOT EXISTS @schema@.table_indexes (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    columns jsonb NOT NULL,
    is_automatic boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'building' CHECK (state IN ('building', 'ready')),
    number bigint GENERATED ALWAYS AS IDENTITY,
    form text NOT NULL DEFAULT '',
    built_to_at timestamptz,
    built_to_id uuid,
    left_over uuid[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id),
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.table_indexes IS
'The indexes of custom tables: those of columns that say they are indexed, and those on several columns that members add. Inserting a row makes an index, deleting it drops one.';
COMMENT ON COLUMN @schema@.table_indexes.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.table_indexes.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the table when left out.';
COMMENT ON COLUMN @schema@.table_indexes.table_id IS 'The custom table whose records are indexed: references tables of the same organization.';
COMMENT ON COLUMN @schema@.table_indexes.columns IS
'The columns, from the first: an array of names or ids of columns of the table, or of objects {"column", "direction", "empty"} with direction asc or desc and empty first or last. Stored by id, so that a rename changes nothing.';
COMMENT ON COLUMN @schema@.table_indexes.is_automatic IS 'Whether indexed of the column in table_columns made it and drops it. Set by triggers.';
COMMENT ON COLUMN @schema@.table_indexes.state IS
'building until all records have their entries, then ready: only then queries use it. A table of more than 5,000 records waits for rowkit.build_record_indexes_in_batches. Set by triggers.';
COMMENT ON COLUMN @schema@.table_indexes.number IS 'The number with which its keys in record_index begin. A change of a column''s type gives it a new one.';
COMMENT ON COLUMN @schema@.table_indexes.form IS 'What its keys were made by: the collation''s version and the columns'' types. Empty while a column is missing.';
COMMENT ON COLUMN @schema@.table_indexes.built_to_at IS 'How far a build has come: created_at of the last record.';
COMMENT ON COLUMN @schema@.table_indexes.built_to_id IS 'How far a build has come: the id of the last record.';
COMMENT ON COLUMN @schema@.table_indexes.left_over IS 'The records that a build passed over because others had locked them.';
COMMENT ON COLUMN @schema@.table_indexes.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON INDEX @schema@.table_indexes_organization_id_id_key IS 'The indexes of an organization; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS table_indexes_table_id_idx ON @schema@.table_indexes (table_id);
COMMENT ON INDEX @schema@.table_indexes_table_id_idx IS 'The indexes of a table, as every write of records looks for.';

CREATE TABLE IF NOT EXISTS @schema@.record_index (
    key bytea NOT NULL,
    record_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    PRIMARY KEY (key, record_id) INCLUDE (organization_id)
);
COMMENT ON TABLE @schema@.record_index IS
'The entries of all indexes of table_indexes: bytes that sort as the values do, one for each live record, of a list one for each element. Written by triggers with the owner''s rights and read natively, so nobody needs any on it. '
'No foreign key and no second index: the triggers know the whole keys of what a record had.';
COMMENT ON COLUMN @schema@.record_index.key IS 'The number of the index in eight bytes, and the values of its columns in order-preserving form.';
COMMENT ON COLUMN @schema@.record_index.record_id IS 'The record: id in records.';
COMMENT ON COLUMN @schema@.record_index.organization_id IS 'The organization (tenant) that the row belongs to. Triggers take it from the record.';
-- Keys are short, and compared more often than read; deleted entries would cost index-only scans.
ALTER TABLE @schema@.record_index ALTER COLUMN key SET STORAGE PLAIN, ALTER COLUMN key SET STATISTICS 1000;
ALTER TABLE @schema@.record_index SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
COMMENT ON INDEX @schema@.record_index_pkey IS 'The entries in the order of their keys, and of the ids of records with the same values. Holds all columns, so that no query reads the table.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.table_indexes$rowkit$);

CREATE OR REPLACE TRIGGER table_indexes_a_tenant BEFORE INSERT ON @schema@.table_indexes
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER table_indexes_guard BEFORE INSERT OR UPDATE OR DELETE ON @schema@.table_indexes
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_table_index();
CREATE OR REPLACE TRIGGER table_indexes_insert AFTER INSERT ON @schema@.table_indexes
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_table_indexes();
CREATE OR REPLACE TRIGGER table_indexes_delete AFTER DELETE ON @schema@.table_indexes
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_table_indexes();
CREATE OR REPLACE TRIGGER table_indexes_truncate AFTER TRUNCATE ON @schema@.table_indexes
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_table_indexes();

CREATE OR REPLACE TRIGGER records_index_insert AFTER INSERT ON @schema@.records
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_record_index();
CREATE OR REPLACE TRIGGER records_index_update AFTER UPDATE ON @schema@.records
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_record_index();
CREATE OR REPLACE TRIGGER records_index_delete AFTER DELETE ON @schema@.records
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_record_index();
CREATE OR REPLACE TRIGGER records_index_truncate AFTER TRUNCATE ON @schema@.records
    FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_record_index();

-- Columns of a schema that is older than indexes, or came without triggers, get theirs now.
SELECT rowkit_internal._make_record_indexes($rowkit$@schema@.tables$rowkit$);
