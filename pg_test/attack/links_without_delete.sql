-- A link that is deleted makes way for a new one with the same key, and is removed for good with all that was deleted below it. A role that may not remove rows
-- must not reach this by an INSERT or an UPDATE.
CREATE ROLE seller LOGIN;
CREATE ROLE buyer LOGIN;
SET client_min_messages = error;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA attack TO seller, buyer;
\connect - seller
GRANT USAGE ON SCHEMA v TO buyer;
CREATE TABLE v.a (id int PRIMARY KEY);
CREATE TABLE v.b (id int PRIMARY KEY);
CREATE TABLE v.ab (a int REFERENCES v.a ON DELETE CASCADE, b int REFERENCES v.b ON DELETE CASCADE, PRIMARY KEY (a, b));
CREATE TABLE v.notes (id int PRIMARY KEY, a int, b int, text text, FOREIGN KEY (a, b) REFERENCES v.ab ON DELETE CASCADE);
SELECT count(*) FROM rowkit.enable_soft_delete('v.a');
SELECT count(*) FROM rowkit.enable_soft_delete('v.b');
SELECT count(*) FROM rowkit.enable_soft_delete('v.ab', hard_delete => 'nobody');
SELECT count(*) FROM rowkit.enable_soft_delete('v.notes', hard_delete => 'nobody');
GRANT SELECT, INSERT, UPDATE ON v.ab TO buyer;
INSERT INTO v.a VALUES (1), (2);
INSERT INTO v.b VALUES (1);
INSERT INTO v.ab VALUES (1, 1), (2, 1);
INSERT INTO v.notes VALUES (1, 1, 1, 'evidence');
\connect - buyer
SELECT attack.holds(rowkit.soft_delete('v.ab', '{"a": 1, "b": 1}'), 'a buyer deletes the link');
SELECT attack.refused('SELECT rowkit.permanent_delete(''v.ab'', ''{"a": 1, "b": 1}'')', '42501');
SELECT attack.refused('DELETE FROM v.ab WHERE a = 1', '42501');
SELECT attack.refused('INSERT INTO v.ab VALUES (1, 1)', '23505');
SELECT attack.refused('INSERT INTO v.ab VALUES (1, 1) ON CONFLICT (b, a) DO UPDATE SET a = 9', '23503', '23505', '42501', '55000');
SELECT attack.refused('UPDATE v.ab SET a = 1 WHERE a = 2', '23505');
\connect - rowkit
SELECT attack.holds(array_agg(text) = '{evidence}' AND bool_and(deletion_id IS NOT NULL), 'the note stays, deleted') FROM v.notes;
SELECT attack.holds(count(*) = 1, 'below its link') FROM v.ab WHERE a = 1 AND deletion_id = (SELECT deletion_id FROM v.notes);
SET client_min_messages = error;
DROP SCHEMA v CASCADE;
DROP OWNED BY seller, buyer;
DROP ROLE seller, buyer;
