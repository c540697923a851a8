-- Lifecycle: giving tables soft delete and taking it back. PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit.soft_delete_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the view's row is taken apart without a line of C.
DECLARE
    base CONSTANT regclass := (
        SELECT used.refobjid
        FROM pg_rewrite AS rule
        JOIN pg_depend AS used ON used.classid = 'pg_rewrite'::regclass AND used.objid = rule.oid
        WHERE rule.ev_class = TG_RELID AND used.refclassid = 'pg_class'::regclass AND used.refobjid <> TG_RELID
        LIMIT 1
    );
    key CONSTANT text[] := rowkit_internal._key_columns(base);
    record_key text;
BEGIN
    -- One column as its text, which for an array or a composite is not what JSON writes.
    EXECUTE CASE WHEN cardinality(key) = 1 THEN format('SELECT ($1).%I::text', key[1])
        ELSE (SELECT format('SELECT jsonb_build_object(%s)::text', string_agg(format('%1$L, ($1).%1$I', part), ', ')) FROM unnest(key) AS part) END
        INTO record_key USING OLD;
    IF rowkit.soft_delete(base, record_key) THEN
        RETURN OLD;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION rowkit.soft_delete_row() IS
'Trigger, INSTEAD OF DELETE FOR EACH ROW, on the view of active rows that enable_soft_delete makes: soft_delete of the row.';

CREATE FUNCTION rowkit_internal._active_view(table_name regclass) RETURNS regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT rule.ev_class::regclass
        FROM pg_depend AS uses
        JOIN pg_rewrite AS rule ON rule.oid = uses.objid
        -- Anybody can make a view over the table, with any comment.
        JOIN pg_class AS view ON view.oid = rule.ev_class
        JOIN pg_class AS class ON class.oid = table_name AND class.relowner = view.relowner AND class.relnamespace = view.relnamespace
        WHERE uses.classid = 'pg_rewrite'::regclass AND uses.refclassid = 'pg_class'::regclass AND uses.refobjid = table_name
            AND obj_description(rule.ev_class, 'pg_class') LIKE 'The rows of % that are not deleted; DELETE marks them as deleted.'
        ORDER BY rule.ev_class
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._active_view(regclass) IS 'The view of live rows that enable_soft_delete made, whatever it and the table are called now. Internal.';

CREATE FUNCTION rowkit_internal._refuse_dependents(view regclass, table_name regclass, column_name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    others CONSTANT text[] := ARRAY(
        SELECT DISTINCT coalesce('view ' || rule.ev_class::regclass::text, pg_describe_object(uses.classid, uses.objid, uses.objsubid)) AS name
        FROM pg_depend AS uses
        LEFT JOIN pg_rewrite AS rule ON uses.classid = 'pg_rewrite'::regclass AND rule.oid = uses.objid
        LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = table_name AND attribute.attname = column_name AND NOT attribute.attisdropped
        WHERE uses.refclassid = 'pg_class'::regclass AND uses.deptype = 'n'
            AND (uses.refobjid = view OR (uses.refobjid = table_name AND uses.refobjsubid = attribute.attnum AND rule.oid IS NOT NULL))
            AND rule.ev_class IS DISTINCT FROM view
        ORDER BY name);
BEGIN
    IF cardinality(others) > 0 THEN
        RAISE EXCEPTION '% % on %', array_to_string(others, ', '), CASE WHEN cardinality(others) = 1 THEN 'depends' ELSE 'depend' END,
                concat_ws(' or ', CASE WHEN column_name IS NOT NULL THEN format('column "%s" of %s', column_name, table_name) END,
                    CASE WHEN view IS NOT NULL THEN format('the view of live rows of %s', table_name) END)
            USING ERRCODE = '2BP01', HINT = format('Drop %s first, and create it again afterwards.', array_to_string(others, ', '));
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._refuse_dependents(regclass, regclass, text) IS
'2BP01 with the names of the views and other objects that stand upon the view of live rows, which is to be dropped, or of the views upon a column. Internal.';

CREATE FUNCTION rowkit_internal._deletion_check(table_name regclass) RETURNS name
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        SELECT rule.conname FROM pg_constraint AS rule
        WHERE rule.conrelid = table_name AND rule.contype = 'c'
            AND pg_get_constraintdef(rule.oid) = 'CHECK (((deleted_at IS NULL) = (deletion_id IS NULL)))'
        ORDER BY rule.oid
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._deletion_check(regclass) IS 'The check that a table''s marks come and go together. Internal.';

CREATE FUNCTION rowkit_internal._deletion_index(table_name regclass) RETURNS regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        SELECT entry.indexrelid::regclass
        FROM pg_index AS entry
        JOIN pg_attribute AS attribute ON attribute.attrelid = entry.indrelid AND attribute.attname = 'deletion_id'
        WHERE entry.indrelid = table_name AND entry.indnatts = 1 AND entry.indkey[0] = attribute.attnum
            AND pg_get_expr(entry.indpred, entry.indrelid) = '(deletion_id IS NOT NULL)'
        ORDER BY entry.indexrelid
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._deletion_index(regclass) IS 'The index by which a deletion''s rows are found. Internal.';

CREATE FUNCTION rowkit_internal._index_definition(index regclass) RETURNS text
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        SELECT CASE WHEN class.relkind = 'I' THEN 'CREATE UNIQUE INDEX ' || told.name || ' ON ' || substr(told.whole, length('CREATE UNIQUE INDEX ' || told.name || ' ON ONLY ') + 1)
            ELSE told.whole END
        FROM pg_class AS class
        CROSS JOIN LATERAL (SELECT quote_ident(class.relname) AS name, pg_get_indexdef(class.oid) AS whole) AS told
        WHERE class.oid = index
    $$;
COMMENT ON FUNCTION rowkit_internal._index_definition(regclass) IS 'What makes a unique index; on a partitioned table with its partitions, too. Internal.';

CREATE FUNCTION rowkit_internal._index_columns(index regclass, excluding boolean DEFAULT false) RETURNS text
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        SELECT concat_ws(' ', CASE WHEN (to_jsonb(entry) ->> 'indnullsnotdistinct')::boolean THEN 'NULLS NOT DISTINCT' END,
            '(' || string_agg(pg_get_indexdef(index, place, false) || CASE WHEN excluding THEN format(' WITH OPERATOR(%I.%s)', equality.home, equality.name) ELSE '' END, ', '
                ORDER BY place) FILTER (WHERE place <= entry.indnkeyatts) || ')',
            'INCLUDE (' || string_agg(pg_get_indexdef(index, place, false), ', ' ORDER BY place) FILTER (WHERE place > entry.indnkeyatts) || ')')
        FROM pg_index AS entry
        CROSS JOIN LATERAL generate_series(1, entry.indnatts) AS place
        LEFT JOIN LATERAL (
            SELECT namespace.nspname AS home, operator.oprname AS name
            FROM pg_opclass AS class
            JOIN pg_amop AS meant ON meant.amopfamily = class.opcfamily AND meant.amopstrategy = 3
                AND meant.amoplefttype = class.opcintype AND meant.amoprighttype = class.opcintype
            JOIN pg_operator AS operator ON operator.oid = meant.amopopr
            JOIN pg_namespace AS namespace ON namespace.oid = operator.oprnamespace
            WHERE class.oid = entry.indclass[place - 1] AND place <= entry.indnkeyatts
        ) AS equality ON true
        WHERE entry.indexrelid = index
        GROUP BY entry.*
    $$;
COMMENT ON FUNCTION rowkit_internal._index_columns(regclass, boolean) IS 'An index'' columns as a constraint names them. Internal.';

CREATE FUNCTION rowkit_internal._timed_rule(rule oid, OUT body text, OUT timing text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        SELECT left(told.whole, length(told.whole) - length(told.timing)), told.timing
        FROM (
            SELECT pg_get_constraintdef(known.oid) AS whole,
                CASE WHEN known.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN known.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END AS timing
            FROM pg_constraint AS known
            WHERE known.oid = rule
        ) AS told
    $$;
COMMENT ON FUNCTION rowkit_internal._timed_rule(oid) IS 'A constraint''s definition, and apart from it when it is checked. Internal.';

CREATE FUNCTION rowkit_internal._fitting_name(name text, suffix text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT left(name, max(places)) || suffix
        FROM generate_series(0, length(name)) AS places
        WHERE octet_length(left(name, places)) + octet_length(suffix) < 64
    $$;
COMMENT ON FUNCTION rowkit_internal._fitting_name(text, text) IS 'A name with a suffix, made shorter where it would be cut: names have 63 bytes. Internal.';

CREATE FUNCTION rowkit_internal._soft_delete_commands(table_name regclass, hard_delete text, hide_deleted boolean, api_roles text[]) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit_internal._soft_delete_commands(regclass, text, boolean, text[]) IS 'What enable_soft_delete has to do. Internal.';

CREATE FUNCTION rowkit.enable_soft_delete(
    table_name regclass, hard_delete text DEFAULT NULL, hide_deleted boolean DEFAULT NULL, api_roles text[] DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.enable_soft_delete(regclass, text, boolean, text[], boolean) IS
'Gives a table soft delete, and returns the commands that it ran (or, with dry_run, would run): the columns deleted_at, deleted_by and deletion_id, the view '
'<table>_active, the guard, indexes on deletion_id and on foreign keys, unique indexes and exclusions over live rows only, a deferrable UNIQUE as an '
'exclusion by equality (but not keys that foreign keys use, replica identities, deferrable ones of partitioned tables or with NULLS NOT DISTINCT), and once a schema the tables deletions and deletion_references. Both belong to the table''s owner, and must (42501). Rows with deleted_at become deletions of their own. '
'hard_delete says whose DELETE removes rows for good: ''service'' (the default: the owner, roles with BYPASSRLS, service roles), ''everyone'' or ''nobody''; a DELETE by anybody else deletes '
'softly, and the server answers DELETE 0 (22023 for another word). hide_deleted => true hides deleted rows from SELECT by api_roles (authenticated where it exists, else everyone but services) '
'where row security is on; deleted_rows() lists them. NULL keeps what is set. In a table whose primary key only links two other rows, a new link takes the place of a deleted one. '
'Done again it does what is missing, and makes the view anew where the table''s columns changed. A partition made later is guarded through its table; run it again before anybody may DELETE from the partition by itself. No trigger sees ATTACH PARTITION: what it brings in live below a deleted parent stays live. 42809 for what is no table, 42704 without a primary key, 42804 for a column of another type. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table. kind is what sort of object the statement is about, such as table or trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE FUNCTION rowkit_internal._has_deleted_rows(table_name regclass) RETURNS boolean
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'has_marked_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._has_deleted_rows(regclass) IS 'Whether the caller sees a deleted row of a table with soft delete. Internal.';

CREATE FUNCTION rowkit.disable_soft_delete(table_name regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    SET standard_conforming_strings = on
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.disable_soft_delete(regclass, boolean) IS
'Takes back what enable_soft_delete did, and tells it; no row goes. While rows are deleted the columns stay, as do deletions and '
'deletion_references. 23505 when deleted and live rows share a value that would be unique again. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table. dry_run runs nothing and only returns the statements. kind is what sort of object the statement is about, such as table or trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';
