-- What applications call to import and to export records. As in 47_api.sql each function works on the tables of this schema with the caller's rights and row
-- security. Those that end in _base64 are for clients that send JSON.

CREATE OR REPLACE FUNCTION @schema@.begin_import(table_id uuid, file_name text DEFAULT NULL, idempotency_key text DEFAULT NULL) RETURNS uuid
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._begin_import(table_id, file_name, idempotency_key, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.begin_import(uuid, text, text) IS
'Begins the import of a file that comes in parts, and returns its id.
The same idempotency_key for the same table and user returns the same import, so that a client may repeat the call. 42501 for a viewer, 42704 for a table that is not there or not the caller''s to see. VOLATILE. '
'Example: SELECT begin_import(''0193…'', ''customers.csv'', ''upload-17''). '
'table_id is the custom table. file_name is the name of the file, for people. idempotency_key is what the client calls this import; NULL begins a new one.';

CREATE OR REPLACE FUNCTION @schema@.append_import(import_id uuid, part bigint, bytes bytea) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._append_import(import_id, part, bytes, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.append_import(uuid, bigint, bytea) IS
'Adds a part of the file to an import, and returns how many bytes of the file have come in.
Parts may come in any order. The same bytes again change nothing. 23505 for other bytes of a part that is there, 22023 for a part below 1, and for one without bytes or of more than 1 MiB, '
'54000 for a file larger than the setting rowkit.import_file_bytes, 55000 for an import that runs or has ended, 42704 for one that is not there or not the caller''s. VOLATILE. '
'Example: SELECT append_import(''0194…'', 1, ''\x6e616d65''). '
'import_id is the import. part is the place of the part, counted from 1. bytes is at most 1 MiB of the file.';

CREATE OR REPLACE FUNCTION @schema@.append_import_base64(import_id uuid, part bigint, bytes_base64 text) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._append_import(import_id, part, pg_catalog.decode(bytes_base64, 'base64'), $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.append_import_base64(uuid, bigint, text) IS
'Does what append_import does, for clients that send JSON.
Errors as append_import; 22023 for a text that is no base64. VOLATILE. Example: SELECT append_import_base64(''0194…'', 1, ''bmFtZQ==''). '
'import_id is the import. part is the place of the part, counted from 1. bytes_base64 is the part encoded as base64.';

CREATE OR REPLACE FUNCTION @schema@.preview_import(import_id uuid, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN rowkit_internal._preview_import(import_id, options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.preview_import(uuid, jsonb) IS
'Returns what the file of an import holds, and which columns of the table its columns are likely to be.
Writes nothing, and reads the beginning of the file only. Returns {"format", "bytes", "encoding": {"name", "evidence", "examined_bytes", "undecodable", "undecodable_offsets"}, "dialect", "header_row", "sampled_rows", "is_whole", "warnings", "columns", "rows"}. '
'Each column has its name, samples, the field type that fits best with its share, date_order (ymd, dmy, mdy or ambiguous), decimal_mark (. , or ambiguous), warnings, suggestion: the column of the table with a score from 0 to 1 and its reasons, followed: the column that it would be imported into, or NULL, and followed_from: mapping, remembered or suggestion. encoding, dialect and header_row are NULL where the file has none. '
'warnings says of a workbook what its cells do not show in the rows that were read: merged_cells, dates_from_1904, stale_formulas, formulas_without_value, hidden_rows, hidden_columns and hidden_sheets, each with a count and where it is known the first places. '
'22023 for a file that cannot be read and for options that are none, 22021 for an encoding that is not read, 54000 beyond a limit of the settings rowkit.import_…, 42704 for an import that is not there or not the caller''s, 55000 while parts are missing. STABLE. '
'Example: SELECT preview_import(''0194…'') -> ''columns''. import_id is the import. options is as in run_import; what it says of the file counts.';

CREATE OR REPLACE FUNCTION @schema@.preview_import(table_id uuid, file bytea, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN rowkit_internal._preview_import_file(table_id, file, options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.preview_import(uuid, bytea, jsonb) IS
'Returns what a file holds, and which columns of the table its columns are likely to be.
Writes nothing, and reads the beginning of the file only. Returns {"format", "bytes", "encoding": {"name", "evidence", "examined_bytes", "undecodable", "undecodable_offsets"}, "dialect", "header_row", "sampled_rows", "is_whole", "warnings", "columns", "rows"}. '
'Each column has its name, samples, the field type that fits best with its share, date_order (ymd, dmy, mdy or ambiguous), decimal_mark (. , or ambiguous), warnings, suggestion: the column of the table with a score from 0 to 1 and its reasons, followed: the column that it would be imported into, or NULL, and followed_from: mapping, remembered or suggestion. encoding, dialect and header_row are NULL where the file has none. '
'warnings says of a workbook what its cells do not show in the rows that were read: merged_cells, dates_from_1904, stale_formulas, formulas_without_value, hidden_rows, hidden_columns and hidden_sheets, each with a count and where it is known the first places. '
'22023 for a file that cannot be read and for options that are none, 22021 for an encoding that is not read, 54000 beyond a limit of the settings rowkit.import_…, 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT preview_import(''0193…'', convert_to(E''name,amount\nAnn,5\n'', ''UTF8'')) -> ''columns''. table_id is the custom table. file is the file. options is as in run_import; what it says of the file counts.';

CREATE OR REPLACE FUNCTION @schema@.preview_import_base64(table_id uuid, file_base64 text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN rowkit_internal._preview_import_file(table_id, pg_catalog.decode(file_base64, 'base64'), options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.preview_import_base64(uuid, text, jsonb) IS
'Does what preview_import does for a file at hand, for clients that send JSON.
Errors as preview_import; 22023 for a text that is no base64. STABLE. Example: SELECT preview_import_base64(''0193…'', ''bmFtZQpBbm4K''). '
'table_id is the custom table. file_base64 is the file encoded as base64. options is as in run_import; what it says of the file counts.';

CREATE OR REPLACE FUNCTION @schema@.import_progress(import_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN rowkit_internal._import_progress(import_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.import_progress(uuid) IS
'Returns how far an import has come.
Returns {"import_id", "state", "created", "updated", "unchanged", "skipped", "failed", "rows", "next_row", "waiting", "bytes", "mapping", "is_done"}; NULL for an import that is not there, or into a table that the caller does not see. mapping is NULL for a viewer. Other sessions see it after each batch. '
'rows is NULL until the file was read into rows. waiting is how many rows are still to be linked to records that other rows made. STABLE. Example: SELECT import_progress(''0194…'') ->> ''state''. import_id is the import.';

CREATE OR REPLACE FUNCTION @schema@.cancel_import(import_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._cancel_import(import_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.cancel_import(uuid) IS
'Ends an import that has not ended, and returns whether it did.
Batches that were imported stay: undo_import takes them back. Waits for the batch that is running. false for an import that has ended, is not there or is not the caller''s. VOLATILE. '
'Example: SELECT cancel_import(''0194…''). import_id is the import.';

CREATE OR REPLACE FUNCTION @schema@.plan_import(import_id uuid, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._plan_import(import_id, options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.plan_import(uuid, jsonb) IS
'Returns exactly what run_import would do with the same options, and imports nothing.
It runs the import and takes it back. A plan takes the numbers of the table''s autonumber columns until its transaction ends: other writers of that table wait for it, so plan large files when nobody writes. Returns {"import_id", "created", "updated", "unchanged", "skipped", "failed", "rows", "mapping", "left_out", "links", "new_choices", "new_columns", "problems", "problem_counts", "changes"}. '
'problems has the first 20, problem_counts how often each code came in each column with up to 20 of the values, changes the first 20 records that would change, from and to. left_out is the file''s columns that no column takes. '
'new_choices is {column: [name]} of what create_choices makes, new_columns [{"name", "label", "type", "file_column", "choices"}] of what create_columns makes; both are taken back, too. '
'Errors as run_import; 55000 for an import that runs. VOLATILE. Example: SELECT plan_import(''0194…'', ''{"match_on": "email"}'') -> ''failed''. import_id is the import. options is as in run_import.';

CREATE OR REPLACE FUNCTION @schema@.run_import(import_id uuid, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._run_import(import_id, options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.run_import(uuid, jsonb) IS
'Imports the file of an import in the caller''s transaction.
Returns {"import_id", "state", "created", "updated", "unchanged", "skipped", "failed", "rows", "next_row", "waiting", "bytes", "mapping", "is_done"}. Rows with a problem are left out and listed by import_errors. References to records of the table itself may name records that later rows make: they are linked once all rows are in, and one that names none then is left out and listed. Of an import that is done it returns the same again. '
'options, all optional: mapping {"column of the file": "column" | {"column", "date_order", "decimal_mark"} | null}, by default the one of the last file of the same header, without the orders and marks that were found in its values, else suggestions by name; '
'match_on, a column or an array of columns by which a row finds its record; on_match fill (the default: only columns without a value), replace, replace_nonblank, skip or refuse; on_new create or skip; '
'on_problem skip_row (the default), skip_cell, which still leaves out rows with a problem in a match_on column, or refuse; date_order ymd, mdy or dmy; decimal_mark . or ,; utc_offset of times without one, such as +09:00; minor_units true where amounts of currencies are in the smallest unit; '
'link_by {"reference column": "unique column of the other table"}, by default the name; create_choices true makes the choices that the file has and select columns do not, and the statuses that it has and table_statuses does not; create_columns true makes a column for each column of the file that matches none and is not mapped to null; audit rows (the default) or batch, which logs one event for the new and one for the changed records of a batch; of the file encoding, format, delimiter, quote, has_header, skip_lines and sheet, and limits {"file_bytes", "expanded_bytes", "rows", "columns", "cells"}, which lower the settings rowkit.import_… for this file. '
'22023 for an option that is none and for a file that cannot be read, 22021 for its encoding, 54000 beyond a limit of rowkit.import_… or of the option limits, 55000 for an import that was cancelled or undone, 55P03 while another session runs it, 40001 where another transaction makes a column or status of the same name, '
'42704 for one that is not there or not the caller''s, 42501 for a viewer, and for create_choices and create_columns of who may not edit the table. VOLATILE. '
'Example: SELECT run_import(''0194…'', ''{"match_on": "email", "on_match": "replace_nonblank"}''). import_id is the import. options is a JSON object.';

CREATE OR REPLACE FUNCTION @schema@.continue_import(import_id uuid, batch_size bigint DEFAULT 1000, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._continue_import(import_id, batch_size, options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.continue_import(uuid, bigint, jsonb) IS
'Imports the next rows of an import, and returns how far it has come.
For clients that cannot CALL run_import_in_batches: call it until is_done is true. Once all rows are in, a call links the next rows that wait. A call that was lost with its transaction is made again. Returns {"import_id", "state", "created", "updated", "unchanged", "skipped", "failed", "rows", "next_row", "waiting", "bytes", "mapping", "is_done"}. '
'options count with the first batch, and may be left out after it. Errors as run_import; 22023 for a batch_size below 1 or above 100,000. An import that was cancelled is done, too. VOLATILE. '
'Example: SELECT continue_import(''0194…'', 1000) ->> ''is_done''. import_id is the import. batch_size is how many rows are imported. options is as in run_import.';

CREATE OR REPLACE FUNCTION @schema@.import_records(table_id uuid, file bytea, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._import_records(table_id, file, options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.import_records(uuid, bytea, jsonb) IS
'Imports a file at hand in the caller''s transaction.
Returns {"import_id", "state", "created", "updated", "unchanged", "skipped", "failed", "rows", "next_row", "waiting", "bytes", "mapping", "is_done"}. The import_id is for import_errors, import_error_file and undo_import. Errors as run_import. VOLATILE. '
'Example: SELECT import_records(''0193…'', convert_to(E''name,amount\nAnn,5\n'', ''UTF8'')) ->> ''created''. table_id is the custom table. file is the file. options is as in run_import.';

CREATE OR REPLACE FUNCTION @schema@.import_records_base64(table_id uuid, file_base64 text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._import_records(table_id, pg_catalog.decode(file_base64, 'base64'), options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.import_records_base64(uuid, text, jsonb) IS
'Does what import_records does, for clients that send JSON.
Errors as import_records; 22023 for a text that is no base64. VOLATILE. Example: SELECT import_records_base64(''0193…'', ''bmFtZQpBbm4K''). '
'table_id is the custom table. file_base64 is the file encoded as base64. options is as in run_import.';

CREATE OR REPLACE FUNCTION @schema@.create_table_from_file(organization_id uuid, name text, file bytea, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._create_table_from_file(organization_id, name, file, options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.create_table_from_file(uuid, text, bytea, jsonb) IS
'Makes a table from a file at hand, with a column for each column of the file, and imports its rows, in the caller''s transaction.
Columns named as name, email, company or status, in any case, width or usual word of English and Japanese, go to these fields of records; the others become columns as with create_columns of run_import. '
'Returns {"table_id", "columns", "import_id", "state", "created", "updated", "unchanged", "skipped", "failed", "rows", "next_row", "bytes", "mapping", "is_done"}; columns is the new columns, [{"name", "label", "type", "file_column", "choices"}]. '
'With the option import_rows false it makes the table and its columns alone, and returns {"table_id", "columns", "mapping"}. '
'Errors as run_import; 42501 for who may not make tables in the organization, 53400 where its plan allows no more tables, 23503 for an organization that is not there, 23514 for an empty name. VOLATILE. '
'Example: SELECT create_table_from_file(''0192…'', ''Customers'', convert_to(E''name,amount\nAnn,5\n'', ''UTF8'')) -> ''columns''. '
'organization_id is the organization that gets the table. name is the table''s name, as people read it. file is the file. options is as in run_import, and import_rows.';

CREATE OR REPLACE FUNCTION @schema@.create_table_from_file_base64(organization_id uuid, name text, file_base64 text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._create_table_from_file(organization_id, name, pg_catalog.decode(file_base64, 'base64'), options, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.create_table_from_file_base64(uuid, text, text, jsonb) IS
'Does what create_table_from_file does, for clients that send JSON.
Errors as create_table_from_file; 22023 for a text that is no base64. VOLATILE. Example: SELECT create_table_from_file_base64(''0192…'', ''Customers'', ''bmFtZQpBbm4K''). '
'organization_id is the organization that gets the table. name is the table''s name, as people read it. file_base64 is the file encoded as base64. options is as in run_import, and import_rows.';

CREATE OR REPLACE FUNCTION @schema@.import_errors(import_id uuid)
    RETURNS TABLE(row_number bigint, cell_index integer, column_name text, code text, params jsonb, message text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT found.* FROM rowkit_internal._import_errors(import_errors.import_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass) AS found;
    END;
COMMENT ON FUNCTION @schema@.import_errors(uuid) IS
'Returns the problems of an import''s rows.
In the order of the file. 42501 for a member who neither began the import nor is an admin, and after 30 days, 42704 for an import that is not there or not the caller''s to see. STABLE. Example: SELECT row_number, message FROM import_errors(''0194…''). '
'import_id is the import. row_number is the row of a spreadsheet that shows the file. cell_index is the column of the file, counted from 0; NULL where the row as a whole is meant. column_name is the column of the table. '
'code is a stable name such as import.ambiguous_date, a code of validate_record, or an SQLSTATE. params is what the message was made of. message is a sentence for people.';

CREATE OR REPLACE FUNCTION @schema@.import_error_file(import_id uuid) RETURNS text
    LANGUAGE sql STABLE
    RETURN rowkit_internal._import_error_file(import_id, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.import_error_file(uuid) IS
'Returns the rows that were not imported as a CSV file.
With a byte order mark, their cells as they came, those beyond the header in columns _extra_1 and so on, the columns _row and _problems, and an apostrophe before what a spreadsheet would take for a formula: mended, the file can be imported again, and the apostrophes are taken off. '
'Errors as import_errors. STABLE. Example: SELECT import_error_file(''0194…''). import_id is the import.';

CREATE OR REPLACE PROCEDURE @schema@.run_import_in_batches(import_id uuid, batch_size bigint DEFAULT 1000, options jsonb DEFAULT '{}')
    LANGUAGE plpgsql
    AS $procedure$
-- PL/pgSQL: only a procedure can commit between batches; one with a search_path of its own cannot, so names are qualified.
DECLARE
    caller CONSTANT name := current_user;
    role CONSTANT text := pg_catalog.current_setting('role');
    -- The settings that say who asks, each of which a client may have set for the transaction alone.
    settings CONSTANT jsonb := (
        SELECT pg_catalog.jsonb_object_agg(setting.name, coalesce(pg_catalog.current_setting(setting.name, true), ''))
        FROM (
            SELECT 'request.jwt.claims'
            UNION ALL
            SELECT prefix.name OPERATOR(pg_catalog.||) claim.name
            FROM pg_catalog.unnest('{request.jwt.claim.,jwt.claims.}'::pg_catalog.text[]) AS prefix(name)
            CROSS JOIN pg_catalog.unnest('{sub,user_id,email,email_verified,role,org_id,organization_id,tenant_id}'::pg_catalog.text[]) AS claim(name)
        ) AS setting(name));
    progress jsonb;
BEGIN
    LOOP
        progress := @schema@.continue_import(import_id, batch_size, options);
        COMMIT;
        EXIT WHEN (progress OPERATOR(pg_catalog.->>) 'is_done')::boolean;
        -- What was set for the transaction alone ended with it. A role that the session may not take again ends the call: with more rights it never goes on.
        IF current_user OPERATOR(pg_catalog.<>) caller THEN
            BEGIN
                PERFORM pg_catalog.set_config('role', role, true);
            EXCEPTION WHEN OTHERS THEN
                NULL;
            END;
        END IF;
        IF current_user OPERATOR(pg_catalog.<>) caller THEN
            RAISE EXCEPTION 'the import cannot go on as role %', caller USING ERRCODE = '55000',
                HINT = 'Connect as that role, or SET ROLE for the session. Call it again: it goes on where it is.';
        END IF;
        PERFORM pg_catalog.set_config(setting.key, setting.value, true) FROM pg_catalog.jsonb_each_text(settings) AS setting;
    END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE @schema@.run_import_in_batches(uuid, bigint, jsonb) IS
'Imports the file of an import, batch_size rows at a time with a COMMIT after each.
Called again after an error or a crash it goes on where it was. Other sessions see how far it has come by import_progress, and cancel_import ends it after the running batch. CALL it outside a transaction. It keeps the role and the claims of the call: request.jwt.claims, and of request.jwt.claim.* and jwt.claims.* those of sub, user_id, email, email_verified, role, org_id, organization_id and tenant_id. '
'Errors as run_import; 55000 where the role cannot be kept. Example: CALL run_import_in_batches(''0194…''). '
'import_id is the import. batch_size is how many rows are imported at once. options is as in run_import.';

CREATE OR REPLACE FUNCTION @schema@.undo_import(import_id uuid, on_changed text DEFAULT 'refuse') RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._undo_import(import_id, on_changed, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.undo_import(uuid, text) IS
'Takes an import back: deletes the records that it created, and gives those that it changed their former values in the columns that it wrote.
Returns {"deleted", "restored", "kept", "kept_ids"}. Records that were changed since, that records which stay refer to, or that cannot have their former values are kept with on_changed => ''keep'', and kept_ids lists the first 1,000. '
'No reference of a record that stays is cleared. '
'55000 with their ids in DETAIL with on_changed => ''refuse'', for an import that has not begun, was undone, or ended more than 30 days ago, 22023 for another on_changed, 42704 for an import that is not there or not the caller''s. VOLATILE. '
'Example: SELECT undo_import(''0194…'', ''keep'') ->> ''kept''. import_id is the import. on_changed is refuse or keep.';

CREATE OR REPLACE FUNCTION @schema@.export_records(table_id uuid, query jsonb DEFAULT '{}', format text DEFAULT 'csv', columns text[] DEFAULT NULL) RETURNS bytea
    LANGUAGE sql STABLE
    RETURN rowkit_internal._export_records(table_id, query, format, pg_catalog.to_jsonb(columns), $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
COMMENT ON FUNCTION @schema@.export_records(uuid, jsonb, text, text[]) IS
'Returns the records that a query means as a file.
Its first column _record_id holds the records'' ids: import_records of the file finds each record by it, and changes nothing where nothing was changed. format is csv (UTF-8 with a byte order mark), json (one object a line) or xlsx. '
'Amounts of currencies are in the larger unit, in json in the smallest; lists and objects are JSON. Errors as query_records; 42703 for a column that is not there, 22023 for another format, 54000 for a file larger than rowkit.max_work_mem. STABLE. '
'Example: SELECT convert_from(export_records(''0193…'', ''{"filter": {"column": "stage", "op": "is", "value": "won"}}''), ''UTF8''). '
'table_id is the custom table. query is as in query_records; its limit, cursor and fields do not count. format is csv, json or xlsx. columns is the columns to write, NULL for all.';

CREATE OR REPLACE FUNCTION @schema@.export_records_base64(table_id uuid, query jsonb DEFAULT '{}', format text DEFAULT 'csv', columns text[] DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE
    RETURN pg_catalog.encode(rowkit_internal._export_records(table_id, query, format, pg_catalog.to_jsonb(columns), $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass), 'base64');
COMMENT ON FUNCTION @schema@.export_records_base64(uuid, jsonb, text, text[]) IS
'Does what export_records does, for clients that read JSON: returns the file encoded as base64.
Errors as export_records. STABLE. Example: SELECT export_records_base64(''0193…'', format => ''xlsx''). '
'table_id is the custom table. query is as in query_records; its limit, cursor and fields do not count. format is csv, json or xlsx. columns is the columns to write, NULL for all.';

CREATE OR REPLACE FUNCTION @schema@.purge_imports(file_days_old integer DEFAULT 7, undo_days_old integer DEFAULT 30)
    RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        -- Nobody will end them, and only what has ended is removed.
        SELECT rowkit_internal._cancel_abandoned_imports(undo_days_old, $rowkit$@schema@.tables$rowkit$::pg_catalog.regclass);
        WITH abandoned AS (
            DELETE FROM @schema@.imports AS import
            WHERE import.state = 'receiving' AND import.updated_at < pg_catalog.now() - pg_catalog.make_interval(days => greatest(file_days_old, 1)) RETURNING import.id
        ), files AS (
            DELETE FROM @schema@.import_chunks AS chunk USING @schema@.imports AS import
            WHERE import.id = chunk.import_id AND import.ended_at < pg_catalog.now() - pg_catalog.make_interval(days => file_days_old) RETURNING 1
        ), lines AS (
            DELETE FROM @schema@.import_rows AS line USING @schema@.imports AS import
            WHERE import.id = line.import_id AND import.ended_at < pg_catalog.now() - pg_catalog.make_interval(days => undo_days_old) RETURNING 1
        ), batches AS (
            DELETE FROM @schema@.import_batches AS batch USING @schema@.imports AS import
            WHERE import.id = batch.import_id AND import.ended_at < pg_catalog.now() - pg_catalog.make_interval(days => undo_days_old) RETURNING 1
        )
        SELECT (SELECT pg_catalog.count(*) FROM abandoned) + (SELECT pg_catalog.count(*) FROM files) + (SELECT pg_catalog.count(*) FROM lines) + (SELECT pg_catalog.count(*) FROM batches);
    END;
COMMENT ON FUNCTION @schema@.purge_imports(integer, integer) IS
'Removes what imports keep and nobody needs any more, and returns how many rows of these tables it removed.
The files of imports that ended more than file_days_old days ago, imports that never ran and have not changed for as long, and what undo_import and import_errors need of imports that ended more than undo_days_old days ago. '
'An import that runs and has not changed for undo_days_old days, after an error or a crash that nobody has seen to, is cancelled first: its stored file and undo data are then deleted after the usual times. '
'A job of schedule_jobs calls it every day. Removes what the caller may delete by row security. VOLATILE. Example: SELECT purge_imports(). '
'file_days_old is how long files stay after the end of their import. undo_days_old is how long an import can be undone, and go on after its last batch.';
