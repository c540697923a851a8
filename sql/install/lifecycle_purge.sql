-- Lifecycle: what ends it. src/lifecycle/purge.rs computes; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit_internal._purge_step(relation regclass, days integer, tables_decide boolean, after uuid, most bigint)
    RETURNS TABLE(roots bigint, rows bigint, next uuid, done boolean)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'purge_step_wrapper';
COMMENT ON FUNCTION rowkit_internal._purge_step(regclass, integer, boolean, uuid, bigint) IS
'Purges at most so many rows of expired deletions after one; where to go on, and whether there is nothing more. Internal.';

CREATE FUNCTION rowkit_internal._forget_step(deletions regclass, days integer, after uuid, most bigint) RETURNS uuid
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'forget_step_wrapper';
COMMENT ON FUNCTION rowkit_internal._forget_step(regclass, integer, uuid, bigint) IS
'Looks at so many deletions after one that were purged that many days ago, and takes those out of which nothing is left; the last of them, NULL for none. Internal.';

CREATE FUNCTION rowkit.set_retention(table_name regclass, days integer) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF days < 0 THEN
        RAISE EXCEPTION 'days cannot be negative' USING ERRCODE = '22023', HINT = 'Give how many days deleted rows stay, or NULL for the default of run_retention.';
    ELSIF NOT EXISTS (
        SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure
    ) THEN
        RAISE EXCEPTION '% has no soft delete', table_name USING ERRCODE = '42704', HINT = format('SELECT rowkit.enable_soft_delete(%L);', table_name);
    END IF;
    EXECUTE format('CREATE OR REPLACE TRIGGER guard_soft_delete_update AFTER UPDATE ON %s FOR EACH ROW '
        'WHEN (NOT rowkit._is_own_mark(OLD.deletion_id, NEW.deletion_id)) EXECUTE FUNCTION rowkit.guard_soft_delete(%s)',
        table_name, CASE WHEN days IS NOT NULL THEN format('%L', 'retention_days=' || days) END);
END
$$;
COMMENT ON FUNCTION rowkit.set_retention(regclass, integer) IS
'How many days the table''s deleted rows stay before run_retention purges them; NULL is its default. Kept as the argument of the table''s '
'guard, so that a dump carries it. For the table''s owner. 42704 without soft delete, 22023 for a negative number. VOLATILE.';

CREATE FUNCTION rowkit.cleanup_soft_deleted_records(table_name regclass, days_old integer DEFAULT 90) RETURNS integer
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    step record;
    after uuid;
    removed bigint := 0;
BEGIN
    LOOP
        SELECT * INTO step FROM rowkit_internal._purge_step(table_name, days_old, false, after, 1000000);
        EXIT WHEN step.done;
        removed := removed + step.roots;
        after := step.next;
    END LOOP;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION rowkit.cleanup_soft_deleted_records(regclass, integer) IS
'Removes the rows of a table that were deleted at least so many days ago (and as long ago as set_retention says), after the deleted rows below '
'them; rows on hold or referred to by others stay. How many rows of the table went. In one transaction: run_retention commits in '
'between. For the table''s owner, or a role with BYPASSRLS and DELETE (42501). VOLATILE.';

CREATE PROCEDURE rowkit.run_retention(days_old integer DEFAULT 90, rows_at_once integer DEFAULT 1000)
    LANGUAGE plpgsql
    AS $$
-- PL/pgSQL: only a procedure can commit between batches; one with a search_path of its own cannot, so names are qualified. A table whose rows cannot be
-- purged is told of and left: the tables are those of many roles, and none of them holds up the others.
DECLARE
    relation pg_catalog.regclass;
    step record;
    after pg_catalog.uuid;
    longest pg_catalog.int4;
    is_done pg_catalog.bool;
BEGIN
    IF days_old IS NULL OR rows_at_once IS NULL THEN
        RAISE EXCEPTION '% must be given', CASE WHEN days_old IS NULL THEN 'days_old' ELSE 'rows_at_once' END USING
            ERRCODE = '22023', HINT = pg_catalog.concat(CASE WHEN days_old IS NULL THEN 'days_old' ELSE 'rows_at_once' END, ' cannot be NULL.');
    ELSIF days_old OPERATOR(pg_catalog.<) 0 OR rows_at_once OPERATOR(pg_catalog.<) 1 THEN
        RAISE EXCEPTION 'days cannot be negative, and a batch holds a row at least' USING
            ERRCODE = '22023', HINT = '0 days purges all that is deleted and not on hold.';
    END IF;
    FOR relation IN
        SELECT guard.tgrelid
        FROM pg_catalog.pg_trigger AS guard
        JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) guard.tgrelid
        WHERE guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
            AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid AND pg_catalog.pg_has_role(class.relowner, 'USAGE')
        GROUP BY guard.tgrelid, class.relowner
        -- A table of another role can take its time: those of trusted owners are purged before.
        ORDER BY NOT rowkit_internal._is_trusted_owner(class.relowner), guard.tgrelid
    LOOP
        after := NULL;
        LOOP
            BEGIN
                SELECT * INTO step FROM rowkit_internal._purge_step(relation, days_old, true, after, rows_at_once);
                is_done := step.done;
            EXCEPTION WHEN OTHERS THEN
                RAISE WARNING 'deleted rows of % were not purged: %', relation, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are not concerned.';
                is_done := true;
            END;
            EXIT WHEN is_done;
            after := step.next;
            COMMIT;
        END LOOP;
    END LOOP;
    -- What was purged is told for as long again as anything of its owner's stays.
    FOR relation, longest IN
        SELECT book.oid, GREATEST(1, days_old, pg_catalog.max(rowkit_internal._retention_days(guard.tgrelid)))
        FROM pg_catalog.pg_trigger AS guard
        JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) guard.tgrelid
        JOIN pg_catalog.pg_class AS book ON book.relnamespace OPERATOR(pg_catalog.=) class.relnamespace AND book.relname OPERATOR(pg_catalog.=) 'deletions'
            AND book.relowner OPERATOR(pg_catalog.=) class.relowner
        WHERE guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
            AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid AND pg_catalog.pg_has_role(book.relowner, 'USAGE')
        GROUP BY book.oid
        ORDER BY 1
    LOOP
        after := NULL;
        LOOP
            BEGIN
                after := rowkit_internal._forget_step(relation, longest, after, rows_at_once);
            EXCEPTION WHEN OTHERS THEN
                RAISE WARNING 'purged deletions stay in %: %', relation, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are not concerned.';
                after := NULL;
            END;
            EXIT WHEN after IS NULL;
            COMMIT;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON PROCEDURE rowkit.run_retention(integer, integer) IS
'Purges every table with soft delete whose owner''s rights the caller has, each as its owner; one that cannot be purged is told of in a WARNING and left. Rows deleted longer ago than set_retention says, or days_old where it says nothing, '
'children before parents, so many rows at once with a COMMIT after each; deletions.purged_rows tells how far it is. Then rows of deletions go '
'that were purged longer ago than the longest of these times among the owner''s tables, a day at least, and of which nothing is left; those on hold stay. Ended early, '
'it goes on when called again. 22023 for NULL, negative days and an empty batch. For pg_cron: SELECT cron.schedule(''0 3 * * *'', ''CALL rowkit.run_retention(90)'').';

CREATE FUNCTION rowkit_internal._deleted_counts(relation regclass) RETURNS TABLE(live bigint, deleted bigint)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'deleted_counts_wrapper';
COMMENT ON FUNCTION rowkit_internal._deleted_counts(regclass) IS
'How many rows of a table with soft delete are live and deleted, counted as its owner, for a caller who has the owner''s rights (42501). Internal.';

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
        SELECT class.oid::regclass AS relation, pg_has_role(class.relowner, 'USAGE') AND class.relowner <> current_user::regrole AS is_owned,
            class.relowner = current_user::regrole OR rowkit_internal._is_trusted_owner(class.relowner)
                OR (home.nspname = ANY (schemas) AND home.nspowner = class.relowner) AS is_trusted
        FROM pg_class AS class
        JOIN pg_namespace AS home ON home.oid = class.relnamespace
        WHERE has_table_privilege(class.oid, 'SELECT') AND EXISTS (
            SELECT FROM pg_trigger AS guard
            WHERE guard.tgrelid = class.oid AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure AND guard.tgparentid = 0)
        ORDER BY class.oid
    LOOP
        BEGIN
            IF guarded.is_owned THEN
                SELECT counted.live, counted.deleted INTO live, deleted FROM rowkit_internal._deleted_counts(guarded.relation) AS counted;
            ELSIF guarded.is_trusted THEN
                EXECUTE format('SELECT count(*) FILTER (WHERE held.deleted_at IS NULL), count(*) FILTER (WHERE held.deleted_at IS NOT NULL) FROM %s AS held',
                    guarded.relation) INTO live, deleted;
            ELSE
                -- Its policies would run with the caller''s rights, who did not ask for the table.
                left_out := left_out + 1;
                CONTINUE;
            END IF;
            RETURN QUERY SELECT guarded.relation::text, live, deleted, round(deleted::numeric / nullif(live + deleted, 0) * 100, 2);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'rows of % were not counted: %', guarded.relation, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are not concerned.';
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
'has, counted as that owner; of others those that row security lets the caller see. Reading a table runs its owner''s policies with the caller''s rights: only tables '
'of superusers, of the database''s owner and of the owners of schemas on the search_path are read so, and a NOTICE tells how many others were left out. A table that '
'cannot be counted is told of in a WARNING. STABLE.';
