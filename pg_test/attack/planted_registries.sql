-- Plain makes a table with the name and columns of a blueprint's registry. isolation_report() and blueprint_objects() must not run plain's code, take plain's word, nor fail.
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.rowkit_objects (blueprint text, version integer, kind text, name text);
INSERT INTO plainhome.rowkit_objects VALUES ('x', 1, 'trigger', 't.a_guard_x'), ('x', 1, 'trigger', repeat('x', 300000000));
CREATE TABLE plainhome.t (id uuid PRIMARY KEY, account_id uuid);
ALTER TABLE plainhome.t ENABLE ROW LEVEL SECURITY;
ALTER TABLE plainhome.t FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON plainhome.t USING (attack.trap('plain'));
COMMENT ON POLICY p ON plainhome.t IS 'Made by rowkit: p. Checksum 00000000000000000000000000000000.';
CREATE POLICY q ON plainhome.t USING (true);
DO $$ BEGIN EXECUTE format('COMMENT ON POLICY q ON plainhome.t IS %L', 'Made by rowkit: ' || repeat('q', 280000000) || '. Checksum 00000000000000000000000000000000.'); END $$;
ALTER TABLE plainhome.rowkit_objects ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON plainhome.rowkit_objects USING (attack.trap('plain'));
GRANT ALL ON plainhome.rowkit_objects TO PUBLIC;
SELECT attack.holds(attack.trap('plain'), 'the trap is there');
\connect - rowkit
SELECT attack.holds(count(*) = 0, format('no remedy gives plain anything: %s', string_agg(remedy, '; ')))
FROM rowkit.isolation_report() WHERE remedy ~ 'OWNER TO plain|ALTER ROLE plain|(GRANT|ALTER|DROP).* plain';
SELECT attack.refused($$SELECT * FROM rowkit.blueprint_objects('x', 'plainhome')$$, '42501');
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.holds(count(*) >= 0, 'an end user may ask') FROM rowkit.isolation_report();
SELECT attack.shows_nothing($$SELECT * FROM rowkit.blueprint_objects('x', 'plainhome')$$, '42501');
-- A view, another type, a partitioned table, a child that is a view's, in place of the registry.
\connect - plain
DROP TABLE plainhome.rowkit_objects;
CREATE VIEW plainhome.rowkit_objects AS SELECT 'x'::text AS blueprint, 'trigger'::text AS kind, 't.a_guard_x'::text AS name WHERE attack.trap('plain');
GRANT ALL ON plainhome.rowkit_objects TO PUBLIC;
\connect - rowkit
SELECT attack.holds(count(*) >= 0, 'the report answers') FROM rowkit.isolation_report();
SELECT attack.refused($$SELECT * FROM rowkit.blueprint_objects('x', 'plainhome')$$, '42501');
\connect - plain
DROP VIEW plainhome.rowkit_objects;
CREATE DOMAIN plainhome.word AS text CHECK (attack.trap('plain'));
CREATE TABLE plainhome.rowkit_objects (blueprint plainhome.word, kind plainhome.word, name plainhome.word);
INSERT INTO plainhome.rowkit_objects VALUES ('x', 'trigger', 't.a_guard_x');
\connect - rowkit
SELECT attack.holds(count(*) >= 0, 'the report answers') FROM rowkit.isolation_report();
SELECT attack.refused($$SELECT * FROM rowkit.blueprint_objects('x', 'plainhome')$$, '42501');
-- A function with its owner's rights, whose comment nobody can take in.
\connect - plain
CREATE FUNCTION plainhome.helper() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp RETURN 1;
DO $$ BEGIN EXECUTE format('COMMENT ON FUNCTION plainhome.helper() IS %L', repeat('q', 280000000) || ' Open to PUBLIC.'); END $$;
\connect - rowkit
SELECT attack.holds(count(*) >= 0, 'the report answers') FROM rowkit.isolation_report();
