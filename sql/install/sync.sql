-- tables.schema kept in step with table_columns and table_statuses: src/sync.rs and sql/queries/ do it, this file names.

CREATE FUNCTION rowkit.check_table_column() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'check_table_column_wrapper';
COMMENT ON FUNCTION rowkit.check_table_column() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, on table_columns: refuses a definition that could not work (unknown type or '
'option, bad pattern, contradicting options, a name that is no plain identifier) with 22023, naming column and option.';

CREATE FUNCTION rowkit.check_table_status() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'check_table_status_wrapper';
COMMENT ON FUNCTION rowkit.check_table_status() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, on table_statuses: refuses an empty name with 22023.';

CREATE FUNCTION rowkit.propagate_table_schema() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'propagate_table_schema_wrapper';
COMMENT ON FUNCTION rowkit.propagate_table_schema() IS
'Trigger, AFTER INSERT, UPDATE, DELETE (transition tables new_rows, old_rows) or TRUNCATE FOR EACH STATEMENT, on table_columns '
'and table_statuses: rebuilds tables.schema of every table that the statement touched in one UPDATE; the version rises only '
'where the schema changed. Argument: the relation that holds the schemas (default tables, in the same schema).';

CREATE FUNCTION rowkit.guard_table_schema() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_table_schema_wrapper';
COMMENT ON FUNCTION rowkit.guard_table_schema() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, on tables: refuses a malformed schema with 22023 and, where table_columns and '
'table_statuses exist, a schema that was not made from them with 428C9, unless rowkit.allow_schema_edit is on. Raises the '
'version when columns, statuses or unknown_keys changed. Waits for writers of the table''s records, and holds new ones off, '
'until the transaction ends.';

CREATE FUNCTION rowkit.publish_table_schema() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'publish_table_schema_wrapper';
COMMENT ON FUNCTION rowkit.publish_table_schema() IS
'Trigger, AFTER UPDATE, DELETE (transition tables) or TRUNCATE FOR EACH STATEMENT, on tables: tells every session that a schema '
'changed and rebuilds record_keys where the set of unique columns did (23505 when stored records collide).';

CREATE FUNCTION rowkit.sync_table_schema(table_id uuid, tables regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'sync_table_schema_wrapper';
COMMENT ON FUNCTION rowkit.sync_table_schema(uuid, regclass) IS
'Rebuilds one table''s schema from table_columns and table_statuses; true when it changed. 42704 when the table is not there or '
'not visible. With the caller''s rights. VOLATILE.';

CREATE FUNCTION rowkit.sync_all_table_schemas(tables regclass DEFAULT rowkit_internal._tables_relation())
    RETURNS TABLE(table_id uuid, old_version bigint, new_version bigint, drift jsonb)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the tables relation is known only at run time.
DECLARE
    home regclass := coalesce(tables, rowkit_internal._tables_relation());
    before record;
    after_sync jsonb;
BEGIN
    FOR before IN EXECUTE format('SELECT id, schema FROM %s ORDER BY id', home) LOOP
        IF rowkit.sync_table_schema(before.id, home) THEN
            EXECUTE format('SELECT schema FROM %s WHERE id = $1', home) INTO STRICT after_sync USING before.id;
            table_id := before.id;
            old_version := (before.schema ->> 'version')::bigint;
            new_version := (after_sync ->> 'version')::bigint;
            drift := jsonb_build_object('was', before.schema, 'is', after_sync);
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.sync_all_table_schemas(regclass) IS
'sync_table_schema for every table the caller sees, in id order; one row for each that had drifted: versions and both schemas. VOLATILE.';

CREATE FUNCTION rowkit.rename_column(table_id uuid, from_name text, to_name text, tables regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'rename_column_wrapper';
COMMENT ON FUNCTION rowkit.rename_column(uuid, text, text, regclass) IS
'Renames a custom column and its key in every record of the table, in one transaction; answers how many records had the key. A value that only moves '
'is not validated again. '
'42703 when there is no such column, 23505 when records have the new key already, 0A000 for the common fields. With the caller''s '
'rights. VOLATILE.';
