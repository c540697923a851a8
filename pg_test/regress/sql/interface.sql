-- The interface as clients that name their arguments see it. PostgREST and GraphQL choose a function by the names that a call gives.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
CREATE VIEW callable AS
SELECT routine.oid, routine.proname AS name, routine.pronamespace AS home, routine.oid::regprocedure AS signature,
    array(SELECT argument.name FROM unnest(routine.proargnames) WITH ORDINALITY AS argument(name, place) WHERE argument.place <= routine.pronargs) AS names,
    array(SELECT argument.name FROM unnest(routine.proargnames) WITH ORDINALITY AS argument(name, place)
        WHERE argument.place <= routine.pronargs - routine.pronargdefaults) AS required
FROM pg_proc AS routine
WHERE routine.prorettype <> 'trigger'::regtype AND routine.proname !~ '^_'
    AND routine.pronamespace::regnamespace::text IN (SELECT 'rowkit' UNION ALL SELECT known.blueprint FROM rowkit.blueprints() AS known);
-- Two functions of one name that the same names can call.
CREATE VIEW ambiguous AS
SELECT one.signature AS one, other.signature AS other
FROM callable AS one JOIN callable AS other ON other.name = one.name AND other.home = one.home AND other.oid > one.oid
WHERE one.required <@ other.names AND other.required <@ one.names;
SELECT count(*) > 200 AS enough FROM callable;
SELECT * FROM ambiguous;
-- Arguments without a name cannot be given at all.
SELECT signature FROM callable WHERE cardinality(names) < (SELECT pronargs FROM pg_proc WHERE pg_proc.oid = callable.oid) OR '' = ANY (names);
-- The list is not empty where it should not be: names that are all one's own, and names that only defaults tell apart.
CREATE FUNCTION custom_tables.told(a integer) RETURNS integer LANGUAGE sql RETURN 1;
CREATE FUNCTION custom_tables.told(b text) RETURNS integer LANGUAGE sql RETURN 1;
SELECT * FROM ambiguous;
CREATE FUNCTION custom_tables.told(a text, c integer DEFAULT 1) RETURNS integer LANGUAGE sql RETURN 1;
SELECT * FROM ambiguous;
