-- The index of custom columns: SQL declarations of the functions in src/records/index/.

CREATE FUNCTION rowkit.maintain_record_index() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_record_index_wrapper';
COMMENT ON FUNCTION rowkit.maintain_record_index() IS
'Trigger, AFTER INSERT, AFTER UPDATE or AFTER DELETE FOR EACH STATEMENT with transition tables old_rows and new_rows, and AFTER TRUNCATE, on records: keeps in record_index an entry for each live record '
'and each index of its table in table_indexes; of a list, one for each element. Writes nothing where no indexed value changed. Both tables must be in the schema of records and have the same owner.';

CREATE FUNCTION rowkit.guard_table_index() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_table_index_wrapper';
COMMENT ON FUNCTION rowkit.guard_table_index() IS
'Trigger, BEFORE INSERT OR UPDATE OR DELETE FOR EACH ROW, on table_indexes: checks columns, stores each by its id and sets the other columns. 22023 for columns that cannot be an index, 42703 for one that the table does not have, '
'54000 for more than 64 indexes of a table, 55000 for a second index on the same columns, for an UPDATE, and for a DELETE of an index that a column asks for. Waits for the writers of the table''s records.';

CREATE FUNCTION rowkit.maintain_table_indexes() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_table_indexes_wrapper';
COMMENT ON FUNCTION rowkit.maintain_table_indexes() IS
'Trigger, AFTER INSERT or AFTER DELETE FOR EACH STATEMENT with the transition table new_rows or old_rows, and AFTER TRUNCATE, on table_indexes: builds the entries of an index of a table with at most 5,000 records, '
'and removes those of an index that goes. Larger tables wait for build_record_indexes_in_batches.';

CREATE FUNCTION rowkit_internal._build_record_indexes(batch_size bigint, tables regclass, OUT records bigint, OUT is_left boolean) RETURNS SETOF record
    LANGUAGE c VOLATILE STRICT ROWS 1
    AS 'MODULE_PATHNAME', 'build_record_indexes_wrapper';
COMMENT ON FUNCTION rowkit_internal._build_record_indexes(bigint, regclass) IS
'Builds the entries of up to batch_size records of an index that is not ready. records is how many it read, is_left whether there was anything to build. 42501 unless the caller has the owner''s rights. Internal.';

CREATE PROCEDURE rowkit.build_record_indexes_in_batches(batch_size integer DEFAULT 1000, tables regclass DEFAULT NULL)
    LANGUAGE plpgsql
    AS $$
-- PL/pgSQL: only a procedure can commit between batches; one with a search_path of its own cannot, so names are qualified.
DECLARE
    home CONSTANT regclass := coalesce(tables, rowkit_internal._tables_relation());
    done record;
    waits integer := 0;
BEGIN
    LOOP
        SELECT * INTO done FROM rowkit_internal._build_record_indexes(batch_size, home);
        COMMIT;
        EXIT WHEN NOT done.is_left;
        IF done.records OPERATOR(pg_catalog.>) 0 THEN
            waits := 0;
        ELSIF waits OPERATOR(pg_catalog.=) 1000 THEN
            RAISE EXCEPTION 'some records are locked by another transaction' USING
                ERRCODE = '55P03', HINT = 'Call it again when that has ended: it goes on where it is.';
        ELSE
            waits := waits OPERATOR(pg_catalog.+) 1;
            PERFORM pg_catalog.pg_sleep(0.03);
        END IF;
    END LOOP;
END
$$;
COMMENT ON PROCEDURE rowkit.build_record_indexes_in_batches(integer, regclass) IS
'Builds the indexes of custom columns that are not ready, batch_size records at a time with a COMMIT after each, so that writers wait for one batch at most; also those whose keys are of another version of the collation. '
'CALL it outside a transaction, as the owner of the tables or a superuser (42501). Called again after an error or a crash it goes on where it was; several sessions share the work. 55P03 when a transaction keeps records locked for long. '
'A job of schedule_jobs calls it every minute. Example: CALL rowkit.build_record_indexes_in_batches(). '
'tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.continue_build_record_indexes(batch_size integer DEFAULT 1000, tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    AS $$
        SELECT pg_catalog.jsonb_build_object('records', done.records, 'is_done', NOT done.is_left)
        FROM rowkit_internal._build_record_indexes($1, coalesce($2, rowkit_internal._tables_relation())) AS done
    $$;
COMMENT ON FUNCTION rowkit.continue_build_record_indexes(integer, regclass) IS
'One batch of build_record_indexes_in_batches, for clients that cannot CALL. Returns {"records", "is_done"}: how many records were read, and whether all indexes are ready; call it again until is_done is true. '
'42501 unless the caller has the owner''s rights, 22023 for a batch_size below 1. VOLATILE. Example: SELECT continue_build_record_indexes(1000). '
'batch_size is how many records are read. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.record_index_drift(tables regclass DEFAULT NULL)
    RETURNS TABLE(table_name text, record_key text, stored bigint, counted bigint)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'record_index_drift_wrapper';
COMMENT ON FUNCTION rowkit.record_index_drift(regclass) IS
'Returns the records whose entries in record_index are missing or wrong, and those of entries of indexes that do not exist. Indexes that are still being built are left out. No row means all is well. Reads all records of the tables that have indexes, with the rights of the owner, which the caller must have (42501). STABLE. '
'Example: SELECT * FROM record_index_drift(). '
'tables is the relation tables of custom_tables, by default the one on the search_path. table_name is the table of the entries. record_key is the id of the record. '
'stored is how many of its entries are there, counted is how many there should be; 0 for entries that should not be there.';

CREATE FUNCTION rowkit_internal._make_record_indexes(tables regclass) RETURNS bigint
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'make_record_indexes_wrapper';
COMMENT ON FUNCTION rowkit_internal._make_record_indexes(regclass) IS
'Makes the indexes that columns of all tables ask for and that are not there, and returns how many tables it looked at. 42501 unless the caller has the owner''s rights. Internal.';
