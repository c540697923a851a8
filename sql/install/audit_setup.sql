-- Audit: making the log, its parts and the triggers. PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit_internal._seal_audit_log(log regclass) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit_internal._seal_audit_log(regclass) IS
'Takes from all but the owner what default privileges gave them on a new log or part of it, and lets row security hide its rows; from how many roles. Internal.';

CREATE FUNCTION rowkit_internal._create_month_parts(parted regclass, months_ahead integer, dry_run boolean) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit_internal._create_month_parts(regclass, integer, boolean) IS
'create_audit_partitions, for any table in parts by month of created_at. The parts are made in the schema of the part for the rest, or beside the table where there is none. Internal.';

CREATE FUNCTION rowkit.create_audit_partitions(months_ahead integer DEFAULT 3, audit_logs regclass DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT made.kind, made.identity, made.command
        FROM rowkit_internal._create_month_parts(rowkit_internal._job_table(audit_logs, 'audit_logs'), months_ahead, dry_run) AS made;
    END;
COMMENT ON FUNCTION rowkit.create_audit_partitions(integer, regclass, boolean) IS
'Creates the log''s parts of this month (UTC) and of so many to come, and of months whose events came before their part was there, and returns the commands that it ran (or, dry_run, would run). '
'Run twice, late or never: events find a place. 22023 for what is no log, 42704 without a table audit_logs on the search_path. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'Example: SELECT * FROM create_audit_partitions(6). '
'months_ahead is for how many months after this one parts are made. audit_logs is the log, by default audit_logs on the search_path. kind is what sort of object the statement is about. '
'identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE FUNCTION rowkit_internal._purge_audit_logs(log regclass, days_old integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET extra_float_digits = 1 SET bytea_output = 'hex' SET timezone = 'UTC'
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit_internal._purge_audit_logs(regclass, integer) IS 'purge_audit_logs. Internal.';

CREATE FUNCTION rowkit.purge_audit_logs(days_old integer, audit_logs regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._purge_audit_logs(rowkit_internal._job_table(audit_logs, 'audit_logs'), days_old);
COMMENT ON FUNCTION rowkit.purge_audit_logs(integer, regclass) IS
'Drops the log''s parts whose events are all older than so many days, and logs that it did. Returns how many parts. 22023 for what is no log, 42704 without a table '
'audit_logs on the search_path. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT purge_audit_logs(365). '
'days_old is how many days events stay. audit_logs is the log, by default audit_logs on the search_path.';

CREATE FUNCTION rowkit.rebind_audit_events(table_name regclass, former_table text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    log CONSTANT regclass := rowkit_internal._audit_log(table_name);
    label text;
    moved bigint;
BEGIN
    PERFORM rowkit_internal._require_own(log);
    IF former_table IS NULL OR former_table = '' THEN
        RAISE EXCEPTION 'the table''s former name is missing' USING ERRCODE = '22004', HINT = 'Give it as the log has it in table_name.';
    END IF;
    SELECT CASE WHEN class.relnamespace = beside.relnamespace THEN '' ELSE namespace.nspname || '.' END || class.relname INTO label
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace, pg_class AS beside
    WHERE class.oid = table_name AND beside.oid = log;
    IF EXISTS (
        SELECT FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace, pg_class AS beside
        WHERE beside.oid = log AND CASE WHEN class.relnamespace = beside.relnamespace THEN '' ELSE namespace.nspname || '.' END || class.relname = former_table
    ) THEN
        RAISE EXCEPTION 'events of "%" are of a table that has this name now', former_table USING ERRCODE = '42P07', HINT = 'Give that table another name for the moment.';
    END IF;
    EXECUTE format('UPDATE %s SET table_name = $1 WHERE table_name = $2', log) USING label, former_table;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved > 0 THEN
        EXECUTE format(
            'INSERT INTO %s (id, user_id, action, table_name, old_data, new_data, row_count, database_role, transaction, transaction_id, statement) '
            'SELECT rowkit.uuidv7(), rowkit.current_user_id(), ''RENAME'', $1, jsonb_build_object(''table_name'', $2), jsonb_build_object(''table_name'', $3), $4, '
            'rowkit_internal._acting_role(), rowkit_internal._transaction_identity(), pg_current_xact_id()::text::bigint, 0', log)
            USING (SELECT class.relname::text FROM pg_class AS class WHERE class.oid = log), former_table, label, moved;
    END IF;
    RETURN moved;
END
$$;
COMMENT ON FUNCTION rowkit.rebind_audit_events(regclass, text) IS
'After ALTER TABLE … RENAME or SET SCHEMA: gives the events that the table has under its former name (as they hold it in table_name) its present one, so that its rows'' past is found, '
'and logs that it did; how many. For the log''s owner (42501). 42P07 when another table has that name now, 22004 without it, 42704 for what is not audited. VOLATILE. '
'former_table is that name.';

CREATE FUNCTION rowkit_internal._tenant_column_of(home regnamespace) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT CASE WHEN count(DISTINCT registered.settings[2]) = 1 THEN min(registered.settings[2]) END
        FROM pg_trigger AS guard
        JOIN pg_class AS class ON class.oid = guard.tgrelid AND class.relnamespace = home
        CROSS JOIN LATERAL rowkit_internal._membership_of(class.oid) AS registered(settings)
        -- Anybody can make a table and register it.
        WHERE guard.tgfoid = 'rowkit.guard_membership'::regproc AND guard.tgparentid = 0 AND rowkit_internal._is_own_table(class.oid)
    $$;
COMMENT ON FUNCTION rowkit_internal._tenant_column_of(regnamespace) IS
'The tenant''s column of the memberships that are registered in a schema; NULL where there is none, or memberships that have different ones. Internal.';

CREATE FUNCTION rowkit_internal._refuse_planted_schema(named name, home regnamespace) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    -- The owner of a schema can drop what is in it.
    IF EXISTS (
        SELECT FROM pg_namespace AS other CROSS JOIN pg_namespace AS own
        WHERE other.nspname = named AND own.oid = home AND other.nspowner <> own.nspowner AND NOT rowkit_internal._is_trusted_for_caller(other.nspowner))
    THEN
        RAISE EXCEPTION 'schema % belongs to another role', named USING
            ERRCODE = '42501', HINT = 'Name another one: parts_schema => ….';
    ELSIF to_regnamespace(quote_ident(named)) IS NULL AND NOT has_database_privilege(current_database(), 'CREATE') THEN
        RAISE EXCEPTION 'no right to create schema %', named USING
            ERRCODE = '42501', HINT = format('An administrator makes it: CREATE SCHEMA %I AUTHORIZATION %I; or name one that is there: parts_schema => ….', named, current_user);
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION rowkit_internal._refuse_planted_schema(name, regnamespace) IS
'42501 for a schema that is to hold parts of a log and belongs to a role which is neither the owner of the log''s schema, the caller nor trusted, and for one that is not there and that the caller may not create. Internal.';

CREATE FUNCTION rowkit.create_audit_log(
    schema_name text DEFAULT current_schema(), tenant_column text DEFAULT NULL, tenant_type regtype DEFAULT 'uuid', parts_schema text DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.create_audit_log(text, text, regtype, text, boolean) IS
'Creates the table audit_logs in a schema, in parts by month, where it is not there, and returns the commands that it ran (or, dry_run, would run). Nobody but its owner gets any right on it, and row '
'security hides its rows until you give it a policy. The parts are in a schema of their own, parts_schema, so that clients see one table: dump both schemas. '
'3F000 without the schema, 22023 where tenant_column is not given and no membership tells it, 42501 where audit_logs or parts_schema belongs to another role, or the caller names a parts_schema that is not there and that they may not create. VOLATILE. '
'Example: SELECT * FROM create_audit_log(''app'', ''account_id''). '
'schema_name is the schema of the audited tables. tenant_column is the log''s column of the tenant, by default that of the membership registered in the schema; '''' is a log without tenants. '
'tenant_type is the type of that column. parts_schema is the schema of the parts, by default <schema_name>_parts; it is created where it is not there. A caller who may not create it has the parts in schema_name, with a NOTICE, unless parts_schema is given. dry_run runs nothing and only returns the commands. '
'kind is what sort of object the statement is about, such as table. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE FUNCTION rowkit_internal._redacted_column(table_name regclass, setting text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT attribute.attname
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attnum > 0 AND NOT attribute.attisdropped AND (attribute.attname = setting OR starts_with(setting, attribute.attname || '.'))
        ORDER BY length(attribute.attname) DESC
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._redacted_column(regclass, text) IS 'The column that a setting of redact, column or column.key.key, is about: the longest name that fits. Internal.';

CREATE FUNCTION rowkit_internal._has_parts(value_type regtype) RETURNS boolean
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'has_parts_wrapper';
COMMENT ON FUNCTION rowkit_internal._has_parts(regtype) IS 'Whether JSON shows what a value of the type is made of, so that the log can cover parts of it. Internal.';

CREATE FUNCTION rowkit_internal._audit_commands(table_name regclass, log regclass, ignore text[], redact text[], mode text, tenant_from text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit_internal._audit_commands(regclass, regclass, text[], text[], text, text) IS 'What enable_audit has to do. Internal.';

CREATE FUNCTION rowkit.enable_audit(
    table_name regclass, ignore text[] DEFAULT ARRAY['updated_at', 'updated_by'], redact text[] DEFAULT '{}', mode text DEFAULT 'diff',
    tenant_from text DEFAULT NULL, audit_logs regclass DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET client_min_messages = error
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.enable_audit(regclass, text[], text[], text, text, regclass, boolean) IS
'Logs every change of a table''s rows in audit_logs (the table of that name beside it unless another is named), and returns the commands that it ran (or, with dry_run, would run). mode diff logs the changed columns of an UPDATE, full '
'the rows. A change of ignored columns alone is no event. redact names columns, or paths into what JSON shows of json, jsonb and composite columns (settings.smtp.password), whose values are covered: a path goes on through lists, and covers a '
'value of another shape as a whole. tenant_from is the table''s column of the tenant when it has another name than the log''s. Done again it changes the settings, and covers new '
'partitions. After a named column was renamed, writes are refused (42703) until it is done again. 42809 for what is no table, 42704 without a primary key or the log, 42703 for another '
'column, 42501 when the table''s owner may not insert into the log, or where no log is named and audit_logs belongs to a role that is neither the '
'table''s owner, the caller, the schema''s owner nor a trusted role, 22023 for another mode and for a redaction that is not possible: of a key, or of parts that a type does not have. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table. ignore names these columns, by default updated_at and updated_by. kind is what sort of object the statement is about, such as trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';

CREATE FUNCTION rowkit.disable_audit(table_name regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.disable_audit(regclass, boolean) IS
'Ends the audit of a table, logs that it did, and returns the commands that it ran (or, dry_run, would run); the events stay. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the audited table. kind is what sort of object the statement is about, such as trigger. identity is the name of that object, as SQL writes it. command is one statement that was, or would be, run.';
