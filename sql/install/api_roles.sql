-- API roles: what those lack that were created after a table was isolated or a blueprint was installed, and the function that grants it; and which role is a
-- service.

CREATE FUNCTION rowkit_internal._api_role_gaps(home regnamespace) RETURNS TABLE(role_name text, kind text, object text, command text)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
        WITH api AS (
            SELECT role.oid AS id, role.rolname::text AS name, role.rolbypassrls AS passes
            FROM pg_roles AS role WHERE role.rolname IN ('anon', 'authenticated', 'service_role')
        ), rule AS (
            -- The policies that rowkit made for users.
            SELECT policy.polrelid AS id, policy.polroles AS roles,
                CASE policy.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' END AS command
            FROM pg_policy AS policy
            JOIN pg_class AS class ON class.oid = policy.polrelid AND class.relnamespace = home AND NOT class.relispartition
            WHERE policy.polpermissive AND policy.polcmd <> '*' AND rowkit_internal._seal(policy.oid) ~ '^Made by rowkit: '
        ), isolated AS (
            SELECT class.oid AS id, class.relowner AS owner, class.relacl AS granted
            FROM pg_class AS class
            WHERE class.oid IN (SELECT rule.id FROM rule)
                -- What inherits is reached through its parent.
                AND NOT EXISTS (SELECT FROM pg_inherits AS child WHERE child.inhrelid = class.oid)
                -- A table that its owner granted to roles of their own is served by those.
                AND NOT EXISTS (
                    SELECT FROM aclexplode(class.relacl) AS held
                    WHERE held.grantee NOT IN (class.relowner, 0::oid) AND held.grantee NOT IN (SELECT api.id FROM api))
        ), wanted AS (
            SELECT isolated.id, 'authenticated' AS role_name, string_agg(DISTINCT rule.command, ', ' ORDER BY rule.command) AS privileges
            FROM isolated
            JOIN rule ON rule.id = isolated.id
            JOIN api ON api.name = 'authenticated' AND rule.roles && ARRAY[0::oid, api.id]
            GROUP BY isolated.id
            UNION ALL
            -- What users may write a service may write, too. Without BYPASSRLS a service needs policies of its own.
            SELECT DISTINCT isolated.id, 'service_role', 'DELETE, INSERT, SELECT, UPDATE'
            FROM isolated
            JOIN rule ON rule.id = isolated.id AND rule.command <> 'SELECT'
            JOIN api ON api.name = 'service_role' AND api.passes
        ), missing AS (
            SELECT wanted.role_name, wanted.privileges, door.id AS relation
            FROM wanted
            JOIN api ON api.name = wanted.role_name
            CROSS JOIN LATERAL (
                SELECT wanted.id UNION ALL
                SELECT view.oid FROM pg_class AS view
                WHERE view.oid = rowkit_internal._active_view(wanted.id) AND 'security_invoker=true' = ANY (view.reloptions)
            ) AS door(id)
            WHERE NOT has_any_column_privilege(api.id, wanted.id, 'SELECT, INSERT, UPDATE') AND NOT has_table_privilege(api.id, wanted.id, 'DELETE')
        )
        SELECT missing.role_name, 'table', rowkit_internal._quoted_name(missing.relation),
            format('GRANT %s ON %s TO %I', missing.privileges, rowkit_internal._quoted_name(missing.relation), missing.role_name)
        FROM missing
        UNION ALL
        SELECT api.name, 'function', routine.oid::regprocedure::text, format('GRANT EXECUTE ON ROUTINE %s TO %I', routine.oid::regprocedure, api.name)
        FROM pg_proc AS routine
        JOIN api ON api.name = ANY (rowkit_internal._opened_to(routine.oid))
        WHERE routine.pronamespace = home AND NOT has_function_privilege(api.id, routine.oid, 'EXECUTE')
        ORDER BY 1, 2, 3
    $$;
COMMENT ON FUNCTION rowkit_internal._api_role_gaps(regnamespace) IS
'Returns what anon, authenticated and service_role lack in a schema, with the command that grants it: authenticated the commands that policies of rowkit are for, on '
'tables where it was granted nothing; service_role, if it has BYPASSRLS, all four commands on those of them that users may write; and functions whose comment says that they are open to the role. '
'A table on which other roles hold privileges is left out. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._report_api_roles() RETURNS TABLE(severity text, object_name text, problem text, remedy text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH home AS (
            SELECT DISTINCT class.relnamespace AS id
            FROM pg_policy AS policy JOIN pg_class AS class ON class.oid = policy.polrelid
            WHERE rowkit_internal._seal(policy.oid) ~ '^Made by rowkit: '
        )
        SELECT 'warning', home.id::regnamespace::text,
            format('role %I was granted nothing on what is meant for it in schema %s: %s', gap.role_name, home.id::regnamespace,
                concat_ws(', ', 'tables and views ' || nullif(count(*) FILTER (WHERE gap.kind = 'table'), 0),
                    'functions ' || nullif(count(*) FILTER (WHERE gap.kind = 'function'), 0))),
            format('SELECT * FROM rowkit.grant_api_roles(%L)', space.nspname)
        FROM home
        JOIN pg_namespace AS space ON space.oid = home.id
        LEFT JOIN pg_class AS book ON book.relnamespace = home.id AND book.relname = 'rowkit_objects' AND book.relkind = 'r'
        CROSS JOIN LATERAL rowkit_internal._api_role_gaps(home.id::regnamespace) AS gap
        -- Elsewhere nothing tells whether a service was left out on purpose.
        WHERE gap.role_name <> 'service_role' OR book.oid IS NOT NULL
        GROUP BY home.id, space.nspname, book.oid, gap.role_name
    $$;
COMMENT ON FUNCTION rowkit_internal._report_api_roles() IS
'Returns, for isolation_report(), the schemas in which an API role was granted nothing on what is meant for it, as when it was created after the tables: one row for each schema and role. STABLE. Internal.';

CREATE FUNCTION rowkit.grant_api_roles(schema_name text DEFAULT current_schema, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
    AS $$
-- PL/pgSQL: GRANT and the registry name objects that are known only at run time.
DECLARE
    registry CONSTANT regclass := rowkit_internal._blueprint_registry(schema_name, NOT dry_run);
    blueprints text[];
    blueprint text;
    gap record;
BEGIN
    IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
        RAISE EXCEPTION 'there is no schema "%"', schema_name USING ERRCODE = '3F000', HINT = 'Name the schema of your tables.';
    END IF;
    IF registry IS NOT NULL THEN
        -- A blueprint knows more than its policies tell: which columns, views and functions are for whom.
        EXECUTE format('SELECT coalesce(array_agg(made.blueprint ORDER BY made.blueprint COLLATE "C"), ''{}'') FROM %s AS made WHERE made.kind = ''blueprint''', registry)
        INTO blueprints;
        FOREACH blueprint IN ARRAY blueprints LOOP
            IF dry_run THEN
                RETURN QUERY SELECT 'blueprint', blueprint, format('SELECT * FROM rowkit.install_blueprint(%L, %L)', blueprint, schema_name);
            ELSE
                RETURN QUERY SELECT made.kind, made.identity, NULL::text FROM rowkit.install_blueprint(blueprint, schema_name) AS made;
            END IF;
        END LOOP;
    END IF;
    FOR gap IN SELECT * FROM rowkit_internal._api_role_gaps(to_regnamespace(quote_ident(schema_name))) LOOP
        IF NOT dry_run THEN
            EXECUTE gap.command;
        END IF;
        RETURN QUERY SELECT 'grant', format('%s TO %I', gap.object, gap.role_name), gap.command;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.grant_api_roles(text, boolean) IS
'Grants to anon, authenticated and service_role what they would have if they had been there when the tables of schema_name were isolated. Run it after you created one of these roles; isolation_report() tells '
'when it is needed. It installs the blueprints of the schema again, which also brings policies, and repairs what was changed. On other tables with policies of rowkit it grants authenticated the commands that the policies are for, '
'if authenticated was granted nothing on the table, and service_role SELECT, INSERT, UPDATE and DELETE on those that users may write, if it has BYPASSRLS; on functions whose comment ends with "Open to …" it grants EXECUTE. '
'A table on which another role holds privileges is left as it is. Running it again changes nothing. dry_run returns the commands and runs none. USAGE on the schema is yours to grant. '
'Returns kind (as install_blueprint, or grant), identity, and the command of a grant. 3F000 without the schema; 42939, 22023 and 42501 as install_blueprint. With the caller''s rights, who must own the '
'tables. VOLATILE. Example: SELECT * FROM rowkit.grant_api_roles(''app'').';

CREATE FUNCTION rowkit_internal._is_service(relation regclass) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT EXISTS (
            SELECT FROM pg_roles AS role CROSS JOIN pg_class AS class
            WHERE role.rolname = rowkit_internal._acting_role() AND class.oid = relation AND has_table_privilege(role.oid, relation, 'INSERT')
                AND (role.rolsuper OR role.rolbypassrls OR pg_has_role(role.oid, class.relowner, 'USAGE') OR EXISTS (
                    SELECT FROM pg_policy AS rule WHERE rule.polrelid = relation AND rule.polname ~ '_service$' AND role.oid = ANY (rule.polroles))))
    $$;
COMMENT ON FUNCTION rowkit_internal._is_service(regclass) IS
'Returns whether the role of the request, which SET ROLE chose or the login, may write any row of a table: it has INSERT, and it bypasses row security, owns the table or is named by a policy for services. For functions '
'with their owner''s rights. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._assert_allowed(is_allowed boolean, message text, hint text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
BEGIN
    IF is_allowed IS NOT TRUE THEN
        RAISE EXCEPTION '%', message USING ERRCODE = '42501', HINT = hint;
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION rowkit_internal._assert_allowed(boolean, text, text) IS
'Returns true, or raises 42501 with the message and hint unless is_allowed is true: for SQL functions with their owner''s rights. VOLATILE. Internal.';
