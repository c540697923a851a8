-- Lifecycle: what ends it. src/lifecycle/purge.rs computes; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit._purge_step(relation regclass, days integer, tables_decide boolean, after uuid, most bigint)
    RETURNS TABLE(roots bigint, rows bigint, next uuid, done boolean)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'purge_step_wrapper';
COMMENT ON FUNCTION rowkit._purge_step(regclass, integer, boolean, uuid, bigint) IS
'Purges at most so many rows of expired deletions after one; where to go on, and whether there is nothing more. Internal.';

CREATE FUNCTION rowkit._forget_step(deletions regclass, days integer, after uuid, most bigint) RETURNS uuid
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'forget_step_wrapper';
COMMENT ON FUNCTION rowkit._forget_step(regclass, integer, uuid, bigint) IS
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
        SELECT * INTO step FROM rowkit._purge_step(table_name, days_old, false, after, 1000000);
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
-- PL/pgSQL: only a procedure can commit between batches; one with a search_path of its own cannot, so names are qualified.
DECLARE
    relation regclass;
    step record;
    after uuid;
    longest integer;
BEGIN
    FOR relation IN
        SELECT DISTINCT guard.tgrelid
        FROM pg_catalog.pg_trigger AS guard
        JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) guard.tgrelid
        WHERE guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
            AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid AND pg_catalog.pg_has_role(class.relowner, 'USAGE')
        ORDER BY 1
    LOOP
        after := NULL;
        LOOP
            SELECT * INTO step FROM rowkit._purge_step(relation, days_old, true, after, rows_at_once);
            EXIT WHEN step.done;
            after := step.next;
            COMMIT;
        END LOOP;
    END LOOP;
    -- What was purged is told for as long again as anything stays.
    longest := (
        SELECT GREATEST(1, days_old, pg_catalog.max(rowkit._retention_days(guard.tgrelid))) FROM pg_catalog.pg_trigger AS guard
        WHERE guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure);
    FOR relation IN
        SELECT DISTINCT book.oid
        FROM pg_catalog.pg_trigger AS guard
        JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) guard.tgrelid
        JOIN pg_catalog.pg_class AS book ON book.relnamespace OPERATOR(pg_catalog.=) class.relnamespace AND book.relname OPERATOR(pg_catalog.=) 'deletions'
        WHERE guard.tgfoid OPERATOR(pg_catalog.=) 'rowkit.guard_soft_delete()'::pg_catalog.regprocedure
            AND guard.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid AND pg_catalog.pg_has_role(book.relowner, 'USAGE')
        ORDER BY 1
    LOOP
        after := NULL;
        LOOP
            after := rowkit._forget_step(relation, longest, after, rows_at_once);
            EXIT WHEN after IS NULL;
            COMMIT;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON PROCEDURE rowkit.run_retention(integer, integer) IS
'Purges every table of the caller''s with soft delete: rows deleted longer ago than set_retention says, or days_old where it says nothing, '
'children before parents, so many rows at once with a COMMIT after each; deletions.purged_rows tells how far it is. Then rows of deletions go '
'that were purged longer ago than the longest of these times, a day at least, and of which nothing is left; those on hold stay. Ended early, '
'it goes on when called again. For pg_cron: SELECT cron.schedule(''0 3 * * *'', ''CALL rowkit.run_retention(90)'').';

CREATE FUNCTION rowkit.deleted_records_summary()
    RETURNS TABLE(table_name text, active_count bigint, deleted_count bigint, deleted_percentage numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    relation regclass;
BEGIN
    FOR relation IN
        SELECT DISTINCT guard.tgrelid FROM pg_trigger AS guard
        WHERE guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure AND guard.tgparentid = 0
            AND has_table_privilege(guard.tgrelid, 'SELECT')
    LOOP
        RETURN QUERY EXECUTE format(
            $query$
                SELECT %L, count(*) FILTER (WHERE held.deleted_at IS NULL), count(*) FILTER (WHERE held.deleted_at IS NOT NULL),
                    round(count(*) FILTER (WHERE held.deleted_at IS NOT NULL)::numeric / nullif(count(*), 0) * 100, 2)
                FROM %s AS held
            $query$, relation, relation);
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.deleted_records_summary() IS
'For each table with soft delete that the caller may read: live rows, deleted rows and their share in percent, as row security lets the caller '
'see them. STABLE.';
