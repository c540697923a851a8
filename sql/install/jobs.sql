-- Jobs: what runs by the clock, and its registration with pg_cron. Each job may run twice, late or never: what it leaves is what is right at that
-- time. src/apps/jobs.rs computes.

CREATE FUNCTION rowkit_internal._job_table(named regclass, name text) RETURNS regclass
    LANGUAGE plpgsql STABLE
    AS $$
-- PL/pgSQL: it raises.
DECLARE
    relation CONSTANT regclass := coalesce(named, pg_catalog.to_regclass(pg_catalog.quote_ident(name)));
BEGIN
    IF relation IS NULL THEN
        RAISE EXCEPTION 'there is no table % on the search_path', name USING ERRCODE = '42704', HINT = pg_catalog.format('Name it: %s => ''app.%s''.', name, name);
    END IF;
    RETURN relation;
END
$$;
COMMENT ON FUNCTION rowkit_internal._job_table(regclass, text) IS 'The table of a job: the one named, else the one on the search_path. Internal.';

CREATE FUNCTION rowkit_internal._reset_weekly_lead_counts(queries regclass DEFAULT NULL, time_zone text DEFAULT 'UTC') RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'reset_weekly_lead_counts_wrapper';
COMMENT ON FUNCTION rowkit_internal._reset_weekly_lead_counts(regclass, text) IS
'Sets leads_this_week to 0 in every row of queries whose leads_week (date, the Monday it counts from, by the time zone) is another week. Returns the number of rows. '
'Runs with the caller''s rights, or as the table''s owner if the caller is a member of the owner. 42704 without the table. VOLATILE. '
'time_zone is the time zone by which weeks begin, by default UTC. Internal.';

CREATE FUNCTION rowkit_internal._cleanup_expired_exports(export_jobs regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'cleanup_expired_exports_wrapper';
COMMENT ON FUNCTION rowkit_internal._cleanup_expired_exports(regclass) IS
'Deletes the rows of export_jobs whose expires_at has passed and that are completed or failed, none that is running. Returns the number of rows. Runs with the caller''s rights, or as '
'the table''s owner if the caller is a member of the owner. 42704 without the table. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._update_topic_trends(trends regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'update_topic_trends_wrapper';
COMMENT ON FUNCTION rowkit_internal._update_topic_trends(regclass) IS
'Sets change_percent of every row of trends (topic_id uuid, week date, volume bigint) to how much volume differs from the week before, in percent, two digits; NULL if there '
'is no week before, or it was 0. Returns the number of rows that changed. Runs with the caller''s rights, or as the table''s owner if the caller is a member of the owner. 42704 without '
'the table. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._purge_events(events regclass, days_old integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
DECLARE
    ends CONSTANT timestamptz := now() - make_interval(days => days_old);
    part record;
    removed bigint := 0;
    counted bigint;
BEGIN
    IF days_old IS NULL OR days_old NOT BETWEEN 0 AND 36500 THEN
        RAISE EXCEPTION 'events cannot be removed after % days', days_old USING ERRCODE = '22023', HINT = 'Give how many days they stay: 0 to 36500.';
    END IF;
    PERFORM rowkit_internal._require_own(events);
    -- Whole parts go at once, where the caller may drop them.
    FOR part IN
        SELECT rowkit_internal._quoted_name(class.oid) AS name
        FROM pg_inherits AS child JOIN pg_class AS class ON class.oid = child.inhrelid
        CROSS JOIN LATERAL substring(pg_get_expr(class.relpartbound, class.oid) FROM 'TO \(''([^'']+)''\)') AS bound(upper)
        WHERE child.inhparent = events AND bound.upper::timestamptz <= ends AND pg_has_role(class.relowner, 'USAGE')
        ORDER BY bound.upper
    LOOP
        EXECUTE 'SELECT count(*) FROM ' || part.name INTO counted;
        EXECUTE 'DROP TABLE ' || part.name;
        removed := removed + counted;
    END LOOP;
    EXECUTE format('DELETE FROM %s AS event WHERE event.created_at < $1', rowkit_internal._quoted_name(events)) USING ends;
    GET DIAGNOSTICS counted = ROW_COUNT;
    RETURN removed + counted;
END
$$;
COMMENT ON FUNCTION rowkit_internal._purge_events(regclass, integer) IS
'Removes the rows of a table whose created_at is older than so many days, and returns how many: it drops parts of which all rows are older, if the caller owns them, and deletes the rest. 22023 for a number of '
'days below 0 or above 36500. VOLATILE. Internal.';

CREATE FUNCTION rowkit.schedule_jobs(schema_name text DEFAULT current_schema(), dry_run boolean DEFAULT false)
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

CREATE FUNCTION rowkit.unschedule_jobs(schema_name text DEFAULT current_schema(), dry_run boolean DEFAULT false) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    ended bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
        RETURN 0;
    ELSIF dry_run THEN
        EXECUTE 'SELECT count(*) FROM cron.job WHERE starts_with(job.jobname, $1) AND strpos(substr(job.jobname, length($1) + 1), '' '') = 0' INTO ended USING format('rowkit %s ', schema_name);
    ELSE
        EXECUTE 'SELECT count(cron.unschedule(job.jobid)) FROM cron.job WHERE starts_with(job.jobname, $1) AND strpos(substr(job.jobname, length($1) + 1), '' '') = 0' INTO ended USING format('rowkit %s ', schema_name);
    END IF;
    RETURN ended;
END
$$;
COMMENT ON FUNCTION rowkit.unschedule_jobs(text, boolean) IS
'Takes the jobs of schedule_jobs from pg_cron (or, dry_run, takes none), and returns how many. VOLATILE. '
'schema_name is the schema that the jobs are for.';
