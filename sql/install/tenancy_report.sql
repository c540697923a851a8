-- What stands of isolation: drift from what was made, and tables that were forgotten.

CREATE FUNCTION rowkit._readers(relation regclass) RETURNS TABLE(id regclass, kind "char", is_invoker boolean, is_direct boolean, is_copy boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH RECURSIVE reader AS (
            SELECT part::oid AS id, 'r'::"char" AS kind, false AS is_invoker, NULL::boolean AS is_direct, false AS is_copy FROM rowkit._parts(relation) AS part
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
COMMENT ON FUNCTION rowkit._readers(regclass) IS
'The views over a table and its parts, also through other views; is_copy: a materialized view, or what shows one, which row security does not reach. Internal.';

CREATE FUNCTION rowkit.isolation_report() RETURNS TABLE(relation regclass, problem text, remedy text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH sealed AS (
            SELECT rule.polrelid AS id, rule.polname::text AS policy, string_to_array(seal.parts[1], ', ') AS expected, seal.parts[2] AS checksum
            FROM pg_policy AS rule
            CROSS JOIN LATERAL regexp_match(obj_description(rule.oid, 'pg_policy'), '^Made by rowkit: (.*?)\.(?: (?:Claims|Shared).*\.)? Checksum ([0-9a-f]{32})\.$') AS seal(parts)
            WHERE seal.parts IS NOT NULL
        ), guarded AS (
            SELECT trigger.tgrelid AS id, (rowkit._trigger_arguments(trigger.tgargs, trigger.tgnargs))[1] AS tenant_column,
                (rowkit._trigger_arguments(trigger.tgargs, trigger.tgnargs))[4] AS commands, trigger.tgenabled AS enabled, trigger.tgname::text AS name,
                trigger.tgtype & 4 <> 0 AS is_for_insert
            FROM pg_trigger AS trigger
            WHERE trigger.tgfoid = 'rowkit.guard_tenant'::regproc
        ), membership AS (
            SELECT trigger.tgrelid AS id, (rowkit._trigger_arguments(trigger.tgargs, trigger.tgnargs))[2] AS tenant_column, trigger.tgname::text AS name, trigger.tgenabled AS enabled
            FROM pg_trigger AS trigger
            WHERE trigger.tgfoid = 'rowkit.guard_membership'::regproc
        ), isolated AS (
            SELECT class.oid AS id, class.*
            FROM pg_class AS class
            WHERE class.relkind IN ('r', 'p') AND class.oid IN (
                SELECT part::oid FROM (SELECT id FROM sealed UNION SELECT id FROM guarded) AS known CROSS JOIN LATERAL rowkit._parts(known.id) AS part)
                -- A partition that nobody was granted is reached through its table alone.
                AND NOT (class.relispartition AND NOT EXISTS (SELECT FROM aclexplode(class.relacl) AS held WHERE held.grantee <> class.relowner))
        ), found AS (
            SELECT isolated.id, 'row security is off' AS problem, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', rowkit._quoted_name(isolated.id)) AS remedy
            FROM isolated WHERE NOT isolated.relrowsecurity
            UNION ALL
            SELECT isolated.id, 'row security is not forced: its owner passes', format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', rowkit._quoted_name(isolated.id))
            FROM isolated WHERE NOT isolated.relforcerowsecurity
            UNION ALL
            SELECT sealed.id, format('policy %I was changed', sealed.policy), 'enable the isolation again'
            FROM sealed WHERE sealed.checksum <> rowkit._policy_checksum(sealed.id, sealed.policy)
            UNION
            SELECT sealed.id, format('policy %I is missing', wanted.name), 'enable the isolation again'
            FROM sealed CROSS JOIN LATERAL unnest(sealed.expected) AS wanted(name)
            WHERE NOT EXISTS (SELECT FROM pg_policy AS rule WHERE rule.polrelid = sealed.id AND rule.polname = wanted.name)
            UNION ALL
            SELECT isolated.id, 'it has no policy of rowkit''s', 'enable the isolation again'
            FROM isolated WHERE NOT EXISTS (SELECT FROM sealed WHERE sealed.id = isolated.id)
                -- One that is closed has none.
                AND NOT EXISTS (SELECT FROM guarded WHERE guarded.id = isolated.id AND guarded.commands = '')
            UNION ALL
            SELECT isolated.id, format('policy %I lets rows through that rowkit''s do not', rule.polname), 'see whether it should: permissive policies add up'
            FROM isolated JOIN pg_policy AS rule ON rule.polrelid = isolated.id AND rule.polpermissive
            WHERE NOT EXISTS (SELECT FROM sealed WHERE sealed.id = isolated.id AND sealed.policy = rule.polname)
            UNION ALL
            SELECT isolated.id, format('%s was granted %s, which row security does not hold back', coalesce(quote_ident(role.rolname), 'everyone'), held.privilege_type),
                format('REVOKE %s ON %s FROM %s', held.privilege_type, rowkit._quoted_name(isolated.id), coalesce(quote_ident(role.rolname), 'PUBLIC'))
            FROM isolated
            CROSS JOIN LATERAL aclexplode(isolated.relacl) AS held
            LEFT JOIN pg_roles AS role ON role.oid = held.grantee
            WHERE held.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
                AND (held.grantee = 0 OR role.rolname IN ('anon', 'authenticated')
                    OR EXISTS (SELECT FROM sealed JOIN pg_policy AS rule ON rule.polrelid = sealed.id AND rule.polname = sealed.policy
                        WHERE sealed.id = isolated.id AND held.grantee = ANY (rule.polroles) AND sealed.policy !~ '_service$'))
            UNION ALL
            SELECT guarded.id, format('trigger %I is disabled', guarded.name), format('ALTER TABLE %s ENABLE TRIGGER %I', rowkit._quoted_name(guarded.id), guarded.name)
            FROM guarded WHERE guarded.enabled = 'D'
            UNION ALL
            SELECT guarded.id, format('trigger %I is not for INSERT: other triggers read for rows that a writer may not write', guarded.name), 'enable the isolation again'
            FROM guarded WHERE NOT guarded.is_for_insert
            UNION ALL
            -- BEFORE INSERT FOR EACH ROW: 1, 2 and 4 of tgtype.
            SELECT guarded.id, format('trigger %I fires before %I asks whose a new row is', other.tgname, guarded.name),
                format('ALTER TRIGGER %I ON %s RENAME TO one that sorts behind it', other.tgname, rowkit._quoted_name(guarded.id))
            FROM guarded
            JOIN pg_trigger AS other ON other.tgrelid = guarded.id AND other.tgtype & 7 = 7 AND NOT other.tgisinternal
                AND other.tgname::text COLLATE "C" < guarded.name COLLATE "C"
            UNION ALL
            SELECT membership.id, format('trigger %I is disabled', membership.name),
                format('ALTER TABLE %s ENABLE TRIGGER %I', rowkit._quoted_name(membership.id), membership.name)
            FROM membership WHERE membership.enabled = 'D'
            UNION ALL
            SELECT sealed.id, 'rows can move to another tenant: the trigger guard_tenant is missing', 'enable the isolation again'
            FROM sealed
            WHERE sealed.policy = 'tenant_select' AND NOT EXISTS (SELECT FROM guarded WHERE guarded.id = sealed.id)
            UNION ALL
            SELECT guarded.id, format('column %I can be NULL', guarded.tenant_column),
                format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', rowkit._quoted_name(guarded.id), guarded.tenant_column)
            FROM guarded
            JOIN pg_attribute AS attribute ON attribute.attrelid = guarded.id AND attribute.attname = guarded.tenant_column AND NOT attribute.attnotnull
            UNION ALL
            SELECT guarded.id, format('no index begins with %I', guarded.tenant_column), format('CREATE INDEX ON %s (%I)', rowkit._quoted_name(guarded.id), guarded.tenant_column)
            FROM guarded WHERE guarded.commands <> '' AND NOT rowkit._has_leading_index(guarded.id, guarded.tenant_column)
            UNION ALL
            SELECT isolated.id, format('view %s reads it with its owner''s rights', reader.id::regclass), format('ALTER VIEW %s SET (security_invoker = true)', rowkit._quoted_name(reader.id))
            FROM isolated
            CROSS JOIN LATERAL rowkit._readers(isolated.id) AS reader
            WHERE reader.kind = 'v' AND reader.is_direct AND NOT reader.is_invoker
            UNION ALL
            -- Whoever asks a view that asks with their rights needs a right on the copy itself.
            SELECT isolated.id, format('%s holds a copy of its rows, and %s may read it', reader.id, readable.roles),
                format('REVOKE SELECT ON %s FROM %s', rowkit._quoted_name(reader.id), readable.roles)
            FROM isolated
            CROSS JOIN LATERAL rowkit._readers(isolated.id) AS reader
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
            SELECT guarded.id, format('foreign key %I can name another tenant''s row', rule.conname),
                format('make it begin with the tenant: FOREIGN KEY (%I, …) REFERENCES %s (%I, …)', guarded.tenant_column, rowkit._quoted_name(rule.confrelid), above.tenant_column)
            FROM guarded
            JOIN pg_constraint AS rule ON rule.conrelid = guarded.id AND rule.contype = 'f' AND rule.conparentid = 0
            JOIN guarded AS above ON above.id = rule.confrelid AND above.tenant_column <> 'id'
            WHERE NOT EXISTS (
                SELECT FROM pg_attribute AS attribute
                WHERE attribute.attrelid = guarded.id AND attribute.attname = guarded.tenant_column AND attribute.attnum = ANY (rule.conkey))
            UNION ALL
            -- Beside a membership or a table that is isolated, a table with its tenant column was forgotten.
            SELECT class.oid, 'it has a tenant column and is not isolated', format('SELECT rowkit.enable_tenant_isolation(%L)', rowkit._quoted_name(class.oid))
            FROM pg_class AS class
            JOIN (SELECT DISTINCT near.relnamespace, membership.tenant_column FROM membership JOIN pg_class AS near ON near.oid = membership.id) AS home
                ON home.relnamespace = class.relnamespace
            JOIN pg_attribute AS attribute
                ON attribute.attrelid = class.oid AND attribute.attname = home.tenant_column AND attribute.attnum > 0 AND NOT attribute.attisdropped
            WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition AND NOT EXISTS (SELECT FROM isolated WHERE isolated.id = class.oid)
        )
        SELECT found.id::regclass, found.problem, found.remedy FROM found ORDER BY found.id::regclass::text COLLATE "C", found.problem COLLATE "C"
    $$;
COMMENT ON FUNCTION rowkit.isolation_report() IS
'What is not as the enable_…_isolation functions left it, and what could be done: row security off or not forced, policies changed, missing or added, rights that pass row security, guards '
'gone or disabled, columns that can be NULL, missing indexes, partitions that came later, foreign keys to tenants'' tables without the tenant, views with their owner''s '
'rights, materialized views that the API''s roles may read; and tables beside a membership that have its tenant column '
'and are not isolated. No row is what there should be. STABLE.';
