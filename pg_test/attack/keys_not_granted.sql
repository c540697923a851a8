-- Plain may delete documents, and reads nothing of the payroll that refers to them. A delete that is refused must not tell whose rows there are.
\connect - rowkit
CREATE SCHEMA office;
GRANT USAGE ON SCHEMA office TO plain;
CREATE TABLE office.docs (id int PRIMARY KEY);
CREATE TABLE office.payroll (ssn text PRIMARY KEY, doc_id int NOT NULL REFERENCES office.docs);
CREATE TABLE office.shown (code text PRIMARY KEY, doc_id int NOT NULL REFERENCES office.docs, secret text);
SELECT count(*) FROM rowkit.enable_soft_delete('office.docs');
INSERT INTO office.docs VALUES (1), (2);
INSERT INTO office.payroll VALUES ('987654-1', 1);
INSERT INTO office.shown VALUES ('visible', 2, 'bsecret');
GRANT SELECT, UPDATE, DELETE ON office.docs TO plain;
GRANT SELECT (code) ON office.shown TO plain;
\connect - plain
SELECT attack.refused('SELECT rowkit.soft_delete(''office.docs'', ''1'')', '23503');
SELECT attack.shows_nothing('SELECT * FROM rowkit.preview_delete(''office.docs'', ''1'')', '42501');
-- Whoever may read the key is told.
DO $$
DECLARE
    said text;
BEGIN
    PERFORM rowkit.soft_delete('office.docs', '2');
    RAISE EXCEPTION 'ATTACK SUCCEEDED: a row that is referred to was deleted';
EXCEPTION WHEN foreign_key_violation THEN
    GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
    PERFORM attack.holds(said LIKE '%visible%', 'a key that one may read is named: ' || said);
END
$$;
\connect - rowkit
DROP SCHEMA office CASCADE;
