-- Audit: making the log, its parts and the triggers. PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit_internal._seal_audit_log(log regclass) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    held record;
    taken bigint := 0;
BEGIN
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
$$;
COMMENT ON FUNCTION rowkit_internal._seal_audit_log(regclass) IS
'Takes from all but the owner what default privileges gave them on a new log or part of it, and lets row security hide its rows; from how many roles. Internal.';

CREATE FUNCTION rowkit.maintain_audit_partitions(log regclass, months_ahead integer DEFAULT 3) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    AS $$
DECLARE
    home text;
    bare text;
    catch_all regclass;
    month timestamptz;
    part text;
    made bigint := 0;
BEGIN
    SELECT namespace.nspname, class.relname INTO home, bare
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = log AND class.relkind = 'p';
    IF home IS NULL OR months_ahead NOT BETWEEN 0 AND 1200 OR months_ahead IS NULL THEN
        RAISE EXCEPTION '% cannot get parts', coalesce(log::text, 'a log that is not there') USING
            ERRCODE = '22023', HINT = 'Name a log that rowkit.enable_audit_log() made, and 0 to 1200 months.';
    END IF;
    catch_all := to_regclass(format('%I.%I', home, left(bare, 50) || '_default'));
    FOR month IN EXECUTE
        'SELECT date_trunc(''month'', now()) + ahead * interval ''1 month'' FROM generate_series(0, $1) AS ahead'
        || CASE WHEN catch_all IS NULL THEN '' ELSE format(' UNION SELECT date_trunc(''month'', held.created_at) FROM %s AS held', catch_all) END
        || ' ORDER BY 1' USING months_ahead
    LOOP
        part := format('%I.%I', home, left(bare, 50) || to_char(month, '_YYYY_MM'));
        IF to_regclass(part) IS NULL THEN
            EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, log);
            PERFORM rowkit_internal._seal_audit_log(part::regclass);
            IF catch_all IS NOT NULL THEN
                EXECUTE format('WITH moved AS (DELETE FROM %s AS held WHERE held.created_at >= $1 AND held.created_at < $2 RETURNING held.*) INSERT INTO %s SELECT * FROM moved',
                    catch_all, part) USING month, month + interval '1 month';
            END IF;
            EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', log, part, month, month + interval '1 month');
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION rowkit.maintain_audit_partitions(regclass, integer) IS
'Makes the log''s parts of this month (UTC) and of so many to come, and of months whose events came before their part was there; how many. Run twice, late or never: events find '
'a place. For the log''s owner. 22023 for what is no log. VOLATILE.';

CREATE FUNCTION rowkit.purge_audit_log(log regclass, days_old integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    AS $$
DECLARE
    part record;
    ended timestamptz;
    dropped bigint := 0;
BEGIN
    IF days_old IS NULL OR days_old < 0 OR NOT EXISTS (SELECT FROM pg_class AS class WHERE class.oid = log AND class.relkind = 'p') THEN
        RAISE EXCEPTION '% cannot be purged', coalesce(log::text, 'a log that is not there') USING
            ERRCODE = '22023', HINT = 'Name a log that rowkit.enable_audit_log() made, and how many days its events stay.';
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
            'INSERT INTO %s (id, user_id, action, table_name, new_data, database_role, transaction_id, statement) '
            'SELECT rowkit.uuid_v7(), rowkit.current_user_id(), ''PURGE'', $1, jsonb_build_object(''before'', $2, ''parts'', $3), rowkit_internal._acting_role(), pg_current_xact_id()::text::bigint, 0',
            log)
            USING (SELECT class.relname::text FROM pg_class AS class WHERE class.oid = log), ended, dropped;
    END IF;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION rowkit.purge_audit_log(regclass, integer) IS
'Drops the log''s parts whose events are all older than so many days, and logs that it did; how many parts. For the log''s owner. 22023 for what is no log. VOLATILE.';

CREATE FUNCTION rowkit.rename_audited_table(table_name regclass, former_name text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    log CONSTANT regclass := rowkit_internal._audit_log(table_name);
    label text;
    moved bigint;
BEGIN
    IF former_name IS NULL OR former_name = '' THEN
        RAISE EXCEPTION 'the table''s former name is missing' USING ERRCODE = '22004', HINT = 'Give it as the log has it in table_name.';
    END IF;
    SELECT CASE WHEN class.relnamespace = beside.relnamespace THEN '' ELSE namespace.nspname || '.' END || class.relname INTO label
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace, pg_class AS beside
    WHERE class.oid = table_name AND beside.oid = log;
    IF EXISTS (
        SELECT FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace, pg_class AS beside
        WHERE beside.oid = log AND CASE WHEN class.relnamespace = beside.relnamespace THEN '' ELSE namespace.nspname || '.' END || class.relname = former_name
    ) THEN
        RAISE EXCEPTION 'events of "%" are of a table that has this name now', former_name USING ERRCODE = '42P07', HINT = 'Give that table another name for the moment.';
    END IF;
    EXECUTE format('UPDATE %s SET table_name = $1 WHERE table_name = $2', log) USING label, former_name;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved > 0 THEN
        EXECUTE format(
            'INSERT INTO %s (id, user_id, action, table_name, old_data, new_data, row_count, database_role, transaction_id, statement) '
            'SELECT rowkit.uuid_v7(), rowkit.current_user_id(), ''RENAME'', $1, jsonb_build_object(''table_name'', $2), jsonb_build_object(''table_name'', $3), $4, '
            'rowkit_internal._acting_role(), pg_current_xact_id()::text::bigint, 0', log)
            USING (SELECT class.relname::text FROM pg_class AS class WHERE class.oid = log), former_name, label, moved;
    END IF;
    RETURN moved;
END
$$;
COMMENT ON FUNCTION rowkit.rename_audited_table(regclass, text) IS
'After ALTER TABLE … RENAME or SET SCHEMA: gives the events that the table has under its former name (as they hold it in table_name) its present one, so that its rows'' past is found, '
'and logs that it did; how many. For the log''s owner (42501). 42P07 when another table has that name now, 22004 without it, 42704 for what is not audited. VOLATILE.';

CREATE FUNCTION rowkit.enable_audit_log(
    schema text DEFAULT current_schema(), tenant_column text DEFAULT 'organization_id', tenant_type regtype DEFAULT 'uuid', dry_run boolean DEFAULT false)
    RETURNS TABLE(command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    log CONSTANT text := format('%I.audit_logs', schema);
BEGIN
    IF schema IS NULL OR to_regnamespace(quote_ident(schema)) IS NULL THEN
        RAISE EXCEPTION 'there is no schema %', coalesce(schema, 'without a name') USING ERRCODE = '3F000', HINT = 'Name the schema of your tables.';
    ELSIF to_regclass(log) IS NOT NULL THEN
        PERFORM rowkit_internal._refuse_planted(to_regclass(log));
        RETURN;
    END IF;
    FOR command IN
        SELECT format(wanted.text, log, tenant_column, tenant_type)
        FROM (VALUES
            (1, 'CREATE TABLE %1$s (id uuid NOT NULL DEFAULT gen_random_uuid(), ' || CASE WHEN tenant_column IS NULL THEN '' ELSE '%2$I %3$s, ' END
                || 'user_id uuid, action text NOT NULL, table_name text COLLATE "C" NOT NULL, record_id text COLLATE "C", new_record_id text COLLATE "C", record_ids text[], row_count bigint NOT NULL DEFAULT 1, '
                'old_data jsonb, new_data jsonb, deletion_id uuid, ip_address inet, database_role text, transaction_id bigint, statement bigint, '
                'created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at)'),
            (2, 'COMMENT ON TABLE %1$s IS ''What was changed in audited tables: one event a row, one for each table of a soft delete (record_ids).'''),
            (3, 'CREATE TABLE ' || format('%I.audit_logs_default', schema) || ' PARTITION OF %1$s DEFAULT'),
            (4, 'SELECT rowkit_internal._seal_audit_log(' || quote_literal(format('%I.audit_logs_default', schema)) || ')'),
            (5, 'SELECT rowkit_internal._seal_audit_log(%1$L)'),
            (6, 'CREATE INDEX ON %1$s (record_id, table_name, created_at)'),
            -- Few events: changed keys, batches, and those of whole tables.
            (7, 'CREATE INDEX ON %1$s (table_name, new_record_id, created_at) WHERE record_id IS NULL OR new_record_id IS NOT NULL'),
            -- Numbers that rise as events come: a summary of each few pages finds them, and costs a write next to nothing.
            (8, 'CREATE INDEX ON %1$s USING brin (transaction_id) WITH (pages_per_range = 16, autosummarize = on)'),
            (9, CASE WHEN tenant_column IS NOT NULL THEN 'CREATE INDEX ON %1$s (%2$I, created_at)' END),
            (10, 'SELECT rowkit.maintain_audit_partitions(%1$L)')
        ) AS wanted(place, text)
        WHERE wanted.text IS NOT NULL
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_audit_log(text, text, regtype, boolean) IS
'Makes the table audit_logs in a schema, in parts by month, where it is not there, and tells what it did (or, dry_run, would do). Nobody but its owner gets any right on it, and row '
'security hides its rows until you give it a policy. tenant_column NULL is a log without tenants. 3F000 without the schema. VOLATILE.';

CREATE FUNCTION rowkit_internal._audit_commands(table_name regclass, log regclass, ignore text[], redact text[], mode text, tenant_from text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home text;
    missing text;
    tenant text;
    arguments text;
    is_new boolean;
BEGIN
    SELECT namespace.nspname INTO home
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = table_name AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't' AND NOT class.relispartition
        AND namespace.nspname <> 'information_schema' AND namespace.nspname !~ '^pg_' AND table_name IS DISTINCT FROM log;
    IF home IS NULL THEN
        RAISE EXCEPTION '% cannot be audited', coalesce(table_name::text, 'a table that is not there') USING
            ERRCODE = '42809', HINT = 'Ordinary and partitioned tables can, not views, foreign, temporary and system tables, nor the log; a partition follows its table.';
    ELSIF NOT EXISTS (SELECT FROM pg_index AS entry WHERE entry.indrelid = table_name AND entry.indisprimary) THEN
        RAISE EXCEPTION '% has no primary key', table_name USING ERRCODE = '42704', HINT = 'Events name rows by it: ALTER TABLE … ADD PRIMARY KEY.';
    ELSIF log IS NULL THEN
        RAISE EXCEPTION 'there is no audit log for %', table_name USING
            ERRCODE = '42704', HINT = format('SELECT rowkit.enable_audit_log(%L) makes it; log => names another one.', home);
    ELSIF NOT has_table_privilege((SELECT class.relowner FROM pg_class AS class WHERE class.oid = table_name), log, 'INSERT') THEN
        RAISE EXCEPTION 'the owner of % has no right to fill %', table_name, log USING
            ERRCODE = '42501', HINT = format('GRANT INSERT ON %s to the owner of %s.', log, table_name);
    END IF;
    SELECT wanted.name INTO missing
    FROM (
        SELECT unnest(ignore) AS name WHERE ignore <> ARRAY['updated_at', 'updated_by']
        UNION ALL
        SELECT split_part(unnest(redact), '.', 1)
        UNION ALL
        SELECT tenant_from
    ) AS wanted
    WHERE wanted.name IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attname = wanted.name AND attribute.attnum > 0 AND NOT attribute.attisdropped)
    LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '% has no column "%"', table_name, missing USING ERRCODE = '42703', HINT = 'ignore, redact and tenant_from name its columns; redact takes column.key, too.';
    END IF;
    -- enable_audit_log puts the tenant behind the id.
    SELECT attribute.attname INTO tenant
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = log AND attribute.attnum = 2 AND attribute.attname NOT IN ('user_id', 'organization_id');
    SELECT coalesce(string_agg(quote_literal(option.name || '=' || option.value), ', ' ORDER BY option.place, option.value), '') INTO arguments
    FROM (
        SELECT 1, 'log', CASE WHEN namespace.nspname <> home THEN namespace.nspname || '.' || class.relname ELSE nullif(class.relname::text, 'audit_logs') END
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
        SELECT 6, 'tenant_from', tenant_from
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
$$;
COMMENT ON FUNCTION rowkit_internal._audit_commands(regclass, regclass, text[], text[], text, text) IS 'What enable_audit has to do. Internal.';

CREATE FUNCTION rowkit.enable_audit(
    table_name regclass, ignore text[] DEFAULT ARRAY['updated_at', 'updated_by'], redact text[] DEFAULT '{}', mode text DEFAULT 'diff', log regclass DEFAULT NULL,
    tenant_from text DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = error
    AS $$
BEGIN
    IF mode NOT IN ('diff', 'full') OR mode IS NULL THEN
        RAISE EXCEPTION 'mode cannot be "%"', mode USING ERRCODE = '22023', HINT = 'It is ''diff'' or ''full''.';
    END IF;
    IF log IS NULL THEN
        SELECT beside.oid INTO log
        FROM pg_class AS class JOIN pg_class AS beside ON beside.relnamespace = class.relnamespace AND beside.relname = 'audit_logs'
        WHERE class.oid = table_name;
    END IF;
    FOR command IN SELECT * FROM rowkit_internal._audit_commands(table_name, log, coalesce(ignore, '{}'), coalesce(redact, '{}'), mode, tenant_from) LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_audit(regclass, text[], text[], text, regclass, text, boolean) IS
'Logs every change of a table''s rows in log (audit_logs beside it unless named), and tells what it did (or, dry_run, would do). mode diff logs the changed columns of an UPDATE, full '
'the rows. A change of ignored columns alone is no event. redact names columns, or keys of jsonb columns (settings.password), whose values are covered. tenant_from is the table''s '
'column of the tenant when it has another name than the log''s. Done again it changes the settings, and covers new partitions. 42809 for what is no table, 42704 without a primary '
'key or the log, 42703 for another column, 42501 when the table''s owner may not insert into the log, 22023 for another mode. VOLATILE.';

CREATE FUNCTION rowkit.disable_audit(table_name regclass) RETURNS TABLE(command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
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
        EXECUTE command;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.disable_audit(regclass) IS
'Ends the audit of a table, logs that it did, and tells what it did; the events stay. VOLATILE.';
