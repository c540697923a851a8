-- Lifecycle: what DELETE does to a table with soft delete, who sees deleted rows, and columns that go. src/rows/lifecycle/ computes; PL/pgSQL where names are known
-- only at run time.

CREATE FUNCTION rowkit.guard_hard_delete() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_hard_delete_wrapper';
COMMENT ON FUNCTION rowkit.guard_hard_delete() IS
'Trigger, BEFORE DELETE FOR EACH ROW, BEFORE and AFTER DELETE FOR EACH STATEMENT and BEFORE TRUNCATE, made by enable_soft_delete. A DELETE by a role that may not delete for good deletes '
'softly: all rows of the statement as one deletion. The server then answers DELETE 0, and RETURNING returns nothing. The argument says who may: ''service'' (the table''s owner, roles with '
'BYPASSRLS, service_role and the bypass_roles of the isolation), ''everyone'' or ''nobody''; the role is current_user. What a foreign key''s own action deletes is never turned. A DELETE or '
'TRUNCATE of rows whose deletion is on hold is refused for everyone (55000). 23503 as for soft_delete.';

CREATE FUNCTION rowkit_internal._is_service_of(table_name regclass) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'is_service_of_wrapper';
COMMENT ON FUNCTION rowkit_internal._is_service_of(regclass) IS
'Whether the caller is a service of the table: has its owner''s rights, passes row security, or has the rights of service_role or of a service role of its isolation. Internal.';

CREATE FUNCTION rowkit_internal._list_deleted(table_name regclass, max_rows bigint, after text)
    RETURNS TABLE(record_key text, deleted_at timestamptz, deleted_by uuid, deletion_id uuid, reason text, is_on_hold boolean, record text, cursor text)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'list_deleted_wrapper';
COMMENT ON FUNCTION rowkit_internal._list_deleted(regclass, bigint, text) IS 'deleted_rows, with the record as text. Internal.';

CREATE FUNCTION rowkit.deleted_rows(table_name regclass, max_rows integer DEFAULT 100, after text DEFAULT NULL)
    RETURNS TABLE(record_key text, deleted_at timestamptz, deleted_by uuid, deletion_id uuid, reason text, is_on_hold boolean, record jsonb, cursor text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT listed.record_key, listed.deleted_at, listed.deleted_by, listed.deletion_id, listed.reason, listed.is_on_hold, listed.record::jsonb, listed.cursor
        FROM rowkit_internal._list_deleted(table_name, max_rows, after) AS listed;
    END;
COMMENT ON FUNCTION rowkit.deleted_rows(regclass, integer, text) IS
'Returns the deleted rows of a table that the caller may restore, the latest deletion first, also where hide_deleted hides them from SELECT. record_key is what restore_deleted takes; record is '
'the row with the columns that the caller may read. At most max_rows rows (1 to 10000); the cursor of the last one, as after, gives the next page. Takes the rights of '
'restore_deleted (42501). 42704 for a table without soft delete, 22023 for another max_rows or after. STABLE. Example: SELECT record_key, record ->> ''name'' FROM deleted_rows(''projects''). '
'table_name is the table with soft delete. deleted_at is when the row was deleted. deleted_by is the user who deleted it. deletion_id is the deletion that '
'took it, id in deletions. reason is why, as the caller of soft_delete wrote. is_on_hold says whether the deletion is kept from every purge.';

CREATE FUNCTION rowkit_internal._hidden_policy(table_name regclass) RETURNS name
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT rule.polname FROM pg_policy AS rule
        WHERE rule.polrelid = table_name AND NOT rule.polpermissive AND rowkit_internal._seal(rule.oid) LIKE 'Made by rowkit.enable_soft_delete:%'
        ORDER BY rule.oid
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._hidden_policy(regclass) IS 'The policy that hides deleted rows, made by enable_soft_delete. Internal.';

CREATE FUNCTION rowkit_internal._hide_deleted_commands(table_name regclass, hide boolean, api_roles text[]) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    part regclass;
    roles CONSTANT text[] := rowkit_internal._api_roles(api_roles);
    -- A policy for everyone is asked of the owner and of services, too.
    condition CONSTANT text := 'deleted_at IS NULL' || CASE WHEN roles @> '{public}'
        THEN format(' OR rowkit_internal._is_service_of(%L::regclass)', rowkit_internal._quoted_name(table_name)) ELSE '' END;
    known name;
BEGIN
    FOR part IN SELECT rowkit_internal._parts(table_name) LOOP
        known := rowkit_internal._hidden_policy(part);
        -- One for everyone, from before the API's role was there, is made anew for the role.
        IF known IS NOT NULL AND (NOT hide OR api_roles IS NOT NULL OR (NOT roles @> '{public}' AND EXISTS (
            SELECT FROM pg_policy AS rule WHERE rule.polrelid = part AND rule.polname = known AND rule.polroles = '{0}')))
        THEN
            RETURN NEXT format('DROP POLICY %I ON %s', known, rowkit_internal._quoted_name(part));
            known := NULL;
        END IF;
        IF hide AND known IS NULL THEN
            RETURN NEXT format('CREATE POLICY deleted_hidden ON %s AS RESTRICTIVE FOR SELECT TO %s USING (%s)', rowkit_internal._quoted_name(part),
                rowkit_internal._role_list(roles), condition);
            RETURN NEXT format('COMMENT ON POLICY deleted_hidden ON %s IS %L', rowkit_internal._quoted_name(part), 'Made by rowkit.enable_soft_delete: deleted rows are hidden.');
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._hide_deleted_commands(regclass, boolean, text[]) IS 'The commands that hide deleted rows from the API''s roles, or show them again. Internal.';

CREATE FUNCTION rowkit_internal._hard_delete_commands(table_name regclass, hard_delete text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found record;
    former CONSTANT text := (
        SELECT (rowkit_internal._trigger_arguments(guard.tgargs, guard.tgnargs))[1]
        FROM pg_trigger AS guard
        WHERE guard.tgrelid = table_name AND guard.tgfoid = 'rowkit.guard_hard_delete()'::regprocedure AND guard.tgname = 'guard_hard_delete_row');
    wanted CONSTANT text := coalesce(hard_delete, former, 'service');
BEGIN
    IF wanted NOT IN ('service', 'everyone', 'nobody') THEN
        RAISE EXCEPTION 'hard_delete cannot be "%"', wanted USING
            ERRCODE = '22023', HINT = 'It says whose DELETE removes rows for good: ''service'', ''everyone'' or ''nobody''.';
    END IF;
    -- Partitions have the table's triggers for a row, and none of those for a statement.
    FOR found IN
        SELECT part.relid::regclass AS part_name, event.name, event.fires, guard.tgname IS NOT NULL AS is_there
        FROM (SELECT table_name::oid AS relid UNION SELECT tree.relid::oid FROM pg_partition_tree(table_name) AS tree) AS part
        CROSS JOIN (VALUES
            (1, 'row', 'BEFORE DELETE ON %s FOR EACH ROW'), (2, 'begin', 'BEFORE DELETE ON %s FOR EACH STATEMENT'),
            (3, 'end', 'AFTER DELETE ON %s FOR EACH STATEMENT'), (4, 'truncate', 'BEFORE TRUNCATE ON %s FOR EACH STATEMENT')) AS event(place, name, fires)
        LEFT JOIN pg_trigger AS guard ON guard.tgrelid = part.relid AND guard.tgfoid = 'rowkit.guard_hard_delete()'::regprocedure
            AND guard.tgname = 'guard_hard_delete_' || event.name
        WHERE (part.relid = table_name OR event.name <> 'row')
            AND (guard.tgname IS NULL OR (rowkit_internal._trigger_arguments(guard.tgargs, guard.tgnargs))[1] IS DISTINCT FROM wanted)
        ORDER BY part.relid <> table_name, part.relid, event.place
    LOOP
        IF found.is_there THEN
            RETURN NEXT format('DROP TRIGGER guard_hard_delete_%s ON %s', found.name, found.part_name);
        END IF;
        RETURN NEXT format('CREATE TRIGGER guard_hard_delete_%s ', found.name) || format(found.fires, found.part_name)
            || format(' EXECUTE FUNCTION rowkit.guard_hard_delete(%L)', wanted);
    END LOOP;
    -- A link table's key holds nothing but two other rows: whoever links them again means the same link.
    IF EXISTS (
            SELECT FROM pg_index AS primary_key
            WHERE primary_key.indrelid = table_name AND primary_key.indisprimary
                AND primary_key.indkey::int2[] <@ ARRAY(
                    SELECT part.number FROM pg_constraint AS rule CROSS JOIN LATERAL unnest(rule.conkey) AS part(number)
                    WHERE rule.conrelid = table_name AND rule.contype = 'f')
                AND NOT EXISTS (
                    SELECT FROM pg_constraint AS rule WHERE rule.conrelid = table_name AND rule.contype = 'f' AND primary_key.indkey::int2[] <@ rule.conkey))
        AND NOT EXISTS (SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgname = 'zz_guard_soft_delete_key')
    THEN
        -- Its name sorts behind those of triggers that fill the key's columns.
        RETURN NEXT format('CREATE TRIGGER zz_guard_soft_delete_key BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.guard_soft_delete()', table_name);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._hard_delete_commands(regclass, text) IS
'The triggers by which DELETE deletes softly, and by which a deleted row of a link table gives up its primary key. Internal.';

CREATE FUNCTION rowkit_internal._active_view_commands(table_name regclass, view_name text, grants aclitem[]) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN NEXT format('CREATE OR REPLACE VIEW %s%s AS SELECT * FROM %s WHERE deleted_at IS NULL', view_name,
        CASE WHEN current_setting('server_version_num')::integer >= 150000 THEN ' WITH (security_invoker = true)' ELSE '' END, table_name);
    RETURN NEXT format('COMMENT ON VIEW %s IS %L', view_name, format('The rows of %s that are not deleted; DELETE marks them as deleted.',
        (SELECT class.relname FROM pg_class AS class WHERE class.oid = table_name)));
    RETURN NEXT format('SELECT rowkit_internal._copy_column_comments(%L, %L)', table_name, view_name);
    -- Before PostgreSQL 15 a view reads with its owner's rights, past all policies: it is for the owner alone.
    IF current_setting('server_version_num')::integer < 150000 THEN
        RETURN NEXT format('SELECT rowkit_internal._close_to_api(%L)', view_name);
    END IF;
    RETURN QUERY
        SELECT format('GRANT %s ON %s TO %s', held.privilege_type, view_name, CASE held.grantee WHEN 0 THEN 'PUBLIC' ELSE held.grantee::regrole::text END)
        FROM pg_class AS class, aclexplode(grants) AS held
        WHERE class.oid = table_name AND held.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND held.grantee <> class.relowner
            AND current_setting('server_version_num')::integer >= 150000;
    RETURN NEXT format('CREATE OR REPLACE TRIGGER soft_delete_row INSTEAD OF DELETE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.soft_delete_row()', view_name);
END
$$;
COMMENT ON FUNCTION rowkit_internal._active_view_commands(regclass, text, aclitem[]) IS 'The commands that make the view of live rows, with these grants. Internal.';

CREATE FUNCTION rowkit.drop_column(table_name regclass, column_name text, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.drop_column(regclass, text, boolean) IS
'Drops a column of a table, and makes its view of live rows, <table>_active, anew with the grants it had: ALTER TABLE … DROP COLUMN alone is refused by the view (2BP01). Returns the commands '
'that it ran, or with dry_run would run. 42703 without such a column, 55000 for one of the marks of soft delete, 2BP01 where something else needs the column or the view; it names the views. For the '
'table''s owner. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM drop_column(''projects'', ''colour''). '
'table_name is the table. column_name is the column that goes. kind is what sort of object the statement is about, such as table or trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';
