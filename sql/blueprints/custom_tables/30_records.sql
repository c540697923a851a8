-- The records of all custom tables, and the keys that make unique columns unique.
--
-- Indexes: no more than these 13, and of types whose comparisons are leakproof wherever users filter (uuid, text, timestamptz):
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
    FOREIGN KEY (organization_id, table_id) REFERENCES @schema@.tables (organization_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.records IS 'The records of all custom tables, validated against tables.schema on every write.';
COMMENT ON COLUMN @schema@.records.organization_id IS 'Taken from the table when left out.';
COMMENT ON COLUMN @schema@.records.name IS 'A common field: indexed, like email, company and status. At most 2500 bytes, what an index entry holds.';
COMMENT ON COLUMN @schema@.records.status IS 'The name of one of the table''s statuses.';
COMMENT ON COLUMN @schema@.records.data IS 'All other fields, by column name.';
COMMENT ON COLUMN @schema@.records.search_vector IS 'What full-text search looks in.';

COMMENT ON INDEX @schema@.records_pkey IS 'A record by its id. Ids rise with time, so new entries share pages.';
COMMENT ON INDEX @schema@.records_organization_id_id_key IS
'What tenant-first foreign keys refer to; also every record of an organization, as deleting an organization looks for.';
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
    column_name text NOT NULL,
    key text NOT NULL,
    record_id uuid NOT NULL,
    PRIMARY KEY (table_id, column_name, key),
    FOREIGN KEY (organization_id, record_id) REFERENCES @schema@.records (organization_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.record_keys IS
'One row for every value of a unique column: its primary key makes uniqueness hold between sessions. Written by triggers on records '
'and tables with the owner''s rights, so nobody needs any on it.';
COMMENT ON COLUMN @schema@.record_keys.key IS 'The value in the form in which values are compared: e-mail without case, telephone by digits.';
CREATE INDEX IF NOT EXISTS record_keys_record_id_idx ON @schema@.record_keys (record_id, organization_id);
COMMENT ON INDEX @schema@.record_keys_record_id_idx IS 'The keys of a record that changes or goes. record_id first: the triggers look for it alone.';

CREATE TABLE IF NOT EXISTS @schema@.record_counters (
    organization_id uuid NOT NULL,
    table_id uuid NOT NULL,
    column_id uuid NOT NULL,
    last_number bigint NOT NULL,
    PRIMARY KEY (table_id, column_id),
    FOREIGN KEY (organization_id, table_id) REFERENCES @schema@.tables (organization_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);
COMMENT ON TABLE @schema@.record_counters IS
'How far the autonumber columns have counted. Written by the triggers on records with the owner''s rights, so nobody needs any on it.';
COMMENT ON COLUMN @schema@.record_counters.column_id IS
'The id in table_columns. No foreign key: a writer would wait for whoever edits that row, who waits for the writer.';
COMMENT ON COLUMN @schema@.record_counters.last_number IS 'The highest number given; set it forward to begin anew from there.';

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
CREATE OR REPLACE TRIGGER records_updated_at BEFORE UPDATE ON @schema@.records
    FOR EACH ROW EXECUTE FUNCTION rowkit.set_updated_at();

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
'Gives records the values of changes, {"status": "won", "amount": 5}: name, email, company and status are columns, the rest is merged into data; null takes a value away. How many of them '
'the caller sees and may change. One that breaks a rule leaves all as they were (23514, 23505, 23503). VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.bulk_delete_records(record_ids uuid[]) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH deleted AS (DELETE FROM @schema@.records AS record WHERE record.id = ANY (record_ids) RETURNING record.id)
        SELECT count(*) FROM deleted;
    END;
COMMENT ON FUNCTION @schema@.bulk_delete_records(uuid[]) IS 'Deletes records; how many of them the caller sees and may delete. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.map_record_fields(input jsonb, mapping jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(jsonb_object_agg(coalesce(mapping ->> field.key, field.key), field.value), '{}')
        FROM jsonb_each(input) AS field
        WHERE mapping -> field.key IS DISTINCT FROM 'null'::jsonb);
COMMENT ON FUNCTION @schema@.map_record_fields(jsonb, jsonb) IS
'A row of an import with its fields named as columns are: mapping is {"field": "column"}, null leaves a field out, others keep their names. IMMUTABLE.';
