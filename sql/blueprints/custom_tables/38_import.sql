-- Imports: files on their way into records. The functions of 48_import_api.sql write everything here, with the rights of whoever calls them; a trigger refuses
-- what API roles write by hand.

CREATE TABLE IF NOT EXISTS @schema@.imports (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    file_name text CHECK (octet_length(file_name) <= 1000),
    idempotency_key text CHECK (octet_length(idempotency_key) <= 500),
    state text NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'running', 'done', 'cancelled', 'undone')),
    options jsonb NOT NULL DEFAULT '{}',
    reading text,
    header text[] NOT NULL DEFAULT '{}',
    header_key text,
    mapping jsonb,
    mapped_ids jsonb,
    byte_count bigint NOT NULL DEFAULT 0,
    row_count bigint,
    next_row bigint NOT NULL DEFAULT 0,
    waiting_count bigint NOT NULL DEFAULT 0,
    linked_row bigint NOT NULL DEFAULT 0,
    created_count bigint NOT NULL DEFAULT 0,
    updated_count bigint NOT NULL DEFAULT 0,
    unchanged_count bigint NOT NULL DEFAULT 0,
    skipped_count bigint NOT NULL DEFAULT 0,
    failed_count bigint NOT NULL DEFAULT 0,
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (organization_id, id),
    FOREIGN KEY (table_id, organization_id) REFERENCES @schema@.tables (id, organization_id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.imports IS 'Imports of files into custom tables: what was chosen, how far each has come, and what it did. begin_import and import_records make them.';
COMMENT ON COLUMN @schema@.imports.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.imports.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the table when left out.';
COMMENT ON COLUMN @schema@.imports.table_id IS 'The custom table that is imported into: references tables of the same organization.';
COMMENT ON COLUMN @schema@.imports.file_name IS 'The name of the file, for people.';
COMMENT ON COLUMN @schema@.imports.idempotency_key IS 'What the client calls this import: begin_import with the same key returns the same import. One of a key for each table and user.';
COMMENT ON COLUMN @schema@.imports.state IS
'receiving while the file comes in and is tried, running from the first batch on, then done or cancelled, and undone after undo_import.';
COMMENT ON COLUMN @schema@.imports.options IS 'The options that the import runs with, as run_import got them.';
COMMENT ON COLUMN @schema@.imports.reading IS 'The options by which the file was read into rows. NULL until it was.';
COMMENT ON COLUMN @schema@.imports.header IS 'The names of the file''s columns.';
COMMENT ON COLUMN @schema@.imports.header_key IS 'A hash of the header without regard to case and width. The next file of the same header gets the mapping of the last one.';
COMMENT ON COLUMN @schema@.imports.mapping IS '{column of the file: {"column", "date_order", "decimal_mark", "detected"}}, where detected lists what was found in the values of the file, null for a column that is left out. NULL until the import runs.';
COMMENT ON COLUMN @schema@.imports.mapped_ids IS
'The ids of the columns of the table that the mapping names: {column of the table: id}. The next file of the same header finds a column by it that was renamed meanwhile. NULL until the import runs.';
COMMENT ON COLUMN @schema@.imports.byte_count IS 'How many bytes of the file have come in.';
COMMENT ON COLUMN @schema@.imports.row_count IS 'How many rows the file has. NULL until it was read.';
COMMENT ON COLUMN @schema@.imports.next_row IS 'How many rows have been imported: where the next batch begins.';
COMMENT ON COLUMN @schema@.imports.waiting_count IS 'How many rows wait to be linked: they name records of the same table that were not there yet. They are linked once all rows are in.';
COMMENT ON COLUMN @schema@.imports.linked_row IS 'Up to which row_index of import_rows the rows that waited are linked.';
COMMENT ON COLUMN @schema@.imports.created_count IS 'How many records were created.';
COMMENT ON COLUMN @schema@.imports.updated_count IS 'How many records were changed.';
COMMENT ON COLUMN @schema@.imports.unchanged_count IS 'How many rows say what their record holds already.';
COMMENT ON COLUMN @schema@.imports.skipped_count IS 'How many rows were left out because on_match or on_new says so.';
COMMENT ON COLUMN @schema@.imports.failed_count IS 'How many rows have a problem: import_errors lists them.';
COMMENT ON COLUMN @schema@.imports.created_by IS
'The user who inserted the row: references users. A trigger sets it from the claims and keeps it. NULL for a service, and after the user is deleted.';
COMMENT ON COLUMN @schema@.imports.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.imports.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.imports.ended_at IS 'When the import became done, cancelled or undone.';
COMMENT ON INDEX @schema@.imports_organization_id_id_key IS 'The imports of an organization; what foreign keys with the tenant refer to.';
CREATE INDEX IF NOT EXISTS imports_table_id_header_key_idx ON @schema@.imports (table_id, header_key, id DESC);
COMMENT ON INDEX @schema@.imports_table_id_header_key_idx IS 'The imports of a table, and the last one of a header. Serves the foreign key to tables.';
CREATE UNIQUE INDEX IF NOT EXISTS imports_table_id_idempotency_key_idx
    ON @schema@.imports (table_id, idempotency_key, (coalesce(created_by, '00000000-0000-0000-0000-000000000000'::uuid))) WHERE idempotency_key IS NOT NULL;
COMMENT ON INDEX @schema@.imports_table_id_idempotency_key_idx IS 'One import of a key for each table and user.';
CREATE INDEX IF NOT EXISTS imports_created_by_idx ON @schema@.imports (created_by) WHERE created_by IS NOT NULL;
COMMENT ON INDEX @schema@.imports_created_by_idx IS 'The imports of a user; deleting a user looks for them.';
CREATE INDEX IF NOT EXISTS imports_ended_at_idx ON @schema@.imports (ended_at) WHERE ended_at IS NOT NULL;
COMMENT ON INDEX @schema@.imports_ended_at_idx IS 'The imports that ended, as the job that removes their files looks for.';

CREATE TABLE IF NOT EXISTS @schema@.import_chunks (
    import_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('file', 'rows')),
    part bigint NOT NULL CHECK (part > 0),
    organization_id uuid NOT NULL,
    first_row bigint NOT NULL DEFAULT 0,
    bytes bytea NOT NULL CHECK (kind = 'rows' OR octet_length(bytes) <= 1048576),
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    PRIMARY KEY (import_id, organization_id, kind, part),
    FOREIGN KEY (organization_id, import_id) REFERENCES @schema@.imports (organization_id, id) ON DELETE CASCADE
);
-- Files do not compress well, and parts of them are read.
ALTER TABLE @schema@.import_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE @schema@.import_chunks IS 'The files of imports in parts, and the rows that were read from them. Only the import''s creator and admins see them. A job removes them 7 days after the import ended.';
COMMENT ON COLUMN @schema@.import_chunks.import_id IS 'The import: references imports of the same organization.';
COMMENT ON COLUMN @schema@.import_chunks.kind IS 'file for a part of the file as it came, rows for rows that were read from it.';
COMMENT ON COLUMN @schema@.import_chunks.part IS 'The place of the part, counted from 1.';
COMMENT ON COLUMN @schema@.import_chunks.organization_id IS 'The organization (tenant) that the row belongs to: that of the import.';
COMMENT ON COLUMN @schema@.import_chunks.first_row IS 'For rows: how many rows come before these.';
COMMENT ON COLUMN @schema@.import_chunks.bytes IS 'The bytes of the part, at most 1 MiB of a file. Rows are JSON lines.';
COMMENT ON COLUMN @schema@.import_chunks.created_by IS 'The user whose import it is: created_by in imports.';
COMMENT ON INDEX @schema@.import_chunks_pkey IS 'The parts of a file in their order. Serves the foreign key to imports.';
CREATE INDEX IF NOT EXISTS import_chunks_created_by_idx ON @schema@.import_chunks (created_by) WHERE created_by IS NOT NULL;
COMMENT ON INDEX @schema@.import_chunks_created_by_idx IS 'The parts of a user''s files; deleting a user looks for them.';

CREATE TABLE IF NOT EXISTS @schema@.import_rows (
    import_id uuid NOT NULL,
    row_index bigint NOT NULL CHECK (row_index > 0),
    organization_id uuid NOT NULL,
    row_number bigint NOT NULL,
    is_failed boolean NOT NULL DEFAULT false,
    problems jsonb,
    cells bytea,
    record_id uuid,
    has_created boolean NOT NULL DEFAULT false,
    waiting jsonb,
    former jsonb,
    written_hash bytea,
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    PRIMARY KEY (import_id, organization_id, row_index),
    FOREIGN KEY (organization_id, import_id) REFERENCES @schema@.imports (organization_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE @schema@.import_rows IS 'The rows of imports that have a problem, those that changed a record, with what it held before, and those that wait to be linked. Only the import''s creator and admins see them. A job removes them 30 days after the import ended.';
COMMENT ON COLUMN @schema@.import_rows.import_id IS 'The import: references imports of the same organization.';
COMMENT ON COLUMN @schema@.import_rows.row_index IS 'The place of the row among the rows of the file, counted from 1 below the header.';
COMMENT ON COLUMN @schema@.import_rows.organization_id IS 'The organization (tenant) that the row belongs to: that of the import.';
COMMENT ON COLUMN @schema@.import_rows.row_number IS 'The line or row of the file.';
COMMENT ON COLUMN @schema@.import_rows.is_failed IS 'Whether the row was not imported.';
COMMENT ON COLUMN @schema@.import_rows.problems IS 'The problems of a row that was not imported, or of its cells and references that were left out: [{"cell", "column", "code", "params", "message"}].';
COMMENT ON COLUMN @schema@.import_rows.cells IS 'The cells of a row with problems, as they came.';
COMMENT ON COLUMN @schema@.import_rows.record_id IS 'The record that the row changed, or created without all of its references.';
COMMENT ON COLUMN @schema@.import_rows.has_created IS 'Whether the row created record_id.';
COMMENT ON COLUMN @schema@.import_rows.waiting IS 'The references that wait for their records: {column: the text of the cell}. NULL once the row is linked.';
COMMENT ON COLUMN @schema@.import_rows.former IS 'What the changed columns held before: {column: value}, null for none.';
COMMENT ON COLUMN @schema@.import_rows.written_hash IS 'A hash of the record as the import left it: undo_import tells by it what was changed since.';
COMMENT ON COLUMN @schema@.import_rows.created_by IS 'The user whose import it is: created_by in imports.';
COMMENT ON INDEX @schema@.import_rows_pkey IS 'The rows of an import in their order. Serves the foreign key to imports.';
CREATE INDEX IF NOT EXISTS import_rows_created_by_idx ON @schema@.import_rows (created_by) WHERE created_by IS NOT NULL;
COMMENT ON INDEX @schema@.import_rows_created_by_idx IS 'The rows of a user''s files; deleting a user looks for them.';

CREATE TABLE IF NOT EXISTS @schema@.import_batches (
    import_id uuid NOT NULL,
    first_row bigint NOT NULL,
    organization_id uuid NOT NULL,
    created_ids uuid[] NOT NULL,
    created_hashes bytea NOT NULL,
    matched_ids uuid[] NOT NULL,
    created_by uuid REFERENCES @schema@.users (id) ON DELETE SET NULL,
    PRIMARY KEY (import_id, organization_id, first_row),
    FOREIGN KEY (organization_id, import_id) REFERENCES @schema@.imports (organization_id, id) ON DELETE CASCADE
);
-- Ids and hashes do not compress.
ALTER TABLE @schema@.import_batches
    ALTER COLUMN created_ids SET STORAGE EXTERNAL, ALTER COLUMN created_hashes SET STORAGE EXTERNAL, ALTER COLUMN matched_ids SET STORAGE EXTERNAL;
COMMENT ON TABLE @schema@.import_batches IS 'What each batch of an import created and met, one row a batch. Only the import''s creator and admins see them. A job removes them 30 days after the import ended.';
COMMENT ON COLUMN @schema@.import_batches.import_id IS 'The import: references imports of the same organization.';
COMMENT ON COLUMN @schema@.import_batches.first_row IS 'The place of the batch''s first row among the rows of the file, counted from 0.';
COMMENT ON COLUMN @schema@.import_batches.organization_id IS 'The organization (tenant) that the row belongs to: that of the import.';
COMMENT ON COLUMN @schema@.import_batches.created_ids IS 'The records that the batch created.';
COMMENT ON COLUMN @schema@.import_batches.created_hashes IS 'For each of created_ids 16 bytes: a hash of the record as the import left it.';
COMMENT ON COLUMN @schema@.import_batches.matched_ids IS 'The records that rows of the batch were matched with.';
COMMENT ON COLUMN @schema@.import_batches.created_by IS 'The user whose import it is: created_by in imports.';
COMMENT ON INDEX @schema@.import_batches_pkey IS 'The batches of an import in their order. Serves the foreign key to imports.';
CREATE INDEX IF NOT EXISTS import_batches_created_by_idx ON @schema@.import_batches (created_by) WHERE created_by IS NOT NULL;
COMMENT ON INDEX @schema@.import_batches_created_by_idx IS 'The batches of a user''s imports; deleting a user looks for them.';
-- Each batch looks for records here: a list of entries that wait to be sorted in would be read through each time.
CREATE INDEX IF NOT EXISTS import_batches_created_ids_matched_ids_idx ON @schema@.import_batches USING gin (created_ids, matched_ids) WITH (fastupdate = off);
COMMENT ON INDEX @schema@.import_batches_created_ids_matched_ids_idx IS 'The batches that created or met a record: a later row of the file about it is a duplicate.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.imports$rowkit$);

CREATE OR REPLACE TRIGGER imports_a_tenant BEFORE INSERT ON @schema@.imports
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
CREATE OR REPLACE TRIGGER imports_updated_at BEFORE UPDATE ON @schema@.imports
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
-- What these tables hold is acted upon by whoever runs or undoes an import: nobody writes it by hand.
CREATE OR REPLACE TRIGGER a_guard_import BEFORE INSERT OR UPDATE ON @schema@.imports
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_import();
CREATE OR REPLACE TRIGGER a_guard_import BEFORE INSERT OR UPDATE ON @schema@.import_chunks
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_import();
CREATE OR REPLACE TRIGGER a_guard_import BEFORE INSERT OR UPDATE ON @schema@.import_rows
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_import();
CREATE OR REPLACE TRIGGER a_guard_import BEFORE INSERT OR UPDATE ON @schema@.import_batches
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_import();
