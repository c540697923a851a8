-- What stands of isolation: drift from what was made, and tables that were forgotten.

CREATE FUNCTION rowkit_internal._readers(relation regclass) RETURNS TABLE(id regclass, kind "char", is_invoker boolean, is_direct boolean, is_copy boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH RECURSIVE reader AS (
            SELECT part::oid AS id, 'r'::"char" AS kind, false AS is_invoker, NULL::boolean AS is_direct, false AS is_copy FROM rowkit_internal._parts(relation) AS part
            UNION
            SELECT view.oid, view.relkind, coalesce(array_to_string(view.reloptions, ',') ~ 'security_invoker=(true|on|1|yes)', false), reader.is_direct IS NULL,
                reader.is_copy OR view.relkind = 'm'
            FROM reader
            JOIN pg_depend AS needed ON needed.classid = 'pg_rewrite'::regclass AND needed.refclassid = 'pg_class'::regclass AND needed.refobjid = reader.id
            JOIN pg_rewrite AS rule ON rule.oid = needed.objid
            JOIN pg_class AS view ON view.oid = rule.ev_class AND view.relkind IN ('v', 'm') AND view.oid <> reader.id
        )
        SELECT reader.id::regclass, reader.kind, reader.is_invoker, bool_or(reader.is_direct), bool_or(reader.is_copy)
        FROM reader WHERE reader.kind <> 'r' GROUP BY reader.id, reader.kind, reader.is_invoker
    $$;
COMMENT ON FUNCTION rowkit_internal._readers(regclass) IS
'The views over a table and its parts, also through other views; is_copy: a materialized view, or what shows one, which row security does not reach. Internal.';

CREATE FUNCTION rowkit_internal._helper_tables() RETURNS TABLE(id oid)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT class.oid
        FROM pg_class AS class
        JOIN (VALUES
            ('rowkit_objects', 'blueprint', true), ('deletions', 'record_keys', true), ('deletion_references', 'left_as', true), ('usage_slots', 'owner_key',
                true),
            ('record_keys', 'record_id', true), ('token_scopes', 'scope', true), ('record_links', 'cleared_at', true), ('record_index', 'record_id', true), ('column_change_values', 'change_id', true),
            ('record_counters', 'last_number', true), ('login_failures', 'login_hash', true),
            -- Where these have row security, members read them.
            ('credit_accounts', 'balance', false), ('credit_grants', 'remaining', false), ('credit_operations', 'idempotency_key', false), ('credit_entries',
                'grant_id', false)
        ) AS known(name, column_name, is_closed) ON known.name = class.relname AND (known.is_closed OR NOT class.relrowsecurity)
        JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attname = known.column_name AND attribute.attnum > 0
            AND NOT attribute.attisdropped
        WHERE class.relkind IN ('r', 'p') AND class.relpersistence <> 't'
    $$;
COMMENT ON FUNCTION rowkit_internal._helper_tables() IS
'The tables in which rowkit keeps books, in every schema: no end user has any right on them. They are known by their name and a column. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._report_grants(tables oid[]) RETURNS TABLE(severity text, object_name text, problem text, remedy text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH outsider AS (
            SELECT 'public' AS name UNION ALL SELECT role.rolname::text FROM pg_roles AS role WHERE role.rolname IN ('anon', 'authenticated')
        ), helper AS (
            SELECT book.id FROM rowkit_internal._helper_tables() AS book
        ), watched AS (
            SELECT known.id FROM unnest(tables) AS known(id) UNION SELECT helper.id FROM helper
        ), home AS (
            SELECT DISTINCT class.relnamespace AS id FROM pg_class AS class JOIN watched ON watched.id = class.oid
        ), reader AS (
            SELECT DISTINCT found.id::oid AS id FROM watched CROSS JOIN LATERAL rowkit_internal._readers(watched.id) AS found
        ), granted AS (
            -- A role has what those have of which it is a member, too: the remedy names who was granted it.
            SELECT relation.id, relation.is_helper, relation.kind, entry.privilege_type AS privilege,
                CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE entry.grantee::regrole::text END AS grantee
            FROM (
                SELECT class.oid AS id, EXISTS (SELECT FROM helper WHERE helper.id = class.oid) AS is_helper, class.relkind AS kind, class.relowner AS owner,
                    class.relacl AS granted
                FROM pg_class AS class
                WHERE class.oid IN (SELECT watched.id FROM watched UNION ALL SELECT reader.id FROM reader)
                UNION ALL
                SELECT class.oid, owned.refobjid IN (SELECT helper.id FROM helper), class.relkind, class.relowner, class.relacl
                FROM pg_depend AS owned
                JOIN pg_class AS class ON class.oid = owned.objid AND class.relkind = 'S'
                WHERE owned.classid = 'pg_class'::regclass AND owned.refclassid = 'pg_class'::regclass AND owned.deptype IN ('a', 'i')
                    AND owned.refobjid IN (SELECT watched.id FROM watched)
            ) AS relation
            CROSS JOIN LATERAL (
                SELECT held.grantee, held.privilege_type FROM aclexplode(relation.granted) AS held
                UNION
                SELECT held.grantee, held.privilege_type
                FROM pg_attribute AS attribute CROSS JOIN LATERAL aclexplode(attribute.attacl) AS held
                WHERE attribute.attrelid = relation.id AND NOT attribute.attisdropped
            ) AS entry
            WHERE entry.grantee <> relation.owner AND (entry.grantee = 0 OR EXISTS (
                SELECT FROM pg_roles AS role WHERE role.rolname IN ('anon', 'authenticated') AND pg_has_role(role.oid, entry.grantee, 'USAGE')))
        )
        SELECT 'error', granted.id::regclass::text, format('%s was granted %s on a table that is rowkit''s own', granted.grantee, string_agg(granted.privilege, ', '
            ORDER BY granted.privilege COLLATE "C")),
            format('REVOKE ALL ON %s FROM %s', rowkit_internal._quoted_name(granted.id), granted.grantee)
        FROM granted WHERE granted.is_helper AND granted.kind <> 'S'
        GROUP BY granted.id, granted.grantee
        UNION ALL
        SELECT 'error', granted.id::regclass::text, format('%s was granted %s, which row security does not hold back', granted.grantee, granted.privilege),
            format('REVOKE %s ON %s FROM %s', granted.privilege, rowkit_internal._quoted_name(granted.id), granted.grantee)
        FROM granted WHERE NOT granted.is_helper AND granted.kind <> 'S' AND granted.privilege = ANY (rowkit_internal._rights_beyond_rows())
        UNION ALL
        SELECT 'error', granted.id::regclass::text, format('%s may set the sequence, and with it the ids of all tenants', granted.grantee),
            format('REVOKE UPDATE ON SEQUENCE %s FROM %s', rowkit_internal._quoted_name(granted.id), granted.grantee)
        FROM granted WHERE granted.kind = 'S' AND granted.privilege = 'UPDATE'
        UNION ALL
        SELECT 'error', helper.id::regclass::text, 'row security is off, and the table is rowkit''s own', format('SELECT rowkit_internal._close_helper_table(%L)', rowkit_internal._quoted_name(helper.id))
        FROM helper JOIN pg_class AS class ON class.oid = helper.id AND NOT class.relrowsecurity
        WHERE EXISTS (SELECT FROM outsider WHERE has_any_column_privilege(outsider.name, helper.id, 'SELECT, INSERT, UPDATE')
            OR has_table_privilege(outsider.name, helper.id, 'DELETE'))
        UNION ALL
        -- What guards an account is nobody's to read. Hashes of random tokens, and what is sealed with a key, are for those whom a policy shows the row.
        SELECT 'error', attribute.attrelid::regclass::text, format('%s may read the column %I', readable.roles, attribute.attname),
            format('grant SELECT on the other columns only: REVOKE SELECT ON %s FROM %s', rowkit_internal._quoted_name(attribute.attrelid), readable.roles)
        FROM watched
        JOIN pg_attribute AS attribute ON attribute.attrelid = watched.id AND attribute.attnum > 0 AND NOT attribute.attisdropped
            AND attribute.atttypid <> 'boolean'::regtype
        CROSS JOIN LATERAL (
            SELECT attribute.attname ~ '(^|_)(password|passwd|passphrase)(_hash|_digest)?$|_(reset|verification)_token(_hash)?$' AS is_kept,
                attribute.attname ~ '(^|_)(token|secret|key)_hash$|_encrypted$|'
                    '(^|_)(secret|private_key|api_key|access_token|refresh_token|invitation_token)$' AS is_shown
        ) AS column_of
        CROSS JOIN LATERAL (
            SELECT string_agg(CASE outsider.name WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(outsider.name) END, ', ' ORDER BY outsider.name) AS roles
            FROM outsider
            WHERE has_column_privilege(outsider.name, attribute.attrelid, attribute.attnum, 'SELECT')
                AND (column_of.is_kept OR NOT EXISTS (
                    SELECT FROM pg_policy AS rule
                    WHERE rule.polrelid = attribute.attrelid AND rule.polcmd IN ('r', '*') AND (0 = ANY (rule.polroles)
                        OR to_regrole(quote_ident(outsider.name)) = ANY (rule.polroles))))
        ) AS readable
        WHERE (column_of.is_kept OR column_of.is_shown) AND readable.roles IS NOT NULL AND NOT EXISTS (SELECT FROM helper WHERE helper.id = watched.id)
        UNION ALL
        SELECT 'error', routine.oid::regprocedure::text, format('function %s acts with the rights of %s, and %s may call it', routine.oid::regprocedure, pg_get_userbyid(routine.proowner),
            callable.roles),
            format('REVOKE EXECUTE ON ROUTINE %s FROM %s; or, where that is meant, let its comment end with "Open to %s."', routine.oid::regprocedure,
                callable.roles, callable.names)
        FROM pg_proc AS routine
        JOIN pg_namespace AS namespace ON namespace.oid = routine.pronamespace
            AND namespace.nspname <> 'information_schema' AND namespace.nspname !~ '^pg_'
        CROSS JOIN LATERAL (
            SELECT string_agg(CASE outsider.name WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(outsider.name) END, ', ' ORDER BY outsider.name) AS roles,
                string_agg(outsider.name, ', ' ORDER BY outsider.name) AS names
            FROM outsider
            WHERE has_function_privilege(outsider.name, routine.oid, 'EXECUTE')
                AND outsider.name <> ALL (rowkit_internal._opened_to(routine.oid))
                -- Anybody's schema may open later; of a blueprint's that is likely.
                AND (namespace.oid IN (SELECT home.id FROM home) OR has_schema_privilege(outsider.name, namespace.oid, 'USAGE'))
        ) AS callable
        WHERE routine.prosecdef AND callable.roles IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM pg_depend AS made
                WHERE made.classid = 'pg_proc'::regclass AND made.objid = routine.oid AND made.refclassid = 'pg_extension'::regclass AND made.deptype = 'e')
        UNION ALL
        SELECT 'error', routine.oid::regprocedure::text, format('function %s of %s has the name of one of the blueprint''s, which belong to %s', routine.oid::regprocedure,
            pg_get_userbyid(routine.proowner), pg_get_userbyid(book.owner)),
            format('DROP ROUTINE %s', routine.oid::regprocedure)
        FROM rowkit_internal._registries() AS book
        JOIN pg_proc AS routine ON routine.pronamespace = book.home AND routine.proowner <> book.owner
        WHERE book.is_trusted AND EXISTS (SELECT FROM pg_proc AS own WHERE own.pronamespace = book.home AND own.proname = routine.proname AND own.proowner = book.owner)
    $$;
COMMENT ON FUNCTION rowkit_internal._report_grants(oid[]) IS
'Of isolation_report() what was granted: on rowkit''s own tables, past row security, on columns that guard an account, on sequences, and on functions that act '
'with their owner''s rights. '
'tables are those that are isolated. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._registries() RETURNS TABLE(id oid, home oid, schema_name text, owner oid, is_trusted boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT class.oid, class.relnamespace, namespace.nspname::text, class.relowner,
            rowkit_internal._is_trusted_for_caller(class.relowner)
        FROM rowkit_internal._helper_tables() AS helper
        JOIN pg_class AS class ON class.oid = helper.id AND class.relname = 'rowkit_objects'
        JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    $$;
COMMENT ON FUNCTION rowkit_internal._registries() IS
'Returns the tables rowkit_objects. is_trusted: the table belongs to the caller or to a trusted owner; what a table of another owner holds is ignored. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._report_guards() RETURNS TABLE(severity text, object_name text, problem text, remedy text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT 'error', book.id::regclass::text, format('trigger %s, which blueprint %s made, is missing', made.name, made.blueprint),
            format('SELECT * FROM rowkit.install_blueprint(%L, %L)', made.blueprint, book.schema_name)
        FROM rowkit_internal._registries() AS book
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(there.name) FILTER (WHERE there.kind = 'trigger'), '{}') AS triggers,
                coalesce(array_agg(there.name) FILTER (WHERE there.kind = 'table'), '{}') AS tables
            FROM rowkit_internal._schema_objects(book.schema_name) AS there) AS held
        -- A table of an owner who is not trusted is not read: its owner could hold a lock on it.
        CROSS JOIN LATERAL rowkit_internal._registered_triggers(CASE WHEN book.is_trusted THEN book.id END) AS made
        WHERE book.is_trusted AND made.name ~ '[."](0|a)_guard_[a-z_]+"?$'
            AND made.name <> ALL (held.triggers) AND regexp_replace(made.name, '[.][^.]+$', '') = ANY (held.tables)
        UNION ALL
        SELECT 'error', trigger.tgrelid::regclass::text, format('trigger %I is disabled', trigger.tgname),
            format('ALTER TABLE %s ENABLE TRIGGER %I', rowkit_internal._quoted_name(trigger.tgrelid), trigger.tgname)
        FROM pg_trigger AS trigger
        JOIN pg_proc AS routine ON routine.oid = trigger.tgfoid AND routine.pronamespace = 'rowkit'::regnamespace AND routine.proname ~ '^guard_'
        WHERE trigger.tgenabled = 'D'
    $$;
COMMENT ON FUNCTION rowkit_internal._report_guards() IS
'Of isolation_report() the guard triggers that are disabled, and those of blueprints that are gone. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._report_owners(tables oid[]) RETURNS TABLE(severity text, object_name text, problem text, remedy text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH book AS (
            SELECT registry.id, registry.home, registry.owner, quote_ident(role.rolname) AS owner_name, role.rolsuper OR role.rolbypassrls AS passes, registry.is_trusted
            FROM rowkit_internal._registries() AS registry
            JOIN pg_roles AS role ON role.oid = registry.owner
        )
        SELECT 'warning', class.oid::regclass::text, format('it belongs to %s, and the blueprint to %s: triggers and functions refuse it', quote_ident(pg_get_userbyid(class.relowner)),
            book.owner_name),
            format('ALTER TABLE %s OWNER TO %s', rowkit_internal._quoted_name(class.oid), book.owner_name)
        FROM unnest(tables) AS known(id)
        JOIN pg_class AS class ON class.oid = known.id
        JOIN book ON book.home = class.relnamespace AND book.owner <> class.relowner AND book.is_trusted
        UNION ALL
        SELECT 'warning', book.id::regclass::text, format('row security holds %s, the owner of the blueprint: functions that act with the owner''s rights find no rows', book.owner_name),
            -- Anybody can call a table so: nobody is given rights for that.
            CASE WHEN book.is_trusted THEN format('ALTER ROLE %s BYPASSRLS', book.owner_name)
                ELSE format('if %s installed a blueprint there and may read all of its rows, give it BYPASSRLS', book.owner_name) END
        FROM book
        WHERE NOT book.passes AND EXISTS (SELECT FROM pg_class AS class WHERE class.oid = ANY (tables) AND class.relnamespace = book.home
            AND class.relforcerowsecurity)
            AND (
                EXISTS (
                    SELECT FROM pg_proc AS routine JOIN pg_language AS language ON language.oid = routine.prolang AND language.lanname <> 'c'
                    WHERE routine.pronamespace = book.home AND routine.proowner = book.owner AND routine.prosecdef)
                -- Installed by such an owner, a blueprint has policies that let it pass.
                OR NOT EXISTS (
                    SELECT FROM pg_policy AS rule JOIN pg_class AS class ON class.oid = rule.polrelid
                    WHERE class.relnamespace = book.home AND rule.polname ~ '_service$' AND book.owner = ANY (rule.polroles)))
    $$;
COMMENT ON FUNCTION rowkit_internal._report_owners(oid[]) IS
'Of isolation_report() what is wrong with owners: a blueprint''s owner whom row security holds, tables of a blueprint that belong to somebody else. STABLE. '
'Internal.';

CREATE FUNCTION rowkit_internal._repair(relation regclass, policy text DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT coalesce(rowkit_internal._isolation_call(relation, regexp_replace(policy, '_[^_]*$', '')),
            format('isolate it again with the settings that it had, by rowkit.enable_tenant_isolation(%L, …)', rowkit_internal._quoted_name(relation)))
    $$;
COMMENT ON FUNCTION rowkit_internal._repair(regclass, text) IS 'The remedy for a table whose isolation is not whole: the call that made it, where one of its policies still tells. Internal.';

CREATE FUNCTION rowkit.isolation_report() RETURNS TABLE(severity text, object_name text, problem text, remedy text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
    AS $$
        WITH locked AS MATERIALIZED (
            -- To read a policy the server locks its table: whoever keeps others from a table of their own must not keep the report from the rest.
            SELECT held.relation AS id
            FROM pg_locks AS held
            WHERE held.locktype = 'relation' AND held.mode = 'AccessExclusiveLock' AND held.pid <> pg_backend_pid()
                AND held.database = (SELECT here.oid FROM pg_database AS here WHERE here.datname = current_database())
        ), sealed AS (
            SELECT rule.polrelid AS id, rule.polname::text AS policy, string_to_array(seal.parts[1], ', ') AS expected, seal.parts[2] AS checksum
            FROM pg_policy AS rule
            CROSS JOIN LATERAL regexp_match(rowkit_internal._seal(rule.oid), '^Made by rowkit: (.*?)\.(?: (?:Claims|Shared).*\.)? Checksum ([0-9a-f]{32})\.(?: By .*)?$') AS seal(parts)
            WHERE seal.parts IS NOT NULL AND rule.polrelid NOT IN (SELECT locked.id FROM locked)
        ), guarded AS (
            SELECT trigger.tgrelid AS id, given.arguments[1] AS tenant_column, given.arguments[2] AS membership, given.arguments[4] AS commands,
                trigger.tgname::text AS name, trigger.tgtype & 4 <> 0 AS is_for_insert
            FROM pg_trigger AS trigger
            CROSS JOIN LATERAL rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS given(arguments)
            WHERE trigger.tgfoid = 'rowkit.guard_tenant'::regproc AND trigger.tgrelid NOT IN (SELECT locked.id FROM locked)
        ), membership AS (
            SELECT trigger.tgrelid AS id, given.arguments[2] AS tenant_column, trigger.tgtype AS type,
                -- Of several roles the least only reads.
                CASE WHEN cardinality(given.arguments) > 5 THEN given.arguments[6] END AS write_role
            FROM pg_trigger AS trigger
            CROSS JOIN LATERAL rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS given(arguments)
            WHERE trigger.tgfoid = 'rowkit.guard_membership'::regproc
        ), isolated AS (
            SELECT class.oid AS id, class.*
            FROM pg_class AS class
            WHERE class.relkind IN ('r', 'p') AND class.oid IN (
                SELECT part::oid FROM (SELECT id FROM sealed UNION SELECT id FROM guarded) AS known CROSS JOIN LATERAL rowkit_internal._parts(known.id) AS part)
                -- A partition that nobody was granted is reached through its table alone.
                AND NOT (class.relispartition AND NOT EXISTS (SELECT FROM aclexplode(class.relacl) AS held WHERE held.grantee <> class.relowner))
        ), found AS (
            SELECT 'warning' AS severity, trigger.tgrelid::regclass::text AS object_name, 'another session keeps it locked: it was not looked at' AS problem, 'run the report again' AS remedy
            FROM pg_trigger AS trigger JOIN locked ON locked.id = trigger.tgrelid
            WHERE trigger.tgfoid = 'rowkit.guard_tenant'::regproc
            GROUP BY trigger.tgrelid
            UNION ALL
            SELECT 'error' AS severity, isolated.id::regclass::text AS object_name, 'row security is off' AS problem, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit_internal._quoted_name(isolated.id)) AS remedy
            FROM isolated WHERE NOT isolated.relrowsecurity
            UNION ALL
            SELECT 'error', isolated.id::regclass::text, 'row security is not forced: its owner passes', format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', rowkit_internal._quoted_name(isolated.id))
            FROM isolated WHERE NOT isolated.relforcerowsecurity
            UNION ALL
            SELECT 'error', sealed.id::regclass::text, format('policy %I was changed', sealed.policy), again.call
            FROM sealed CROSS JOIN LATERAL rowkit_internal._repair(sealed.id, sealed.policy) AS again(call) WHERE sealed.checksum <> rowkit_internal._policy_checksum(sealed.id, sealed.policy)
            UNION
            SELECT 'warning', sealed.id::regclass::text, format('policy %I is missing', wanted.name), again.call
            FROM sealed CROSS JOIN LATERAL unnest(sealed.expected) AS wanted(name) CROSS JOIN LATERAL rowkit_internal._repair(sealed.id, sealed.policy) AS again(call)
            WHERE NOT EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = sealed.id AND rule.polname = wanted.name)
            UNION ALL
            SELECT 'warning', isolated.id::regclass::text, 'it has no policy of rowkit''s', rowkit_internal._repair(isolated.id)
            FROM isolated WHERE NOT EXISTS (SELECT FROM sealed WHERE sealed.id = isolated.id)
                -- One that is closed has none.
                AND NOT EXISTS (SELECT FROM guarded WHERE guarded.id = isolated.id AND guarded.commands = '')
            UNION ALL
            SELECT 'warning', isolated.id::regclass::text, format('policy %I lets rows through that rowkit''s do not', rule.polname), 'see whether it should: permissive policies add up'
            FROM isolated JOIN pg_policy AS rule ON rule.polrelid = isolated.id AND rule.polpermissive
            WHERE NOT EXISTS (SELECT FROM sealed WHERE sealed.id = isolated.id AND sealed.policy = rule.polname)
            UNION ALL
            SELECT 'error', isolated.id::regclass::text, format('%s was granted %s, which row security does not hold back', quote_ident(role.rolname), held.privilege_type),
                format('REVOKE %s ON %s FROM %s', held.privilege_type, rowkit_internal._quoted_name(isolated.id), quote_ident(role.rolname))
            FROM isolated
            CROSS JOIN LATERAL aclexplode(isolated.relacl) AS held
            JOIN pg_roles AS role ON role.oid = held.grantee AND role.rolname NOT IN ('anon', 'authenticated')
            WHERE held.privilege_type = ANY (rowkit_internal._rights_beyond_rows())
                AND EXISTS (SELECT FROM sealed JOIN pg_policy AS rule ON rule.polrelid = sealed.id AND rule.polname = sealed.policy
                    WHERE sealed.id = isolated.id AND held.grantee = ANY (rule.polroles) AND sealed.policy !~ '_service$')
            UNION
            SELECT reported.severity, reported.object_name, reported.problem, reported.remedy FROM rowkit_internal._report_grants(ARRAY(SELECT isolated.id FROM isolated)) AS reported
            UNION ALL
            SELECT reported.severity, reported.object_name, reported.problem, reported.remedy FROM rowkit_internal._report_owners(ARRAY(SELECT isolated.id FROM isolated)) AS reported
            UNION ALL
            SELECT reported.severity, reported.object_name, reported.problem, reported.remedy FROM rowkit_internal._report_api_roles() AS reported
            UNION ALL
            SELECT reported.severity, reported.object_name, reported.problem, reported.remedy FROM rowkit_internal._report_guards() AS reported
            UNION ALL
            SELECT 'error', guarded.id::regclass::text, format('trigger %I is not for INSERT: other triggers read for rows that a writer may not write', guarded.name),
                rowkit_internal._repair(guarded.id)
            FROM guarded WHERE NOT guarded.is_for_insert
            UNION ALL
            -- BEFORE INSERT FOR EACH ROW: 1, 2 and 4 of tgtype.
            SELECT 'error', guarded.id::regclass::text, format('trigger %I fires before %I asks whose a new row is', other.tgname, guarded.name),
                format('ALTER TRIGGER %I ON %s RENAME TO one that sorts behind it', other.tgname, rowkit_internal._quoted_name(guarded.id))
            FROM guarded
            JOIN pg_trigger AS other ON other.tgrelid = guarded.id AND other.tgtype & 7 = 7 AND NOT other.tgisinternal
                AND other.tgname::text COLLATE "C" < guarded.name COLLATE "C"
            UNION ALL
            -- 8 and 16 of tgtype: DELETE and UPDATE.
            SELECT 'error', membership.id::regclass::text, format('the trigger of the membership for %s is missing', CASE WHEN bool_or(membership.type & 8 <> 0) THEN 'UPDATE' ELSE 'DELETE' END),
                rowkit_internal._membership_call(membership.id)
            FROM membership
            GROUP BY membership.id HAVING NOT (bool_or(membership.type & 8 <> 0) AND bool_or(membership.type & 16 <> 0))
            UNION ALL
            SELECT 'warning', asked.id::regclass::text, 'policies ask it, and it is not registered as a membership: end users get 55000',
                format('register it with the settings that it had, by rowkit.register_membership(%L, …)', rowkit_internal._quoted_name(asked.id))
            -- By its name: to_regclass() fails for whoever may not use the schema.
            FROM (SELECT DISTINCT class.oid AS id
                FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
                WHERE format('%I.%I', namespace.nspname, class.relname) IN (SELECT guarded.membership FROM guarded)) AS asked
            WHERE NOT EXISTS (SELECT FROM membership WHERE membership.id = asked.id)
            UNION ALL
            -- A table beside isolated ones, or beside a membership, that anybody who is signed in reaches whole.
            SELECT 'error', class.oid::regclass::text, format('%s reaches all of its rows: row security is off', reachable.roles),
                format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit_internal._quoted_name(class.oid))
            FROM pg_class AS class
            CROSS JOIN LATERAL (
                SELECT string_agg(CASE role.name WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(role.name) END, ', ' ORDER BY role.name) AS roles
                FROM (SELECT 'public' AS name UNION SELECT known.rolname::text FROM pg_roles AS known WHERE known.rolname IN ('anon', 'authenticated')) AS role
                WHERE has_table_privilege(role.name, class.oid, 'SELECT, INSERT, UPDATE, DELETE')
            ) AS reachable
            WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition AND NOT class.relrowsecurity AND reachable.roles IS NOT NULL
                AND class.relnamespace IN (SELECT near.relnamespace FROM pg_class AS near WHERE near.oid IN (SELECT isolated.id FROM isolated UNION SELECT membership.id FROM membership))
                AND NOT EXISTS (SELECT FROM isolated WHERE isolated.id = class.oid) AND NOT EXISTS (SELECT FROM rowkit_internal._helper_tables() AS book WHERE book.id = class.oid)
                AND NOT EXISTS (SELECT FROM pg_depend AS made
                    WHERE made.classid = 'pg_class'::regclass AND made.objid = class.oid AND made.refclassid = 'pg_extension'::regclass AND made.deptype = 'e')
                AND NOT EXISTS (SELECT FROM pg_attribute AS attribute JOIN membership ON membership.tenant_column = attribute.attname
                    JOIN pg_class AS near ON near.oid = membership.id AND near.relnamespace = class.relnamespace
                    WHERE attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped)
            UNION ALL
            SELECT 'error', sealed.id::regclass::text, 'rows can move to another tenant: the trigger guard_tenant is missing', rowkit_internal._repair(sealed.id, 'tenant_select')
            FROM sealed
            WHERE sealed.policy = 'tenant_select' AND NOT EXISTS (SELECT FROM guarded WHERE guarded.id = sealed.id)
            UNION ALL
            SELECT 'warning', guarded.id::regclass::text, format('column %I can be NULL', guarded.tenant_column),
                format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', rowkit_internal._quoted_name(guarded.id), guarded.tenant_column)
            FROM guarded
            JOIN pg_attribute AS attribute ON attribute.attrelid = guarded.id AND attribute.attname = guarded.tenant_column AND NOT attribute.attnotnull
            UNION ALL
            SELECT 'warning', guarded.id::regclass::text, format('no index begins with %I', guarded.tenant_column), format('CREATE INDEX ON %s (%I)', rowkit_internal._quoted_name(guarded.id), guarded.tenant_column)
            FROM guarded WHERE guarded.commands <> '' AND NOT rowkit_internal._has_leading_index(guarded.id, guarded.tenant_column)
            UNION ALL
            SELECT 'error', isolated.id::regclass::text, format('view %s reads it with its owner''s rights', reader.id::regclass), format('ALTER VIEW %s SET (security_invoker = true)', rowkit_internal._quoted_name(reader.id))
            FROM isolated
            CROSS JOIN LATERAL rowkit_internal._readers(isolated.id) AS reader
            WHERE reader.kind = 'v' AND reader.is_direct AND NOT reader.is_invoker
            UNION ALL
            -- Whoever asks a view that asks with their rights needs a right on the copy itself.
            SELECT 'error', isolated.id::regclass::text, format('%s holds a copy of its rows, and %s may read it', reader.id, readable.roles),
                format('REVOKE SELECT ON %s FROM %s', rowkit_internal._quoted_name(reader.id), readable.roles)
            FROM isolated
            CROSS JOIN LATERAL rowkit_internal._readers(isolated.id) AS reader
            CROSS JOIN LATERAL (
                SELECT CASE WHEN bool_or(role.name = 'public') THEN 'PUBLIC' ELSE string_agg(quote_ident(role.name), ', ' ORDER BY role.name) END AS roles
                FROM (
                    SELECT 'public' AS name
                    UNION SELECT known.rolname::text FROM pg_roles AS known WHERE known.rolname IN ('anon', 'authenticated')
                    UNION SELECT known.rolname::text
                    FROM sealed
                    JOIN pg_policy AS rule ON rule.polrelid = sealed.id AND rule.polname = sealed.policy AND sealed.policy !~ '_service$'
                    JOIN pg_roles AS known ON known.oid = ANY (rule.polroles)
                    WHERE sealed.id = isolated.id
                ) AS role
                WHERE has_any_column_privilege(role.name, reader.id, 'SELECT')
            ) AS readable
            WHERE reader.is_copy AND NOT reader.is_invoker AND readable.roles IS NOT NULL
            UNION ALL
            SELECT 'error', guarded.id::regclass::text, format('foreign key %I can name another tenant''s row', rule.conname),
                format('make it hold the tenant: FOREIGN KEY (…, %I) REFERENCES %s (…, %I)', guarded.tenant_column, rowkit_internal._quoted_name(rule.confrelid), above.tenant_column)
            FROM guarded
            JOIN pg_constraint AS rule ON rule.conrelid = guarded.id AND rule.contype = 'f' AND rule.conparentid = 0
            JOIN guarded AS above ON above.id = rule.confrelid AND above.tenant_column <> 'id'
            WHERE NOT EXISTS (
                SELECT FROM pg_attribute AS attribute
                WHERE attribute.attrelid = guarded.id AND attribute.attname = guarded.tenant_column AND attribute.attnum = ANY (rule.conkey))
            UNION ALL
            -- Beside a membership or a table that is isolated, a table with its tenant column was forgotten.
            SELECT CASE WHEN class.relrowsecurity THEN 'warning' ELSE 'error' END, class.oid::regclass::text,
                CASE WHEN class.relrowsecurity THEN 'its policies were not made by rowkit: whether they isolate tenants is not known' ELSE 'it has a tenant column and is not isolated' END, CASE
                WHEN class.relrowsecurity THEN format('look at them: SELECT * FROM pg_policies WHERE schemaname = %L AND tablename = %L', class.relnamespace::regnamespace::text, class.relname)
                -- Of rowkit's own tables end users write none by hand.
                WHEN class.relname = 'audit_logs' THEN format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit_internal._quoted_name(class.oid))
                WHEN class.relname = 'api_tokens' THEN format('SELECT * FROM rowkit.enable_tenant_isolation(%L, commands => ''{select}'', read_condition => ''user_id = rowkit.current_user_id()'')',
                    rowkit_internal._quoted_name(class.oid))
                WHEN class.relname IN ('invitations', 'credit_accounts', 'credit_grants', 'credit_operations', 'credit_entries')
                    THEN format('SELECT * FROM rowkit.enable_tenant_isolation(%L, commands => ''{select}'')', rowkit_internal._quoted_name(class.oid))
                ELSE format('SELECT * FROM rowkit.enable_tenant_isolation(%L%s)', rowkit_internal._quoted_name(class.oid), coalesce(', write_role => ' || quote_literal(home.write_role), '')) END
            FROM pg_class AS class
            JOIN (
                SELECT near.relnamespace, membership.tenant_column, min(membership.write_role) AS write_role
                FROM membership JOIN pg_class AS near ON near.oid = membership.id
                GROUP BY near.relnamespace, membership.tenant_column
            ) AS home
                ON home.relnamespace = class.relnamespace
            JOIN pg_attribute AS attribute
                ON attribute.attrelid = class.oid AND attribute.attname = home.tenant_column AND attribute.attnum > 0 AND NOT attribute.attisdropped
            WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition AND NOT EXISTS (SELECT FROM isolated WHERE isolated.id = class.oid) AND class.oid NOT IN (SELECT locked.id FROM locked)
                -- Row security without a policy closes a table.
                AND NOT (class.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = class.oid))
        )
        SELECT found.severity, found.object_name, found.problem, found.remedy FROM found ORDER BY found.object_name COLLATE "C", found.problem COLLATE "C"
    $$;
COMMENT ON FUNCTION rowkit.isolation_report() IS
'What is not as the enable_…_isolation functions left it, and what could be done: row security off or not forced, policies changed, missing or added, rights that pass row security, guards '
'gone or disabled, columns that can be NULL, missing indexes, partitions that came later, foreign keys to tenants'' tables without the tenant, views with their owner''s '
'rights, materialized views that the API''s roles may read; and tables beside a membership that have its tenant column '
'and are not isolated (a warning, where they have policies that rowkit did not make). Also what end users (PUBLIC, anon, authenticated) can reach past all that: tables that are rowkit''s own, rights on tables and views '
'that row security does not hold '
'back, columns with passwords, sequences, and functions that act with their owner''s rights unless their comment ends with "Open to '
'…"; a blueprint''s owner whom row '
'security holds, and tables of a blueprint that are somebody else''s; and API roles that were granted nothing on what is meant for them, as those that were '
'created after the tables: grant_api_roles() is the remedy. No row is what there should be. STABLE. '
'severity is error where a tenant''s rows may be read or changed by others, or a guard against that is gone, and warning where something does not work, is slow or should be looked at. '
'object_name is the table, view or function, with its schema. problem says what is not as it should be. remedy is a statement that mends it, or says what to do.';
