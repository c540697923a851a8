-- Every table, view and column that the blueprints and rowkit's own functions make has a comment that says something, and the comment of every
-- function for callers names each of its arguments and result columns. Every list is empty.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
-- The tables of rowkit's functions, beside tables of the user's own, whose columns are the user's to describe.
CREATE SCHEMA made;
SET search_path = made, rowkit;
CREATE TABLE accounts (id uuid PRIMARY KEY, name text);
CREATE TABLE users (id uuid PRIMARY KEY, email text);
CREATE TABLE projects (id uuid PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts, megabytes integer, deleted_at timestamptz);
CREATE TABLE user_columns AS SELECT attrelid, attnum FROM pg_attribute
WHERE attrelid IN ('accounts'::regclass, 'users'::regclass, 'projects'::regclass) AND attnum > 0;
COMMENT ON COLUMN projects.deleted_at IS 'A comment that was there before.';
SELECT count(*) > 0 AS made FROM enable_soft_delete('projects');
SELECT count(*) > 0 AS made FROM enable_usage_counter('projects', 'accounts', 'project_count', mode => 'sharded');
SELECT count(*) > 0 AS made FROM enable_usage_counter('projects', 'accounts', 'storage_megabytes', sum_column => 'megabytes');
SELECT count(*) > 0 AS made FROM create_audit_log('made', 'account_id');
SELECT count(*) > 0 AS made FROM enable_credits('accounts');
SELECT count(*) > 0 AS made FROM enable_api_tokens('made');
SELECT count(*) > 0 AS made FROM enable_invitations('made');
SELECT count(*) > 0 AS made FROM enable_login_lockout('users');
SELECT count(*) > 0 AS made FROM create_usage_summary_view('accounts');
SELECT col_description('projects'::regclass, attnum) AS kept FROM pg_attribute WHERE attrelid = 'projects'::regclass AND attname = 'deleted_at';
-- A part of a log has the comments of its log.
CREATE VIEW public.described AS
SELECT class.oid AS relation, class.relkind AS kind, attribute.attname AS name, attribute.attnum AS number,
    col_description(class.oid, attribute.attnum) AS comment
FROM pg_class AS class
JOIN pg_namespace AS home ON home.oid = class.relnamespace
    AND (home.nspname IN ('made', 'rowkit', 'rowkit_internal') OR home.nspname IN (SELECT known.blueprint FROM rowkit.blueprints() AS known))
CROSS JOIN LATERAL (
    SELECT attname, attnum FROM pg_attribute WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT NULL, 0
) AS attribute
WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT class.relispartition;
CREATE VIEW public.callable AS
SELECT routine.oid::regprocedure AS routine, coalesce(obj_description(routine.oid, 'pg_proc'), '') AS comment, routine.proargnames AS names
FROM pg_proc AS routine JOIN pg_namespace AS home ON home.oid = routine.pronamespace
WHERE (home.nspname = 'rowkit' OR home.nspname IN (SELECT known.blueprint FROM rowkit.blueprints() AS known))
    AND routine.proname !~ '^_' AND routine.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype);
-- Of each there are enough to see: a view that finds nothing finds nothing wrong.
SELECT count(*) FILTER (WHERE number = 0) > 120 AS has_relations, count(*) FILTER (WHERE number > 0) > 1200 AS has_columns FROM public.described;
SELECT count(*) > 230 AS has_routines FROM public.callable;
SELECT relation::regclass AS relation_without_comment FROM public.described
WHERE number = 0 AND obj_description(relation, 'pg_class') IS NULL
    AND relation NOT IN ('accounts'::regclass, 'users'::regclass, 'projects'::regclass, 'user_columns'::regclass)
ORDER BY relation::regclass::text COLLATE "C";
SELECT relation::regclass AS relation, name AS column_without_comment FROM public.described
WHERE number > 0 AND comment IS NULL AND relation <> 'user_columns'::regclass
    AND NOT EXISTS (SELECT FROM user_columns WHERE attrelid = relation AND attnum = number)
    -- A view shows a column of the user's as the user left it.
    AND NOT (relation = 'projects_active'::regclass AND name IN (
        SELECT attname FROM pg_attribute JOIN user_columns USING (attrelid, attnum) WHERE attrelid = 'projects'::regclass))
ORDER BY relation::regclass::text COLLATE "C", number;
-- A comment that repeats the name, or is no sentence, says nothing.
SELECT relation::regclass AS relation, name AS column_that_says_nothing, comment FROM public.described
WHERE number > 0 AND (
    length(comment) < 10 OR comment !~ '[.]$'
    OR lower(regexp_replace(comment, '''s\M|\m(the|a|an|of|this|its)\M|[^[:alnum:]]', '', 'gi')) = replace(name, '_', ''))
ORDER BY relation::regclass::text COLLATE "C", number;
-- A name is there as a whole word.
SELECT callable.routine, missing.name AS name_that_its_comment_lacks
FROM public.callable CROSS JOIN LATERAL unnest(callable.names) AS missing(name)
WHERE missing.name <> '' AND callable.comment !~ ('\m' || missing.name || '\M')
ORDER BY callable.routine::text COLLATE "C", missing.name COLLATE "C";
