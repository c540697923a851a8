\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
-- The books know every kind of object that a blueprint may make: here it is as if custom_tables had made these, too.
SELECT count(*) > 0 AS made FROM install_blueprint('custom_tables', 'app');
CREATE SEQUENCE app.numbers;
CREATE TYPE app."Kind of" AS ENUM ('one', 'two');
CREATE FUNCTION app.is_good(app."Kind of") RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION app.next_number() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT nextval('app.numbers'); END;
CREATE TABLE app.things (
    kind app."Kind of" CHECK (app.is_good(kind)), number bigint DEFAULT app.next_number(), serial bigint GENERATED ALWAYS AS IDENTITY,
    good boolean GENERATED ALWAYS AS (app.is_good(kind)) STORED);
CREATE INDEX things_good ON app.things (app.is_good(kind));
CREATE FUNCTION app.count_things() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM app.things; END;
CREATE FUNCTION app.a_count() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT app.count_things(); END;
CREATE PROCEDURE app.work() LANGUAGE sql BEGIN ATOMIC SELECT app.count_things(); END;
CREATE POLICY "only good" ON app.things USING (app.is_good(kind));
CREATE POLICY of_table ON app.tables USING (app.count_things() > 0);
INSERT INTO app.rowkit_objects SELECT 'custom_tables', 1, kind, name FROM rowkit_internal._schema_objects('app')
WHERE name ~ '(things|number|Kind of|is_good|a_count|work|only good|of_table)' AND name !~ '^blueprint' ON CONFLICT DO NOTHING;
SELECT kind, identity FROM blueprint_objects('custom_tables', 'app') WHERE identity ~ '(things|number|Kind of|is_good|a_count|work|only good|of_table)' AND identity !~ 'counters';
-- What is not there is not listed; the schema is, where the blueprint made it.
DROP POLICY of_table ON app.tables;
SELECT identity FROM blueprint_objects('custom_tables', 'app') WHERE kind IN ('policy', 'schema');
SET search_path = app, rowkit;
SELECT count(*) > 0 AS by_search_path FROM blueprint_objects('custom_tables');
RESET search_path;
SELECT * FROM blueprint_objects('custom_tables', 'public');
SELECT * FROM blueprint_objects('no_such', 'app');
SELECT * FROM blueprint_objects(NULL, NULL);
-- With the caller's rights, in a READ ONLY transaction, and without a search_path.
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA rowkit, app TO regress_reader;
SET ROLE regress_reader;
SELECT count(*) FROM rowkit.blueprint_objects('custom_tables', 'app');
RESET ROLE;
GRANT SELECT ON app.rowkit_objects TO regress_reader;
SET ROLE regress_reader;
BEGIN TRANSACTION READ ONLY;
SET search_path = '';
SELECT count(*) > 0 AS allowed FROM rowkit.blueprint_objects('custom_tables', 'app');
COMMIT;
RESET ROLE;
RESET search_path;
-- Uninstall drops all of it, whatever calls what; but not while somebody else's object depends on it.
CREATE TABLE public.mine (kind app."Kind of");
SELECT count(*) FROM uninstall_blueprint('custom_tables', 'app');
DROP TABLE public.mine;
SELECT kind, identity FROM uninstall_blueprint('custom_tables', 'app') WHERE kind IN ('policy', 'sequence', 'type', 'procedure', 'schema');
SELECT to_regnamespace('app') AS schema_left;
-- Repair finds a type that is missing.
SELECT count(*) > 0 AS made FROM install_blueprint('lead_intelligence', 'lead');
ALTER TABLE lead.export_jobs ALTER COLUMN status DROP DEFAULT, ALTER COLUMN status TYPE text;
DROP TYPE lead.export_status;
SELECT * FROM install_blueprint('lead_intelligence', 'lead');
SELECT * FROM install_blueprint('lead_intelligence', 'lead');
SELECT count(*) > 0 AS dropped FROM uninstall_blueprint('lead_intelligence', 'lead');
SELECT to_regnamespace('lead') AS schema_left;
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
