-- Timestamps kept by the server: SQL declarations of the functions in src/rows/timestamps.rs.

CREATE FUNCTION rowkit.update_updated_at() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'update_updated_at_wrapper';
COMMENT ON FUNCTION rowkit.update_updated_at() IS
'Trigger, BEFORE UPDATE FOR EACH ROW, for any table: sets updated_at (or the timestamp column that its argument names) to the '
'time of the transaction, as now() gives it. 42703 without such a column, 42804 when it is no timestamp.';

CREATE FUNCTION rowkit.update_updated_at_column() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'update_updated_at_wrapper';
COMMENT ON FUNCTION rowkit.update_updated_at_column() IS 'update_updated_at by the name that many schemas know it by.';

CREATE FUNCTION rowkit_internal._updated_at_triggers(table_name regclass) RETURNS SETOF name
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT kept.tgname
        FROM pg_trigger AS kept
        WHERE kept.tgrelid = table_name AND kept.tgparentid = 0
            AND kept.tgfoid IN ('rowkit.update_updated_at()'::regprocedure, 'rowkit.update_updated_at_column()'::regprocedure)
            AND (kept.tgnargs = 0 OR kept.tgargs = convert_to('updated_at', 'UTF8') || decode('00', 'hex'))
        ORDER BY kept.tgname
    $$;
COMMENT ON FUNCTION rowkit_internal._updated_at_triggers(regclass) IS 'The triggers of a table that keep its column updated_at. Internal.';

CREATE FUNCTION rowkit.enable_updated_at(table_name regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.enable_updated_at(regclass, boolean) IS
'Gives a table the trigger update_updated_at for its column updated_at, and the column (timestamptz) where it has none. Returns the commands that it ran (or, dry_run, would run); none '
'where the table has such a trigger. 42809 for what is no table, 42804 for a column updated_at of another type. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'Example: SELECT * FROM enable_updated_at(''projects''). '
'table_name is the table. dry_run runs nothing and only returns the commands. kind is what sort of object the statement is about: column, comment or trigger. '
'identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE FUNCTION rowkit.disable_updated_at(table_name regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.disable_updated_at(regclass, boolean) IS
'Drops the triggers of a table that keep its column updated_at; the column stays. Returns the commands that it ran (or, dry_run, would run). 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table. dry_run runs nothing and only returns the commands. kind is what sort of object the statement is about: trigger. identity is the name of '
'that object, as SQL writes it. command is one statement that was, or would be, run.';
