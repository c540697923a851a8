-- Whose a row is, by what stands in the catalog: what the proof of isolation goes by.

CREATE FUNCTION rowkit_internal._member_commands(relation regclass) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        -- As the seals tell: one of them is enough.
        SELECT coalesce(array_agg(DISTINCT command.parts[1]), '{}')
        FROM pg_policy AS rule
        CROSS JOIN LATERAL regexp_match(rowkit_internal._seal(rule.oid), '^Made by rowkit: ([^.]*)') AS seal(parts)
        CROSS JOIN LATERAL string_to_table(seal.parts[1], ', ') AS policy
        CROSS JOIN LATERAL regexp_match(policy, '_(select|insert|update|delete)$') AS command(parts)
        WHERE rule.polrelid = relation AND command.parts IS NOT NULL
    $$;
COMMENT ON FUNCTION rowkit_internal._member_commands(regclass) IS 'What members may do with a table by rowkit''s policies, also by one that is missing. Internal.';

CREATE FUNCTION rowkit_internal._fence_of(relation regclass) RETURNS TABLE(kind text, owner_columns text[], membership regclass, claims jsonb, must text[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        WITH sealed AS (
            SELECT rule.polcmd AS command, pg_get_expr(rule.polqual, rule.polrelid) AS condition, rowkit_internal._seal(rule.oid) AS seal
            FROM pg_policy AS rule
            WHERE rule.polrelid = relation AND rowkit_internal._seal(rule.oid) ~ '^Made by rowkit: '
        ), claimed AS (
            SELECT claim.key AS column_name, claim.value AS claim
            FROM sealed CROSS JOIN LATERAL jsonb_each_text(substring(sealed.seal FROM ' Claims[^:]*: (\{.*\})\. Checksum ')::jsonb) AS claim
        ), guard AS (
            SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS settings
            FROM pg_trigger AS trigger WHERE trigger.tgrelid = relation AND trigger.tgfoid = 'rowkit.guard_tenant'::regproc
        ), fence AS (
            SELECT 1 AS place, 'tenant' AS kind, guard.settings[1:1] AS owner_columns, guard.settings[2]::regclass AS membership, NULL::jsonb AS claims,
                CASE WHEN guard.settings[5] = 'conditional' THEN '{}' ELSE string_to_array(guard.settings[4], ',') END AS must
            FROM guard
            UNION ALL
            -- Without the guard, as where the tenant may be NULL: by what a policy compares.
            SELECT 2, 'tenant', ARRAY[coalesce(replace(found.parts[1], '""', '"'), found.parts[2])], found.parts[3]::regclass, NULL, rowkit_internal._member_commands(relation)
            FROM sealed
            CROSS JOIN LATERAL regexp_match(sealed.condition, '(?:^|[( ])(?:"((?:[^"]|"")+)"|(\w+)) = ANY \(rowkit\.current_tenant_ids\(''([^'']+)''::regclass') AS found(parts)
            WHERE sealed.command = 'r' AND found.parts IS NOT NULL
            UNION ALL
            SELECT 3, 'own', array_agg(DISTINCT claimed.column_name), NULL, jsonb_object_agg(claimed.column_name, claimed.claim),
                -- What a condition is about, nobody knows.
                CASE WHEN EXISTS (SELECT FROM sealed WHERE sealed.seal ~ ' Claims and a condition: ') THEN '{}' ELSE rowkit_internal._member_commands(relation) END
            FROM claimed
            HAVING count(*) > 0
        )
        SELECT fence.kind, fence.owner_columns, fence.membership, fence.claims,
            -- Whom a new row must name there, the catalog does not tell.
            CASE
                -- Invitations are written by rowkit's functions alone.
                WHEN guarding.functions @> ARRAY['rowkit.guard_invitations'::regproc::oid] THEN array_remove(array_remove(fence.must, 'insert'), 'update')
                WHEN guarding.functions && ARRAY['rowkit.guard_actor_columns'::regproc::oid, 'rowkit.guard_member_columns'::regproc::oid] THEN array_remove(fence.must, 'insert')
                ELSE fence.must
            END
        FROM fence CROSS JOIN (SELECT array_agg(trigger.tgfoid) AS functions FROM pg_trigger AS trigger WHERE trigger.tgrelid = relation) AS guarding
        ORDER BY fence.place LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._fence_of(regclass) IS
'What says whose a row of a table is: the column of a tenant and the membership, or the columns of a user and their claims; and what whoever has the most rights must be '
'able to do with it. No row for a table that is isolated through another, or shared. Internal.';

CREATE FUNCTION rowkit_internal._fenced_parent(relation regclass) RETURNS regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT rule.confrelid::regclass
        FROM pg_constraint AS rule
        WHERE rule.conrelid = relation AND rule.contype = 'f' AND rule.confrelid <> relation AND EXISTS (SELECT FROM rowkit_internal._fence_of(rule.confrelid))
            -- Its policies ask for the parent's row.
            AND EXISTS (
                SELECT FROM pg_policy AS policy
                JOIN pg_depend AS needed ON needed.classid = 'pg_policy'::regclass AND needed.objid = policy.oid AND needed.refclassid = 'pg_class'::regclass
                WHERE policy.polrelid = relation AND needed.refobjid = rule.confrelid)
        ORDER BY rule.oid
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._fenced_parent(regclass) IS 'The table that a table is isolated through. Internal.';

CREATE FUNCTION rowkit_internal._canary_identity(relation regclass, named jsonb) RETURNS TABLE(columns jsonb, claims jsonb)
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
    AS $$
        WITH known AS (
            SELECT name.key AS column_name, name.value AS claim, attribute.atttypid::regtype AS type
            FROM jsonb_each_text(named) AS name
            JOIN pg_attribute AS attribute ON attribute.attrelid = relation AND attribute.attname = name.key
        ), word AS MATERIALIZED (
            -- The secret behind a hash is any text.
            SELECT kind.claim, rowkit_internal._canary_value(CASE kind.type WHEN 'bytea'::regtype THEN 'text' ELSE kind.type END, kind.column_name, true) AS text
            FROM (SELECT DISTINCT ON (known.claim) known.* FROM known ORDER BY known.claim, known.type = 'uuid'::regtype DESC) AS kind
        )
        SELECT
            jsonb_object_agg(known.column_name, CASE known.type WHEN 'bytea'::regtype THEN '\x' || encode(sha256(convert_to(word.text, 'UTF8')), 'hex') ELSE word.text END),
            jsonb_object_agg(word.claim, word.text) || '{"email_verified": true}'
        FROM known JOIN word ON word.claim = known.claim
    $$;
COMMENT ON FUNCTION rowkit_internal._canary_identity(regclass, jsonb) IS 'A new user: what the columns that name one hold, and the claims. Internal.';

CREATE FUNCTION rowkit_internal._hiding_values(relation regclass, tie text[]) RETURNS SETOF jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on SET datestyle = 'ISO' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex'
    AS $$
        SELECT DISTINCT jsonb_build_object(attribute.attname, word.text)
        FROM pg_policy AS rule
        JOIN pg_depend AS needed ON needed.classid = 'pg_policy'::regclass AND needed.objid = rule.oid AND needed.refclassid = 'pg_class'::regclass AND needed.refobjid = relation
        JOIN pg_attribute AS attribute ON attribute.attrelid = relation AND attribute.attnum = needed.refobjsubid AND attribute.attname <> ALL (tie)
        JOIN pg_type AS type ON type.oid = attribute.atttypid AND (type.typcategory IN ('S', 'B') OR type.typtype = 'e')
        CROSS JOIN LATERAL (
            SELECT literal.parts[1] FROM regexp_matches(pg_get_expr(rule.polqual, rule.polrelid), '''([^'']+)''', 'g') AS literal(parts) WHERE type.typcategory <> 'B'
            UNION ALL
            SELECT unnest(ARRAY['true', 'false']) WHERE type.typcategory = 'B'
        ) AS word(text)
        WHERE rule.polrelid = relation AND rule.polcmd IN ('r', '*')
    $$;
COMMENT ON FUNCTION rowkit_internal._hiding_values(regclass, text[]) IS
'What may hide rows from members of their own tenant: each word that the policies of SELECT speak of, in the columns that they look at. Internal.';
