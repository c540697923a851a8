-- What a linter of schemas looks for, over all five blueprints in one database. Every list is empty, or tells why each of its rows may be.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
CREATE VIEW public.homes AS SELECT oid, nspname FROM pg_namespace WHERE nspname IN (SELECT blueprint FROM rowkit.blueprints());
-- Parts of the log are named after the month.
CREATE VIEW public.relations AS SELECT class.* FROM pg_class AS class JOIN public.homes AS home ON home.oid = class.relnamespace
    WHERE NOT class.relispartition;
-- Every foreign key has an index that begins with all its columns, in any order. A partial one will do where it leaves out only NULLs of the key.
CREATE VIEW public.indexes AS
SELECT index.indrelid, index.indexrelid, index.indkey::smallint[] AS columns,
    ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = index.indrelid AND attnum > 0 AND NOT attisdropped
          AND pg_get_expr(index.indpred, index.indrelid) = format('(%I IS NOT NULL)', attname)) AS not_null
FROM pg_index AS index WHERE index.indisvalid;
CREATE VIEW public.usable AS
SELECT key.oid AS key, index.*, cardinality(key.conkey) AS width, key.conkey
FROM pg_constraint AS key JOIN public.indexes AS index ON index.indrelid = key.conrelid
WHERE key.contype = 'f' AND (index.not_null && key.conkey OR (SELECT indpred IS NULL FROM pg_index WHERE indexrelid = index.indexrelid));
-- The others have one that begins with the id which they name: it chooses the row, what comes after it in the key is its tenant.
SELECT key.conrelid::regclass AS relation, key.conname AS foreign_key,
    (SELECT min(usable.indexrelid::regclass::text COLLATE "C") FROM public.usable
     WHERE usable.key = key.oid AND usable.columns[0] = key.conkey[1]) AS served_by
FROM pg_constraint AS key JOIN public.relations AS class ON class.oid = key.conrelid
WHERE key.contype = 'f' AND NOT EXISTS (SELECT FROM public.usable WHERE usable.key = key.oid AND usable.columns[0:usable.width - 1] @> key.conkey)
ORDER BY key.conrelid::regclass::text COLLATE "C", key.conname COLLATE "C";
-- Every table, view, function, type and index of records has a comment, and every function of rowkit.
SELECT class.oid::regclass AS uncommented FROM public.relations AS class WHERE class.relkind IN ('r', 'p', 'v', 'm') AND obj_description(class.oid, 'pg_class') IS NULL
UNION ALL SELECT index.oid::regclass FROM public.relations AS index
JOIN public.homes AS home ON home.oid = index.relnamespace AND home.nspname = 'custom_tables'
JOIN pg_index ON indexrelid = index.oid AND indrelid = 'custom_tables.records'::regclass AND obj_description(index.oid, 'pg_class') IS NULL;
SELECT function.oid::regprocedure AS uncommented FROM pg_proc AS function
WHERE function.pronamespace IN (SELECT oid FROM public.homes UNION ALL SELECT oid FROM pg_namespace WHERE nspname IN ('rowkit', 'rowkit_internal')) AND obj_description(function.oid, 'pg_proc') IS NULL;
SELECT type.oid::regtype AS uncommented FROM pg_type AS type
WHERE type.typnamespace IN (SELECT oid FROM public.homes) AND type.typtype IN ('e', 'd') AND obj_description(type.oid, 'pg_type') IS NULL;
-- Every view asks with the rights of who asks. A materialized view cannot: nobody but its owner may read it.
SELECT class.oid::regclass AS view_with_its_owners_rights FROM public.relations AS class
WHERE class.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (class.reloptions), false)
    OR class.relkind = 'm' AND EXISTS (SELECT FROM aclexplode(class.relacl) AS granted WHERE granted.grantee <> class.relowner);
-- Functions with their owner's rights, and why; a NULL is one that nobody argued for. rowkit has none.
CREATE TABLE public.argued (function text PRIMARY KEY, reason text);
INSERT INTO public.argued VALUES
    ('data_catalog.add_project_owner_to_project_users', 'members make projects, admins manage who is in them'),
    ('data_catalog.add_workspace_owner_to_workspace_users', 'members make workspaces, admins manage who is in them'),
    ('data_catalog.keep_subscription_plan', 'counts the accounts of a tier, of all tenants'),
    ('data_catalog.log_token_use', 'whoever checks a token writes no events'),
    ('data_catalog.set_account_limits', 'locks the plan, which nobody who writes accounts may write'),
    ('data_catalog.set_account_tier', 'the subscription decides the tier, also where its writer may not write accounts'),
    ('data_catalog.set_dataset_owner', 'looks whether who asks is a user, whatever is granted on users'),
    ('data_catalog.update_account_limits', 'a plan reaches the accounts of all tenants'),
    ('data_catalog.update_connection_fqns', 'names follow their connection, whoever may write datasets'),
    ('data_catalog.update_dataset_fqn', 'locks the connection, also for who may not write it'),
    ('lead_intelligence.count_weekly_leads', 'who may only add leads does not write queries'),
    ('lead_intelligence.give_plan_credits', 'a plan brings its credits, whoever may set it'),
    ('lead_intelligence.log_credit_usage', 'who spends does not write the log'),
    ('lead_intelligence.record_credit_usage', 'members spend what their workspace has, and write none of the tables'),
    ('lead_intelligence.update_plan_limits', 'a plan reaches the workspaces of all tenants'),
    ('studio_crm.claim_invitation', 'who claims has no rights yet but the token'),
    ('studio_crm.enforce_form_submission', 'reads the form, which visitors may not'),
    ('studio_crm.keep_latest', 'who sends or runs does not write what is counted'),
    ('studio_crm.submit_form', 'visitors submit, and read nothing');
SELECT function.oid::regproc AS with_its_owners_rights, argued.reason,
    'search_path=pg_catalog, pg_temp' = ANY (function.proconfig) AS has_a_path,
    function.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(function.proacl) AS granted WHERE granted.grantee = 0) AS open_to_public
FROM pg_proc AS function LEFT JOIN public.argued ON argued.function = function.oid::regproc::text
WHERE function.prosecdef AND function.pronamespace IN (SELECT oid FROM public.homes UNION ALL SELECT oid FROM pg_namespace WHERE nspname IN ('rowkit', 'rowkit_internal'))
ORDER BY function.oid::regproc::text COLLATE "C";
SELECT function AS argued_for_nothing FROM public.argued WHERE to_regproc(function) IS NULL OR NOT (SELECT prosecdef FROM pg_proc WHERE oid = to_regproc(function));
-- A function written in PL/pgSQL has its path set, in rowkit too. But for those that find tables by the caller's path,
-- with the caller's rights and every name of their own qualified, and procedures that commit, which cannot have one.
SELECT function.oid::regprocedure AS without_a_path FROM pg_proc AS function JOIN pg_language AS language ON language.oid = function.prolang
WHERE language.lanname = 'plpgsql' AND function.pronamespace IN (SELECT oid FROM public.homes UNION ALL SELECT oid FROM pg_namespace WHERE nspname IN ('rowkit', 'rowkit_internal'))
    AND NOT EXISTS (SELECT FROM unnest(function.proconfig) AS setting WHERE setting LIKE 'search_path=%')
ORDER BY function.oid::regprocedure::text COLLATE "C";
-- Types: neither json, nor a time without a zone; floats are shares, scores and places, never money.
SELECT class.oid::regclass AS relation, attribute.attname AS name, attribute.atttypid::regtype AS type
FROM public.relations AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
WHERE class.relkind IN ('r', 'p') AND attribute.atttypid IN (
    'json'::regtype, 'timestamp'::regtype, 'timetz'::regtype, 'money'::regtype, 'real'::regtype, 'bpchar'::regtype, 'xml'::regtype, 'double precision'::regtype)
ORDER BY class.oid::regclass::text COLLATE "C", attribute.attname COLLATE "C";
SELECT class.oid::regclass AS relation, attribute.attname AS name, attribute.atttypid::regtype AS type
FROM public.relations AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
WHERE class.relkind IN ('r', 'p') AND attribute.attname ~ '(^|_)(amount|price|cost|total|revenue|budget|credits|balance)(_|$)'
    AND (SELECT typcategory FROM pg_type WHERE oid = attribute.atttypid) = 'N' AND attribute.atttypid NOT IN ('bigint'::regtype, 'integer'::regtype);
-- A primary key and row security on every table. deletion_references has no key: a deletion may change one row in several ways.
SELECT class.oid::regclass AS relation, class.relrowsecurity AS row_security,
    EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indisprimary) AS primary_key
FROM public.relations AS class
WHERE class.relkind IN ('r', 'p') AND NOT (class.relrowsecurity AND EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indisprimary))
ORDER BY class.oid::regclass::text COLLATE "C";
-- Nothing is the extension's: it can be dropped and the tables stay.
SELECT class.oid::regclass AS member FROM public.relations AS class JOIN pg_depend ON classid = 'pg_class'::regclass AND objid = class.oid AND deptype = 'e';
