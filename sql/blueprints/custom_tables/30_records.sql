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
