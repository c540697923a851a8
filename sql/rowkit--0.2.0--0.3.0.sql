-- What 0.3.0 changes in the extension's SQL; the tables of the blueprints have migrations of their own. `./dev upgrade-step` prints what is missing here.

-- The index of custom columns: SQL declarations of the functions in src/records/index/.

CREATE FUNCTION rowkit.maintain_record_index() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_record_index_wrapper';
COMMENT ON FUNCTION rowkit.maintain_record_index() IS
'Trigger, AFTER INSERT, AFTER UPDATE or AFTER DELETE FOR EACH STATEMENT with transition tables old_rows and new_rows, and AFTER TRUNCATE, on records: keeps in record_index an entry for each live record '
'and each index of its table in table_indexes; of a list, one for each element. Writes nothing where no indexed value changed. Both tables are beside the records.';

CREATE FUNCTION rowkit.guard_table_index() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_table_index_wrapper';
COMMENT ON FUNCTION rowkit.guard_table_index() IS
'Trigger, BEFORE INSERT FOR EACH ROW, on table_indexes: checks columns and stores each by its id. 22023 for columns that cannot be an index, 42703 for one that the table does not have. '
'Waits for the writers of the table''s records.';

CREATE FUNCTION rowkit.maintain_table_indexes() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_table_indexes_wrapper';
COMMENT ON FUNCTION rowkit.maintain_table_indexes() IS
'Trigger, AFTER INSERT or AFTER DELETE FOR EACH STATEMENT with the transition table new_rows or old_rows, on table_indexes: builds the entries of an index of a table with at most 5,000 records, '
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
'The records whose entries in record_index are not those that they should have, index by index. No row means all is well. Reads all records of the tables that have indexes, with the rights of the owner, which the caller must have (42501). STABLE. '
'Example: SELECT * FROM record_index_drift(). '
'tables is the relation tables of custom_tables, by default the one on the search_path. table_name is the table of the entries. record_key is the id of the record. '
'stored is how many of its entries are there, counted is how many there should be; 0 for entries that should not be there.';

CREATE FUNCTION rowkit_internal._make_record_indexes(tables regclass) RETURNS bigint
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'make_record_indexes_wrapper';
COMMENT ON FUNCTION rowkit_internal._make_record_indexes(regclass) IS
'Makes the indexes that columns of all tables ask for and that are not there, and returns how many tables it looked at. 42501 unless the caller has the owner''s rights. Internal.';

-- Queries over the records of custom tables: SQL declarations of the functions in src/records/query/.

CREATE FUNCTION rowkit.query_records(table_id uuid, query jsonb DEFAULT '{}', tables regclass DEFAULT NULL)
    RETURNS TABLE(record_id uuid, record jsonb, cursor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 50
    AS 'MODULE_PATHNAME', 'query_records_wrapper';
COMMENT ON FUNCTION rowkit.query_records(uuid, jsonb, regclass) IS
'Returns a page of the records of a custom table: filtered, searched and sorted. '
'query is one object, {"filter", "search", "sort", "limit", "after", "before", "fields", "expand", "time_zone"}, every key optional; docs/queries.md describes it. Without sort the oldest come first; without limit a page has 50 records, and at most 10,000. '
'For the next page give the cursor of the last row as after, for the one before the cursor of the first row as before. With the caller''s rights and row security; deleted records are not found. '
'22023 with all problems of the query as JSON in DETAIL, and for a cursor of another order; 42704 when the table is not there or not visible to the caller. STABLE. '
'Example: SELECT record ->> ''name'' FROM query_records(''0193…'', ''{"filter": {"column": "amount", "op": ">", "value": 100}, "sort": [{"column": "amount", "direction": "desc"}]}''). '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path. record_id is the record. record is the record in flat form. cursor is where the record stands in the result.';

CREATE FUNCTION rowkit.count_records(table_id uuid, query jsonb DEFAULT '{}', max_count bigint DEFAULT NULL, tables regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'count_records_wrapper';
COMMENT ON FUNCTION rowkit.count_records(uuid, jsonb, bigint, regclass) IS
'Returns how many records a query means, whatever its limit, sort and cursor say. Rights and errors as query_records; 22023 for a max_count below 1. STABLE. '
'Example: SELECT count_records(''0193…'', ''{"filter": {"column": "stage", "op": "is", "value": "won"}}'', max_count => 1000). '
'table_id is the custom table. query is as in query_records. max_count is where counting ends, NULL for never. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.filter_records(table_id uuid, query jsonb DEFAULT '{}', tables regclass DEFAULT NULL) RETURNS SETOF uuid
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
    AS 'MODULE_PATHNAME', 'filter_records_wrapper';
COMMENT ON FUNCTION rowkit.filter_records(uuid, jsonb, regclass) IS
'Returns the ids of all records that meet the filter and the search text of a query, in no order, for joins. Rights and errors as query_records. STABLE. '
'Example: SELECT record.* FROM filter_records(''0193…'', ''{"filter": {"column": "stage", "op": "is", "value": "won"}}'') AS record_id JOIN records AS record ON record.id = record_id. '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.explain_records(table_id uuid, query jsonb DEFAULT '{}', tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'explain_records_wrapper';
COMMENT ON FUNCTION rowkit.explain_records(uuid, jsonb, regclass) IS
'Runs query_records and returns how it found the page: {"plan", "index_id", "examined_entries", "examined_records", "returned_records", "advice"}. plan is walk (along an index in the order of the sort list), creation (in the order of created_at), '
'candidates (the records that indexes name), search or scan (all records of the table). advice, where there is any, is the statement that would make an index for the filter. Rights and errors as query_records. STABLE. '
'Example: SELECT explain_records(''0193…'', ''{"filter": {"column": "amount", "op": ">", "value": 100}}''). '
'table_id is the custom table. query is as in query_records. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.aggregate_records(table_id uuid, query jsonb, aggregates jsonb, tables regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'aggregate_records_wrapper';
COMMENT ON FUNCTION rowkit.aggregate_records(uuid, jsonb, jsonb, regclass) IS
'Returns figures over all records that a query means, as an object. aggregates is {"total": {"function": "sum", "column": "amount"}, …}, and the result has the same names. '
'The functions are count, empty, filled, unique, percent_empty, percent_filled, percent_unique, min, max, range, sum, average, median, std_dev, variance, earliest, latest, checked, percent_checked and distribution. Numbers are exact; quotients have 20 digits behind the point. '
'Rights and errors as query_records; 54000 for a distribution of more than 5,000 values. STABLE. '
'Example: SELECT aggregate_records(''0193…'', ''{}'', ''{"total": {"function": "sum", "column": "amount"}}'') ->> ''total''. '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count. tables is the relation tables of custom_tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.group_records(table_id uuid, query jsonb, by jsonb, aggregates jsonb DEFAULT '{}', tables regclass DEFAULT NULL)
    RETURNS TABLE(group_values jsonb, record_count bigint, figures jsonb)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
    AS 'MODULE_PATHNAME', 'group_records_wrapper';
COMMENT ON FUNCTION rowkit.group_records(uuid, jsonb, jsonb, jsonb, regclass) IS
'Returns the groups of the records that a query means, in the order of their values, empty ones last. by is an array of 1 to 3 columns, ["stage", {"column": "due", "period": "month"}]; period is day, week, month, quarter or year, in the time zone of the query. '
'aggregates is as in aggregate_records. Rights and errors as query_records; 54000 for more than 5,000 groups. STABLE. '
'Example: SELECT group_values ->> ''stage'', record_count FROM group_records(''0193…'', ''{}'', ''["stage"]''). '
'table_id is the custom table. query is as in query_records; its limit, sort and cursor do not count. tables is the relation tables of custom_tables, by default the one on the search_path. '
'group_values is {column: value}, of a period its first day. record_count is how many records the group has. figures is what aggregates asks for.';

-- Jobs: the one that builds indexes.
CREATE OR REPLACE FUNCTION rowkit.schedule_jobs(schema_name text DEFAULT current_schema(), dry_run boolean DEFAULT false)
    RETURNS TABLE(job_name text, schedule text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
BEGIN
    IF schema_name IS NULL THEN
        RAISE EXCEPTION 'no schema is named' USING ERRCODE = '22023', HINT = 'Give schema_name, or set a search_path whose first schema exists.';
    ELSIF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
        RAISE EXCEPTION 'there is no schema "%"', left(schema_name, 100) USING ERRCODE = '3F000', HINT = 'Name the schema of your tables.';
    ELSIF NOT dry_run AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
        RAISE EXCEPTION 'pg_cron is not installed in this database' USING ERRCODE = '55000',
            HINT = 'CREATE EXTENSION pg_cron in the database of cron.database_name, or give another scheduler what dry_run => true answers.';
    END IF;
    FOR job_name, schedule, command IN
        SELECT format('rowkit %s %s', schema_name, job.name), job.at, format(job.text, quote_literal(format('%I.%I', schema_name, job.relation)), quote_ident(schema_name))
        FROM (VALUES
            ('purge_deleted_in_batches', 'deletions', '0 3 * * *', 'CALL rowkit.purge_deleted_in_batches(90)', NULL),
            ('purge_deleted_columns', 'column_changes', '10 3 * * *', 'SELECT rowkit.purge_deleted_columns(90, %s)', NULL),
            ('build_record_indexes_in_batches', 'tables', '* * * * *', 'CALL rowkit.build_record_indexes_in_batches(tables => %s)', NULL),
            ('expire_credits', 'credit_accounts', '10 0 * * *', 'SELECT rowkit.expire_credits(%s)', NULL),
            ('create_audit_partitions', 'audit_logs', '40 0 * * *', 'SELECT rowkit.create_audit_partitions(audit_logs => %s)', NULL),
            -- Functions of a blueprint, in the schema itself: what a missed run left is made up for by the next one.
            -- Every hour: somewhere a day begins.
            ('reset_daily_credits', 'credit_accounts', '0 * * * *', 'SELECT %2$s.reset_daily_credits()', 'reset_daily_credits()'),
            ('cleanup_expired_exports', 'export_jobs', '20 0 * * *', 'SELECT %2$s.cleanup_expired_exports()', 'cleanup_expired_exports()'),
            ('reset_weekly_lead_counts', 'queries', '0 0 * * 1', 'SELECT %2$s.reset_weekly_lead_counts()', 'reset_weekly_lead_counts()'),
            ('update_topic_trends', 'trends', '30 0 * * 1', 'SELECT %2$s.update_topic_trends()', 'update_topic_trends()'),
            ('reset_monthly_usage', 'accounts', '5 0 * * *', 'SELECT %2$s.reset_monthly_usage()', 'reset_monthly_usage()'),
            ('create_usage_event_partitions', 'usage_events', '45 0 * * *', 'SELECT %2$s.create_usage_event_partitions(3)', 'create_usage_event_partitions(integer)'),
            ('cleanup_usage_events', 'usage_events', '50 2 * * *', 'SELECT %2$s.cleanup_usage_events(365)', 'cleanup_usage_events(integer)'),
            ('refresh_table_statistics', 'tables', '*/15 * * * *', 'SELECT %2$s.refresh_table_statistics()', 'refresh_table_statistics()')
        ) AS job(name, relation, at, text, routine)
        CROSS JOIN LATERAL (SELECT to_regclass(format('%I.%I', schema_name, job.relation)) AS id) AS named
        -- A table of another role would have that role's triggers run in the job. A function runs with the rights of who has the job: only one of a trusted owner, whom
        -- nobody else's schema lets replace it.
        WHERE rowkit_internal._is_own_table(named.id) AND (job.routine IS NULL OR EXISTS (
            SELECT FROM pg_proc AS routine JOIN pg_namespace AS home ON home.oid = routine.pronamespace
            WHERE routine.oid = to_regprocedure(format('%I.%s', schema_name, job.routine))
                AND rowkit_internal._is_trusted_for_caller(routine.proowner) AND rowkit_internal._is_trusted_for_caller(home.nspowner)))
    LOOP
        IF NOT dry_run THEN
            EXECUTE 'SELECT cron.schedule($1, $2, $3)' USING job_name, schedule, command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
