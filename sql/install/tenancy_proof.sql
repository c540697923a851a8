-- The proof of isolation: rows of two new tenants, and everyone tries everything. PL/pgSQL, as all of it is about names known only at run time. It only reads
-- catalogs: src/tenant/isolation/proof.rs runs what touches the tables, with the rights of their owners and of end users.

CREATE FUNCTION rowkit_internal._canary_value(type regtype, column_name text, is_key boolean) RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
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
COMMENT ON FUNCTION rowkit_internal._canary_value(regtype, text, boolean) IS 'Something for a column that must have a value. Internal.';

CREATE FUNCTION rowkit_internal._canary_row(relation regclass, given jsonb) RETURNS jsonb
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'canary_row_wrapper';
COMMENT ON FUNCTION rowkit_internal._canary_row(regclass, jsonb) IS
'Inserts a row with those of these values that the table has columns for, and returns the row. It works with the rights of the table''s owner; triggers '
'cannot become another user. 42501 for a caller whom row security holds or who has not the owner''s rights, 55000 where a trigger drops the row. Internal.';

CREATE FUNCTION rowkit_internal._canary_parent(relation regclass, key text[], given jsonb) RETURNS jsonb
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'canary_parent_wrapper';
COMMENT ON FUNCTION rowkit_internal._canary_parent(regclass, text[], jsonb) IS
'Returns the row with these values in the columns of a key; NULL where there is none, or where a value is not given. Reads as _canary_row writes. Internal.';

CREATE FUNCTION rowkit_internal._canary(relation regclass, given jsonb, parents jsonb, depth integer DEFAULT 0) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
DECLARE
    link record;
    parent jsonb;
    made jsonb := given;
    part record;
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
        parent := rowkit_internal._canary_found(link.parent, link.above, parent, parents, depth);
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
            ELSE to_jsonb(coalesce(part.choice, rowkit_internal._canary_value(part.type, part.name, part.is_key))) END);
    END LOOP;
    made := rowkit_internal._canary_row(relation, made);
    RETURN made;
EXCEPTION
    WHEN integrity_constraint_violation OR data_exception THEN
        RAISE EXCEPTION 'no canary fits into %: %', relation, SQLERRM USING
            ERRCODE = '55000', HINT = 'Give values that do: sample for the table itself, parents for those that it refers to, {"table": {"column": "value"}}.';
END
$$;
COMMENT ON FUNCTION rowkit_internal._canary(regclass, jsonb, jsonb, integer) IS 'Inserts a row with these values and whatever else it needs, parents included, and answers it. Internal.';

CREATE FUNCTION rowkit_internal._canary_found(relation regclass, key text[], given jsonb, parents jsonb, depth integer) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN coalesce(rowkit_internal._canary_parent(relation, key, given), rowkit_internal._canary(relation, coalesce(parents -> relation::text, '{}') || given, parents, depth + 1));
END
$$;
COMMENT ON FUNCTION rowkit_internal._canary_found(regclass, text[], jsonb, jsonb, integer) IS 'The row with this key, made where it is not there. Internal.';

CREATE FUNCTION rowkit_internal._isolation_attempts(relation regclass, tie text[], own jsonb, foreign_row jsonb)
    RETURNS TABLE(place integer, operation text, target text, command text, arguments jsonb, prepare text, witness text, seeing text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home CONSTANT text := rowkit_internal._quoted_name(relation);
    key CONSTANT text[] := rowkit_internal._key_columns(relation);
    is_key text;
    columns text;
    insertion text;
    removal text;
    arrival text;
    part record;
BEGIN
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
    arrival := format('SELECT FROM %1$s AS row_of, jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s', home, is_key);
    FOR target, arguments IN VALUES ('own', own), ('foreign', foreign_row) LOOP
        RETURN QUERY VALUES
            (1, 'SELECT', target, arrival, arguments, NULL, NULL, NULL),
            (2, 'INSERT', target, insertion, arguments, removal,
                arrival || (SELECT string_agg(format(' AND row_of.%1$I IS NOT DISTINCT FROM wanted.%1$I', tied), '') FROM unnest(tie) AS tied), NULL),
            (3, 'UPDATE', target, format('UPDATE %1$s AS row_of SET %3$I = row_of.%3$I FROM jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s', home, is_key, tie[1]),
                arguments, NULL, NULL, NULL),
            (6, 'DELETE', target, removal, arguments, NULL, NULL, NULL);
        FOR part IN SELECT parts AS id FROM rowkit_internal._parts(relation) AS parts WHERE parts <> relation LOOP
            RETURN QUERY VALUES (11, 'SELECT from ' || part.id, target,
                format('SELECT FROM %1$s AS row_of, jsonb_populate_record(NULL::%2$s, $1) AS wanted WHERE %3$s', rowkit_internal._quoted_name(part.id), home, is_key), arguments, NULL, NULL, NULL);
        END LOOP;
    END LOOP;
    -- With a WHERE the server asks the policies of SELECT, too.
    RETURN QUERY
    SELECT 4, change.operation, 'foreign', format('UPDATE %s AS row_of SET %s%s', home, string_agg(format('%I = %L', tied, foreign_row ->> tied), ', '), change.rows), own,
        NULL::text, arrival || string_agg(format(' AND row_of.%I = %L', tied, foreign_row ->> tied), ''), NULL::text
    FROM unnest(tie) AS tied
    CROSS JOIN (VALUES ('move', format(' FROM jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s', home, is_key)), ('move of all', '')) AS change(operation, rows)
    GROUP BY change.operation, change.rows
    HAVING NOT array_agg(tied) <@ key;
    RETURN QUERY VALUES (5, 'ON CONFLICT', 'foreign', insertion || format(' ON CONFLICT (%s) DO UPDATE SET %I = excluded.%I',
        (SELECT string_agg(quote_ident(key_column), ', ') FROM unnest(key) AS key_column), tie[1], tie[1]),
        own || (SELECT jsonb_object_agg(key_column, foreign_row -> key_column) FROM unnest(key) AS key_column), NULL, NULL, NULL);
    RETURN QUERY VALUES (7, 'TRUNCATE', 'foreign', 'TRUNCATE ' || home || ' CASCADE', NULL::jsonb, NULL, NULL, NULL);
    -- A row of one's own that refers to what another tenant has.
    RETURN QUERY
    SELECT 8, 'foreign key ' || string_agg(part_of.attname, ', '), 'foreign', insertion, own || jsonb_object_agg(part_of.attname, foreign_row -> part_of.attname::text),
        -- Both rows go, lest something that is unique be in the way.
        format('DELETE FROM %1$s AS row_of USING (VALUES (jsonb_populate_record(NULL::%1$s, $1)), (jsonb_populate_record(NULL::%1$s, %3$L))) AS both_rows(wanted_row) '
            'CROSS JOIN LATERAL (SELECT (both_rows.wanted_row).*) AS wanted WHERE %2$s', home, is_key, foreign_row), NULL::text, NULL::text
    FROM pg_constraint AS rule
    JOIN pg_attribute AS part_of ON part_of.attrelid = rule.conrelid AND part_of.attnum = ANY (rule.conkey) AND part_of.attname <> ALL (tie)
    WHERE rule.conrelid = relation AND rule.contype = 'f' AND rule.conparentid = 0 AND foreign_row -> part_of.attname::text <> 'null'
        AND own -> part_of.attname::text <> foreign_row -> part_of.attname::text
        -- A table that is no tenant's, such as one of all users, is everyone's to refer to.
        AND EXISTS (SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = rule.confrelid AND guard.tgfoid = 'rowkit.guard_tenant'::regproc)
    GROUP BY rule.oid;
    RETURN QUERY
    SELECT 9, CASE WHEN reader.is_copy THEN 'copy ' ELSE 'view ' END || reader.id, 'foreign',
        CASE WHEN reader.is_copy THEN format('SELECT FROM %s LIMIT 1', rowkit_internal._quoted_name(reader.id)) ELSE format('SELECT FROM %s AS row_of WHERE %s', rowkit_internal._quoted_name(reader.id),
            (SELECT string_agg(format('row_of.%I::text = %L', tied, foreign_row ->> tied), ' AND ') FROM unnest(tie) AS tied)) END, NULL::jsonb, NULL::text, NULL::text, NULL::text
    FROM rowkit_internal._readers(relation) AS reader
    WHERE reader.is_copy OR NOT EXISTS (
        SELECT FROM unnest(tie) AS tied
        WHERE NOT EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = reader.id AND attribute.attname = tied AND NOT attribute.attisdropped));
    IF EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = relation AND attribute.attname = 'deletion_id' AND NOT attribute.attisdropped) THEN
        RETURN QUERY
        SELECT 10, call.name, 'foreign', format(call.query, home, CASE cardinality(key) WHEN 1 THEN foreign_row ->> key[1]
            ELSE (SELECT jsonb_object_agg(key_column, foreign_row -> key_column)::text FROM unnest(key) AS key_column) END), NULL::jsonb, NULL::text, NULL::text, NULL::text
        FROM (VALUES
            ('soft_delete', 'SELECT WHERE rowkit.soft_delete(%L::regclass, %L::text)'), ('restore_deleted', 'SELECT WHERE rowkit.restore_deleted(%L::regclass, %L::text)'),
            ('permanent_delete', 'SELECT WHERE rowkit.permanent_delete(%L::regclass, %L::text)'), ('preview_delete', 'SELECT FROM rowkit.preview_delete(%L::regclass, %L::text)')) AS call(name, query);
    END IF;
    -- The server asks no SELECT policy of a command that reads no column: it may write what one does not see.
    RETURN QUERY
    SELECT 12, blind.operation, 'unseen', blind.command, NULL::jsonb, NULL::text, NULL::text, blind.command || format(' WHERE %1$I IS NULL OR %1$I IS NOT NULL', tie[1])
    FROM (VALUES ('UPDATE of all', format('UPDATE %s SET %I = %L', home, tie[1], own ->> tie[1])), ('DELETE of all', 'DELETE FROM ' || home)) AS blind(operation, command);
    -- COPY is refused by the server, or filtered, wherever row security is active.
    RETURN QUERY VALUES (13, 'COPY', 'foreign', format('SELECT WHERE pg_catalog.row_security_active(%L::regclass)', home), NULL::jsonb, NULL, NULL, NULL);
END
$$;
COMMENT ON FUNCTION rowkit_internal._isolation_attempts(regclass, text[], jsonb, jsonb) IS
'What is tried with a row of one''s own and one of somebody else''s; witness finds what a command should have written, seeing is the same command on what one sees. Internal.';

CREATE FUNCTION rowkit_internal._attempts(relation regclass, tie text[], own jsonb, foreign_row jsonb, person text, actor text, claims text, is_shared boolean,
    is_derived boolean) RETURNS TABLE(place integer, operation text, target text, outcome text, seen text)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'attempts_wrapper';
COMMENT ON FUNCTION rowkit_internal._attempts(regclass, text[], jsonb, jsonb, text, text, text, boolean, boolean) IS
'Tries, as the role actor and with these claims, each of _isolation_attempts that is for the person, and rolls each back. outcome is the rows that the command '
'saw or wrote (of these, as witness finds them), or its SQLSTATE; seen is the outcome of the same command on what the person sees. Triggers cannot become another '
'user: where one tries, the outcome is "42501 in a trigger". 42501 for a caller whom row security holds or who may not become actor, 22023 for an actor that is a '
'superuser. Internal.';

CREATE FUNCTION rowkit.prove_isolation(table_name regclass, sample jsonb DEFAULT '{}', parents jsonb DEFAULT '{}', as_database_role text DEFAULT NULL)
    RETURNS TABLE(actor text, operation text, target text, outcome text, is_right boolean)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on SET client_min_messages = error
    AS $$
DECLARE
    fence record;
    parent CONSTANT regclass := CASE WHEN NOT EXISTS (SELECT FROM rowkit_internal._fence_of(table_name)) THEN rowkit_internal._fenced_parent(table_name) END;
    may CONSTANT text[] := rowkit_internal._member_commands(table_name);
    owner CONSTANT oid := (SELECT class.relowner FROM pg_class AS class WHERE class.oid = table_name);
    membership text[];
    tie text[];
    tenants CONSTANT uuid[] := ARRAY[gen_random_uuid(), gen_random_uuid()];
    ties jsonb[] := '{}';
    rows jsonb[] := '{}';
    users jsonb := '{}';
    whose record;
    person record;
    attempt record;
    hidden jsonb;
    report jsonb := '[]';
BEGIN
    IF NOT (SELECT role.rolsuper OR role.rolbypassrls FROM pg_roles AS role WHERE role.rolname = current_user) THEN
        RAISE EXCEPTION 'the proof needs a role that passes row security' USING ERRCODE = '42501', HINT = 'Run it as a superuser: it makes canaries, and takes them back.';
    END IF;
    SELECT found.kind, found.owner_columns, found.membership, found.claims, CASE WHEN parent IS NULL THEN found.must ELSE may END AS must INTO fence
    FROM (
        SELECT * FROM rowkit_internal._fence_of(coalesce(parent, table_name))
        UNION ALL
        SELECT 'shared', '{}', NULL, NULL, may
        WHERE EXISTS (
            SELECT FROM pg_policy AS rule
            WHERE rule.polrelid = table_name AND rowkit_internal._seal(rule.oid) ~ '^Made by rowkit: [^.]*\. Shared\. ')
    ) AS found
    LIMIT 1;
    IF fence.kind IS NULL THEN
        RAISE EXCEPTION '% is not isolated%', table_name, CASE may WHEN '{}' THEN '' ELSE ' by a tenant, claims or a parent' END USING
            ERRCODE = '55000', HINT = CASE may WHEN '{}' THEN format('Call rowkit.enable_tenant_isolation(%L) first.', table_name)
            ELSE 'A condition alone does not say whose its rows are: name claims in rowkit.enable_claim_isolation().' END;
    END IF;
    membership := rowkit_internal._membership_of(fence.membership);
    as_database_role := coalesce(as_database_role, (
        SELECT role.rolname FROM pg_policy AS rule CROSS JOIN LATERAL unnest(rule.polroles) AS member(id) JOIN pg_roles AS role ON role.oid = member.id
        WHERE rule.polrelid = table_name AND rule.polcmd = 'r'
            -- A policy may name any role, and triggers of the table's owner get its rights: only one that the owner could become anyway.
            AND (role.rolname = 'authenticated' OR pg_has_role(owner, role.oid, 'MEMBER'))
        ORDER BY role.rolname = 'authenticated' DESC LIMIT 1), (
        SELECT role.rolname FROM pg_roles AS role WHERE role.rolname = 'authenticated'));
    IF as_database_role IS NULL THEN
        RAISE EXCEPTION 'there is no role authenticated: as_database_role must be given' USING ERRCODE = '22023', HINT = 'as_database_role => a role that was granted SELECT, INSERT, UPDATE and DELETE on the table.';
    END IF;
    BEGIN
        -- A row of each of two tenants or users; what is shared is nobody's.
        FOR place IN 1..2 LOOP
            CASE fence.kind
                WHEN 'tenant' THEN
                    SELECT jsonb_build_object(fence.owner_columns[1], tenants[place]) AS columns, NULL::jsonb AS claims INTO whose;
                WHEN 'own' THEN
                    SELECT * INTO whose FROM rowkit_internal._canary_identity(coalesce(parent, table_name), fence.claims);
                ELSE
                    SELECT '{}'::jsonb AS columns, jsonb_build_object('sub', gen_random_uuid()) AS claims INTO whose;
            END CASE;
            IF fence.kind <> 'tenant' THEN
                users := users || jsonb_build_object(CASE place WHEN 1 THEN 'user' ELSE 'other user' END, whose.claims);
            END IF;
            IF parent IS NOT NULL THEN
                -- Isolated through a parent: the foreign key ties the row.
                whose.columns := (
                    SELECT jsonb_object_agg(child.attname, made.row -> above.attname::text)
                    FROM (SELECT rowkit_internal._canary(parent, coalesce(parents -> parent::text, '{}') || whose.columns, parents) AS row) AS made
                    CROSS JOIN pg_constraint AS rule
                    CROSS JOIN LATERAL unnest(rule.conkey, rule.confkey) AS key(child, above)
                    JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = key.child
                    JOIN pg_attribute AS above ON above.attrelid = rule.confrelid AND above.attnum = key.above
                    WHERE rule.conrelid = table_name AND rule.confrelid = parent AND rule.contype = 'f');
            END IF;
            ties := ties || whose.columns;
            rows := rows || rowkit_internal._canary(table_name, sample || whose.columns, parents);
        END LOOP;
        tie := coalesce(nullif(ARRAY(SELECT jsonb_object_keys(ties[1]) ORDER BY 1), '{}'), rowkit_internal._key_columns(table_name));
        -- Who comes: of tenant 1 one with the fewest rights and one with the most, one of tenant 2, one of both.
        FOR person IN
            SELECT who.name, who.tenant, CASE WHEN membership[3] = '' THEN NULL WHEN who.has_most THEN membership[cardinality(membership)] ELSE membership[5] END AS role
            FROM (VALUES ('member', 1, false), ('admin', 1, true), ('other tenant', 2, true), ('both', 1, true), ('both', 2, true)) AS who(name, tenant, has_most)
            WHERE fence.kind = 'tenant'
        LOOP
            BEGIN
                users := users || jsonb_build_object(person.name, jsonb_build_object('sub', rowkit_internal._canary(fence.membership,
                    coalesce(parents -> fence.membership::text, '{}') || jsonb_build_object(membership[2], tenants[person.tenant])
                    || CASE WHEN users ? person.name THEN jsonb_build_object(membership[1], users -> person.name -> 'sub') ELSE '{}' END
                    || CASE WHEN person.role IS NULL THEN '{}' ELSE jsonb_build_object(membership[3], person.role) END
                    || CASE WHEN membership[4] = '' THEN '{}' ELSE jsonb_build_object(membership[4], true) END, parents) -> membership[1]));
            EXCEPTION WHEN object_not_in_prerequisite_state THEN
                IF person.name <> 'both' OR NOT users ? 'both' THEN
                    RAISE;
                END IF;
                users := users - 'both'; -- This membership has each user once.
            END;
        END LOOP;
        -- Rows that are of tenant 1 or of user 1, and may be hidden from them.
        FOR hidden IN SELECT rowkit_internal._hiding_values(table_name, tie) LOOP
            BEGIN
                PERFORM rowkit_internal._canary(table_name, sample || ties[1] || hidden, parents);
            EXCEPTION WHEN OTHERS THEN
                NULL; -- That is no value of the column.
            END;
        END LOOP;
        FOR person IN
            SELECT who.name, CASE who.name WHEN 'anon' THEN coalesce((SELECT role.rolname FROM pg_roles AS role WHERE role.rolname = 'anon'), as_database_role)
                WHEN 'service' THEN (SELECT role.rolname FROM pg_roles AS role WHERE role.rolname = 'service_role') ELSE as_database_role END AS role,
                (users -> who.name) || jsonb_build_object('role', as_database_role) AS claims
            FROM unnest(ARRAY['anon', 'member', 'admin', 'other tenant', 'both', 'user', 'other user', 'service']) AS who(name)
        LOOP
            CONTINUE WHEN person.role IS NULL OR (person.name NOT IN ('anon', 'service') AND person.claims IS NULL);
            IF person.name = 'service' AND NOT pg_has_role(owner, person.role, 'MEMBER') THEN
                -- Code of the owner's would pass row security of other tables, too.
                report := report || jsonb_build_object('actor', person.name, 'operation', 'SELECT', 'target', 'foreign',
                    'outcome', 'not tried: the owner is no member of ' || person.role, 'is_right', true);
                CONTINUE;
            END IF;
            FOR attempt IN
                SELECT tried.*, tried.operation IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AS is_plain
                FROM rowkit_internal._attempts(table_name, tie, rows[CASE WHEN person.name LIKE 'other %' THEN 2 ELSE 1 END],
                    rows[CASE WHEN person.name LIKE 'other %' THEN 1 ELSE 2 END], person.name, person.role, person.claims::text, fence.kind = 'shared', parent IS NOT NULL) AS tried
            LOOP
                report := report || jsonb_build_object('actor', person.name, 'operation', attempt.operation, 'target', attempt.target,
                    'outcome', CASE
                        WHEN attempt.operation = 'COPY' AND attempt.outcome = '1 row' THEN 'row security is active'
                        WHEN attempt.operation = 'COPY' AND attempt.outcome = '0 rows' THEN 'row security is not active'
                        WHEN attempt.outcome NOT IN (attempt.seen, '0 rows', '42501') THEN format('%s, %s in sight', attempt.outcome, attempt.seen)
                        ELSE attempt.outcome END,
                    'is_right', CASE
                        WHEN attempt.operation = 'COPY' THEN attempt.outcome IN ('1 row', '42501')
                        -- Nobody has to let the service in.
                        WHEN person.name = 'service' THEN attempt.outcome = '1 row' OR (attempt.outcome = '42501' AND NOT (
                            has_table_privilege(person.role, table_name, attempt.operation) AND has_schema_privilege(person.role, (
                                SELECT class.relnamespace FROM pg_class AS class WHERE class.oid = table_name), 'USAGE')))
                        WHEN attempt.seen IS NOT NULL THEN attempt.outcome IN (attempt.seen, '0 rows', '42501')
                        WHEN attempt.target = 'foreign' OR person.name = 'anon' OR (attempt.is_plain AND lower(attempt.operation) <> ALL (may || fence.must))
                            -- Another error proves nothing: without it the command might have got through.
                            THEN attempt.outcome IN ('42501', CASE WHEN attempt.place = 4 THEN '23514' WHEN attempt.operation LIKE 'foreign key %' THEN '23503'
                                    WHEN attempt.place = 10 THEN '42704' ELSE '42501' END)
                                OR (attempt.outcome = '0 rows' AND attempt.operation !~ '^(TRUNCATE$|copy )')
                        WHEN person.name IN ('admin', 'other tenant', 'user', 'other user') AND lower(attempt.operation) = ANY (fence.must)
                            AND NOT (attempt.operation = 'INSERT' AND tie <@ rowkit_internal._key_columns(table_name))
                            THEN attempt.outcome = '1 row'
                        ELSE true END);
            END LOOP;
            IF person.name IN ('anon', 'member', 'user') THEN
                -- Triggers and foreign keys of others would pass row security.
                report := report || (
                    SELECT jsonb_build_object('actor', person.name, 'operation', 'TRIGGER, REFERENCES', 'target', 'foreign', 'outcome',
                        CASE WHEN held.passes THEN 'granted' ELSE 'not granted' END, 'is_right', NOT held.passes)
                    FROM (SELECT has_table_privilege(person.role, table_name, 'TRIGGER, REFERENCES') AS passes) AS held);
            END IF;
        END LOOP;
        report := report || (
            SELECT jsonb_agg(jsonb_build_object('actor', 'owner', 'operation', 'row security of ' || class.oid::regclass, 'target', 'foreign', 'outcome',
                CASE WHEN class.relrowsecurity AND class.relforcerowsecurity THEN 'forced' WHEN class.relrowsecurity THEN 'not forced' ELSE 'off' END,
                'is_right', class.relrowsecurity AND class.relforcerowsecurity) ORDER BY class.oid)
            FROM rowkit_internal._parts(table_name) AS part JOIN pg_class AS class ON class.oid = part);
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
'service SELECT, INSERT, UPDATE, move, DELETE, use ON CONFLICT, TRUNCATE, foreign keys, views, copies in materialized views, partitions and rowkit''s functions, write without a WHERE what '
'they do not see, and takes all of it back. Of a table that is isolated by claims two users try each other''s rows; of one that all share, that nobody but the service writes. '
'One row each: the outcome (rows seen or written, or a SQLSTATE) and whether it is right: nothing of another''s got through, refused with 42501 (23514 for a move, 23503 for a foreign key, '
'42704 for a function; another error proves nothing), and whoever has the most rights can work. sample gives values where the canaries need '
'particular ones, parents those of tables referred to, {"schema.table": {"column": "value"}}; as_database_role is the role that users come as, no superuser (22023). The '
'service is tried only where the table''s owner is a member of its role. Rows are made with the rights of each table''s owner, and attempts run as the users'' '
'roles. Triggers run so, too, and cannot become another user: an attempt in which a trigger tries to has the outcome "42501 in a trigger", and is not right where it '
'should have been refused or should have worked. For a role that passes row security, has the rights of the tables'' owners and may become the users'' roles, as a '
'superuser may (42501). 55000 for a table that is not isolated. VOLATILE. '
'table_name is the isolated table. actor is who tried, such as anon or the other tenant''s member. operation is what was tried. target is whose row, or what '
'else, it was tried on. is_right says whether the outcome is what it should be.';
