-- Imports: SQL declarations of the functions in src/records/import/. Applications call those of the blueprint custom_tables.

CREATE FUNCTION rowkit.guard_import() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_import_wrapper';
COMMENT ON FUNCTION rowkit.guard_import() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, on imports, import_chunks, import_rows and import_batches: lets only the functions of imports write rows. '
'42501 for a statement of a role that is subject to row security. Foreign keys, the table''s owner and roles that bypass row security write on.';

CREATE FUNCTION rowkit_internal._begin_import(table_id uuid, file_name text, idempotency_key text, tables regclass) RETURNS uuid
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'begin_import_wrapper';
COMMENT ON FUNCTION rowkit_internal._begin_import(uuid, text, text, regclass) IS
'begin_import of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._append_import(import_id uuid, part bigint, bytes bytea, tables regclass) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'append_import_wrapper';
COMMENT ON FUNCTION rowkit_internal._append_import(uuid, bigint, bytea, regclass) IS
'append_import of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._preview_import(import_id uuid, options jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'preview_import_wrapper';
COMMENT ON FUNCTION rowkit_internal._preview_import(uuid, jsonb, regclass) IS
'preview_import of custom_tables, of a file that came in parts. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._preview_import_file(table_id uuid, file bytea, options jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'preview_import_file_wrapper';
COMMENT ON FUNCTION rowkit_internal._preview_import_file(uuid, bytea, jsonb, regclass) IS
'preview_import of custom_tables, of a file at hand. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._import_progress(import_id uuid, tables regclass) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'import_progress_wrapper';
COMMENT ON FUNCTION rowkit_internal._import_progress(uuid, regclass) IS
'import_progress of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._cancel_import(import_id uuid, tables regclass) RETURNS boolean
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'cancel_import_wrapper';
COMMENT ON FUNCTION rowkit_internal._cancel_import(uuid, regclass) IS
'cancel_import of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._cancel_abandoned_imports(days_old integer, tables regclass) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'cancel_abandoned_imports_wrapper';
COMMENT ON FUNCTION rowkit_internal._cancel_abandoned_imports(integer, regclass) IS
'Cancels imports that run and have not changed for days_old days, for purge_imports of custom_tables, and returns how many. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._plan_import(import_id uuid, options jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'plan_import_wrapper';
COMMENT ON FUNCTION rowkit_internal._plan_import(uuid, jsonb, regclass) IS
'plan_import of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._run_import(import_id uuid, options jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'run_import_wrapper';
COMMENT ON FUNCTION rowkit_internal._run_import(uuid, jsonb, regclass) IS
'run_import of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._continue_import(import_id uuid, batch_size bigint, options jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'continue_import_wrapper';
COMMENT ON FUNCTION rowkit_internal._continue_import(uuid, bigint, jsonb, regclass) IS
'continue_import of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._import_records(table_id uuid, file bytea, options jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'import_records_wrapper';
COMMENT ON FUNCTION rowkit_internal._import_records(uuid, bytea, jsonb, regclass) IS
'import_records of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._create_table_from_file(organization_id uuid, name text, file bytea, options jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'create_table_from_file_wrapper';
COMMENT ON FUNCTION rowkit_internal._create_table_from_file(uuid, text, bytea, jsonb, regclass) IS
'create_table_from_file of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._import_errors(import_id uuid, tables regclass) RETURNS TABLE(row_number bigint, cell_index integer, column_name text, code text, params jsonb, message text)
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'import_errors_wrapper';
COMMENT ON FUNCTION rowkit_internal._import_errors(uuid, regclass) IS
'import_errors of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._import_error_file(import_id uuid, tables regclass) RETURNS text
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'import_error_file_wrapper';
COMMENT ON FUNCTION rowkit_internal._import_error_file(uuid, regclass) IS
'import_error_file of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._undo_import(import_id uuid, on_changed text, tables regclass) RETURNS jsonb
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'undo_import_wrapper';
COMMENT ON FUNCTION rowkit_internal._undo_import(uuid, text, regclass) IS
'undo_import of custom_tables. tables is the relation tables of custom_tables. Internal.';

CREATE FUNCTION rowkit_internal._export_records(table_id uuid, query jsonb, format text, columns jsonb, tables regclass) RETURNS bytea
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'export_records_wrapper';
COMMENT ON FUNCTION rowkit_internal._export_records(uuid, jsonb, text, jsonb, regclass) IS
'export_records of custom_tables. tables is the relation tables of custom_tables. Internal.';
