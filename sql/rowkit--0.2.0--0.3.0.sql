-- What 0.3.0 changes in the extension's SQL; the tables of the blueprints have migrations of their own. `./dev upgrade-step` prints what is missing here.

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
'Returns the number of records that match the filter and the search text of a query. Rights and errors as query_records; 22023 for a max_count below 1. STABLE. '
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

CREATE FUNCTION rowkit.index_advice(table_id uuid, tables regclass DEFAULT NULL)
    RETURNS TABLE(
        column_id uuid, column_name text, is_indexed boolean, query_count bigint, examined_records bigint, returned_records bigint, p95_ms double precision,
        estimated_bytes bigint)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20
    AS 'MODULE_PATHNAME', 'index_advice_wrapper';
COMMENT ON FUNCTION rowkit.index_advice(uuid, regclass) IS
'Returns the columns of a table that queries filter or sort by or that are indexed, those without an index first, the costliest of these before the others. '
'Queries that end without an error are counted in memory, also in a READ ONLY transaction; nothing is written. On PostgreSQL 17 and newer the counts are those of all sessions since the '
'server started, of some ten thousand columns, the least used of which give way; on older servers those of this session. 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT column_name, examined_records FROM index_advice(''0193…'') WHERE NOT is_indexed. '
'table_id is the custom table. tables is the relation tables of custom_tables, by default the one on the search_path. column_id is the column, column_name its name. is_indexed is indexed of table_columns. '
'query_count is how many queries had a condition on the column that every record must meet, or sorted by it first. examined_records is how many records these queries read, returned_records how many of those met the filter; '
'both are NULL where policies of your own hide records of a table from its members. '
'p95_ms is the 95th percentile of the duration of these queries in milliseconds, as the upper end of one of the buckets 0.25, 0.5, 1 and so on. estimated_bytes is what an index takes on disk, by the keys of a sample of 1,000 records.';

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

CREATE FUNCTION rowkit.guard_table_view() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_table_view_wrapper';
COMMENT ON FUNCTION rowkit.guard_table_view() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, on table_views: checks query and group_by (22023 with all problems in DETAIL), and stores columns and choices by their ids.';

CREATE FUNCTION rowkit.query_view(view_id uuid, query jsonb DEFAULT '{}', table_views regclass DEFAULT NULL)
    RETURNS TABLE(record_id uuid, record jsonb, cursor text)
    LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 50
    AS 'MODULE_PATHNAME', 'query_view_wrapper';
COMMENT ON FUNCTION rowkit.query_view(uuid, jsonb, regclass) IS
'Returns a page of the records of a view, as query_records does. query adds to the view: both filters hold, and what else it says counts in place of what the view says. '
'Rights and errors as query_records; 42704 when the view is not there or not visible to the caller; 22023 also when a column of the view was deleted. STABLE. '
'Example: SELECT record ->> ''name'' FROM query_view(''0193…'', ''{"limit": 20}''). '
'view_id is the id in table_views. table_views is the relation table_views of custom_tables, by default the one beside the tables on the search_path. record_id is the record. record is the record in flat form. cursor is where the record stands in the result.';

CREATE FUNCTION rowkit.view_problems(view_id uuid, table_views regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'view_problems_wrapper';
COMMENT ON FUNCTION rowkit.view_problems(uuid, regclass) IS
'Returns what query_view would refuse of a view, and what is missing of its group_by, as a JSON array of {path, code, params, message}; [] for a view that works. A column that was deleted is query.unknown_column. '
'42704 when the view is not there or not visible to the caller. STABLE. Example: SELECT view_problems(''0193…''). '
'view_id is the id in table_views. table_views is the relation table_views of custom_tables, by default the one beside the tables on the search_path.';

-- Jobs: the one that builds indexes.
CREATE OR REPLACE FUNCTION rowkit.transform_from_record(record jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'transform_from_record_wrapper';

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
            ('refresh_table_statistics', 'tables', '*/15 * * * *', 'SELECT %2$s.refresh_table_statistics()', 'refresh_table_statistics()'),
            ('rebuild_table_statistics', 'record_statistics', '*/10 * * * *', 'SELECT %2$s.rebuild_table_statistics()', 'rebuild_table_statistics()'),
            ('purge_imports', 'imports', '20 3 * * *', 'SELECT %2$s.purge_imports()', 'purge_imports(integer,integer)')
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
COMMENT ON FUNCTION rowkit.schedule_jobs(text, boolean) IS
'Registers the jobs of a schema with pg_cron and returns them; with dry_run it only returns them. Running it again updates them. Times are GMT unless cron.timezone says otherwise. Of the '
'blueprints it registers reset_daily_credits, reset_weekly_lead_counts, cleanup_expired_exports, update_topic_trends, reset_monthly_usage, create_usage_event_partitions, '
'cleanup_usage_events, refresh_table_statistics, rebuild_table_statistics and purge_imports. Skipped: tables that belong to another role than the caller, the schema''s owner or a superuser, and functions of another role''s schema, '
'because a job runs with your rights. purge_deleted_in_batches purges the caller''s tables in all schemas: keep it for one schema only. 22023 without a schema, 3F000 for one that is not there, '
'55000 without pg_cron. VOLATILE. schema_name is the schema of the tables, by default the first on the search_path. dry_run registers nothing. job_name is the name of the job. schedule is when it runs, as cron writes it. '
'command is the statement that it runs.';

-- Code of other roles in jobs, reports and sign-ups.
CREATE OR REPLACE FUNCTION rowkit.continue_purge_deleted(days_old integer DEFAULT 90, batch_size integer DEFAULT 1000)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    -- In milliseconds: how long it waits for a lock that somebody holds, and how long the code of other owners' tables takes in all. That ends well before the statement
    -- does: a statement that is cancelled takes back what everybody's rows were purged in it.
    lock_wait CONSTANT bigint := 1000;
    statement_limit CONSTANT bigint := (SELECT least(nullif(given.setting, '0')::bigint, 20000) FROM pg_settings AS given WHERE given.name = 'statement_timeout');
    foreign_end CONSTANT timestamptz := statement_timestamp() + statement_limit / 2 * interval '1 millisecond';
    purged record;
    step record;
    is_trusted boolean;
    time_left bigint;
    after uuid;
    removed bigint := 0;
BEGIN
    IF days_old IS NULL OR days_old < 0 THEN
        RAISE EXCEPTION 'days_old must be given, and cannot be negative' USING ERRCODE = '22023', HINT = '0 days purges all that is deleted and not on hold.';
    ELSIF batch_size IS NULL OR batch_size < 1 THEN
        RAISE EXCEPTION 'batch_size must be at least 1' USING ERRCODE = '22023', HINT = 'It is how many rows one call purges at most: 1000 by default.';
    END IF;
    FOREACH is_trusted IN ARRAY ARRAY[true, false] LOOP
        -- The other owners' tables in another order each time, which no trigger can choose: none of them takes all of the time twice.
        FOR purged IN SELECT found.name FROM rowkit_internal._purged_tables() AS found(name, has_trusted_owner)
            WHERE found.has_trusted_owner = is_trusted ORDER BY CASE WHEN NOT is_trusted THEN gen_random_uuid() END, found.name::oid
        LOOP
            after := NULL;
            LOOP
                IF removed >= batch_size THEN
                    RETURN jsonb_build_object('rows', removed, 'is_done', false);
                END IF;
                time_left := CASE WHEN NOT is_trusted THEN extract(epoch FROM foreign_end - clock_timestamp()) * 1000 END;
                IF time_left <= 0 THEN
                    RAISE WARNING 'deleted rows of % were not purged: other tables took all of the time', purged.name USING ERRCODE = '57014', HINT = 'Purge again later: these rows are left for the next run.';
                    EXIT;
                END IF;
                BEGIN
                    SELECT * INTO step FROM rowkit_internal._purge_step(purged.name, days_old, true, after, batch_size - removed, lock_wait, time_left);
                EXCEPTION WHEN OTHERS THEN
                    RAISE WARNING 'deleted rows of % were not purged: %', purged.name, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are purged. Remove the cause, or leave these rows to the next run.';
                    EXIT;
                END;
                removed := removed + step.rows;
                after := step.next;
                EXIT WHEN step.done;
            END LOOP;
        END LOOP;
        FOR purged IN SELECT found.name, found.days FROM rowkit_internal._deletions_tables(days_old) AS found(name, days, has_trusted_owner) WHERE found.has_trusted_owner = is_trusted LOOP
            after := NULL;
            LOOP
                time_left := CASE WHEN NOT is_trusted THEN extract(epoch FROM foreign_end - clock_timestamp()) * 1000 END;
                EXIT WHEN time_left <= 0;
                BEGIN
                    after := rowkit_internal._forget_step(purged.name, purged.days, after, batch_size, lock_wait, time_left);
                EXCEPTION WHEN OTHERS THEN
                    RAISE WARNING 'purged deletions stay in %: %', purged.name, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are purged. Remove the cause, or leave these rows to the next run.';
                    after := NULL;
                END;
                EXIT WHEN after IS NULL;
            END LOOP;
        END LOOP;
        -- What was done here is safe before the code of other owners is run.
        IF is_trusted AND removed > 0 AND EXISTS (SELECT FROM rowkit_internal._purged_tables() AS found(name, has_trusted_owner) WHERE NOT found.has_trusted_owner) THEN
            RETURN jsonb_build_object('rows', removed, 'is_done', false);
        END IF;
    END LOOP;
    RETURN jsonb_build_object('rows', removed, 'is_done', true);
END
$function$
;

COMMENT ON FUNCTION rowkit.deleted_records_summary() IS 'For each table with soft delete that the caller may read: live rows, deleted rows and their share in percent. All rows of a table whose owner''s rights the caller has, counted as that owner (of untrusted owners last, all together in at most half of statement_timeout or 10 seconds); of others those that row security lets the caller see. Reading a table runs its owner''s policies with the caller''s rights: only tables of superusers, of the database''s owner and of the owners of schemas on the search_path are read so, and a NOTICE tells how many others were left out. A table that cannot be counted is told of in a WARNING. STABLE. table_name is the table. active_count is how many rows are live. deleted_count is how many are deleted. deleted_percentage is the share of the deleted.';

CREATE OR REPLACE FUNCTION rowkit.handle_new_user()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
-- PL/pgSQL: the columns are known only at run time, and whatever is odd about a user must not stop the sign-up.
DECLARE
    people regclass;
    person jsonb;
    columns text;
    changes text;
    state text;
BEGIN
    BEGIN
        people := to_regclass(coalesce(TG_ARGV[0], 'public.users'));
        IF people IS NULL OR people = TG_RELID THEN
            RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = 'there is no table to copy users to';
        END IF;
        person := to_jsonb(NEW);
        -- Of what the sign-up form or another provider sent, plain texts for text columns of these names; a user's own changes later stay.
        SELECT person || coalesce(jsonb_object_agg(kept.name, kept.value), '{}'), string_agg(format(', %I', kept.name), ''),
            string_agg(format(', %1$I = coalesce(person.%1$I, EXCLUDED.%1$I)', kept.name), '')
            INTO person, columns, changes
        FROM (
            SELECT DISTINCT ON (wanted.name) wanted.name, metadata.value
            FROM (VALUES (1, 'name', 'name'), (2, 'name', 'full_name'), (1, 'full_name', 'full_name'), (2, 'full_name', 'name'),
                (1, 'first_name', 'first_name'), (2, 'first_name', 'given_name'), (1, 'last_name', 'last_name'), (2, 'last_name', 'family_name'),
                (1, 'avatar_url', 'avatar_url'), (2, 'avatar_url', 'picture')
            ) AS wanted(place, name, key)
            JOIN LATERAL jsonb_each(CASE jsonb_typeof(person -> 'raw_user_meta_data') WHEN 'object' THEN person -> 'raw_user_meta_data' ELSE '{}' END) AS metadata
                ON metadata.key = wanted.key AND jsonb_typeof(metadata.value) = 'string' AND metadata.value #>> '{}' <> ''
            JOIN pg_attribute AS attribute ON attribute.attrelid = people AND attribute.attname = wanted.name AND NOT attribute.attisdropped
                AND attribute.attgenerated = '' AND attribute.atttypid IN ('text'::regtype, 'varchar'::regtype)
            ORDER BY wanted.name, wanted.place
        ) AS kept;
        BEGIN
            EXECUTE format('INSERT INTO %1$s AS person (id, email%2$s) SELECT id, email%2$s FROM jsonb_populate_record(NULL::%1$s, $1) '
                'ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email%3$s', people, columns, changes) USING person;
        EXCEPTION WHEN OTHERS OR assert_failure THEN
            -- Without what was sent along.
            EXECUTE format('INSERT INTO %1$s AS person (id, email) SELECT id, email FROM jsonb_populate_record(NULL::%1$s, $1) '
                'ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email', people) USING jsonb_build_object('id', person -> 'id', 'email', person -> 'email');
        END;
    EXCEPTION WHEN OTHERS OR assert_failure THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
        RAISE WARNING 'a user of % was not copied to %', TG_RELID::regclass, coalesce(TG_ARGV[0], 'public.users')
            USING ERRCODE = state, HINT = 'The sign-up goes on. Look at its SQLSTATE: '
                '42501 is a missing right, 23502 a column without a value, 23505 an e-mail that another user has.';
    END;
    RETURN NULL;
END
$function$
;

COMMENT ON FUNCTION rowkit.usage_drift(regclass) IS 'Every counter that differs from the rows of its tables: whose it is, what it says (NULL where the column is NULL) and what they hold; of the table named, or of each whose owner the caller is. No row is what there should be. Where no table is named, those of untrusted owners come last and together take no longer than half of statement_timeout, at most 10 seconds; a WARNING tells of each that was not compared. 42501 for who owns none of them. STABLE. accounts is the table whose counters are compared. table_name is the table that has the counter. record_key is the primary key of the row that has it. stored is what the counter says. counted is what the rows are. resource_type is what is counted.';

COMMENT ON FUNCTION rowkit_internal._deleted_counts(regclass) IS 'How many rows of a table with soft delete are live and deleted, counted as its owner, for a caller who has the owner''s rights (42501). Tables of untrusted owners together take no longer than half of statement_timeout, at most 10 seconds (54000). Internal.';

CREATE OR REPLACE FUNCTION rowkit_internal._deleted_records_summary(schemas name[])
 RETURNS TABLE(table_name text, active_count bigint, deleted_count bigint, deleted_percentage numeric)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    guarded record;
    live bigint;
    deleted bigint;
    left_out bigint := 0;
BEGIN
    FOR guarded IN
        SELECT class.oid::regclass AS name, pg_has_role(class.relowner, 'USAGE') AND class.relowner <> quote_ident(current_user)::regrole AS is_owned,
            rowkit_internal._is_trusted_for_caller(class.relowner)
                OR (home.nspname = ANY (schemas) AND home.nspowner = class.relowner) AS is_trusted
        FROM pg_class AS class
        JOIN pg_namespace AS home ON home.oid = class.relnamespace
        WHERE has_table_privilege(class.oid, 'SELECT') AND EXISTS (
            SELECT FROM pg_trigger AS guard
            WHERE guard.tgrelid = class.oid AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure AND guard.tgparentid = 0)
        -- The code of untrusted owners runs last, for a limited time.
        ORDER BY NOT rowkit_internal._is_trusted_for_caller(class.relowner), class.oid
    LOOP
        BEGIN
            IF guarded.is_owned THEN
                SELECT counted.live, counted.deleted INTO live, deleted FROM rowkit_internal._deleted_counts(guarded.name) AS counted;
            ELSIF guarded.is_trusted THEN
                EXECUTE format('SELECT count(*) FILTER (WHERE held.deleted_at IS NULL), count(*) FILTER (WHERE held.deleted_at IS NOT NULL) FROM %s AS held',
                    guarded.name) INTO live, deleted;
            ELSE
                -- Its policies would run with the caller''s rights, who did not ask for the table.
                left_out := left_out + 1;
                CONTINUE;
            END IF;
            RETURN QUERY SELECT guarded.name::text, live, deleted, round(deleted::numeric / nullif(live + deleted, 0) * 100, 2);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'rows of % were not counted: %', guarded.name, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are counted. Its owner can ask alone.';
        END;
    END LOOP;
    IF left_out > 0 THEN
        RAISE NOTICE '% tables of other owners were left out', left_out USING
            HINT = 'Those of the database''s owner, of superusers and of the owners of the schemas on the search_path are counted.';
    END IF;
END
$function$
;
CREATE OR REPLACE FUNCTION rowkit.disable_soft_delete(table_name regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    SET standard_conforming_strings = on
    AS $$
DECLARE
    home text;
    has_deleted boolean;
BEGIN
    SELECT namespace.nspname INTO home
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = table_name;
    IF NOT EXISTS (
        SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure
    ) THEN
        RETURN;
    END IF;
    PERFORM rowkit_internal._refuse_dependents(found.view, table_name, NULL)
    FROM rowkit_internal._active_view(table_name) AS found(view)
    WHERE found.view IS NOT NULL;
    has_deleted := rowkit_internal._has_deleted_rows(table_name);
    -- All of it is known before the first is done.
    FOREACH command IN ARRAY ARRAY(
        (SELECT format('DROP TRIGGER %I ON %s', guard.tgname, guard.tgrelid::regclass)
        FROM (SELECT table_name::oid AS relid UNION SELECT tree.relid::oid FROM pg_partition_tree(table_name) AS tree) AS part
        JOIN pg_trigger AS guard ON guard.tgrelid = part.relid AND guard.tgparentid = 0
            AND guard.tgfoid IN ('rowkit.guard_soft_delete()'::regprocedure, 'rowkit.guard_hard_delete()'::regprocedure)
        ORDER BY guard.oid)
        UNION ALL
        SELECT hidden.command FROM rowkit_internal._hide_deleted_commands(table_name, false, NULL) AS hidden(command)
        UNION ALL
        SELECT format('DROP VIEW %s', found.view) FROM rowkit_internal._active_view(table_name) AS found(view) WHERE found.view IS NOT NULL
        UNION ALL
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', table_name, found.rule) FROM rowkit_internal._deletion_check(table_name) AS found(rule) WHERE found.rule IS NOT NULL
        UNION ALL
        SELECT format('DROP INDEX %s', found.index) FROM rowkit_internal._deletion_index(table_name) AS found(index) WHERE found.index IS NOT NULL
        UNION ALL
        (SELECT step.command
        FROM pg_index AS entry
        JOIN pg_class AS index_relation ON index_relation.oid = entry.indexrelid
        CROSS JOIN LATERAL (
            SELECT regexp_replace(regexp_replace(rowkit_internal._index_definition(entry.indexrelid), ' WHERE \(deleted_at IS NULL\)$', ''),
                ' AND \(deleted_at IS NULL\)\)$', ')') AS definition
        ) AS before
        CROSS JOIN LATERAL (
            VALUES (1, format('DROP INDEX %I.%I', home, index_relation.relname)),
                (2, CASE WHEN obj_description(entry.indexrelid, 'pg_class') LIKE '%unique constraint.'
                    THEN format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE %s', table_name, index_relation.relname, rowkit_internal._index_columns(entry.indexrelid))
                    ELSE before.definition END)
        ) AS step(place, command)
        WHERE entry.indrelid = table_name AND step.command IS NOT NULL
            AND obj_description(entry.indexrelid, 'pg_class') LIKE 'Made partial by rowkit.enable_soft_delete;%'
        ORDER BY index_relation.relname, step.place)
        UNION ALL
        (SELECT step.command
        FROM pg_constraint AS rule
        CROSS JOIN LATERAL rowkit_internal._timed_rule(rule.oid) AS told
        CROSS JOIN LATERAL (
            VALUES (1, format('ALTER TABLE %s DROP CONSTRAINT %I', table_name, rule.conname)),
                (2, format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', table_name, rule.conname,
                    CASE WHEN obj_description(rule.oid, 'pg_constraint') LIKE '%unique constraint.' THEN 'UNIQUE ' || rowkit_internal._index_columns(rule.conindid)
                    ELSE regexp_replace(regexp_replace(told.body, ' WHERE \(\(deleted_at IS NULL\)\)$', ''), ' AND \(deleted_at IS NULL\)\)\)$', '))') END,
                    told.timing))
        ) AS step(place, command)
        WHERE rule.conrelid = table_name AND obj_description(rule.oid, 'pg_constraint') LIKE 'Made partial by rowkit.enable_soft_delete;%'
        ORDER BY rule.conname, step.place)
        UNION ALL
        -- While rows are deleted, the columns are what tells.
        (SELECT format('ALTER TABLE %s DROP COLUMN %I', table_name, attribute.attname)
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attname IN ('deleted_at', 'deleted_by', 'deletion_id') AND NOT has_deleted
            AND col_description(table_name, attribute.attnum) LIKE '%Made by rowkit.enable_soft_delete.'
        ORDER BY attribute.attnum))
    LOOP
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION rowkit.enable_search(table_name regclass, fields text[], search_column text DEFAULT 'search_vector'::text, dictionary text DEFAULT 'english_stem'::text, aggressive boolean DEFAULT false, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
DECLARE
    is_changed boolean := false;
BEGIN
    FOR kind, identity, command IN
        SELECT object.kind, object.identity, step.command
        FROM rowkit_internal._search_commands(table_name, fields, search_column, dictionary, aggressive) WITH ORDINALITY AS step(command, place)
        CROSS JOIN LATERAL rowkit_internal._command_object(step.command) AS object
        ORDER BY step.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
            is_changed := is_changed OR kind = 'trigger';
        END IF;
        RETURN NEXT;
    END LOOP;
    IF is_changed THEN
        IF rowkit_internal._has_rows(table_name) THEN
            RAISE NOTICE 'search does not find the rows that are there until their vectors are rebuilt' USING
                HINT = format('CALL rowkit.rebuild_search_vectors_in_batches(%L);', rowkit_internal._quoted_name(table_name));
        END IF;
    END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit.inactive_api_tokens(days_old integer DEFAULT 90, include_unused boolean DEFAULT false, api_tokens regclass DEFAULT NULL::regclass, users regclass DEFAULT NULL::regclass)
 RETURNS TABLE(token_id uuid, name text, email text, last_used_at timestamp with time zone, days_inactive integer)
 LANGUAGE c
 STABLE
AS 'MODULE_PATHNAME', $function$inactive_api_tokens_wrapper$function$
;

CREATE OR REPLACE FUNCTION rowkit.search_rows(table_name regclass, query text, max_rows integer DEFAULT 20, max_candidates integer DEFAULT 500)
 RETURNS TABLE(row_data jsonb, match_level integer)
 LANGUAGE c
 STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', $function$search_rows_wrapper$function$
;

CREATE OR REPLACE FUNCTION rowkit.search_vector_status(table_name regclass)
 RETURNS TABLE(table_id uuid, row_count bigint, stale_count bigint, cut_count bigint)
 LANGUAGE c
 STABLE
AS 'MODULE_PATHNAME', $function$search_vector_status_wrapper$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._blueprint_checksum(blueprint text, schema_name text, registry regclass)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
-- PL/pgSQL: the name of the registry is known only at run time.
DECLARE
    objects text;
BEGIN
    PERFORM rowkit_internal._require_own(registry);
    EXECUTE format(
        $query$
            SELECT string_agg(concat_ws(' ', made.kind, made.name, there.state), ',' ORDER BY made.kind COLLATE "C", made.name COLLATE "C")
            FROM %s AS made
            LEFT JOIN rowkit_internal._schema_state($2) AS there ON there.kind = made.kind AND there.name = made.name
            WHERE made.blueprint = $1 AND made.kind NOT IN ('blueprint', 'schema')
        $query$, registry)
    INTO objects USING blueprint, schema_name;
    RETURN md5(concat_ws(';',
        objects,
        array_to_string(rowkit_internal._blueprint_scripts(blueprint, quote_ident(schema_name)), ''),
        (
            SELECT string_agg(concat_ws(' ', entry.kind, entry.object, entry.privileges, pg_get_userbyid(entry.grantee)), ','
                ORDER BY entry.object COLLATE "C", entry.kind, entry.grantee)
            FROM rowkit_internal._blueprint_grants(blueprint, to_regnamespace(quote_ident(schema_name))) AS entry
            WHERE entry.grantee IN (SELECT outsider.id FROM rowkit_internal._api_grantees() AS outsider) OR entry.grantee = to_regrole('service_role')
        ),
        -- Grants and policies are for the roles that there are.
        (
            SELECT string_agg(concat_ws(' ', role.rolname, role.rolbypassrls OR role.rolsuper), ',' ORDER BY role.rolname)
            FROM pg_roles AS role WHERE role.rolname IN ('anon', 'authenticated', 'service_role', current_user)
        )));
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._end_rename(table_id uuid, to_name text, home regclass)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._has_deleted_rows(table_name regclass)
 RETURNS boolean
 LANGUAGE c
 STABLE STRICT
AS 'MODULE_PATHNAME', $function$has_marked_rows_wrapper$function$
;

COMMENT ON FUNCTION rowkit_internal._has_deleted_rows(regclass) IS 'Whether the caller sees a deleted row of a table with soft delete. Internal.';

CREATE OR REPLACE FUNCTION rowkit_internal._has_rows(table_name regclass)
 RETURNS boolean
 LANGUAGE c
 STABLE STRICT
AS 'MODULE_PATHNAME', $function$has_rows_wrapper$function$
;

COMMENT ON FUNCTION rowkit_internal._has_rows(regclass) IS 'Whether the caller sees a row of a table. Internal.';

CREATE OR REPLACE FUNCTION rowkit_internal._invalid_records(table_id uuid, home regclass, OUT record_id uuid, OUT errors jsonb)
 RETURNS SETOF record
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
-- PL/pgSQL: the name of the records relation is known only at run time.
DECLARE
    records text;
    live text;
    defined jsonb;
BEGIN
    PERFORM rowkit_internal._require_own(home);
    SELECT format('%I.records', namespace.nspname) INTO STRICT records
    FROM pg_class AS relation JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE relation.oid = home;
    PERFORM rowkit_internal._is_helper_of(records::regclass, home);
    live := rowkit_internal._live_condition(records::regclass, 'record');
    defined := rowkit_internal._visible_schema(table_id, home);
    RETURN QUERY EXECUTE format(
        $query$
            WITH dangling AS (%3$s)
            SELECT record.id, jsonb_path_query_array(problem.list || coalesce(dangling.list, '[]'), '$[0 to 99]')
            FROM %1$s AS record
            CROSS JOIN LATERAL rowkit_internal._validate_stored_record(
                record.table_id, record.data, record.name, record.email, record.company, record.status, $2
            ) AS problem(list)
            LEFT JOIN dangling ON dangling.record_id = record.id
            WHERE record.table_id = $1 %2$s AND (problem.list <> '[]' OR dangling.list IS NOT NULL)
            ORDER BY record.id
        $query$, records, live, rowkit_internal._dangling_references(records, live))
    USING table_id, home, defined;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._row_history(audited regclass, present_key text)
 RETURNS TABLE(created_at timestamp with time zone, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text, transaction uuid)
 LANGUAGE c
 STABLE STRICT
AS 'MODULE_PATHNAME', $function$row_history_wrapper$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._search_records(table_id uuid, query text, max_rows integer, after text, max_candidates integer, records regclass)
 RETURNS TABLE(record_id uuid, match_level integer, cursor text)
 LANGUAGE c
 STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', $function$find_records_wrapper$function$
;




-- Statistics of custom tables.

CREATE FUNCTION rowkit.maintain_record_statistics() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_record_statistics_wrapper';
COMMENT ON FUNCTION rowkit.maintain_record_statistics() IS
'Trigger, AFTER INSERT, UPDATE, DELETE (transition tables new_rows, old_rows) or TRUNCATE FOR EACH STATEMENT, on records: keeps the counters of live records in record_statistics. '
'It adds what the statement changed to a row of the table that no other transaction holds, with the owner''s rights, so that writers do not wait for each other. '
'Arguments: the relation that holds the schemas (default tables) and the one of the counters (default record_statistics), both in the same schema and of the same owner (42501).';

CREATE FUNCTION rowkit_internal._added_counts(stored jsonb, change jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'added_counts_wrapper';
COMMENT ON FUNCTION rowkit_internal._added_counts(jsonb, jsonb) IS
'The sum of two documents of counters, number by number, as record_statistics holds them; a counter that is 0 is left out. IMMUTABLE. Internal.';

CREATE AGGREGATE rowkit_internal._sum_counts(jsonb) (SFUNC = rowkit_internal._added_counts, STYPE = jsonb, COMBINEFUNC = rowkit_internal._added_counts, PARALLEL = SAFE);
COMMENT ON AGGREGATE rowkit_internal._sum_counts(jsonb) IS 'The sum of documents of counters, as _added_counts adds two. Internal.';

CREATE FUNCTION rowkit.column_statistics(table_id uuid, tables regclass DEFAULT NULL)
    RETURNS TABLE(column_id uuid, column_name text, filled_count bigint, unique_count bigint, min_value jsonb, max_value jsonb, top_values jsonb)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'column_statistics_wrapper';
COMMENT ON FUNCTION rowkit.column_statistics(uuid, regclass) IS
'Returns a row with figures for each column of a custom table, the common fields that no column defines first. '
'It reads the live records once, with the caller''s rights and row security; live_table_statistics has the counters that need no reading. Memory is bounded by rowkit.max_work_mem: a column with too many different values '
'has no top_values, and with still more no unique_count. Columns that the record''s own row answers, such as those of type created_at, are left out. 42704 for a table that is not there or not the caller''s to see. STABLE. '
'Example: SELECT column_name, filled_count, max_value FROM column_statistics(''0193…''). '
'table_id is the custom table. tables is the relation tables, by default the one on the search_path. column_id is the column, NULL for a common field that no column defines. column_name is its name. '
'filled_count is how many records have a value. unique_count is how many different values there are, as a unique column tells them apart, of lists the elements; NULL where they are too many. '
'min_value is the lowest value of a number, date, time or text, max_value the highest; NULL for other types and without a value. top_values are the ten most frequent values as [{"value", "count"}], of lists the elements; NULL where there are too many.';

CREATE FUNCTION rowkit.rebuild_table_statistics(table_id uuid DEFAULT NULL, tables regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'rebuild_table_statistics_wrapper';
COMMENT ON FUNCTION rowkit.rebuild_table_statistics(uuid, regclass) IS
'Counts the live records of custom tables anew while others write them, and puts record_statistics right. '
'Returns how many tables it counted. Without table_id these are the tables that are still to be counted: large ones whose columns, options or statuses changed. rowkit.schedule_jobs() runs it. Editors of a table''s '
'columns wait meanwhile. 42501 for anyone but the owner of tables, 42704 for a table that is not there, 55000 in a transaction that keeps one snapshot. VOLATILE. '
'table_id is the custom table, NULL for all that are still to be counted. tables is the relation tables, by default the one on the search_path.';

CREATE FUNCTION rowkit.table_statistics_drift(table_id uuid DEFAULT NULL, tables regclass DEFAULT NULL)
    RETURNS TABLE(table_name regclass, record_key text, stored bigint, counted bigint)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'table_statistics_drift_wrapper';
COMMENT ON FUNCTION rowkit.table_statistics_drift(uuid, regclass) IS
'Returns every counter of record_statistics that differs from the live records. '
'No row is what there should be. Tables that are still to be counted are left out. Drift comes from writing with session_replication_role = replica or with the triggers disabled; rebuild_table_statistics() puts it right. '
'It reads all records. 42501 for anyone but the owner of tables. STABLE. '
'table_id is the custom table, NULL for all. tables is the relation tables, by default the one on the search_path. table_name is record_statistics. record_key is {"table_id", "counter"}, the counter as its path in counts. '
'stored is what the counter says. counted is what the records are.';

-- Reports: the entries of indexes are of the tables in which rowkit keeps books.
CREATE OR REPLACE FUNCTION rowkit_internal._helper_tables() RETURNS TABLE(id oid)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT class.oid
        FROM pg_class AS class
        JOIN (VALUES
            ('rowkit_objects', 'blueprint', true), ('deletions', 'record_keys', true), ('deletion_references', 'left_as', true), ('usage_slots', 'owner_key',
                true),
            ('record_keys', 'record_id', true), ('token_scopes', 'scope', true), ('record_links', 'cleared_at', true), ('record_index', 'record_id', true), ('column_change_values', 'change_id', true),
            ('record_counters', 'last_number', true), ('login_failures', 'login_hash', true),
            -- Where these have row security, members read them.
            ('credit_accounts', 'balance', false), ('credit_grants', 'remaining', false), ('credit_operations', 'idempotency_key', false), ('credit_entries',
                'grant_id', false)
        ) AS known(name, column_name, is_closed) ON known.name = class.relname AND (known.is_closed OR NOT class.relrowsecurity)
        JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attname = known.column_name AND attribute.attnum > 0
            AND NOT attribute.attisdropped
        WHERE class.relkind IN ('r', 'p') AND class.relpersistence <> 't'
    $$;

CREATE OR REPLACE FUNCTION rowkit_internal._command_object(command text, OUT kind text, OUT identity text)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
    AS $$
-- PL/pgSQL: it keeps the plan, which takes longer to make than to run.
BEGIN
    SELECT shape.kind, format(shape.identity, part.names[1], part.names[2]) INTO kind, identity
    FROM (VALUES
        (1, 'schema', '%1$s', '^(?:CREATE|ALTER|DROP) SCHEMA (?:IF (?:NOT )?EXISTS )?({name})'),
        (2, 'view', '%1$s', '^(?:CREATE|CREATE OR REPLACE|ALTER|DROP) VIEW ({names})'),
        (3, 'column', '%1$s.%2$s', '^ALTER TABLE ({names}) (?:ADD|ALTER|DROP|RENAME) COLUMN ({name})'),
        (4, 'constraint', '%2$s on %1$s', '^ALTER TABLE ({names}) (?:ADD|DROP|VALIDATE|RENAME) CONSTRAINT ({name})'),
        (5, 'table', '%1$s', '^ALTER TABLE {names} (?:ATTACH|DETACH) PARTITION ({names})'),
        (6, 'table', '%1$s', '^(?:CREATE|ALTER|DROP) TABLE (?:IF (?:NOT )?EXISTS )?({names})'),
        (7, 'index', '%1$s on %2$s', '^CREATE (?:UNIQUE )?INDEX ({name}) ON (?:ONLY )?({names})'),
        (8, 'index', 'on %1$s', '^CREATE (?:UNIQUE )?INDEX ON (?:ONLY )?({names})'),
        (9, 'index', '%1$s', '^DROP INDEX ({names})'),
        (10, 'trigger', '%1$s on %2$s', '^(?:CREATE|CREATE OR REPLACE|DROP) (?:CONSTRAINT )?TRIGGER ({name}) (?:{name},? )*ON ({names})'),
        (11, 'policy', '%1$s on %2$s', '^(?:CREATE|ALTER|DROP) POLICY ({name}) ON ({names})'),
        (12, 'function', '%1$s', '^(?:CREATE|CREATE OR REPLACE|ALTER|DROP) (?:FUNCTION|PROCEDURE|ROUTINE) ({names})'),
        (13, 'comment', '%1$s on %2$s', '^COMMENT ON [A-Z ]+ ({names}) ON ({names}) IS '),
        (14, 'comment', '%1$s', '^COMMENT ON [A-Z ]+ ({names}(?:\([^)]*\))?) IS '),
        (15, 'grant', '%1$s', '^GRANT .* ON (.*)$'),
        (16, 'revoke', '%1$s', '^REVOKE .* ON (.*)$'),
        -- What the internal functions do whose names begin so.
        (17, 'comment', '%1$s', '^SELECT rowkit_internal\._(?:comment_\w+|seal_policies)\(E?''((?:[^'']|'''')*)'''),
        (18, 'comment', '%2$s', '^SELECT rowkit_internal\._copy_column_comments\(E?''((?:[^'']|'''')*)'', E?''((?:[^'']|'''')*)'''),
        (19, 'revoke', '%1$s', '^SELECT rowkit_internal\._(?:close|seal|hide|revoke)_\w+\(E?''((?:[^'']|'''')*)'''),
        (20, 'grant', '%1$s', '^SELECT rowkit_internal\._open_\w+\(E?''((?:[^'']|'''')*)'''),
        (21, 'function', '%1$s', '^(?:SELECT|SELECT \* FROM|CALL) ({names})\('),
        (22, 'rows', '%1$s', '(?:INSERT INTO|UPDATE|DELETE FROM) ({names})')
    ) AS shape(place, kind, identity, pattern)
    CROSS JOIN LATERAL regexp_match(command, replace(replace(shape.pattern, '{names}', '{name}(?:\.{name})*'), '{name}', '(?:"(?:[^"]|"")*"|[^][\s"''.,;()]+)'))
        AS part(names)
    WHERE part.names IS NOT NULL
    ORDER BY shape.place
    LIMIT 1;
    IF NOT FOUND THEN
        kind := 'command';
        identity := split_part(command, ' ', 1);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION rowkit_internal._blueprint_names(blueprint text) RETURNS TABLE(name text, kind text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
    AS $$
        -- The scripts are cut at the schema's name: a regular expression that looked for it would take half a second for one.
        WITH part AS (
            SELECT left(cut.text, 64) AS behind, right(lag(cut.text) OVER (PARTITION BY script.place ORDER BY cut.place), 64) AS before
            FROM unnest(rowkit_internal._blueprint_scripts(blueprint, 'blueprint_home')) WITH ORDINALITY AS script(text, place)
            CROSS JOIN LATERAL unnest(string_to_array(script.text, 'blueprint_home.')) WITH ORDINALITY AS cut(text, place)
        ), mention AS (
            SELECT
                substring(part.behind FROM '^\w+') AS name,
                substring(part.before FROM '\mCREATE (?:OR REPLACE )?(TABLE|VIEW|MATERIALIZED VIEW|FUNCTION|PROCEDURE|TYPE) (?:IF NOT EXISTS )?$') AS kind
            FROM part
            WHERE right(part.before, 1) !~ '\w'
            -- An index has no schema before its name.
            UNION
            SELECT substring(left(cut.text, 64) FROM '^\w+'), 'INDEX'
            FROM unnest(rowkit_internal._blueprint_scripts(blueprint, 'blueprint_home')) AS script(text)
            CROSS JOIN LATERAL unnest(string_to_array(script.text, 'INDEX IF NOT EXISTS ')) WITH ORDINALITY AS cut(text, place)
            WHERE cut.place > 1
            -- What enable_soft_delete makes beside the tables.
            UNION VALUES ('deletions', 'TABLE'), ('deletion_references', 'TABLE')
        )
        SELECT mention.name, max(mention.kind) FROM mention WHERE mention.name IS NOT NULL GROUP BY mention.name
    $$;

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
-- End of imports.

COMMENT ON FUNCTION rowkit.validate_api_token(text,inet,text,regclass,regclass) IS 'Whose token it is and what it may: always one row, for an invalid one with is_valid false, the error ''invalid or expired token'' and nothing else, whatever the reason. A token is valid while it is active, not revoked and not expired, its account is not deleted, and its user, when it has one, is active and an active member of the account. scopes are those of the token that the user''s present role gives, too. A token with a wrong checksum is refused before any table is read. It reads api_tokens, and account_users, users, accounts and token_scopes beside it of the same owner, as that owner, with the latest snapshot: PUBLIC may execute it, anon has to, before anybody is known; it answers nothing to who does not hold a valid token, whose 256 bits cannot be tried out. A use is noted in last_used_at, last_used_ip and last_used_user_agent once a minute, where that needs no waiting; never in a READ ONLY or SERIALIZABLE transaction or on a replica. membership names another table than account_users for it: one that register_membership was told of, with the columns account_id, user_id and role. 42704 without api_tokens, 42501 for a membership table of another owner or one that is not registered so. VOLATILE. ip is the client''s address, noted with the use if the caller is a superuser or has BYPASSRLS; for others rowkit notes what rowkit.trusted_proxies tell. user_agent is the client''s user agent, noted with the use. api_tokens is the table of the tokens, by default the one on the search_path. token_id is the id of the token.';

CREATE OR REPLACE FUNCTION rowkit.isolation_report()
 RETURNS TABLE(severity text, object_name text, problem text, remedy text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET standard_conforming_strings TO 'on'
AS $function$
        WITH locked AS MATERIALIZED (
            -- To read a policy the server locks its table: whoever keeps others from a table of their own must not keep the report from the rest.
            SELECT held.relation AS id
            FROM pg_locks AS held
            WHERE held.locktype = 'relation' AND held.mode = 'AccessExclusiveLock' AND held.pid <> pg_backend_pid()
                AND held.database = (SELECT here.oid FROM pg_database AS here WHERE here.datname = current_database())
        ), sealed AS (
            SELECT rule.polrelid AS id, rule.polname::text AS policy, string_to_array(seal.parts[1], ', ') AS expected, seal.parts[2] AS checksum
            FROM pg_policy AS rule
            CROSS JOIN LATERAL regexp_match(rowkit_internal._seal(rule.oid), '^Made by rowkit: (.*?)\.(?: (?:Claims|Shared).*\.)? Checksum ([0-9a-f]{32})\.(?: By .*)?$') AS seal(parts)
            WHERE seal.parts IS NOT NULL AND rule.polrelid NOT IN (SELECT locked.id FROM locked)
        ), guarded AS (
            SELECT trigger.tgrelid AS id, given.arguments[1] AS tenant_column, given.arguments[2] AS membership, given.arguments[4] AS commands,
                trigger.tgname::text AS name, trigger.tgtype & 4 <> 0 AS is_for_insert
            FROM pg_trigger AS trigger
            CROSS JOIN LATERAL rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS given(arguments)
            WHERE trigger.tgfoid = 'rowkit.guard_tenant'::regproc AND trigger.tgrelid NOT IN (SELECT locked.id FROM locked)
        ), membership AS (
            SELECT trigger.tgrelid AS id, given.arguments[2] AS tenant_column, trigger.tgtype AS type,
                -- Of several roles the least only reads.
                CASE WHEN cardinality(given.arguments) > 5 THEN given.arguments[6] END AS write_role
            FROM pg_trigger AS trigger
            CROSS JOIN LATERAL rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS given(arguments)
            WHERE trigger.tgfoid = 'rowkit.guard_membership'::regproc
        ), isolated AS (
            SELECT class.oid AS id, class.*
            FROM pg_class AS class
            WHERE class.relkind IN ('r', 'p') AND class.oid IN (
                SELECT part::oid FROM (SELECT id FROM sealed UNION SELECT id FROM guarded) AS known CROSS JOIN LATERAL rowkit_internal._parts(known.id) AS part)
                -- A partition that nobody was granted is reached through its table alone.
                AND NOT (class.relispartition AND NOT EXISTS (SELECT FROM aclexplode(class.relacl) AS held WHERE held.grantee <> class.relowner))
        ), found AS (
            SELECT 'warning' AS severity, trigger.tgrelid::regclass::text AS object_name, 'another session keeps it locked: it was not looked at' AS problem, 'run the report again' AS remedy
            FROM pg_trigger AS trigger JOIN locked ON locked.id = trigger.tgrelid
            WHERE trigger.tgfoid = 'rowkit.guard_tenant'::regproc
            GROUP BY trigger.tgrelid
            UNION ALL
            SELECT 'error' AS severity, isolated.id::regclass::text AS object_name, 'row security is off' AS problem, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit_internal._quoted_name(isolated.id)) AS remedy
            FROM isolated WHERE NOT isolated.relrowsecurity
            UNION ALL
            SELECT 'error', isolated.id::regclass::text, 'row security is not forced: its owner passes', format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', rowkit_internal._quoted_name(isolated.id))
            FROM isolated WHERE NOT isolated.relforcerowsecurity
            UNION ALL
            SELECT 'error', sealed.id::regclass::text, format('policy %I was changed', sealed.policy), again.call
            FROM sealed CROSS JOIN LATERAL rowkit_internal._repair(sealed.id, sealed.policy) AS again(call) WHERE sealed.checksum <> rowkit_internal._policy_checksum(sealed.id, sealed.policy)
            UNION
            SELECT 'warning', sealed.id::regclass::text, format('policy %I is missing', wanted.name), again.call
            FROM sealed CROSS JOIN LATERAL unnest(sealed.expected) AS wanted(name) CROSS JOIN LATERAL rowkit_internal._repair(sealed.id, sealed.policy) AS again(call)
            WHERE NOT EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = sealed.id AND rule.polname = wanted.name)
            UNION ALL
            SELECT 'warning', isolated.id::regclass::text, 'it has no policy of rowkit''s', rowkit_internal._repair(isolated.id)
            FROM isolated WHERE NOT EXISTS (SELECT FROM sealed WHERE sealed.id = isolated.id)
                -- One that is closed has none.
                AND NOT EXISTS (SELECT FROM guarded WHERE guarded.id = isolated.id AND guarded.commands = '')
            UNION ALL
            SELECT 'warning', isolated.id::regclass::text, format('policy %I lets rows through that rowkit''s do not', rule.polname), 'see whether it should: permissive policies add up'
            FROM isolated JOIN pg_policy AS rule ON rule.polrelid = isolated.id AND rule.polpermissive
            WHERE NOT EXISTS (SELECT FROM sealed WHERE sealed.id = isolated.id AND sealed.policy = rule.polname)
            UNION ALL
            SELECT 'error', isolated.id::regclass::text, format('%s was granted %s, which row security does not hold back', quote_ident(role.rolname), held.privilege_type),
                format('REVOKE %s ON %s FROM %s', held.privilege_type, rowkit_internal._quoted_name(isolated.id), quote_ident(role.rolname))
            FROM isolated
            CROSS JOIN LATERAL aclexplode(isolated.relacl) AS held
            JOIN pg_roles AS role ON role.oid = held.grantee AND role.rolname NOT IN ('anon', 'authenticated')
            WHERE held.privilege_type = ANY (rowkit_internal._rights_beyond_rows())
                AND EXISTS (SELECT FROM sealed JOIN pg_policy AS rule ON rule.polrelid = sealed.id AND rule.polname = sealed.policy
                    WHERE sealed.id = isolated.id AND held.grantee = ANY (rule.polroles) AND sealed.policy !~ '_service$')
            UNION
            SELECT reported.severity, reported.object_name, reported.problem, reported.remedy FROM rowkit_internal._report_grants(ARRAY(SELECT isolated.id FROM isolated)) AS reported
            UNION ALL
            SELECT reported.severity, reported.object_name, reported.problem, reported.remedy FROM rowkit_internal._report_owners(ARRAY(SELECT isolated.id FROM isolated)) AS reported
            UNION ALL
            SELECT reported.severity, reported.object_name, reported.problem, reported.remedy FROM rowkit_internal._report_api_roles() AS reported
            UNION ALL
            SELECT reported.severity, reported.object_name, reported.problem, reported.remedy FROM rowkit_internal._report_guards() AS reported
            UNION ALL
            SELECT 'error', guarded.id::regclass::text, format('trigger %I is not for INSERT: other triggers read for rows that a writer may not write', guarded.name),
                rowkit_internal._repair(guarded.id)
            FROM guarded WHERE NOT guarded.is_for_insert
            UNION ALL
            -- BEFORE INSERT FOR EACH ROW: 1, 2 and 4 of tgtype.
            SELECT 'error', guarded.id::regclass::text, format('trigger %I fires before %I asks whose a new row is', other.tgname, guarded.name),
                format('ALTER TRIGGER %I ON %s RENAME TO one that sorts behind it', other.tgname, rowkit_internal._quoted_name(guarded.id))
            FROM guarded
            JOIN pg_trigger AS other ON other.tgrelid = guarded.id AND other.tgtype & 7 = 7 AND NOT other.tgisinternal
                AND other.tgname::text COLLATE "C" < guarded.name COLLATE "C"
            UNION ALL
            -- 8 and 16 of tgtype: DELETE and UPDATE.
            SELECT 'error', membership.id::regclass::text, format('the trigger of the membership for %s is missing', CASE WHEN bool_or(membership.type & 8 <> 0) THEN 'UPDATE' ELSE 'DELETE' END),
                rowkit_internal._membership_call(membership.id)
            FROM membership
            GROUP BY membership.id HAVING NOT (bool_or(membership.type & 8 <> 0) AND bool_or(membership.type & 16 <> 0))
            UNION ALL
            SELECT 'warning', asked.id::regclass::text, 'policies ask it, and it is not registered as a membership: end users get 55000',
                format('register it with the settings that it had, by rowkit.register_membership(%L, …)', rowkit_internal._quoted_name(asked.id))
            -- By its name: to_regclass() fails for whoever may not use the schema.
            FROM (SELECT DISTINCT class.oid AS id
                FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
                WHERE format('%I.%I', namespace.nspname, class.relname) IN (SELECT guarded.membership FROM guarded)) AS asked
            WHERE NOT EXISTS (SELECT FROM membership WHERE membership.id = asked.id)
            UNION ALL
            -- A table beside isolated ones, or beside a membership, that anybody who is signed in reaches whole.
            SELECT 'error', class.oid::regclass::text, format('%s reaches all of its rows: row security is off', reachable.roles),
                format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit_internal._quoted_name(class.oid))
            FROM pg_class AS class
            CROSS JOIN LATERAL (
                SELECT string_agg(CASE role.name WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(role.name) END, ', ' ORDER BY role.name) AS roles
                FROM (SELECT 'public' AS name UNION SELECT known.rolname::text FROM pg_roles AS known WHERE known.rolname IN ('anon', 'authenticated')) AS role
                WHERE has_table_privilege(role.name, class.oid, 'SELECT, INSERT, UPDATE, DELETE')
            ) AS reachable
            WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition AND NOT class.relrowsecurity AND reachable.roles IS NOT NULL
                AND class.relnamespace IN (SELECT near.relnamespace FROM pg_class AS near WHERE near.oid IN (SELECT isolated.id FROM isolated UNION SELECT membership.id FROM membership))
                AND NOT EXISTS (SELECT FROM isolated WHERE isolated.id = class.oid) AND NOT EXISTS (SELECT FROM rowkit_internal._helper_tables() AS book WHERE book.id = class.oid)
                AND NOT EXISTS (SELECT FROM pg_depend AS made
                    WHERE made.classid = 'pg_class'::regclass AND made.objid = class.oid AND made.refclassid = 'pg_extension'::regclass AND made.deptype = 'e')
                AND NOT EXISTS (SELECT FROM pg_attribute AS attribute JOIN membership ON membership.tenant_column = attribute.attname
                    JOIN pg_class AS near ON near.oid = membership.id AND near.relnamespace = class.relnamespace
                    WHERE attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped)
            UNION ALL
            SELECT 'error', sealed.id::regclass::text, 'rows can move to another tenant: the trigger guard_tenant is missing', rowkit_internal._repair(sealed.id, 'tenant_select')
            FROM sealed
            WHERE sealed.policy = 'tenant_select' AND NOT EXISTS (SELECT FROM guarded WHERE guarded.id = sealed.id)
            UNION ALL
            SELECT 'warning', guarded.id::regclass::text, format('column %I can be NULL', guarded.tenant_column),
                format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', rowkit_internal._quoted_name(guarded.id), guarded.tenant_column)
            FROM guarded
            JOIN pg_attribute AS attribute ON attribute.attrelid = guarded.id AND attribute.attname = guarded.tenant_column AND NOT attribute.attnotnull
            UNION ALL
            SELECT 'warning', guarded.id::regclass::text, format('no index begins with %I', guarded.tenant_column), format('CREATE INDEX ON %s (%I)', rowkit_internal._quoted_name(guarded.id), guarded.tenant_column)
            FROM guarded WHERE guarded.commands <> '' AND NOT rowkit_internal._has_leading_index(guarded.id, guarded.tenant_column)
            UNION ALL
            SELECT 'error', isolated.id::regclass::text, format('view %s reads it with its owner''s rights', reader.id::regclass), format('ALTER VIEW %s SET (security_invoker = true)', rowkit_internal._quoted_name(reader.id))
            FROM isolated
            CROSS JOIN LATERAL rowkit_internal._readers(isolated.id) AS reader
            WHERE reader.kind = 'v' AND reader.is_direct AND NOT reader.is_invoker
            UNION ALL
            -- Whoever asks a view that asks with their rights needs a right on the copy itself.
            SELECT 'error', isolated.id::regclass::text, format('%s holds a copy of its rows, and %s may read it', reader.id, readable.roles),
                format('REVOKE SELECT ON %s FROM %s', rowkit_internal._quoted_name(reader.id), readable.roles)
            FROM isolated
            CROSS JOIN LATERAL rowkit_internal._readers(isolated.id) AS reader
            CROSS JOIN LATERAL (
                SELECT CASE WHEN bool_or(role.name = 'public') THEN 'PUBLIC' ELSE string_agg(quote_ident(role.name), ', ' ORDER BY role.name) END AS roles
                FROM (
                    SELECT 'public' AS name
                    UNION SELECT known.rolname::text FROM pg_roles AS known WHERE known.rolname IN ('anon', 'authenticated')
                    UNION SELECT known.rolname::text
                    FROM sealed
                    JOIN pg_policy AS rule ON rule.polrelid = sealed.id AND rule.polname = sealed.policy AND sealed.policy !~ '_service$'
                    JOIN pg_roles AS known ON known.oid = ANY (rule.polroles)
                    WHERE sealed.id = isolated.id
                ) AS role
                WHERE has_any_column_privilege(role.name, reader.id, 'SELECT')
            ) AS readable
            WHERE reader.is_copy AND NOT reader.is_invoker AND readable.roles IS NOT NULL
            UNION ALL
            SELECT 'error', guarded.id::regclass::text, format('foreign key %I can name another tenant''s row', rule.conname),
                format('make it hold the tenant: FOREIGN KEY (…, %I) REFERENCES %s (…, %I)', guarded.tenant_column, rowkit_internal._quoted_name(rule.confrelid), above.tenant_column)
            FROM guarded
            JOIN pg_constraint AS rule ON rule.conrelid = guarded.id AND rule.contype = 'f' AND rule.conparentid = 0
            JOIN guarded AS above ON above.id = rule.confrelid AND above.tenant_column <> 'id'
            WHERE NOT EXISTS (
                SELECT FROM pg_attribute AS attribute
                WHERE attribute.attrelid = guarded.id AND attribute.attname = guarded.tenant_column AND attribute.attnum = ANY (rule.conkey))
            UNION ALL
            -- Beside a membership or a table that is isolated, a table with its tenant column was forgotten.
            SELECT CASE WHEN class.relrowsecurity THEN 'warning' ELSE 'error' END, class.oid::regclass::text,
                CASE WHEN class.relrowsecurity THEN 'its policies were not made by rowkit: whether they isolate tenants is not known' ELSE 'it has a tenant column and is not isolated' END, CASE
                WHEN class.relrowsecurity THEN format('look at them: SELECT * FROM pg_policies WHERE schemaname = %L AND tablename = %L', class.relnamespace::regnamespace::text, class.relname)
                -- Of rowkit's own tables end users write none by hand.
                WHEN class.relname = 'audit_logs' THEN format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit_internal._quoted_name(class.oid))
                WHEN class.relname = 'api_tokens' THEN format('SELECT * FROM rowkit.enable_tenant_isolation(%L, commands => ''{select}'', read_condition => ''user_id = rowkit.current_user_id()'')',
                    rowkit_internal._quoted_name(class.oid))
                WHEN class.relname IN ('invitations', 'credit_accounts', 'credit_grants', 'credit_operations', 'credit_entries')
                    THEN format('SELECT * FROM rowkit.enable_tenant_isolation(%L, commands => ''{select}'')', rowkit_internal._quoted_name(class.oid))
                ELSE format('SELECT * FROM rowkit.enable_tenant_isolation(%L%s)', rowkit_internal._quoted_name(class.oid), coalesce(', write_role => ' || quote_literal(home.write_role), '')) END
            FROM pg_class AS class
            JOIN (
                SELECT near.relnamespace, membership.tenant_column, min(membership.write_role) AS write_role
                FROM membership JOIN pg_class AS near ON near.oid = membership.id
                GROUP BY near.relnamespace, membership.tenant_column
            ) AS home
                ON home.relnamespace = class.relnamespace
            JOIN pg_attribute AS attribute
                ON attribute.attrelid = class.oid AND attribute.attname = home.tenant_column AND attribute.attnum > 0 AND NOT attribute.attisdropped
            WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition AND NOT EXISTS (SELECT FROM isolated WHERE isolated.id = class.oid) AND class.oid NOT IN (SELECT locked.id FROM locked)
                -- Row security without a policy closes a table.
                AND NOT (class.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = class.oid))
        )
        SELECT found.severity, found.object_name, found.problem, found.remedy FROM found ORDER BY found.object_name COLLATE "C", found.problem COLLATE "C"
    $function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._audit_commands(table_name regclass, log regclass, ignore text[], redact text[], mode text, tenant_from text)
 RETURNS SETOF text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    home text;
    missing text;
    tenant text;
    arguments text;
    is_new boolean;
    tenant_column text := tenant_from;
BEGIN
    SELECT namespace.nspname INTO home
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = table_name AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't' AND NOT class.relispartition
        AND namespace.nspname <> 'information_schema' AND namespace.nspname !~ '^pg_' AND table_name IS DISTINCT FROM log;
    IF home IS NULL THEN
        RAISE EXCEPTION '% cannot be audited', coalesce(table_name::text, 'a table that is not there') USING
            ERRCODE = '42809', HINT = 'Ordinary and partitioned tables can, not views, foreign, temporary and system tables, nor the log; a partition follows its table.';
    END IF;
    PERFORM rowkit_internal._stands_alone(table_name);
    IF NOT EXISTS (SELECT FROM pg_index AS entry WHERE entry.indrelid = table_name AND entry.indisprimary) THEN
        RAISE EXCEPTION '% has no primary key', table_name USING ERRCODE = '42704', HINT = 'Events name rows by it: ALTER TABLE … ADD PRIMARY KEY.';
    ELSIF log IS NULL THEN
        RAISE EXCEPTION 'there is no audit log for %', table_name USING
            ERRCODE = '42704', HINT = format('SELECT rowkit.create_audit_log(%L) makes it; audit_logs => names another one.', home);
    ELSIF NOT has_table_privilege((SELECT class.relowner FROM pg_class AS class WHERE class.oid = table_name), log, 'INSERT') THEN
        RAISE EXCEPTION 'the owner of % has no right to fill %', table_name, log USING
            ERRCODE = '42501', HINT = format('GRANT INSERT ON %s to the owner of %s.', log, table_name);
    END IF;
    SELECT wanted.name INTO missing
    FROM (
        SELECT unnest(ignore) AS name WHERE ignore <> ARRAY['updated_at', 'updated_by']
        UNION ALL
        SELECT setting.name FROM unnest(redact) AS setting(name) WHERE rowkit_internal._redacted_column(table_name, setting.name) IS NULL
        UNION ALL
        SELECT tenant_from
    ) AS wanted
    WHERE wanted.name IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attname = wanted.name AND attribute.attnum > 0 AND NOT attribute.attisdropped)
    LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '% has no column "%"', table_name, missing USING
            ERRCODE = '42703', HINT = 'ignore, redact and tenant_from name its columns; redact takes paths into them, too: column.key.key.';
    END IF;
    -- What cannot be covered is told now, not when a secret is written.
    SELECT setting.name INTO missing
    FROM unnest(redact) AS setting(name)
    JOIN pg_attribute AS attribute ON attribute.attrelid = table_name AND attribute.attname = rowkit_internal._redacted_column(table_name, setting.name)
    WHERE (attribute.attname <> setting.name AND (setting.name ~ '[.]([.]|$)' OR NOT rowkit_internal._has_parts(attribute.atttypid)))
        OR EXISTS (SELECT FROM pg_index AS entry WHERE entry.indrelid = table_name AND entry.indisprimary AND attribute.attnum = ANY (entry.indkey::int2[]))
    LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '"%" of % cannot be redacted', missing, table_name USING
            ERRCODE = '22023', HINT = 'A path such as settings.smtp.password leads into json, jsonb and composite types; columns of the primary key name rows in the log, in clear.';
    END IF;
    -- The trigger gets the tenant column by name, even if it has the default name: a renamed column then raises an error. create_audit_log puts the log's
    -- behind the id.
    SELECT attribute.attname INTO tenant
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = log AND NOT attribute.attisdropped AND (attribute.attnum = 2 AND attribute.attname <> 'user_id' OR attribute.attname = 'organization_id')
    ORDER BY attribute.attnum
    LIMIT 1;
    IF tenant_column IS NULL THEN
        SELECT attribute.attname INTO tenant_column
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attname = tenant AND attribute.attnum > 0 AND NOT attribute.attisdropped;
    END IF;
    SELECT coalesce(string_agg(quote_literal(option.name || '=' || option.value), ', ' ORDER BY option.place, option.value), '') INTO arguments
    FROM (
        SELECT 1, 'audit_logs', CASE WHEN namespace.nspname <> home THEN namespace.nspname || '.' || class.relname ELSE nullif(class.relname::text, 'audit_logs') END
        FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.oid = log
        UNION ALL
        SELECT 2, 'mode', nullif(mode, 'diff')
        UNION ALL
        SELECT 3, 'ignore', unnest(CASE WHEN cardinality(ignore) = 0 THEN ARRAY[''] WHEN ignore <> ARRAY['updated_at', 'updated_by'] THEN ignore END)
        UNION ALL
        SELECT 4, 'redact', unnest(redact)
        UNION ALL
        SELECT 5, 'tenant', tenant
        UNION ALL
        SELECT 6, 'tenant_from', tenant_column
    ) AS option(place, name, value)
    WHERE option.value IS NOT NULL;
    is_new := NOT EXISTS (SELECT FROM pg_trigger AS held WHERE held.tgrelid = table_name AND held.tgfoid = 'rowkit.log_audit_trail()'::regprocedure);
    RETURN QUERY
        SELECT format('CREATE OR REPLACE TRIGGER %I ', 'audit_' || event.name) || format(event.rows, audited.relid::regclass)
            || format(' FOR EACH STATEMENT EXECUTE FUNCTION rowkit.log_audit_trail(%s)', arguments)
        FROM (SELECT table_name::oid AS relid UNION SELECT tree.relid FROM pg_partition_tree(table_name) AS tree) AS audited
        CROSS JOIN (VALUES
            (1, 'insert', 'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'),
            (2, 'update', 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            (3, 'delete', 'AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'),
            (4, 'truncate', 'AFTER TRUNCATE ON %s')) AS event(place, name, rows)
        ORDER BY audited.relid <> table_name, audited.relid, event.place;
    IF is_new THEN
        RETURN NEXT format('SELECT rowkit_internal._note_audit(%L, ''ENABLE'')', table_name);
    END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._soft_delete_commands(table_name regclass, hard_delete text, hide_deleted boolean, api_roles text[])
 RETURNS SETOF text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET standard_conforming_strings TO 'on'
 SET datestyle TO 'ISO'
 SET intervalstyle TO 'postgres'
 SET timezone TO 'UTC'
 SET extra_float_digits TO '1'
 SET bytea_output TO 'hex'
AS $function$
DECLARE
    home text;
    bare text;
    owner oid;
    view_name text;
    active regclass;
    shown text[];
    held text[];
    found record;
    has_deleted_at boolean;
BEGIN
    SELECT namespace.nspname, class.relname, class.relowner INTO home, bare, owner
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = table_name
        AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't' AND NOT class.relispartition
        AND namespace.nspname <> 'information_schema' AND namespace.nspname !~ '^pg_';
    IF home IS NULL OR bare IN ('deletions', 'deletion_references') THEN
        RAISE EXCEPTION '% cannot have soft delete', coalesce(table_name::text, 'a table that is not there') USING
            ERRCODE = '42809', HINT = 'Ordinary and partitioned tables can, not views, foreign, temporary and system tables; a partition follows its table.';
    END IF;
    PERFORM rowkit_internal._stands_alone(table_name);
    IF NOT EXISTS (SELECT FROM pg_index AS entry WHERE entry.indrelid = table_name AND entry.indisprimary) THEN
        RAISE EXCEPTION '% has no primary key', table_name USING ERRCODE = '42704', HINT = 'Its rows are deleted and restored by their keys: ALTER TABLE … ADD PRIMARY KEY.';
    END IF;
    FOREACH view_name IN ARRAY ARRAY['deletions', 'deletion_references'] LOOP
        PERFORM rowkit_internal._is_helper_of(to_regclass(format('%I.%I', home, view_name)), table_name);
    END LOOP;
    SELECT true INTO has_deleted_at FROM pg_attribute AS attribute
    WHERE attribute.attrelid = table_name AND attribute.attname = 'deleted_at' AND NOT attribute.attisdropped;

    FOR found IN
        SELECT wanted.name, wanted.types, attribute.atttypid
        FROM (VALUES ('deleted_at', ARRAY['timestamptz'::regtype, 'timestamp'::regtype]), ('deleted_by', ARRAY['uuid'::regtype]), ('deletion_id', ARRAY['uuid'::regtype]))
            AS wanted(name, types)
        LEFT JOIN pg_attribute AS attribute
            ON attribute.attrelid = table_name AND attribute.attname = wanted.name AND NOT attribute.attisdropped ORDER BY wanted.name
    LOOP
        IF found.atttypid IS NULL THEN
            RETURN NEXT format('ALTER TABLE %s ADD COLUMN %I %s', table_name, found.name, found.types[1]);
            -- disable_soft_delete() knows by the last sentence that the column is not the user's.
            RETURN NEXT format('COMMENT ON COLUMN %s.%I IS %L', table_name, found.name, CASE found.name
                WHEN 'deleted_at' THEN 'When the row was deleted softly: soft_delete() sets it, restore_deleted() clears it. NULL while the row is live.'
                WHEN 'deleted_by' THEN 'The user who deleted the row softly, by the claims. NULL while the row is live, and when a service without claims deleted it.'
                ELSE 'The soft delete that took the row: id in deletions. NULL while the row is live.' END || ' Made by rowkit.enable_soft_delete.');
        ELSIF found.atttypid::regtype <> ALL (found.types) THEN
            RAISE EXCEPTION 'column % of % must be of type %, not %', found.name, table_name, found.types[1], found.atttypid::regtype
                USING ERRCODE = '42804', HINT = 'Rename it, or ALTER COLUMN … TYPE.';
        END IF;
    END LOOP;

    IF to_regclass(format('%I.deletions', home)) IS NULL THEN
        RETURN NEXT format(
            'CREATE TABLE %1$I.deletions (id uuid PRIMARY KEY, table_name text NOT NULL, record_keys jsonb NOT NULL, deleted_by uuid, reason text, '
            'counts jsonb NOT NULL, is_on_hold boolean NOT NULL DEFAULT false, deleted_at timestamptz NOT NULL DEFAULT now(), restored_at timestamptz, '
            'purged_at timestamptz, purged_rows bigint NOT NULL DEFAULT 0)', home);
        RETURN NEXT format('COMMENT ON TABLE %I.deletions IS %L', home,
            'One row a soft delete: the root and its keys, actor, reason, rows taken from each table, is_on_hold (neither purged nor erased), progress of the purge.');
        RETURN NEXT format('SELECT rowkit_internal._comment_columns(%L, rowkit_internal._own_comments(''deletions''))', format('%I.deletions', home));
        RETURN NEXT format('SELECT rowkit_internal._close_helper_table(%L)', format('%I.deletions', home));
        IF owner <> quote_ident(current_user)::regrole THEN
            RETURN NEXT format('ALTER TABLE %I.deletions OWNER TO %I', home, pg_get_userbyid(owner));
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = format('%I.deletions', home)::regclass AND attribute.attname = 'record_keys' AND NOT attribute.attisdropped
    ) THEN
        RAISE EXCEPTION 'schema % has another table deletions', home USING ERRCODE = '42P07', HINT = 'rowkit writes deletions down in a table of that name: rename yours.';
    END IF;
    IF to_regclass(format('%I.deletion_references', home)) IS NULL THEN
        RETURN NEXT format(
            'CREATE TABLE %1$I.deletion_references (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), deletion_id uuid NOT NULL REFERENCES %1$I.deletions ON DELETE CASCADE, table_name text NOT NULL, '
            'foreign_key text NOT NULL, record_key jsonb NOT NULL, held jsonb NOT NULL, left_as jsonb NOT NULL)', home);
        RETURN NEXT format('COMMENT ON TABLE %I.deletion_references IS %L', home, 'References that gave way to a deletion (ON DELETE SET NULL, SET DEFAULT), for its restore.');
        RETURN NEXT format('SELECT rowkit_internal._comment_columns(%L, rowkit_internal._own_comments(''deletion_references''))', format('%I.deletion_references', home));
        RETURN NEXT format('CREATE INDEX ON %I.deletion_references (deletion_id)', home);
        RETURN NEXT format('SELECT rowkit_internal._close_helper_table(%L)', format('%I.deletion_references', home));
        IF owner <> quote_ident(current_user)::regrole THEN
            RETURN NEXT format('ALTER TABLE %I.deletion_references OWNER TO %I', home, pg_get_userbyid(owner));
        END IF;
    -- A publication of UPDATE and DELETE wants a key.
    ELSIF NOT EXISTS (
        SELECT FROM pg_index AS entry WHERE entry.indrelid = format('%I.deletion_references', home)::regclass AND entry.indisprimary)
    THEN
        RETURN NEXT format('ALTER TABLE %I.deletion_references ADD COLUMN id uuid PRIMARY KEY DEFAULT gen_random_uuid()', home);
    END IF;

    -- What other hands deleted before: each row is a deletion of its own.
    IF has_deleted_at AND NOT EXISTS (
        SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure
    ) THEN
        PERFORM rowkit_internal._require_own(table_name);
        RETURN NEXT format(
            'WITH marked AS (UPDATE %1$s AS held SET deletion_id = rowkit.uuidv7() WHERE held.deleted_at IS NOT NULL AND held.deletion_id IS NULL '
            'RETURNING held.deletion_id, held.deleted_by, held.deleted_at, to_jsonb(held) AS row_data) '
            'INSERT INTO %2$I.deletions (id, table_name, record_keys, deleted_by, reason, counts, deleted_at) '
            'SELECT marked.deletion_id, %3$L, jsonb_build_array(jsonb_build_object(%4$s)), marked.deleted_by, %5$L, jsonb_build_object(%3$L, 1), marked.deleted_at FROM marked',
            table_name, home, bare, (SELECT string_agg(format('%1$L, marked.row_data -> %1$L', part), ', ') FROM unnest(rowkit_internal._key_columns(table_name)) AS part),
            'deleted before rowkit.enable_soft_delete');
    END IF;

    -- What is there already is known by what it is: the table may have another name now.
    IF rowkit_internal._deletion_check(table_name) IS NULL THEN
        RETURN NEXT format('ALTER TABLE %s ADD CONSTRAINT %I CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))',
            table_name, rowkit_internal._fitting_name(bare, '_deletion_check'));
    END IF;
    IF rowkit_internal._deletion_index(table_name) IS NULL THEN
        RETURN NEXT format('CREATE INDEX ON %s (deletion_id) WHERE deletion_id IS NOT NULL', table_name);
    END IF;

    -- A cascade looks for children by their foreign keys.
    FOR found IN
        SELECT foreign_key.conname, part.names
        FROM pg_constraint AS foreign_key
        CROSS JOIN LATERAL (
            SELECT string_agg(quote_ident(attribute.attname), ', ' ORDER BY pair.place) AS names
            FROM unnest(foreign_key.conkey) WITH ORDINALITY AS pair(number, place)
            JOIN pg_attribute AS attribute ON attribute.attrelid = foreign_key.conrelid AND attribute.attnum = pair.number
        ) AS part
        WHERE foreign_key.conrelid = table_name AND foreign_key.contype = 'f' AND foreign_key.conparentid = 0
            -- An index serves that holds all of the key's values, and begins with its columns or with one that chooses the parent alone, such as its id
            -- beside the tenant.
            AND NOT EXISTS (
                SELECT FROM pg_index AS entry
                WHERE entry.indrelid = table_name
                    AND (entry.indpred IS NULL OR pg_get_expr(entry.indpred, entry.indrelid) = ANY (ARRAY(
                        SELECT format('(%I IS NOT NULL)', attribute.attname) FROM pg_attribute AS attribute
                        WHERE attribute.attrelid = table_name AND attribute.attnum = ANY (foreign_key.conkey))))
                    AND ((entry.indkey::int2[])[0:cardinality(foreign_key.conkey) - 1] @> foreign_key.conkey
                        OR EXISTS (
                            SELECT FROM unnest(foreign_key.conkey, foreign_key.confkey) AS pair(child, parent)
                            JOIN pg_index AS own ON own.indrelid = foreign_key.confrelid AND own.indisunique AND own.indpred IS NULL
                                AND own.indnkeyatts = 1 AND own.indkey[0] = pair.parent
                            WHERE pair.child = entry.indkey[0])))
        ORDER BY foreign_key.conname
    LOOP
        RETURN NEXT format('CREATE INDEX ON %s (%s)', table_name, found.names);
    END LOOP;

    -- A deleted row's unique values are free: the index covers live rows only.
    FOR found IN
        SELECT
            index_relation.relname AS name, rule.conname, timed.is_exclusion,
            CASE
                WHEN timed.is_exclusion THEN format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', table_name, rule.conname,
                    CASE
                        WHEN rule.contype = 'u' THEN format('EXCLUDE %s WHERE (deleted_at IS NULL)', rowkit_internal._index_columns(entry.indexrelid, excluding => true))
                        WHEN entry.indpred IS NULL THEN timed.body || ' WHERE (deleted_at IS NULL)'
                        ELSE left(timed.body, -1) || ' AND (deleted_at IS NULL))'
                    END, timed.timing)
                WHEN entry.indpred IS NULL THEN rowkit_internal._index_definition(entry.indexrelid) || ' WHERE (deleted_at IS NULL)'
                ELSE rowkit_internal._index_definition(entry.indexrelid) || ' AND (deleted_at IS NULL)'
            END AS definition,
            CASE
                WHEN rule.contype = 'x' THEN 'an exclusion constraint'
                WHEN timed.is_exclusion THEN 'a deferrable unique constraint'
                WHEN rule.contype = 'u' THEN 'a unique constraint'
                ELSE 'a unique index'
            END AS before
        FROM pg_index AS entry
        JOIN pg_class AS index_relation ON index_relation.oid = entry.indexrelid
        LEFT JOIN pg_constraint AS rule ON rule.conindid = entry.indexrelid AND rule.contype IN ('u', 'x')
        -- What waits for the end of the transaction cannot be a partial unique index, but an exclusion by equality can be both.
        CROSS JOIN LATERAL (
            SELECT coalesce(rule.contype = 'x' OR rule.condeferrable, false) AS is_exclusion, told.body, told.timing FROM rowkit_internal._timed_rule(rule.oid) AS told
        ) AS timed
        WHERE entry.indrelid = table_name AND (entry.indisunique OR entry.indisexclusion) AND NOT entry.indisprimary AND NOT entry.indisreplident
            AND NOT (rule.contype IS NOT DISTINCT FROM 'u' AND (entry.indisexclusion
                OR (rule.condeferrable AND (index_relation.relkind = 'I' OR coalesce((to_jsonb(entry) ->> 'indnullsnotdistinct')::boolean, false)))))
            AND coalesce(pg_get_expr(entry.indpred, entry.indrelid), '') !~ '\mdeleted_at\M'
            AND NOT EXISTS (SELECT FROM pg_constraint AS referring WHERE referring.conindid = entry.indexrelid AND referring.contype = 'f')
            -- A key that holds the primary key is never taken by another row.
            AND NOT EXISTS (
                SELECT FROM pg_index AS primary_key
                WHERE primary_key.indrelid = table_name AND primary_key.indisprimary AND entry.indisunique AND entry.indkey::int2[] @> primary_key.indkey::int2[])
        ORDER BY 1
    LOOP
        IF found.conname IS NULL THEN
            RETURN NEXT format('DROP INDEX %I.%I', home, found.name);
        ELSE
            RETURN NEXT format('ALTER TABLE %s DROP CONSTRAINT %I', table_name, found.conname);
        END IF;
        RETURN NEXT found.definition;
        RETURN NEXT format('COMMENT ON %s IS %L',
            CASE WHEN found.is_exclusion THEN format('CONSTRAINT %I ON %s', found.conname, table_name) ELSE format('INDEX %I.%I', home, found.name) END,
            format('Made partial by rowkit.enable_soft_delete; it was %s.', found.before));
    END LOOP;

    active := rowkit_internal._active_view(table_name);
    view_name := coalesce(active::text, format('%I.%I', home, rowkit_internal._fitting_name(bare, '_active')));
    IF active IS NULL AND to_regclass(view_name) IS NOT NULL THEN
        RAISE EXCEPTION '% is something else than the view of live rows of %', view_name, table_name USING
            ERRCODE = '42P07', HINT = 'enable_soft_delete makes a view of that name: rename what has it.';
    END IF;
    shown := ARRAY(
        SELECT attribute.attname || ' ' || format_type(attribute.atttypid, attribute.atttypmod)
        FROM pg_attribute AS attribute WHERE attribute.attrelid = active AND attribute.attnum > 0 AND NOT attribute.attisdropped ORDER BY attribute.attnum);
    held := ARRAY(
        SELECT attribute.attname || ' ' || format_type(attribute.atttypid, attribute.atttypmod)
        FROM pg_attribute AS attribute WHERE attribute.attrelid = table_name AND attribute.attnum > 0 AND NOT attribute.attisdropped ORDER BY attribute.attnum);
    IF has_deleted_at IS NULL OR shown <> held THEN
        -- A view can get further columns; with others it is made anew, and keeps its grants.
        IF active IS NOT NULL AND shown <> held[:cardinality(shown)] THEN
            PERFORM rowkit_internal._refuse_dependents(active, table_name, NULL);
            RETURN NEXT format('DROP VIEW %s', view_name);
        END IF;
        RETURN QUERY SELECT made.command FROM rowkit_internal._active_view_commands(
            table_name, view_name, (SELECT class.relacl FROM pg_class AS class WHERE class.oid = coalesce(active, table_name))) AS made(command);
    -- DROP EXTENSION CASCADE takes it from a view that stays.
    ELSIF NOT EXISTS (
        SELECT FROM pg_trigger AS fired WHERE fired.tgrelid = active AND fired.tgname = 'soft_delete_row')
    THEN
        RETURN NEXT format('CREATE OR REPLACE TRIGGER soft_delete_row INSTEAD OF DELETE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.soft_delete_row()', view_name);
    END IF;

    FOR found IN
        SELECT event.name FROM (VALUES ('insert'), ('update')) AS event(name)
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgname = 'guard_soft_delete_' || event.name)
    LOOP
        RETURN NEXT format('CREATE TRIGGER guard_soft_delete_%s AFTER %s ON %s FOR EACH ROW %sEXECUTE FUNCTION rowkit.guard_soft_delete()',
            found.name, upper(found.name), table_name,
            CASE found.name WHEN 'update' THEN 'WHEN (NOT rowkit._is_own_mark(OLD.deletion_id, NEW.deletion_id)) ' ELSE '' END);
    END LOOP;
    IF (SELECT class.relkind FROM pg_class AS class WHERE class.oid = table_name) = 'p'
        AND NOT EXISTS (SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgname = 'guard_soft_delete_move')
    THEN
        RETURN NEXT format('CREATE TRIGGER guard_soft_delete_move BEFORE UPDATE ON %s FOR EACH ROW WHEN ('
            '(OLD.deleted_at, OLD.deletion_id) IS DISTINCT FROM (NEW.deleted_at, NEW.deletion_id) AND NOT rowkit._is_own_mark(OLD.deletion_id, NEW.deletion_id)) '
            'EXECUTE FUNCTION rowkit.guard_soft_delete()', table_name);
    END IF;
    RETURN QUERY SELECT made.command FROM rowkit_internal._hard_delete_commands(table_name, hard_delete) AS made(command);
    RETURN QUERY SELECT made.command FROM rowkit_internal._hide_deleted_commands(
        table_name, coalesce(hide_deleted, rowkit_internal._hidden_policy(table_name) IS NOT NULL), api_roles) AS made(command);
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._stands_alone(table_name regclass)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    IF EXISTS (
        SELECT FROM pg_inherits AS tie JOIN pg_class AS class ON class.oid = tie.inhparent WHERE class.oid = table_name AND class.relkind = 'r')
    THEN
        RAISE EXCEPTION '% has tables that inherit from it', table_name USING
            ERRCODE = '0A000', HINT = 'Their rows show in it and have keys and triggers of their own: make it a partitioned table, or let each stand alone.';
    END IF;
    RETURN true;
END
$function$
;

COMMENT ON FUNCTION rowkit_internal._stands_alone(regclass) IS 'True; 0A000 for a table from which others inherit, whose rows its triggers would miss. Partitions are no such tables. Internal.';

CREATE OR REPLACE FUNCTION rowkit_internal._usage_counter_commands(table_name regclass, owner_table regclass, counter_column text, foreign_key_column text, condition text, sum_column text, limit_column text, plan_column text, plans text, mode text, slots integer, resource_type text)
 RETURNS SETOF text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    home text;
    owner_name text;
    found record;
    key text := 'id';
    arguments text;
BEGIN
    IF (SELECT count(*) FROM pg_class AS class WHERE class.oid IN (table_name, owner_table) AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't'
            AND NOT class.relispartition AND class.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))
        <> (CASE WHEN table_name = owner_table THEN 1 ELSE 2 END) OR table_name IS NULL OR owner_table IS NULL
    THEN
        RAISE EXCEPTION 'a usage counter needs two tables' USING
            ERRCODE = '42809', HINT = 'Ordinary and partitioned tables can be counted and hold counters, not views, foreign, temporary and system tables; a partition follows its table.';
    END IF;
    PERFORM rowkit_internal._stands_alone(table_name), rowkit_internal._stands_alone(owner_table);
    SELECT namespace.nspname, format('%I.%I', namespace.nspname, class.relname) INTO home, owner_name
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = owner_table;
    IF foreign_key_column IS NULL THEN
        SELECT count(*) AS keys, min(child.attname) AS child, min(parent.attname) AS parent INTO found
        FROM pg_constraint AS rule
        JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = rule.conkey[cardinality(rule.conkey)]
        JOIN pg_attribute AS parent ON parent.attrelid = rule.confrelid AND parent.attnum = rule.confkey[cardinality(rule.confkey)]
        WHERE rule.conrelid = table_name AND rule.confrelid = owner_table AND rule.contype = 'f' AND cardinality(rule.conkey) = 1;
        IF found.keys <> 1 THEN
            RAISE EXCEPTION '% has % foreign keys to %', table_name, found.keys, owner_table USING
                ERRCODE = '42704', HINT = 'Name the column that refers to the owner: foreign_key_column => ''account_id''.';
        END IF;
        foreign_key_column := found.child;
        key := found.parent;
    ELSE
        -- What it refers to; id where no foreign key says.
        SELECT coalesce(min(parent.attname::text), key) INTO key
        FROM (
            SELECT rule.confkey[array_position(rule.conkey, child.attnum)] AS number
            FROM pg_constraint AS rule JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = ANY (rule.conkey)
            WHERE rule.conrelid = table_name AND rule.confrelid = owner_table AND rule.contype = 'f' AND child.attname = foreign_key_column
            ORDER BY cardinality(rule.conkey), rule.conname
            LIMIT 1) AS referred
        JOIN pg_attribute AS parent ON parent.attrelid = owner_table AND parent.attnum = referred.number;
    END IF;
    IF limit_column IS NULL AND plans IS NULL THEN
        SELECT attribute.attname INTO limit_column FROM pg_attribute AS attribute
        WHERE attribute.attrelid = owner_table AND attribute.attname ~ '^max_' AND NOT attribute.attisdropped
            AND rowkit_internal._usage_resource(attribute.attname) = rowkit_internal._usage_resource(counter_column);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = owner_table AND attribute.attname = counter_column AND NOT attribute.attisdropped) THEN
        RETURN NEXT format('ALTER TABLE %s ADD COLUMN %I bigint NOT NULL DEFAULT 0', owner_name, counter_column);
        RETURN NEXT format('COMMENT ON COLUMN %s.%I IS %L', owner_name, counter_column,
            format('%s in %s that name this row by %s. Triggers there keep it; nobody else writes it.', CASE WHEN sum_column IS NULL THEN 'The number of rows'
                ELSE format('The sum of %s of the rows', sum_column) END, (SELECT class.relname FROM pg_class AS class WHERE class.oid = table_name), foreign_key_column));
    END IF;
    FOR found IN
        SELECT column_of.relation, attribute.attname, attribute.atttypid::regtype AS type
        FROM (VALUES (owner_table, counter_column), (table_name, sum_column)) AS column_of(relation, name)
        JOIN pg_attribute AS attribute ON attribute.attrelid = column_of.relation AND attribute.attname = column_of.name AND NOT attribute.attisdropped
        WHERE attribute.atttypid NOT IN ('int4'::regtype, 'int8'::regtype) AND (column_of.name = counter_column OR attribute.atttypid <> 'int2'::regtype)
    LOOP
        RAISE EXCEPTION 'column % of % must be of type integer or bigint, not %', found.attname, found.relation, found.type
            USING ERRCODE = '42804', HINT = 'Keep sizes and money in their smallest unit.';
    END LOOP;
    -- A counter is kept with the rights of one owner.
    PERFORM rowkit_internal._is_helper_of(owner_table, table_name);
    IF mode = 'sharded' AND NOT rowkit_internal._is_helper_of(to_regclass(format('%I.usage_slots', home)), owner_table) THEN
        RETURN NEXT format(
            'CREATE TABLE %I.usage_slots (counter text, owner_key text, slot integer, used bigint NOT NULL, room bigint, capacity bigint, '
            'PRIMARY KEY (counter, owner_key, slot)) WITH (fillfactor = 30)', home);
        RETURN NEXT format('COMMENT ON TABLE %I.usage_slots IS %L', home,
            'The slots of sharded usage counters: what was counted in each, its share of what the limit allows, and that limit. rowkit''s own.');
        RETURN NEXT format('SELECT rowkit_internal._comment_columns(%L, rowkit_internal._own_comments(''usage_slots''))', format('%I.usage_slots', home));
        RETURN NEXT format('SELECT rowkit_internal._close_helper_table(%L)', format('%I.usage_slots', home));
        IF EXISTS (SELECT FROM pg_class AS class WHERE class.oid = owner_table AND class.relowner <> quote_ident(current_user)::regrole) THEN
            RETURN NEXT format('ALTER TABLE %I.usage_slots OWNER TO %I', home, (SELECT pg_get_userbyid(class.relowner) FROM pg_class AS class WHERE class.oid = owner_table));
        END IF;
    END IF;
    -- The trigger's options, as maintain_usage_counter takes them.
    arguments := format('%L, %L, %L', CASE WHEN home = (
            SELECT namespace.nspname FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace WHERE class.oid = table_name)
        THEN (SELECT class.relname::text FROM pg_class AS class WHERE class.oid = owner_table)
        ELSE home || '.' || (SELECT class.relname FROM pg_class AS class WHERE class.oid = owner_table) END, foreign_key_column, counter_column);
    SELECT arguments || coalesce(string_agg(format(', %L', option.name || '=' || option.value), '' ORDER BY option.place), '') INTO arguments
    FROM (VALUES
        (1, 'key', nullif(key, 'id')), (2, 'resource_type', resource_type), (3, 'where', condition), (4, 'sum', sum_column), (5, 'limit', nullif(limit_column, '')),
        (6, 'plan', plan_column), (7, 'plans', plans), (8, 'mode', nullif(mode, 'immediate')), (9, 'slots', CASE WHEN mode = 'sharded' THEN slots::text END)
    ) AS option(place, name, value)
    WHERE option.value IS NOT NULL;
    -- Nobody whom row security holds writes what is counted: the rows do. A new owner has none yet, whatever is given.
    RETURN NEXT format(
        'CREATE OR REPLACE TRIGGER %1$I BEFORE INSERT ON %2$s FOR EACH ROW WHEN (NEW.%3$I IS DISTINCT FROM 0 AND row_security_active(%2$L::regclass)) '
        'EXECUTE FUNCTION rowkit.guard_usage_counter(%4$L)',
        rowkit_internal._counter_trigger(counter_column, 'begin'), owner_name, counter_column, counter_column);
    RETURN NEXT format(
        'CREATE OR REPLACE TRIGGER %1$I AFTER INSERT ON %2$s FOR EACH ROW %5$sEXECUTE FUNCTION rowkit.keep_usage_counter(%4$L)',
        rowkit_internal._counter_trigger(counter_column, 'start'), owner_name, counter_column, counter_column,
        -- Slots of an owner that had the key before may still be there.
        CASE WHEN mode = 'immediate' THEN format('WHEN (NEW.%I IS DISTINCT FROM 0) ', counter_column) ELSE '' END);
    RETURN NEXT format(
        'CREATE OR REPLACE TRIGGER %1$I BEFORE UPDATE ON %2$s FOR EACH ROW WHEN (NEW.%3$I IS DISTINCT FROM OLD.%3$I AND row_security_active(%2$L::regclass)) '
        'EXECUTE FUNCTION rowkit.guard_usage_counter(%4$L)',
        rowkit_internal._counter_trigger(counter_column, 'guard'), owner_name, counter_column, counter_column);
    -- A new key counts what refers to it. Types of extensions are compared as text, as their operators are not on this search_path.
    FOR found IN
        SELECT format(CASE WHEN type.typnamespace = 'pg_catalog'::regnamespace THEN 'NEW.%1$I IS DISTINCT FROM OLD.%1$I' ELSE 'NEW.%1$I::text IS DISTINCT FROM OLD.%1$I::text' END, key) AS changes
        FROM pg_attribute AS attribute JOIN pg_type AS type ON type.oid = attribute.atttypid
        WHERE attribute.attrelid = owner_table AND attribute.attname = key AND NOT attribute.attisdropped
    LOOP
        RETURN NEXT format(
            'CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION rowkit.keep_usage_counter(%L)',
            rowkit_internal._counter_trigger(counter_column, 'key'), owner_name, found.changes, counter_column);
    END LOOP;
    FOR found IN
        SELECT counted.relid AS relation, event.name, event.rows
        FROM (SELECT table_name AS relid UNION SELECT tree.relid FROM pg_partition_tree(table_name) AS tree) AS counted
        CROSS JOIN (VALUES
            (1, 'insert', 'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'),
            (2, 'update', 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            (3, 'delete', 'AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'),
            (4, 'truncate', 'BEFORE TRUNCATE ON %s')) AS event(place, name, rows)
        ORDER BY counted.relid <> table_name, counted.relid, event.place
    LOOP
        RETURN NEXT format('CREATE OR REPLACE TRIGGER %I ', rowkit_internal._counter_trigger(counter_column, found.name)) || format(found.rows, found.relation)
            || format(' FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter(%s)', arguments);
    END LOOP;
    -- What was in slots until now goes into the counter.
    IF mode = 'immediate' AND to_regclass(format('%I.usage_slots', home)) IS NOT NULL AND EXISTS (
        SELECT FROM pg_trigger AS former
        CROSS JOIN LATERAL rowkit_internal._trigger_arguments(former.tgargs, former.tgnargs) AS given(arguments)
        WHERE former.tgrelid = table_name AND former.tgfoid = 'rowkit.maintain_usage_counter'::regproc
            AND given.arguments @> ARRAY[counter_column, 'mode=sharded'])
    THEN
        PERFORM rowkit_internal._require_own(owner_table);
        PERFORM rowkit_internal._is_helper_of(to_regclass(format('%I.usage_slots', home)), owner_table);
        RETURN NEXT format(
            'WITH gone AS (DELETE FROM %1$I.usage_slots WHERE counter = %2$L RETURNING owner_key, used) '
            'UPDATE %3$s AS owner SET %4$I = coalesce(owner.%4$I, 0) + part.used FROM (SELECT owner_key, sum(used) AS used FROM gone GROUP BY owner_key) AS part '
            'WHERE owner.%5$I::text = part.owner_key', home,
            -- As rowkit names the counter in its slots: quoted where need be.
            (SELECT quote_ident(class.relname) FROM pg_class AS class WHERE class.oid = owner_table) || '.' || quote_ident(counter_column), owner_name, counter_column, key);
    END IF;
    RETURN NEXT format('SELECT rowkit_internal._sync_usage(NULL, %L, %L)', owner_name, counter_column);
END
$function$
;


COMMENT ON FUNCTION rowkit.row_history(regclass,text) IS 'The events of the row that has this key, or had it last, the oldest first, across changes of its key: action is INSERT, UPDATE, DELETE, SOFT_DELETE, RESTORE, TRUNCATE or IMPORT (without values of a new record); record_key the key after it; transaction the uuid for undo_transaction; in an UPDATE old_data and new_data hold the changed columns (all with mode full). With the caller''s rights on the log. A composite key is a JSON object. A WARNING tells of events under a name that no table has, as after ALTER TABLE … RENAME: rebind_audit_events() takes them along. STABLE. table_name is the audited table. record_key is the primary key of the row as text, a composite one as a JSON object. created_at is when it happened. user_id is the user of the claims, NULL for a service. transaction_id is the number of the transaction. ip_address is the client''s address. database_role is the role that did it.';

-- What waits for COMMIT is checked by a deferred constraint trigger, which the server fires where code of table owners may still run. A row that is put in here and removed at once
-- queues it. The table is unlogged: it never holds a row for longer.
CREATE FUNCTION rowkit_internal._check_at_commit() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'check_at_commit_wrapper';
REVOKE EXECUTE ON FUNCTION rowkit_internal._check_at_commit() FROM PUBLIC;
COMMENT ON FUNCTION rowkit_internal._check_at_commit() IS
'Trigger, AFTER INSERT FOR EACH ROW, deferred, on checks_at_commit: refuses a transaction that leaves live rows which refer to deleted ones (23503). Internal.';
CREATE UNLOGGED TABLE rowkit_internal.checks_at_commit ();
COMMENT ON TABLE rowkit_internal.checks_at_commit IS 'Always empty: rowkit puts a row in and removes it, so that the server fires check_at_commit before COMMIT. Internal.';
CREATE CONSTRAINT TRIGGER check_at_commit AFTER INSERT ON rowkit_internal.checks_at_commit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rowkit_internal._check_at_commit();
ALTER TABLE rowkit_internal.checks_at_commit ENABLE ALWAYS TRIGGER check_at_commit;

-- Nor does anybody write to a table of rowkit's own.
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT DISTINCT class.oid::regclass AS relation, CASE WHEN entry.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'PUBLIC' ELSE entry.grantee::regrole::text END AS role
        FROM pg_catalog.pg_class AS class
        CROSS JOIN LATERAL pg_catalog.aclexplode(class.relacl) AS entry
        WHERE class.oid OPERATOR(pg_catalog.=) 'rowkit_internal.checks_at_commit'::regclass AND entry.grantee OPERATOR(pg_catalog.<>) class.relowner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', held.relation, held.role);
    END LOOP;
END
$$;
