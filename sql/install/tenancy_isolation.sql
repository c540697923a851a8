-- Isolation: row security that keeps tenants apart. src/identity/membership.rs finds the tenants of a user; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit_internal._api_roles(named text[]) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT coalesce(named, (SELECT array_agg(role.rolname::text) FROM pg_roles AS role WHERE role.rolname = 'authenticated'), '{public}')
    $$;
COMMENT ON FUNCTION rowkit_internal._api_roles(text[]) IS 'Whom policies are for: the roles named, else authenticated where it exists, else everyone. Internal.';

CREATE FUNCTION rowkit_internal._bypass_roles() RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT coalesce(array_agg(role.rolname::text), '{}')
        FROM pg_roles AS role
        WHERE role.rolname = 'service_role' OR (role.rolname = current_user AND NOT role.rolsuper AND NOT role.rolbypassrls)
    $$;
COMMENT ON FUNCTION rowkit_internal._bypass_roles() IS
'Who passes the row security of a blueprint: service_role where it exists, and the owner, whom forced row security would lock out, unless it passes by its own rights. Internal.';

CREATE FUNCTION rowkit_internal._role_list(roles text[]) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT string_agg(CASE WHEN role.name = 'public' THEN 'PUBLIC' ELSE quote_ident(role.name) END, ', ' ORDER BY role.place)
        FROM unnest(roles) WITH ORDINALITY AS role(name, place)
    $$;
COMMENT ON FUNCTION rowkit_internal._role_list(text[]) IS 'Roles as GRANT and CREATE POLICY take them. Internal.';

CREATE FUNCTION rowkit_internal._parts(relation regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH RECURSIVE part AS (
            SELECT relation::oid AS id
            UNION
            SELECT inherits.inhrelid FROM part JOIN pg_inherits AS inherits ON inherits.inhparent = part.id
        )
        SELECT part.id::regclass FROM part JOIN pg_class AS class ON class.oid = part.id AND class.relkind IN ('r', 'p') ORDER BY part.id <> relation, part.id
    $$;
COMMENT ON FUNCTION rowkit_internal._parts(regclass) IS 'A table, its partitions and its children: row security of each stands by itself. Internal.';

CREATE FUNCTION rowkit_internal._policy_checksum(relation regclass, policy text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        SELECT md5(concat_ws(E'\n', rule.polcmd, rule.polpermissive,
            (SELECT string_agg(coalesce(role.rolname::text, 'public'), ',' ORDER BY role.rolname)
                FROM unnest(rule.polroles) AS member(id) LEFT JOIN pg_roles AS role ON role.oid = member.id),
            coalesce(pg_get_expr(rule.polqual, rule.polrelid), '-'), coalesce(pg_get_expr(rule.polwithcheck, rule.polrelid), '-')))
        FROM pg_policy AS rule
        WHERE rule.polrelid = relation AND rule.polname = policy
    $$;
COMMENT ON FUNCTION rowkit_internal._policy_checksum(regclass, text) IS 'What a policy says, as a checksum: it tells whether someone changed it. Internal.';

CREATE FUNCTION rowkit_internal._seal_policies(relation regclass, policies text[], whose text DEFAULT NULL, call text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    policy text;
BEGIN
    FOREACH policy IN ARRAY policies LOOP
        -- In the comment, so that a dump carries it.
        EXECUTE format('COMMENT ON POLICY %I ON %s IS %L', policy, rowkit_internal._quoted_name(relation),
            format('Made by rowkit: %s.%s Checksum %s.%s', array_to_string(policies, ', '), ' ' || whose || '.', rowkit_internal._policy_checksum(relation, policy), ' By ' || call));
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._seal_policies(regclass, text[], text, text) IS
'Writes down which policies belong together, what they say and which call made them, for isolation_report, and whose rows they are about, for prove_isolation. Internal.';

CREATE FUNCTION rowkit_internal._isolation_call(relation regclass, kind text DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
    AS $$
        SELECT 'SELECT * FROM rowkit.' || substring(rowkit_internal._seal(rule.oid) FROM ' Checksum [0-9a-f]{32}\. By (.*)$')
        FROM pg_policy AS rule
        -- Whoever owns a table can write any comment, and give any text as a condition: a call is told, to be run by somebody else, of trusted owners' tables alone.
        JOIN pg_class AS class ON class.oid = rule.polrelid
            AND rowkit_internal._is_trusted_for_caller(class.relowner)
        WHERE rule.polrelid = relation AND rowkit_internal._seal(rule.oid) ~ '^Made by rowkit: .* Checksum [0-9a-f]{32}\. By '
            AND (kind IS NULL OR rule.polname = ANY (ARRAY(SELECT kind || '_' || word FROM unnest('{select,insert,update,delete,service}'::text[]) AS word)))
        ORDER BY rule.polname
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._isolation_call(regclass, text) IS
'The call that isolated a table, with all of its settings, as its policies hold it: those of this kind (tenant, derived, or a name), or the first. NULL where there is none, and for a table of an owner who is not trusted. Internal.';

CREATE FUNCTION rowkit_internal._call_text(function text, subject regclass, arguments jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT format('%s(%s)', function, concat_ws(', ', quote_literal(rowkit_internal._quoted_name(subject)), (
            SELECT string_agg(format('%s => %L', argument.value ->> 0, argument.value ->> 1), ', ' ORDER BY argument.place)
            FROM jsonb_array_elements(arguments) WITH ORDINALITY AS argument(value, place)
            WHERE argument.value ->> 1 IS NOT NULL AND argument.value ->> 1 IS DISTINCT FROM argument.value ->> 2)))
    $$;
COMMENT ON FUNCTION rowkit_internal._call_text(text, regclass, jsonb) IS
'A call as SQL: arguments is [[name, value, default], …], and what has its default is left out. Internal.';

CREATE FUNCTION rowkit_internal._warn_of_settings(relation regclass, kind text, call text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it warns.
DECLARE
    former CONSTANT text := rowkit_internal._isolation_call(relation, kind);
BEGIN
    -- A bound that was there and is none any more widens what users may do.
    IF EXISTS (
        SELECT FROM unnest('{read_role,write_role,delete_role,read_condition,write_condition,condition,commands}'::text[]) AS bound(name)
        WHERE position(', ' || bound.name || ' => ' IN former) > 0 AND position(', ' || bound.name || ' => ' IN call) = 0)
    THEN
        RAISE WARNING 'the isolation of % has fewer bounds now', relation USING HINT = format('It was made by: %s;', former);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._warn_of_settings(regclass, text, text) IS 'Warns where the call that isolated the table before had bounds that this one has not: its settings are replaced. Internal.';

CREATE FUNCTION rowkit_internal._isolation_commands(
    relation regclass, kind text, using_read text, using_insert text, using_update text, check_update text, using_delete text, api_roles text[],
    bypass_roles text[], whose text DEFAULT NULL, call text DEFAULT NULL)
    RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    part regclass;
    part_name text;
    members CONSTANT text[] := rowkit_internal._api_roles(api_roles);
    services CONSTANT text[] := coalesce(bypass_roles, ARRAY(SELECT role.rolname::text FROM pg_roles AS role WHERE role.rolname = 'service_role'));
    outsiders CONSTANT text[] := ARRAY(
        SELECT 'public' UNION SELECT role.rolname FROM pg_roles AS role WHERE role.rolname IN ('anon', 'authenticated') UNION SELECT unnest(members) ORDER BY 1);
    granted CONSTANT text := concat_ws(', ', CASE WHEN using_read IS NOT NULL THEN 'SELECT' END, CASE WHEN using_insert IS NOT NULL THEN 'INSERT' END,
        CASE WHEN using_update IS NOT NULL THEN 'UPDATE' END, CASE WHEN using_delete IS NOT NULL THEN 'DELETE' END);
    active CONSTANT regclass := (
        SELECT view.oid FROM pg_class AS view WHERE view.oid = rowkit_internal._active_view(relation) AND 'security_invoker=true' = ANY (view.reloptions));
    rule record;
    made text[];
BEGIN
    FOR part IN SELECT rowkit_internal._parts(relation) LOOP
        part_name := rowkit_internal._quoted_name(part);
        made := '{}';
        RETURN NEXT format('SELECT rowkit_internal._revoke_beyond_rows(%L, %L)', part_name, outsiders);
        IF part = relation AND members <> '{public}' AND granted <> '' THEN
            RETURN NEXT format('GRANT %s ON %s TO %s', granted, part_name, rowkit_internal._role_list(members));
        END IF;
        IF part = relation AND services <> '{}' THEN
            RETURN NEXT format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s', part_name, rowkit_internal._role_list(services));
        END IF;
        -- The view of live rows that enable_soft_delete made is another door to the same rows.
        IF part = relation AND active IS NOT NULL THEN
            RETURN NEXT format('SELECT rowkit_internal._revoke_beyond_rows(%L, %L)', rowkit_internal._quoted_name(active), outsiders);
        END IF;
        IF part = relation AND active IS NOT NULL AND members <> '{public}' AND granted <> '' THEN
            RETURN NEXT format('GRANT %s ON %s TO %s', granted, rowkit_internal._quoted_name(active), rowkit_internal._role_list(members || services));
        END IF;
        RETURN NEXT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part_name);
        RETURN NEXT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', part_name);
        FOR rule IN
            SELECT known.polname AS name FROM pg_policy AS known
            WHERE known.polrelid = part AND known.polname = ANY (ARRAY(SELECT kind || '_' || word FROM unnest(ARRAY['select', 'insert', 'update', 'delete', 'service']) AS word))
            ORDER BY known.polname
        LOOP
            RETURN NEXT format('DROP POLICY %I ON %s', rule.name, part_name);
        END LOOP;
        FOR rule IN
            SELECT kind || '_' || lower(event.command) AS name, event.command, event.rows, event.checked
            FROM (VALUES (1, 'SELECT', using_read, NULL), (2, 'INSERT', NULL, using_insert), (3, 'UPDATE', using_update, check_update), (4, 'DELETE', using_delete, NULL))
                AS event(place, command, rows, checked)
            WHERE coalesce(event.rows, event.checked) IS NOT NULL
            ORDER BY event.place
        LOOP
            made := made || rule.name;
            RETURN NEXT format('CREATE POLICY %I ON %s FOR %s TO %s', rule.name, part_name, rule.command, rowkit_internal._role_list(members))
                || coalesce(' USING (' || rule.rows || ')', '') || coalesce(' WITH CHECK (' || rule.checked || ')', '');
        END LOOP;
        -- A service that passes row security by its own rights needs no policy.
        IF EXISTS (SELECT FROM pg_roles AS role WHERE role.rolname = ANY (services) AND NOT role.rolbypassrls) THEN
            made := made || (kind || '_service');
            RETURN NEXT format('CREATE POLICY %I ON %s TO %s USING (true) WITH CHECK (true)', kind || '_service', part_name, rowkit_internal._role_list(services));
        END IF;
        IF made <> '{}' THEN
            RETURN NEXT format('SELECT rowkit_internal._seal_policies(%L, %L%s%s)', part_name, made, ', whose => ' || quote_literal(whose),
                ', call => ' || CASE WHEN part = relation THEN quote_literal(call) END);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._isolation_commands(regclass, text, text, text, text, text, text, text[], text[], text, text) IS
'The commands that put row security on a table, its partitions and children; a NULL condition makes no policy. Internal.';

CREATE FUNCTION rowkit_internal._membership_of(relation regclass) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs)
        FROM pg_trigger AS trigger
        WHERE trigger.tgrelid = relation AND trigger.tgfoid = 'rowkit.guard_membership'::regproc
        ORDER BY trigger.tgname
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._membership_of(regclass) IS
'What register_membership was told: user, tenant, role, active column, then the roles; NULL for a table that is not registered. Internal.';

CREATE FUNCTION rowkit_internal._require_commands(commands text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF commands IS NULL OR array_position(commands, NULL) IS NOT NULL OR NOT commands <@ '{select,insert,update,delete}' THEN
        RAISE EXCEPTION 'commands cannot be %', left(commands::text, 100) USING ERRCODE = '22023', HINT = 'They are of select, insert, update and delete.';
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._require_commands(text[]) IS 'Raises 22023 for what is no list of commands. Internal.';

CREATE FUNCTION rowkit_internal._only_membership(near regclass) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- Any role can register a membership: only one of the table's owner, of the caller or of an owner who is trusted is meant, first the one beside the
-- table and of its owner.
DECLARE
    found CONSTANT regclass[] := ARRAY(
        WITH registered AS (
            SELECT DISTINCT class.oid,
                CASE WHEN class.relnamespace = own.relnamespace AND class.relowner = own.relowner THEN 1 ELSE 2 END AS place
            FROM pg_trigger AS trigger JOIN pg_class AS class ON class.oid = trigger.tgrelid CROSS JOIN pg_class AS own
            WHERE trigger.tgfoid = 'rowkit.guard_membership'::regproc AND trigger.tgparentid = 0 AND own.oid = near
                AND (class.relowner = own.relowner OR rowkit_internal._is_trusted_for_caller(class.relowner))
        )
        SELECT registered.oid FROM registered WHERE registered.place = (SELECT min(every.place) FROM registered AS every) LIMIT 2);
BEGIN
    IF cardinality(found) <> 1 THEN
        RAISE EXCEPTION '% membership is registered', CASE cardinality(found) WHEN 0 THEN 'no' ELSE 'more than one' END USING
            ERRCODE = '22023', HINT = 'Name it: membership => ''app.members''. rowkit.register_membership() registers one, with its role column and roles where it has them.';
    END IF;
    RETURN found[1];
END
$$;
COMMENT ON FUNCTION rowkit_internal._only_membership(regclass) IS
'The registered membership that is meant for a table: the one beside it, else the only one of its owner, of the caller or of a trusted owner. 22023 where there is none, or more. Internal.';

CREATE FUNCTION rowkit.enable_tenant_isolation(
    table_name regclass, tenant_column text DEFAULT NULL, read_role text DEFAULT NULL, write_role text DEFAULT NULL, delete_role text DEFAULT NULL,
    read_condition text DEFAULT NULL, write_condition text DEFAULT NULL, commands text[] DEFAULT '{select,insert,update,delete}', api_roles text[] DEFAULT NULL,
    bypass_roles text[] DEFAULT NULL, membership regclass DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET client_min_messages = warning
    AS $$
DECLARE
    settings text[];
    roles text[];
    part regclass;
    steps text[] := '{}';
    home CONSTANT text := rowkit_internal._quoted_name(table_name);
    belongs text;
    limits text;
    writes text;
    seen text;
    change_role text;
    removal_role text;
    role text;
    call text;
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_table(table_name, 'isolated');
    PERFORM rowkit_internal._require_commands(commands);
    membership := coalesce(membership, rowkit_internal._only_membership(table_name));
    settings := rowkit_internal._membership_of(membership);
    IF settings IS NULL THEN
        RAISE EXCEPTION '% is not registered as a membership', membership USING
            ERRCODE = '55000', HINT = format('Call rowkit.register_membership(%L) first.', membership);
    END IF;
    tenant_column := coalesce(tenant_column, settings[2]);
    roles := settings[5:];
    call := rowkit_internal._call_text('enable_tenant_isolation', table_name, jsonb_build_array(
        jsonb_build_array('tenant_column', tenant_column, settings[2]), jsonb_build_array('membership', rowkit_internal._quoted_name(membership)),
        jsonb_build_array('read_role', read_role), jsonb_build_array('write_role', write_role), jsonb_build_array('delete_role', delete_role),
        jsonb_build_array('read_condition', read_condition), jsonb_build_array('write_condition', write_condition),
        jsonb_build_array('commands', commands::text, '{select,insert,update,delete}'), jsonb_build_array('api_roles', api_roles::text),
        jsonb_build_array('bypass_roles', bypass_roles::text)));
    IF NOT EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attname = tenant_column AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.atttypid = 'uuid'::regtype)
    THEN
        RAISE EXCEPTION '% has no column "%" of type uuid', table_name, tenant_column USING
            ERRCODE = '42703', HINT = 'Name the tenant''s column: tenant_column => ''organization_id''; the table of tenants itself has ''id''.';
    END IF;
    -- Whoever manages members may not raise anyone, or themselves, above their own role.
    IF table_name = membership AND settings[3] <> '' THEN
        write_role := coalesce(write_role, roles[greatest(cardinality(roles) - 1, 1)]);
        limits := format('%I = ANY (rowkit.current_tenant_ids(%L::regclass, %I::text))', tenant_column, rowkit_internal._quoted_name(membership), settings[3]);
    END IF;
    FOREACH role IN ARRAY ARRAY[read_role, write_role, delete_role] LOOP
        IF role IS NOT NULL AND role <> ALL (roles) THEN
            RAISE EXCEPTION '% knows no role "%"', membership, left(role, 100) USING ERRCODE = '22023', HINT = CASE cardinality(roles)
                WHEN 0 THEN 'Name its role column and roles in rowkit.register_membership().'
                ELSE format('From the fewest rights to the most: %s.', array_to_string(roles, ', ')) END;
        END IF;
    END LOOP;
    -- What follows is appended: a name may hold a % that format() would take for its own.
    belongs := format('%I = ANY (rowkit.current_tenant_ids(%L::regclass', tenant_column, rowkit_internal._quoted_name(membership));
    writes := concat_ws(' AND ', belongs || coalesce(', ' || quote_literal(write_role), '') || '))', limits, '(' || write_condition || ')');
    -- The server asks no SELECT policy of an UPDATE or DELETE that reads no column: their own say that one writes only what one sees.
    seen := nullif(concat_ws(' AND ', limits, '(' || write_condition || ')',
        CASE WHEN read_condition IS DISTINCT FROM write_condition THEN '(' || read_condition || ')' END), '');
    change_role := roles[greatest(array_position(roles, read_role), array_position(roles, write_role))];
    removal_role := roles[greatest(array_position(roles, read_role), array_position(roles, coalesce(delete_role, write_role)))];
    IF EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = table_name AND attribute.attname = tenant_column AND NOT attribute.attnotnull) THEN
        steps := steps || format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', home, tenant_column);
    END IF;
    -- Indexes and triggers of a partitioned table are its partitions', those of a parent not its children's.
    FOR part IN SELECT parts FROM rowkit_internal._parts(table_name) AS parts JOIN pg_class AS class ON class.oid = parts AND NOT class.relispartition LOOP
        IF commands <> '{}' AND NOT rowkit_internal._has_leading_index(part, tenant_column) THEN
            steps := steps || format('CREATE INDEX ON %s (%I)', rowkit_internal._quoted_name(part), tenant_column);
        END IF;
        steps := steps || ARRAY(
            SELECT format('DROP TRIGGER %I ON %s', former.tgname, rowkit_internal._quoted_name(part))
            FROM pg_trigger AS former
            WHERE former.tgrelid = part AND former.tgfoid = 'rowkit.guard_tenant'::regproc AND former.tgparentid = 0 AND former.tgname <> '0_guard_tenant'
            ORDER BY former.tgname);
        -- Its name sorts first: it is asked before any other trigger of the row reads something.
        steps := steps || format(
            'CREATE OR REPLACE TRIGGER "0_guard_tenant" BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.guard_tenant(%L, %L, %L, %L%s)',
            rowkit_internal._quoted_name(part), tenant_column, rowkit_internal._quoted_name(membership), coalesce(write_role, ''), array_to_string(commands, ','),
            CASE WHEN coalesce(read_condition, write_condition) IS NOT NULL THEN ', ''conditional''' END);
    END LOOP;
    PERFORM rowkit_internal._warn_of_settings(table_name, 'tenant', call);
    FOREACH command IN ARRAY steps || ARRAY(SELECT rowkit_internal._isolation_commands(
            table_name, 'tenant',
            CASE WHEN 'select' = ANY (commands) THEN concat_ws(' AND ', belongs || coalesce(', ' || quote_literal(read_role), '') || '))', '(' || read_condition || ')') END,
            CASE WHEN 'insert' = ANY (commands) THEN writes END,
            CASE WHEN 'update' = ANY (commands) THEN concat_ws(' AND ', belongs || coalesce(', ' || quote_literal(change_role), '') || '))', seen) END,
            CASE WHEN 'update' = ANY (commands) THEN writes END,
            CASE WHEN 'delete' = ANY (commands) THEN concat_ws(' AND ', belongs || coalesce(', ' || quote_literal(removal_role), '') || '))', seen) END,
            api_roles, bypass_roles, call => call))
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_tenant_isolation(regclass, text, text, text, text, text, text, text[], text[], text[], regclass, boolean) IS
'Shows and gives a table''s rows only to members of their tenant, and returns the commands that it ran (or, with dry_run, would run): the tenant column NOT NULL, indexed and not to be changed; row security '
'enabled and forced, on partitions and children too, with one policy a command; TRUNCATE, REFERENCES, TRIGGER and MAINTAIN revoked from everyone and the API roles, on the view of live rows, too. read_role, write_role and '
'delete_role are the least roles of the membership; read_condition and write_condition are SQL over the row, with qualified names, that must hold besides, write_condition also for what '
'a row becomes. What one may not read one may not write. commands are those that members may '
'use at all: an empty list closes the table. Policies are for api_roles (authenticated where it exists, else everyone), who are granted the commands; bypass_roles (service_role) pass. Members of the membership itself are written from the last role but '
'one, and never above one''s own. Done again it changes the settings. With the caller''s rights. 42809, 42703, 22023, 55000 for a membership that is not registered. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table. tenant_column is the column of the tenant in the table, by default the one that the membership has. membership is the registered membership, by default the one beside '
'the table. '
'kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit.enable_derived_isolation(
    table_name regclass, foreign_key_column text, write_role text DEFAULT NULL, read_condition text DEFAULT NULL, write_condition text DEFAULT NULL,
    commands text[] DEFAULT '{select,insert,update,delete}', api_roles text[] DEFAULT NULL, bypass_roles text[] DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET client_min_messages = warning
    AS $$
DECLARE
    parent regclass;
    matches text;
    settings text[];
    sees text;
    writes text;
    seen text;
    call CONSTANT text := rowkit_internal._call_text('enable_derived_isolation', table_name, jsonb_build_array(
        jsonb_build_array('foreign_key_column', foreign_key_column), jsonb_build_array('write_role', write_role), jsonb_build_array('read_condition', read_condition),
        jsonb_build_array('write_condition', write_condition), jsonb_build_array('commands', commands::text, '{select,insert,update,delete}'),
        jsonb_build_array('api_roles', api_roles::text), jsonb_build_array('bypass_roles', bypass_roles::text)));
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_table(table_name, 'isolated');
    PERFORM rowkit_internal._require_commands(commands);
    SELECT rule.confrelid::regclass, (
            SELECT string_agg(format('parent.%I = %s.%I', above.attname, rowkit_internal._quoted_name(table_name), child.attname), ' AND ' ORDER BY pair.place)
            FROM unnest(rule.conkey, rule.confkey) WITH ORDINALITY AS pair(child, parent, place)
            JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = pair.child
            JOIN pg_attribute AS above ON above.attrelid = rule.confrelid AND above.attnum = pair.parent)
    INTO parent, matches
    FROM pg_constraint AS rule
    JOIN pg_attribute AS attribute ON attribute.attrelid = rule.conrelid AND attribute.attname = foreign_key_column AND attribute.attnum = ANY (rule.conkey)
    -- Beside the tenant's the column that names the parent comes last, or refers to what is unique by itself.
    CROSS JOIN LATERAL (
        SELECT rule.conkey[cardinality(rule.conkey)] = attribute.attnum AS is_last, EXISTS (
            SELECT FROM pg_index AS own
            WHERE own.indrelid = rule.confrelid AND own.indisunique AND own.indpred IS NULL AND own.indnkeyatts = 1
                AND own.indkey[0] = rule.confkey[array_position(rule.conkey, attribute.attnum)]) AS is_unique
    ) AS referred
    WHERE rule.conrelid = table_name AND rule.contype = 'f' AND (referred.is_last OR referred.is_unique)
    ORDER BY referred.is_unique DESC, referred.is_last DESC, cardinality(rule.conkey) DESC, rule.oid
    LIMIT 1;
    IF parent IS NULL THEN
        RAISE EXCEPTION '% has no foreign key of "%"', table_name, foreign_key_column USING ERRCODE = '42704', HINT = 'Name the column that refers to the parent.';
    END IF;
    SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) INTO settings
    FROM pg_trigger AS trigger
    WHERE trigger.tgrelid = parent AND trigger.tgfoid = 'rowkit.guard_tenant'::regproc;
    IF settings IS NULL OR NOT (SELECT class.relrowsecurity FROM pg_class AS class WHERE class.oid = parent) THEN
        RAISE EXCEPTION '% is not isolated', parent USING
            ERRCODE = '55000', HINT = format('Call rowkit.enable_tenant_isolation(%L) first: %s follows it.', parent, table_name);
    END IF;
    write_role := coalesce(write_role, nullif(settings[3], ''));
    sees := format('EXISTS (SELECT FROM %s AS parent WHERE %s', rowkit_internal._quoted_name(parent), matches);
    writes := concat_ws(' AND ', sees || format(' AND parent.%I = ANY (rowkit.current_tenant_ids(%L::regclass%s)))', settings[1], settings[2], ', ' || quote_literal(write_role)),
        '(' || write_condition || ')');
    seen := concat_ws(' AND ', writes, CASE WHEN read_condition IS DISTINCT FROM write_condition THEN '(' || read_condition || ')' END);
    PERFORM rowkit_internal._warn_of_settings(table_name, 'derived', call);
    FOREACH command IN ARRAY ARRAY(SELECT rowkit_internal._isolation_commands(
            table_name, 'derived', CASE WHEN 'select' = ANY (commands) THEN concat_ws(' AND ', sees || ')', '(' || read_condition || ')') END,
            CASE WHEN 'insert' = ANY (commands) THEN writes END, CASE WHEN 'update' = ANY (commands) THEN seen END,
            CASE WHEN 'update' = ANY (commands) THEN writes END, CASE WHEN 'delete' = ANY (commands) THEN seen END, api_roles, bypass_roles, call => call))
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_derived_isolation(regclass, text, text, text, text, text[], text[], text[], boolean) IS
'Isolates a table through a parent that is isolated: a row is seen by whoever sees the row that foreign_key_column refers to, and written by whoever sees that and has write_role (by default the '
'parent''s) in its tenant. The rest is as in enable_tenant_isolation. 42704 without such a foreign key, 55000 for a parent that is not isolated. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table. read_condition is SQL over the row that must hold for reading it. write_condition is SQL over the row that must hold for writing '
'it. commands are those that members may use at all. api_roles are the database roles that the policies are for. bypass_roles are the database roles '
'that pass. dry_run runs nothing and only returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit.enable_claim_isolation(
    table_name regclass, claims jsonb, commands text[] DEFAULT '{select}', condition text DEFAULT NULL, verified boolean DEFAULT true, policy_prefix text DEFAULT 'claim',
    api_roles text[] DEFAULT NULL, bypass_roles text[] DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET client_min_messages = warning
    AS $$
DECLARE
    pair record;
    matches text := '';
    call CONSTANT text := rowkit_internal._call_text('enable_claim_isolation', table_name, jsonb_build_array(
        jsonb_build_array('claims', claims::text), jsonb_build_array('commands', commands::text, '{select}'), jsonb_build_array('condition', condition),
        jsonb_build_array('verified', verified::text, 'true'), jsonb_build_array('policy_prefix', policy_prefix, 'claim'), jsonb_build_array('api_roles', api_roles::text),
        jsonb_build_array('bypass_roles', bypass_roles::text)));
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_table(table_name, 'isolated');
    PERFORM rowkit_internal._require_commands(commands);
    IF policy_prefix IS NULL OR policy_prefix IN ('tenant', 'derived') OR jsonb_typeof(claims) IS DISTINCT FROM 'object' OR (claims = '{}' AND condition IS NULL) THEN
        RAISE EXCEPTION 'claims must say which columns are of whom, and have a policy_prefix of their own' USING
            ERRCODE = '22023', HINT = 'For example claims => ''{"email": "email", "organization_id": "organization_id"}''; tenant and derived are taken.';
    END IF;
    FOR pair IN
        SELECT claim.key AS column_name, claim.value AS claim, attribute.atttypid::regtype AS type
        FROM jsonb_each_text(claims) AS claim
        LEFT JOIN pg_attribute AS attribute
            ON attribute.attrelid = table_name AND attribute.attname = claim.key AND attribute.attnum > 0 AND NOT attribute.attisdropped
        ORDER BY claim.key
    LOOP
        IF pair.type IS NULL THEN
            RAISE EXCEPTION '% has no column "%"', table_name, pair.column_name USING ERRCODE = '42703', HINT = 'claims is {"column": "claim"}.';
        ELSIF pair.type NOT IN ('uuid'::regtype, 'text', 'varchar', 'bytea') THEN
            RAISE EXCEPTION 'column "%" of % cannot be compared with a claim', pair.column_name, table_name USING
                ERRCODE = '42804', HINT = 'It must be of type uuid or text, or bytea that holds the SHA-256 of the claim.';
        END IF;
        matches := concat_ws(' AND ', nullif(matches, ''), format(CASE pair.type
            WHEN 'uuid'::regtype THEN '%I = rowkit.current_claim_uuid(%L)'
            WHEN 'bytea'::regtype THEN '%I = sha256(convert_to(rowkit.current_claim(%L), ''UTF8''))'
            ELSE CASE WHEN pair.claim = 'email' THEN 'rowkit.email_key(%I) = rowkit.email_key(rowkit.current_claim(%L))'
                ELSE '%I = rowkit.current_claim(%L)' END END, pair.column_name, pair.claim));
        IF verified AND pair.claim = 'email' THEN
            matches := matches || ' AND rowkit.current_claim(''email_verified'') = ''true''';
        END IF;
    END LOOP;
    matches := concat_ws(' AND ', nullif(matches, ''), '(' || condition || ')');
    PERFORM rowkit_internal._warn_of_settings(table_name, policy_prefix, call);
    FOREACH command IN ARRAY ARRAY(SELECT rowkit_internal._isolation_commands(
            table_name, policy_prefix, CASE WHEN 'select' = ANY (commands) THEN matches END, CASE WHEN 'insert' = ANY (commands) THEN matches END,
            CASE WHEN 'update' = ANY (commands) THEN matches END, CASE WHEN 'update' = ANY (commands) THEN matches END,
            CASE WHEN 'delete' = ANY (commands) THEN matches END, api_roles, bypass_roles,
            CASE WHEN claims <> '{}' THEN format('Claims%s: %s', CASE WHEN condition IS NOT NULL THEN ' and a condition' END, claims)
                WHEN condition = 'true' THEN 'Shared' END, call))
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_claim_isolation(regclass, jsonb, text[], text, boolean, text, text[], text[], boolean) IS
'Shows and gives rows to those whose claims they match: claims is {"column": "claim"}; uuid and text columns equal the claim, bytea its SHA-256. The claim email is compared by '
'email_key, so whatever the case, and an index on email_key of the column serves it; it counts only with the claim email_verified = true; verified => false lets it count without that claim, but not when it says otherwise. commands are of select, '
'insert, update, delete; condition is SQL over the row that must hold besides, or alone: ''true'' for what all share. Stands by itself or beside '
'enable_tenant_isolation: either lets a row through; so do several with different policy_prefix. 42703, 42804, 22023. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table. policy_prefix begins the names of the policies. api_roles are the database roles that the policies are for. bypass_roles are the '
'database roles that pass. dry_run runs nothing and only returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit.disable_isolation(table_name regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOREACH command IN ARRAY ARRAY(
        SELECT step.command
        FROM rowkit_internal._parts(table_name) AS part
        CROSS JOIN LATERAL (
            SELECT 1, format('DROP POLICY %I ON %s', rule.polname, rowkit_internal._quoted_name(part)), rule.polname::text
            FROM pg_policy AS rule
            WHERE rule.polrelid = part AND rowkit_internal._seal(rule.oid) ~ '^Made by rowkit: '
            UNION ALL
            SELECT 2, format('DROP TRIGGER %I ON %s', trigger.tgname, rowkit_internal._quoted_name(part)), trigger.tgname::text
            FROM pg_trigger AS trigger
            WHERE trigger.tgrelid = part AND trigger.tgfoid = 'rowkit.guard_tenant'::regproc AND trigger.tgparentid = 0
            UNION ALL
            -- With policies of others the table stays closed.
            SELECT 3, format('ALTER TABLE %s %s ROW LEVEL SECURITY', rowkit_internal._quoted_name(part), change.word), change.word
            FROM pg_class AS class CROSS JOIN (VALUES ('NO FORCE'), ('DISABLE')) AS change(word)
            WHERE class.oid = part AND class.relrowsecurity
                AND EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = part AND rowkit_internal._seal(rule.oid) ~ '^Made by rowkit: ')
                AND NOT EXISTS (
                    SELECT FROM pg_policy AS rule WHERE rule.polrelid = part AND coalesce(rowkit_internal._seal(rule.oid), '') !~ '^Made by rowkit[:.]')
        ) AS step(place, command, name)
        ORDER BY step.place, part, step.name DESC)
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.disable_isolation(regclass, boolean) IS
'Takes back what the three enable_…_isolation functions made: policies, guard and row security, of partitions and children too, and lists it. Row security stays on where a policy of '
'one''s own is left. NOT NULL, index, grants and revokes stay. No row where nothing was isolated. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the isolated table. dry_run runs nothing and only returns the statements. '
'kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';
