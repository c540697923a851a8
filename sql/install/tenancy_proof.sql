-- The proof of isolation: canaries of two tenants, and everyone tries everything. PL/pgSQL, as all of it is about names known only at run time.

CREATE FUNCTION rowkit._canary_value(type regtype, column_name text, is_key boolean) RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT CASE
            WHEN kind.typtype = 'e' THEN (SELECT label.enumlabel::text FROM pg_enum AS label WHERE label.enumtypid = kind.oid ORDER BY label.enumsortorder LIMIT 1)
            WHEN kind.oid = 'uuid'::regtype THEN gen_random_uuid()::text
            WHEN kind.oid = 'bytea'::regtype THEN '\x' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
            WHEN kind.oid = 'inet'::regtype THEN '192.0.2.1'
            WHEN kind.typcategory = 'A' THEN '{}'
            WHEN kind.typcategory = 'B' THEN 'true'
            WHEN kind.typcategory = 'D' THEN now()::text
            WHEN kind.oid IN ('int4'::regtype, 'int8'::regtype) AND is_key THEN (1000000000 + floor(random() * 1000000000))::bigint::text
            WHEN kind.typcategory = 'N' THEN '1'
            WHEN kind.typcategory = 'T' THEN '1 day'
            WHEN column_name ~ '(token|hash|sha)' THEN replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
            WHEN column_name ~ 'email' THEN format('canary-%s@example.com', gen_random_uuid())
            WHEN column_name ~ 'url' THEN 'https://example.com/' || gen_random_uuid()
            ELSE 'canary ' || gen_random_uuid()
        END
        FROM pg_type AS kind
        WHERE kind.oid = type
    $$;
COMMENT ON FUNCTION rowkit._canary_value(regtype, text, boolean) IS 'Something for a column that must have a value. Internal.';

CREATE FUNCTION rowkit._canary(relation regclass, given jsonb, parents jsonb, depth integer DEFAULT 0) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    link record;
    parent jsonb;
    made jsonb := given;
    part record;
    names text;
BEGIN
    IF depth > 12 THEN
        RAISE EXCEPTION 'the foreign keys of % go in a circle of columns that cannot be NULL', relation USING ERRCODE = '55000', HINT = 'Give their values in sample or parents.';
    END IF;
    -- Parents first, the tenant's own row being one: what the keys share with the row is given to them.
    FOR link IN
        SELECT rule.confrelid::regclass AS parent, array_agg(child.attname::text ORDER BY pair.place) AS child, array_agg(above.attname::text ORDER BY pair.place) AS above,
            bool_or(child.attnotnull) AS is_needed
        FROM pg_constraint AS rule
        CROSS JOIN LATERAL unnest(rule.conkey, rule.confkey) WITH ORDINALITY AS pair(child, above, place)
        JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = pair.child
        JOIN pg_attribute AS above ON above.attrelid = rule.confrelid AND above.attnum = pair.above
        WHERE rule.conrelid = relation AND rule.contype = 'f' AND rule.conparentid = 0
        GROUP BY rule.oid
        ORDER BY cardinality(rule.conkey), rule.oid
    LOOP
        CONTINUE WHEN NOT link.is_needed AND NOT made ?& link.child;
        -- A part of a key that may be NULL, beside the tenant: then no parent is meant.
        CONTINUE WHEN NOT made ?& link.child AND EXISTS (
            SELECT FROM pg_attribute AS child
            WHERE child.attrelid = relation AND child.attname = ANY (link.child) AND NOT child.attnotnull AND NOT made ? child.attname::text);
        SELECT coalesce(jsonb_object_agg(pair.above, made -> pair.child) FILTER (WHERE made ? pair.child), '{}') INTO parent
        FROM unnest(link.child, link.above) AS pair(child, above);
        parent := rowkit._canary_found(link.parent, link.above, parent, parents, depth);
        SELECT made || jsonb_object_agg(pair.child, parent -> pair.above) INTO made FROM unnest(link.child, link.above) AS pair(child, above);
    END LOOP;
    FOR part IN
        SELECT attribute.attname::text AS name, attribute.atttypid::regtype AS type,
            EXISTS (SELECT FROM pg_index AS entry WHERE entry.indrelid = relation AND entry.indisunique AND attribute.attnum = ANY (entry.indkey::smallint[])) AS is_key,
            -- The first of the values that a check lists.
            (SELECT substring(pg_get_constraintdef(rule.oid) FROM 'ANY \(+ARRAY\[''([^'']*)''')
                FROM pg_constraint AS rule WHERE rule.conrelid = relation AND rule.contype = 'c' AND rule.conkey = ARRAY[attribute.attnum] LIMIT 1) AS choice
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = relation AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attnotnull AND NOT attribute.atthasdef
            AND attribute.attidentity = '' AND attribute.attgenerated = '' AND NOT made ? attribute.attname::text
    LOOP
        made := made || jsonb_build_object(part.name, CASE WHEN part.type IN ('json', 'jsonb') THEN '{}'::jsonb
            ELSE to_jsonb(coalesce(part.choice, rowkit._canary_value(part.type, part.name, part.is_key))) END);
    END LOOP;
    SELECT string_agg(quote_ident(attribute.attname), ', ') INTO names
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = relation AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attgenerated = '' AND made ? attribute.attname::text;
    EXECUTE format('INSERT INTO %1$s AS canary ' || CASE WHEN names IS NULL THEN 'DEFAULT VALUES'
        ELSE '(%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1)' END || ' RETURNING to_jsonb(canary)', rowkit._quoted_name(relation), names)
    INTO STRICT made USING made;
    RETURN made;
EXCEPTION
    WHEN integrity_constraint_violation OR data_exception THEN
        RAISE EXCEPTION 'no canary fits into %: %', relation, SQLERRM USING
            ERRCODE = '55000', HINT = 'Give values that do: sample for the table itself, parents for those that it refers to, {"table": {"column": "value"}}.';
END
$$;
COMMENT ON FUNCTION rowkit._canary(regclass, jsonb, jsonb, integer) IS 'Inserts a row with these values and whatever else it needs, parents included, and answers it. Internal.';

CREATE FUNCTION rowkit._canary_found(relation regclass, key text[], given jsonb, parents jsonb, depth integer) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found jsonb;
BEGIN
    IF given ?& key THEN
        EXECUTE format('SELECT to_jsonb(parent) FROM %1$s AS parent, jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s', rowkit._quoted_name(relation),
            (SELECT string_agg(format('parent.%1$I = wanted.%1$I', name), ' AND ') FROM unnest(key) AS name))
        INTO found USING given;
    END IF;
    RETURN coalesce(found, rowkit._canary(relation, coalesce(parents -> relation::text, '{}') || given, parents, depth + 1));
END
$$;
COMMENT ON FUNCTION rowkit._canary_found(regclass, text[], jsonb, jsonb, integer) IS 'The row with this key, made where it is not there. Internal.';

CREATE FUNCTION rowkit._attempt(actor text, claims jsonb, command text, arguments jsonb, prepare text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = error
    AS $$
DECLARE
    me CONSTANT text := current_user;
    rows bigint;
BEGIN
    BEGIN
        IF prepare IS NOT NULL THEN
            EXECUTE prepare USING arguments;
        END IF;
        PERFORM set_config('request.jwt.claims', coalesce(claims::text, ''), true);
        EXECUTE format('SET LOCAL ROLE %I', actor);
        EXECUTE command USING arguments;
        GET DIAGNOSTICS rows = ROW_COUNT;
        SET CONSTRAINTS ALL IMMEDIATE;
        EXECUTE format('SET LOCAL ROLE %I', me);
        RAISE EXCEPTION USING ERRCODE = 'RK001';
    EXCEPTION
        WHEN SQLSTATE 'RK001' THEN
            RETURN rows || CASE rows WHEN 1 THEN ' row' ELSE ' rows' END;
        WHEN OTHERS THEN
            RETURN SQLSTATE;
    END;
END
$$;
COMMENT ON FUNCTION rowkit._attempt(text, jsonb, text, jsonb, text) IS 'What comes of a command of someone''s, which is taken back: the rows it saw or wrote, or its SQLSTATE. Internal.';

CREATE FUNCTION rowkit._isolation_attempts(relation regclass, tie text[], own jsonb, foreign_row jsonb)
    RETURNS TABLE(place integer, operation text, target text, command text, arguments jsonb, prepare text, own_rows boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home CONSTANT text := rowkit._quoted_name(relation);
    key text[];
    is_key text;
    columns text;
    insertion text;
    removal text;
    part record;
BEGIN
    SELECT array_agg(attribute.attname::text ORDER BY array_position(entry.indkey::smallint[], attribute.attnum)) INTO key
    FROM pg_index AS entry JOIN pg_attribute AS attribute ON attribute.attrelid = entry.indrelid AND attribute.attnum = ANY (entry.indkey::smallint[])
    WHERE entry.indrelid = relation AND entry.indisprimary;
    IF key IS NULL THEN
        RAISE EXCEPTION '% has no primary key', relation USING ERRCODE = '42704', HINT = 'The proof must find its canaries again.';
    END IF;
    SELECT string_agg(format('row_of.%1$I = wanted.%1$I', key_column), ' AND ') INTO is_key FROM unnest(key) AS key_column;
    -- What a writer must give, and what ties the row to others: the rest may be nobody's to write.
    SELECT string_agg(quote_ident(attribute.attname), ', ') INTO columns
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = relation AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attgenerated = ''
        AND (attribute.attname = ANY (tie || key) OR (attribute.attnotnull AND NOT attribute.atthasdef AND attribute.attidentity = '')
            OR EXISTS (SELECT FROM pg_constraint AS rule WHERE rule.conrelid = relation AND rule.contype = 'f' AND attribute.attnum = ANY (rule.conkey)));
    insertion := format('INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1)', home, columns);
    removal := format('DELETE FROM %1$s AS row_of USING jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s', home, is_key);
    own_rows := true;
    FOR target, arguments IN VALUES ('own', own), ('foreign', foreign_row) LOOP
        RETURN QUERY VALUES
            (1, 'SELECT', target, format('SELECT FROM %1$s AS row_of, jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s', home, is_key), arguments, NULL, true),
            (2, 'INSERT', target, insertion, arguments, removal, NOT tie <@ key),
            (3, 'UPDATE', target, format('UPDATE %1$s AS row_of SET %3$I = row_of.%3$I FROM jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s', home, is_key, tie[1]), arguments, NULL, true),
            (6, 'DELETE', target, removal, arguments, NULL, true);
        FOR part IN SELECT parts AS id FROM rowkit._parts(relation) AS parts WHERE parts <> relation LOOP
            RETURN QUERY VALUES (11, 'SELECT from ' || part.id, target,
                format('SELECT FROM %1$s AS row_of, jsonb_populate_record(NULL::%2$s, $1) AS wanted WHERE %3$s', rowkit._quoted_name(part.id), home, is_key), arguments, NULL, false);
        END LOOP;
    END LOOP;
    RETURN QUERY
    SELECT 4, 'move', 'foreign', format('UPDATE %1$s AS row_of SET %3$s FROM jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s', home, is_key,
        string_agg(format('%I = %L', tied, foreign_row ->> tied), ', ')), own, NULL::text, false
    FROM unnest(tie) AS tied
    HAVING NOT tie <@ key;
    RETURN QUERY VALUES (5, 'ON CONFLICT', 'foreign', insertion || format(' ON CONFLICT (%s) DO UPDATE SET %I = excluded.%I',
        (SELECT string_agg(quote_ident(key_column), ', ') FROM unnest(key) AS key_column), tie[1], tie[1]),
        own || (SELECT jsonb_object_agg(key_column, foreign_row -> key_column) FROM unnest(key) AS key_column), NULL, false);
    RETURN QUERY VALUES (7, 'TRUNCATE', 'foreign', 'TRUNCATE ' || home || ' CASCADE', NULL::jsonb, NULL, false);
    -- A row of one's own that refers to what another tenant has.
    RETURN QUERY
    SELECT 8, 'foreign key ' || string_agg(part_of.attname, ', '), 'foreign', insertion, own || jsonb_object_agg(part_of.attname, foreign_row -> part_of.attname::text), removal, false
    FROM pg_constraint AS rule
    JOIN pg_attribute AS part_of ON part_of.attrelid = rule.conrelid AND part_of.attnum = ANY (rule.conkey) AND part_of.attname <> ALL (tie)
    WHERE rule.conrelid = relation AND rule.contype = 'f' AND rule.conparentid = 0 AND foreign_row -> part_of.attname::text <> 'null'
        AND own -> part_of.attname::text <> foreign_row -> part_of.attname::text
        -- A table that is no tenant's, such as one of all users, is everyone's to refer to.
        AND EXISTS (SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = rule.confrelid AND guard.tgfoid = 'rowkit.guard_tenant'::regproc)
    GROUP BY rule.oid;
    RETURN QUERY
    SELECT DISTINCT 9, 'view ' || view.oid::regclass::text, 'foreign', format('SELECT FROM %s AS row_of WHERE %s', rowkit._quoted_name(view.oid),
        (SELECT string_agg(format('row_of.%I::text = %L', tied, foreign_row ->> tied), ' AND ') FROM unnest(tie) AS tied)), NULL::jsonb, NULL::text, false
    FROM pg_depend AS needed
    JOIN pg_rewrite AS rule ON rule.oid = needed.objid
    JOIN pg_class AS view ON view.oid = rule.ev_class AND view.relkind IN ('v', 'm')
    WHERE needed.classid = 'pg_rewrite'::regclass AND needed.refclassid = 'pg_class'::regclass AND needed.refobjid = relation
        AND NOT EXISTS (
            SELECT FROM unnest(tie) AS tied
            WHERE NOT EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = view.oid AND attribute.attname = tied AND NOT attribute.attisdropped));
    IF EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = relation AND attribute.attname = 'deletion_id' AND NOT attribute.attisdropped) THEN
        RETURN QUERY
        SELECT 10, call.name, 'foreign', format(call.query, home, CASE cardinality(key) WHEN 1 THEN foreign_row ->> key[1]
            ELSE (SELECT jsonb_object_agg(key_column, foreign_row -> key_column)::text FROM unnest(key) AS key_column) END), NULL::jsonb, NULL::text, false
        FROM (VALUES
            ('soft_delete', 'SELECT WHERE rowkit.soft_delete(%L::regclass, %L::text)'), ('restore_deleted', 'SELECT WHERE rowkit.restore_deleted(%L::regclass, %L::text)'),
            ('permanent_delete', 'SELECT WHERE rowkit.permanent_delete(%L::regclass, %L::text)'), ('explain_delete', 'SELECT FROM rowkit.explain_delete(%L::regclass, %L::text)')) AS call(name, query);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit._isolation_attempts(regclass, text[], jsonb, jsonb) IS
'What is tried with a row of one''s own tenant and one of another; own_rows: whether the first must succeed for whoever has the most rights. Internal.';

CREATE FUNCTION rowkit.prove_isolation(table_name regclass, sample jsonb DEFAULT '{}', parents jsonb DEFAULT '{}', as_role text DEFAULT NULL)
    RETURNS TABLE(actor text, operation text, target text, outcome text, is_right boolean)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = error
    AS $$
DECLARE
    settings text[] := (
        SELECT rowkit._trigger_arguments(trigger.tgargs, trigger.tgnargs)
        FROM pg_trigger AS trigger WHERE trigger.tgrelid = table_name AND trigger.tgfoid = 'rowkit.guard_tenant'::regproc);
    parent regclass;
    membership text[];
    belonging regclass;
    tie text[];
    tenants CONSTANT uuid[] := ARRAY[gen_random_uuid(), gen_random_uuid()];
    rows jsonb[] := '{}';
    users jsonb := '{}';
    person record;
    attempt record;
    tenant uuid;
    report jsonb := '[]';
    passes_anyway boolean;
BEGIN
    IF NOT (SELECT role.rolsuper OR role.rolbypassrls FROM pg_roles AS role WHERE role.rolname = current_user) THEN
        RAISE EXCEPTION 'the proof needs a role that passes row security' USING ERRCODE = '42501', HINT = 'Run it as a superuser: it makes canaries, and takes them back.';
    END IF;
    IF settings IS NOT NULL THEN
        tie := settings[1:1];
    ELSE
        -- Isolated through a parent: the row is tied to its tenant by that foreign key.
        SELECT rule.confrelid::regclass, array_agg(child.attname::text) INTO parent, tie
        FROM pg_constraint AS rule
        JOIN pg_trigger AS guard ON guard.tgrelid = rule.confrelid AND guard.tgfoid = 'rowkit.guard_tenant'::regproc
        JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = ANY (rule.conkey)
        WHERE rule.conrelid = table_name AND rule.contype = 'f'
        GROUP BY rule.oid
        ORDER BY rule.oid
        LIMIT 1;
        SELECT rowkit._trigger_arguments(trigger.tgargs, trigger.tgnargs) INTO settings
        FROM pg_trigger AS trigger WHERE trigger.tgrelid = parent AND trigger.tgfoid = 'rowkit.guard_tenant'::regproc;
    END IF;
    IF settings IS NULL THEN
        RAISE EXCEPTION '% is not isolated', table_name USING ERRCODE = '55000', HINT = format('Call rowkit.enable_tenant_isolation(%L) first.', table_name);
    END IF;
    belonging := settings[2]::regclass;
    membership := rowkit._membership_of(belonging);
    as_role := coalesce(as_role, (
        SELECT role.rolname FROM pg_policy AS rule CROSS JOIN LATERAL unnest(rule.polroles) AS member(id) JOIN pg_roles AS role ON role.oid = member.id
        WHERE rule.polrelid = table_name AND rule.polcmd = 'r' ORDER BY role.rolname = 'authenticated' DESC LIMIT 1), (
        SELECT role.rolname FROM pg_roles AS role WHERE role.rolname = 'authenticated'));
    IF as_role IS NULL THEN
        RAISE EXCEPTION 'as which role do users come?' USING ERRCODE = '22023', HINT = 'as_role => a role that was granted SELECT, INSERT, UPDATE and DELETE on the table.';
    END IF;
    BEGIN
        FOREACH tenant IN ARRAY tenants LOOP
            rows := rows || rowkit._canary(table_name, sample || CASE WHEN parent IS NULL THEN jsonb_build_object(settings[1], tenant)
                ELSE (
                    SELECT jsonb_object_agg(pair.child, made.row -> pair.above)
                    FROM (SELECT rowkit._canary(parent, coalesce(parents -> parent::text, '{}') || jsonb_build_object(settings[1], tenant), parents) AS row) AS made
                    CROSS JOIN LATERAL (
                        SELECT child.attname::text AS child, above.attname::text AS above
                        FROM pg_constraint AS rule
                        CROSS JOIN LATERAL unnest(rule.conkey, rule.confkey) AS key(child, above)
                        JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = key.child
                        JOIN pg_attribute AS above ON above.attrelid = rule.confrelid AND above.attnum = key.above
                        WHERE rule.conrelid = table_name AND rule.confrelid = parent AND rule.contype = 'f') AS pair) END, parents);
        END LOOP;
        -- Who comes: of tenant 1 one with the fewest rights and one with the most, one of tenant 2, one of both.
        FOR person IN
            SELECT who.name, who.tenant, CASE WHEN membership[3] = '' THEN NULL WHEN who.has_most THEN membership[cardinality(membership)] ELSE membership[5] END AS role
            FROM (VALUES ('member', 1, false), ('admin', 1, true), ('other tenant', 2, true), ('both', 1, true), ('both', 2, true)) AS who(name, tenant, has_most)
        LOOP
            BEGIN
                users := users || jsonb_build_object(person.name, rowkit._canary(belonging, coalesce(parents -> belonging::text, '{}') || jsonb_build_object(membership[2], tenants[person.tenant])
                || CASE WHEN users ? person.name THEN jsonb_build_object(membership[1], users -> person.name) ELSE '{}' END
                || CASE WHEN person.role IS NULL THEN '{}' ELSE jsonb_build_object(membership[3], person.role) END
                || CASE WHEN membership[4] = '' THEN '{}' ELSE jsonb_build_object(membership[4], true) END, parents) -> membership[1]);
            EXCEPTION WHEN object_not_in_prerequisite_state THEN
                IF person.name <> 'both' OR NOT users ? 'both' THEN
                    RAISE;
                END IF;
                users := users - 'both'; -- This membership has each user once.
            END;
        END LOOP;
        FOR person IN
            SELECT who.name, CASE who.name WHEN 'anon' THEN coalesce((SELECT role.rolname FROM pg_roles AS role WHERE role.rolname = 'anon'), as_role)
                WHEN 'service' THEN (SELECT role.rolname FROM pg_roles AS role WHERE role.rolname = 'service_role') ELSE as_role END AS role,
                CASE WHEN users ? who.name THEN jsonb_build_object('sub', users -> who.name, 'role', as_role) END AS claims
            FROM unnest(ARRAY['anon', 'member', 'admin', 'other tenant', 'both', 'service']) AS who(name)
        LOOP
            CONTINUE WHEN person.role IS NULL OR (person.name = 'both' AND NOT users ? 'both');
            FOR attempt IN
                SELECT tried.* FROM rowkit._isolation_attempts(table_name, tie,
                    rows[CASE person.name WHEN 'other tenant' THEN 2 ELSE 1 END], rows[CASE person.name WHEN 'other tenant' THEN 1 ELSE 2 END]) AS tried
                -- Only that they cannot move rows is asked of those who belong to both, and only that they see everything of the service.
                WHERE CASE person.name WHEN 'both' THEN tried.operation = 'move' AND parent IS NULL WHEN 'service' THEN tried.operation = 'SELECT' ELSE true END
                ORDER BY tried.place, tried.operation, tried.target DESC
            LOOP
                attempt.prepare := rowkit._attempt(person.role, person.claims, attempt.command, attempt.arguments, attempt.prepare);
                report := report || jsonb_build_object('actor', person.name, 'operation', attempt.operation, 'target', attempt.target, 'outcome', attempt.prepare,
                    'is_right', CASE
                        WHEN person.name = 'service' THEN attempt.prepare = '1 row'
                        WHEN attempt.target = 'foreign' OR person.name = 'anon'
                            THEN attempt.prepare ~ '^[0-9A-Z]{5}$' OR attempt.prepare = '0 rows' AND attempt.operation <> 'TRUNCATE'
                        WHEN person.name IN ('admin', 'other tenant') AND attempt.own_rows AND settings[5] IS DISTINCT FROM 'conditional'
                                AND (parent IS NOT NULL OR lower(attempt.operation) = ANY (string_to_array(settings[4], ',')))
                            THEN attempt.prepare = '1 row'
                        ELSE true END);
            END LOOP;
            IF person.name IN ('anon', 'member') THEN
                -- COPY is refused by the server, or filtered, wherever row security is active; triggers and foreign keys of others would pass it.
                passes_anyway := rowkit._attempt(person.role, person.claims, format('SELECT WHERE row_security_active(%L::regclass)', rowkit._quoted_name(table_name)), NULL) <> '1 row';
                report := report || jsonb_build_object('actor', person.name, 'operation', 'COPY', 'target', 'foreign', 'outcome',
                    CASE WHEN passes_anyway THEN 'row security is not active' ELSE 'row security is active' END, 'is_right', NOT passes_anyway);
                passes_anyway := has_table_privilege(person.role, table_name, 'TRIGGER, REFERENCES');
                report := report || jsonb_build_object('actor', person.name, 'operation', 'TRIGGER, REFERENCES', 'target', 'foreign', 'outcome',
                    CASE WHEN passes_anyway THEN 'granted' ELSE 'not granted' END, 'is_right', NOT passes_anyway);
            END IF;
        END LOOP;
        report := report || (
            SELECT jsonb_agg(jsonb_build_object('actor', 'owner', 'operation', 'row security of ' || class.oid::regclass, 'target', 'foreign', 'outcome',
                CASE WHEN class.relrowsecurity AND class.relforcerowsecurity THEN 'forced' WHEN class.relrowsecurity THEN 'not forced' ELSE 'off' END,
                'is_right', class.relrowsecurity AND class.relforcerowsecurity) ORDER BY class.oid)
            FROM rowkit._parts(table_name) AS part JOIN pg_class AS class ON class.oid = part);
        RAISE EXCEPTION USING ERRCODE = 'RK001';
    EXCEPTION
        WHEN SQLSTATE 'RK001' THEN
            NULL; -- The canaries are gone.
    END;
    RETURN QUERY SELECT line.* FROM jsonb_to_recordset(report) AS line(actor text, operation text, target text, outcome text, is_right boolean);
END
$$;
COMMENT ON FUNCTION rowkit.prove_isolation(regclass, jsonb, jsonb, text) IS
'Tries an isolated table: makes a row of each of two new tenants and users of them, lets anon, a member with the fewest and one with the most rights, the other tenant''s, one of both and the '
'service SELECT, INSERT, UPDATE, move, DELETE, use ON CONFLICT, TRUNCATE, foreign keys, views, partitions and rowkit''s functions, and takes all of it back. One row each: the outcome (rows '
'seen or written, or a SQLSTATE) and whether it is right: nothing of another tenant''s got through, and whoever has the most rights can work. sample gives values where the canaries need '
'particular ones, parents those of tables referred to, {"schema.table": {"column": "value"}}; as_role is the role that users come as. For a role that passes row security (42501); 55000 for a table that is not isolated. VOLATILE.';
