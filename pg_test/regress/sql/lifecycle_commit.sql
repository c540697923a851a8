-- What soft delete checks at COMMIT: with savepoints, SET CONSTRAINTS and the other ways in which a transaction ends.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE children (id integer PRIMARY KEY, parent_id integer CONSTRAINT of_parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('parents') AS a, enable_soft_delete('children') AS b;
INSERT INTO parents VALUES (1);
INSERT INTO children VALUES (1, 1);
CREATE VIEW live AS SELECT (SELECT string_agg(id::text, ' ' ORDER BY id) FROM parents WHERE deleted_at IS NULL) AS parents,
    (SELECT string_agg(id || '-' || parent_id, ' ' ORDER BY id) FROM children WHERE deleted_at IS NULL) AS children;

-- A live child of a deleted parent is refused when the transaction ends, however it ends.
BEGIN;
SELECT soft_delete('parents', 1);
COMMIT;
BEGIN;
SELECT soft_delete('parents', 1);
PREPARE TRANSACTION 'refused';
SELECT soft_delete('parents', 1);
DO $$ BEGIN PERFORM rowkit.soft_delete('app.parents', 1); COMMIT; END $$;
-- Deferred constraints that become immediate are checked then, as foreign keys are; a savepoint takes that back.
BEGIN;
SELECT soft_delete('parents', 1);
SAVEPOINT before;
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO before;
SELECT soft_delete('children', 1);
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO before;
COMMIT;
SELECT * FROM live;
-- What a savepoint takes back is not checked, what comes after it is.
BEGIN;
SAVEPOINT before;
SELECT soft_delete('parents', 1);
ROLLBACK TO before;
COMMIT;
BEGIN;
SAVEPOINT before;
SELECT soft_delete('parents', 1);
ROLLBACK TO before;
SELECT soft_delete('parents', 1);
COMMIT;
BEGIN;
SAVEPOINT before;
SELECT soft_delete('parents', 1);
RELEASE before;
SAVEPOINT before;
INSERT INTO children VALUES (2, 2);
ROLLBACK TO before;
COMMIT;
SELECT * FROM live;
-- A child that comes before its parent: also where all was immediate before, and not where only this check is.
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS of_parent DEFERRED;
INSERT INTO children VALUES (2, 2), (3, 3);
DELETE FROM children WHERE id = 3;
INSERT INTO parents VALUES (2);
COMMIT;
BEGIN;
INSERT INTO children VALUES (4, 4);
SET CONSTRAINTS rowkit_internal.check_at_commit IMMEDIATE;
ROLLBACK;
BEGIN;
INSERT INTO children VALUES (4, 4);
COMMIT;
SELECT * FROM live;
-- The table holds nothing, and a transaction whose check was switched off does not commit.
SELECT count(*) FROM rowkit_internal.checks_at_commit;
BEGIN;
SET LOCAL session_replication_role = replica;
SELECT soft_delete('parents', 1);
COMMIT;
ALTER TABLE rowkit_internal.checks_at_commit DISABLE TRIGGER check_at_commit;
SELECT soft_delete('parents', 1);
ALTER TABLE rowkit_internal.checks_at_commit ENABLE ALWAYS TRIGGER check_at_commit;
SELECT * FROM live;
BEGIN;
SELECT soft_delete('parents', 1), soft_delete('children', 1);
COMMIT;
SELECT * FROM live;
-- A deleted row that comes from another partition does not take the place of a live one that others refer to.
CREATE TABLE places (id integer, part integer, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE places_1 PARTITION OF places FOR VALUES IN (1);
CREATE TABLE places_2 PARTITION OF places FOR VALUES IN (2);
CREATE TABLE visits (id integer PRIMARY KEY, place_id integer, part integer, CONSTRAINT of_place FOREIGN KEY (place_id, part) REFERENCES places);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('places') AS a, enable_soft_delete('visits') AS b;
INSERT INTO places VALUES (1, 1), (1, 2);
INSERT INTO visits VALUES (1, 1, 1);
SELECT soft_delete('places', '{"id": 1, "part": 2}');
UPDATE places SET id = CASE part WHEN 1 THEN 9 ELSE 1 END, part = 1 WHERE id = 1;
SELECT id, part, deleted_at IS NOT NULL AS is_deleted FROM places ORDER BY part, id;
-- A table with rules is not written to: what they add would count as rowkit's own.
CREATE TABLE ruled (id integer PRIMARY KEY);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('ruled');
INSERT INTO ruled VALUES (1);
CREATE RULE nothing AS ON UPDATE TO ruled DO INSTEAD NOTHING;
SELECT soft_delete('ruled', 1);
DROP RULE nothing ON ruled;
SELECT soft_delete('ruled', 1);
