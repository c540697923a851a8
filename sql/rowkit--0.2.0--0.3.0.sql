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

COMMENT ON FUNCTION rowkit.deleted_records_summary() IS 'For each table with soft delete that the caller may read: live rows, deleted rows and their share in percent. All rows of a table whose owner''s rights the caller has, counted as that owner (of untrusted owners last, all together in at most half of statement_timeout or 10 seconds); of others those that row security lets the caller see. Reading a table runs its owner''s policies with the caller''s rights: only tables of superusers, of the database''s owner and of the owners of schemas on the search_path are read so, and a NOTICE tells how many others were left out. A table that cannot be counted is reported in a WARNING. STABLE. table_name is the table. active_count is how many rows are live. deleted_count is how many are deleted. deleted_percentage is the share of the deleted.';

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
CREATE OR REPLACE FUNCTION rowkit.disable_soft_delete(table_name regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET standard_conforming_strings TO 'on'
AS $function$
DECLARE
    home text;
    has_deleted boolean;
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
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
$function$
;

CREATE OR REPLACE FUNCTION rowkit.enable_search(table_name regclass, fields text[], search_column text DEFAULT 'search_vector'::text, dictionary text DEFAULT 'english_stem'::text, aggressive boolean DEFAULT false, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
DECLARE
    is_changed boolean := false;
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
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
CREATE FUNCTION rowkit_internal._family(named regclass) RETURNS SETOF oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH RECURSIVE family AS (
            SELECT named::oid AS id
            UNION
            SELECT beside.id
            FROM family
            CROSS JOIN LATERAL (
                SELECT above.inhparent FROM pg_inherits AS above WHERE above.inhrelid = family.id
                UNION ALL
                SELECT below.inhrelid FROM pg_inherits AS below WHERE below.inhparent = family.id
            ) AS beside(id)
        )
        SELECT family.id FROM family
    $$;
COMMENT ON FUNCTION rowkit_internal._family(regclass) IS
'A relation, with its parents, partitions and children, and theirs: what is done to one can run code of all. STABLE. Internal.';

CREATE OR REPLACE FUNCTION rowkit_internal._require_own(named regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
DECLARE
    strange record;
BEGIN
    -- Who lacks the rights of the named table's owner gets the server's own error. Of a partition the server asks for no rights.
    SELECT class.oid::regclass AS relation, owner.rolname AS owner INTO strange
    FROM rowkit_internal._family(named) AS family(id)
    JOIN pg_class AS class ON class.oid = family.id
    JOIN pg_roles AS owner ON owner.oid = class.relowner
    JOIN pg_roles AS caller ON caller.rolname = current_user
    WHERE owner.oid <> caller.oid AND NOT owner.rolsuper AND (class.oid <> named OR pg_has_role(owner.oid, 'USAGE'))
        AND (caller.rolsuper OR NOT rowkit_internal._is_trusted_owner(owner.oid))
    ORDER BY family.id <> named, family.id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% belongs to %', strange.relation, quote_ident(strange.owner) USING
            ERRCODE = '42501', HINT = format('Its triggers, policies and types would run with your rights: SET ROLE %I first.', strange.owner);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._require_own(regclass) IS
'Raises 42501 for a table of another role whose rights the caller has, as a superuser has, and for one that has a parent, partition or child of another role: the work would run that role''s code with the caller''s rights. '
'A superuser''s own tables, and for others those of a trusted role, pass. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._require_owner(named regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
DECLARE
    strange record;
BEGIN
    -- DDL evaluates expressions of all of them: the partition key of each, and what its indexes and constraints are made of.
    SELECT class.oid::regclass AS relation, owner.rolname AS owner INTO strange
    FROM rowkit_internal._family(named) AS family(id)
    JOIN pg_class AS class ON class.oid = family.id
    JOIN pg_roles AS owner ON owner.oid = class.relowner
    JOIN pg_roles AS caller ON caller.rolname = current_user
    WHERE owner.oid <> caller.oid AND NOT owner.rolsuper AND (caller.rolsuper OR NOT rowkit_internal._is_trusted_owner(owner.oid))
    ORDER BY family.id <> named, family.id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% belongs to %', strange.relation, quote_ident(strange.owner) USING
            ERRCODE = '42501', HINT = format('Code of its owner would run with your rights or in your session: let %1$I call this. If you trust that role with your rights, SET ROLE %1$I first.', strange.owner);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._require_owner(regclass) IS
'What a function that sets a table up or takes that back does first. Raises 42501 unless the caller owns the relation, and its parents, partitions and children, or their owner is one whose code the caller may run: a '
'superuser, and for callers who are no superusers another trusted role. A superuser and a member of the owner get the error, too: DDL runs functions of the table''s indexes, constraints and '
'partition key, as the caller or as the owner within the caller''s session, where what they create, such as a type in pg_temp, stays. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._stands_by_itself(named regclass)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
        SELECT class.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_inherits AS above WHERE above.inhrelid = class.oid)
            AND NOT EXISTS (SELECT FROM pg_inherits AS below WHERE below.inhparent = class.oid)
        FROM pg_class AS class
        WHERE class.oid = named
    $function$
;

COMMENT ON FUNCTION rowkit_internal._stands_by_itself(regclass) IS 'Whether a relation is an ordinary table without parents, partitions and children. Making or dropping a trigger without a condition on one evaluates nothing that its owner wrote. NULL for none. STABLE. Internal.';

CREATE OR REPLACE FUNCTION rowkit.create_audit_log(schema_name text DEFAULT "current_schema"(), tenant_column text DEFAULT NULL::text, tenant_type regtype DEFAULT 'uuid'::regtype, parts_schema text DEFAULT NULL::text, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
DECLARE
    home CONSTANT regnamespace := to_regnamespace(quote_ident(schema_name));
    log CONSTANT text := format('%I.audit_logs', schema_name);
    parts_home text := coalesce(parts_schema, rowkit_internal._fitting_name(schema_name, '_parts'));
    tenant CONSTANT text := nullif(coalesce(tenant_column, rowkit_internal._tenant_column_of(home)), '');
BEGIN
    IF home IS NULL THEN
        RAISE EXCEPTION 'there is no schema %', coalesce(left(schema_name, 100), 'without a name') USING ERRCODE = '3F000', HINT = 'Name the schema of your tables.';
    ELSIF to_regclass(log) IS NOT NULL THEN
        PERFORM rowkit_internal._refuse_planted(to_regclass(log));
        PERFORM rowkit_internal._require_owner(to_regclass(log));
        IF NOT EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = to_regclass(log) AND attribute.attname = 'transaction' AND NOT attribute.attisdropped) THEN
            command := format('ALTER TABLE %s ADD COLUMN transaction uuid', log);
            SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
            IF NOT dry_run THEN
                EXECUTE command;
                PERFORM rowkit_internal._comment_columns(to_regclass(log), rowkit_internal._own_comments('audit_logs'));
            END IF;
            RETURN NEXT;
        END IF;
        RETURN;
    -- Events that lost their tenant cannot get it back.
    ELSIF tenant IS NULL AND tenant_column IS NULL THEN
        RAISE EXCEPTION 'the tenant column of schema % is unknown', schema_name USING
            ERRCODE = '22023', HINT = 'No membership is registered in that schema, or several differ. Pass the column: tenant_column => ''account_id''. An empty string creates a log without tenants.';
    END IF;
    IF parts_schema IS NULL AND to_regnamespace(quote_ident(parts_home)) IS NULL AND NOT has_database_privilege(current_database(), 'CREATE') THEN
        RAISE NOTICE 'the partitions of % are in its own schema', log USING
            HINT = format('If a role that may create schemas calls this function, the partitions are in schema %I, which API servers do not expose.', parts_home);
        parts_home := schema_name;
    END IF;
    PERFORM rowkit_internal._refuse_planted_schema(parts_home, home);
    FOR command IN
        SELECT format(wanted.text, log, tenant, tenant_type, format('%I.audit_logs_default', parts_home), parts_home,
                format('Parts of %s, made by rowkit.create_audit_log: dump both schemas.', log))
        FROM (VALUES
            (1, CASE WHEN to_regnamespace(quote_ident(parts_home)) IS NULL THEN 'CREATE SCHEMA %5$I' END),
            (2, CASE WHEN to_regnamespace(quote_ident(parts_home)) IS NULL THEN 'COMMENT ON SCHEMA %5$I IS %6$L' END),
            (3, 'CREATE TABLE %1$s (id uuid NOT NULL DEFAULT gen_random_uuid(), ' || CASE WHEN tenant IS NULL THEN '' ELSE '%2$I %3$s, ' END
                || 'user_id uuid, action text NOT NULL, table_name text COLLATE "C" NOT NULL, record_id text COLLATE "C", new_record_id text COLLATE "C", record_ids text[], row_count bigint NOT NULL DEFAULT 1, '
                'old_data jsonb, new_data jsonb, deletion_id uuid, ip_address inet, database_role text, transaction uuid, transaction_id bigint, statement bigint, '
                'created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at)'),
            (4, 'COMMENT ON TABLE %1$s IS ''What was changed in audited tables: one event a row, one for each table of a soft delete (record_ids).'''),
            (5, 'CREATE TABLE %4$s PARTITION OF %1$s DEFAULT'),
            (6, 'SELECT rowkit_internal._seal_audit_log(%4$L)'),
            (7, 'SELECT rowkit_internal._seal_audit_log(%1$L)'),
            (8, 'CREATE INDEX ON %1$s (record_id, table_name, created_at)'),
            -- Few events: changed keys, batches, and those of whole tables.
            (9, 'CREATE INDEX ON %1$s (table_name, new_record_id, created_at) WHERE record_id IS NULL OR new_record_id IS NOT NULL'),
            -- Both rise as events come: a summary of each few pages finds them, and costs a write next to nothing. VACUUM makes it: with
            -- autosummarize the server logs a line for every range of pages that its queue of work has no room for.
            (10, 'CREATE INDEX ON %1$s USING brin (transaction, transaction_id) WITH (pages_per_range = 16)'),
            (11, CASE WHEN tenant IS NOT NULL THEN 'CREATE INDEX ON %1$s (%2$I, created_at)' END),
            (12, 'SELECT rowkit.create_audit_partitions(audit_logs => %1$L)'),
            (13, 'SELECT rowkit_internal._comment_columns(%1$L, rowkit_internal._own_comments(''audit_logs''))'),
            (14, CASE WHEN tenant IS NOT NULL THEN 'COMMENT ON COLUMN %1$s.%2$I IS ''The tenant of the row that was changed; NULL for events of no tenant. No foreign key: the log outlives tenants.''' END)
        ) AS wanted(place, text)
        WHERE wanted.text IS NOT NULL
        ORDER BY wanted.place
    LOOP
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.create_audit_partitions(integer,regclass,boolean) IS 'Creates the log''s parts of this month (UTC) and of so many to come, and of months whose events came before their part was there, and returns the commands that it ran (or, dry_run, would run). Run twice, late or never: events find a place. 22023 for what is no log, 42704 without a table audit_logs on the search_path. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM create_audit_partitions(6). months_ahead is for how many months after this one parts are made. audit_logs is the log, by default audit_logs on the search_path. kind is what sort of object the statement is about. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.create_usage_summary_view(table_name regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
-- PL/pgSQL: which counters there are is known only at run time.
DECLARE
    view_name text;
    commands text[];
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    SELECT
        format(
            'CREATE OR REPLACE VIEW %I.%I%s AS SELECT %s FROM %s AS a CROSS JOIN LATERAL (SELECT %s FROM rowkit.account_usage(a.id::text, %L) AS usage) AS used%s%s',
            namespace.nspname, regexp_replace(class.relname, 's$', '') || '_usage_summary',
            CASE WHEN current_setting('server_version_num')::integer >= 150000 THEN ' WITH (security_invoker = true)' ELSE '' END,
            (SELECT string_agg(part.name, ', ' ORDER BY part.place) FROM (
                SELECT format('a.%I', attribute.attname) AS name, array_position(ARRAY['name', 'subscription_tier'], attribute.attname::text) AS place
                FROM pg_attribute AS attribute
                WHERE attribute.attrelid = table_name AND attribute.attname IN ('name', 'subscription_tier')
                UNION ALL
                SELECT 'used.*', 9
                UNION ALL
                SELECT 'a.id', 10) AS part),
            format('%I.%I', namespace.nspname, class.relname),
            (SELECT string_agg(format('max(usage.used || coalesce(''/'' || usage.usage_limit, '''')) FILTER (WHERE usage.resource_type = %L) AS %I', counted.resource_type, counted.resource_type),
                ', ' ORDER BY counted.place)
             FROM rowkit_internal._usage_resources(table_name) WITH ORDINALITY AS counted(resource_type, place)),
            format('%I.%I', namespace.nspname, class.relname),
            (SELECT ' WHERE a.deleted_at IS NULL' FROM pg_attribute AS attribute WHERE attribute.attrelid = table_name AND attribute.attname = 'deleted_at'),
            (SELECT ' ORDER BY a.name' FROM pg_attribute AS attribute WHERE attribute.attrelid = table_name AND attribute.attname = 'name'))
    INTO command
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = table_name AND EXISTS (SELECT FROM rowkit_internal._usage_resources(table_name));
    PERFORM rowkit_internal._require_owner(beside.oid) FROM pg_class AS class JOIN pg_class AS beside ON beside.relnamespace = class.relnamespace
        AND beside.relname = regexp_replace(class.relname, 's$', '') || '_usage_summary' WHERE class.oid = table_name;
    IF command IS NULL THEN
        RAISE EXCEPTION '% counts nothing', coalesce(table_name::text, 'a table that is not there') USING
            ERRCODE = '42704', HINT = 'A counter is a column current_…, or one that rowkit.enable_usage_counter() made.';
    END IF;
    SELECT format('%I.%I', namespace.nspname, regexp_replace(class.relname, 's$', '') || '_usage_summary') INTO view_name
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace WHERE class.oid = table_name;
    commands := ARRAY[command];
    IF to_regclass(view_name) IS NULL OR obj_description(to_regclass(view_name), 'pg_class') IS NULL THEN
        commands := commands || format('COMMENT ON VIEW %s IS %L', view_name,
            format('What each row of %s uses of what it may: used/limit, or without a limit only what it uses.', table_name));
    END IF;
    commands := commands || format('SELECT rowkit_internal._comment_columns(%L, %L)', view_name, jsonb_build_object(
        'name', 'The name, as in the table.', 'subscription_tier', 'The tier, as in the table.', 'id', 'The primary key of the table.',
        '*', 'What is used and the limit, as used/limit; only what is used where there is no limit.'));
    FOREACH command IN ARRAY commands LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.create_usage_summary_view(regclass,boolean) IS 'Makes the view <account>_usage_summary beside a table whose rows have counters, or makes it anew, and returns the commands that it ran (or, with dry_run, would run). The view has name and subscription_tier where the table has them, a column used/limit for each counter, and the id, of rows that are not deleted and that the caller sees. 42704 for a table that counts nothing. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table of the accounts. kind and identity name the object that a statement is about. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.disable_audit(table_name regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOR command IN
        SELECT step.command
        FROM (
            SELECT format('SELECT rowkit_internal._note_audit(%L, ''DISABLE'')', table_name) AS command, 1 AS place
            WHERE EXISTS (SELECT FROM pg_trigger AS held WHERE held.tgrelid = table_name AND held.tgfoid = 'rowkit.log_audit_trail()'::regprocedure)
            UNION ALL
            SELECT format('DROP TRIGGER %I ON %s', held.tgname, held.tgrelid::regclass), 2
            FROM pg_trigger AS held
            WHERE held.tgfoid = 'rowkit.log_audit_trail()'::regprocedure AND held.tgparentid = 0
                AND (held.tgrelid = table_name OR held.tgrelid IN (SELECT tree.relid FROM pg_partition_tree(table_name) AS tree))
        ) AS step
        ORDER BY step.place, step.command
    LOOP
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.disable_audit(regclass,boolean) IS 'Ends the audit of a table, logs that it did, and returns the commands that it ran (or, dry_run, would run); the events stay. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the audited table. kind is what sort of object the statement is about, such as trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.disable_isolation(table_name regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOREACH command IN ARRAY ARRAY(
        SELECT step.command
        FROM rowkit_internal._parts(table_name) AS part
        CROSS JOIN LATERAL (
            SELECT 1, format('DROP POLICY %I ON %s', rule.polname, rowkit_internal._quoted_name(part)), rule.polname::text
            FROM pg_policy AS rule
            WHERE rule.polrelid = part AND rowkit_internal._seal(rule.oid) ~ '^Made by rowkit: '
            UNION ALL
            SELECT 2, format('DROP TRIGGER %I ON %s', trigger.tgname, rowkit_internal._quoted_name(part)), trigger.tgname::text
            FROM pg_trigger AS trigger
            WHERE trigger.tgrelid = part AND trigger.tgfoid = 'rowkit.guard_tenant'::regproc AND trigger.tgparentid = 0
            UNION ALL
            -- With policies of others the table stays closed.
            SELECT 3, format('ALTER TABLE %s %s ROW LEVEL SECURITY', rowkit_internal._quoted_name(part), change.word), change.word
            FROM pg_class AS class CROSS JOIN (VALUES ('NO FORCE'), ('DISABLE')) AS change(word)
            WHERE class.oid = part AND class.relrowsecurity
                AND EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = part AND rowkit_internal._seal(rule.oid) ~ '^Made by rowkit: ')
                AND NOT EXISTS (
                    SELECT FROM pg_policy AS rule WHERE rule.polrelid = part AND coalesce(rowkit_internal._seal(rule.oid), '') !~ '^Made by rowkit[:.]')
        ) AS step(place, command, name)
        ORDER BY step.place, part, step.name DESC)
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.disable_isolation(regclass,boolean) IS 'Takes back what the three enable_…_isolation functions made: policies, guard and row security, of partitions and children too, and lists it. Row security stays on where a policy of one''s own is left. NOT NULL, index, grants and revokes stay. No row where nothing was isolated. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the isolated table. dry_run runs nothing and only returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.disable_search(table_name regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
DECLARE
    home CONSTANT text := rowkit_internal._quoted_name(table_name);
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOR kind, identity, command IN
        SELECT object.kind, object.identity, step.command
        FROM pg_trigger AS held
        CROSS JOIN LATERAL (SELECT format('DROP TRIGGER %I ON %s', held.tgname, home) AS command) AS step
        CROSS JOIN LATERAL rowkit_internal._command_object(step.command) AS object
        WHERE held.tgrelid = table_name AND held.tgfoid = 'rowkit.maintain_search_vector()'::regprocedure AND held.tgparentid = 0
        ORDER BY held.tgname
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.disable_search(regclass,boolean) IS 'Drops the trigger that keeps a table''s search vector, and returns what it did (or, dry_run, would do); no row where there is none. The column and its indexes stay, and no longer follow the table: drop the column where nothing else reads it. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM disable_search(''notes''); table_name is the table. kind is trigger. identity is its name. command is one statement that was, or would be, run.';

COMMENT ON FUNCTION rowkit.disable_soft_delete(regclass,boolean) IS 'Takes back what enable_soft_delete did, and tells it; no row goes. While rows are deleted the columns stay, as do deletions and deletion_references. 23505 when deleted and live rows share a value that would be unique again. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table. dry_run runs nothing and only returns the statements. kind is what sort of object the statement is about, such as table or trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.disable_updated_at(table_name regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOREACH command IN ARRAY ARRAY(
        SELECT format('DROP TRIGGER %I ON %s', kept.name, table_name) FROM rowkit_internal._updated_at_triggers(table_name) AS kept(name))
    LOOP
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.disable_updated_at(regclass,boolean) IS 'Drops the triggers of a table that keep its column updated_at; the column stays. Returns the commands that it ran (or, dry_run, would run). 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table. dry_run runs nothing and only returns the commands. kind is what sort of object the statement is about: trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.disable_usage_counter(table_name regclass, counter_column text, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOR command IN
        WITH counting AS (
            SELECT held.tgname, held.tgrelid, rowkit_internal._counter_owner(held.tgrelid, argument.words[1]) AS owner,
                held.tgname IN (SELECT rowkit_internal._counter_trigger(counter_column, event) FROM unnest(ARRAY['insert', 'update', 'delete', 'truncate']) AS event)
                    AND (held.tgrelid = table_name OR held.tgrelid IN (SELECT tree.relid FROM pg_partition_tree(table_name) AS tree)) AS ends
            FROM pg_trigger AS held CROSS JOIN LATERAL (SELECT rowkit_internal._trigger_arguments(held.tgargs, held.tgnargs)) AS argument(words)
            WHERE held.tgfoid = 'rowkit.maintain_usage_counter()'::regprocedure AND argument.words[3] = counter_column
        )
        SELECT format('DROP TRIGGER %I ON %s', ending.tgname, ending.tgrelid::regclass) FROM counting AS ending WHERE ending.ends
        UNION ALL
        -- Unless another table is still counted there.
        SELECT format('DROP TRIGGER %I ON %s', guard.tgname, guard.tgrelid::regclass)
        FROM pg_trigger AS guard
        WHERE guard.tgfoid IN ('rowkit.guard_usage_counter()'::regprocedure, 'rowkit.keep_usage_counter()'::regprocedure) AND guard.tgparentid = 0
            AND guard.tgname IN (SELECT rowkit_internal._counter_trigger(counter_column, event) FROM unnest(ARRAY['begin', 'guard', 'key', 'start']) AS event)
            AND guard.tgrelid IN (SELECT ending.owner FROM counting AS ending WHERE ending.ends)
            AND NOT EXISTS (SELECT FROM counting AS other WHERE other.owner = guard.tgrelid AND NOT other.ends)
        ORDER BY 1
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.disable_usage_counter(regclass,text,boolean) IS 'Takes a table''s triggers for a counter away, with the guard on its owners unless another table counts there, and tells so; the column stays and no longer follows. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table whose rows were counted. counter_column is the column that they were counted in. dry_run runs nothing and only returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.disable_user_sync(auth_users regclass, users regclass DEFAULT NULL::regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET quote_all_identifiers TO 'off'
AS $function$
-- PL/pgSQL: DDL.
DECLARE
    people CONSTANT regclass := rowkit_internal._job_table(users, 'users');
BEGIN
    -- Those who sign up are often in a table of another role, such as supabase_auth_admin.
    IF NOT rowkit_internal._stands_by_itself(auth_users) THEN
        PERFORM rowkit_internal._require_owner(auth_users);
    END IF;
    PERFORM rowkit_internal._require_owner(people);
    FOR command IN
        SELECT pg_catalog.format('DROP TRIGGER %I ON %s', sync.tgname, rowkit_internal._quoted_name(auth_users))
        FROM pg_catalog.pg_trigger AS sync
        WHERE sync.tgrelid OPERATOR(pg_catalog.=) auth_users AND sync.tgfoid OPERATOR(pg_catalog.=) 'rowkit.handle_new_user()'::pg_catalog.regprocedure
            AND COALESCE((rowkit_internal._trigger_arguments(sync.tgargs, sync.tgnargs))[1], 'public.users') OPERATOR(pg_catalog.=) rowkit_internal._quoted_name(people)
        UNION ALL
        -- Another table of users may still be copied to this one: one whose owner may do so.
        SELECT pg_catalog.format('DROP POLICY %I ON %s', rule.polname, rowkit_internal._quoted_name(people))
        FROM pg_catalog.pg_policy AS rule
        WHERE rule.polrelid OPERATOR(pg_catalog.=) people AND rule.polname OPERATOR(pg_catalog.=) 'handle_new_user'
            AND rowkit_internal._seal(rule.oid) OPERATOR(pg_catalog.~) '^Made by rowkit: ' AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_trigger AS other
                JOIN pg_catalog.pg_class AS source ON source.oid OPERATOR(pg_catalog.=) other.tgrelid
                    AND pg_catalog.has_table_privilege(source.relowner, people, 'INSERT')
                WHERE other.tgrelid OPERATOR(pg_catalog.<>) auth_users AND other.tgfoid OPERATOR(pg_catalog.=) 'rowkit.handle_new_user()'::pg_catalog.regprocedure
                    AND COALESCE((rowkit_internal._trigger_arguments(other.tgargs, other.tgnargs))[1], 'public.users') OPERATOR(pg_catalog.=) rowkit_internal._quoted_name(people))
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.disable_user_sync(regclass,regclass,boolean) IS 'Undoes enable_user_sync: drops the trigger on the table of those who sign up, and the policy on users unless users of another table are copied there, too; returns the commands that it ran (or, with dry_run, would run). Users that were copied stay, and so do the rights that the owner of auth_users was granted on users. No row where nothing was synchronized. 42704 without users. Users, and sign-ups in a partitioned table or a partition, must belong to the caller or a trusted role (42501), also where the caller is a superuser. VOLATILE. auth_users is the table of those who sign up, auth.users of Supabase. users is the table of the users, by default the one on the search_path. kind and identity name the object that a statement is about. command is the statement that was, or would be, run. Example: SELECT * FROM rowkit.disable_user_sync(''auth.users'') returns (trigger, handle_new_user on auth.users, …).';

CREATE OR REPLACE FUNCTION rowkit.drop_column(table_name regclass, column_name text, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    active CONSTANT regclass := rowkit_internal._active_view(table_name);
    view_name CONSTANT text := active::text;
    grants CONSTANT aclitem[] := (SELECT class.relacl FROM pg_class AS class WHERE class.oid = active);
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    IF NOT EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attname = column_name AND attribute.attnum > 0 AND NOT attribute.attisdropped)
    THEN
        RAISE EXCEPTION '% has no column "%"', coalesce(table_name::text, 'a table that is not there'), column_name USING
            ERRCODE = '42703', HINT = 'Name a table and one of its columns.';
    ELSIF column_name IN ('deleted_at', 'deleted_by', 'deletion_id') AND EXISTS (
        SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure)
    THEN
        RAISE EXCEPTION 'soft delete marks the rows of % in column %', table_name, column_name USING
            ERRCODE = '55000', HINT = format('SELECT rowkit.disable_soft_delete(%L) takes soft delete back.', table_name);
    END IF;
    PERFORM rowkit_internal._refuse_dependents(active, table_name, column_name);
    FOREACH command IN ARRAY ARRAY(
        SELECT format('DROP VIEW %s', view_name) WHERE active IS NOT NULL
        UNION ALL
        SELECT format('ALTER TABLE %s DROP COLUMN %I', table_name, column_name)
        UNION ALL
        SELECT made.command FROM rowkit_internal._active_view_commands(table_name, view_name, grants) AS made(command) WHERE active IS NOT NULL)
    LOOP
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.drop_column(regclass,text,boolean) IS 'Drops a column of a table, and makes its view of live rows, <table>_active, anew with the grants it had: ALTER TABLE … DROP COLUMN alone is refused by the view (2BP01). Returns the commands that it ran, or with dry_run would run. 42703 without such a column, 55000 for one of the marks of soft delete, 2BP01 where something else needs the column or the view; it names the views. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM drop_column(''projects'', ''colour''). table_name is the table. column_name is the column that goes. kind is what sort of object the statement is about, such as table or trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

COMMENT ON FUNCTION rowkit.enable_api_tokens(text,boolean) IS 'Makes the tables api_tokens and token_scopes in schema_name where they are not there, and returns the commands that it ran (or, with dry_run, would run); with foreign keys to accounts and users of that schema where these have a uuid id. 3F000 without the schema. The tables accounts and users of the schema must belong to the caller or a trusted role (42501), also where the caller is a superuser. VOLATILE. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_audit(table_name regclass, ignore text[] DEFAULT ARRAY['updated_at'::text, 'updated_by'::text], redact text[] DEFAULT '{}'::text[], mode text DEFAULT 'diff'::text, tenant_from text DEFAULT NULL::text, audit_logs regclass DEFAULT NULL::regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET client_min_messages TO 'error'
AS $function$
DECLARE
    log regclass := audit_logs;
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    IF mode NOT IN ('diff', 'full') OR mode IS NULL THEN
        RAISE EXCEPTION 'mode cannot be "%"', left(mode, 100) USING ERRCODE = '22023', HINT = 'It is ''diff'' or ''full''.';
    END IF;
    IF log IS NULL THEN
        SELECT beside.oid INTO log
        FROM pg_class AS class JOIN pg_class AS beside ON beside.relnamespace = class.relnamespace AND beside.relname = 'audit_logs'
        WHERE class.oid = table_name;
        -- One that nobody named must be whose it seems to be.
        IF (SELECT held.relowner <> class.relowner FROM pg_class AS held CROSS JOIN pg_class AS class WHERE held.oid = log AND class.oid = table_name) THEN
            PERFORM rowkit_internal._refuse_planted(log);
        END IF;
    END IF;
    FOR command IN SELECT * FROM rowkit_internal._audit_commands(table_name, log, coalesce(ignore, '{}'), coalesce(redact, '{}'), mode, tenant_from) LOOP
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_audit(regclass,text[],text[],text,text,regclass,boolean) IS 'Logs every change of a table''s rows in audit_logs (the table of that name beside it unless another is named), and returns the commands that it ran (or, with dry_run, would run). mode diff logs the changed columns of an UPDATE, full the rows. A change of ignored columns alone is no event. redact names columns, or paths into what JSON shows of json, jsonb and composite columns (settings.smtp.password), whose values are covered: a path goes on through lists, and covers a value of another shape as a whole. tenant_from is the table''s column of the tenant when it has another name than the log''s. Done again it changes the settings, and covers new partitions. After a named column was renamed, writes are refused (42703) until it is done again. 42809 for what is no table, 42704 without a primary key or the log, 42703 for another column, 42501 when the table''s owner may not insert into the log, or where no log is named and audit_logs belongs to a role that is neither the table''s owner, the caller, the schema''s owner nor a trusted role, 22023 for another mode and for a redaction that is not possible: of a key, or of parts that a type does not have. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table. ignore names these columns, by default updated_at and updated_by. kind is what sort of object the statement is about, such as trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_claim_isolation(table_name regclass, claims jsonb, commands text[] DEFAULT '{select}'::text[], condition text DEFAULT NULL::text, verified boolean DEFAULT true, policy_prefix text DEFAULT 'claim'::text, api_roles text[] DEFAULT NULL::text[], bypass_roles text[] DEFAULT NULL::text[], dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET client_min_messages TO 'warning'
AS $function$
DECLARE
    pair record;
    matches text := '';
    call CONSTANT text := rowkit_internal._call_text('enable_claim_isolation', table_name, jsonb_build_array(
        jsonb_build_array('claims', claims::text), jsonb_build_array('commands', commands::text, '{select}'), jsonb_build_array('condition', condition),
        jsonb_build_array('verified', verified::text, 'true'), jsonb_build_array('policy_prefix', policy_prefix, 'claim'), jsonb_build_array('api_roles', api_roles::text),
        jsonb_build_array('bypass_roles', bypass_roles::text)));
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_table(table_name, 'isolated');
    PERFORM rowkit_internal._require_commands(commands);
    IF policy_prefix IS NULL OR policy_prefix IN ('tenant', 'derived') OR jsonb_typeof(claims) IS DISTINCT FROM 'object' OR (claims = '{}' AND condition IS NULL) THEN
        RAISE EXCEPTION 'claims must say which columns are of whom, and have a policy_prefix of their own' USING
            ERRCODE = '22023', HINT = 'For example claims => ''{"email": "email", "organization_id": "organization_id"}''; tenant and derived are taken.';
    END IF;
    FOR pair IN
        SELECT claim.key AS column_name, claim.value AS claim, attribute.atttypid::regtype AS type
        FROM jsonb_each_text(claims) AS claim
        LEFT JOIN pg_attribute AS attribute
            ON attribute.attrelid = table_name AND attribute.attname = claim.key AND attribute.attnum > 0 AND NOT attribute.attisdropped
        ORDER BY claim.key
    LOOP
        IF pair.type IS NULL THEN
            RAISE EXCEPTION '% has no column "%"', table_name, pair.column_name USING ERRCODE = '42703', HINT = 'claims is {"column": "claim"}.';
        ELSIF pair.type NOT IN ('uuid'::regtype, 'text', 'varchar', 'bytea') THEN
            RAISE EXCEPTION 'column "%" of % cannot be compared with a claim', pair.column_name, table_name USING
                ERRCODE = '42804', HINT = 'It must be of type uuid or text, or bytea that holds the SHA-256 of the claim.';
        END IF;
        matches := concat_ws(' AND ', nullif(matches, ''), format(CASE pair.type
            WHEN 'uuid'::regtype THEN '%I = rowkit.current_claim_uuid(%L)'
            WHEN 'bytea'::regtype THEN '%I = sha256(convert_to(rowkit.current_claim(%L), ''UTF8''))'
            ELSE CASE WHEN pair.claim = 'email' THEN 'rowkit.email_key(%I) = rowkit.email_key(rowkit.current_claim(%L))'
                ELSE '%I = rowkit.current_claim(%L)' END END, pair.column_name, pair.claim));
        IF verified AND pair.claim = 'email' THEN
            matches := matches || ' AND rowkit.current_claim(''email_verified'') = ''true''';
        END IF;
    END LOOP;
    matches := concat_ws(' AND ', nullif(matches, ''), '(' || condition || ')');
    PERFORM rowkit_internal._warn_of_settings(table_name, policy_prefix, call);
    FOREACH command IN ARRAY ARRAY(SELECT rowkit_internal._isolation_commands(
            table_name, policy_prefix, CASE WHEN 'select' = ANY (commands) THEN matches END, CASE WHEN 'insert' = ANY (commands) THEN matches END,
            CASE WHEN 'update' = ANY (commands) THEN matches END, CASE WHEN 'update' = ANY (commands) THEN matches END,
            CASE WHEN 'delete' = ANY (commands) THEN matches END, api_roles, bypass_roles,
            CASE WHEN claims <> '{}' THEN format('Claims%s: %s', CASE WHEN condition IS NOT NULL THEN ' and a condition' END, claims)
                WHEN condition = 'true' THEN 'Shared' END, call))
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_claim_isolation(regclass,jsonb,text[],text,boolean,text,text[],text[],boolean) IS 'Shows and gives rows to those whose claims they match: claims is {"column": "claim"}; uuid and text columns equal the claim, bytea its SHA-256. The claim email is compared by email_key, so whatever the case, and an index on email_key of the column serves it; it counts only with the claim email_verified = true; verified => false lets it count without that claim, but not when it says otherwise. commands are of select, insert, update, delete; condition is SQL over the row that must hold besides, or alone: ''true'' for what all share. Stands by itself or beside enable_tenant_isolation: either lets a row through; so do several with different policy_prefix. 42703, 42804, 22023. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table. policy_prefix begins the names of the policies. api_roles are the database roles that the policies are for. bypass_roles are the database roles that pass. dry_run runs nothing and only returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_credits(owner_table regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
DECLARE
    home text;
    key record;
BEGIN
    PERFORM rowkit_internal._require_owner(owner_table);
    SELECT namespace.nspname INTO home
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = owner_table AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't' AND namespace.nspname !~ '^pg_';
    SELECT count(*) AS columns, min(attribute.attname) AS name, min(format_type(attribute.atttypid, attribute.atttypmod)) AS type INTO key
    FROM pg_index AS entry
    JOIN pg_attribute AS attribute ON attribute.attrelid = entry.indrelid AND attribute.attnum = ANY (entry.indkey::int2[])
    WHERE entry.indrelid = owner_table AND entry.indisprimary;
    IF home IS NULL OR key.columns <> 1 THEN
        RAISE EXCEPTION '% cannot have credits', coalesce(owner_table::text, 'a table that is not there') USING
            ERRCODE = '42809', HINT = 'An ordinary or partitioned table with a primary key of one column can.';
    END IF;
    PERFORM rowkit_internal._refuse_planted(to_regclass(format('%I.%I', home, named))), rowkit_internal._require_owner(to_regclass(format('%I.%I', home, named)))
    FROM unnest('{credit_accounts,credit_grants,credit_operations,credit_entries}'::text[]) AS named;
    FOR command IN
        SELECT format(wanted.text, home, key.type, owner_table, key.name, format('%I.%I', home, wanted.relation))
        FROM (VALUES
            ('credit_accounts', 1, 'CREATE TABLE %1$I.credit_accounts (account_id %2$s PRIMARY KEY REFERENCES %3$s, balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0), '
                'time_zone text NOT NULL DEFAULT ''UTC'' CHECK (timezone(time_zone, ''2000-01-01T00:00:00Z''::timestamptz) IS NOT NULL))'),
            ('credit_accounts', 2, 'COMMENT ON TABLE %1$I.credit_accounts IS ''Accounts that have had credits: the sum of what their grants still hold, and the clocks their days and weeks go by.'''),
            ('credit_grants', 3, 'CREATE TABLE %1$I.credit_grants (id uuid PRIMARY KEY, account_id %2$s NOT NULL REFERENCES %1$I.credit_accounts, amount bigint NOT NULL CHECK (amount > 0), '
                'remaining bigint NOT NULL CHECK (remaining BETWEEN 0 AND amount), priority integer NOT NULL, expires_at timestamptz, '
                'period text CHECK (period IN (''day'', ''week'', ''month'')), period_key date, source text, created_at timestamptz NOT NULL DEFAULT now(), '
                'CHECK ((period IS NULL) = (period_key IS NULL)), UNIQUE (account_id, id))'),
            ('credit_grants', 5, 'CREATE INDEX ON %1$I.credit_grants (period, period_key) WHERE period IS NOT NULL'),
            ('credit_operations', 6, 'CREATE TABLE %1$I.credit_operations (id uuid PRIMARY KEY, account_id %2$s NOT NULL REFERENCES %1$I.credit_accounts, kind text NOT NULL, amount bigint NOT NULL, '
                'action text, idempotency_key text, request jsonb NOT NULL, answer jsonb, status text, expires_at timestamptz, original_operation_id uuid, created_at timestamptz NOT NULL DEFAULT now(), '
                'UNIQUE (account_id, idempotency_key), UNIQUE (account_id, id), FOREIGN KEY (original_operation_id, account_id) REFERENCES %1$I.credit_operations (id, account_id))'),
            ('credit_operations', 7, 'CREATE INDEX ON %1$I.credit_operations (original_operation_id) WHERE original_operation_id IS NOT NULL'),
            ('credit_operations', 8, 'CREATE INDEX ON %1$I.credit_operations (expires_at) WHERE status = ''held'''),
            ('credit_operations', 9, 'CREATE INDEX ON %1$I.credit_operations (account_id, created_at)'),
            ('credit_entries', 10, 'CREATE TABLE %1$I.credit_entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id %2$s NOT NULL REFERENCES %1$I.credit_accounts, '
                'operation_id uuid, grant_id uuid NOT NULL, period_key date, kind text NOT NULL, '
                'amount bigint NOT NULL CHECK (amount <> 0), created_at timestamptz NOT NULL DEFAULT now(), '
                'FOREIGN KEY (operation_id, account_id) REFERENCES %1$I.credit_operations (id, account_id), '
                'FOREIGN KEY (grant_id, account_id) REFERENCES %1$I.credit_grants (id, account_id))'),
            ('credit_entries', 11, 'COMMENT ON TABLE %1$I.credit_entries IS ''The ledger: every credit that came to a grant or left it. It only grows, until close_credit_account().'''),
            ('credit_entries', 12, 'CREATE INDEX ON %1$I.credit_entries (operation_id)'),
            ('credit_entries', 13, 'CREATE INDEX ON %1$I.credit_entries (account_id, id)'),
            ('credit_entries', 14, 'CREATE INDEX ON %1$I.credit_entries (grant_id)'),
            ('credit_entries', 15, 'CREATE TRIGGER keep_credit_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON %1$I.credit_entries FOR EACH STATEMENT EXECUTE FUNCTION rowkit.keep_credit_entries()'),
            ('credit_accounts', 16, 'SELECT rowkit_internal._close_to_api(%5$L)'), ('credit_grants', 17, 'SELECT rowkit_internal._close_to_api(%5$L)'),
            ('credit_operations', 18, 'SELECT rowkit_internal._close_to_api(%5$L)'), ('credit_entries', 19, 'SELECT rowkit_internal._close_to_api(%5$L)'),
            ('credit_grants', 20, 'COMMENT ON TABLE %1$I.credit_grants IS ''Credits given to an account, once or anew each day, week or month; what is left of them.'''),
            ('credit_operations', 21, 'COMMENT ON TABLE %1$I.credit_operations IS ''Every grant, debit, reservation and refund, with its answer.'''),
            ('credit_accounts', 22, 'SELECT rowkit_internal._comment_columns(%5$L, rowkit_internal._own_comments(''credit_accounts''))'),
            ('credit_grants', 23, 'SELECT rowkit_internal._comment_columns(%5$L, rowkit_internal._own_comments(''credit_grants''))'),
            ('credit_operations', 24, 'SELECT rowkit_internal._comment_columns(%5$L, rowkit_internal._own_comments(''credit_operations''))'),
            ('credit_entries', 25, 'SELECT rowkit_internal._comment_columns(%5$L, rowkit_internal._own_comments(''credit_entries''))')
        ) AS wanted(relation, place, text)
        WHERE to_regclass(format('%I.%I', home, wanted.relation)) IS NULL
            -- DROP EXTENSION takes the trigger and leaves the table.
            OR wanted.place = 15 AND NOT EXISTS (
                SELECT FROM pg_trigger AS kept
                WHERE kept.tgrelid = to_regclass(format('%I.%I', home, wanted.relation)) AND kept.tgfoid = 'rowkit.keep_credit_entries'::regproc)
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_credits(regclass,boolean) IS 'Makes the tables credit_accounts, credit_grants, credit_operations and credit_entries beside the table whose rows have credits, where they are not there; and returns the commands that it ran (or, with dry_run, would run). 42809 for what is no table, or has no key of one column, 42501 where one of these names is somebody else''s table. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. owner_table is that table. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_derived_isolation(table_name regclass, foreign_key_column text, write_role text DEFAULT NULL::text, read_condition text DEFAULT NULL::text, write_condition text DEFAULT NULL::text, commands text[] DEFAULT '{select,insert,update,delete}'::text[], api_roles text[] DEFAULT NULL::text[], bypass_roles text[] DEFAULT NULL::text[], dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET client_min_messages TO 'warning'
AS $function$
DECLARE
    parent regclass;
    matches text;
    settings text[];
    sees text;
    writes text;
    seen text;
    call CONSTANT text := rowkit_internal._call_text('enable_derived_isolation', table_name, jsonb_build_array(
        jsonb_build_array('foreign_key_column', foreign_key_column), jsonb_build_array('write_role', write_role), jsonb_build_array('read_condition', read_condition),
        jsonb_build_array('write_condition', write_condition), jsonb_build_array('commands', commands::text, '{select,insert,update,delete}'),
        jsonb_build_array('api_roles', api_roles::text), jsonb_build_array('bypass_roles', bypass_roles::text)));
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_table(table_name, 'isolated');
    PERFORM rowkit_internal._require_commands(commands);
    SELECT rule.confrelid::regclass, (
            SELECT string_agg(format('parent.%I = %s.%I', above.attname, rowkit_internal._quoted_name(table_name), child.attname), ' AND ' ORDER BY pair.place)
            FROM unnest(rule.conkey, rule.confkey) WITH ORDINALITY AS pair(child, parent, place)
            JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = pair.child
            JOIN pg_attribute AS above ON above.attrelid = rule.confrelid AND above.attnum = pair.parent)
    INTO parent, matches
    FROM pg_constraint AS rule
    JOIN pg_attribute AS attribute ON attribute.attrelid = rule.conrelid AND attribute.attname = foreign_key_column AND attribute.attnum = ANY (rule.conkey)
    -- Beside the tenant's the column that names the parent comes last, or refers to what is unique by itself.
    CROSS JOIN LATERAL (
        SELECT rule.conkey[cardinality(rule.conkey)] = attribute.attnum AS is_last, EXISTS (
            SELECT FROM pg_index AS own
            WHERE own.indrelid = rule.confrelid AND own.indisunique AND own.indpred IS NULL AND own.indnkeyatts = 1
                AND own.indkey[0] = rule.confkey[array_position(rule.conkey, attribute.attnum)]) AS is_unique
    ) AS referred
    WHERE rule.conrelid = table_name AND rule.contype = 'f' AND (referred.is_last OR referred.is_unique)
    ORDER BY referred.is_unique DESC, referred.is_last DESC, cardinality(rule.conkey) DESC, rule.oid
    LIMIT 1;
    IF parent IS NULL THEN
        RAISE EXCEPTION '% has no foreign key of "%"', table_name, foreign_key_column USING ERRCODE = '42704', HINT = 'Name the column that refers to the parent.';
    END IF;
    SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) INTO settings
    FROM pg_trigger AS trigger
    WHERE trigger.tgrelid = parent AND trigger.tgfoid = 'rowkit.guard_tenant'::regproc;
    IF settings IS NULL OR NOT (SELECT class.relrowsecurity FROM pg_class AS class WHERE class.oid = parent) THEN
        RAISE EXCEPTION '% is not isolated', parent USING
            ERRCODE = '55000', HINT = format('Call rowkit.enable_tenant_isolation(%L) first: %s follows it.', parent, table_name);
    END IF;
    write_role := coalesce(write_role, nullif(settings[3], ''));
    sees := format('EXISTS (SELECT FROM %s AS parent WHERE %s', rowkit_internal._quoted_name(parent), matches);
    writes := concat_ws(' AND ', sees || format(' AND parent.%I = ANY (rowkit.current_tenant_ids(%L::regclass%s)))', settings[1], settings[2], ', ' || quote_literal(write_role)),
        '(' || write_condition || ')');
    seen := concat_ws(' AND ', writes, CASE WHEN read_condition IS DISTINCT FROM write_condition THEN '(' || read_condition || ')' END);
    PERFORM rowkit_internal._warn_of_settings(table_name, 'derived', call);
    FOREACH command IN ARRAY ARRAY(SELECT rowkit_internal._isolation_commands(
            table_name, 'derived', CASE WHEN 'select' = ANY (commands) THEN concat_ws(' AND ', sees || ')', '(' || read_condition || ')') END,
            CASE WHEN 'insert' = ANY (commands) THEN writes END, CASE WHEN 'update' = ANY (commands) THEN seen END,
            CASE WHEN 'update' = ANY (commands) THEN writes END, CASE WHEN 'delete' = ANY (commands) THEN seen END, api_roles, bypass_roles, call => call))
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_derived_isolation(regclass,text,text,text,text,text[],text[],text[],boolean) IS 'Isolates a table through a parent that is isolated: a row is seen by whoever sees the row that foreign_key_column refers to, and written by whoever sees that and has write_role (by default the parent''s) in its tenant. The rest is as in enable_tenant_isolation. 42704 without such a foreign key, 55000 for a parent that is not isolated. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table. read_condition is SQL over the row that must hold for reading it. write_condition is SQL over the row that must hold for writing it. commands are those that members may use at all. api_roles are the database roles that the policies are for. bypass_roles are the database roles that pass. dry_run runs nothing and only returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

COMMENT ON FUNCTION rowkit.enable_invitations(text,boolean) IS 'Makes the table invitations in schema_name where it is not there, and returns the commands that it ran (or, with dry_run, would run); with a foreign key to accounts of that schema where it has a uuid id. 3F000 without the schema. The tables accounts and users of the schema must belong to the caller or a trusted role (42501), also where the caller is a superuser. VOLATILE. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_login_lockout(users regclass DEFAULT NULL::regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET quote_all_identifiers TO 'off'
AS $function$
-- PL/pgSQL: DDL.
DECLARE
    people CONSTANT regclass := rowkit_internal._job_table(users, 'users');
    home CONSTANT text := (
        SELECT namespace.nspname
        FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace
        WHERE class.oid OPERATOR(pg_catalog.=) people);
BEGIN
    PERFORM rowkit_internal._require_owner(people);
    PERFORM rowkit_internal._refuse_planted(pg_catalog.to_regclass(pg_catalog.format('%I.login_failures', home)));
    FOR command IN
        SELECT pg_catalog.format(wanted.text, people, home)
        FROM (VALUES
            (1, 'failed_login_attempts', 'ALTER TABLE %1$s ADD COLUMN failed_login_attempts integer NOT NULL DEFAULT 0'),
            (2, 'last_failed_login_at', 'ALTER TABLE %1$s ADD COLUMN last_failed_login_at timestamptz'),
            (3, 'locked_until', 'ALTER TABLE %1$s ADD COLUMN locked_until timestamptz'),
            (4, 'last_login_at', 'ALTER TABLE %1$s ADD COLUMN last_login_at timestamptz'),
            (5, NULL, 'CREATE TABLE %2$I.login_failures (login_hash bytea PRIMARY KEY, failed_login_attempts integer NOT NULL DEFAULT 0, '
                'last_failed_login_at timestamptz, locked_until timestamptz)'),
            (6, NULL, 'COMMENT ON TABLE %2$I.login_failures IS '
                '''Failed logins of names that no user has, by their SHA-256: so that no answer tells which names are users.'''),
            (7, NULL, 'CREATE INDEX ON %2$I.login_failures (last_failed_login_at)'),
            (8, NULL, 'SELECT rowkit_internal._comment_columns(pg_catalog.to_regclass(pg_catalog.quote_ident(%2$L) || ''.login_failures''), rowkit_internal._own_comments(''login_failures''))'),
            (9, 'failed_login_attempts', 'COMMENT ON COLUMN %1$s.failed_login_attempts IS ''How many logins failed since the last success. Written by count_login_attempt().'''),
            (10, 'last_failed_login_at', 'COMMENT ON COLUMN %1$s.last_failed_login_at IS ''When a login last failed; NULL for never. Written by count_login_attempt().'''),
            (11, 'locked_until', 'COMMENT ON COLUMN %1$s.locked_until IS ''No login before this moment; NULL when the user is not locked. Written by count_login_attempt().'''),
            (12, 'last_login_at', 'COMMENT ON COLUMN %1$s.last_login_at IS ''When the user last signed in; NULL for never. Written by count_login_attempt().''')
        ) AS wanted(place, name, text)
        WHERE CASE WHEN wanted.name IS NULL THEN pg_catalog.to_regclass(pg_catalog.format('%I.login_failures', home)) IS NULL
            ELSE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute
                WHERE attrelid OPERATOR(pg_catalog.=) people AND attname OPERATOR(pg_catalog.=) wanted.name AND NOT attisdropped) END
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_login_lockout(regclass,boolean) IS 'Gives users the columns that count_login_attempt counts in, and makes login_failures beside it, as far as they are not there; returns the commands that it ran (or, with dry_run, would run). 42704 without users. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

COMMENT ON FUNCTION rowkit.enable_search(regclass,text[],text,text,boolean,boolean) IS 'Makes a table searchable by search_rows and search_query: adds the column search_column (tsvector), the trigger maintain_search_vector that keeps it, and a GIN index with rowkit.search_ops, each where it is missing, and returns what it did (or, dry_run, would do). fields are columns of type text, varchar, text[] or jsonb with a weight from A (best) to D: ''name:A'', or ''phone:B:phone'' for telephone numbers. Done again it changes the settings, and does nothing where they are the same. Rows that are there are found after CALL rebuild_search_vectors_in_batches, as a NOTICE says. The index is built while writers wait: for a large table, first CREATE INDEX CONCURRENTLY. 42809 for what is no table, 42703 without one of the columns, 42804 when search_column is no tsvector, 55000 when the table has its vector in another column, 22023 for a field that cannot be read, 42704 for a dictionary that is not there. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM enable_search(''notes'', ARRAY[''title:A'', ''body:C'']); table_name is the table. dictionary stems words: a text search dictionary, or none. aggressive says that look-alikes are equal, as in search_query. kind is column, trigger or index. identity is the name of the object, with its table. command is one statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_soft_delete(table_name regclass, hard_delete text DEFAULT NULL::text, hide_deleted boolean DEFAULT NULL::boolean, api_roles text[] DEFAULT NULL::text[], dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOR command IN SELECT * FROM rowkit_internal._soft_delete_commands(table_name, hard_delete, hide_deleted, api_roles) LOOP
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_soft_delete(regclass,text,boolean,text[],boolean) IS 'Gives a table soft delete, and returns the commands that it ran (or, with dry_run, would run): the columns deleted_at, deleted_by and deletion_id, the view <table>_active, the guard, indexes on deletion_id and on foreign keys, unique indexes and exclusions over live rows only, a deferrable UNIQUE as an exclusion by equality (but not keys that foreign keys use, replica identities, deferrable ones of partitioned tables or with NULLS NOT DISTINCT), and once a schema the tables deletions and deletion_references. Both belong to the table''s owner, and must (42501). Rows with deleted_at become deletions of their own. hard_delete says whose DELETE removes rows for good: ''service'' (the default: the owner, roles with BYPASSRLS, service roles), ''everyone'' or ''nobody''; a DELETE by anybody else deletes softly, and the server answers DELETE 0 (22023 for another word). hide_deleted => true hides deleted rows from SELECT by api_roles (authenticated where it exists, else everyone but services) where row security is on; deleted_rows() lists them. NULL keeps what is set. In a table whose primary key only links two other rows, a new link takes the place of a deleted one. Done again it does what is missing, and makes the view anew where the table''s columns changed. A partition made later is guarded through its table; run it again before anybody may DELETE from the partition by itself. No trigger sees ATTACH PARTITION: what it brings in live below a deleted parent stays live. 42809 for what is no table, 42704 without a primary key, 42804 for a column of another type. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table. kind is what sort of object the statement is about, such as table or trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_tenant_isolation(table_name regclass, tenant_column text DEFAULT NULL::text, read_role text DEFAULT NULL::text, write_role text DEFAULT NULL::text, delete_role text DEFAULT NULL::text, read_condition text DEFAULT NULL::text, write_condition text DEFAULT NULL::text, commands text[] DEFAULT '{select,insert,update,delete}'::text[], api_roles text[] DEFAULT NULL::text[], bypass_roles text[] DEFAULT NULL::text[], membership regclass DEFAULT NULL::regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET client_min_messages TO 'warning'
AS $function$
DECLARE
    settings text[];
    roles text[];
    part regclass;
    steps text[] := '{}';
    home CONSTANT text := rowkit_internal._quoted_name(table_name);
    belongs text;
    limits text;
    writes text;
    seen text;
    change_role text;
    removal_role text;
    role text;
    call text;
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_table(table_name, 'isolated');
    PERFORM rowkit_internal._require_commands(commands);
    membership := coalesce(membership, rowkit_internal._only_membership(table_name));
    settings := rowkit_internal._membership_of(membership);
    IF settings IS NULL THEN
        RAISE EXCEPTION '% is not registered as a membership', membership USING
            ERRCODE = '55000', HINT = format('Call rowkit.register_membership(%L) first.', membership);
    END IF;
    tenant_column := coalesce(tenant_column, settings[2]);
    roles := settings[5:];
    call := rowkit_internal._call_text('enable_tenant_isolation', table_name, jsonb_build_array(
        jsonb_build_array('tenant_column', tenant_column, settings[2]), jsonb_build_array('membership', rowkit_internal._quoted_name(membership)),
        jsonb_build_array('read_role', read_role), jsonb_build_array('write_role', write_role), jsonb_build_array('delete_role', delete_role),
        jsonb_build_array('read_condition', read_condition), jsonb_build_array('write_condition', write_condition),
        jsonb_build_array('commands', commands::text, '{select,insert,update,delete}'), jsonb_build_array('api_roles', api_roles::text),
        jsonb_build_array('bypass_roles', bypass_roles::text)));
    IF NOT EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attname = tenant_column AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.atttypid = 'uuid'::regtype)
    THEN
        RAISE EXCEPTION '% has no column "%" of type uuid', table_name, tenant_column USING
            ERRCODE = '42703', HINT = 'Name the tenant''s column: tenant_column => ''organization_id''; the table of tenants itself has ''id''.';
    END IF;
    -- Whoever manages members may not raise anyone, or themselves, above their own role.
    IF table_name = membership AND settings[3] <> '' THEN
        write_role := coalesce(write_role, roles[greatest(cardinality(roles) - 1, 1)]);
        limits := format('%I = ANY (rowkit.current_tenant_ids(%L::regclass, %I::text))', tenant_column, rowkit_internal._quoted_name(membership), settings[3]);
    END IF;
    FOREACH role IN ARRAY ARRAY[read_role, write_role, delete_role] LOOP
        IF role IS NOT NULL AND role <> ALL (roles) THEN
            RAISE EXCEPTION '% knows no role "%"', membership, left(role, 100) USING ERRCODE = '22023', HINT = CASE cardinality(roles)
                WHEN 0 THEN 'Name its role column and roles in rowkit.register_membership().'
                ELSE format('From the fewest rights to the most: %s.', array_to_string(roles, ', ')) END;
        END IF;
    END LOOP;
    -- What follows is appended: a name may hold a % that format() would take for its own.
    belongs := format('%I = ANY (rowkit.current_tenant_ids(%L::regclass', tenant_column, rowkit_internal._quoted_name(membership));
    writes := concat_ws(' AND ', belongs || coalesce(', ' || quote_literal(write_role), '') || '))', limits, '(' || write_condition || ')');
    -- The server asks no SELECT policy of an UPDATE or DELETE that reads no column: their own say that one writes only what one sees.
    seen := nullif(concat_ws(' AND ', limits, '(' || write_condition || ')',
        CASE WHEN read_condition IS DISTINCT FROM write_condition THEN '(' || read_condition || ')' END), '');
    change_role := roles[greatest(array_position(roles, read_role), array_position(roles, write_role))];
    removal_role := roles[greatest(array_position(roles, read_role), array_position(roles, coalesce(delete_role, write_role)))];
    IF EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = table_name AND attribute.attname = tenant_column AND NOT attribute.attnotnull) THEN
        steps := steps || format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', home, tenant_column);
    END IF;
    -- Indexes and triggers of a partitioned table are its partitions', those of a parent not its children's.
    FOR part IN SELECT parts FROM rowkit_internal._parts(table_name) AS parts JOIN pg_class AS class ON class.oid = parts AND NOT class.relispartition LOOP
        IF commands <> '{}' AND NOT rowkit_internal._has_leading_index(part, tenant_column) THEN
            steps := steps || format('CREATE INDEX ON %s (%I)', rowkit_internal._quoted_name(part), tenant_column);
        END IF;
        steps := steps || ARRAY(
            SELECT format('DROP TRIGGER %I ON %s', former.tgname, rowkit_internal._quoted_name(part))
            FROM pg_trigger AS former
            WHERE former.tgrelid = part AND former.tgfoid = 'rowkit.guard_tenant'::regproc AND former.tgparentid = 0 AND former.tgname <> '0_guard_tenant'
            ORDER BY former.tgname);
        -- Its name sorts first: it is asked before any other trigger of the row reads something.
        steps := steps || format(
            'CREATE OR REPLACE TRIGGER "0_guard_tenant" BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.guard_tenant(%L, %L, %L, %L%s)',
            rowkit_internal._quoted_name(part), tenant_column, rowkit_internal._quoted_name(membership), coalesce(write_role, ''), array_to_string(commands, ','),
            CASE WHEN coalesce(read_condition, write_condition) IS NOT NULL THEN ', ''conditional''' END);
    END LOOP;
    PERFORM rowkit_internal._warn_of_settings(table_name, 'tenant', call);
    FOREACH command IN ARRAY steps || ARRAY(SELECT rowkit_internal._isolation_commands(
            table_name, 'tenant',
            CASE WHEN 'select' = ANY (commands) THEN concat_ws(' AND ', belongs || coalesce(', ' || quote_literal(read_role), '') || '))', '(' || read_condition || ')') END,
            CASE WHEN 'insert' = ANY (commands) THEN writes END,
            CASE WHEN 'update' = ANY (commands) THEN concat_ws(' AND ', belongs || coalesce(', ' || quote_literal(change_role), '') || '))', seen) END,
            CASE WHEN 'update' = ANY (commands) THEN writes END,
            CASE WHEN 'delete' = ANY (commands) THEN concat_ws(' AND ', belongs || coalesce(', ' || quote_literal(removal_role), '') || '))', seen) END,
            api_roles, bypass_roles, call => call))
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_tenant_isolation(regclass,text,text,text,text,text,text,text[],text[],text[],regclass,boolean) IS 'Shows and gives a table''s rows only to members of their tenant, and returns the commands that it ran (or, with dry_run, would run): the tenant column NOT NULL, indexed and not to be changed; row security enabled and forced, on partitions and children too, with one policy a command; TRUNCATE, REFERENCES, TRIGGER and MAINTAIN revoked from everyone and the API roles, on the view of live rows, too. read_role, write_role and delete_role are the least roles of the membership; read_condition and write_condition are SQL over the row, with qualified names, that must hold besides, write_condition also for what a row becomes. What one may not read one may not write. commands are those that members may use at all: an empty list closes the table. Policies are for api_roles (authenticated where it exists, else everyone), who are granted the commands; bypass_roles (service_role) pass. Members of the membership itself are written from the last role but one, and never above one''s own. Done again it changes the settings. With the caller''s rights. 42809, 42703, 22023, 55000 for a membership that is not registered. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table. tenant_column is the column of the tenant in the table, by default the one that the membership has. membership is the registered membership, by default the one beside the table. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_updated_at(table_name regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
DECLARE
    found_type regtype;
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_table(table_name, 'given updated_at');
    SELECT attribute.atttypid INTO found_type
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = table_name AND attribute.attname = 'updated_at' AND attribute.attnum > 0 AND NOT attribute.attisdropped;
    IF found_type NOT IN ('timestamptz', 'timestamp') THEN
        RAISE EXCEPTION 'column updated_at of % must be of type timestamp with time zone, not %', table_name, found_type USING
            ERRCODE = '42804', HINT = 'Rename it, or ALTER COLUMN … TYPE.';
    END IF;
    FOREACH command IN ARRAY ARRAY(
        SELECT step.text
        FROM (VALUES
            (1, CASE WHEN found_type IS NULL THEN format('ALTER TABLE %s ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()', table_name) END),
            (2, CASE WHEN found_type IS NULL THEN
                format('COMMENT ON COLUMN %s.updated_at IS %L', table_name, 'When the row was last changed: a trigger sets it on every UPDATE.') END),
            (3, format('CREATE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at()',
                rowkit_internal._fitting_name((SELECT class.relname FROM pg_class AS class WHERE class.oid = table_name), '_updated_at'), table_name))
        ) AS step(place, text)
        WHERE step.text IS NOT NULL AND NOT EXISTS (SELECT FROM rowkit_internal._updated_at_triggers(table_name))
        ORDER BY step.place)
    LOOP
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_updated_at(regclass,boolean) IS 'Gives a table the trigger update_updated_at for its column updated_at, and the column (timestamptz) where it has none. Returns the commands that it ran (or, dry_run, would run); none where the table has such a trigger. 42809 for what is no table, 42804 for a column updated_at of another type. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM enable_updated_at(''projects''). table_name is the table. dry_run runs nothing and only returns the commands. kind is what sort of object the statement is about: column, comment or trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_usage_counter(table_name regclass, owner_table regclass, counter_column text, foreign_key_column text DEFAULT NULL::text, condition text DEFAULT NULL::text, sum_column text DEFAULT NULL::text, limit_column text DEFAULT NULL::text, plan_column text DEFAULT NULL::text, plans text DEFAULT NULL::text, mode text DEFAULT 'immediate'::text, slots integer DEFAULT 32, resource_type text DEFAULT NULL::text, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET client_min_messages TO 'error'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_owner(owner_table);
    IF mode NOT IN ('immediate', 'sharded') OR mode IS NULL THEN
        RAISE EXCEPTION 'mode cannot be "%"', left(mode, 100) USING ERRCODE = '22023', HINT = 'It is ''immediate'' or ''sharded''.';
    END IF;
    FOR command IN
        SELECT * FROM rowkit_internal._usage_counter_commands(table_name, owner_table, counter_column, foreign_key_column, condition, sum_column, limit_column, plan_column, plans, mode,
            slots, resource_type)
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_usage_counter(regclass,regclass,text,text,text,text,text,text,text,text,integer,text,boolean) IS 'Keeps on each row of owner_table, in counter_column, how many rows of a table refer to it, or the sum of sum_column (integers), of rows that are not deleted and meet condition; and returns the commands that it ran (or, with dry_run, would run). The limit is the owner''s limit_column (by default max_… of the same name; '''' for none), or that column of its plan: plan_column names the plan, plans is table(key). Whoever row security holds on owner_table cannot write the counter (42501), and a new owner begins with 0. mode sharded lets the writers of one owner pass each other, with so many slots. Done again it changes the settings. Counts what is there, also in a column that was there and holds NULL. 42809 for what is no table, 42704 without a foreign key, 42804 for another type, 22023 for another mode. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. table_name is the table whose rows are counted. foreign_key_column is its column that refers to the owner, by default the one foreign key to it. resource_type is the name by which errors and account_usage know what is counted. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.enable_user_sync(auth_users regclass, users regclass DEFAULT NULL::regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET quote_all_identifiers TO 'off'
AS $function$
-- PL/pgSQL: DDL.
DECLARE
    people CONSTANT regclass := rowkit_internal._job_table(users, 'users');
BEGIN
    -- Those who sign up are often in a table of another role, such as supabase_auth_admin.
    IF NOT rowkit_internal._stands_by_itself(auth_users) THEN
        PERFORM rowkit_internal._require_owner(auth_users);
    END IF;
    PERFORM rowkit_internal._require_owner(people);
    FOR command IN
        SELECT pg_catalog.format(wanted.text, people_of.name, auth_users, auth.owner, people_of.schema)
        FROM (SELECT pg_catalog.format('%I.%I', namespace.nspname, class.relname) AS name,
                    pg_catalog.quote_ident(namespace.nspname) AS schema, class.relrowsecurity, class.relnamespace
                FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace
                WHERE class.oid OPERATOR(pg_catalog.=) people) AS people_of,
            (SELECT relowner::pg_catalog.regrole AS owner, relowner FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) auth_users) AS auth,
            LATERAL (VALUES
                (1, NOT pg_catalog.has_schema_privilege(auth.relowner, people_of.relnamespace, 'USAGE'), 'GRANT USAGE ON SCHEMA %4$s TO %3$s'),
                (2, NOT (pg_catalog.has_table_privilege(auth.relowner, people, 'SELECT') AND pg_catalog.has_table_privilege(auth.relowner, people, 'INSERT')
                    AND pg_catalog.has_table_privilege(auth.relowner, people, 'UPDATE')), 'GRANT SELECT, INSERT, UPDATE ON %1$s TO %3$s'),
                (3, people_of.relrowsecurity AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy
                        WHERE polrelid OPERATOR(pg_catalog.=) people AND polname OPERATOR(pg_catalog.=) 'handle_new_user'),
                    'CREATE POLICY handle_new_user ON %1$s TO %3$s USING (true) WITH CHECK (true)'),
                (4, people_of.relrowsecurity AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy
                        WHERE polrelid OPERATOR(pg_catalog.=) people AND polname OPERATOR(pg_catalog.=) 'handle_new_user'),
                    'SELECT rowkit_internal._seal_policies(%1$L, ''{handle_new_user}'')'),
                (5, NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
                        WHERE tgrelid OPERATOR(pg_catalog.=) auth_users AND tgname OPERATOR(pg_catalog.=) 'handle_new_user'),
                    'CREATE TRIGGER handle_new_user AFTER INSERT OR UPDATE OF email ON %2$s FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user(%1$L)')
            ) AS wanted(place, is_needed, text)
        WHERE wanted.is_needed
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.enable_user_sync(regclass,regclass,boolean) IS 'Makes the trigger handle_new_user on auth.users and gives its owner, who signs users up, what it needs on users: rights, and a policy where row security is enabled. Tells what it did (or, dry_run, would do). Users that are there already follow when their e-mail is next written. 42704 without users. Users, and sign-ups in a partitioned table or a partition, must belong to the caller or a trusted role (42501), also where the caller is a superuser. VOLATILE. auth_users is the table of those who sign up, auth.users of Supabase. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

COMMENT ON FUNCTION rowkit.purge_audit_logs(integer,regclass) IS 'Drops the log''s parts whose events are all older than so many days, and logs that it did. Returns how many parts. 22023 for what is no log, 42704 without a table audit_logs on the search_path. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT purge_audit_logs(365). days_old is how many days events stay. audit_logs is the log, by default audit_logs on the search_path.';

CREATE OR REPLACE FUNCTION rowkit.register_membership(membership regclass, user_column text DEFAULT 'user_id'::text, tenant_column text DEFAULT NULL::text, role_column text DEFAULT NULL::text, active_column text DEFAULT NULL::text, roles text[] DEFAULT '{}'::text[], dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET client_min_messages TO 'warning'
AS $function$
DECLARE
    found record;
    arguments text;
BEGIN
    PERFORM rowkit_internal._require_owner(membership);
    PERFORM rowkit_internal._require_table(membership, 'a membership');
    IF tenant_column IS NULL THEN
        SELECT count(*) AS columns, min(attribute.attname) AS name INTO found
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = membership AND attribute.attname IN ('organization_id', 'account_id', 'workspace_id', 'tenant_id') AND NOT attribute.attisdropped;
        IF found.columns <> 1 THEN
            RAISE EXCEPTION 'which column of % is the tenant''s?', membership USING ERRCODE = '22023', HINT = 'Name it: tenant_column => ''account_id''.';
        END IF;
        tenant_column := found.name;
    END IF;
    FOR found IN
        SELECT wanted.name, wanted.type, attribute.atttypid::regtype AS is_type
        FROM (VALUES (user_column, 'uuid'::regtype), (tenant_column, 'uuid'), (role_column, NULL), (active_column, 'boolean')) AS wanted(name, type)
        LEFT JOIN pg_attribute AS attribute
            ON attribute.attrelid = membership AND attribute.attname = wanted.name AND attribute.attnum > 0 AND NOT attribute.attisdropped
        WHERE wanted.name IS NOT NULL
    LOOP
        IF found.is_type IS NULL THEN
            RAISE EXCEPTION '% has no column "%"', membership, found.name USING
                ERRCODE = '42703', HINT = 'Name its columns: user_column, tenant_column, role_column, active_column.';
        ELSIF found.type IS DISTINCT FROM found.is_type AND found.type IS NOT NULL THEN
            RAISE EXCEPTION 'column "%" of % must be of type %, not %', found.name, membership, found.type, found.is_type USING ERRCODE = '42804';
        END IF;
    END LOOP;
    IF user_column IS NULL OR (role_column IS NULL) <> (cardinality(coalesce(roles, '{}')) = 0) OR '' = ANY (roles) OR array_position(roles, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'a membership has a user column, and a role column together with its roles' USING
            ERRCODE = '22023', HINT = 'For example role_column => ''role'', roles => ''{viewer,member,admin,owner}'', from the fewest rights to the most.';
    END IF;
    -- A deactivated member would count again, and every member would have every role.
    IF EXISTS (SELECT FROM rowkit_internal._membership_of(membership) AS former(settings)
        WHERE role_column IS NULL AND former.settings[3] <> '' OR active_column IS NULL AND former.settings[4] <> '')
    THEN
        RAISE WARNING 'the membership % has fewer bounds now', membership USING HINT = format('It was registered by: %s;', rowkit_internal._membership_call(membership));
    END IF;
    SELECT string_agg(quote_literal(word.text), ', ' ORDER BY word.place) INTO arguments
    FROM unnest(ARRAY[user_column, tenant_column, coalesce(role_column, ''), coalesce(active_column, '')] || roles) WITH ORDINALITY AS word(text, place);
    FOREACH command IN ARRAY
        CASE WHEN rowkit_internal._has_leading_index(membership, user_column) THEN '{}'::text[] ELSE ARRAY[format('CREATE INDEX ON %s (%I)', rowkit_internal._quoted_name(membership), user_column)] END
        || format(
            'CREATE OR REPLACE TRIGGER membership_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.guard_membership(%s)',
            rowkit_internal._quoted_name(membership), arguments)
        || format(
            'CREATE OR REPLACE TRIGGER membership_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.guard_membership(%s)',
            rowkit_internal._quoted_name(membership), arguments)
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.register_membership(regclass,text,text,text,text,text[],boolean) IS 'Lets current_tenant_ids read a table that says which user belongs to which tenant (both uuid), and returns the commands that it ran. Rows with deleted_at, and those where active_column is not true, do not count. roles are those of role_column, from the fewest rights to the most; of the last each tenant keeps one member. 42703 and 42804 for columns that do not fit, 22023 for roles without their column. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. membership is the table of the members. user_column is its column of the user. tenant_column is its column of the tenant. dry_run runs nothing and only returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.set_deleted_retention(table_name regclass, days_old integer, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    IF days_old < 0 THEN
        RAISE EXCEPTION 'days_old cannot be negative' USING
            ERRCODE = '22023', HINT = 'Give how many days deleted rows stay, or NULL for the default of purge_deleted_in_batches.';
    ELSIF NOT EXISTS (
        SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure
    ) THEN
        RAISE EXCEPTION '% has no soft delete', table_name USING ERRCODE = '42704', HINT = format('SELECT rowkit.enable_soft_delete(%L);', table_name);
    END IF;
    command := format('CREATE OR REPLACE TRIGGER guard_soft_delete_update AFTER UPDATE ON %s FOR EACH ROW '
        'WHEN (NOT rowkit._is_own_mark(OLD.deletion_id, NEW.deletion_id)) EXECUTE FUNCTION rowkit.guard_soft_delete(%s)',
        table_name, CASE WHEN days_old IS NOT NULL THEN format('%L', 'retention_days=' || days_old) END);
    IF NOT dry_run THEN
        EXECUTE command;
    END IF;
    RETURN QUERY SELECT object.kind, object.identity, command FROM rowkit_internal._command_object(command) AS object;
END
$function$
;

COMMENT ON FUNCTION rowkit.set_deleted_retention(regclass,integer,boolean) IS 'Sets how many days the table''s deleted rows stay before purge_deleted_in_batches purges them; days_old NULL is its default. Kept as the argument of the table''s guard, so that a dump carries it. More than 1,000,000 days are as long as that: the rows stay. 42704 without soft delete, 22023 for a negative number. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM set_deleted_retention(''projects'', 30). table_name is the table. days_old is that number of days. dry_run runs nothing and only returns the statement. kind is what sort of object the statement changes. identity is the name of the object, as SQL writes it. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit.uninstall_blueprint(blueprint text, schema_name text, confirm text DEFAULT NULL::text, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET standard_conforming_strings TO 'on'
 SET client_min_messages TO 'warning'
 SET row_security TO 'off'
AS $function$
DECLARE
    registry regclass := rowkit_internal._blueprint_registry(schema_name, NOT dry_run);
    is_installed boolean := false;
    made jsonb;
    tables text[];
    relation text;
    row_count bigint;
    counts text[] := '{}';
    step text;
    is_last boolean;
    schema_was_made boolean;
    parts_schema text;
BEGIN
    IF registry IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s AS made WHERE made.blueprint = $1)', registry) INTO is_installed USING blueprint;
    END IF;
    IF NOT is_installed THEN
        RAISE EXCEPTION 'blueprint "%" is not installed in schema "%"', left(blueprint, 100), left(schema_name, 100) USING
            ERRCODE = '42704', HINT = 'Only what rowkit.install_blueprint made can be uninstalled.';
    END IF;
    EXECUTE format(
        $query$
            SELECT
                coalesce(jsonb_agg(to_jsonb(there) - 'made_by'), '[]'),
                coalesce(array_agg(there.identity ORDER BY there.name COLLATE "C") FILTER (WHERE there.kind = 'table'), '{}')
            FROM %s AS made
            JOIN rowkit_internal._schema_objects($2) AS there ON there.kind = made.kind AND there.name = made.name
            WHERE made.blueprint = $1
        $query$, registry)
    INTO made, tables USING blueprint, schema_name;
    -- Somebody else's table may have the name of one that is gone.
    PERFORM rowkit_internal._require_owner(named::regclass) FROM unnest(tables) AS named;
    IF dry_run THEN
        RETURN QUERY
        SELECT object.kind, object.identity, object.drop_command
        FROM jsonb_to_recordset(made) AS object(kind text, name text, identity text, drop_command text)
        ORDER BY object.kind COLLATE "C" <> 'table', object.kind COLLATE "C", object.name COLLATE "C";
        RETURN;
    END IF;

    -- The parts of its audit log are in a schema of their own.
    SELECT namespace.nspname INTO parts_schema
    FROM pg_partitioned_table AS log
    JOIN pg_class AS part ON part.oid = log.partdefid
    JOIN pg_namespace AS namespace ON namespace.oid = part.relnamespace
    WHERE log.partrelid = to_regclass(format('%I.audit_logs', schema_name)) AND log.partrelid = ANY (tables::regclass[])
        AND obj_description(namespace.oid, 'pg_namespace') LIKE 'Parts of %, made by rowkit.create_audit_log: dump both schemas.';
    IF cardinality(tables) > 0 THEN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', array_to_string(tables, ', '));
        -- Rows that forced row security hides from their owner are there all the same; a refusal puts it back.
        FOREACH relation IN ARRAY tables LOOP
            IF (SELECT class.relforcerowsecurity FROM pg_class AS class WHERE class.oid = relation::regclass) THEN
                EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', relation);
            END IF;
        END LOOP;
    END IF;
    IF confirm IS DISTINCT FROM schema_name THEN
        FOREACH relation IN ARRAY tables LOOP
            -- That an audit began is nobody's data.
            EXECUTE format('SELECT count(*) FROM %s', relation) || CASE WHEN relation ~ '\.audit_logs$' THEN ' WHERE action <> ''ENABLE''' ELSE '' END INTO row_count;
            IF row_count > 0 THEN
                counts := counts || format('%s: %s', relation, row_count);
            END IF;
        END LOOP;
        IF cardinality(counts) > 0 THEN
            RAISE EXCEPTION 'blueprint "%" in schema "%" holds rows', blueprint, schema_name USING
                ERRCODE = '55000', DETAIL = format('Rows: %s.', array_to_string(counts, ', ')),
                HINT = format('To drop them with it: confirm => %L.', schema_name);
        END IF;
    END IF;

    -- Sign-ups would go on copying users to a table that is gone. PL/pgSQL: which table auth.users is, is known only now.
    FOR step IN
        SELECT format('DROP TRIGGER %I ON %s', sync.tgname, rowkit_internal._quoted_name(sync.tgrelid))
        FROM pg_trigger AS sync JOIN pg_class AS class ON class.oid = sync.tgrelid AND pg_has_role(class.relowner, 'USAGE')
            AND (rowkit_internal._is_trusted_for_caller(class.relowner) OR rowkit_internal._stands_by_itself(class.oid))
        WHERE sync.tgfoid = 'rowkit.handle_new_user'::regproc
            -- As text: an argument that anybody wrote may name nothing at all.
            AND (rowkit_internal._trigger_arguments(sync.tgargs, sync.tgnargs))[1] IN (SELECT rowkit_internal._quoted_name(made_table) FROM unnest(tables::regclass[]) AS made_table)
    LOOP
        EXECUTE step;
    END LOOP;

    -- First what others hang on: policies, triggers, defaults, functions, views. Then what stands on tables that stay. Functions,
    -- views and tables each at once, as they refer to each other; last what columns were made of. Never CASCADE: whatever
    -- else depends on them stops all of it with 2BP01.
    FOR step IN
        SELECT CASE phase.place
            WHEN 4 THEN 'DROP ROUTINE ' || string_agg(object.identity, ', ' ORDER BY object.name)
            WHEN 5 THEN 'DROP VIEW ' || string_agg(object.identity, ', ' ORDER BY object.name)
            WHEN 9 THEN 'DROP TABLE ' || string_agg(object.identity, ', ' ORDER BY object.name)
            WHEN 10 THEN 'DROP ROUTINE ' || string_agg(object.identity, ', ' ORDER BY object.name)
            ELSE min(object.drop_command)
        END
        FROM jsonb_to_recordset(made) AS object(kind text, name text, identity text, drop_command text, on_table text)
        JOIN (VALUES
            (1, 'policy'), (2, 'trigger'), (3, 'default value'), (4, 'function'), (4, 'procedure'), (4, 'aggregate'), (5, 'view'),
            (6, 'materialized view'), (7, 'constraint'), (8, 'index'), (9, 'table'), (10, 'function'), (11, 'sequence'), (12, 'type')
        ) AS phase(place, kind) ON phase.kind = object.kind
            -- What a rule, an index or a generated column calls goes after its table.
            AND (object.kind <> 'function' OR (phase.place = 10) = EXISTS (
                SELECT FROM pg_depend AS needed
                WHERE needed.refclassid = 'pg_proc'::regclass AND needed.refobjid = to_regprocedure(object.identity)
                    AND needed.classid IN ('pg_constraint'::regclass, 'pg_class'::regclass, 'pg_attrdef'::regclass)
                    AND needed.deptype = 'n'))
        WHERE object.kind NOT IN ('constraint', 'index')
            OR NOT EXISTS (
                SELECT FROM jsonb_to_recordset(made) AS holder(kind text, name text)
                WHERE holder.kind IN ('table', 'materialized view') AND holder.name = quote_ident(object.on_table))
        GROUP BY phase.place, CASE WHEN phase.place NOT IN (4, 5, 9, 10) THEN object.name END
        ORDER BY phase.place, min(object.name)
    LOOP
        EXECUTE step;
    END LOOP;
    RETURN QUERY
    SELECT object.kind, object.identity, object.drop_command
    FROM jsonb_to_recordset(made) AS object(kind text, name text, identity text, drop_command text)
    ORDER BY object.kind COLLATE "C" <> 'table', object.kind COLLATE "C", object.name COLLATE "C";

    IF parts_schema IS NOT NULL THEN
        BEGIN
            EXECUTE format('DROP SCHEMA %I', parts_schema);
            RETURN QUERY SELECT 'schema', quote_ident(parts_schema), format('DROP SCHEMA %I', parts_schema);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            NULL; -- It holds parts of another log, or objects of the user's own.
        END;
    END IF;
    EXECUTE format('DELETE FROM %s AS made WHERE made.blueprint = $1 AND made.kind <> ''schema''', registry) USING blueprint;
    EXECUTE format(
        'SELECT bool_and(made.kind = ''schema'') IS NOT FALSE, bool_or(made.kind = ''schema'') IS TRUE FROM %s AS made', registry)
    INTO is_last, schema_was_made;
    IF is_last THEN
        EXECUTE format('DROP TABLE %s', registry);
        RETURN QUERY SELECT 'table', format('%I.rowkit_objects', schema_name), format('DROP TABLE %I.rowkit_objects', schema_name);
    END IF;
    IF is_last AND schema_was_made THEN
        BEGIN
            EXECUTE format('DROP SCHEMA %I', schema_name);
            RETURN QUERY SELECT 'schema', quote_ident(schema_name), format('DROP SCHEMA %I', schema_name);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            NULL; -- It holds objects of the user's own by now, so it stays.
        END;
    END IF;
    PERFORM pg_notify('pgrst', 'reload schema');
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit.unregister_membership(membership regclass, dry_run boolean DEFAULT false)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(membership);
    FOR command IN
        SELECT format('DROP TRIGGER %I ON %s', trigger.tgname, rowkit_internal._quoted_name(membership))
        FROM pg_trigger AS trigger
        WHERE trigger.tgrelid = membership AND trigger.tgfoid = 'rowkit.guard_membership'::regproc AND trigger.tgparentid = 0
        ORDER BY trigger.tgname
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$function$
;

COMMENT ON FUNCTION rowkit.unregister_membership(regclass,boolean) IS 'The opposite of register_membership; policies that go by this membership raise 55000 from then on. No row where it was not registered. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. membership is the table of the members. dry_run runs nothing and only returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE OR REPLACE FUNCTION rowkit_internal._close_helper_table(relation regclass)
 RETURNS void
 LANGUAGE plpgsql
 STRICT
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(relation);
    PERFORM rowkit_internal._close_to_api(relation);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit_internal._quoted_name(relation));
    IF NOT EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = relation AND rule.polname = 'not_for_api') THEN
        -- By name, as the roles need not exist yet. Whom its owner grants rights on it, such as a role that may put deletions on hold, passes.
        EXECUTE format('CREATE POLICY not_for_api ON %s USING (current_user <> ALL (ARRAY[''anon''::name, ''authenticated''::name]))', rowkit_internal._quoted_name(relation));
    END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._create_month_parts(parted regclass, months_ahead integer, dry_run boolean)
 RETURNS TABLE(kind text, identity text, command text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET timezone TO 'UTC'
AS $function$
DECLARE
    home text;
    bare text;
    catch_all regclass;
    month timestamptz;
    part text;
BEGIN
    PERFORM rowkit_internal._require_owner(parted);
    SELECT namespace.nspname, class.relname INTO home, bare
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = parted AND class.relkind = 'p';
    IF home IS NULL OR months_ahead NOT BETWEEN 0 AND 1200 OR months_ahead IS NULL THEN
        RAISE EXCEPTION '% cannot get parts', coalesce(parted::text, 'a log that is not there') USING
            ERRCODE = '22023', HINT = 'Name a log that rowkit.create_audit_log() made, and 0 to 1200 months.';
    END IF;
    -- The part for the rest, whatever it is called: a table of that name may be somebody else's. The others are where it is.
    SELECT split.partdefid::regclass INTO catch_all FROM pg_partitioned_table AS split WHERE split.partrelid = parted AND split.partdefid <> 0;
    SELECT namespace.nspname INTO home
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = coalesce(catch_all, parted);
    FOR month IN EXECUTE
        'SELECT date_trunc(''month'', now()) + ahead * interval ''1 month'' FROM generate_series(0, $1) AS ahead'
        || CASE WHEN catch_all IS NULL THEN '' ELSE format(' UNION SELECT date_trunc(''month'', held.created_at) FROM %s AS held', catch_all) END
        || ' ORDER BY 1' USING months_ahead
    LOOP
        part := format('%I.%I', home, rowkit_internal._fitting_name(bare, to_char(month, '_YYYY_MM')));
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        FOR command IN
            SELECT format(step.text, part, parted, catch_all, month, month + interval '1 month')
            FROM (VALUES
                (1, 'CREATE TABLE %1$s (LIKE %2$s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)'),
                (2, 'SELECT rowkit_internal._seal_audit_log(%1$L)'),
                (3, CASE WHEN catch_all IS NOT NULL THEN 'WITH moved AS (DELETE FROM %3$s AS held WHERE held.created_at >= %4$L AND held.created_at < %5$L RETURNING held.*) '
                    'INSERT INTO %1$s SELECT * FROM moved' END),
                (4, 'ALTER TABLE %2$s ATTACH PARTITION %1$s FOR VALUES FROM (%4$L) TO (%5$L)')
            ) AS step(place, text)
            WHERE step.text IS NOT NULL
            ORDER BY step.place
        LOOP
            SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
            IF NOT dry_run THEN
                EXECUTE command;
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._ensure_filled_defaults(blueprint text, home regnamespace)
 RETURNS void
 LANGUAGE plpgsql
 STRICT
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    filled record;
BEGIN
    FOR filled IN
        SELECT DISTINCT rowkit_internal._quoted_name(relation.id) AS relation, tenant.attname
        FROM rowkit_internal._blueprint_relations(blueprint, home) AS relation
        JOIN pg_trigger AS trigger ON trigger.tgrelid = relation.id AND trigger.tgfoid = 'rowkit.inherit_tenant'::regproc AND trigger.tgparentid = 0
        CROSS JOIN LATERAL rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS told(arguments)
        -- Without a second argument the tenant's column is the other one of a foreign key of two columns.
        JOIN pg_attribute AS tenant ON tenant.attrelid = relation.id AND NOT tenant.atthasdef AND tenant.atttypid = 'uuid'::regtype
            AND (tenant.attname = told.arguments[2] OR told.arguments[2] IS NULL AND EXISTS (
                SELECT FROM pg_constraint AS rule
                JOIN pg_attribute AS parent ON parent.attrelid = rule.conrelid AND parent.attname = told.arguments[1]
                WHERE rule.conrelid = relation.id AND rule.contype = 'f' AND rule.conkey IN (ARRAY[parent.attnum, tenant.attnum], ARRAY[tenant.attnum, parent.attnum])))
    LOOP
        PERFORM rowkit_internal._require_owner(filled.relation::regclass);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT rowkit.filled_by_trigger()', filled.relation, filled.attname);
    END LOOP;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._ensure_id_default(relation regclass)
 RETURNS void
 LANGUAGE plpgsql
 STRICT
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(relation);
    IF EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = relation AND attribute.attname = 'id' AND NOT attribute.atthasdef AND attribute.attidentity = ''
    ) THEN
        EXECUTE format('ALTER TABLE %s ALTER COLUMN id SET DEFAULT rowkit.uuidv7()', relation);
    END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._purge_audit_logs(log regclass, days_old integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET quote_all_identifiers TO 'off'
 SET standard_conforming_strings TO 'on'
 SET datestyle TO 'ISO'
 SET intervalstyle TO 'postgres'
 SET extra_float_digits TO '1'
 SET bytea_output TO 'hex'
 SET timezone TO 'UTC'
AS $function$
DECLARE
    part record;
    ended timestamptz;
    dropped bigint := 0;
BEGIN
    PERFORM rowkit_internal._require_owner(log);
    IF days_old IS NULL OR days_old < 0 OR NOT EXISTS (SELECT FROM pg_class AS class WHERE class.oid = log AND class.relkind = 'p') THEN
        RAISE EXCEPTION '% cannot be purged', coalesce(log::text, 'a log that is not there') USING
            ERRCODE = '22023', HINT = 'Name a log that rowkit.create_audit_log() made, and how many days its events stay.';
    END IF;
    FOR part IN
        SELECT bound.name, bound.upper
        FROM (
            SELECT class.oid::regclass AS name, substring(pg_get_expr(class.relpartbound, class.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz AS upper
            FROM pg_inherits AS child JOIN pg_class AS class ON class.oid = child.inhrelid
            WHERE child.inhparent = log
        ) AS bound
        WHERE bound.upper <= now() - days_old * interval '1 day'
        ORDER BY bound.upper
    LOOP
        EXECUTE format('DROP TABLE %s', part.name);
        ended := part.upper;
        dropped := dropped + 1;
    END LOOP;
    IF dropped > 0 THEN
        EXECUTE format(
            'INSERT INTO %s (id, user_id, action, table_name, new_data, database_role, transaction, transaction_id, statement) '
            'SELECT rowkit.uuidv7(), rowkit.current_user_id(), ''PURGE'', $1, jsonb_build_object(''before'', $2, ''parts'', $3), rowkit_internal._acting_role(), '
            'rowkit_internal._transaction_identity(), pg_current_xact_id()::text::bigint, 0',
            log)
            USING (SELECT class.relname::text FROM pg_class AS class WHERE class.oid = log), ended, dropped;
    END IF;
    RETURN dropped;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._refresh_view(view regclass)
 RETURNS void
 LANGUAGE plpgsql
 STRICT
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    PERFORM rowkit_internal._require_owner(view);
    -- A view that was restored without its data cannot be refreshed concurrently yet.
    EXECUTE format(
        'REFRESH MATERIALIZED VIEW %s %s',
        CASE WHEN (SELECT relation.relispopulated FROM pg_class AS relation WHERE relation.oid = view) THEN 'CONCURRENTLY' END, view);
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._seal_audit_log(log regclass)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    held record;
    taken bigint := 0;
BEGIN
    PERFORM rowkit_internal._require_owner(log);
    FOR held IN
        SELECT DISTINCT CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE entry.grantee::regrole::text END AS role
        FROM pg_class AS class, aclexplode(class.relacl) AS entry
        WHERE class.oid = log AND entry.grantee <> class.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', log, held.role);
        taken := taken + 1;
    END LOOP;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', log);
    RETURN taken;
END
$function$
;

CREATE OR REPLACE FUNCTION rowkit_internal._table_commands(home text, wanted jsonb)
 RETURNS SETOF text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = home AND nspname !~ '^pg_') THEN
        RAISE EXCEPTION 'there is no schema % for tables', coalesce(left(home, 100), 'on the search_path') USING ERRCODE = '3F000', HINT = 'Make it first, or name another.';
    END IF;
    PERFORM rowkit_internal._refuse_planted(to_regclass(format('%I.%I', home, entry ->> 'relation'))) FROM jsonb_array_elements(wanted) AS entry;
    -- The foreign keys would be to tables whose owner's code runs when a row is checked.
    PERFORM rowkit_internal._require_owner(to_regclass(format('%I.%I', home, referred))) FROM unnest('{accounts,users}'::text[]) AS referred;
    -- A reference is to a table that is there with such a key.
    RETURN QUERY
        SELECT format(entry.wanted ->> 'text', home, named.accounts, named.users)
        FROM jsonb_array_elements(wanted) WITH ORDINALITY AS entry(wanted, place),
            (SELECT max(reference) FILTER (WHERE relname = 'accounts') AS accounts, max(reference) FILTER (WHERE relname = 'users') AS users
                FROM (SELECT relname, format(' REFERENCES %I.%I (id) ON DELETE CASCADE', home, relname) AS reference
                    FROM pg_class AS class
                    JOIN pg_index AS entry ON entry.indrelid = class.oid AND entry.indisunique AND entry.indpred IS NULL AND entry.indnatts = 1
                    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = entry.indkey[0]
                    WHERE class.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = home) AND class.relkind IN ('r', 'p')
                        AND attribute.attname = 'id' AND attribute.atttypid = 'uuid'::regtype) AS known
            ) AS maybe, LATERAL (SELECT coalesce(maybe.accounts, '') AS accounts, coalesce(maybe.users, '') AS users) AS named
        WHERE to_regclass(format('%I.%I', home, entry.wanted ->> 'relation')) IS NULL
        ORDER BY entry.place;
END
$function$
;
COMMENT ON FUNCTION rowkit.drop_column(regclass,text,boolean) IS 'Drops a column of a table, and makes its view of live rows, <table>_active, anew with the grants it had: ALTER TABLE … DROP COLUMN alone is refused by the view (2BP01). Returns the commands that it ran, or with dry_run would run. 42703 without such a column, 55000 for one of the marks of soft delete, 2BP01 where something else needs the column or the view; it names the views. For the table''s owner. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM drop_column(''projects'', ''colour''). table_name is the table. column_name is the column that goes. kind is what sort of object the statement is about, such as table or trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

COMMENT ON FUNCTION rowkit.guard_soft_delete() IS 'Trigger, AFTER INSERT OR UPDATE FOR EACH ROW and, of a partitioned table, BEFORE UPDATE, made by enable_soft_delete: refuses a live row whose foreign key refers to a soft-deleted parent (23503), and deleted_at or deletion_id written by anybody but rowkit (55000; a deleted row may change its partition). Holds each parent as a foreign key does, FOR KEY SHARE, so that no concurrent delete of the parent is missed. The argument ''retention_days=30'' is what set_deleted_retention says.';

COMMENT ON FUNCTION rowkit.hold_deletion(regclass,uuid,boolean) IS 'Puts the deletion of a row on hold, or ends that: what is on hold is neither purged nor erased, but can be restored. Takes the rights of soft_delete on all rows of the deletion as restore_deleted does, and SELECT (id) and UPDATE (is_on_hold) on deletions, by grants and policies (42501; also where the deletion began with a table of another owner, who can hold it). false when the row is not deleted or not the caller''s. VOLATILE. table_name is the table. record_id is the primary key of the row, a uuid.';

COMMENT ON FUNCTION rowkit.undo_transaction(uuid,regclass) IS 'Takes back every logged change of a transaction, the last first, with the caller''s rights, and returns how many rows it changed. transaction is the uuid that the log and row_history() have for it; it stays the same through dump, restore and failover. All or nothing: 55000 when a row holds something else by now (which ones in DETAIL as JSON), when a value does not fit its column any more (the server''s message in DETAIL), the constraint''s own error when one is broken, and for what the log does not hold: TRUNCATE, redacted values; soft deletes have restore_deleted. A row that the transaction inserted and that is deleted softly, or for good, by now counts as gone: it stays as it is, is not among the rows that are returned, and restore_deleted() can still bring it back. Columns that the audit ignores or rowkit''s triggers keep, such as usage counters, are neither written nor compared. 42704 for a transaction of which the caller sees no event, 42501 when the caller sees some of its events only, and when it changed a table of another owner than the log''s, unless the caller owns that table or it is a superuser''s. VOLATILE. audit_logs is the log, by default audit_logs on the search_path.';
