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
'created_at, are left out. 23514 with every problem of the first record that has one as JSON in DETAIL (validate_record() tells of each), 23505 for a value that is taken, 23503 for a reference to a record that is not there, 22023 for anything but an array '
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
match_level is 0 where a field is the query, 1 where one begins with it, 2 where a word is a term, 3 inside. The cursor of the last row, as after, gives the next page (22023 for a text that is no cursor). The 500 best candidates are found; query_records with "search" finds all, in the order of its sort list. '
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
'record_id is the id of the record. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE, RESTORE or IMPORT, which has no values of a new record. record_key is the id at that time. old_data and new_data are the '
'values before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. database_role is the role '
'that wrote.';

CREATE OR REPLACE FUNCTION @schema@.query_records(table_id uuid, query jsonb DEFAULT '{}') RETURNS TABLE(record_id uuid, record jsonb, cursor text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT found.record_id, found.record, found.cursor
        FROM rowkit.query_records(query_records.table_id, query_records.query, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS found;
    END;
COMMENT ON FUNCTION @schema@.query_records(uuid, jsonb) IS
'Returns a page of the records of a custom table: filtered, searched and sorted.
query is one object, {"filter", "search", "sort", "limit", "after", "before", "fields", "expand", "time_zone"}, every key optional. Without sort the oldest come first; without limit a page has 50 records, and at most 10,000. '
'For the next page give the cursor of the last row as after, for the one before the cursor of the first row as before. Deleted records are not found. '
'22023 with all problems of the query as JSON in DETAIL, and for a cursor of another order; 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT record ->> ''name'' FROM query_records(''0193…'', ''{"filter": {"column": "amount", "op": ">", "value": 100}, "sort": [{"column": "amount", "direction": "desc"}]}''). '
'table_id is the custom table. record_id is the record. record is the record in flat form. cursor is where the record stands in the result.';

CREATE OR REPLACE FUNCTION @schema@.count_records(table_id uuid, query jsonb DEFAULT '{}', max_count bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN rowkit.count_records(table_id, query, max_count, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.count_records(uuid, jsonb, bigint) IS
'Returns the number of records that match a query.
Whatever its limit, sort and cursor say. Errors as query_records; 22023 for a max_count below 1. STABLE. '
'Example: SELECT count_records(''0193…'', ''{"filter": {"column": "stage", "op": "is", "value": "won"}}'', max_count => 1000). '
'table_id is the custom table. query is as in query_records. max_count is where counting ends, NULL for never.';

CREATE OR REPLACE FUNCTION @schema@.filter_records(table_id uuid, query jsonb DEFAULT '{}') RETURNS SETOF uuid
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT found FROM rowkit.filter_records(filter_records.table_id, filter_records.query, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS found;
    END;
COMMENT ON FUNCTION @schema@.filter_records(uuid, jsonb) IS
'Returns the ids of all records that meet the filter and the search text of a query.
In no order, for joins. Errors as query_records. STABLE. '
'Example: SELECT count(*) FROM filter_records(''0193…'', ''{"filter": {"column": "stage", "op": "is", "value": "won"}}''). '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count.';

CREATE OR REPLACE FUNCTION @schema@.explain_records(table_id uuid, query jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN rowkit.explain_records(table_id, query, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.explain_records(uuid, jsonb) IS
'Runs query_records and returns how it found the page.
Returns {"plan", "index_id", "examined_entries", "examined_records", "returned_records", "advice"}. plan is walk (along an index in the order of the sort list), creation (in the order of created_at), '
'candidates (the records that indexes name), search or scan (all records of the table). advice, where there is any, is the statement that would make an index for the filter. Errors as query_records. STABLE. '
'Example: SELECT explain_records(''0193…'', ''{"filter": {"column": "amount", "op": ">", "value": 100}}''). '
'table_id is the custom table. query is as in query_records.';

CREATE OR REPLACE FUNCTION @schema@.index_advice(table_id uuid)
    RETURNS TABLE(
        column_id uuid, column_name text, is_indexed boolean, query_count bigint, examined_records bigint, returned_records bigint, p95_ms double precision,
        estimated_bytes bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT advice.* FROM rowkit.index_advice(index_advice.table_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS advice;
    END;
COMMENT ON FUNCTION @schema@.index_advice(uuid) IS
'Returns the columns of a table that queries filter or sort by or that are indexed.
Those without an index come first, the costliest of these before the others. Queries are counted in memory: on PostgreSQL 17 and newer those of all sessions since the server started, on older servers those of this session. '
'42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT column_name, examined_records FROM index_advice(''0193…'') WHERE NOT is_indexed. '
'table_id is the custom table. column_id is the column, column_name its name. is_indexed is indexed of table_columns. '
'query_count is how many queries had a condition on the column that every record must meet, or sorted by it first. examined_records is how many records these queries read, returned_records how many of those met the filter; '
'both are NULL where policies of your own hide records of a table from its members. '
'p95_ms is the 95th percentile of the duration of these queries in milliseconds, as the upper end of one of the buckets 0.25, 0.5, 1 and so on. estimated_bytes is what an index takes on disk, by the keys of a sample of 1,000 records.';

CREATE OR REPLACE FUNCTION @schema@.aggregate_records(table_id uuid, query jsonb, aggregates jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN rowkit.aggregate_records(table_id, query, aggregates, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.aggregate_records(uuid, jsonb, jsonb) IS
'Returns figures over all records that a query means, as an object.
aggregates is {"total": {"function": "sum", "column": "amount"}, …}, and the result has the same names. '
'The functions are count, empty, filled, unique, percent_empty, percent_filled, percent_unique, min, max, range, sum, average, median, std_dev, variance, earliest, latest, checked, percent_checked and distribution. '
'Errors as query_records; 54000 for a distribution of more than 5,000 values. STABLE. '
'Example: SELECT aggregate_records(''0193…'', ''{}'', ''{"total": {"function": "sum", "column": "amount"}}'') ->> ''total''. '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count.';

CREATE OR REPLACE FUNCTION @schema@.group_records(table_id uuid, query jsonb, by jsonb, aggregates jsonb DEFAULT '{}')
    RETURNS TABLE(group_values jsonb, record_count bigint, figures jsonb)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT found.group_values, found.record_count, found.figures
        FROM rowkit.group_records(
            group_records.table_id, group_records.query, group_records.by, group_records.aggregates, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS found;
    END;
COMMENT ON FUNCTION @schema@.group_records(uuid, jsonb, jsonb, jsonb) IS
'Returns the groups of the records that a query means, in the order of their values.
by is an array of 1 to 3 columns, ["stage", {"column": "due", "period": "month"}]; period is day, week, month, quarter or year, in the time zone of the query. Groups without a value come last. '
'aggregates is as in aggregate_records. Errors as query_records; 54000 for more than 5,000 groups. STABLE. '
'Example: SELECT group_values ->> ''stage'', record_count FROM group_records(''0193…'', ''{}'', ''["stage"]''). '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count. group_values is {column: value}, of a period its first day. record_count is how many records the group has. '
'figures is what aggregates asks for.';

CREATE OR REPLACE FUNCTION @schema@.query_view(view_id uuid, query jsonb DEFAULT '{}') RETURNS TABLE(record_id uuid, record jsonb, cursor text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT found.record_id, found.record, found.cursor
        FROM rowkit.query_view(query_view.view_id, query_view.query, $rowkit$@schema@.table_views$rowkit$::pg_catalog.regclass) AS found;
    END;
COMMENT ON FUNCTION @schema@.query_view(uuid, jsonb) IS
'Returns a page of the records of a view.
query adds to the view: both filters hold, and what else it says counts in place of what the view says. Errors as query_records; 42704 for a view that is not there or not the caller''s to see; 22023 also when a column of the view was deleted. STABLE. '
'Example: SELECT record ->> ''name'' FROM query_view(''0193…'', ''{"limit": 20}''). '
'view_id is the id in table_views. record_id is the record. record is the record in flat form. cursor is where the record stands in the result.';

CREATE OR REPLACE FUNCTION @schema@.view_problems(view_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN rowkit.view_problems(view_id, $rowkit$@schema@.table_views$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.view_problems(uuid) IS
'Returns what query_view would refuse of a view, and what is missing of its groups.
A JSON array of {path, code, params, message}; [] for a view that works. A column that was deleted is query.unknown_column. 42704 for a view that is not there or not the caller''s to see. STABLE. '
'Example: SELECT view_problems(''0193…''). view_id is the id in table_views.';
