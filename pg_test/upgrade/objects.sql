-- What a database has of the extension and, in the schemas of the blueprints' names, of the blueprints: a line for each object, with its definition. The same database is the same text,
-- however it came to be.
SET search_path = pg_catalog;
SET quote_all_identifiers = off;
CREATE TEMP TABLE homes AS
SELECT oid, nspname::text AS name FROM pg_namespace
WHERE nspname IN ('rowkit', 'rowkit_internal') OR nspname IN (SELECT blueprint FROM rowkit.blueprints() UNION ALL SELECT blueprint || '_parts' FROM rowkit.blueprints());
-- Who has which rights; those by default are told, too, so that a REVOKE that is missing is seen.
CREATE FUNCTION pg_temp.grants(acl aclitem[], kind "char", owner oid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(format('%s to %s%s', entry.privilege_type, CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(entry.grantee)::text END,
        CASE WHEN entry.is_grantable THEN ' with grant option' END), ', ' ORDER BY entry.privilege_type COLLATE "C", entry.grantee::regrole::text COLLATE "C"), 'nobody else')
    FROM aclexplode(coalesce(acl, acldefault(kind, owner))) AS entry WHERE entry.grantee <> owner
$$;
CREATE TEMP TABLE described AS
SELECT 'function' AS kind, routine.oid::regprocedure::text AS identity,
    concat_ws(E'\n', CASE WHEN routine.prokind = 'a' THEN (SELECT to_jsonb(sum)::text FROM pg_aggregate AS sum WHERE sum.aggfnoid = routine.oid) ELSE pg_get_functiondef(routine.oid) END,
        '-- ' || pg_temp.grants(routine.proacl, 'f', routine.proowner)) AS definition,
    obj_description(routine.oid, 'pg_proc') AS comment
FROM pg_proc AS routine JOIN homes ON homes.oid = routine.pronamespace
UNION ALL
SELECT CASE class.relkind WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' ELSE 'relation' END, class.oid::regclass::text,
    concat_ws(E'\n', class.relkind, class.relpersistence, class.relrowsecurity, class.relforcerowsecurity, class.reloptions, class.relreplident,
        pg_get_partkeydef(class.oid), pg_get_expr(class.relpartbound, class.oid),
        CASE WHEN class.relkind IN ('v', 'm') THEN pg_get_viewdef(class.oid) WHEN class.relkind IN ('i', 'I') THEN pg_get_indexdef(class.oid) END,
        pg_temp.grants(class.relacl, CASE class.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, class.relowner)),
    obj_description(class.oid, 'pg_class')
FROM pg_class AS class JOIN homes ON homes.oid = class.relnamespace
UNION ALL
-- The order of columns is not the same where some were added later.
SELECT 'column', format('%s.%I', class.oid::regclass, attribute.attname),
    concat_ws(' ', format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull, attribute.attidentity, attribute.attgenerated, attribute.attstorage,
        pg_get_expr(preset.adbin, preset.adrelid), pg_temp.grants(attribute.attacl, 'c', class.relowner)),
    col_description(class.oid, attribute.attnum)
FROM pg_class AS class JOIN homes ON homes.oid = class.relnamespace
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
LEFT JOIN pg_attrdef AS preset ON preset.adrelid = class.oid AND preset.adnum = attribute.attnum
WHERE class.relkind IN ('r', 'p', 'v', 'm', 'c')
UNION ALL
SELECT 'constraint', format('%s.%I', coalesce(nullif(rule.conrelid, 0)::regclass::text, rule.contypid::regtype::text), rule.conname), concat_ws(' ', rule.convalidated, pg_get_constraintdef(rule.oid)),
    obj_description(rule.oid, 'pg_constraint')
FROM pg_constraint AS rule JOIN homes ON homes.oid = rule.connamespace
UNION ALL
SELECT 'trigger', format('%s.%I', fired.tgrelid::regclass, fired.tgname), concat_ws(' ', fired.tgenabled, pg_get_triggerdef(fired.oid)), obj_description(fired.oid, 'pg_trigger')
FROM pg_trigger AS fired JOIN pg_class AS class ON class.oid = fired.tgrelid JOIN homes ON homes.oid = class.relnamespace
WHERE NOT fired.tgisinternal
UNION ALL
SELECT 'policy', format('%s.%I', rule.polrelid::regclass, rule.polname),
    concat_ws(' ', rule.polcmd, rule.polpermissive, (SELECT string_agg(pg_get_userbyid(role.id), ',' ORDER BY pg_get_userbyid(role.id)) FROM unnest(rule.polroles) AS role(id)),
        pg_get_expr(rule.polqual, rule.polrelid), pg_get_expr(rule.polwithcheck, rule.polrelid)),
    obj_description(rule.oid, 'pg_policy')
FROM pg_policy AS rule JOIN pg_class AS class ON class.oid = rule.polrelid JOIN homes ON homes.oid = class.relnamespace
UNION ALL
SELECT 'type', kind.oid::regtype::text,
    concat_ws(' ', kind.typtype, format_type(kind.typbasetype, kind.typtypmod), kind.typdefault, pg_temp.grants(kind.typacl, 'T', kind.typowner),
        (SELECT string_agg(label.enumlabel, ',' ORDER BY label.enumsortorder) FROM pg_enum AS label WHERE label.enumtypid = kind.oid)),
    obj_description(kind.oid, 'pg_type')
FROM pg_type AS kind JOIN homes ON homes.oid = kind.typnamespace
WHERE kind.typtype IN ('d', 'e', 'b') AND kind.typelem = 0
UNION ALL
SELECT 'operator', operator.oid::regoperator::text,
    concat_ws(' ', operator.oprresult::regtype, operator.oprcode, operator.oprcom::regoper, operator.oprnegate::regoper, operator.oprrest, operator.oprjoin, operator.oprcanmerge, operator.oprcanhash),
    obj_description(operator.oid, 'pg_operator')
FROM pg_operator AS operator JOIN homes ON homes.oid = operator.oprnamespace
UNION ALL
SELECT 'operator class', format('%s.%I using %s', homes.name, class.opcname, method.amname),
    concat_ws(' ', class.opcintype::regtype, class.opckeytype::regtype, class.opcdefault,
        (SELECT string_agg(concat_ws(' ', member.amopstrategy, member.amopopr::regoperator), ', ' ORDER BY member.amopstrategy) FROM pg_amop AS member WHERE member.amopfamily = class.opcfamily),
        (SELECT string_agg(concat_ws(' ', support.amprocnum, support.amproc), ', ' ORDER BY support.amprocnum) FROM pg_amproc AS support WHERE support.amprocfamily = class.opcfamily)),
    obj_description(class.oid, 'pg_opclass')
FROM pg_opclass AS class JOIN homes ON homes.oid = class.opcnamespace JOIN pg_am AS method ON method.oid = class.opcmethod
UNION ALL
SELECT 'schema', homes.name, pg_temp.grants(space.nspacl, 'n', space.nspowner), obj_description(space.oid, 'pg_namespace')
FROM homes JOIN pg_namespace AS space ON space.oid = homes.oid
UNION ALL
SELECT 'cast', format('%s as %s', cast_of.castsource::regtype, cast_of.casttarget::regtype), concat_ws(' ', nullif(cast_of.castfunc, 0)::regprocedure, cast_of.castcontext, cast_of.castmethod),
    obj_description(cast_of.oid, 'pg_cast')
FROM pg_cast AS cast_of
WHERE EXISTS (SELECT FROM pg_depend AS member JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'rowkit'
    WHERE member.classid = 'pg_cast'::regclass AND member.objid = cast_of.oid AND member.deptype = 'e');
-- What of these schemas is the extension's own.
INSERT INTO described
SELECT 'member', pg_describe_object(member.classid, member.objid, 0), '', NULL
FROM pg_depend AS member JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'rowkit'
WHERE member.refclassid = 'pg_extension'::regclass AND member.deptype = 'e';
SELECT kind, identity, definition, comment FROM described ORDER BY kind COLLATE "C", identity COLLATE "C";
