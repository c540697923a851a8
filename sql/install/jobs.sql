-- Jobs: what runs by the clock, and its registration with pg_cron. PL/pgSQL: the tables are the user's, known only at run time. Each job may run
-- twice, late or never: what it leaves is what is right at that time.

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

CREATE FUNCTION rowkit.reset_weekly_lead_counts(queries regclass DEFAULT NULL, time_zone text DEFAULT 'UTC') RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    changed bigint;
BEGIN
    EXECUTE pg_catalog.format(
        'UPDATE %s AS query SET leads_this_week = 0, leads_week = rowkit.credit_period(''week'', pg_catalog.now(), $1) '
        'WHERE query.leads_week IS DISTINCT FROM rowkit.credit_period(''week'', pg_catalog.now(), $1)', rowkit_internal._job_table(queries, 'queries')) USING time_zone;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION rowkit.reset_weekly_lead_counts(regclass, text) IS
'Begins the week for every row of queries whose leads_this_week is of another one: leads_week (date) is the Monday it counts from, by the time zone; how many. '
'With the caller''s rights. 42704 without the table. VOLATILE.';

CREATE FUNCTION rowkit.cleanup_expired_exports(export_jobs regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    removed bigint;
BEGIN
    EXECUTE pg_catalog.format(
        'DELETE FROM %s AS job WHERE job.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now() '
        'AND job.status::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[''completed'', ''failed'']::pg_catalog.text[])', rowkit_internal._job_table(export_jobs, 'export_jobs'));
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION rowkit.cleanup_expired_exports(regclass) IS
'Removes the rows of export_jobs whose expires_at has passed and that are completed or failed, not those at work; how many. With the caller''s rights. '
'42704 without the table. VOLATILE.';

CREATE FUNCTION rowkit.update_topic_trends(trends regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    changed bigint;
BEGIN
    EXECUTE pg_catalog.format(
        'UPDATE %1$s AS trend SET change_percent = fresh.change_percent FROM ('
        'SELECT this.topic_id, this.week, pg_catalog.round((this.volume OPERATOR(pg_catalog.-) before.volume)::pg_catalog.numeric '
        'OPERATOR(pg_catalog./) NULLIF(before.volume, 0)::pg_catalog.numeric OPERATOR(pg_catalog.*) 100::pg_catalog.numeric, 2) AS change_percent '
        'FROM %1$s AS this LEFT JOIN %1$s AS before ON before.topic_id OPERATOR(pg_catalog.=) this.topic_id '
        'AND before.week OPERATOR(pg_catalog.=) (this.week OPERATOR(pg_catalog.-) 7)) AS fresh '
        'WHERE trend.topic_id OPERATOR(pg_catalog.=) fresh.topic_id AND trend.week OPERATOR(pg_catalog.=) fresh.week '
        'AND trend.change_percent IS DISTINCT FROM fresh.change_percent', rowkit_internal._job_table(trends, 'trends'));
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION rowkit.update_topic_trends(regclass) IS
'Sets change_percent of every row of trends (topic_id uuid, week date, volume bigint) to how much volume differs from the week before, in percent, two digits; NULL where there '
'is no week before, or it was 0. How many changed. With the caller''s rights. 42704 without the table. VOLATILE.';

CREATE FUNCTION rowkit.schedule_jobs(schema text DEFAULT current_schema(), dry_run boolean DEFAULT false)
    RETURNS TABLE(job_name text, schedule text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF to_regnamespace(quote_ident(schema)) IS NULL THEN
        RAISE EXCEPTION 'there is no schema %', coalesce(schema, 'without a name') USING ERRCODE = '3F000', HINT = 'Name the schema of your tables.';
    ELSIF NOT dry_run AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
        RAISE EXCEPTION 'pg_cron is not there' USING ERRCODE = '55000',
            HINT = 'CREATE EXTENSION pg_cron in the database of cron.database_name, or give another scheduler what dry_run => true answers.';
    END IF;
    FOR job_name, schedule, command IN
        SELECT format('rowkit %s %s', schema, job.name), job.at, format(job.text, quote_literal(format('%I.%I', schema, job.relation)))
        FROM (VALUES
            ('run_retention', 'deletions', '0 3 * * *', 'CALL rowkit.run_retention(90)'),
            -- Every hour: somewhere a day begins.
            ('reset_daily_credits', 'credit_accounts', '0 * * * *', 'SELECT rowkit.reset_daily_credits(%s)'),
            ('expire_credits', 'credit_accounts', '10 0 * * *', 'SELECT rowkit.expire_credits(%s)'),
            ('cleanup_expired_exports', 'export_jobs', '20 0 * * *', 'SELECT rowkit.cleanup_expired_exports(%s)'),
            ('reset_weekly_lead_counts', 'queries', '0 0 * * 1', 'SELECT rowkit.reset_weekly_lead_counts(%s)'),
            ('maintain_audit_partitions', 'audit_logs', '40 0 * * *', 'SELECT rowkit.maintain_audit_partitions(%s)'),
            ('update_topic_trends', 'trends', '30 0 * * 1', 'SELECT rowkit.update_topic_trends(%s)')
        ) AS job(name, relation, at, text)
        -- A table of another role would have that role's triggers run in the job.
        WHERE rowkit_internal._is_own_table(to_regclass(format('%I.%I', schema, job.relation)))
    LOOP
        IF NOT dry_run THEN
            EXECUTE 'SELECT cron.schedule($1, $2, $3)' USING job_name, schedule, command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.schedule_jobs(text, boolean) IS
'Registers with pg_cron the jobs of those tables that the schema has, and tells them (or, dry_run, would): times are pg_cron''s, GMT unless cron.timezone says otherwise. Done '
'again it changes nothing. Tables of others than the caller, the schema''s owner and superusers are left out. 55000 without pg_cron, 3F000 without the schema. VOLATILE.';

CREATE FUNCTION rowkit.unschedule_jobs(schema text DEFAULT current_schema()) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    ended bigint := 0;
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
        EXECUTE 'SELECT count(cron.unschedule(job.jobid)) FROM cron.job WHERE starts_with(job.jobname, $1)' INTO ended USING format('rowkit %s ', schema);
    END IF;
    RETURN ended;
END
$$;
COMMENT ON FUNCTION rowkit.unschedule_jobs(text) IS 'Takes the jobs of schedule_jobs from pg_cron; how many. VOLATILE.';
