-- tables.schema kept in step with table_columns and table_statuses: SQL declarations of the functions in src/records/sync/, whose queries are in sql/queries/.

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
'changed and rebuilds record_keys where the set of unique columns did (23505 when stored records collide). AFTER UPDATE or DELETE FOR EACH ROW it only '
'tells sessions: make that trigger ENABLE ALWAYS, and it does so where a subscription applies changes, too.';

CREATE FUNCTION rowkit.sync_table_schema(table_id uuid, tables regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'sync_table_schema_wrapper';
COMMENT ON FUNCTION rowkit.sync_table_schema(uuid, regclass) IS
'Rebuilds one table''s schema from table_columns and table_statuses; true when it changed. 42704 when the table is not there or '
'not visible. With the caller''s rights. VOLATILE. '
'table_id is the custom table. tables is the relation tables, by default the one on the search_path.';

CREATE FUNCTION rowkit_internal._sync_all_table_schemas(home regclass)
    RETURNS TABLE(table_id uuid, old_version bigint, new_version bigint, drift jsonb)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the tables relation is known only at run time.
DECLARE
    before record;
    after_sync jsonb;
BEGIN
    PERFORM rowkit_internal._require_own(home);
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
COMMENT ON FUNCTION rowkit_internal._sync_all_table_schemas(regclass) IS 'sync_all_table_schemas in this relation of tables. Internal.';

CREATE FUNCTION rowkit.sync_all_table_schemas(tables regclass DEFAULT NULL)
    RETURNS TABLE(table_id uuid, old_version bigint, new_version bigint, drift jsonb)
    LANGUAGE sql VOLATILE
    AS $$
        -- Without a search_path of its own, on which the relation of tables is looked for.
        SELECT drifted.table_id, drifted.old_version, drifted.new_version, drifted.drift
        FROM rowkit_internal._sync_all_table_schemas(coalesce($1, rowkit_internal._tables_relation())) AS drifted
    $$;
COMMENT ON FUNCTION rowkit.sync_all_table_schemas(regclass) IS
'sync_table_schema for every table the caller sees, in id order; one row for each that had drifted: versions and both schemas. VOLATILE. '
'tables is the relation tables of custom_tables, by default the one on the search_path. table_id is a table that had drifted. old_version is the version '
'that its schema had. new_version is the version that it has now. drift holds both schemas.';

CREATE FUNCTION rowkit.rename_column(table_id uuid, from_name text, to_name text, tables regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'rename_column_wrapper';
COMMENT ON FUNCTION rowkit.rename_column(uuid, text, text, regclass) IS
'Renames a custom column and its key in every record of the table, in one transaction; returns how many records had the key. It is UPDATE table_columns SET '
'name, with the caller''s rights; the trigger on table_columns moves the keys, with the rights of the tables'' owner. A value that only moves is not validated '
'again. Writers of the table wait until the transaction ends; for a large table use rename_column_in_batches. '
'42704 when there is no such column or the caller does not see it, 42501 when it is not the caller''s to rename, 23505 when records have the new key already, 0A000 for the common fields, 55P03 when a transaction keeps a record locked '
'for long. VOLATILE. Example: SELECT rename_column(''0193…'', ''amount'', ''total''); '
'table_id is the custom table. from_name is the name of the column. to_name is its new name.';

CREATE FUNCTION rowkit_internal._move_renamed_values(
    table_id uuid, column_name text, after uuid, batch_size bigint, tables regclass, OUT moved bigint, OUT last_id uuid, OUT are_left boolean
) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 1
    AS 'MODULE_PATHNAME', 'move_renamed_values_wrapper';
COMMENT ON FUNCTION rowkit_internal._move_renamed_values(uuid, text, uuid, bigint, regclass) IS
'Moves the values of some records from the former name of a column that is being renamed to its name. With the rights of the records'' owner, for a caller who '
'may UPDATE them and the row of table_columns (42501). Internal.';

CREATE FUNCTION rowkit_internal._refuse_rename(columns regclass, table_id uuid, column_name text) RETURNS boolean
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'refuse_rename_wrapper';
COMMENT ON FUNCTION rowkit_internal._refuse_rename(regclass, uuid, text) IS
'Raises why a rename touched no column: 42501 where the caller sees it, else 42704. Internal.';

CREATE FUNCTION rowkit_internal._begin_rename(table_id uuid, from_name text, to_name text, home regclass) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the relation is known only at run time.
DECLARE
    columns text;
    changed bigint;
BEGIN
    PERFORM rowkit_internal._require_own(home);
    SELECT format('%I.table_columns', namespace.nspname) INTO STRICT columns
    FROM pg_class AS relation
    JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE relation.oid = home;
    PERFORM rowkit_internal._require_own(columns::regclass);
    -- From here on both names are read and records are written under the new one. A rename that ended early goes on where it was.
    EXECUTE format(
        'UPDATE %s AS definition SET name = $3, renamed_from = $2 '
        'WHERE definition.table_id = $1 AND (definition.name = $2 AND definition.renamed_from IS NULL '
        'OR definition.name = $3 AND definition.renamed_from = $2)', columns)
    USING table_id, from_name, to_name;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed = 0 THEN
        EXECUTE format(
            'SELECT count(*) FROM %s AS definition '
            'WHERE definition.table_id = $1 AND definition.name = $2 '
            'AND definition.renamed_from IS NOT NULL', columns)
        INTO changed USING table_id, from_name;
        IF changed > 0 THEN
            RAISE EXCEPTION 'another rename of column "%" of table % is under way', from_name, table_id
                USING ERRCODE = rowkit_internal._error_sqlstate('conflict'), HINT = 'End it first: call rename_column_in_batches with the names that it was called with.';
        END IF;
        PERFORM rowkit_internal._refuse_rename(columns::regclass, table_id, from_name);
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION rowkit_internal._begin_rename(uuid, text, text, regclass) IS
'Begins a rename in batches, or goes on with one: from then on both names are read. Errors as rename_column_in_batches. Internal.';

CREATE FUNCTION rowkit_internal._end_rename(table_id uuid, to_name text, home regclass) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the relation is known only at run time.
DECLARE
    columns text;
    changed bigint;
BEGIN
    PERFORM rowkit_internal._require_own(home);
    SELECT format('%I.table_columns', namespace.nspname) INTO STRICT columns
    FROM pg_class AS relation
    JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE relation.oid = home;
    PERFORM rowkit_internal._is_helper_of(columns::regclass, home);
    EXECUTE format('UPDATE %s AS definition SET renamed_from = NULL WHERE definition.table_id = $1 AND definition.name = $2', columns)
    USING table_id, to_name;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed > 0;
END
$$;
COMMENT ON FUNCTION rowkit_internal._end_rename(uuid, text, regclass) IS 'Ends a rename in batches: only the new name is read. Internal.';

CREATE PROCEDURE rowkit.rename_column_in_batches(
    table_id uuid, from_name text, to_name text, batch_size integer DEFAULT 200, tables regclass DEFAULT NULL
)
    LANGUAGE plpgsql
    AS $$
-- PL/pgSQL: only a procedure can commit between batches; one with a search_path of its own cannot, so names are qualified.
DECLARE
    home CONSTANT regclass := coalesce(tables, rowkit_internal._tables_relation());
    done record;
    after uuid;
    total bigint := 0;
    waits integer := 0;
BEGIN
    PERFORM rowkit_internal._begin_rename(table_id, from_name, to_name, home);
    COMMIT;
    LOOP
        SELECT * INTO done FROM rowkit_internal._move_renamed_values(table_id, to_name, after, batch_size, home);
        total := total OPERATOR(pg_catalog.+) done.moved;
        after := done.last_id;
        COMMIT;
        IF done.moved OPERATOR(pg_catalog.>) 0 THEN
            RAISE INFO 'rename_column_in_batches: % records', total;
            waits := 0;
        ELSIF done.are_left AND waits OPERATOR(pg_catalog.=) 1000 THEN
            RAISE EXCEPTION 'some records of the table are locked by another transaction' USING
                ERRCODE = '55P03', HINT = 'Call it again when that has ended: it goes on where it is.';
        ELSIF done.are_left THEN
            -- Others hold them: back to the first.
            waits := waits OPERATOR(pg_catalog.+) 1;
            PERFORM pg_catalog.pg_sleep(0.03);
        ELSE
            EXIT;
        END IF;
    END LOOP;
    PERFORM rowkit_internal._end_rename(table_id, to_name, home);
    COMMIT;
END
$$;
COMMENT ON PROCEDURE rowkit.rename_column_in_batches(uuid, text, text, integer, regclass) IS
'Renames a custom column as rename_column does, batch_size records at a time with a COMMIT and an INFO after each, so that no writer waits long: CALL it outside '
'a transaction. Meanwhile table_columns.renamed_from holds the former name: validation, unique values, references and search read both names, and whoever writes a '
'record moves its value. SQL that reads records.data itself reads coalesce(data -> new, data -> former) until the end. When it ends early, calling it again goes on. '
'42704 when there is no such column or the caller does not see it, 42501 when it is not the caller''s to rename, 55000 while another rename of it is under way, 0A000 for the common fields, 55P03 when a transaction keeps a record locked for half a minute. Example: CALL rename_column_in_batches(''0193…'', ''amount'', ''total''); '
'table_id is the custom table. from_name is the name of the column. to_name is its new name. tables is the relation tables of custom_tables, by default the '
'one on the search_path.';

CREATE FUNCTION rowkit_internal._continue_rename_column(table_id uuid, from_name text, to_name text, batch_size integer, after uuid, home regclass) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: one step after the other.
DECLARE
    done record;
    is_done boolean;
BEGIN
    PERFORM rowkit_internal._begin_rename(table_id, from_name, to_name, home);
    SELECT * INTO done FROM rowkit_internal._move_renamed_values(table_id, to_name, after, batch_size, home);
    is_done := done.moved = 0 AND NOT done.are_left;
    IF is_done THEN
        PERFORM rowkit_internal._end_rename(table_id, to_name, home);
    END IF;
    RETURN jsonb_build_object('changed', done.moved, 'is_done', is_done, 'cursor', done.last_id);
END
$$;
COMMENT ON FUNCTION rowkit_internal._continue_rename_column(uuid, text, text, integer, uuid, regclass) IS 'continue_rename_column in this relation of tables. Internal.';

CREATE FUNCTION rowkit.continue_rename_column(
    table_id uuid, from_name text, to_name text, batch_size integer DEFAULT 200, after uuid DEFAULT NULL, tables regclass DEFAULT NULL
) RETURNS jsonb
    LANGUAGE sql VOLATILE
    AS $$
        -- Without a search_path of its own, on which the relation of tables is looked for.
        SELECT rowkit_internal._continue_rename_column($1, $2, $3, $4, $5, coalesce($6, rowkit_internal._tables_relation()))
    $$;
COMMENT ON FUNCTION rowkit.continue_rename_column(uuid, text, text, integer, uuid, regclass) IS
'Does one step of rename_column_in_batches, for clients that cannot CALL: begins the rename, or goes on with it, moves the values of at most batch_size records, and returns '
'{"changed": how many it moved, "is_done": whether the rename has ended, "cursor": where it is}. Call it, each time in a transaction of its own, until is_done is true. Pass the returned cursor as after: '
'the next step begins behind the records that are done. Nothing changed and not done means that other transactions hold the records that are left: call it again a little later. Errors as rename_column_in_batches. VOLATILE. '
'Example: SELECT continue_rename_column(''0193…'', ''amount'', ''total''); '
'table_id is the custom table. from_name is the name of the column. to_name is its new name. tables is the relation tables of custom_tables, by default the '
'one on the search_path.';

CREATE FUNCTION rowkit_internal._nested_records(table_id uuid, records jsonb, tables regclass) RETURNS jsonb
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'nested_records_wrapper';
COMMENT ON FUNCTION rowkit_internal._nested_records(uuid, jsonb, regclass) IS
'The records, flat or nested, each with its custom fields under "data" beside the common fields that are given. Internal.';

CREATE FUNCTION rowkit_internal._without_record_columns(fields jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE jsonb_typeof(fields) WHEN 'object'
        THEN fields - '{id,table_id,organization_id,created_at,updated_at,created_by,deleted_at,deleted_by,deletion_id,search_vector}'::text[]
        ELSE fields END;
COMMENT ON FUNCTION rowkit_internal._without_record_columns(jsonb) IS
'The fields of a record in flat form without the columns of the record itself, which callers do not write. What is no object is returned as it is. Internal.';

CREATE FUNCTION rowkit_internal._matched_records(table_id uuid, match_on text, records jsonb, tables regclass) RETURNS uuid[]
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'matched_records_wrapper';
COMMENT ON FUNCTION rowkit_internal._matched_records(uuid, text, jsonb, regclass) IS
'For each of these records, as _nested_records gives them, the one of the table that has the same value in a unique column, among those that the caller sees; NULL where none has. Internal.';

CREATE FUNCTION rowkit_internal._upsert_records(table_id uuid, match_on text, records jsonb, home regclass)
    RETURNS TABLE(record_id uuid, is_new boolean)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the records relation is known only at run time, and what another session inserted meanwhile is met again.
DECLARE
    target text;
    nested jsonb;
    matched uuid[];
    matched_again uuid[];
    held bigint;
    ids uuid[];
    are_new boolean[];
BEGIN
    PERFORM rowkit_internal._require_own(home);
    SELECT format('%I.records', namespace.nspname) INTO STRICT target
    FROM pg_class AS relation JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE relation.oid = home;
    PERFORM rowkit_internal._is_helper_of(to_regclass(target), home);
    nested := rowkit_internal._nested_records(table_id, records, home);
    matched := rowkit_internal._matched_records(table_id, match_on, nested, home);
    FOR turn IN 1 .. 100 LOOP
        BEGIN
            -- In one order, so that two of these do not wait for each other.
            EXECUTE format(
                'SELECT count(*) FROM (SELECT FROM %s AS record WHERE record.id = ANY ($1) ORDER BY record.id FOR NO KEY UPDATE) AS held', target)
            INTO held USING matched;
            -- A record that was waited for may have another value by now.
            IF held = cardinality(array_remove(matched, NULL))
                AND (held = 0 OR rowkit_internal._matched_records(table_id, match_on, nested, home) IS NOT DISTINCT FROM matched)
            THEN
                EXECUTE format(
                    $query$
                        WITH input AS MATERIALIZED (
                            SELECT given.place, coalesce(match.id, rowkit.uuidv7()) AS id, match.id IS NULL AS is_new, given.fields
                            FROM jsonb_array_elements($2) WITH ORDINALITY AS given(fields, place)
                            JOIN unnest($3) WITH ORDINALITY AS match(id, place) ON match.place = given.place
                        ), changed AS (
                            UPDATE %1$s AS record
                            SET name = CASE WHEN input.fields ? 'name' THEN input.fields ->> 'name' ELSE record.name END,
                                email = CASE WHEN input.fields ? 'email' THEN input.fields ->> 'email' ELSE record.email END,
                                company = CASE WHEN input.fields ? 'company' THEN input.fields ->> 'company' ELSE record.company END,
                                status = CASE WHEN input.fields ? 'status' THEN input.fields ->> 'status' ELSE record.status END,
                                data = record.data || (input.fields -> 'data')
                            FROM input
                            WHERE record.id = input.id AND NOT input.is_new
                        ), made AS (
                            INSERT INTO %1$s (id, table_id, name, email, company, status, data)
                            SELECT
                                input.id, $1, input.fields ->> 'name', input.fields ->> 'email', input.fields ->> 'company', input.fields ->> 'status',
                                input.fields -> 'data'
                            FROM input
                            WHERE input.is_new
                            ORDER BY input.place
                        )
                        SELECT array_agg(input.id ORDER BY input.place), array_agg(input.is_new ORDER BY input.place) FROM input
                    $query$, target)
                INTO ids, are_new USING table_id, nested, matched;
                RETURN QUERY SELECT upserted.id, upserted.is_new FROM unnest(ids, are_new) AS upserted(id, is_new);
                RETURN;
            END IF;
        EXCEPTION WHEN unique_violation THEN
            -- Another session was first with one of the values, unless it is another value that is taken.
            matched_again := rowkit_internal._matched_records(table_id, match_on, nested, home);
            IF matched_again IS NOT DISTINCT FROM matched THEN
                RAISE;
            END IF;
        END;
        matched_again := rowkit_internal._matched_records(table_id, match_on, nested, home);
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'another transaction changed one of the records meanwhile' USING ERRCODE = '40001', HINT = 'Retry the transaction.';
        ELSIF matched_again IS NOT DISTINCT FROM matched THEN
            RAISE EXCEPTION 'one of the records is not yours to change' USING
                ERRCODE = '42501', HINT = 'A record that has the same value is there, and row security lets you see it only.';
        END IF;
        matched := matched_again;
    END LOOP;
    RAISE EXCEPTION 'other transactions keep changing the records' USING ERRCODE = '40001', HINT = 'Retry the transaction.';
END
$$;
COMMENT ON FUNCTION rowkit_internal._upsert_records(uuid, text, jsonb, regclass) IS 'upsert_records into a table in this relation of tables. Internal.';

CREATE FUNCTION rowkit.upsert_records(table_id uuid, match_on text, records jsonb, tables regclass DEFAULT NULL)
    RETURNS TABLE(record_id uuid, is_new boolean)
    LANGUAGE sql VOLATILE
    AS $$
        -- Without a search_path of its own, on which the relation of tables is looked for.
        SELECT upserted.record_id, upserted.is_new
        FROM rowkit_internal._upsert_records($1, $2, $3, coalesce($4, rowkit_internal._tables_relation())) AS upserted
    $$;
COMMENT ON FUNCTION rowkit.upsert_records(uuid, text, jsonb, regclass) IS
'Inserts or updates records of a table: records is a JSON array of records, flat or as transform_to_record gives them, match_on a unique column of the table that '
'each of them has a value in. Of a nested record the fields of "data" are set, and its id, table_id and other columns of the record itself are left out. A record with the same value, compared as unique values are, gets the fields that are given, null taking a value away; where there is none '
'a record is inserted. In one statement, and safe against other sessions that do the same. Returns a row for each, in their order: record_id and is_new. '
'42704 when there is no such column, 22023 when it is not unique, or a record has no value in it or two values in one field, 21000 when two of the given records have the same one, 23514, 23505 and '
'23503 as any write; all or none are written. With the caller''s rights and row security. VOLATILE. '
'Example: SELECT * FROM upsert_records(''0193…'', ''email'', ''[{"email": "a@b.example", "name": "Ann"}]''); '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.upsert_record(table_id uuid, match_on text, data jsonb, tables regclass DEFAULT NULL)
    RETURNS TABLE(record_id uuid, is_new boolean)
    LANGUAGE sql VOLATILE ROWS 1
    AS $$
        SELECT upserted.record_id, upserted.is_new FROM rowkit.upsert_records($1, $2, pg_catalog.jsonb_build_array($3), $4) AS upserted
    $$;
COMMENT ON FUNCTION rowkit.upsert_record(uuid, text, jsonb, regclass) IS
'upsert_records for one record. VOLATILE. Example: SELECT * FROM upsert_record(''0193…'', ''email'', ''{"email": "a@b.example", "name": "Ann"}''); '
'table_id is the custom table. match_on is the unique column by which a record is found. data is the record, as one element of the array of upsert_records. '
'tables is the relation tables of custom_tables, by default the one on the search_path. record_id is the id of the record. is_new says whether it was '
'inserted.';

CREATE FUNCTION rowkit.keep_column_values() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'keep_column_values_wrapper';
COMMENT ON FUNCTION rowkit.keep_column_values() IS
'Trigger, AFTER DELETE (transition table old_rows) or AFTER INSERT (new_rows) FOR EACH STATEMENT, on table_columns: brings tables.schema '
'up to date, writes a deleted column down in column_changes and moves its values out of the records into column_change_values, and back '
'when a column of that id is inserted again. A table that is deleted takes its columns and values with it. The tables are those of these names '
'beside table_columns, and of its owner (42501).';

CREATE FUNCTION rowkit.delete_column(table_id uuid, column_name text, tables regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'delete_column_wrapper';
COMMENT ON FUNCTION rowkit.delete_column(uuid, text, regclass) IS
'Deletes a column of a custom table, as DELETE on table_columns does, and returns how many records had a value (null, "" and [] are none). The values leave the records and stay in '
'column_change_values until purge_deleted_columns() removes them; restore_column() brings them back. 42704 when there is no such column or the '
'caller does not see it, 42501 when it is not the caller''s to delete. With the caller''s rights. VOLATILE. Example: SELECT rowkit.delete_column(table_id, ''budget''); '
'table_id is the custom table. column_name is the column, as in table_columns. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.restore_column(column_id uuid, tables regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'restore_column_wrapper';
COMMENT ON FUNCTION rowkit.restore_column(uuid, regclass) IS
'Brings a deleted column back with its id, definition and values, and returns how many records got their value back. The values are not validated again. A record '
'that has another value under the name by now keeps it, which a NOTICE counts; the former value stays in column_change_values until purge_deleted_columns() removes it. A reference to a record that was deleted meanwhile is cleared, unless on_delete is keep. column_changes lists '
'what can be restored. 42704 when the column was not deleted or its values were purged, 23505 when another column has its name by now, or two records '
'its unique value. With the caller''s rights. VOLATILE. Example: SELECT rowkit.restore_column(column_id) FROM column_changes WHERE restored_at IS NULL; '
'tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit_internal._purge_column_step(column_changes regclass, days integer) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'purge_column_step_wrapper';
COMMENT ON FUNCTION rowkit_internal._purge_column_step(regclass, integer) IS
'Purges the oldest column that was deleted so many days ago, as the owner of column_changes; how many values it had, NULL when there is none. Internal.';

CREATE FUNCTION rowkit.purge_deleted_columns(days_old integer DEFAULT 90, column_changes regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    AS $$
-- PL/pgSQL: a column at a time. Without a search_path of its own, on which the table is looked for.
DECLARE
    home CONSTANT pg_catalog.regclass := coalesce(column_changes, pg_catalog.to_regclass('column_changes'));
    purged pg_catalog.int8 := 0;
BEGIN
    IF home IS NULL THEN
        RAISE EXCEPTION 'there is no table column_changes on the search_path' USING ERRCODE = '42704', HINT = 'Name it: column_changes => ''app.column_changes''.';
    END IF;
    WHILE rowkit_internal._purge_column_step(home, days_old) IS NOT NULL LOOP
        purged := purged OPERATOR(pg_catalog.+) 1;
    END LOOP;
    RETURN purged;
END
$$;
COMMENT ON FUNCTION rowkit.purge_deleted_columns(integer, regclass) IS
'Removes for good the values of columns that were deleted at least so many days ago, and returns how many columns; they cannot be restored any more. A column that has a value '
'of a record on hold (hold_deletion) is left. column_changes is the table of '
'that name on the search_path when left out (42704). For its owner (42501); 22023 for negative days. VOLATILE. Example: SELECT rowkit.purge_deleted_columns(30); '
'days_old is that number of days.';
