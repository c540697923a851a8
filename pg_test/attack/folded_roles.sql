-- Two roles whose names differ in the case of letters alone. Of one that owns a table the other is not the owner.
\connect - rowkit
CREATE ROLE "Plain" LOGIN;
CREATE SCHEMA shared;
GRANT USAGE, CREATE ON SCHEMA shared TO plain, "Plain";
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE shared.invitations (id uuid);
CREATE TABLE plainhome.docs (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.docs');
ALTER TABLE plainhome.docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON plainhome.docs USING (attack.trap('plain'));
GRANT SELECT ON plainhome.docs TO PUBLIC;
SELECT attack.holds(attack.trap('plain'), 'the trap is there');
CREATE TABLE plainhome.tables (id uuid PRIMARY KEY, schema jsonb NOT NULL);
INSERT INTO plainhome.tables VALUES ('00000000-0000-4000-8000-00000000f01d', '{"columns": [{"name": "password", "type": "text", "required": true}]}');
GRANT SELECT ON plainhome.tables TO PUBLIC;
\connect - "Plain"
SELECT attack.refused($$SELECT count(*) FROM rowkit.enable_invitations('shared')$$, '42501');
CREATE TABLE shared.tables (id uuid PRIMARY KEY, schema jsonb NOT NULL);
INSERT INTO shared.tables VALUES ('00000000-0000-4000-8000-00000000f01d', '{"columns": []}');
SET search_path = '';
SELECT attack.holds(rowkit.validate_record('00000000-0000-4000-8000-00000000f01d', '{}') = '[]', 'the schema is that of the own table');
RESET search_path;
SELECT attack.shows_nothing('SELECT * FROM rowkit.deleted_records_summary()');
SELECT attack.shows_nothing('SELECT * FROM rowkit.isolation_report()');
\connect - rowkit
DROP SCHEMA shared CASCADE;
DROP ROLE "Plain";
