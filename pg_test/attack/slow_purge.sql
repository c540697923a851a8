-- A table of plain's whose triggers take their time when its deleted rows are purged. What is purged of everybody else's must go, in a call that the server ends after a while, too.
\connect - plain
CREATE TABLE plainhome.slow (id uuid PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.slow');
INSERT INTO plainhome.slow VALUES (attack.id('slow'));
SELECT attack.holds(rowkit.soft_delete('plainhome.slow', attack.id('slow')), 'plain deletes a row');
CREATE FUNCTION plainhome.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'), pg_catalog.pg_sleep(30); RETURN OLD; END $$;
CREATE TRIGGER slow BEFORE DELETE ON plainhome.slow FOR EACH ROW EXECUTE FUNCTION plainhome.slow();
-- And one that refers to everybody's: its trigger takes its time when a purged row is let go.
\connect - rowkit
CREATE TABLE dc.referred (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('dc.referred');
GRANT REFERENCES ON dc.referred TO plain;
INSERT INTO dc.referred VALUES (1), (2);
\connect - plain
CREATE TABLE plainhome.refers (id int PRIMARY KEY, o int REFERENCES dc.referred ON DELETE SET NULL);
INSERT INTO plainhome.refers VALUES (1, 1);
CREATE TRIGGER slow BEFORE UPDATE ON plainhome.refers FOR EACH ROW EXECUTE FUNCTION plainhome.slow();
\connect - rowkit
SELECT rowkit.soft_delete('dc.referred', id::text) FROM dc.referred;
SELECT attack.holds(rowkit.soft_delete('dc.projects', attack.id('A project')), 'a project is deleted');
SELECT count(*) AS deleted FROM dc.projects WHERE deleted_at IS NOT NULL \gset
SELECT attack.holds(:deleted > 0, 'it is there until it is purged');
SET statement_timeout = '8s';
SELECT attack.holds(NOT (rowkit.continue_purge_deleted(0) ->> 'is_done')::boolean, 'the first call does what is everybody else''s');
SELECT attack.holds((SELECT count(*) FROM dc.projects WHERE deleted_at IS NOT NULL) = 0, 'the project is gone');
SELECT attack.holds((rowkit.continue_purge_deleted(0) ->> 'is_done')::boolean, 'the next one ends before the server ends it');
SELECT attack.holds((SELECT count(*) FROM plainhome.slow) = 1, 'and leaves plain''s row to the next run');
SELECT attack.holds(array_agg(id) = '{1}', 'only the row that plain refers to stays') FROM dc.referred;
RESET statement_timeout;
SET client_min_messages = error;
DROP TABLE dc.referred CASCADE;
