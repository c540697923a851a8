-- Blueprints: src/blueprint.rs carries the scripts, this file runs them.

CREATE FUNCTION rowkit.blueprints() RETURNS TABLE(name text, version integer, description text)
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'blueprints_wrapper';
COMMENT ON FUNCTION rowkit.blueprints() IS 'The schemas that install_blueprint can make, with the version that it makes. IMMUTABLE.';

CREATE FUNCTION rowkit._blueprint_scripts(blueprint text, quoted_schema text) RETURNS text[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'blueprint_scripts_wrapper';
COMMENT ON FUNCTION rowkit._blueprint_scripts(text, text) IS 'The SQL of a blueprint for one schema. 22023 for an unknown name. Internal.';

CREATE FUNCTION rowkit._schema_objects(schema_name text) RETURNS TABLE(kind text, identity text, drop_order integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT
            CASE relation.relkind WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' ELSE 'table' END,
            relation.relname::text,
            CASE relation.relkind WHEN 'm' THEN 2 WHEN 'i' THEN 1 ELSE 4 END
        FROM pg_catalog.pg_class AS relation
        WHERE relation.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = schema_name)
            AND relation.relkind IN ('r', 'p', 'm', 'i')
        UNION ALL
        SELECT 'trigger', pg_catalog.format('%I ON %I', fired.tgname, relation.relname), 1
        FROM pg_catalog.pg_trigger AS fired
        JOIN pg_catalog.pg_class AS relation ON relation.oid = fired.tgrelid
        WHERE relation.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = schema_name)
            AND NOT fired.tgisinternal
        UNION ALL
        SELECT 'function',
            pg_catalog.format('%I(%s)', routine.proname, pg_catalog.pg_get_function_identity_arguments(routine.oid)), 3
        FROM pg_catalog.pg_proc AS routine
        WHERE routine.pronamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = schema_name)
        UNION ALL
        SELECT 'default', pg_catalog.format('%I ON %I', attribute.attname, relation.relname), 0
        FROM pg_catalog.pg_attrdef AS preset
        JOIN pg_catalog.pg_class AS relation ON relation.oid = preset.adrelid
        JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = preset.adrelid AND attribute.attnum = preset.adnum
        WHERE relation.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = schema_name)
            -- Only these can go missing alone: with the extension.
            AND pg_catalog.pg_get_expr(preset.adbin, preset.adrelid) LIKE 'rowkit.%'
    $$;
COMMENT ON FUNCTION rowkit._schema_objects(text) IS
'What a schema holds, named relative to it; drop_order is the order of dropping. Internal.';

CREATE FUNCTION rowkit.install_blueprint(name text, schema text DEFAULT current_schema, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
    AS $$
-- PL/pgSQL: it runs DDL whose names are known only at run time.
DECLARE
    script text;
    scripts text[];
    before text[];
    installed integer;
    offered integer := (SELECT version FROM rowkit.blueprints() AS known WHERE known.name = install_blueprint.name);
BEGIN
    IF schema IS NULL OR name IS NULL THEN
        RAISE EXCEPTION 'a blueprint and a schema must be named' USING
            ERRCODE = '22023', HINT = 'The default schema is the first one on the search_path, which is empty.';
    END IF;
    IF schema ~ '^pg_' OR schema IN ('information_schema', 'rowkit') THEN
        RAISE EXCEPTION 'schema "%" is not for blueprints', schema USING
            ERRCODE = '42939', HINT = 'Name a schema of your own; it is created when missing.';
    END IF;
    scripts := rowkit._blueprint_scripts(name, quote_ident(schema));
    IF dry_run THEN
        RETURN QUERY SELECT 'sql', listed FROM unnest(scripts) AS listed;
        RETURN;
    END IF;
    IF to_regnamespace(quote_ident(schema)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', schema);
    END IF;
    IF to_regclass(format('%I.blueprint_objects', schema)) IS NOT NULL THEN
        EXECUTE format('SELECT max(version) FROM %I.blueprint_objects WHERE blueprint = $1', schema) INTO installed USING name;
        IF installed > offered THEN
            RAISE EXCEPTION 'blueprint "%" is installed in version %, newer than %', name, installed, offered USING
                ERRCODE = '55000', HINT = 'ALTER EXTENSION rowkit UPDATE first.';
        END IF;
    END IF;
    before := ARRAY(SELECT concat(there.kind, ' ', there.identity) FROM rowkit._schema_objects(schema) AS there);
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I.blueprint_objects ('
        '    blueprint text NOT NULL, version integer NOT NULL, kind text NOT NULL, name text NOT NULL, PRIMARY KEY (blueprint, kind, name))',
        schema);
    EXECUTE format(
        'COMMENT ON TABLE %I.blueprint_objects IS %L', schema,
        'What rowkit.install_blueprint made here, by names relative to the schema; uninstall_blueprint drops exactly this.');
    FOREACH script IN ARRAY scripts LOOP
        EXECUTE script;
    END LOOP;
    RETURN QUERY EXECUTE format(
        $query$
            WITH made AS (
                SELECT there.kind, there.identity, there.drop_order
                FROM rowkit._schema_objects($1) AS there
                WHERE concat(there.kind, ' ', there.identity) <> ALL ($2) AND there.identity NOT LIKE 'blueprint\_objects%%'
            ), noted AS (
                INSERT INTO %I.blueprint_objects (blueprint, version, kind, name)
                SELECT $3, $4, made.kind, made.identity FROM made
                ON CONFLICT DO NOTHING
            )
            SELECT made.kind, made.identity FROM made ORDER BY made.drop_order DESC, made.identity
        $query$, schema)
    USING schema, before, name, offered;
END
$$;
COMMENT ON FUNCTION rowkit.install_blueprint(text, text, boolean) IS
'Makes a blueprint''s tables, indexes, triggers and functions in a schema (created when missing), as the caller''s own objects; '
'lists what it made. Running it again makes what is missing and nothing else. dry_run returns the SQL instead, as rows of kind '
'sql. 22023 for an unknown blueprint, 42939 for a reserved schema, 55000 when a newer version is installed. VOLATILE.';

CREATE FUNCTION rowkit.uninstall_blueprint(name text, schema text, confirm text DEFAULT NULL)
    RETURNS TABLE(kind text, identity text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
    AS $$
-- PL/pgSQL: it runs DDL whose names are known only at run time.
DECLARE
    made record;
    rows_held bigint;
    held text[] := '{}';
    relations text[] := '{}';
    others boolean;
BEGIN
    IF to_regclass(format('%I.blueprint_objects', schema)) IS NULL THEN
        RAISE EXCEPTION 'no blueprint is installed in schema "%"', schema USING
            ERRCODE = '42704', HINT = 'rowkit.install_blueprint(name, schema) installs one.';
    END IF;
    FOR made IN EXECUTE format(
        'SELECT object.kind, object.name FROM %I.blueprint_objects AS object WHERE object.blueprint = $1 AND object.kind = ''table''', schema)
        USING name
    LOOP
        IF to_regclass(format('%I.%I', schema, made.name)) IS NOT NULL THEN
            relations := relations || format('%I.%I', schema, made.name);
            EXECUTE format('SELECT count(*) FROM %I.%I', schema, made.name) INTO rows_held;
            IF rows_held > 0 THEN
                held := held || format('%s: %s', made.name, rows_held);
            END IF;
        END IF;
    END LOOP;
    IF cardinality(held) > 0 AND confirm IS DISTINCT FROM schema THEN
        RAISE EXCEPTION 'blueprint "%" in schema "%" holds rows', name, schema USING
            ERRCODE = '55000', DETAIL = array_to_string(held, ', '),
            HINT = format('To drop them, pass confirm => %L.', schema);
    END IF;
    -- Triggers and indexes on tables that were here before the blueprint are dropped by name; the others go with their tables.
    FOR made IN EXECUTE format(
        $query$
            SELECT object.kind, object.name
            FROM %I.blueprint_objects AS object
            JOIN rowkit._schema_objects($2) AS there ON there.kind = object.kind AND there.identity = object.name
            WHERE object.blueprint = $1 AND object.kind NOT IN ('table', 'default')
            ORDER BY there.drop_order, object.name
        $query$, schema)
        USING name, schema
    LOOP
        kind := made.kind;
        identity := made.name;
        IF made.kind = 'trigger' THEN
            EXECUTE format('DROP TRIGGER %s ON %I.%s', split_part(made.name, ' ON ', 1), schema, split_part(made.name, ' ON ', 2));
        ELSIF made.kind = 'index' THEN
            -- An index that backs a constraint of a table that stays is that table's own.
            CONTINUE WHEN EXISTS (
                SELECT FROM pg_index JOIN pg_constraint ON conindid = indexrelid
                WHERE indexrelid = to_regclass(format('%I.%I', schema, made.name)));
            EXECUTE format('DROP INDEX IF EXISTS %I.%I', schema, made.name);
        ELSIF made.kind = 'materialized view' THEN
            EXECUTE format('DROP MATERIALIZED VIEW %I.%I', schema, made.name);
        ELSE
            EXECUTE format('DROP FUNCTION %I.%s', schema, made.name);
        END IF;
        RETURN NEXT;
    END LOOP;
    IF cardinality(relations) > 0 THEN
        EXECUTE format('DROP TABLE %s', array_to_string(relations, ', '));
        RETURN QUERY SELECT 'table', dropped FROM unnest(relations) AS dropped;
    END IF;
    EXECUTE format('DELETE FROM %I.blueprint_objects WHERE blueprint = $1', schema) USING name;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.blueprint_objects)', schema) INTO others;
    IF NOT others THEN
        EXECUTE format('DROP TABLE %I.blueprint_objects', schema);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit.uninstall_blueprint(text, text, text) IS
'Drops exactly what install_blueprint made in the schema and lists it; the schema stays. Refuses with 55000 while the tables '
'hold rows unless confirm is the schema''s name, and with 2BP01 while objects of others depend on them; then nothing is dropped. VOLATILE.';
