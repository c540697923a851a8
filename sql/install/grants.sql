-- Grants: what the roles of an API may do with what rowkit makes. Default privileges give rights to whatever is made, so what is not meant is taken back.
-- PL/pgSQL where GRANT and REVOKE name objects that are known only at run time.

CREATE FUNCTION rowkit_internal._api_grantees() RETURNS TABLE(id oid, name text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT 0::oid, 'PUBLIC'
        UNION ALL
        SELECT role.oid, quote_ident(role.rolname) FROM pg_roles AS role WHERE role.rolname IN ('anon', 'authenticated')
    $$;
COMMENT ON FUNCTION rowkit_internal._api_grantees() IS
'Whom a grant opens an object to end users by: everyone, and the API''s roles anon and authenticated where they exist. Names as GRANT takes them. STABLE. '
'Internal.';

CREATE FUNCTION rowkit_internal._rights_beyond_rows() RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER'] || CASE WHEN current_setting('server_version_num')::integer >= 170000 THEN ARRAY['MAINTAIN'] ELSE '{}' END
    $$;
COMMENT ON FUNCTION rowkit_internal._rights_beyond_rows() IS
'The rights on a relation that row security does not hold back: TRUNCATE, REFERENCES, TRIGGER, and from PostgreSQL 17 on MAINTAIN. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._revoke_beyond_rows(relation regclass, roles text[]) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF roles <> '{}' THEN
        EXECUTE format('REVOKE %s ON %s FROM %s CASCADE', array_to_string(rowkit_internal._rights_beyond_rows(), ', '), rowkit_internal._quoted_name(relation), rowkit_internal._role_list(roles));
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._revoke_beyond_rows(regclass, text[]) IS
'Takes from the roles (''public'' is everyone) the rights on a table or view that row security does not hold back. A trigger of theirs would run with the '
'rights of whoever '
'writes there. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._close_to_api(relation regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    role text;
    sequence regclass;
BEGIN
    -- Default privileges may have given it to the API's roles when it was made, and the sequence of its key with it.
    FOR role IN SELECT grantee.name FROM rowkit_internal._api_grantees() AS grantee LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', rowkit_internal._quoted_name(relation), role);
        FOR sequence IN
            SELECT owned.objid FROM pg_depend AS owned JOIN pg_class AS class ON class.oid = owned.objid AND class.relkind = 'S'
            WHERE owned.classid = 'pg_class'::regclass AND owned.refclassid = 'pg_class'::regclass AND owned.refobjid = relation AND owned.deptype IN ('a', 'i')
        LOOP
            EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM %s CASCADE', rowkit_internal._quoted_name(sequence), role);
        END LOOP;
    END LOOP;
    PERFORM rowkit_internal._revoke_beyond_rows(relation, ARRAY(SELECT known.rolname::text FROM pg_roles AS known WHERE known.rolname = 'service_role'));
END
$$;
COMMENT ON FUNCTION rowkit_internal._close_to_api(regclass) IS
'Takes from everyone and the API roles all rights on a table that rowkit keeps books in, and its sequences, and from service_role those to hang something on '
'it. VOLATILE. '
'Internal.';

CREATE FUNCTION rowkit_internal._close_helper_table(relation regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM rowkit_internal._require_owner(relation);
    PERFORM rowkit_internal._close_to_api(relation);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit_internal._quoted_name(relation));
    IF NOT EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = relation AND rule.polname = 'not_for_api') THEN
        -- By name, as the roles need not exist yet. Whom its owner grants rights on it, such as a role that may put deletions on hold, passes.
        EXECUTE format('CREATE POLICY not_for_api ON %s USING (current_user <> ALL (ARRAY[''anon''::name, ''authenticated''::name]))', rowkit_internal._quoted_name(relation));
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._close_helper_table(regclass) IS
'_close_to_api, and row security that shows the API''s roles no row and takes none from them, even where they are granted rights later. The owner, as whom '
'rowkit works, passes. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._open_to_api(relation regclass, roles text[]) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    role text;
BEGIN
    FOR role IN
        SELECT quote_ident(known.rolname) FROM pg_roles AS known
        -- Before PostgreSQL 15 a view reads with its owner's rights, past all policies: it is for whom no policy holds.
        WHERE known.rolname = ANY (roles) AND (known.rolbypassrls OR EXISTS (
            SELECT FROM pg_class AS class WHERE class.oid = relation AND array_to_string(class.reloptions, ',') ~ 'security_invoker=(true|on|1|yes)'))
        ORDER BY known.rolname
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO %s', rowkit_internal._quoted_name(relation), role);
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._open_to_api(regclass, text[]) IS
'Grants SELECT on a view to those of the roles that there are; where it reads with its owner''s rights only to those that row security does not hold. '
'VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._open_to_api(routine regprocedure, roles text[]) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    role text;
    described CONSTANT text := obj_description(routine, 'pg_proc');
    mark CONSTANT text := format('Open to %s.', array_to_string(roles, ', '));
BEGIN
    FOR role IN SELECT quote_ident(known.rolname) FROM pg_roles AS known WHERE known.rolname = ANY (roles) ORDER BY known.rolname LOOP
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s', routine, role);
    END LOOP;
    -- isolation_report goes by this. It is in the comment, so that a dump carries it.
    IF described IS NULL OR right(described, length(mark)) <> mark THEN
        EXECUTE format('COMMENT ON ROUTINE %s IS %L', routine, concat_ws(' ', described, mark));
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._open_to_api(regprocedure, text[]) IS
'Grants EXECUTE on a function to those of the roles that there are, and says so at the end of its comment, for isolation_report. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._opened_to(routine regprocedure) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
    AS $$
        SELECT coalesce(string_to_array(substring(right(obj_description(routine, 'pg_proc'), 1000) FROM '\mOpen to ([^.]*)\.$'), ', '), '{}')
    $$;
COMMENT ON FUNCTION rowkit_internal._opened_to(regprocedure) IS
'The roles that a function with its owner''s rights is meant for, by the end of its comment: "Open to anon, authenticated." STABLE. Internal.';

CREATE FUNCTION rowkit_internal._hide_columns(relation regclass, columns text[]) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    held record;
    others CONSTANT text := (
        SELECT string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum)
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = relation AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attname <> ALL (columns));
BEGIN
    FOR held IN
        SELECT entry.privilege_type AS privilege, grantee.name AS role
        FROM pg_class AS class
        CROSS JOIN LATERAL aclexplode(class.relacl) AS entry
        JOIN rowkit_internal._api_grantees() AS grantee ON grantee.id = entry.grantee
        WHERE class.oid = relation AND entry.privilege_type IN ('SELECT', 'INSERT', 'UPDATE')
    LOOP
        EXECUTE format('REVOKE %s ON %s FROM %s', held.privilege, rowkit_internal._quoted_name(relation), held.role);
        EXECUTE format('GRANT %s (%s) ON %s TO %s', held.privilege, others, rowkit_internal._quoted_name(relation), held.role);
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._hide_columns(regclass, text[]) IS
'Puts in place of what the API''s roles were granted on a table the same right on all its columns but these. A column that is added later is one to grant. '
'VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._blueprint_names(blueprint text) RETURNS TABLE(name text, kind text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
    AS $$
        -- The scripts are cut at the schema's name: a regular expression that looked for it would take half a second for one.
        WITH part AS (
            SELECT left(cut.text, 64) AS behind, right(lag(cut.text) OVER (PARTITION BY script.place ORDER BY cut.place), 64) AS before
            FROM unnest(rowkit_internal._blueprint_scripts(blueprint, 'blueprint_home')) WITH ORDINALITY AS script(text, place)
            CROSS JOIN LATERAL unnest(string_to_array(script.text, 'blueprint_home.')) WITH ORDINALITY AS cut(text, place)
        ), mention AS (
            SELECT
                substring(part.behind FROM '^\w+') AS name,
                substring(part.before FROM '\mCREATE (?:OR REPLACE )?(TABLE|VIEW|MATERIALIZED VIEW|FUNCTION|PROCEDURE|TYPE) (?:IF NOT EXISTS )?$') AS kind
            FROM part
            WHERE right(part.before, 1) !~ '\w'
            -- An index has no schema before its name.
            UNION
            SELECT substring(left(cut.text, 64) FROM '^\w+'), 'INDEX'
            FROM unnest(rowkit_internal._blueprint_scripts(blueprint, 'blueprint_home')) AS script(text)
            CROSS JOIN LATERAL unnest(string_to_array(script.text, 'INDEX IF NOT EXISTS ')) WITH ORDINALITY AS cut(text, place)
            WHERE cut.place > 1
            -- What enable_soft_delete makes beside the tables.
            UNION VALUES ('deletions', 'TABLE'), ('deletion_references', 'TABLE')
        )
        SELECT mention.name, max(mention.kind) FROM mention WHERE mention.name IS NOT NULL GROUP BY mention.name
    $$;
COMMENT ON FUNCTION rowkit_internal._blueprint_names(text) IS
'The names, in its schema, of what a blueprint makes or uses, with the kind as CREATE takes it; NULL where another function of rowkit makes it. 22023 for an '
'unknown blueprint. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._blueprint_relations(blueprint text, home regnamespace) RETURNS TABLE(id regclass, kind "char")
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH RECURSIVE relation AS (
            SELECT class.oid, class.relkind
            FROM pg_class AS class
            JOIN rowkit_internal._blueprint_names(blueprint) AS named ON named.name = class.relname
            WHERE class.relnamespace = home AND class.relkind IN ('r', 'p', 'v', 'm')
            UNION
            SELECT below.oid, below.relkind
            FROM relation
            CROSS JOIN LATERAL (
                SELECT part.inhrelid AS id FROM pg_inherits AS part WHERE part.inhparent = relation.oid
                -- Of an identity or serial column.
                UNION ALL SELECT owned.objid FROM pg_depend AS owned
                WHERE owned.classid = 'pg_class'::regclass AND owned.refclassid = 'pg_class'::regclass AND owned.refobjid = relation.oid AND owned.refobjsubid > 0
                    AND owned.deptype IN ('a', 'i')
                UNION ALL SELECT rowkit_internal._active_view(relation.oid)::oid WHERE relation.relkind IN ('r', 'p')
            ) AS found
            JOIN pg_class AS below ON below.oid = found.id AND below.relkind IN ('r', 'p', 'v', 'S')
        )
        SELECT relation.oid::regclass, relation.relkind FROM relation
    $$;
COMMENT ON FUNCTION rowkit_internal._blueprint_relations(text, regnamespace) IS
'A blueprint''s tables with their parts, views of live rows and sequences, and its views, as they are in a schema. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._blueprint_grants(blueprint text, home regnamespace) RETURNS TABLE(object text, kind text, grantee oid, privileges text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH granted AS (
            SELECT
                rowkit_internal._quoted_name(relation.id) AS object,
                CASE relation.kind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, entry.grantee, class.relowner AS owner,
                entry.privilege_type || CASE WHEN entry.column_name IS NULL THEN '' ELSE format(' (%I)', entry.column_name) END AS privilege
            FROM rowkit_internal._blueprint_relations(blueprint, home) AS relation
            JOIN pg_class AS class ON class.oid = relation.id
            CROSS JOIN LATERAL (
                SELECT held.grantee, held.privilege_type, NULL::name AS column_name FROM aclexplode(class.relacl) AS held
                UNION ALL
                SELECT held.grantee, held.privilege_type, attribute.attname
                FROM pg_attribute AS attribute CROSS JOIN LATERAL aclexplode(attribute.attacl) AS held
                WHERE attribute.attrelid = class.oid AND NOT attribute.attisdropped
            ) AS entry
            UNION ALL
            -- Functions that act with other rights than the caller's, and those of triggers, which nobody calls.
            SELECT routine.oid::regprocedure::text, 'ROUTINE', held.grantee, routine.proowner, held.privilege_type
            FROM pg_proc AS routine
            JOIN rowkit_internal._blueprint_names(blueprint) AS named ON named.name = routine.proname
            CROSS JOIN LATERAL aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner))) AS held
            WHERE routine.pronamespace = home AND (routine.prosecdef OR routine.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype))
        )
        SELECT granted.object, granted.kind, granted.grantee, string_agg(granted.privilege, ', ' ORDER BY granted.privilege COLLATE "C")
        FROM granted
        WHERE granted.grantee <> granted.owner
        GROUP BY granted.object, granted.kind, granted.grantee
    $$;
COMMENT ON FUNCTION rowkit_internal._blueprint_grants(text, regnamespace) IS
'What anyone but the owner was granted on a blueprint''s relations, their columns and sequences, and on its functions that are not everyone''s to call. '
'STABLE. Internal.';

CREATE FUNCTION rowkit_internal._reset_grants(blueprint text, home regnamespace) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT entry.object, entry.kind, outsider.name AS role
        FROM rowkit_internal._blueprint_grants(blueprint, home) AS entry JOIN rowkit_internal._api_grantees() AS outsider ON outsider.id = entry.grantee
        WHERE entry.kind IN ('TABLE', 'SEQUENCE')
    LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM %s CASCADE', held.kind, held.object, held.role);
    END LOOP;
    FOR held IN
        SELECT entry.object FROM rowkit_internal._blueprint_grants(blueprint, home) AS entry
        WHERE entry.kind = 'TABLE' AND entry.grantee = to_regrole('service_role') AND string_to_array(entry.privileges, ', ') && rowkit_internal._rights_beyond_rows()
    LOOP
        PERFORM rowkit_internal._revoke_beyond_rows(held.object::regclass, '{service_role}');
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._reset_grants(text, regnamespace) IS
'Revokes all privileges of PUBLIC and the API''s roles on a blueprint''s relations, columns and sequences. Revokes from service_role the privileges that row security '
'does not restrict, '
'such as TRUNCATE. Privileges of other roles do not change. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._close_routines(blueprint text, home regnamespace) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT entry.object, CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE entry.grantee::regrole::text END AS role
        FROM rowkit_internal._blueprint_grants(blueprint, home) AS entry
        WHERE entry.kind = 'ROUTINE'
            AND (entry.grantee IN (SELECT outsider.id FROM rowkit_internal._api_grantees() AS outsider) OR entry.grantee = to_regrole('service_role')
                -- Whoever is given every function that is made was not given this one.
                OR entry.grantee IN (
                    SELECT given.grantee
                    FROM pg_default_acl AS preset CROSS JOIN LATERAL aclexplode(preset.defaclacl) AS given
                    WHERE preset.defaclobjtype = 'f' AND preset.defaclnamespace IN (0, home::oid)
                        AND preset.defaclrole = (SELECT installer.oid FROM pg_roles AS installer WHERE installer.rolname = current_user)))
            AND coalesce(pg_get_userbyid(nullif(entry.grantee, 0)), 'public') <> ALL (rowkit_internal._opened_to(entry.object::regprocedure))
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', held.object, held.role);
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._close_routines(text, regnamespace) IS
'Takes back, from everyone, the API''s roles, service_role and whoever default privileges give functions to, EXECUTE on a blueprint''s functions that act with '
'their owner''s rights or '
'belong to triggers, but where the blueprint opened them. What other roles were granted stays. VOLATILE. Internal.';
