-- Lifecycle: what ends it. src/rows/lifecycle/purge.rs computes; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit_internal._purge_step(
    table_name regclass, days_old integer, tables_decide boolean, after uuid, batch_size bigint, lock_wait bigint, within bigint)
    RETURNS TABLE(roots bigint, rows bigint, next uuid, done boolean)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'purge_step_wrapper';
COMMENT ON FUNCTION rowkit_internal._purge_step(regclass, integer, boolean, uuid, bigint, bigint, bigint) IS
'Purges at most so many rows of expired deletions after one; where to go on, and whether there is nothing more. No wait for a lock is longer than lock_wait (55P03), and all of it no '
'longer than within (54000), in milliseconds; NULL for no limit. Internal.';

CREATE FUNCTION rowkit_internal._forget_step(deletions regclass, days_old integer, after uuid, batch_size bigint, lock_wait bigint, within bigint) RETURNS uuid
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'forget_step_wrapper';
COMMENT ON FUNCTION rowkit_internal._forget_step(regclass, integer, uuid, bigint, bigint, bigint) IS
'Examines up to batch_size deletions that are older than days_old, those after the given id. Deletes the rows of deletions that were purged that long ago, and records as purged the ones whose rows '
'were removed in another way. Returns the id of the last deletion it examined, NULL for none. The limits are those of _purge_step. Internal.';

CREATE FUNCTION rowkit.set_deleted_retention(table_name regclass, days_old integer, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.set_deleted_retention(regclass, integer, boolean) IS
'Sets how many days the table''s deleted rows stay before purge_deleted_in_batches purges them; days_old NULL is its default. Kept as the argument of the table''s '
'guard, so that a dump carries it. More than 1,000,000 days are as long as that: the rows stay. 42704 without soft delete, 22023 for a negative number. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'Example: SELECT * FROM set_deleted_retention(''projects'', 30). '
'table_name is the table. days_old is that number of days. dry_run runs nothing and only returns the statement. kind is what sort of object the statement changes. identity is '
'the name of the object, as SQL writes it. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit.cleanup_soft_deleted_records(table_name regclass, days_old integer DEFAULT 90) RETURNS integer
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    step record;
    after uuid;
    removed bigint := 0;
BEGIN
    LOOP
        SELECT * INTO step FROM rowkit_internal._purge_step(table_name, days_old, false, after, 1000000, NULL, NULL);
        EXIT WHEN step.done;
        removed := removed + step.roots;
        after := step.next;
    END LOOP;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION rowkit.cleanup_soft_deleted_records(regclass, integer) IS
'Removes the rows of a table that were deleted at least so many days ago (and as long ago as set_deleted_retention says), after the deleted rows below '
'them; rows on hold or referred to by others stay. How many rows of the table went. In one transaction: purge_deleted_in_batches commits in '
'between. For the table''s owner, or a role with BYPASSRLS and DELETE (42501). VOLATILE. '
'table_name is the table. days_old is that number of days.';

CREATE FUNCTION rowkit_internal._purged_tables() RETURNS TABLE(table_name regclass, is_trusted boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT DISTINCT guard.tgrelid::regclass, rowkit_internal._is_trusted_for_caller(class.relowner)
        FROM pg_trigger AS guard
        JOIN pg_class AS class ON class.oid = guard.tgrelid
        WHERE guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure AND guard.tgparentid = 0 AND pg_has_role(class.relowner, 'USAGE')
    $$;
COMMENT ON FUNCTION rowkit_internal._purged_tables() IS
'The tables with soft delete whose owner''s rights the caller has, and whether that owner is the caller or trusted. Internal.';

CREATE FUNCTION rowkit_internal._deletions_tables(days_old integer) RETURNS TABLE(deletions regclass, retention_days integer, is_trusted boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT home.oid::regclass, greatest(1, days_old, max(rowkit_internal._retention_days(guard.tgrelid))), rowkit_internal._is_trusted_for_caller(home.relowner)
        FROM pg_trigger AS guard
        JOIN pg_class AS class ON class.oid = guard.tgrelid
        JOIN pg_class AS home ON home.relnamespace = class.relnamespace AND home.relname = 'deletions' AND home.relowner = class.relowner
        WHERE guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure AND guard.tgparentid = 0 AND pg_has_role(home.relowner, 'USAGE')
        GROUP BY home.oid, home.relowner
        ORDER BY NOT rowkit_internal._is_trusted_owner(home.relowner), home.oid
    $$;
COMMENT ON FUNCTION rowkit_internal._deletions_tables(integer) IS
'The tables deletions whose owner''s rights the caller has, with how many days a purged deletion stays in each: the longest retention among the owner''s tables, at least 1 day. Internal.';

CREATE PROCEDURE rowkit.purge_deleted_in_batches(days_old integer DEFAULT 90, batch_size integer DEFAULT 1000, within interval DEFAULT '10 seconds')
    LANGUAGE plpgsql
    AS $$
-- PL/pgSQL: only a procedure can commit between batches; one with a search_path of its own cannot, so names are qualified. A table whose rows cannot be
-- purged is told of and left: the tables are those of many roles, and none of them holds up the others.
DECLARE
    -- How long a batch waits for a lock that somebody holds.
    lock_wait CONSTANT pg_catalog.int8 := 1000;
    batch_time CONSTANT pg_catalog.int8 := (EXTRACT(epoch FROM within) OPERATOR(pg_catalog.*) 1000)::pg_catalog.int8;
    missing CONSTANT pg_catalog.text := CASE WHEN days_old IS NULL THEN 'days_old' WHEN batch_size IS NULL THEN 'batch_size' WHEN within IS NULL THEN 'within' END;
    is_trusted pg_catalog.bool;
    table_name pg_catalog.regclass;
    table_names pg_catalog.regclass[];
    afters pg_catalog.uuid[];
    ended pg_catalog.bool[];
    retentions pg_catalog.int4[];
    table_count pg_catalog.int4;
    batch_limit pg_catalog.int8;
    step record;
BEGIN
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '% must be given', missing USING ERRCODE = '22023', HINT = pg_catalog.concat(missing, ' cannot be NULL.');
    ELSIF days_old OPERATOR(pg_catalog.<) 0 THEN
        RAISE EXCEPTION 'days_old cannot be negative' USING ERRCODE = '22023', HINT = '0 days purges all that is deleted and not on hold.';
    ELSIF batch_size OPERATOR(pg_catalog.<) 1 THEN
        RAISE EXCEPTION 'batch_size must be at least 1' USING ERRCODE = '22023', HINT = 'It is how many rows are purged before each COMMIT: 1000 by default.';
    ELSIF batch_time OPERATOR(pg_catalog.<) 1 THEN
        RAISE EXCEPTION 'within must be at least 1 millisecond' USING ERRCODE = '22023', HINT = 'It is how long a batch of another owner''s table may take: 10 seconds by default.';
    END IF;
    -- A table of another role can take its time: what belongs to trusted owners is done before, and the others' tables take turns, batch by batch.
    FOREACH is_trusted IN ARRAY ARRAY[true, false] LOOP
        batch_limit := CASE WHEN NOT is_trusted THEN batch_time END;
        SELECT pg_catalog.array_agg(found.name ORDER BY found.name USING OPERATOR(pg_catalog.<)) INTO table_names
        FROM rowkit_internal._purged_tables() AS found(name, has_trusted_owner)
        WHERE found.has_trusted_owner OPERATOR(pg_catalog.=) is_trusted;
        table_count := COALESCE(pg_catalog.cardinality(table_names), 0);
        afters := pg_catalog.array_fill(NULL::pg_catalog.uuid, ARRAY[table_count]);
        ended := pg_catalog.array_fill(false, ARRAY[table_count]);
        WHILE NOT true OPERATOR(pg_catalog.=) ALL (ended) LOOP
            FOR place IN 1 .. table_count LOOP
                CONTINUE WHEN ended[place];
                table_name := table_names[place];
                BEGIN
                    SELECT * INTO step FROM rowkit_internal._purge_step(
                        table_name, days_old, true, afters[place], batch_size, lock_wait, batch_limit);
                    afters[place] := step.next;
                    ended[place] := step.done;
                EXCEPTION WHEN OTHERS THEN
                    RAISE WARNING 'deleted rows of % were not purged: %', table_name, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are purged. Remove the cause, or leave these rows to the next run.';
                    ended[place] := true;
                END;
                COMMIT;
            END LOOP;
        END LOOP;
        -- Rows of deletions stay for the longest retention among the owner's tables.
        SELECT pg_catalog.array_agg(found.name), pg_catalog.array_agg(found.days) INTO table_names, retentions
        FROM rowkit_internal._deletions_tables(days_old) AS found(name, days, has_trusted_owner)
        WHERE found.has_trusted_owner OPERATOR(pg_catalog.=) is_trusted;
        table_count := COALESCE(pg_catalog.cardinality(table_names), 0);
        afters := pg_catalog.array_fill(NULL::pg_catalog.uuid, ARRAY[table_count]);
        ended := pg_catalog.array_fill(false, ARRAY[table_count]);
        WHILE NOT true OPERATOR(pg_catalog.=) ALL (ended) LOOP
            FOR place IN 1 .. table_count LOOP
                CONTINUE WHEN ended[place];
                table_name := table_names[place];
                BEGIN
                    afters[place] := rowkit_internal._forget_step(table_name, retentions[place], afters[place], batch_size, lock_wait, batch_limit);
                    ended[place] := afters[place] IS NULL;
                EXCEPTION WHEN OTHERS THEN
                    RAISE WARNING 'purged deletions stay in %: %', table_name, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are purged. Remove the cause, or leave these rows to the next run.';
                    ended[place] := true;
                END;
                COMMIT;
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON PROCEDURE rowkit.purge_deleted_in_batches(integer, integer, interval) IS
'Purges the deleted rows of every table with soft delete whose owner''s rights the caller has, as that owner: children before parents, with a COMMIT after each batch. '
'days_old is the retention of tables without set_deleted_retention. batch_size is how many rows a batch has. within is how long one batch of a table of an untrusted owner may take; '
'the caller, superusers and the owners of the database and of rowkit are trusted. '
'deletions.purged_rows counts the rows purged so far. Rows of deletions are deleted after the longest retention of the owner''s tables, at least one day. Deletions on hold stay. '
'A table whose lock is not free within a second, or whose batch fails, raises a WARNING and is left for the next run. Tables of untrusted owners come last and take turns; if their code '
'catches the cancel, only the server''s operator can end it (pg_terminate_backend). Running it again is safe. 22023 for NULL, negative days_old, batch_size below 1 or within below 1 ms. '
'For pg_cron: SELECT cron.schedule(''0 3 * * *'', ''CALL rowkit.purge_deleted_in_batches(90)'').';

CREATE FUNCTION rowkit.continue_purge_deleted(days_old integer DEFAULT 90, batch_size integer DEFAULT 1000) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.continue_purge_deleted(integer, integer) IS
'purge_deleted_in_batches for clients that cannot CALL: purges at most one batch of rows, in the caller''s transaction, and returns {"rows": how many it removed, "is_done": false while another call would purge more now}. '
'Call it again until is_done. The same tables, rights and WARNINGs; tables that a WARNING names are left for the next run. Tables of other owners come last, in a call of their own, and take no longer than half of statement_timeout together, at most 10 seconds. 22023 for NULL, negative days and an empty batch. VOLATILE. '
'Example: SELECT continue_purge_deleted(90, 1000). '
'days_old is after how many days rows go where set_deleted_retention says nothing. batch_size is how many rows a batch has.';

CREATE FUNCTION rowkit_internal._deleted_counts(table_name regclass) RETURNS TABLE(live bigint, deleted bigint)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'deleted_counts_wrapper';
COMMENT ON FUNCTION rowkit_internal._deleted_counts(regclass) IS
'How many rows of a table with soft delete are live and deleted, counted as its owner, for a caller who has the owner''s rights (42501). Tables of untrusted owners together take no longer than half of statement_timeout, at most 10 seconds (54000). Internal.';

CREATE FUNCTION rowkit_internal._deleted_records_summary(schemas name[])
    RETURNS TABLE(table_name text, active_count bigint, deleted_count bigint, deleted_percentage numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit_internal._deleted_records_summary(name[]) IS 'The same as deleted_records_summary, for a search_path that is given. Internal.';

CREATE FUNCTION rowkit.deleted_records_summary()
    RETURNS TABLE(table_name text, active_count bigint, deleted_count bigint, deleted_percentage numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT summary.table_name, summary.active_count, summary.deleted_count, summary.deleted_percentage
        FROM rowkit_internal._deleted_records_summary(pg_catalog.current_schemas(false)) AS summary;
    END;
COMMENT ON FUNCTION rowkit.deleted_records_summary() IS
'For each table with soft delete that the caller may read: live rows, deleted rows and their share in percent. All rows of a table whose owner''s rights the caller '
'has, counted as that owner (of untrusted owners last, all together in at most half of statement_timeout or 10 seconds); of others those that row security lets the caller see. Reading a table runs its owner''s policies with the caller''s rights: only tables '
'of superusers, of the database''s owner and of the owners of schemas on the search_path are read so, and a NOTICE tells how many others were left out. A table that '
'cannot be counted is reported in a WARNING. STABLE. '
'table_name is the table. active_count is how many rows are live. deleted_count is how many are deleted. deleted_percentage is the share of the deleted.';
