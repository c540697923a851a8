-- Blueprints: src/apps/blueprint.rs carries the scripts, this file runs them and keeps the books.
-- PL/pgSQL where DDL runs whose names are known only at run time.

CREATE FUNCTION rowkit.blueprints() RETURNS TABLE(blueprint text, version integer, description text)
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'blueprints_wrapper';
COMMENT ON FUNCTION rowkit.blueprints() IS
'The schemas that install_blueprint can make, with the version that it makes. IMMUTABLE. '
'blueprint is the name that install_blueprint takes. description says what the schema is for.';

CREATE FUNCTION rowkit_internal._blueprint_scripts(blueprint text, quoted_schema text) RETURNS text[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'blueprint_scripts_wrapper';
COMMENT ON FUNCTION rowkit_internal._blueprint_scripts(text, text) IS
'The SQL of a blueprint for one schema; each statement makes what is missing, or replaces what is there. 22023 for an unknown blueprint. IMMUTABLE. Internal.';

CREATE FUNCTION rowkit_internal._plain_blueprint_scripts(blueprint text, quoted_schema text, existing text[]) RETURNS text[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'plain_blueprint_scripts_wrapper';
COMMENT ON FUNCTION rowkit_internal._plain_blueprint_scripts(text, text, text[]) IS
'The same where existing are the names of relations and functions that are there: what is not among them is created plainly, so that it is an error when '
'somebody else makes it '
'meanwhile. 22023 for an unknown blueprint. IMMUTABLE. Internal.';

CREATE FUNCTION rowkit_internal._blueprint_migrations(blueprint text, quoted_schema text, installed integer) RETURNS text[]
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'blueprint_migrations_wrapper';
COMMENT ON FUNCTION rowkit_internal._blueprint_migrations(text, text, integer) IS
'Returns the migrations that bring the tables of a blueprint from the installed version to this release''s; empty if the versions are the same. 22023 for an unknown blueprint, 55000 where '
'ALTER EXTENSION rowkit UPDATE is still to be run. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._registered_triggers(registry regclass) RETURNS TABLE(blueprint text, name text)
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'registered_triggers_wrapper';
COMMENT ON FUNCTION rowkit_internal._registered_triggers(regclass) IS
'The triggers that a table rowkit_objects lists. It is read as its owner; no row for a caller without the owner''s rights, and for a table that is none of blueprints. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._lock_schema(home regnamespace) RETURNS void
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'lock_schema_wrapper';
COMMENT ON FUNCTION rowkit_internal._lock_schema(regnamespace) IS
'Waits for those who are making tables, views or indexes in a schema, and holds off others until the transaction ends. 42501 for who may not create there. '
'VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._schema_objects(schema_name text)
    RETURNS TABLE(kind text, name text, identity text, made_by xid, drop_command text, on_table text, catalog regclass, id oid)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        WITH home AS (
            SELECT namespace.oid FROM pg_namespace AS namespace WHERE namespace.nspname = schema_name
        ), object AS (
            -- Indexes that back a constraint are listed as the constraint. Partitions come and go with time.
            SELECT 'pg_class'::regclass AS catalog, relation.oid, relation.xmin AS made_by
            FROM pg_class AS relation
            WHERE relation.relnamespace = (SELECT oid FROM home) AND relation.relkind IN ('r', 'p', 'v', 'm', 'i', 'I') AND NOT relation.relispartition
                AND NOT EXISTS (
                    SELECT FROM pg_constraint AS backed
                    WHERE backed.conindid = relation.oid AND backed.contype IN ('p', 'u', 'x'))
            UNION ALL
            SELECT 'pg_constraint'::regclass, rule.oid, rule.xmin
            FROM pg_constraint AS rule
            JOIN pg_class AS relation ON relation.oid = rule.conrelid
            WHERE relation.relnamespace = (SELECT oid FROM home) AND rule.contype IN ('p', 'u', 'x', 'f', 'c') AND rule.conparentid = 0
                AND NOT relation.relispartition
            UNION ALL
            SELECT 'pg_trigger'::regclass, fired.oid, fired.xmin
            FROM pg_trigger AS fired
            JOIN pg_class AS relation ON relation.oid = fired.tgrelid
            WHERE relation.relnamespace = (SELECT oid FROM home) AND NOT fired.tgisinternal AND fired.tgparentid = 0
                AND NOT relation.relispartition
            UNION ALL
            SELECT 'pg_policy'::regclass, policy.oid, policy.xmin
            FROM pg_policy AS policy
            JOIN pg_class AS relation ON relation.oid = policy.polrelid
            WHERE relation.relnamespace = (SELECT oid FROM home) AND NOT relation.relispartition
            UNION ALL
            SELECT 'pg_type'::regclass, enum.oid, enum.xmin
            FROM pg_type AS enum
            WHERE enum.typnamespace = (SELECT oid FROM home) AND enum.typtype = 'e'
            UNION ALL
            -- A sequence that belongs to a column comes and goes with it.
            SELECT 'pg_class'::regclass, sequence.oid, sequence.xmin
            FROM pg_class AS sequence
            WHERE sequence.relnamespace = (SELECT oid FROM home) AND sequence.relkind = 'S'
                AND NOT EXISTS (
                    SELECT FROM pg_depend AS owned
                    WHERE owned.classid = 'pg_class'::regclass AND owned.objid = sequence.oid
                        AND owned.refclassid = 'pg_class'::regclass AND owned.deptype IN ('a', 'i'))
            UNION ALL
            -- Of the defaults those that call rowkit, which DROP EXTENSION takes along, or a function of the schema.
            SELECT 'pg_attrdef'::regclass, preset.oid, preset.xmin
            FROM pg_attrdef AS preset
            JOIN pg_class AS relation ON relation.oid = preset.adrelid
            JOIN pg_attribute AS attribute ON attribute.attrelid = preset.adrelid AND attribute.attnum = preset.adnum AND attribute.attgenerated = ''
            WHERE relation.relnamespace = (SELECT oid FROM home) AND NOT relation.relispartition
                AND EXISTS (
                    SELECT FROM pg_depend AS needed
                    JOIN pg_proc AS routine ON routine.oid = needed.refobjid
                        AND routine.pronamespace IN ('rowkit'::regnamespace, (SELECT oid FROM home))
                    WHERE needed.classid = 'pg_attrdef'::regclass AND needed.objid = preset.oid
                        AND needed.refclassid = 'pg_proc'::regclass)
            UNION ALL
            SELECT 'pg_proc'::regclass, routine.oid, routine.xmin
            FROM pg_proc AS routine
            WHERE routine.pronamespace = (SELECT oid FROM home)
        )
        SELECT
            replace(named.type, 'table constraint', 'constraint'),
            concat(
                CASE WHEN object.catalog = 'pg_type'::regclass THEN quote_ident(named.name) END,
                (
                    SELECT string_agg(quote_ident(part.word), '.' ORDER BY part.place)
                    FROM unnest(address.object_names[2:]) WITH ORDINALITY AS part(word, place)
                ),
                CASE WHEN object.catalog = 'pg_proc'::regclass THEN format('(%s)', array_to_string(address.object_args, ', ')) END
            ),
            named.identity,
            object.made_by,
            CASE named.type
                WHEN 'policy' THEN format(
                    'DROP POLICY %I ON %I.%I', address.object_names[3], address.object_names[1], address.object_names[2])
                WHEN 'trigger' THEN format(
                    'DROP TRIGGER %I ON %I.%I', address.object_names[3], address.object_names[1], address.object_names[2])
                WHEN 'table constraint' THEN format(
                    'ALTER TABLE %I.%I DROP CONSTRAINT %I', address.object_names[1], address.object_names[2], address.object_names[3])
                WHEN 'default value' THEN format(
                    'ALTER TABLE %I.%I ALTER COLUMN %I DROP DEFAULT',
                    address.object_names[1], address.object_names[2], address.object_names[3])
                ELSE format('DROP %s %s', named.type, named.identity)
            END,
            CASE
                WHEN named.type IN ('trigger', 'policy', 'table constraint', 'default value') THEN address.object_names[2]
                WHEN named.type = 'index' THEN (
                    SELECT relation.relname::text
                    FROM pg_index AS entry JOIN pg_class AS relation ON relation.oid = entry.indrelid
                    WHERE entry.indexrelid = object.oid)
            END,
            object.catalog::regclass,
            object.oid
        FROM object
        CROSS JOIN LATERAL pg_identify_object(object.catalog, object.oid, 0) AS named
        CROSS JOIN LATERAL pg_identify_object_as_address(object.catalog, object.oid, 0) AS address
    $$;
COMMENT ON FUNCTION rowkit_internal._schema_objects(text) IS
'What a schema holds: kind and identity as PostgreSQL gives them, name relative to the schema, the transaction that made it, how '
'it is dropped, the table that it is part of, its catalog and oid. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._schema_state(schema_name text) RETURNS TABLE(kind text, name text, identity text, state text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        SELECT object.kind, object.name, object.identity, md5(CASE object.catalog
            WHEN 'pg_class'::regclass THEN (
                SELECT concat_ws(' ', relation.relkind, relation.relrowsecurity, relation.relforcerowsecurity, relation.reloptions,
                    pg_get_userbyid(relation.relowner),
                    CASE WHEN relation.relkind IN ('v', 'm') THEN pg_get_viewdef(relation.oid) END,
                    (SELECT concat_ws(' ', entry.indisvalid, pg_get_indexdef(entry.indexrelid)) FROM pg_index AS entry WHERE entry.indexrelid = relation.oid))
                FROM pg_class AS relation WHERE relation.oid = object.id)
            WHEN 'pg_constraint'::regclass THEN (
                SELECT concat_ws(' ', rule.convalidated, pg_get_constraintdef(rule.oid)) FROM pg_constraint AS rule WHERE rule.oid = object.id)
            WHEN 'pg_trigger'::regclass THEN (
                SELECT concat_ws(' ', fired.tgenabled, pg_get_triggerdef(fired.oid)) FROM pg_trigger AS fired WHERE fired.oid = object.id)
            WHEN 'pg_policy'::regclass THEN (
                SELECT concat_ws(' ', rowkit_internal._policy_checksum(rule.polrelid, rule.polname), obj_description(rule.oid, 'pg_policy')) FROM pg_policy AS rule
                    WHERE rule.oid = object.id)
            WHEN 'pg_attrdef'::regclass THEN (SELECT pg_get_expr(preset.adbin, preset.adrelid) FROM pg_attrdef AS preset WHERE preset.oid = object.id)
            WHEN 'pg_proc'::regclass THEN (
                SELECT concat_ws(' ', pg_get_userbyid(routine.proowner), routine.prosecdef, routine.provolatile, routine.proparallel, routine.proleakproof,
                    routine.proconfig,
                    pg_get_function_result(routine.oid), routine.prosrc, pg_get_function_sqlbody(routine.oid))
                FROM pg_proc AS routine WHERE routine.oid = object.id)
            ELSE '' END)
        FROM rowkit_internal._schema_objects(schema_name) AS object
    $$;
COMMENT ON FUNCTION rowkit_internal._schema_state(text) IS
'What a schema holds, as _schema_objects, each with a checksum of its definition, owner and row security. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._ensure_id_default(relation regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM rowkit_internal._require_owner(relation);
    IF EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = relation AND attribute.attname = 'id' AND NOT attribute.atthasdef AND attribute.attidentity = ''
    ) THEN
        EXECUTE format('ALTER TABLE %s ALTER COLUMN id SET DEFAULT rowkit.uuidv7()', relation);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._ensure_id_default(regclass) IS
'Gives the column id the default rowkit.uuidv7() where it has none: as in CREATE TABLE, and again after DROP EXTENSION CASCADE. Internal.';

CREATE FUNCTION rowkit_internal._ensure_filled_defaults(blueprint text, home regnamespace) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    filled record;
BEGIN
    FOR filled IN
        SELECT DISTINCT rowkit_internal._quoted_name(relation.id) AS relation, tenant.attname
        FROM rowkit_internal._blueprint_relations(blueprint, home) AS relation
        JOIN pg_trigger AS trigger ON trigger.tgrelid = relation.id AND trigger.tgfoid = 'rowkit.inherit_tenant'::regproc AND trigger.tgparentid = 0
        CROSS JOIN LATERAL rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS told(arguments)
        -- Without a second argument the tenant's column is the other one of a foreign key of two columns.
        JOIN pg_attribute AS tenant ON tenant.attrelid = relation.id AND NOT tenant.atthasdef AND tenant.atttypid = 'uuid'::regtype
            AND (tenant.attname = told.arguments[2] OR told.arguments[2] IS NULL AND EXISTS (
                SELECT FROM pg_constraint AS rule
                JOIN pg_attribute AS parent ON parent.attrelid = rule.conrelid AND parent.attname = told.arguments[1]
                WHERE rule.conrelid = relation.id AND rule.contype = 'f' AND rule.conkey IN (ARRAY[parent.attnum, tenant.attnum], ARRAY[tenant.attnum, parent.attnum])))
    LOOP
        PERFORM rowkit_internal._require_owner(filled.relation::regclass);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT rowkit.filled_by_trigger()', filled.relation, filled.attname);
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._ensure_filled_defaults(text, regnamespace) IS
'Gives each tenant column that the trigger inherit_tenant fills on a table of the blueprint the default rowkit.filled_by_trigger(), unless it has a default: so that clients leave it '
'out. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._refresh_view(view regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM rowkit_internal._require_owner(view);
    -- A view that was restored without its data cannot be refreshed concurrently yet.
    EXECUTE format(
        'REFRESH MATERIALIZED VIEW %s %s',
        CASE WHEN (SELECT relation.relispopulated FROM pg_class AS relation WHERE relation.oid = view) THEN 'CONCURRENTLY' END, view);
END
$$;
COMMENT ON FUNCTION rowkit_internal._refresh_view(regclass) IS
'REFRESH MATERIALIZED VIEW, CONCURRENTLY when it has been filled before. With the caller''s rights. Internal.';

CREATE FUNCTION rowkit_internal._blueprint_registry(schema_name text, is_locked boolean) RETURNS regclass
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    registry CONSTANT text := quote_ident(schema_name) || '.rowkit_objects';
    found record;
BEGIN
    IF schema_name IS NULL THEN
        RAISE EXCEPTION 'no schema is named' USING
            ERRCODE = '22023', HINT = 'Without schema_name => the first one on the search_path is meant; there is none.';
    ELSIF schema_name ~ '^pg_' OR schema_name IN ('information_schema', 'rowkit', 'rowkit_internal') THEN
        RAISE EXCEPTION 'schema "%" is not for blueprints', left(schema_name, 100) USING
            ERRCODE = '42939', HINT = 'Name a schema of your own; it is created when missing.';
    ELSIF octet_length(schema_name) > 63 THEN
        RAISE EXCEPTION 'the name of the schema is too long' USING ERRCODE = '42622', HINT = 'It has at most 63 bytes.';
    END IF;
    IF is_locked THEN
        -- One at a time in a schema, and nobody else makes a table, view or index there meanwhile.
        PERFORM pg_advisory_xact_lock(hashtext('rowkit.rowkit_objects'), hashtext(schema_name));
        IF to_regnamespace(quote_ident(schema_name)) IS NOT NULL THEN
            PERFORM rowkit_internal._lock_schema(to_regnamespace(quote_ident(schema_name)));
        END IF;
    END IF;
    SELECT relation.relowner AS owner, relation.relkind AS kind INTO found FROM pg_class AS relation WHERE relation.oid = to_regclass(registry);
    -- Whoever may write the registry decides what is dropped, and its triggers run with the rights of who installs.
    IF found.owner <> (SELECT role.oid FROM pg_roles AS role WHERE role.rolname = current_user) THEN
        RAISE EXCEPTION 'the blueprints in schema "%" belong to %', schema_name, quote_ident(pg_get_userbyid(found.owner)) USING
            ERRCODE = '42501', HINT = format('SET ROLE %I first.', pg_get_userbyid(found.owner));
    ELSIF found.kind <> 'r' THEN
        RAISE EXCEPTION '% is no table', registry USING ERRCODE = '42809', HINT = 'Blueprints are written down in a table of that name: rename what has it.';
    END IF;
    RETURN to_regclass(registry);
END
$$;
COMMENT ON FUNCTION rowkit_internal._blueprint_registry(text, boolean) IS
'The table in which a schema''s blueprints are written down, NULL before the first; checks that the schema is for blueprints and '
'the caller''s. With is_locked it holds off other installations, and everybody else who would make relations in the schema, until the transaction ends. '
'VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._others_objects(blueprint text, schema_name text) RETURNS TABLE(object text, owner text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH held AS (
            SELECT 'pg_class'::regclass AS catalog, oid, relname AS name, relnamespace AS home, relowner AS owner FROM pg_class
            UNION ALL SELECT 'pg_proc'::regclass, oid, proname, pronamespace, proowner FROM pg_proc
            -- The type of a table's rows is its table's.
            UNION ALL SELECT 'pg_type'::regclass, oid, typname, typnamespace, typowner FROM pg_type WHERE typrelid = 0
        )
        SELECT pg_describe_object(held.catalog, held.oid, 0), pg_get_userbyid(held.owner)::text
        FROM held JOIN rowkit_internal._blueprint_names(blueprint) AS named ON named.name = held.name
        WHERE held.home = to_regnamespace(quote_ident(schema_name)) AND held.owner <> (SELECT role.oid FROM pg_roles AS role WHERE role.rolname = current_user)
        ORDER BY 1
    $$;
COMMENT ON FUNCTION rowkit_internal._others_objects(text, text) IS
'What has a name that a blueprint uses in a schema, and belongs to another role than who asks. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._refuse_others_objects(blueprint text, schema_name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    strange record;
BEGIN
    -- What is there is used, or replaced and stays its owner's, who could change it again and have triggers on it.
    SELECT * INTO strange FROM rowkit_internal._others_objects(blueprint, schema_name) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% belongs to %', strange.object, quote_ident(strange.owner) USING
            ERRCODE = '42501', HINT = 'The blueprint needs its name: install as its owner, rename it, or install into another schema.';
    END IF;
    SELECT pg_describe_object('pg_class'::regclass, class.oid, 0) AS object, lower(named.kind) AS kind INTO strange
    FROM rowkit_internal._blueprint_names(blueprint) AS named
    JOIN pg_class AS class ON class.relnamespace = to_regnamespace(quote_ident(schema_name)) AND class.relname = named.name
    WHERE class.relkind <> ALL (CASE named.kind
        WHEN 'TABLE' THEN '{r,p}'::"char"[] WHEN 'VIEW' THEN '{v}' WHEN 'MATERIALIZED VIEW' THEN '{m}' WHEN 'INDEX' THEN '{i,I}' ELSE ARRAY[class.relkind] END)
    ORDER BY 1
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% has the name of a % of the blueprint', strange.object, strange.kind USING
            ERRCODE = '42809', HINT = 'Rename it, or install into another schema.';
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._refuse_others_objects(text, text) IS
'Raises 42501 where something of another role has a name that a blueprint uses in a schema, and 42809 where something of another kind has it. STABLE. '
'Internal.';

CREATE FUNCTION rowkit_internal._blueprint_checksum(blueprint text, schema_name text, registry regclass) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the registry is known only at run time.
DECLARE
    objects text;
BEGIN
    PERFORM rowkit_internal._require_own(registry);
    EXECUTE format(
        $query$
            SELECT string_agg(concat_ws(' ', made.kind, made.name, there.state), ',' ORDER BY made.kind COLLATE "C", made.name COLLATE "C")
            FROM %s AS made
            LEFT JOIN rowkit_internal._schema_state($2) AS there ON there.kind = made.kind AND there.name = made.name
            WHERE made.blueprint = $1 AND made.kind NOT IN ('blueprint', 'schema')
        $query$, registry)
    INTO objects USING blueprint, schema_name;
    RETURN md5(concat_ws(';',
        objects,
        array_to_string(rowkit_internal._blueprint_scripts(blueprint, quote_ident(schema_name)), ''),
        (
            SELECT string_agg(concat_ws(' ', entry.kind, entry.object, entry.privileges, pg_get_userbyid(entry.grantee)), ','
                ORDER BY entry.object COLLATE "C", entry.kind, entry.grantee)
            FROM rowkit_internal._blueprint_grants(blueprint, to_regnamespace(quote_ident(schema_name))) AS entry
            WHERE entry.grantee IN (SELECT outsider.id FROM rowkit_internal._api_grantees() AS outsider) OR entry.grantee = to_regrole('service_role')
        ),
        -- Grants and policies are for the roles that there are.
        (
            SELECT string_agg(concat_ws(' ', role.rolname, role.rolbypassrls OR role.rolsuper), ',' ORDER BY role.rolname)
            FROM pg_roles AS role WHERE role.rolname IN ('anon', 'authenticated', 'service_role', current_user)
        )));
END
$$;
COMMENT ON FUNCTION rowkit_internal._blueprint_checksum(text, text, regclass) IS
'A checksum of what a blueprint made, as it is now: definitions, owners, row security, what the API''s roles were granted, and which of them there are. '
'Another one than the '
'registry has: something is missing or was changed. STABLE. Internal.';

CREATE FUNCTION rowkit.install_blueprint(blueprint text, schema_name text DEFAULT current_schema, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    SET standard_conforming_strings = on SET client_min_messages = warning
    AS $$
DECLARE
    scripts text[] := rowkit_internal._blueprint_scripts(blueprint, quote_ident(schema_name));
    migrations text[];
    offered CONSTANT integer := (SELECT known.version FROM rowkit.blueprints() AS known WHERE known.blueprint = install_blueprint.blueprint);
    registry regclass := rowkit_internal._blueprint_registry(schema_name, NOT dry_run);
    schema_is_new CONSTANT boolean := to_regnamespace(quote_ident(schema_name)) IS NULL;
    installed integer;
    recorded text;
    objects_before jsonb;
    grants_before jsonb;
    existed text[];
    script text;
    transaction_id xid;
BEGIN
    IF offered IS NULL THEN
        RAISE EXCEPTION 'no blueprint is named' USING ERRCODE = '22023', HINT = 'rowkit.blueprints() lists them.';
    END IF;
    IF registry IS NOT NULL THEN
        EXECUTE format('SELECT max(made.version), max(made.checksum) FROM %s AS made WHERE made.blueprint = $1 AND made.kind = ''blueprint''', registry)
        INTO installed, recorded USING blueprint;
        IF installed > offered THEN
            RAISE EXCEPTION 'schema "%" holds version % of blueprint "%", this release of rowkit makes version %',
                schema_name, installed, blueprint, offered
            USING ERRCODE = '55000',
                HINT = format('Install a release of rowkit whose blueprints() lists version %s or higher, then ALTER EXTENSION rowkit UPDATE.', installed);
        END IF;
    END IF;
    migrations := rowkit_internal._blueprint_migrations(blueprint, quote_ident(schema_name), coalesce(installed, offered));
    IF dry_run THEN
        scripts := migrations || scripts;
        IF schema_is_new THEN
            scripts := format('CREATE SCHEMA %I;', schema_name) || scripts;
        END IF;
        RETURN QUERY SELECT 'sql', NULL::text, step FROM unnest(scripts) AS step;
        RETURN;
    END IF;
    -- Row security is forced, and holds the owner and with it every function that works as the owner: what such a function reads is not there, and nobody is
    -- told.
    IF NOT (SELECT role.rolsuper OR role.rolbypassrls FROM pg_roles AS role WHERE role.rolname = current_user)
        AND EXISTS (SELECT FROM unnest(scripts) AS step WHERE step ~ '(?n)^ *LANGUAGE .*\mSECURITY DEFINER\M')
    THEN
        RAISE EXCEPTION 'blueprint "%" has functions that work with their owner''s rights, and row security would hold % back', blueprint,
            quote_ident(current_user) USING
            ERRCODE = '42501', HINT = format('ALTER ROLE %I BYPASSRLS, or install it as a role that has that.', current_user);
    END IF;
    IF installed = offered THEN
        IF recorded = rowkit_internal._blueprint_checksum(blueprint, schema_name, registry) THEN
            RETURN;
        END IF;
    END IF;
    PERFORM rowkit_internal._refuse_others_objects(blueprint, schema_name);
    objects_before := (SELECT coalesce(jsonb_object_agg(concat(there.kind, ' ', there.name), there.state), '{}') FROM rowkit_internal._schema_state(schema_name) AS there);
    grants_before := (SELECT coalesce(jsonb_agg(entry), '[]') FROM rowkit_internal._blueprint_grants(blueprint, to_regnamespace(quote_ident(schema_name))) AS entry);
    existed := ARRAY(
        SELECT rowkit_internal._quoted_name(relation.oid) FROM pg_class AS relation WHERE relation.relnamespace = to_regnamespace(quote_ident(schema_name))
        UNION ALL SELECT routine.oid::regprocedure::text FROM pg_proc AS routine WHERE routine.pronamespace = to_regnamespace(quote_ident(schema_name)));
    -- Before the scripts: CREATE TABLE IF NOT EXISTS leaves an existing table as it is.
    FOREACH script IN ARRAY migrations LOOP
        EXECUTE script;
    END LOOP;
    IF installed < offered THEN
        RETURN QUERY SELECT 'blueprint', format('%s, version %s in place of %s', blueprint, offered, installed), NULL::text;
    END IF;
    scripts := rowkit_internal._plain_blueprint_scripts(blueprint, quote_ident(schema_name), ARRAY(
        SELECT relation.relname::text FROM pg_class AS relation WHERE relation.relnamespace = to_regnamespace(quote_ident(schema_name))
        UNION SELECT routine.proname::text FROM pg_proc AS routine WHERE routine.pronamespace = to_regnamespace(quote_ident(schema_name))));
    IF schema_is_new THEN
        scripts := format('CREATE SCHEMA %I;', schema_name) || scripts;
    END IF;
    FOREACH script IN ARRAY scripts LOOP
        EXECUTE script;
    END LOOP;
    -- Not every release of PostgreSQL locks the schema for functions and types: what came under one of the names since the first look is found now, and undoes
    -- all of it.
    PERFORM rowkit_internal._refuse_others_objects(blueprint, schema_name);
    -- Others may make objects in this schema meanwhile: only what this very transaction wrote was made here.
    EXECUTE format(
        $query$
            INSERT INTO %I.rowkit_objects AS made (blueprint, version, kind, name) VALUES ($1, $2, 'blueprint', $1)
            ON CONFLICT ON CONSTRAINT rowkit_objects_pkey DO UPDATE SET version = excluded.version
            RETURNING made.tableoid, made.xmin
        $query$, schema_name)
    INTO registry, transaction_id USING blueprint, offered;
    IF schema_is_new THEN
        EXECUTE format('INSERT INTO %s (blueprint, version, kind, name) VALUES ($1, $2, ''schema'', ''.'')', registry)
        USING blueprint, offered;
        RETURN QUERY SELECT 'schema', quote_ident(schema_name), NULL::text;
    END IF;
    RETURN QUERY EXECUTE format(
        $query$
            WITH made AS (
                SELECT there.kind, there.name, there.identity
                FROM rowkit_internal._schema_objects($1) AS there
                WHERE there.made_by = $2 AND NOT $3 ? concat(there.kind, ' ', there.name)
            ), noted AS (
                -- The registry itself is every blueprint's.
                INSERT INTO %s (blueprint, version, kind, name)
                SELECT $4, $5, made.kind, made.name FROM made
                WHERE split_part(made.name, '.', 1) <> 'rowkit_objects'
                ON CONFLICT DO NOTHING
            )
            SELECT made.kind, made.identity, NULL::text FROM made
            ORDER BY made.kind COLLATE "C" <> 'table', made.kind COLLATE "C", made.name COLLATE "C"
        $query$, registry)
    USING schema_name, transaction_id, objects_before, blueprint, offered;
    -- What was there and was put right.
    RETURN QUERY
    SELECT there.kind, there.identity, NULL::text
    FROM rowkit_internal._schema_state(schema_name) AS there
    WHERE objects_before ->> concat(there.kind, ' ', there.name) <> there.state
    ORDER BY there.kind COLLATE "C", there.name COLLATE "C";
    RETURN QUERY
    WITH held AS (
        SELECT entry.object, entry.grantee, entry.privileges, true AS was_before FROM jsonb_to_recordset(grants_before) AS entry(object text, grantee oid,
            privileges text)
        UNION ALL
        SELECT entry.object, entry.grantee, entry.privileges, false FROM rowkit_internal._blueprint_grants(blueprint, to_regnamespace(quote_ident(schema_name))) AS entry
    ), privilege AS (
        SELECT held.object, held.grantee, part.name, bool_or(held.was_before) AS was_before, bool_or(NOT held.was_before) AS is_now
        FROM held CROSS JOIN LATERAL string_to_table(held.privileges, ', ') AS part(name)
        GROUP BY held.object, held.grantee, part.name
    )
    SELECT change.kind, format('%s ON %s %s %s', string_agg(privilege.name, ', ' ORDER BY privilege.name COLLATE "C"), privilege.object, change.word,
        CASE privilege.grantee WHEN 0 THEN 'PUBLIC' ELSE privilege.grantee::regrole::text END), NULL::text
    FROM privilege
    JOIN (VALUES ('grant', 'TO', true), ('revoke', 'FROM', false)) AS change(kind, word, is_now) ON change.is_now = privilege.is_now
    WHERE privilege.was_before <> privilege.is_now
        -- What was made just now came with its grants.
        AND privilege.object = ANY (existed)
    GROUP BY change.kind, change.word, privilege.object, privilege.grantee
    ORDER BY change.kind, privilege.object COLLATE "C", privilege.grantee;
    EXECUTE format('UPDATE %s AS made SET checksum = $2 WHERE made.blueprint = $1 AND made.kind = ''blueprint''', registry)
    USING blueprint, rowkit_internal._blueprint_checksum(blueprint, schema_name, registry);
    -- PostgREST keeps what it found in the catalog until it is told.
    PERFORM pg_notify('pgrst', 'reload schema');
END
$$;
COMMENT ON FUNCTION rowkit.install_blueprint(text, text, boolean) IS
'Makes a blueprint''s tables, indexes, constraints, triggers, policies, defaults, types, views and functions in a schema (created when missing), as '
'the caller''s own objects, and lists them. Takes back what default privileges gave anon, authenticated, service_role and PUBLIC beyond what the blueprint '
'grants. '
'Done again it makes what is missing, as after DROP EXTENSION CASCADE, puts right what was changed (policies, row security, triggers, functions, grants to '
'those roles; what other roles '
'were granted stays), and lists what it changed: objects by their kind, and rows of kind grant and revoke; where all is as it was made it changes nothing. '
'Tables of an older version are updated first, by migrations (ALTER TABLE); a row of kind blueprint names both versions. Tables of these names that were there before are used and never dropped. dry_run lists '
'the SQL instead, as rows of kind sql with the SQL in command. Where it changed something it tells PostgREST to read the catalog again (NOTIFY pgrst). While it runs nobody else makes relations in the schema. 22023 for an unknown blueprint, 42939 for a reserved schema, '
'42501 when the schema''s '
'blueprints, or objects of these names, are another role''s, or when the blueprint has functions that act with their owner''s rights and the caller has no '
'BYPASSRLS; 42809 when something '
'of another kind has one of the names; 42P07 or 42723 when someone makes one meanwhile; 55000 when a newer version is installed. VOLATILE. '
'blueprint is its name, as blueprints() lists it. schema_name is the schema, by default the first on the search_path. kind and identity name an object that was made or changed; '
'identity is NULL for the kind sql, and command for all others.';

CREATE FUNCTION rowkit.blueprint_objects(blueprint text, schema_name text DEFAULT current_schema)
    RETURNS TABLE(kind text, identity text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the registry is known only at run time.
DECLARE
    registry CONSTANT regclass := to_regclass(quote_ident(schema_name) || '.rowkit_objects');
    is_installed boolean := false;
BEGIN
    -- Another role's table or view of that name would be that role's code.
    IF (SELECT relation.relkind <> 'r' OR NOT rowkit_internal._is_trusted_for_caller(relation.relowner)
        FROM pg_class AS relation WHERE relation.oid = registry)
    THEN
        RAISE EXCEPTION 'the blueprints in schema "%" belong to somebody else', left(schema_name, 100) USING ERRCODE = '42501', HINT = 'SET ROLE to their owner first.';
    ELSIF registry IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s AS made WHERE made.blueprint = $1)', registry) INTO is_installed USING blueprint;
    END IF;
    IF NOT is_installed THEN
        RAISE EXCEPTION 'blueprint "%" is not installed in schema "%"', left(blueprint, 100), left(schema_name, 100) USING
            ERRCODE = '42704', HINT = 'rowkit.install_blueprint makes it; rowkit.blueprints() lists the names.';
    END IF;
    RETURN QUERY EXECUTE format(
        $query$
            SELECT made.kind, coalesce(there.identity, quote_ident($2))
            FROM %s AS made
            LEFT JOIN rowkit_internal._schema_objects($2) AS there ON there.kind = made.kind AND there.name = made.name
            WHERE made.blueprint = $1 AND (there.kind IS NOT NULL OR made.kind = 'schema')
            ORDER BY made.kind COLLATE "C" NOT IN ('schema', 'table'), made.kind COLLATE "C", made.name COLLATE "C"
        $query$, registry)
    USING blueprint, schema_name;
END
$$;
COMMENT ON FUNCTION rowkit.blueprint_objects(text, text) IS
'What install_blueprint made for a blueprint in a schema and is still there: what uninstall_blueprint would drop. 42704 when it is not installed. '
'Reads the table rowkit_objects of that schema with the caller''s rights. STABLE. '
'blueprint is its name. schema_name is the schema, by default the first on the search_path. kind is what sort of object it is, such as table. identity is the name of the object, as SQL writes it.';

CREATE FUNCTION rowkit.uninstall_blueprint(blueprint text, schema_name text, confirm text DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    SET standard_conforming_strings = on SET client_min_messages = warning SET row_security = off
    AS $$
DECLARE
    registry regclass := rowkit_internal._blueprint_registry(schema_name, NOT dry_run);
    is_installed boolean := false;
    made jsonb;
    tables text[];
    relation text;
    row_count bigint;
    counts text[] := '{}';
    step text;
    is_last boolean;
    schema_was_made boolean;
    parts_schema text;
BEGIN
    IF registry IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s AS made WHERE made.blueprint = $1)', registry) INTO is_installed USING blueprint;
    END IF;
    IF NOT is_installed THEN
        RAISE EXCEPTION 'blueprint "%" is not installed in schema "%"', left(blueprint, 100), left(schema_name, 100) USING
            ERRCODE = '42704', HINT = 'Only what rowkit.install_blueprint made can be uninstalled.';
    END IF;
    EXECUTE format(
        $query$
            SELECT
                coalesce(jsonb_agg(to_jsonb(there) - 'made_by'), '[]'),
                coalesce(array_agg(there.identity ORDER BY there.name COLLATE "C") FILTER (WHERE there.kind = 'table'), '{}')
            FROM %s AS made
            JOIN rowkit_internal._schema_objects($2) AS there ON there.kind = made.kind AND there.name = made.name
            WHERE made.blueprint = $1
        $query$, registry)
    INTO made, tables USING blueprint, schema_name;
    -- Somebody else's table may have the name of one that is gone.
    PERFORM rowkit_internal._require_owner(named::regclass) FROM unnest(tables) AS named;
    IF dry_run THEN
        RETURN QUERY
        SELECT object.kind, object.identity, object.drop_command
        FROM jsonb_to_recordset(made) AS object(kind text, name text, identity text, drop_command text)
        ORDER BY object.kind COLLATE "C" <> 'table', object.kind COLLATE "C", object.name COLLATE "C";
        RETURN;
    END IF;

    -- The parts of its audit log are in a schema of their own.
    SELECT namespace.nspname INTO parts_schema
    FROM pg_partitioned_table AS log
    JOIN pg_class AS part ON part.oid = log.partdefid
    JOIN pg_namespace AS namespace ON namespace.oid = part.relnamespace
    WHERE log.partrelid = to_regclass(format('%I.audit_logs', schema_name)) AND log.partrelid = ANY (tables::regclass[])
        AND obj_description(namespace.oid, 'pg_namespace') LIKE 'Parts of %, made by rowkit.create_audit_log: dump both schemas.';
    IF cardinality(tables) > 0 THEN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', array_to_string(tables, ', '));
        -- Rows that forced row security hides from their owner are there all the same; a refusal puts it back.
        FOREACH relation IN ARRAY tables LOOP
            IF (SELECT class.relforcerowsecurity FROM pg_class AS class WHERE class.oid = relation::regclass) THEN
                EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', relation);
            END IF;
        END LOOP;
    END IF;
    IF confirm IS DISTINCT FROM schema_name THEN
        FOREACH relation IN ARRAY tables LOOP
            -- That an audit began is nobody's data.
            EXECUTE format('SELECT count(*) FROM %s', relation) || CASE WHEN relation ~ '\.audit_logs$' THEN ' WHERE action <> ''ENABLE''' ELSE '' END INTO row_count;
            IF row_count > 0 THEN
                counts := counts || format('%s: %s', relation, row_count);
            END IF;
        END LOOP;
        IF cardinality(counts) > 0 THEN
            RAISE EXCEPTION 'blueprint "%" in schema "%" holds rows', blueprint, schema_name USING
                ERRCODE = '55000', DETAIL = format('Rows: %s.', array_to_string(counts, ', ')),
                HINT = format('To drop them with it: confirm => %L.', schema_name);
        END IF;
    END IF;

    -- Sign-ups would go on copying users to a table that is gone. PL/pgSQL: which table auth.users is, is known only now.
    FOR step IN
        SELECT format('DROP TRIGGER %I ON %s', sync.tgname, rowkit_internal._quoted_name(sync.tgrelid))
        FROM pg_trigger AS sync JOIN pg_class AS class ON class.oid = sync.tgrelid AND pg_has_role(class.relowner, 'USAGE')
            AND (rowkit_internal._is_trusted_for_caller(class.relowner) OR rowkit_internal._stands_by_itself(class.oid))
        WHERE sync.tgfoid = 'rowkit.handle_new_user'::regproc
            -- As text: an argument that anybody wrote may name nothing at all.
            AND (rowkit_internal._trigger_arguments(sync.tgargs, sync.tgnargs))[1] IN (SELECT rowkit_internal._quoted_name(made_table) FROM unnest(tables::regclass[]) AS made_table)
    LOOP
        EXECUTE step;
    END LOOP;

    -- First what others hang on: policies, triggers, defaults, functions, views. Then what stands on tables that stay. Functions,
    -- views and tables each at once, as they refer to each other; last what columns were made of. Never CASCADE: whatever
    -- else depends on them stops all of it with 2BP01.
    FOR step IN
        SELECT CASE phase.place
            WHEN 4 THEN 'DROP ROUTINE ' || string_agg(object.identity, ', ' ORDER BY object.name)
            WHEN 5 THEN 'DROP VIEW ' || string_agg(object.identity, ', ' ORDER BY object.name)
            WHEN 9 THEN 'DROP TABLE ' || string_agg(object.identity, ', ' ORDER BY object.name)
            WHEN 10 THEN 'DROP ROUTINE ' || string_agg(object.identity, ', ' ORDER BY object.name)
            ELSE min(object.drop_command)
        END
        FROM jsonb_to_recordset(made) AS object(kind text, name text, identity text, drop_command text, on_table text)
        JOIN (VALUES
            (1, 'policy'), (2, 'trigger'), (3, 'default value'), (4, 'function'), (4, 'procedure'), (4, 'aggregate'), (5, 'view'),
            (6, 'materialized view'), (7, 'constraint'), (8, 'index'), (9, 'table'), (10, 'function'), (11, 'sequence'), (12, 'type')
        ) AS phase(place, kind) ON phase.kind = object.kind
            -- What a rule, an index or a generated column calls goes after its table.
            AND (object.kind <> 'function' OR (phase.place = 10) = EXISTS (
                SELECT FROM pg_depend AS needed
                WHERE needed.refclassid = 'pg_proc'::regclass AND needed.refobjid = to_regprocedure(object.identity)
                    AND needed.classid IN ('pg_constraint'::regclass, 'pg_class'::regclass, 'pg_attrdef'::regclass)
                    AND needed.deptype = 'n'))
        WHERE object.kind NOT IN ('constraint', 'index')
            OR NOT EXISTS (
                SELECT FROM jsonb_to_recordset(made) AS holder(kind text, name text)
                WHERE holder.kind IN ('table', 'materialized view') AND holder.name = quote_ident(object.on_table))
        GROUP BY phase.place, CASE WHEN phase.place NOT IN (4, 5, 9, 10) THEN object.name END
        ORDER BY phase.place, min(object.name)
    LOOP
        EXECUTE step;
    END LOOP;
    RETURN QUERY
    SELECT object.kind, object.identity, object.drop_command
    FROM jsonb_to_recordset(made) AS object(kind text, name text, identity text, drop_command text)
    ORDER BY object.kind COLLATE "C" <> 'table', object.kind COLLATE "C", object.name COLLATE "C";

    IF parts_schema IS NOT NULL THEN
        BEGIN
            EXECUTE format('DROP SCHEMA %I', parts_schema);
            RETURN QUERY SELECT 'schema', quote_ident(parts_schema), format('DROP SCHEMA %I', parts_schema);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            NULL; -- It holds parts of another log, or objects of the user's own.
        END;
    END IF;
    EXECUTE format('DELETE FROM %s AS made WHERE made.blueprint = $1 AND made.kind <> ''schema''', registry) USING blueprint;
    EXECUTE format(
        'SELECT bool_and(made.kind = ''schema'') IS NOT FALSE, bool_or(made.kind = ''schema'') IS TRUE FROM %s AS made', registry)
    INTO is_last, schema_was_made;
    IF is_last THEN
        EXECUTE format('DROP TABLE %s', registry);
        RETURN QUERY SELECT 'table', format('%I.rowkit_objects', schema_name), format('DROP TABLE %I.rowkit_objects', schema_name);
    END IF;
    IF is_last AND schema_was_made THEN
        BEGIN
            EXECUTE format('DROP SCHEMA %I', schema_name);
            RETURN QUERY SELECT 'schema', quote_ident(schema_name), format('DROP SCHEMA %I', schema_name);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            NULL; -- It holds objects of the user's own by now, so it stays.
        END;
    END IF;
    PERFORM pg_notify('pgrst', 'reload schema');
END
$$;
COMMENT ON FUNCTION rowkit.uninstall_blueprint(text, text, text, boolean) IS
'Drops exactly what install_blueprint made in the schema, and lists it; the schema too, if it was made and is empty. Tells PostgREST to read the catalog again (NOTIFY pgrst). Refuses with '
'55000 while one of the tables holds rows, unless confirm is the schema''s name; with 2BP01 while anything else depends on one; '
'42704 when it is not installed. Then nothing is dropped. dry_run only lists what would be dropped, and does not look whether tables hold rows. VOLATILE. '
'blueprint is its name. schema_name is the schema. command is the statement that drops the object; what refers to each other is dropped at once. kind is what sort of object it is, such as table. identity is the name of the object, as SQL writes it.';
